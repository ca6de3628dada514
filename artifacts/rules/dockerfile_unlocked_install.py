"""Dependencies are installed without holding to the lock file."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.installs import installs
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_INSTEAD = {
    "npm": "npm ci",
    "yarn": "yarn install --immutable (or --frozen-lockfile before Yarn 2)",
    "pnpm": "pnpm install --frozen-lockfile",
    "bun": "bun install --frozen-lockfile",
    "uv": "uv sync --locked",
    "pipenv": "pipenv sync",
    "cargo": "cargo build --locked",
    "bundler": "BUNDLE_FROZEN=1",
    "composer": "composer install",
    "pdm": "pdm sync",
}


def check(context: Context) -> Iterator[Remark]:
    """Only managers that have a strict mode are judged."""
    for install in installs(context.dockerfile):
        if install.of_project and install.locked is False and install.manager in _INSTEAD and not install.packages:
            yield Remark(install.line, f"`{' '.join(install.command)[:60]}` may choose other versions; use {_INSTEAD[install.manager]}")


RULE = Rule(
    id="dockerfile_unlocked_install",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="The lock file is not binding",
    why="Without the strict mode the manager updates the lock file inside the image: what runs is not what was tested.",
    good="FROM node:22-slim\nCOPY package*.json ./\nRUN npm ci --omit=dev && npm cache clean --force\nUSER node\nCMD "
    '["node", "server.js"]\n',
    bad='FROM node:22-slim\nCOPY package*.json ./\nRUN npm install && npm cache clean --force\nUSER node\nCMD ["node", "server.js"]\n',
    check=check,
)
