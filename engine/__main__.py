"""The main job from a shell or a CI job: `python -m engine PATH --target dockerfile --target compose`.

Exit status: 0 accepted, 1 findings above the threshold or no verdict, 2 bad input.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from architect.errors import ArchitectError
from architect.profile import Override, Profile
from architect.stacks.declared import Declaration, declare
from artifacts.records import Artifact, Severity
from config import Settings, settings
from engine import ask_command, batch_command, experiment_command, generate, resources, spending
from engine import command_report as report
from engine.assemble import HISTORY, Tuning, assemble, known_presets
from engine.ending import cancel_on_request
from engine.generate import TARGETS, NothingToGenerate, Prepared
from engine.pass_report import changed_paths, improvement_document, improvement_text
from engine.passes import existing_files, improve
from engine.proof_report import event_line, proof_text
from engine.prove import prove, with_proof
from engine.proving.records import Proof, ProofEvent
from engine.refining.limits import MAX_ITERATIONS, MOST_ITERATIONS
from engine.refining.records import Refinement
from engine.refining.report import refinement_text
from engine.repairing import repair
from engine.runs import RunStore
from providers import presets
from providers.errors import ConfigurationError, EnsembleError
from providers.execution import EXECUTIONS
from providers.knobs import KNOBS
from providers.normalisation import NORMALISATIONS
from providers.presets import Preset, PresetMember
from providers.records import Verdict
from providers.strategies import STRATEGIES
from workspace import deliver
from workspace.errors import WorkspaceError, WriteFailed
from workspace.files import Workspace, open_workspace
from workspace.trust import ALLOWS, OPEN, ledger

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ACCEPTED, FINDINGS, BAD_INPUT = 0, 1, 2
THRESHOLDS = {"error": (Severity.ERROR,), "warning": (Severity.ERROR, Severity.WARNING), "hint": tuple(Severity), "never": ()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; everything it says on bad input goes to standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == [experiment_command.WORD]:
            return asyncio.run(experiment_command.run(given[1:], settings()))
        if given[:1] == [batch_command.WORD]:
            return asyncio.run(batch_command.run(given[1:], settings()))
        options = parser().parse_args(given)
        return asyncio.run(_run(options, settings()))
    except ValidationError as error:
        print("\n".join(f"error: {_what_is_wrong(entry)}" for entry in error.errors(include_input=False)), file=sys.stderr)
        return BAD_INPUT
    except (WorkspaceError, NothingToGenerate, ConfigurationError, ArchitectError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped", file=sys.stderr)
        return 130
    finally:
        resources.close_all()


def parser() -> argparse.ArgumentParser:
    """Return the command line's definition."""
    made = argparse.ArgumentParser(
        prog="python -m engine",
        description="Turn a repository into infrastructure files that were judged by real validators.",
        epilog=(
            "Exit status: 0 accepted, 1 findings above the threshold or no verdict, 2 bad input. Keys: environment or .env. "
            "`python -m engine experiment FILE` compares ensembles on a question set, `python -m engine batch FILE` asks one ensemble many "
            "questions; see their --help."
        ),
    )
    made.add_argument("path", metavar="PATH", help="the repository's folder")
    made.add_argument(
        "--target",
        action="append",
        metavar="NAME[:OPTION=VALUE,...]",
        help=f"what to generate, one of {', '.join(TARGETS)}; may be repeated (default: dockerfile)",
    )
    made.add_argument("--preset", help="which ensemble answers (default: ENSEMBLE_DEFAULT_PRESET)")
    made.add_argument(
        "--member",
        metavar="VENDOR/MODEL",
        action="append",
        help="ask this member instead of a preset, e.g. architect/lean; may be repeated",
    )
    made.add_argument(
        "--strategy", help=f"how answers become one, one of {', '.join(entry.id for entry in STRATEGIES)} (default: the preset's)"
    )
    made.add_argument(
        "--execution", help=f"when members are called, one of {', '.join(entry.id for entry in EXECUTIONS)} (default: the preset's)"
    )
    made.add_argument(
        "--weights",
        choices=("members", "record"),
        help="weigh members by their own weights or by earlier runs (default: the preset's)",
    )
    made.add_argument("--aggregator", metavar="VENDOR/MODEL", help="who merges with --strategy synthesis (default: whose answer is best)")
    made.add_argument(
        "--normalization",
        choices=tuple(NORMALISATIONS),
        help="how answers without files are compared (default: the preset's)",
    )
    made.add_argument(
        "--min-responses", type=int, metavar="N", help="answers the run needs (default: the preset's, else half of the members)"
    )
    for knob in KNOBS:
        users = [entry.id for entry in STRATEGIES if knob.name in entry.options]
        users += [entry.id for entry in EXECUTIONS if knob.name in entry.options]
        said = f"{knob.help.replace('%', '%%')} For {', '.join(users)} (default: the preset's)"
        made.add_argument(knob.flag, type=int if knob.whole else float, metavar="N", help=said)
    made.add_argument("--single", action="store_true", help="ensemble mode off: one member answers")
    made.add_argument("--instruction", default="", metavar="TEXT", help='your own words, e.g. "use Alpine, add a Celery worker"')
    made.add_argument(
        "--select",
        action="append",
        metavar="FILE",
        help="a file whose content goes into the prompt (default: the files that prove the profile)",
    )
    made.add_argument(
        "--override",
        action="append",
        default=[],
        metavar="[COMPONENT.]FACT=VALUE",
        help="correct the profile, e.g. port=9000 or api.runtime=3.12",
    )
    made.add_argument(
        "--describe",
        action="append",
        metavar="FACT=VALUE",
        help="describe a repository that nothing recognises: image, start, and where they apply port, build, health",
    )
    made.add_argument("--repair", action="store_true", help="repair what the validators find, and keep only what improves the result")
    made.add_argument(
        "--repair-rounds",
        type=int,
        choices=range(1, MOST_ITERATIONS + 1),
        metavar="N",
        help=f"with --repair: how often at most what is left is repaired again, 1 to {MOST_ITERATIONS} (default: {MAX_ITERATIONS})",
    )
    made.add_argument("--harden", action="store_true", help="harden the files that exist instead of generating; prints the difference")
    made.add_argument(
        "--right-size", action="store_true", help="right-size the files that exist (requests, limits, workers); prints the difference"
    )
    made.add_argument("--apply", action="store_true", help="with --harden or --right-size: write the changed files into PATH itself")
    spending.add_arguments(made)
    made.add_argument("--timeout", type=float, help="seconds the run may take")
    spending.add_answer_arguments(made)
    made.add_argument("--out", metavar="DIR", help="write the generated files below this folder (made if it does not exist)")
    made.add_argument(
        "--prove",
        action="store_true",
        help="build and start the result with Docker or Podman, shut off from the network, and add what happens to the evidence",
    )
    made.add_argument("--json", action="store_true", help="print one JSON document instead of text")
    made.add_argument(
        "--fail-on",
        choices=tuple(THRESHOLDS),
        default="error",
        help="findings of this severity or worse give exit status 1 (default: error)",
    )
    made.add_argument(
        "--trust", action="store_true", help="remember PATH as trusted, as the button on the page does, and say what that allows"
    )
    ask_command.add_arguments(made)
    made.add_argument("--profile", action="store_true", help="print what was found, with its evidence, and generate nothing")
    made.add_argument("--prompt", action="store_true", help="print the exact prompt and generate nothing")
    return made


async def _run(options: argparse.Namespace, config: Settings) -> int:
    # what a shell's user asks for here (--out, --apply, --prove) is their own explicit act; no Git process is ever started
    workspace = open_workspace(options.path, Path.cwd(), gate=OPEN)
    if options.trust:
        ledger(config.omni_data_dir).grant(workspace.root)
        print(f"{workspace.location} is trusted on the page now. There the program may:", *ALLOWS, sep="\n- ")
        return ACCEPTED
    found = generate.read_profile(workspace)
    if options.describe:
        found = declare(found, _declaration(options.describe))
    found = generate.apply_overrides(found, [_override(text, found) for text in options.override])
    if options.profile:
        print(report.profile_json(found) if options.json else report.profile_text(found))
        return ACCEPTED
    if options.ask is not None:
        return await ask_command.answer(options, workspace, found, _preset(options, config), config)
    if options.route:
        print(ask_command.routed(options, found, _preset(options, config), config))
        return ACCEPTED
    if options.harden or options.right_size:
        return await _improve(options, workspace, found, config)
    preset = _preset(options, config)
    tuning = Tuning(
        ensemble=not options.single,
        strategy=options.strategy,
        execution=options.execution,
        timeout=options.timeout,
        temperature=options.temperature,
        max_tokens=options.max_tokens,
        numbers={knob.name: value for knob in KNOBS if (value := getattr(options, knob.name)) is not None},
        aggregator=options.aggregator,
        min_responses=options.min_responses,
        normalization=options.normalization,
        repair_rounds=options.repair_rounds,
        record=None if options.weights is None else options.weights == "record",
        needs=ask_command.needs(options),
        **spending.limits(options),
    )
    prepared = _prepare(options, workspace, found)
    if options.prompt:
        print(f"{prepared.prompt.system}\n\n{prepared.prompt.text}")
        return ACCEPTED
    ensemble, team = assemble(preset, config, tuning=tuning)
    if not options.json:
        print(team.sentence, file=sys.stderr)
    store = RunStore(config.omni_data_dir / HISTORY)
    try:
        verdict = await generate.run(
            prepared,
            ensemble,
            store=store,
            workspace=workspace.location,
            preset=preset.id,
        )
    except EnsembleError as error:
        print(report.failure_json(error) if options.json else report.failure_text(error), file=sys.stdout if options.json else sys.stderr)
        return FINDINGS
    finally:
        await ensemble.aclose()
    refinement: Refinement | None = None
    if options.repair:
        expectations = prepared.prompt.expectations
        verdict, refinement = await repair(verdict, prepared.request, expectations, preset, config, tuning=tuning)
        verdict = await generate.keep_changed(store, verdict, owner="cli")
        if not options.json:
            print(refinement_text(refinement), file=sys.stderr)
    written = _write(verdict, options.out, config) if options.out else ()
    proof: Proof | None = None
    if options.prove:
        proof = await _prove(workspace, verdict, found, quiet=options.json)
        verdict = with_proof(verdict, proof, prepared.prompt.expectations)
        verdict = await generate.keep_changed(store, verdict, owner="cli")
    print(
        report.verdict_json(verdict, prepared, written, proof, refinement)
        if options.json
        else report.verdict_text(verdict, prepared, written)
    )
    if proof is not None and not options.json:
        print(f"\n{proof_text(proof)}")
    return _status(verdict, options.fail_on)


async def _improve(options: argparse.Namespace, workspace: Workspace, found: Profile, config: Settings) -> int:
    """Run the passes that were asked for over the files that exist, each over what the one before left."""
    wanted = [name for name, asked in (("harden", options.harden), ("right-size", options.right_size)) if asked]
    files, done = existing_files(workspace, found), []
    for name in wanted:
        done.append(await improve(name, files, found))
        files = done[-1].after
    paths = changed_paths(done)
    changed = tuple(artifact for artifact in files if artifact.path in paths)
    folder = options.out or (workspace.location if options.apply else "")
    written = _write_files(changed, folder, config) if folder and changed else ()
    document = improvement_document(done, written)
    print(report.document_json(document) if options.json else improvement_text(done, written))
    errors = any(finding.severity in THRESHOLDS[options.fail_on] for finding in done[-1].assessment.findings)
    return FINDINGS if errors else ACCEPTED


async def _prove(workspace: Workspace, verdict: Verdict, found: Profile, *, quiet: bool) -> Proof:
    """Prove the verdict's files and tell on standard error how it goes; a request to end stops it and cleans up."""

    def tell(event: ProofEvent) -> None:
        line = event_line(event)
        if line and not quiet:
            print(line, file=sys.stderr)

    cancel_on_request()
    return await prove(workspace, verdict.artifacts, found, on_event=tell)


def _prepare(options: argparse.Namespace, workspace: Workspace, found: Profile) -> Prepared:
    targets = [generate.parse_target(text) for text in dict.fromkeys(options.target or ("dockerfile",))]
    selection = generate.suggest_selection(found) if options.select is None else tuple(options.select)
    prepared = generate.prepare(workspace, found, targets, selection=selection, instruction=options.instruction)
    for entry in prepared.omitted if options.select is not None else ():
        print(f"{entry.path} is not in the prompt: {entry.reason}", file=sys.stderr)
    return prepared


def _preset(options: argparse.Namespace, config: Settings) -> Preset:
    if options.member:
        return Preset(id="command-line", members=tuple(_member(text) for text in options.member))
    return presets.find(options.preset or config.ensemble_default_preset, known_presets(config))


def _member(text: str) -> PresetMember:
    vendor, _, model = text.partition("/")
    return PresetMember(vendor=vendor, model=model)


def _override(text: str, found: Profile) -> Override:
    """Read `[component.]fact=value`; without a component it concerns the only one."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise ValueError(f"--override {text!r} is not of the form FACT=VALUE, for example port=9000.")
    component, _, field = name.strip().rpartition(".")
    if not component:
        names = [entry.name for entry in found.components]
        if len(names) > 1:
            raise ValueError(f"--override {text!r}: there are several components; write one of {', '.join(f'{n}.{field}' for n in names)}.")
        component = names[0] if names else ""
    return Override(component, field, value.strip())


def _what_is_wrong(entry: ErrorDetails) -> str:
    """Name the setting or the field; its value may be a secret and is never repeated."""
    return f"{'.'.join(str(part) for part in entry['loc']).upper()}: {entry['msg'].removeprefix('Value error, ')}"


def _declaration(texts: Sequence[str]) -> Declaration:
    """Read `image=perl:5.40-slim` and the like."""
    said: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or name not in ("image", "start", "port", "build", "health"):
            raise ValueError(f"--describe {text!r} is not one of image=, start=, port=, build=, health=.")
        said[name] = value
    port = said.pop("port", "0")
    if not (port.isascii() and port.isdigit()):
        raise ValueError(f"--describe port={port!r}: the port must be a whole number.")
    return Declaration(**{"image": "", "start": "", **said}, port=int(port))


def _write(verdict: Verdict, folder: str, config: Settings) -> tuple[str, ...]:
    """Write the verdict's files as one set."""
    return _write_files(verdict.artifacts, folder, config)


def _write_files(artifacts: Sequence[Artifact], folder: str, config: Settings) -> tuple[str, ...]:
    """Write files as one set; what was there before is kept in the journal."""
    try:
        Path(folder).expanduser().mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise WriteFailed(f"The folder {folder!r} of --out cannot be made: {why.lower()}. Give another folder.") from error
    target = open_workspace(folder, Path.cwd(), gate=OPEN)
    changes = deliver.plan_changes(target, {artifact.path: artifact.content for artifact in artifacts})
    if any(change.status is not deliver.Status.UNCHANGED for change in changes):
        deliver.apply(target, changes, config.omni_data_dir / "journal")
    return tuple(artifact.path for artifact in artifacts)


def _status(verdict: Verdict, threshold: str) -> int:
    """Return 0 for a verdict with files and without findings at the threshold or worse."""
    assessment = verdict.assessment
    if not verdict.artifacts or assessment is None:
        return FINDINGS
    return FINDINGS if any(finding.severity in THRESHOLDS[threshold] for finding in assessment.findings) else ACCEPTED


if __name__ == "__main__":
    sys.exit(main())
