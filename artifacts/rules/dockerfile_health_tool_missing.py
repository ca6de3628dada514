"""The health check uses a program the image does not have."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile import Dockerfile, Image
from artifacts.dockerfile.installs import installs
from artifacts.images import family_of, reference
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.shell import bare, commands

_PLAIN = frozenset({"debian", "ubuntu", "alpine", "python", "node", "ruby", "php", "golang", "rust", "scratch"})


def check(context: Context) -> Iterator[Remark]:
    """Judge only images whose content is known: slim, Alpine and plain distributions, and those without a shell."""
    image = context.image
    if image is None or image.health is None:
        return
    tool = _tool(image)
    if tool is None or _brings(context.dockerfile, image, tool):
        return
    if _lacks(image.root, tool):
        yield Remark(image.health.line, f"the health check runs {tool}, which {image.root} does not have and nothing installs")


def _tool(image: Image) -> str | None:
    if image.health is None:
        return None
    if image.health.argv is not None:
        words = image.health.argv
        if len(words) > 2 and words[0].rsplit("/", 1)[-1] in ("sh", "bash") and words[1] == "-c":
            words = bare(commands(words[2])[0]) if commands(words[2]) else ()
    else:
        parts = image.health.rest.split(None, 1)
        found = commands(parts[1]) if len(parts) > 1 else ()
        words = bare(found[0]) if found else ()
    name = words[0].rsplit("/", 1)[-1] if words else ""
    return name if name in ("curl", "wget") else None


def _brings(dockerfile: Dockerfile, image: Image, tool: str) -> bool:
    chain = {stage.index for stage in image.chain}
    if any(tool in package for item in installs(dockerfile) if item.stage.index in chain for package in item.packages):
        return True
    return any(tool in item.rest for item in image.instructions if item.op in ("COPY", "ADD")) or any(
        item.op == "RUN" and "busybox" in item.script() for item in image.instructions
    )


def _lacks(base: str, tool: str) -> bool:
    ref = reference(base)
    family = family_of(base)
    if family == "none":
        return ref.repository == "scratch" or "distroless" in ref.repository
    if "/" in ref.repository or ref.name not in _PLAIN:
        return False
    if family == "alpine":
        return tool == "curl"
    return "slim" in ref.tag or ref.name in ("debian", "ubuntu")


RULE = Rule(
    id="dockerfile_health_tool_missing",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="The health check's program is not in the image",
    why="Slim and Alpine images carry no curl, plain Debian and Ubuntu neither curl nor wget. The check then fails for ever, the container "
    "is reported unhealthy and may be restarted without end. Use what is there: wget on Alpine, the language's own runtime elsewhere.",
    good='FROM node:22-alpine\nEXPOSE 3000\nUSER node\nHEALTHCHECK CMD ["wget", "-qO-", "http://127.0.0.1:3000/"]\nCMD '
    '["node", "server.js"]\n',
    bad='FROM node:22-alpine\nEXPOSE 3000\nUSER node\nHEALTHCHECK CMD ["curl", "-f", "http://127.0.0.1:3000/"]\nCMD '
    '["node", "server.js"]\n',
    check=check,
)
