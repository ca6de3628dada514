"""`python -m tests.prove [FOLDER ...] [--style lean]`: build and start what the architect writes for repositories, and print a table.

Exit status 0 where everything was proved, or where this machine cannot prove anything (it says why); 1 where something failed.
`--quick` is for CI: one repository of each sort in one style, in at most five minutes. What the time did not suffice for is named and
is no failure; what was seen to fail is. `--limit SECONDS` bounds every repository in the same way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from architect import render
from architect.request import Request, Style, Target
from artifacts.compose import read_compose
from artifacts.dockerfile import read_dockerfile
from artifacts.records import Kind
from engine.generate import read_profile
from engine.proof_report import event_line, proof_data, table
from engine.prove import TIMEOUT_S, prove
from engine.proving.plan import bases
from engine.proving.records import LineEvent, Outcome, Proof, ProofEvent
from tests.prove.machine import build_mounts
from tests.prove.standins import CannotMake, StandIns
from workspace.containers import BuildMount, ContainerEngine, find_engine
from workspace.errors import NoEngine
from workspace.files import open_workspace
from workspace.processes import run
from workspace.trust import OPEN

EXAMPLES = Path(__file__).resolve().parent / "repositories"
PULL_S = 90.0
QUICK = ("express-notes", "fastapi-inventory", "flask-greeter", "static-page")
QUICK_S = 240.0
"""Seconds after which a quick run begins nothing more; what has begun may take LAST_S longer."""

LAST_S = 60.0


def main() -> int:
    options = arguments()
    own = [EXAMPLES / name for name in QUICK] if options.quick else sorted(path for path in EXAMPLES.iterdir() if path.is_dir())
    folders = options.folders or own
    style = options.style or (Style.CACHED.value if options.quick else "all")
    styles = list(Style) if style == "all" else [Style(style)]
    with tempfile.TemporaryDirectory() as temporary:
        return asyncio.run(prove_all(folders, styles, options, build_mounts(Path(temporary))))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=(__doc__ or "").strip())
    parser.add_argument("folders", type=Path, nargs="*", help="repositories to prove (default: those beside this file)")
    parser.add_argument("--style", choices=[*Style, "all"], help="default: all")
    parser.add_argument("--quick", action="store_true", help="four repositories in one style, in at most five minutes")
    parser.add_argument("--limit", type=seconds, metavar="SECONDS", help=f"most that one proof may take (default: {TIMEOUT_S:.0f})")
    parser.add_argument("--json", type=Path, help="write every proof to this file")
    parser.add_argument("--logs", action="store_true", help="show what builds and containers say")
    parser.add_argument("--stand-ins", action="store_true", help="make the base images here without trying to pull any")
    return parser.parse_args()


def seconds(text: str) -> float:
    """Read a limit: a number above 0. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


async def prove_all(folders: Sequence[Path], styles: Sequence[Style], options: argparse.Namespace, mounts: tuple[BuildMount, ...]) -> int:
    deadline = time.monotonic() + QUICK_S if options.quick else None
    work = []
    for folder in folders:
        workspace = open_workspace(str(folder), Path.cwd(), gate=OPEN)
        found = read_profile(workspace)
        for style in styles:
            artifacts = render(Request(profile=found, targets=(Target("dockerfile"), Target("compose"))), style).artifacts
            work.append((f"{workspace.name} {style.value}", workspace, found, artifacts))
    wanted = {
        base
        for *_, artifacts in work
        for artifact in artifacts
        if artifact.kind is Kind.DOCKERFILE
        for base in bases(read_dockerfile(artifact.content))
    }
    composed = [read_compose(artifact.content) for *_, artifacts in work for artifact in artifacts if artifact.kind is Kind.COMPOSE]
    services = {service.image for file in composed for service in file.services if service.image}
    try:
        engine, made = await engine_for(sorted(wanted), sorted(services), mounts, pulling=not options.stand_ins, deadline=deadline)
    except (NoEngine, CannotMake) as error:
        print(f"NOT PROVED: nothing was built here, which says nothing about the files. {error}")
        return 0
    print(f"{engine.label}; base images {'made here (stand-ins)' if made else 'pulled'}", flush=True)
    rows, proofs = [], {}
    late = []
    for name, workspace, found, artifacts in work:
        left = deadline - time.monotonic() if deadline is not None else TIMEOUT_S
        if left < LAST_S:
            late.append(name)
            continue
        print(f"== {name}", flush=True)
        limit = min(left + LAST_S if deadline is not None else left, options.limit or math.inf)
        proof = await prove(
            workspace, artifacts, found, engine=engine, mounts=mounts, timeout=limit, on_event=lambda event: show(event, options.logs)
        )
        proofs[name] = proof
        rows += [(f"{name} {image.path.removesuffix('Dockerfile').rstrip('/')}".rstrip(), image) for image in proof.images]
    print("", *table(rows), sep="\n")
    failed = [name for name, proof in proofs.items() if not proved(proof)]
    if options.quick or options.limit:
        late += [name for name in failed if not refuted(proofs[name])]
        failed = [name for name in failed if refuted(proofs[name])]
    if options.json:
        options.json.write_text(json.dumps({name: proof_data(proof) for name, proof in proofs.items()}, indent=2))
    done = [name for name in proofs if name not in failed and name not in late]
    print(f"\n{len(done)} of {len(work)} proved" + (f"; FAILED: {', '.join(failed)}" if failed else ""))
    if late:
        print(f"NOT PROVED: the time or this machine did not suffice for {', '.join(late)}.")
    return 1 if failed else 0


def refuted(proof: Proof) -> bool:
    """Tell whether something was seen to fail, rather than only not seen."""
    return any(fact.outcome is Outcome.FAILED for image in proof.images for fact in image.facts)


def proved(proof: Proof) -> bool:
    return proof.ok and not any(
        fact.outcome is Outcome.NOT_CHECKED for image in proof.images for fact in image.facts if fact.step != "health"
    )


async def engine_for(
    wanted: Sequence[str], services: Sequence[str], mounts: tuple[BuildMount, ...], *, pulling: bool, deadline: float | None = None
) -> tuple[ContainerEngine, bool]:
    """Return an engine that has or can pull every base image, else Podman with stand-ins. Raises NoEngine or CannotMake.

    A service nothing can stand in for is no reason to stop: the proof then says that it was not there.
    """
    if pulling:
        engine = await find_engine()
        if await can_pull(engine, wanted):
            return engine, False
    if os.geteuid() != 0:
        raise CannotMake("the base images cannot be pulled here, and making them needs root")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omni-architect-proofs"
    store = StandIns(cache, mounts, lambda text: print(text, flush=True), deadline)
    started = time.monotonic()
    for reference in wanted:
        await asyncio.to_thread(store.make, reference)
    for reference in services:
        try:
            await asyncio.to_thread(store.make, reference)
        except CannotMake as error:
            print(f"note: {error}", flush=True)
    if time.monotonic() - started > 5:
        print(f"base images made in {time.monotonic() - started:.0f} s", flush=True)
    return await find_engine(store.environment, ("podman",)), True


async def can_pull(engine: ContainerEngine, wanted: Sequence[str]) -> bool:
    """Tell whether the first missing base image can be pulled; the others are then pulled by the proofs."""
    for reference in wanted:
        if (await run([engine.program, "image", "inspect", reference], env=engine.environment, limit_s=30)).ok:
            continue
        full = reference if "." in reference.split("/")[0] else f"docker.io/{reference if '/' in reference else f'library/{reference}'}"
        return (await run([engine.program, "pull", "--quiet", full], env=engine.environment, limit_s=PULL_S)).ok
    return True


def show(event: ProofEvent, logs: bool) -> None:
    line = event_line(event)
    if line and (logs or not isinstance(event, LineEvent)) and not line.endswith("..."):
        print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
