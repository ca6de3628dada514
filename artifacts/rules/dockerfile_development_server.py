"""The image starts a server that is made for development."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.dockerfile.decisions import start_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_SERVERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bflask\b.*\brun\b"), "flask run"),
    (re.compile(r"manage\.py\s+runserver|django-admin\s+runserver"), "runserver"),
    (re.compile(r"\b(?:npm|yarn|pnpm|bun)\s+(?:run\s+)?(?:dev|serve:dev|start:dev|develop|watch)\b"), "the dev script"),
    (
        re.compile(
            r"\b(?:next|nuxt|nuxi|astro|vite|remix|svelte-kit)\s+dev\b|\bng\s+serve\b|react-scripts\s+start|webpack(?:-dev-server|\s+serve)"
        ),
        "a dev server",
    ),
    (re.compile(r"\bvite(?:\s+--|\s*$)"), "vite"),
    (re.compile(r"\bnodemon\b|\bts-node-dev\b|\btsx\s+watch\b"), "a watcher"),
    (re.compile(r"\b(?:uvicorn|gunicorn|hypercorn|fastapi)\b.*--reload\b|\bfastapi\s+dev\b"), "--reload"),
    (re.compile(r"\bphp\s+-S\b|artisan\s+serve|bin/console\s+server:run|symfony\s+serve"), "PHP's built-in server"),
    (re.compile(r"\bgo\s+run\b"), "go run"),
    (re.compile(r"\bcargo\s+(?:run|watch)\b"), "cargo run"),
    (re.compile(r"\bdotnet\s+(?:watch|run)\b"), "dotnet run"),
    (re.compile(r"spring-boot:run|\bbootRun\b|quarkus:dev|quarkusDev"), "the build tool"),
)


def check(context: Context) -> Iterator[Remark]:
    """Compare the start command with servers that say themselves they are not for production."""
    image = context.image
    start = start_of(image) if image is not None else None
    if image is None or start is None:
        return
    for text in (" ".join(start.argv), " ".join(image.command)):
        for pattern, name in _SERVERS:
            if pattern.search(text[:2000]):
                yield Remark(image.start_line, f"the container starts {name}, which is meant for development")
                return


RULE = Rule(
    id="dockerfile_development_server",
    kind=Kind.DOCKERFILE,
    severity=Severity.WARNING,
    title="A development server runs in production",
    why="Development servers serve one request at a time, watch files, show stack traces or compile on every start. Their own "
    "documentation says not to put them in production.",
    good='FROM python:3.12-slim\nUSER nobody\nCMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]\n',
    bad='FROM python:3.12-slim\nUSER nobody\nCMD ["flask", "run", "--host", "0.0.0.0"]\n',
    check=check,
)
