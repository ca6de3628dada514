"""What pods and objects say, in short words: probes, users, resources, storage, peers. Used by decisions and by rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from artifacts.images import reference, service_of
from artifacts.kubernetes.model import KubeObject, at, items_of, text_of, texts_of
from artifacts.kubernetes.pods import Container, Pod, Probe
from artifacts.kubernetes.quantities import plain_quantity
from artifacts.yamltree import Node

NONE = "none"


@dataclass(frozen=True, slots=True)
class Backend:
    """Where an Ingress sends a host and path; `port` is a number or a name as text, `service` "" for a resource of another kind."""

    host: str
    path: str
    service: str
    port: str
    line: int


def backing_of(image: str) -> str | None:
    """Return the kind of backing service an image is, None for one of the application's own, whatever its name mentions.

    A name without a registry or owner is a service's only when it begins with the service: `spring-postgres` is an application.
    """
    kind = service_of(image)
    name = reference(image).repository
    return None if kind is not None and "/" not in name and service_of(name.split("-")[0]) is None else kind


def probe_text(container: Container, probe: Probe | None) -> str:
    """Return `http /health`, `tcp`, `grpc`, `command` or `none`."""
    if probe is None:
        return NONE
    if probe.form == "exec":
        return "command"
    if probe.form == "http":
        return f"http {probe.path.split('?')[0].rstrip('/') or '/'}"
    return probe.form


def probe_port(container: Container, probe: Probe) -> int | None:
    """Return the port a probe asks, a name looked up among the container's ports; None for a command or an unknown name."""
    return container.port_number(probe.port) if probe.port else None


def user_text(pod: Pod, container: Container) -> str:
    """Return `uid 10001`, `non-root`, `root`, or `image` where only the image knows."""
    uid = text_of(pod.secure(container, "runAsUser"))
    if uid:
        return "root" if uid == "0" else f"uid {uid}"
    return "non-root" if text_of(pod.secure(container, "runAsNonRoot")) == "true" else "image"


def resources_text(container: Container, part: str) -> str:
    """Return `cpu=100m, memory=128Mi` of requests or limits."""
    found = texts_of(at(container.node, "resources", part))
    return ", ".join(f"{name}={plain_quantity(value)}" for name, value in sorted(found.items())) or NONE


def service_ports(item: KubeObject) -> Iterator[tuple[str, str, Node]]:
    """Yield port, target port and node of every port of a Service; the target is the port itself where none is named."""
    for node in item.items("spec", "ports")[:200]:
        port = text_of(at(node, "port"))
        if port:
            yield port, text_of(at(node, "targetPort")) or port, node


def ingress_backends(item: KubeObject) -> Iterator[Backend]:
    """Yield every backend of an Ingress, the default one first."""
    default = item.at("spec", "defaultBackend") or item.at("spec", "backend")
    if default is not None:
        yield _backend("", "", default)
    for rule in item.items("spec", "rules")[:500]:
        for entry in items_of(at(rule, "http", "paths"))[:500]:
            backend = at(entry, "backend")
            if backend is not None:
                yield _backend(text_of(at(rule, "host")), text_of(at(entry, "path")) or "/", backend)


def _backend(host: str, path: str, node: Node) -> Backend:
    service = at(node, "service")
    if service is None:
        return Backend(host, path, text_of(at(node, "serviceName")), text_of(at(node, "servicePort")), node.line)
    port = text_of(at(service, "port", "number")) or text_of(at(service, "port", "name"))
    return Backend(host, path, text_of(at(service, "name")), port, service.line)


def ingress_class(item: KubeObject) -> str:
    """Return the class of an Ingress, by its field or the older annotation; "" for the cluster's default."""
    return item.text("spec", "ingressClassName") or item.annotations.get("kubernetes.io/ingress.class", "")


def volume_kind(node: Node) -> str:
    """Return the kind of a pod's volume: `emptyDir`, `configMap`, `persistentVolumeClaim`, ..."""
    return next((name for name, _, _ in node.entries() if name != "name"), NONE) if node.kind == "map" else NONE


def volumes_text(pod: Pod, container: Container) -> str:
    """Return where a container sees which kind of volume: `/data (persistentVolumeClaim), /tmp (emptyDir)`."""
    kinds = {text_of(at(node, "name")): volume_kind(node) for node in items_of(at(pod.spec, "volumes"))}
    kinds.update(
        {text_of(at(node, "metadata", "name")): "persistentVolumeClaim" for node in pod.owner.items("spec", "volumeClaimTemplates")}
    )
    return listing(f"{mount.path} ({kinds.get(mount.volume, 'unknown')})" for mount in container.mounts)


def storage_text(claim: Node | None) -> str:
    """Return size, class and access of a volume claim's spec: `10Gi standard ReadWriteOnce`."""
    size = plain_quantity(text_of(at(claim, "resources", "requests", "storage")))
    modes = [text_of(item) for item in items_of(at(claim, "accessModes"))]
    return " ".join(filter(None, (size, text_of(at(claim, "storageClassName")), *modes))) or NONE


def labels_text(labels: Mapping[str, str]) -> str:
    """Return labels as `a=b, c=d`."""
    return listing(f"{name}={value}" for name, value in labels.items())


def capabilities(pod: Pod, container: Container) -> str:
    """Return what a container may do beyond an ordinary process: `drop ALL, add NET_BIND_SERVICE`."""
    node = at(container.node, "securityContext", "capabilities")
    parts = [f"{verb} {text_of(item)}" for verb in ("drop", "add") for item in items_of(at(node, verb))]
    return listing(parts)


def listing(parts: Iterable[str]) -> str:
    """Return sorted texts as one, `none` where there is none."""
    return ", ".join(sorted(part for part in parts if part)) or NONE
