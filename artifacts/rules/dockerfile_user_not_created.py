"""USER names an account that neither the base image has nor the file makes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.dockerfile import Dockerfile, Image
from artifacts.dockerfile.installs import installs, run_commands
from artifacts.images import reference
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_EVERYWHERE = frozenset({"root", "nobody", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "www-data", "guest"})
_MAKERS = frozenset({"useradd", "adduser", "usermod", "systemd-sysusers"})
# accounts of official images, by the last part of the repository
_OWN = {
    "node": {"node"},
    "bun": {"bun"},
    "deno": {"deno"},
    "python": set(),
    "ruby": set(),
    "golang": set(),
    "rust": set(),
    "php": set(),
    "debian": set(),
    "ubuntu": {"ubuntu"},
    "alpine": set(),
    "eclipse-temurin": {"ubuntu"},
    "amazoncorretto": set(),
    "scratch": set(),
}


def check(context: Context) -> Iterator[Remark]:
    """Judge only base images whose accounts are known; an account may come from useradd, a copied passwd, or a variable."""
    image = context.image
    if image is None or image.user is None:
        return
    name = image.user.split(":")[0]
    own = _OWN.get(reference(image.root).name) if "/" not in reference(image.root).repository else None
    if own is None or not name or name.isdigit() or "$" in name or name in _EVERYWHERE | own or _is_made(context.dockerfile, image, name):
        return
    yield Remark(image.user_line, f"the user {name} exists neither in {image.root} nor is it made here, so the container does not start")


def _is_made(dockerfile: Dockerfile, image: Image, name: str) -> bool:
    """Look for useradd and its like, an edited or copied passwd, and packages that bring an account of their own name."""
    chain = {stage.index for stage in image.chain}
    plain = re.sub(r"^(?:debian-|_)", "", name)
    if any({name, plain} & set(install.packages) for install in installs(dockerfile) if install.stage.index in chain):
        return True
    for instruction in image.instructions:
        if instruction.op == "RUN":
            words = {word for command in run_commands(instruction) for word in command}
            if _MAKERS & words or "/etc/passwd" in instruction.script():
                return True
        elif instruction.op in ("COPY", "ADD") and ("passwd" in instruction.rest or instruction.destination() == "/"):
            return True
    return False


RULE = Rule(
    id="dockerfile_user_not_created",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="USER names an account that does not exist",
    why="The engine looks the name up in the image's /etc/passwd when the container starts and refuses to start without it. "
    "The build succeeds, so the fault shows only in production.",
    good='FROM python:3.12-slim\nRUN useradd --system --uid 10001 app\nUSER app\nCMD ["python", "-m", "app"]\n',
    bad='FROM python:3.12-slim\nUSER app\nCMD ["python", "-m", "app"]\n',
    check=check,
)
