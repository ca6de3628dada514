"""What stands around the parts, held against them: pipelines, Terraform, scrape jobs, rules, dashboards and the collector.

These files seldom speak of one part alone, so each is held against all parts of the answer together: an image, port, path or name that
none of them bears is reported once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from artifacts.agreement.sources import SOURCES
from artifacts.agreement.statement import Statement
from artifacts.compose import read_compose
from artifacts.expressions import expressions_of
from artifacts.gitlab import pushing as gitlab
from artifacts.gitlab import read_pipeline
from artifacts.images import is_tool, reference
from artifacts.kubernetes.cluster import cluster_of, listed
from artifacts.otel import read_collector
from artifacts.prometheus import read_prometheus
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.terraform.facts import answers, health_paths, ports
from artifacts.terraform.module import folder_of, read_module
from artifacts.workflows import pushing as github
from artifacts.workflows import read_workflow

SOURCE = "agreement"
_SERVICE = re.compile(r"\bservice_name\s*=\s*\"([^\"$]+)\"")
_SECRET = re.compile(r"\$\{env:(\w+)(?::-[^}]*)?\}")
_PORT = re.compile(r":(\d{2,5})(?:/|$)")
_SENDING = "OTEL_EXPORTER_OTLP_ENDPOINT"


def around(artifact: Artifact, artifacts: Sequence[Artifact]) -> tuple[Finding, ...]:
    """Return where a file of these kinds names what no part of the answer has."""
    check = AROUND.get(artifact.kind)
    return tuple(dict.fromkeys(check(artifact, artifacts))) if check is not None else ()


def _pushed_github(artifact: Artifact, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    workflow = read_workflow(artifact.content)
    pushed = [(name, step.line) for _, step in github.pushes(workflow) for name in github.image_names(workflow, step)]
    yield from _images(artifact, artifacts, pushed)


def _pushed_gitlab(artifact: Artifact, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    pipeline = read_pipeline(artifact.content)
    pushed = [(name, job.line) for job in gitlab.pushes(pipeline) for name in gitlab.image_names(pipeline, job)]
    yield from _images(artifact, artifacts, pushed)


def _images(artifact: Artifact, artifacts: Sequence[Artifact], pushed: Sequence[tuple[str, int]]) -> Iterator[Finding]:
    """Report what is pushed under a name that nothing runs; a name that is made while running cannot be told."""
    names = [(name.rpartition("/")[2], line) for name, line in pushed]
    run = {reference(part.image).name: part for part in _parts(artifacts, Kind.KUBERNETES, Kind.COMPOSE) if part.image}
    if not run or any(re.search(r"[${}]", name) for name, _ in names) or {name for name, _ in names} & set(run):
        return
    for name, line in names[:1]:
        first = next(iter(run.values()))
        message = f"the pipeline pushes the image {name}, but {listed(sorted(run))} is what runs ({first.at(first.image_line)})"
        yield _finding("image", Severity.WARNING, artifact.path, line, message)


def _terraform(artifact: Artifact, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Hold ports, health paths and image names of a module against those of the images."""
    module = read_module(artifacts, folder_of(artifact.path))
    images = _parts(artifacts, Kind.DOCKERFILE)
    open_ports = {port for image in images for port in image.ports}
    if images and all(image.ports for image in images):
        for number, answer in ports(module).items():
            if answer.path == artifact.path and number not in open_ports:
                message = f"the module sends requests to port {number}, the images listen on {listed(map(str, sorted(open_ports)))}"
                yield _finding("port", Severity.WARNING, artifact.path, answer.line, f"{message} ({images[0].at(images[0].ports_line)})")
    asked = {image.health for image in images}
    if images and None not in asked:
        for path, answer in health_paths(module).items():
            if answer.path == artifact.path and path.rstrip("/") not in {(own or "").rstrip("/") for own in asked}:
                message = f"the module asks for health on {path}, the images on {listed(sorted(filter(None, asked)))}"
                yield _finding("health", Severity.WARNING, artifact.path, answer.line, f"{message} ({images[0].at(images[0].health_line)})")
    run = {reference(part.image).name for part in _parts(artifacts, Kind.KUBERNETES, Kind.COMPOSE) if part.image}
    for answer in answers(module):
        if answer.question != "image" or answer.path != artifact.path or not answer.known or not run or is_tool(answer.text):
            continue
        name = reference(answer.text).name
        if "$" not in answer.text and "/" in answer.text and name not in run:
            message = f"the module runs the image {name}, the other files call theirs {listed(sorted(run))}"
            yield _finding("image", Severity.WARNING, artifact.path, answer.line, message)


def _names(artifact: Artifact, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Report series of a service that no program of the answer calls itself."""
    known = {value for name, value in _told(artifacts) if name == "OTEL_SERVICE_NAME" and value}
    for expression in expressions_of(artifact) if known else ():
        for name in _SERVICE.findall(expression.text[:4000]):
            if name not in known:
                message = f"{expression.owner} asks for the service {name}; the programs call themselves {listed(sorted(known))}"
                yield _finding("name", Severity.WARNING, artifact.path, expression.line, message)


def _prometheus(artifact: Artifact, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Hold the targets of scrape jobs against the ports of parts, and of the collector, then the names in rules."""
    collectors = [item for item in artifacts if item.kind is Kind.OTEL]
    offered = {port for item in collectors for part in read_collector(item.content).section("exporters") if part.type == "prometheus"
               for keys, text, _ in part.scalars() if keys[-1:] == ("endpoint",) for port in _PORT.findall(text)}  # fmt: skip
    parts = {name: part for part in _parts(artifacts, Kind.COMPOSE, Kind.KUBERNETES) if part.ports for name in part.names}
    for job in read_prometheus(artifact.content).jobs:
        for target in job.targets:
            host, _, port = target.partition(":")
            if not port.isdigit() or len(port) > 5:
                continue
            if "otel" in host and offered and port not in offered:
                message = f"{job.name} asks the collector on port {port}, which offers its series on {listed(sorted(offered))}"
                yield _finding("port", Severity.WARNING, artifact.path, job.line_of("static_configs"), message)
            part = parts.get(host.lower())
            if part is not None and int(port) not in part.ports and not part.port_moved:
                place = part.at(part.ports_line)
                message = f"{job.name} asks {host} on port {port}; {part.title} names {listed(map(str, sorted(part.ports)))} ({place})"
                yield _finding(
                    "port", Severity.HINT, artifact.path, job.line_of("static_configs"), f"{message} ({part.at(part.ports_line)})"
                )
    yield from _names(artifact, artifacts)


def _collector(artifact: Artifact, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Hold the collector against the programs that send to it, and the secrets it reads against what its container is given."""
    file = read_collector(artifact.content)
    listening = {port for part in file.section("receivers") if part.type == "otlp"
                 for keys, text, _ in part.scalars() if keys[-1:] == ("endpoint",) for port in _PORT.findall(text)}  # fmt: skip
    for name, value in _told(artifacts) if listening else ():
        sent = _PORT.search(value) if name == _SENDING else None
        if sent is not None and sent[1] not in listening:
            message = f"a program sends to port {sent[1]}, the receiver otlp listens on {listed(sorted(listening))}"
            yield _finding("port", Severity.WARNING, artifact.path, file.line_of("receivers"), message)
    given = _given_to_collector(artifacts)
    if given is None:
        return
    for part in file.parts:
        for _, text, line in part.scalars():
            for name in _SECRET.findall(text):
                if name not in given:
                    message = f"{part.id} reads {name} from the environment, which its container is not given"
                    yield _finding("environment", Severity.WARNING, artifact.path, line, message)


def _given_to_collector(artifacts: Sequence[Artifact]) -> set[str] | None:
    """Return the variables of the collector's containers; None where the answer runs none or cannot tell."""
    found: set[str] = set()
    seen = False
    for item in artifacts:
        if item.kind is Kind.COMPOSE:
            for service in read_compose(item.content).services:
                if is_tool(service.image) and "collector" in service.image:
                    if service.env_files:
                        return None
                    seen, found = True, found | {variable.name for variable in service.environment}
    for _, pod in cluster_of(artifacts).pods:
        for container in pod.running:
            if is_tool(container.image) and "collector" in container.image:
                if container.env_from:
                    return None
                seen, found = True, found | {variable.name for variable in container.env}
    return found if seen else None


def _told(artifacts: Sequence[Artifact]) -> Iterator[tuple[str, str]]:
    """Yield the variables of all services and containers with what stands in clear."""
    for item in artifacts:
        if item.kind is Kind.COMPOSE:
            for service in read_compose(item.content).services:
                yield from ((variable.name, variable.value or "") for variable in service.environment)
    for _, pod in cluster_of(artifacts).pods:
        for container in pod.running:
            yield from ((variable.name, variable.value or "") for variable in container.env)


def _parts(artifacts: Sequence[Artifact], *kinds: Kind) -> list[Statement]:
    cluster = cluster_of(artifacts)
    return [part for item in artifacts if item.kind in kinds for part in SOURCES[item.kind](item, cluster)]


def _finding(rule: str, severity: Severity, path: str, line: int | None, message: str) -> Finding:
    return Finding(f"agreement_{rule}", severity, message[:500], path, line, source=SOURCE)


AROUND: Mapping[Kind, Callable[[Artifact, Sequence[Artifact]], Iterator[Finding]]] = MappingProxyType(
    {
        Kind.GITHUB_ACTIONS: _pushed_github,
        Kind.GITLAB_CI: _pushed_gitlab,
        Kind.TERRAFORM: _terraform,
        Kind.OTEL: _collector,
        Kind.PROMETHEUS: _prometheus,
        Kind.GRAFANA: _names,
    }
)
