"""Dependencies are installed after the whole source was copied."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.installs import installs
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_WHOLE = frozenset({".", "./", "*"})
_COMPILES = frozenset({"maven", "gradle", "dotnet", "go", "cargo", "sbt"})


def check(context: Context) -> Iterator[Remark]:
    """Look at each stage's first install; build tools that compile the source in the same step are excused."""
    seen: set[int] = set()
    for install in installs(context.dockerfile):
        if not install.of_project or install.stage.index in seen:
            continue
        seen.add(install.stage.index)
        if install.manager in _COMPILES or install.instruction.flag("mount") is not None:
            continue
        for copy in install.stage.of("COPY", "ADD"):
            if copy.line < install.line and copy.flag("from") is None and _WHOLE & set(copy.sources()):
                yield Remark(install.line, f"{install.manager} runs again after every change of the source copied on line {copy.line}")
                break


RULE = Rule(
    id="dockerfile_source_before_dependencies",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="Every change of the source reinstalls all dependencies",
    why="A layer is rebuilt when anything copied before it changed. With the manifests copied first, the slow install "
    "is reused until they change.",
    good="FROM node:22-slim\nWORKDIR /app\nCOPY package.json package-lock.json ./\nRUN npm ci --omit=dev && npm cache clean --force\n"
    'COPY . .\nUSER node\nCMD ["node", "server.js"]\n',
    bad="FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci --omit=dev && npm cache clean --force\nUSER node\n"
    'CMD ["node", "server.js"]\n',
    check=check,
)
