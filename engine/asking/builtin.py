"""The built-in architect as an expert: answers what the profile, the rules and the last run show, and says plainly what it cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence

from architect.profile import Component, Profile
from config import Settings
from engine.asking.records import Chooser, Mode, Pick, Reply, Source
from engine.asking.topic import Matter, Topic
from engine.asking.topics import TOPICS
from engine.assemble import VendorConfigs
from providers import vendors
from providers.records import Verdict
from workspace.files import Workspace

EXPERT = "architect"
LABEL = "Built-in architect"
MOST_TOPICS = 2
CLOSE = 0.75
"""A second topic answers too when the question fits it at least this well beside the first."""
MOST_SOURCES = 12


def answer(question: str, workspace: Workspace, profile: Profile, verdict: Verdict | None = None) -> Reply | None:
    """Return what the architect knows about the question, None where it is about nothing it knows."""
    matter = Matter(
        question=question, workspace=workspace, profile=profile, verdict=verdict, components=_meant(question, profile) or profile.components
    )
    parts: list[str] = []
    found: list[Source] = []
    topics = _topics(question)
    used: list[Topic] = []
    for topic in topics:
        said = topic.answer(matter)
        if said is not None and said.text:
            parts.append(said.text)
            found += said.sources
            used.append(topic)
        if len(used) == MOST_TOPICS:
            break
    if not parts and topics and not profile.understood:
        told = " ".join(profile.questions)
        parts.append(f"Nothing in this folder was recognised as an application that runs. {told}".strip())
        used = topics[:1]
    if not parts:
        return None
    with_line = {source.path for source in found if source.line}
    found = [source for source in found if source.line or source.path not in with_line]
    about = " and ".join(topic.label.lower() for topic in used)
    return Reply(
        question=question,
        text="\n\n".join(parts),
        mode=Mode.BUILT_IN,
        picks=(Pick(EXPERT, LABEL, f"it answers questions about {about} from what it found in the workspace", LABEL),),
        chosen_by=Chooser.KEYWORDS,
        sources=tuple(dict.fromkeys(found))[:MOST_SOURCES],
    )


def cannot(question: str, settings: Settings, configs: VendorConfigs | None, wanted: Pick | None = None) -> Reply:
    """Return the answer to what the architect does not know: what it can be asked, and which key would answer this."""
    why = [
        f"- {spec.label}: set {' and '.join(spec.key_variables) or 'its address'} in the environment, or enter it on the Settings page"
        if spec.key_variables
        else f"- {spec.label}: set {spec.fields[0].variable} to the address of a running server; it needs no key"
        for spec in vendors.VENDORS
        if not spec.built_in and not spec.ready(settings, (configs or {}).get(spec.id, {})).ready
    ]
    who = f" It is a question for the expert **{wanted.label}**, which needs a model." if wanted else ""
    known = ", ".join(topic.label.lower() for topic in TOPICS)
    text = (
        f"The built-in architect cannot answer this: it answers only from what it found in the workspace, its rules and "
        f"the last run.{who}\n\n"
        f"It can be asked about: {known}."
    )
    if why:
        text += "\n\nAny one of these would let a model answer:\n\n" + "\n".join(why)
    return Reply(
        question=question,
        text=text,
        mode=Mode.BUILT_IN,
        picks=(wanted,) if wanted else (),
        chosen_by=Chooser.CLASSIFIER,
        understood=False,
    )


def suggestions(profile: Profile, verdict: Verdict | None, most: int = 6) -> tuple[str, ...]:
    """Return questions that fit this workspace, for an empty page."""
    components = profile.components
    first: Sequence[str] = ()
    if components:
        names = [component.name for component in components]
        several = len(names) > 1
        first = [
            f"Which port does {names[0]} listen on?" if several else "Which port does it listen on?",
            "How is it started?",
            *(["Which services does it need?"] if any(component.services for component in components) else []),
            *(["Which environment variables must be set?"] if any(component.variables for component in components) else []),
            "Why this base image?",
            "What is missing before this can go live?",
        ]
    if verdict is not None:
        first = ["What did the last run find?", *first]
    return tuple([*first, "What is this repository made of?", "What does dockerfile_root_user mean?"])[:most]


def _topics(question: str) -> list[Topic]:
    weighed = [(topic.weight(question), -place, topic) for place, topic in enumerate(TOPICS)]
    ranked = sorted(((weight, place, topic) for weight, place, topic in weighed if weight), key=lambda entry: entry[:2], reverse=True)
    if not ranked:
        return []
    best = ranked[0][0]
    near = [topic for weight, _, topic in ranked if weight >= best * CLOSE]
    return [*near, *(topic for _, _, topic in ranked if topic not in near and topic.id == "where")]


def _meant(question: str, profile: Profile) -> tuple[Component, ...]:
    """Return the components a question names."""
    return tuple(
        component
        for component in profile.components
        if re.search(rf"(?<![\w-]){re.escape(component.name)}(?![\w-])", question, re.IGNORECASE)
    )
