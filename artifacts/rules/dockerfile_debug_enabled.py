"""A variable switches the framework to debugging or development."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_DEBUG = frozenset({"DEBUG", "FLASK_DEBUG", "DJANGO_DEBUG", "APP_DEBUG"})
_MODES = frozenset(
    {"NODE_ENV", "FLASK_ENV", "RAILS_ENV", "RACK_ENV", "APP_ENV", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "MIX_ENV", "GO_ENV"}
)


def check(context: Context) -> Iterator[Remark]:
    """Look at the final image's environment."""
    image = context.image
    if image is None:
        return
    for instruction in image.instructions:
        if instruction.op != "ENV":
            continue
        for name, _ in instruction.pairs():
            value = image.env.get(name, "").strip().lower()
            if (name in _DEBUG and value in ("1", "true", "yes", "on")) or (name in _MODES and value in ("development", "dev")):
                yield Remark(instruction.line, f"{name}={value} puts the service into development mode")


RULE = Rule(
    id="dockerfile_debug_enabled",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="The image runs in development mode",
    why="Debug mode shows source, settings and sometimes a console to whoever causes an error, and switches optimisations off.",
    good='FROM node:22-slim\nENV NODE_ENV=production\nUSER node\nCMD ["node", "server.js"]\n',
    bad='FROM node:22-slim\nENV NODE_ENV=development\nUSER node\nCMD ["node", "server.js"]\n',
    check=check,
)
