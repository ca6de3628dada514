"""The decisions of a Dockerfile: what it commits to, in values that are equal where the meaning is."""

from __future__ import annotations

import re

from artifacts.commands import Start, understand
from artifacts.dockerfile.health import understand_probe
from artifacts.dockerfile.image import Image, image_of
from artifacts.dockerfile.installs import SYSTEM_MANAGERS, installs
from artifacts.dockerfile.model import Dockerfile
from artifacts.images import reference, runtime_of
from artifacts.records import Decision

NONE = "none"
_PORT_NAME = re.compile(r"^(?:[A-Z0-9_]*_)?PORT$")
_NON_ROOT_BASE = re.compile(r"nonroot|unprivileged|chiseled|rootless|cgr\.dev/|chainguard/|serversideup/php")


def dockerfile_decisions(dockerfile: Dockerfile, path: str) -> tuple[Decision, ...]:
    """Return the decisions of a Dockerfile's final image; none when there is no stage."""
    image = image_of(dockerfile)
    if image is None:
        return ()
    start = start_of(image)
    found = [
        Decision(path, "base_image", reference(image.root).text, image.chain[0].line),
        Decision(path, "build_image", *_build_images(dockerfile, image)),
        Decision(path, "runtime", *_runtime(dockerfile, image), blocking=True),
        Decision(path, "port", *_port(image, start), blocking=True),
        Decision(path, "start", (start.essence if start else "") or NONE, image.start_line, blocking=True),
        Decision(path, "start_options", (" ".join(start.options) if start else "") or NONE, image.start_line),
        Decision(path, "user", user_of(image), image.user_line),
        Decision(path, "health_check", health_of(image), image.health.line if image.health else None),
        Decision(path, "multi_stage", "yes" if is_multi_stage(dockerfile, image) else "no"),
        Decision(path, "workdir", image.workdir or NONE, image.workdir_line),
        Decision(path, "package_manager", *_manager(dockerfile)),
        Decision(path, "system_packages", *_system_packages(dockerfile, image)),
        Decision(path, "environment", *_environment(image)),
    ]
    if image.stop_signal:
        found.append(Decision(path, "stop_signal", image.stop_signal))
    if image.volumes:
        found.append(Decision(path, "volumes", ", ".join(sorted(set(image.volumes)))))
    return tuple(found)


def start_of(image: Image) -> Start | None:
    """Return the command the container starts, understood; None when the file sets none."""
    if not image.command:
        return None
    command = image.entrypoint or image.cmd
    exec_form = command is None or command.exec_form
    return understand(image.command, image.values, exec_form=exec_form)


def listening_ports(image: Image) -> tuple[int, ...]:
    """Return the ports the image says it listens on: EXPOSE, else the start command, else a PORT variable."""
    if image.ports:
        return tuple(sorted({port.number for port in image.ports}))
    start = start_of(image)
    if start is not None and start.port is not None:
        return (start.port,)
    return tuple(sorted({int(value) for name, value in image.env.items() if name == "PORT" and value.isdigit() and len(value) < 6}))


def user_of(image: Image) -> str:
    """Return `root` or `non-root`, counting base images that are known not to run as root."""
    if image.runs_as_root is None:
        return "non-root" if _NON_ROOT_BASE.search(image.root) else "root"
    return "root" if image.runs_as_root else "non-root"


def health_of(image: Image) -> str:
    """Return `none`, `http /path` or `command`."""
    if image.health is None:
        return NONE
    words = image.health.argv if image.health.argv is not None else tuple(image.health.rest.split()[1:])
    return understand_probe(words, image.values).text()


def is_multi_stage(dockerfile: Dockerfile, image: Image) -> bool:
    """Tell whether the final image takes something from another stage rather than being one stage."""
    return len(dockerfile.stages) > 1 and any(
        instruction.flag("from") is not None or "from=" in " ".join(instruction.flag_values("mount"))
        for instruction in image.instructions
        if instruction.op in ("COPY", "RUN")
    )


def port_variables(image: Image) -> dict[str, int]:
    """Return ENV variables that name a port, with their numbers."""
    return {name: int(value) for name, value in image.env.items() if _PORT_NAME.match(name) and value.isdigit() and len(value) < 6}


def _build_images(dockerfile: Dockerfile, image: Image) -> tuple[str, int | None]:
    chain = {stage.index for stage in image.chain}
    others = [stage for stage in dockerfile.external_bases() if stage.index not in chain]
    names = sorted({reference(stage.base).text for stage in others})
    return ", ".join(names) or NONE, others[0].line if others else None


def _runtime(dockerfile: Dockerfile, image: Image) -> tuple[str, int | None]:
    """Return runtime and minor version: the final image's own, else that of the stages it is built with."""
    chain = {stage.index for stage in image.chain}
    stages = list(image.chain[:1]) + [stage for stage in reversed(dockerfile.external_bases()) if stage.index not in chain]
    for stage in stages:
        found = runtime_of(stage.base)
        if found is not None:
            name, version = found
            parts = version.split(".")
            keep = 1 if name in ("node", "java", "bun", "deno") else 2
            return " ".join(filter(None, (name, ".".join(parts[:keep])))), stage.line
    return NONE, None


def _port(image: Image, start: Start | None) -> tuple[str, int | None]:
    ports = listening_ports(image)
    line = image.ports[0].line if image.ports else (image.start_line if start and start.port else None)
    return ", ".join(map(str, ports)) or NONE, line


def _manager(dockerfile: Dockerfile) -> tuple[str, int | None]:
    project = [install for install in installs(dockerfile) if install.of_project]
    return (project[-1].manager, project[-1].line) if project else (NONE, None)


def _system_packages(dockerfile: Dockerfile, image: Image) -> tuple[str, int | None]:
    """Return the system packages of the final image; those of build stages stay out, they do not ship."""
    chain = {stage.index for stage in image.chain}
    found = [install for install in installs(dockerfile) if install.manager in SYSTEM_MANAGERS and install.stage.index in chain]
    names = sorted({re.split(r"[=<>~]", package)[0] for install in found for package in install.packages})
    return ", ".join(names)[:1000] or NONE, found[0].line if found else None


def _environment(image: Image) -> tuple[str, int | None]:
    lines = [instruction.line for instruction in image.instructions if instruction.op == "ENV"]
    names = sorted(name for name in image.env if name != "PATH")
    return ", ".join(f"{name}={image.env[name]}"[:200] for name in names)[:2000] or NONE, lines[0] if lines else None
