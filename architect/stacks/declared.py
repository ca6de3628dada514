"""An application that nothing recognised, as its user describes it: image, start command, port, build command, health path."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from architect.commands import argv
from architect.errors import NoPlan
from architect.plan import Copy, Family, Image, ImagePlan, Run, Stage, Workdir
from architect.profile import Basis, Component, Fact, Profile, Role
from architect.request import Style
from architect.tree import Tree

STATED = "stated by you"
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._/-]*(:\d+)?[a-z0-9._/-]*:[\w][\w.-]{0,127}(@sha256:[0-9a-f]{64})?")
_PROBES = (("python", "python"), ("node", "node"), ("ruby", "ruby"), ("php", "php"), ("alpine", "wget"), ("busybox", "wget"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a user says of a repository that nothing recognised. `image` needs a tag; `port` 0 means that it listens nowhere."""

    image: str
    start: str
    port: int = 0
    build: str = ""
    health: str = ""


class Declared:
    """Never found by looking: only a user's words make one."""

    id = "declared"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find nothing: guessing is what this stack is the alternative to."""
        return None

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Build in the stated image and run in the same one, as a user that is not root."""
        reference = component.details.get("image")
        if not reference or component.start is None:
            raise NoPlan(f"{component.name}: say which image and which start command it needs.")
        image = _image(str(reference))
        steps: tuple[Workdir | Copy | Run, ...] = (Workdir("/app"), Copy((".",), "./", why="the sources"))
        if component.build:
            steps = (*steps, Run(component.build.value, why=f"the build command {STATED}"))
        return ImagePlan(
            stages=(
                Stage("build", image, steps),
                Stage("runtime", image, (Workdir("/app"), Copy(("/app",), "/app", stage="build", why="what the build left"))),
            ),
            start=component.start.value,
            port=component.port.value if component.port else None,
            health_path=component.health.value if component.health else None,
            health_command=None if component.health or not component.port else _probe(image, component.port.value),
            init=True,
            why_start=STATED,
            why_port=STATED if component.port else "",
        )


def declare(profile: Profile, declaration: Declaration) -> Profile:
    """Return the profile with one component as the user describes it; ValueError says in a sentence what is wrong.

    Only for a profile without components: what was found is corrected fact by fact instead.
    """
    if profile.components:
        raise ValueError("This repository was understood; correct single facts instead.")
    image = declaration.image.strip()
    if not _IMAGE.fullmatch(image) or image.endswith(":latest"):
        raise ValueError(f"The image must be a name with a version tag, such as perl:5.40-slim, not {image[:80]!r}.")
    start = _command(declaration.start, "start")
    build = declaration.build.strip()
    if "\n" in build:
        raise ValueError("The build command must be one line; join several with &&.")
    if declaration.port and not 1 <= declaration.port <= 65535:
        raise ValueError(f"The port must be a whole number from 1 to 65535, not {declaration.port}.")
    health = declaration.health.strip()
    if health and not re.fullmatch(r"/[\w./~%+-]*", health):
        raise ValueError(f"The health path must be a plain path such as /health, not {health[:80]!r}.")
    if health and not declaration.port:
        raise ValueError("A health path needs the port that answers it.")
    component = Component(
        name=re.sub(r"[^a-z0-9-]+", "-", profile.name.lower()).strip("-") or "app",
        stack=Declared.id,
        role=Role.WEB if declaration.port else Role.WORKER,
        language=_stated(image.rpartition("/")[2].partition(":")[0]),
        build=_stated(build) if build else None,
        start=Fact(start, Basis.USER, (), STATED),
        port=Fact(declaration.port, Basis.USER, (), STATED) if declaration.port else None,
        health=_stated(health) if health else None,
        details={"image": image},
    )
    return replace(profile, components=(component,), questions=())


def _stated(text: str) -> Fact[str]:
    return Fact(text, Basis.USER, (), STATED)


def _command(text: str, what: str) -> tuple[str, ...]:
    text = text.strip()
    if not text or "\n" in text:
        raise ValueError(f"The {what} command must be one line, for example: ./server --port 8080")
    return argv(text) or ("sh", "-c", text if text.startswith("exec ") else f"exec {text}")


def _image(reference: str) -> Image:
    family = Family.ALPINE if re.search(r"alpine|busybox", reference) else Family.DEBIAN
    name = reference.rpartition("/")[2]
    probe = next((tool for mark, tool in _PROBES if mark in name), "bash")
    return Image(reference, family, probe=probe, why=f"the image {STATED}")


def _probe(image: Image, port: int) -> tuple[str, ...] | None:
    """Ask whether the port accepts, with what the image has."""
    if image.family is Family.ALPINE:
        return ("nc", "-z", "127.0.0.1", str(port))
    return ("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}")
