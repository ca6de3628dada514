"""What there is to prove: every Dockerfile with its build context, what the profile expects of it, and what it needs to start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from architect.profile import Component, Profile, Role
from artifacts.dockerfile import Dockerfile, Image, image_of, read_dockerfile
from artifacts.dockerfile.health import understand_probe
from artifacts.judging.copies import build_contexts
from artifacts.records import Artifact, Kind


@dataclass(frozen=True, slots=True)
class Task:
    """One Dockerfile to prove. `context` is relative to the workspace; `port` and `health` are what is expected of it; `speaks_http` tells
    whether its port is expected to answer HTTP: an application's by its profile, any other's by the probe of its image."""

    path: str
    name: str
    context: str
    dockerfile: Dockerfile
    component: Component | None = None
    port: int | None = None
    port_why: str = ""
    exposed: tuple[int, ...] = ()
    exposed_line: int | None = None
    health: str = "/"
    serves: bool = True
    speaks_http: bool = True
    ignorefile: str | None = None
    user_line: int | None = None
    health_line: int | None = None
    start_line: int | None = None


def tasks(artifacts: Sequence[Artifact], profile: Profile | None) -> tuple[Task, ...]:
    """Return what to prove, in the order of the files. A path ending in `.in` is left alone: builders run a preprocessor over it."""
    components = {component.dockerfile_path: component for component in profile.components} if profile else {}
    paths = {artifact.path for artifact in artifacts}
    found = []
    for artifact in artifacts:
        if artifact.kind is Kind.DOCKERFILE and not artifact.path.endswith(".in"):
            found.append(_task(artifact, components.get(artifact.path), artifacts, paths))
    return tuple(found)


def bases(dockerfile: Dockerfile) -> tuple[str, ...]:
    """Return the images a build starts from or copies out of, each once, those left to variables or to another build left out."""
    found: list[str] = [stage.base for stage in dockerfile.external_bases()]
    for stage in dockerfile.stages:
        for copy in stage.of("COPY"):
            source = copy.flag("from")
            if source and dockerfile.stage(source, before=stage.index) is None:
                found.append(source)
        for mount in (mount for run in stage.of("RUN") for mount in run.flag_values("mount")):
            source = dict(part.partition("=")[::2] for part in mount.split(",")).get("from", "")
            if source and dockerfile.stage(source, before=stage.index) is None:
                found.append(source)
    return tuple(
        dict.fromkeys(name for name in found if name and name.lower() != "scratch" and "$" not in name and not name.startswith("-"))
    )


def _task(artifact: Artifact, component: Component | None, artifacts: Sequence[Artifact], paths: Iterable[str]) -> Task:
    dockerfile = read_dockerfile(artifact.content)
    image = image_of(dockerfile)
    folder = str(PurePosixPath(artifact.path).parent)
    context = component.build_context if component is not None else build_contexts(artifact.path, artifacts)[0]
    named = f"{artifact.path}.dockerignore"
    exposed = tuple(port.number for port in image.ports if port.protocol == "tcp") if image else ()
    port, why = _expected_port(component, exposed, image)
    serves = component.role in (Role.WEB, Role.STATIC) if component is not None else bool(exposed)
    probed = image is not None and image.health is not None and understand_probe(image.health.words(), image.env).path is not None
    return Task(
        path=artifact.path,
        name=component.name if component is not None else folder if folder != "." else "image",
        context=context,
        dockerfile=dockerfile,
        component=component,
        port=port,
        port_why=why,
        exposed=exposed,
        exposed_line=image.ports[0].line if image and image.ports else None,
        health=_health_path(component, image),
        serves=serves,
        speaks_http=(component is not None and serves) or probed,
        ignorefile=named if named in paths else None,
        user_line=image.user_line if image else None,
        health_line=image.health.line if image and image.health else None,
        start_line=image.start_line if image else None,
    )


def _expected_port(component: Component | None, exposed: Sequence[int], image: Image | None) -> tuple[int | None, str]:
    """Return the port to ask and why it is that one: what the image itself sets wins over the profile, since the start reads it."""
    told = image.env.get("PORT", "") if image else ""
    if component is not None and component.port is not None:
        if told.isdigit() and int(told) in exposed and int(told) != component.port.value:
            return int(told), f"the image sets PORT={told}"
        if exposed and component.port.value not in exposed and component.role is Role.STATIC:
            return exposed[0], "the Dockerfile exposes it"
        return component.port.value, component.port.where()
    return (exposed[0], "the Dockerfile exposes it") if exposed else (None, "")


def _health_path(component: Component | None, image: Image | None) -> str:
    if component is not None and component.health is not None:
        return component.health.value
    if image is not None and image.health is not None:
        return understand_probe(image.health.words(), image.env).path or "/"
    return "/"
