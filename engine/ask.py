"""The use case of asking (SPEC §7): experts are chosen, answer from the open workspace in parallel, and one answer streams back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from architect.profile import Profile
from config import Settings
from engine import experts as rosters
from engine.asking import builtin, context, router
from engine.asking.callers import Caller, Heard, NobodyAnswered, callers, chain, first_answer
from engine.asking.context import Context
from engine.asking.records import (
    MAX_QUESTION,
    Answered,
    AnswerText,
    AskEvent,
    Chooser,
    ExpertDone,
    ExpertText,
    Mode,
    OnAsk,
    Pick,
    Reply,
    Routed,
    Source,
    Told,
    Turn,
)
from engine.assemble import Tuning, VendorConfigs
from engine.expert import Roster
from providers import pricing
from providers.base import Prompt
from providers.presets import Preset
from providers.records import Verdict
from workspace.files import Workspace

ROUTING_S = 10.0
"""A model has this long to choose the experts; then the classifier does."""


class NothingAsked(ValueError):
    """The question cannot be answered as it stands; the message says why."""


async def ask(
    question: str,
    workspace: Workspace,
    profile: Profile,
    *,
    preset: Preset,
    settings: Settings,
    configs: VendorConfigs | None = None,
    tuning: Tuning | None = None,
    roster: str = "devops",
    experts: Sequence[str] = (),
    selection: Sequence[str] = (),
    verdict: Verdict | None = None,
    history: Sequence[Turn] = (),
    enrich: bool = False,
    members: Sequence[Caller] | None = None,
    on_event: OnAsk | None = None,
) -> Reply:
    """Answer a question about the workspace; `on_event` hears what happens, the last being Answered.

    With no vendor ready the built-in architect answers, or says what it cannot and which key would. `experts` names experts of the
    roster instead of having them chosen; `enrich` gives a single expert's answer a second look; `members` replaces the preset's models.
    Cancelling it closes the calls. Raises NothingAsked, ConfigurationError for an unknown roster, and WorkspaceGone.
    """
    words = question.strip()
    if not words:
        raise NothingAsked("The question is empty. Ask, for example: which port does it listen on?")
    if len(words) > MAX_QUESTION:
        raise NothingAsked(f"The question is {len(words):,} characters long; at most {MAX_QUESTION:,} are taken. Select files instead.")
    chosen = rosters.find(roster)
    unknown = [name for name in experts if name not in {expert.id for expert in chosen.experts}]
    if unknown:
        raise NothingAsked(f"The roster {chosen.id} has no expert {unknown[0]!r}; it has: {', '.join(e.id for e in chosen.experts)}.")
    began = time.monotonic()
    everyone = callers(preset, settings, configs, tuning, chosen.experts) if members is None else tuple(members)
    work = _Work(words, workspace, profile, chosen, everyone, history, on_event)
    try:
        known = await asyncio.to_thread(builtin.answer, words, workspace, profile, verdict)
        if not everyone:
            reply = known or builtin.cannot(words, settings, configs, router.by_classifier(words, chosen)[0])
            work.tell(Routed(reply.picks, reply.chosen_by))
            work.tell(AnswerText(reply.text))
        else:
            work.context = await asyncio.to_thread(context.gather, workspace, profile, selection=selection, verdict=verdict, known=known)
            reply = await work.answer(tuple(experts), enrich, known)
    finally:
        if members is None:
            for caller in everyone:
                await caller.aclose()
    reply = replace(reply, latency_ms=(time.monotonic() - began) * 1000)
    work.tell(Answered(reply))
    return reply


class _Work:
    """One question on its way."""

    def __init__(
        self,
        question: str,
        workspace: Workspace,
        profile: Profile,
        roster: Roster,
        everyone: Sequence[Caller],
        history: Sequence[Turn],
        on_event: OnAsk | None,
    ) -> None:
        self.context = Context("", 0, ())
        self._question = question
        self._profile = profile
        self._roster = roster
        self._everyone = everyone
        self._history = history
        self._on_event = on_event
        self._costs: list[float | None] = []
        self._notes: list[str] = []

    def tell(self, event: AskEvent) -> None:
        """Let the listener hear it."""
        if self._on_event is not None:
            self._on_event(event)

    async def answer(self, wanted: tuple[str, ...], enrich: bool, known: Reply | None) -> Reply:
        """Choose experts, have them answer, combine; fall back to one plain call, and to the architect where that fails too."""
        text, masked = context.question_text(self._question, self.context, self._history)
        picks, by = await self._choose(wanted)
        self.tell(Routed(picks, by))
        for entry in self.context.omitted:
            self._note(f"Not in the question: {entry}")
        try:
            answer, picks, mode = await (self._alone(picks[0], text, enrich) if len(picks) == 1 else self._together(picks, text))
        except NobodyAnswered as failure:
            self._note(f"No expert could answer. {failure.message}")
            answer, mode = await self._plainly(text, known)
        cost = pricing.total(tuple(self._costs)) if self._costs else None
        named = context.places(answer, self._profile)
        sources: tuple[Source, ...] = known.sources if known is not None and mode is Mode.BUILT_IN else named
        return Reply(
            question=self._question,
            text=answer,
            mode=mode,
            picks=known.picks if known is not None and mode is Mode.BUILT_IN else picks if mode is not Mode.PLAIN else (),
            chosen_by=by,
            sources=sources,
            notes=tuple(self._notes),
            secrets_masked=self.context.secrets_masked + masked,
            cost_usd=cost,
            understood=bool(answer),
        )

    async def _choose(self, wanted: tuple[str, ...]) -> tuple[tuple[Pick, ...], Chooser]:
        if wanted:
            return router.chosen_by_user(wanted, self._roster), Chooser.USER
        prompt = Prompt(text=router.routing_prompt(self._question, self._roster), system=router.ROUTING_SYSTEM)
        fast = sorted(self._everyone, key=lambda caller: "fast" not in caller.strengths.capabilities)
        answered = False
        try:
            async with asyncio.timeout(ROUTING_S):
                heard = await first_answer(fast[:1], prompt)
            answered = True
            self._costs.append(heard.cost_usd)
            if picks := router.from_model(heard.text, self._roster):
                return picks, Chooser.MODEL
        except (TimeoutError, NobodyAnswered):
            pass
        return router.without_model(self._question, self._roster, answered)

    async def _alone(self, pick: Pick, text: str, enrich: bool) -> tuple[str, tuple[Pick, ...], Mode]:
        expert = self._roster.expert(pick.expert)
        prompt = Prompt(text=text, system=context.system(expert))
        order, why = chain(self._everyone, expert, self._question, prompt)
        heard = await first_answer(order, prompt, self._stream)
        self._took(heard)
        self.tell(ExpertDone(pick.expert, heard.by))
        mode, answer = Mode.EXPERT, heard.text
        if enrich:
            others = [caller for caller in order if caller.label != heard.by] or list(order)
            again = Prompt(text=context.enrichment_text(self._question, heard.text, self.context), system=context.system(expert))
            self.tell(AnswerText("", reset=True))
            try:
                second = await first_answer(others, again, self._stream)
                self._took(second)
                mode, answer = Mode.ENRICHED, second.text
                self._note(f"{second.by} gave the answer of {heard.by} a second look.")
            except NobodyAnswered as failure:
                self.tell(AnswerText(heard.text, reset=True))
                self._note(f"The second look failed, so this is the first answer. {failure.message}")
        return answer, (replace(pick, by=heard.by, why=f"{pick.why}; {why}"),), mode

    async def _together(self, picks: tuple[Pick, ...], text: str) -> tuple[str, tuple[Pick, ...], Mode]:
        """Ask several at once, then combine what came; one that fails is left out and named."""
        outcomes = await asyncio.gather(*(self._expert(pick, text) for pick in picks))
        answers = [(pick, heard) for pick, heard in zip(picks, outcomes, strict=True) if heard is not None]
        if not answers:
            raise NobodyAnswered("Every expert failed.")
        done = tuple(replace(pick, by=heard.by) for pick, heard in answers)
        if len(answers) == 1:
            self.tell(AnswerText(answers[0][1].text, reset=True))
            return answers[0][1].text, done, Mode.EXPERT
        given = [(pick.label, heard.text) for pick, heard in answers]
        prompt = Prompt(text=context.synthesis_text(self._question, given, self.context), system=context.system(self._roster.general))
        try:
            heard = await first_answer(chain(self._everyone, None, self._question, prompt)[0], prompt, self._stream)
        except NobodyAnswered as failure:
            joined = "\n\n".join(f"**{label}**\n\n{answer}" for label, answer in given)
            self.tell(AnswerText(joined, reset=True))
            self._note(f"The answers could not be combined, so they stand side by side. {failure.message}")
            return joined, done, Mode.JOINED
        self._took(heard)
        return heard.text, done, Mode.SYNTHESIS

    async def _expert(self, pick: Pick, text: str) -> Heard | None:
        expert = self._roster.expert(pick.expert)
        prompt = Prompt(text=text, system=context.system(expert))
        order, _ = chain(self._everyone, expert, self._question, prompt)
        try:
            heard = await first_answer(order, prompt, lambda piece, reset: self.tell(ExpertText(pick.expert, piece, reset)))
        except NobodyAnswered as failure:
            self.tell(ExpertDone(pick.expert, "", failure.message))
            self._note(f"The expert {pick.label} could not answer. {failure.message}")
            return None
        self._took(heard)
        self.tell(ExpertDone(pick.expert, heard.by))
        return heard

    async def _plainly(self, text: str, known: Reply | None) -> tuple[str, Mode]:
        """Make one plain streaming call, without an expert; where that fails too, the architect's own answer stands."""
        self.tell(AnswerText("", reset=True))
        prompt = Prompt(text=text, system=context.system(None))
        try:
            heard = await first_answer(chain(self._everyone, None, self._question, prompt)[0], prompt, self._stream)
        except NobodyAnswered as failure:
            told = known.text if known is not None else ""
            self._note(
                f"A plain call failed as well. {failure.message} "
                + ("The built-in architect answers." if told else "The built-in architect does not know this either.")
            )
            self.tell(AnswerText(told, reset=True))
            return told, Mode.BUILT_IN
        self._took(heard)
        self._note("This is a plain answer of one model.")
        return heard.text, Mode.PLAIN

    def _took(self, heard: Heard) -> None:
        self._costs.append(heard.cost_usd)
        for sentence in heard.failed:
            self._note(f"{sentence} {heard.by} answered instead.")

    def _note(self, sentence: str) -> None:
        if sentence not in self._notes:
            self._notes.append(sentence)
            self.tell(Told(sentence))

    def _stream(self, piece: str, reset: bool) -> None:
        self.tell(AnswerText(piece, reset))
