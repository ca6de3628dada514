"""`--ask` and `--route` of the command line: a question answered in the terminal, and where a request would go."""

from __future__ import annotations

import argparse
import dataclasses
import sys

import orjson

from architect.profile import Profile
from config import Settings
from engine import spending
from engine.ask import ask
from engine.asking.records import AskEvent, Reply, Routed, Told
from engine.assemble import HISTORY, Tuning, resolve
from engine.runs import HistoryProblem, RunStore
from providers import routing
from providers.adaptive import Needs
from providers.presets import Preset
from providers.records import Verdict
from providers.routing import Demand, Routable
from workspace.files import Workspace

ANSWERED, UNANSWERED = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what asking and routing take."""
    parser.add_argument("--ask", metavar="QUESTION", help='ask about the repository, e.g. "which port?"; generates nothing')
    parser.add_argument("--roster", default="devops", help="with --ask: which experts may answer, devops or general (default: devops)")
    parser.add_argument("--expert", action="append", metavar="ID", help="with --ask: this expert answers; may be repeated")
    parser.add_argument("--enrich", action="store_true", help="with --ask: a single expert's answer gets a second look")
    parser.add_argument("--stakes", choices=("high", "normal"), default="normal", help="high: everyone in parallel, and they must agree")
    parser.add_argument(
        "--budget", type=float, metavar="USD", help="dollars for this run: the cheapest members that fit, one after another"
    )
    parser.add_argument("--latency", type=float, metavar="SECONDS", help="bound on the wait: one fast member answers")
    parser.add_argument("--busy", action="store_true", help="this machine is busy: one fast member answers")
    parser.add_argument("--route", action="store_true", help="print which member this request would go to first and why; generates nothing")


def needs(options: argparse.Namespace) -> Needs:
    """Return what the run says about itself."""
    return Needs(high_stakes=options.stakes == "high", budget_usd=options.budget, latency_s=options.latency, busy=options.busy)


async def answer(options: argparse.Namespace, workspace: Workspace, found: Profile, preset: Preset, config: Settings) -> int:
    """Answer the question on standard output; exit status 1 where nobody could."""

    def tell(event: AskEvent) -> None:
        if isinstance(event, Routed) and event.picks:
            told = "; ".join(f"{pick.label} ({pick.why})" for pick in event.picks)
            print(f"chosen by {event.chosen_by.value}: {told}", file=sys.stderr)
        elif isinstance(event, Told):
            print(event.note, file=sys.stderr)

    reply = await ask(
        options.ask,
        workspace,
        found,
        preset=preset,
        settings=config,
        tuning=Tuning(timeout=options.timeout, temperature=options.temperature, max_tokens=options.max_tokens, **spending.limits(options)),
        roster=options.roster,
        experts=options.expert or (),
        selection=options.select or (),
        verdict=_last(config, workspace),
        enrich=options.enrich,
        on_event=None if options.json else tell,
    )
    print(_json(reply) if options.json else _text(reply))
    return ANSWERED if reply.understood else UNANSWERED


def routed(options: argparse.Namespace, found: Profile, preset: Preset, config: Settings) -> str:
    """Say who of the preset would be asked first for this request, who after, and why."""
    members = resolve(preset, config).members
    routable = [Routable(f"{member.vendor}/{member.model}", member.title, member.strengths) for member in members]
    demand = demand_of(options.instruction, len(options.target or ("dockerfile",)), len(found.components))
    route = routing.route(demand, routable)
    if options.json:
        document = {
            "primary": route.primary.id,
            "fallback": [member.id for member in route.fallback],
            "wanted": route.wanted,
            "reason": route.reason,
            "members": [
                {
                    "id": member.id,
                    "capabilities": sorted(member.strengths.capabilities),
                    "priority": member.strengths.priority,
                    "cost_per_million_tokens_usd": member.strengths.cost,
                }
                for member in routable
            ],
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    known = "\n".join(
        f"  {member.label:<34} {', '.join(sorted(member.strengths.capabilities)) or 'nothing in particular'}" for member in routable
    )
    return f"{route.reason}\n\n{known}"


def demand_of(instruction: str, files: int, components: int) -> Demand:
    """Read a request for generation as the conditions routing goes by: a constraint a clause of the user's words."""
    clauses = tuple(part.strip() for part in instruction.replace(";", ",").replace("\n", ",").split(",") if part.strip())
    return Demand(
        constraints=clauses,
        security=routing.security_related(instruction),
        complexity=routing.complexity(files=files, constraints=len(clauses), words=len(instruction.split()), components=components),
    )


def _last(config: Settings, workspace: Workspace) -> Verdict | None:
    """Return the last run of this workspace from the command line's history; none where it cannot be read."""
    store = RunStore(config.omni_data_dir / HISTORY)
    try:
        recent = store.recent("cli", workspace=workspace.location, limit=1)
        return store.load("cli", recent[0].id).verdict if recent else None
    except (HistoryProblem, KeyError):
        return None


def _text(reply: Reply) -> str:
    parts = [reply.text.strip()]
    if reply.sources:
        parts.append("Sources: " + ", ".join(map(str, reply.sources)))
    if reply.secrets_masked:
        parts.append(f"{reply.secrets_masked} secret{'s' * (reply.secrets_masked != 1)} masked.")
    return "\n\n".join(parts)


def _json(reply: Reply) -> str:
    document = dataclasses.asdict(reply)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
