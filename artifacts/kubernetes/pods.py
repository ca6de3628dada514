"""The pods an object makes: containers with their ports, probes, environment and rights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from artifacts.kubernetes.model import KubeObject, Step, at, items_of, number_of, text_of, texts_of
from artifacts.yamltree import Node

TEMPLATES: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {
        "Pod": (),
        "PodTemplate": ("template",),
        "Deployment": ("spec", "template"),
        "StatefulSet": ("spec", "template"),
        "DaemonSet": ("spec", "template"),
        "ReplicaSet": ("spec", "template"),
        "ReplicationController": ("spec", "template"),
        "Job": ("spec", "template"),
        "CronJob": ("spec", "jobTemplate", "spec", "template"),
        "Rollout": ("spec", "template"),
    }
)
"""Where each kind of workload keeps its pod template; Rollout is Argo's, with the same shape."""
SERVING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout"})
"""Kinds whose pods run until they are stopped."""
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_SOURCES = (("secretKeyRef", "secret"), ("configMapKeyRef", "config"), ("fieldRef", "field"), ("resourceFieldRef", "field"))


@dataclass(frozen=True, slots=True)
class Port:
    """A port a container says it listens on."""

    number: int
    name: str
    protocol: str
    line: int


@dataclass(frozen=True, slots=True)
class EnvVar:
    """An environment variable; `source` is `secret`, `config`, `field` or "" for a value in place, `reference` names object and key."""

    name: str
    value: str | None
    source: str
    reference: str
    key: str
    optional: bool
    line: int


@dataclass(frozen=True, slots=True)
class EnvFrom:
    """All keys of a ConfigMap or Secret as variables."""

    source: str
    reference: str
    optional: bool
    line: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe: `form` is `http`, `tcp`, `exec` or `grpc`; `port` a number or a port's name as text; `path` with its leading slash."""

    form: str
    port: str
    path: str
    command: tuple[str, ...]
    node: Node
    line: int


@dataclass(frozen=True, slots=True)
class VolumeMount:
    """Where a container sees a volume."""

    volume: str
    path: str
    read_only: bool
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """One container. `steps` lead from the object to its map; `init` tells an init container, `sidecar` one that keeps running."""

    name: str
    image: str
    node: Node
    line: int
    steps: tuple[Step, ...]
    init: bool = False
    sidecar: bool = False
    ports: tuple[Port, ...] = ()
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvFrom, ...] = ()
    probes: Mapping[str, Probe] = field(default_factory=lambda: MappingProxyType({}))
    mounts: tuple[VolumeMount, ...] = ()
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()

    def line_of(self, key: str) -> int:
        """Return the line of this key, or the container's own."""
        found = self.node.key(key)
        return found.line if found is not None else self.line

    def mentions(self, number: str) -> bool:
        """Tell whether the command, an argument or a variable names a number, so that it may be a port not declared."""
        words = (*self.command, *self.args, *(variable.value or "" for variable in self.env))
        return any(re.search(rf"(?<!\d){re.escape(number)}(?!\d)", word[:2000]) for word in words[:500])

    def port_number(self, reference: str) -> int | None:
        """Return the port a number or a name stands for; None for a name no port bears."""
        if reference.isdigit() and len(reference) < 6:
            return int(reference)
        return next((port.number for port in self.ports if port.name == reference), None)


@dataclass(frozen=True, slots=True, eq=False)
class Pod:
    """The pods of a workload. `template` is the map with metadata and spec, `steps` lead to it from the object."""

    owner: KubeObject
    template: Node
    steps: tuple[Step, ...]
    labels: Mapping[str, str]
    containers: tuple[Container, ...]

    @property
    def spec(self) -> Node | None:
        """Return the pod's spec."""
        return at(self.template, "spec")

    @property
    def running(self) -> tuple[Container, ...]:
        """Return the containers that serve, without those that only prepare."""
        return tuple(container for container in self.containers if not container.init)

    def line_of(self, key: str) -> int:
        """Return the line of a key of the pod's spec, or the owner's line."""
        return self.owner.line_of(*self.steps, "spec", key)

    def secure(self, container: Container, key: str) -> Node | None:
        """Return a value of the security context that holds for a container: its own, else the pod's where pods have it too."""
        own = at(container.node, "securityContext", key)
        return own if own is not None else at(self.spec, "securityContext", key)


def pod_of(item: KubeObject) -> Pod | None:
    """Return the pods an object makes, None for an object that makes none."""
    steps = TEMPLATES.get(item.kind)
    template = item.at(*steps) if steps is not None else None
    if steps is None or template is None or template.kind != "map" or at(template, "spec", "containers") is None:
        return None
    found = [
        _container(node, (*steps, "spec", key, position), init=key == "initContainers")
        for key in ("initContainers", "containers")
        for position, node in enumerate(items_of(at(template, "spec", key))[:100])
        if node.kind == "map"
    ]
    return Pod(item, template, steps, texts_of(at(template, "metadata", "labels")), tuple(found))


def _container(node: Node, steps: tuple[Step, ...], *, init: bool) -> Container:
    return Container(
        name=text_of(node.get("name")),
        image=text_of(node.get("image")),
        node=node,
        line=node.line,
        steps=steps,
        init=init,
        sidecar=init and text_of(node.get("restartPolicy")) == "Always",
        ports=tuple(_ports(node)),
        env=tuple(_env(node)),
        env_from=tuple(_env_from(node)),
        probes=MappingProxyType({key: probe for key in PROBES if (probe := _probe(node, key)) is not None}),
        mounts=tuple(_mounts(node)),
        command=tuple(text_of(item) for item in items_of(node.get("command"))),
        args=tuple(text_of(item) for item in items_of(node.get("args"))),
    )


def _ports(node: Node) -> Iterator[Port]:
    for item in items_of(node.get("ports"))[:200]:
        number = number_of(at(item, "containerPort"))
        if number is not None:
            yield Port(number, text_of(at(item, "name")), text_of(at(item, "protocol")) or "TCP", item.line)


def _env(node: Node) -> Iterator[EnvVar]:
    for item in items_of(node.get("env"))[:1000]:
        name, given = text_of(at(item, "name")), at(item, "valueFrom")
        if not name:
            continue
        if given is None:
            value = at(item, "value")
            yield EnvVar(name, text_of(value) if value is not None else None, "", "", "", False, item.line)
            continue
        found = next(((label, held) for key, label in _SOURCES if (held := at(given, key)) is not None), None)
        source, reference = found if found is not None else ("field", given)
        optional = text_of(at(reference, "optional")) == "true"
        yield EnvVar(name, None, source, text_of(at(reference, "name")), text_of(at(reference, "key")), optional, item.line)


def _env_from(node: Node) -> Iterator[EnvFrom]:
    for item in items_of(node.get("envFrom"))[:100]:
        for key, label in (("secretRef", "secret"), ("configMapRef", "config")):
            reference = at(item, key)
            if reference is not None:
                yield EnvFrom(label, text_of(at(reference, "name")), text_of(at(reference, "optional")) == "true", item.line)


def _probe(node: Node, key: str) -> Probe | None:
    probe, name = node.get(key), node.key(key)
    if probe is None or name is None or probe.kind != "map":
        return None
    http, tcp, grpc = probe.get("httpGet"), probe.get("tcpSocket"), probe.get("grpc")
    if http is not None:
        path = "/" + text_of(at(http, "path")).lstrip("/")
        return Probe("http", text_of(at(http, "port")), path, (), probe, name.line)
    if tcp is not None:
        return Probe("tcp", text_of(at(tcp, "port")), "", (), probe, name.line)
    if grpc is not None:
        return Probe("grpc", text_of(at(grpc, "port")), "", (), probe, name.line)
    command = tuple(text_of(item) for item in items_of(at(probe, "exec", "command")))
    return Probe("exec", "", "", command, probe, name.line)


def _mounts(node: Node) -> Iterator[VolumeMount]:
    for item in items_of(node.get("volumeMounts"))[:200]:
        name = text_of(at(item, "name"))
        if name:
            yield VolumeMount(name, text_of(at(item, "mountPath")), text_of(at(item, "readOnly")) == "true", item.line)
