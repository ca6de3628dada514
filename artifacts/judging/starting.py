"""Whether what a Dockerfile starts and runs exists in the repository: the module of a server, a program's file, a package's script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from artifacts.dockerfile import Dockerfile, Image
from artifacts.dockerfile.decisions import start_of
from artifacts.dockerfile.installs import run_commands
from artifacts.dockerfile.model import Instruction
from artifacts.judging.outcomes import Outcome, Verdict
from artifacts.records import Expectation, Finding, Severity

RULE = "evidence_start_file"
_SERVERS = frozenset({"gunicorn", "uvicorn", "hypercorn", "daphne", "granian"})
_APPLICATION = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):[A-Za-z_][\w.]*(?:\(.*\))?")
_PROGRAM = re.compile(r"(?:\./|/?[\w-]+/)*[\w-]+\.(?:py|rb|pl|php|ts|mjs|cjs|js)")
_RUNTIMES = re.compile(r"(?:python|pypy)[\d.]*|ruby|perl|php|node|nodejs|bun|deno|ts-node|tsx")
_BUILT = frozenset(
    {"dist", "build", "out", "lib", "output", ".output", ".next", "public", "target", "bin", "node_modules", "vendor", "venv"}
)
_MOVES_AWAY = frozenset(
    {"-w", "--workspace", "--workspaces", "--prefix", "-C", "--dir", "--filter", "-F", "-r", "--recursive", "--if-present"}
)
_WRITES_SCRIPTS = re.compile(
    r"\bnpm (?:init|pkg set|create)\b|\bpnpm (?:init|create)\b|\bnpx (?:--yes |-y )?create-|package\.json\s*<<|> ?package\.json"
)


def missing_starts(path: str, dockerfile: Dockerfile, image: Image | None, known: frozenset[str] | None) -> Iterator[Finding]:
    """Yield a finding where the start command names a module or a file that neither the repository nor the build can have.

    A module of an installed package, a file that a command of the build may write, and everything below a folder for build
    output are left alone.
    """
    start = start_of(image) if image is not None else None
    if image is None or start is None or known is None or not start.argv:
        return
    program = start.argv[0].rsplit("/", 1)[-1]
    written = _written(dockerfile)
    if program in _SERVERS or (
        _RUNTIMES.fullmatch(program) and start.argv[1:2] == ("-m",) and start.argv[2:3] and start.argv[2] in _SERVERS
    ):
        for word in start.argv[1:]:
            found = _APPLICATION.fullmatch(word)
            if found is not None and not _has_module(found[1], known, written):
                yield _finding(path, image, f"starts {word}, but the repository has no {found[1].replace('.', '/')}.py")
                return
        return
    named = next((word for word in start.argv[1:] if not word.startswith("-")), "")
    plain = _RUNTIMES.fullmatch(program) and not {"-m", "-c", "-e", "-r"} & set(start.argv) and _PROGRAM.fullmatch(named)
    if plain and not _has_file(named, known, written, dockerfile):
        yield _finding(path, image, f"starts {named}, which is not in the repository and which nothing in the build makes")


def script_outcomes(fact: Expectation, dockerfiles: Iterable[tuple[str, Dockerfile]]) -> Iterator[Outcome]:
    """Yield an outcome for the first script of package.json that a Dockerfile runs and that the repository does not have."""
    for path, dockerfile in dockerfiles:
        if fact.path not in ("", path) or any(_WRITES_SCRIPTS.search(run.script()) for run in _all(dockerfile, "RUN")):
            continue
        for instruction in _all(dockerfile, "RUN", "CMD", "ENTRYPOINT"):
            name = next((name for command in run_commands(instruction) if (name := _script(command)) and name not in fact.accepted), None)
            if name is not None:
                told = f"{fact.evidence} has {', '.join(fact.accepted[:6]) or 'no scripts'}"
                yield Outcome(fact, Verdict.DIFFERS, f"{path} runs the script {name}, which does not exist: {told}", path, instruction.line)
                break


def _script(command: tuple[str, ...]) -> str:
    """Return the script that a package manager's command runs, "" where it runs none or another package's."""
    words = [word for word in command[1:] if word != "--silent" and word != "-s"]
    if not command or command[0] not in ("npm", "pnpm") or any(word.partition("=")[0] in _MOVES_AWAY for word in words) or not words:
        return ""
    if words[0] in ("run", "run-script") and len(words) > 1 and re.fullmatch(r"[A-Za-z][\w:.-]*", words[1]):
        return words[1]
    return ""


def _has_module(module: str, known: frozenset[str], written: str) -> bool:
    """Tell whether a Python module is in the repository, or may come with an installed package."""
    relative = module.replace(".", "/")
    ends = (f"{relative}.py", f"{relative}/__init__.py", f"{relative}.pyx", f"{relative}.so")
    if any(path == end or path.endswith(f"/{end}") for path in known for end in ends):
        return True
    top, _, rest = module.partition(".")
    ours = any(part == top or part == f"{top}.py" for path in known for part in path.split("/"))
    return (bool(rest) and not ours) or re.search(rf"\b{re.escape(relative.rsplit('/', 1)[-1])}\b", written) is not None


def _has_file(name: str, known: frozenset[str], written: str, dockerfile: Dockerfile) -> bool:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or _BUILT & set(parts[:-1]):
        return True
    base = PurePosixPath(name).name
    # an absolute path may hold the working directory, so only the end must be there
    ends = {"/".join(parts[at:]) for at in range(len(parts))} if name.startswith("/") else {"/".join(parts)}
    if any(path == end or path.endswith(f"/{end}") for path in known for end in ends):
        return True
    source = re.sub(r"\.(?:js|mjs|cjs)$", "", base)
    compiled = base.endswith((".js", ".mjs", ".cjs")) and any(
        PurePosixPath(path).stem == source for path in known if path.endswith((".ts", ".tsx", ".mts", ".coffee"))
    )
    copied = any(copy.flag("from") is not None for copy in _all(dockerfile, "COPY"))
    return compiled or base in written or (copied and not base.endswith((".py", ".rb", ".pl", ".php")))


def _written(dockerfile: Dockerfile) -> str:
    """Return what commands and copies of the build say, where a file that they make would be named."""
    parts = [run.script() for run in _all(dockerfile, "RUN")]
    parts += [copy.destination() for copy in _all(dockerfile, "COPY", "ADD")]
    return "\n".join(parts)


def _all(dockerfile: Dockerfile, *ops: str) -> list[Instruction]:
    return [instruction for stage in dockerfile.stages for instruction in stage.of(*ops)]


def _finding(path: str, image: Image, message: str) -> Finding:
    return Finding(RULE, Severity.ERROR, f"{path} {message}", path, image.start_line, source="evidence")
