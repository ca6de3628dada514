"""What Kubernetes manifests say of the parts they run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from artifacts.agreement.statement import Given, Statement
from artifacts.images import is_tool, reference
from artifacts.kubernetes import Container, Pod, read_manifest
from artifacts.kubernetes.cluster import Cluster
from artifacts.kubernetes.facts import backing_of
from artifacts.kubernetes.model import text_of, texts_of
from artifacts.kubernetes.pods import SERVING
from artifacts.records import Artifact

_REFERENCE = re.compile(r"(?<!\$)\$\((\w+)\)")


def statements(artifact: Artifact, cluster: Cluster) -> Iterator[Statement]:
    """Yield a statement for the first container of every workload that is no backing service."""
    for pod in read_manifest(artifact.content).pods:
        if pod.owner.kind in SERVING and pod.running and not _foreign(pod.running[0].image):
            yield _statement(artifact, pod, pod.running[0], cluster)


def _foreign(image: str) -> bool:
    return backing_of(image) is not None or is_tool(image)


def _statement(artifact: Artifact, pod: Pod, container: Container, cluster: Cluster) -> Statement:
    image = cluster.image(container)
    names = {pod.owner.name, container.name, reference(image).name, reference(container.image).name}
    uid = text_of(pod.secure(container, "runAsUser"))
    probe = container.probes.get("readinessProbe") or container.probes.get("livenessProbe")
    numbers = frozenset(port.number for port in container.ports if port.protocol == "TCP")
    variables, whole = _variables(pod, container, cluster)
    moved = any(given.clear.isdigit() and given.clear in {str(number) for number in numbers} for given in variables.values())
    return Statement(
        path=artifact.path,
        title=pod.owner.title,
        line=container.line,
        names=frozenset(name.lower() for name in names if name),
        image=image,
        image_line=container.line_of("image"),
        ports=numbers,
        ports_line=container.line_of("ports"),
        port_moved=moved or bool(container.command or container.args),
        health=(probe.path.split("?")[0].rstrip("/") or "/") if probe is not None and probe.form == "http" else None,
        health_line=probe.line if probe is not None else None,
        user=("root" if uid == "0" else uid) or None,
        user_line=container.line_of("securityContext") if container.node.get("securityContext") else pod.line_of("securityContext"),
        refuses_root=not uid and text_of(pod.secure(container, "runAsNonRoot")) == "true",
        variables=MappingProxyType(variables),
        whole=whole,
    )


def _variables(pod: Pod, container: Container, cluster: Cluster) -> tuple[dict[str, Given], bool]:
    """Return the variables of a container, and whether they are all that it has."""
    found: dict[str, Given] = {}
    whole = True
    for source in container.env_from:
        kind = "Secret" if source.source == "secret" else "ConfigMap"
        placed = cluster.find(kind, source.reference, pod.owner)
        whole = whole and placed is not None
        if placed is not None:
            for part in ("data", "stringData"):
                for name, value in texts_of(placed.item.at(part)).items():
                    found[name] = Given(source.line, secret=kind == "Secret", clear=value if kind == "ConfigMap" else "")
    used = {name for variable in container.env for name in _REFERENCE.findall(variable.value or "")}
    for variable in container.env:
        found[variable.name] = Given(
            variable.line,
            secret=variable.source == "secret",
            clear=variable.value if variable.value and not _REFERENCE.search(variable.value) else "",
            helper=variable.name in used,
        )
    return found, whole
