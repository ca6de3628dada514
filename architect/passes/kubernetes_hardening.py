"""Hardening of manifests that exist: security contexts, probes, limits, no token that nobody uses, a network policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import architect.passes.values as values
from architect.passes.compose_hardening import memory_of
from architect.passes.spec import Edit, Yard
from architect.profile import Component
from artifacts.dockerfile import image_of, read_dockerfile
from artifacts.images import reference, service_of
from artifacts.kubernetes.model import Manifest, at
from artifacts.kubernetes.pods import SERVING, Container, Pod
from artifacts.kubernetes.reader import read_manifest
from artifacts.records import Artifact, Kind
from artifacts.yamledit import dump

_BINARY = {"512M": "512Mi", "1G": "1Gi"}


def privileges(yard: Yard) -> Iterator[Edit]:
    """Take from our own containers what a program needs none of: new privileges, capabilities, unfiltered system calls."""
    for artifact, _, pod in pods(yard):
        spec = (*pod.steps, "spec")
        document = pod.owner.document
        if at(pod.spec, "securityContext", "seccompProfile") is None and not _host(pod):
            edit = values.setting((*spec, "securityContext", "seccompProfile"), {"type": "RuntimeDefault"}, document)
            why = "system calls that ordinary programs never make are refused by the container runtime's own list"
            yield Edit(artifact.path, f"{pod.owner.title}: seccomp RuntimeDefault", why, edit, _place(artifact, pod))
        for container in pod.containers:
            security = (*container.steps, "securityContext")
            if at(container.node, "securityContext", "privileged") is None and not _host(pod):
                if at(container.node, "securityContext", "allowPrivilegeEscalation") is None:
                    edit = values.setting((*security, "allowPrivilegeEscalation"), False, document)
                    why = "no program in the container can gain rights that the process does not have"
                    yield Edit(artifact.path, f"{container.name}: no privilege escalation", why, edit, _place(artifact, pod))
                if at(container.node, "securityContext", "capabilities") is None and _is_non_root(yard, pod, container):
                    edit = values.setting((*security, "capabilities"), {"drop": ["ALL"]}, document)
                    why = "its image runs without root's rights and needs none of the kernel's privileges"
                    yield Edit(artifact.path, f"{container.name}: all capabilities dropped", why, edit, _place(artifact, pod))


def non_root(yard: Yard) -> Iterator[Edit]:
    """Have the cluster refuse to start as root what its Dockerfile runs as a numbered account."""
    for artifact, _, pod in pods(yard):
        spec = (*pod.steps, "spec", "securityContext")
        ours = [(container, component_of(yard, pod, container)) for container in pod.containers]
        uids = {_uid(yard, component) for _, component in ours if component is not None}
        if len(ours) != sum(component is not None for _, component in ours) or len(uids) != 1 or None in uids:
            continue
        if pod.secure(pod.containers[0], "runAsNonRoot") is not None or pod.secure(pod.containers[0], "runAsUser") is not None:
            continue
        document = pod.owner.document
        edit = values.several(
            values.setting((*spec, "runAsNonRoot"), True, document), values.setting((*spec, "runAsUser"), uids.pop(), document)
        )
        why = "the cluster refuses to start it as root, whatever a later image says"
        component = ours[0][1]
        yield Edit(artifact.path, f"{pod.owner.title}: never as root", why, edit, component.dockerfile_path if component else "")


def read_only(yard: Yard) -> Iterator[Edit]:
    """Make the root file system of our own containers read-only, with a temporary folder in its place."""
    for artifact, _, pod in pods(yard):
        for container in pod.running:
            component = component_of(yard, pod, container)
            plan = yard.plans.get(component.name) if component is not None else None
            if component is None or plan is None or pod.secure(container, "readOnlyRootFilesystem") is not None:
                continue
            mounted = {mount.path.rstrip("/") for mount in container.mounts}
            folders = {path.rstrip("/") for path in plan.writable if path.startswith("/")} - {"/tmp"}  # noqa: S108
            if folders - mounted:
                continue
            document, name = pod.owner.document, "tmp"
            edits = [values.setting((*container.steps, "securityContext", "readOnlyRootFilesystem"), True, document)]
            if "/tmp" not in mounted:  # noqa: S108
                edits.append(values.adding((*container.steps, "volumeMounts"), {"name": name, "mountPath": "/tmp"}, document))  # noqa: S108
                if not any(_text(at(item, "name")) == name for item in _items(at(pod.spec, "volumes"))):
                    edits.append(values.adding((*pod.steps, "spec", "volumes"), {"name": name, "emptyDir": {}}, document))
            why = "an intruder can change nothing of the program; it writes to its volumes and to a temporary folder"
            where = component.language.where()
            yield Edit(artifact.path, f"{container.name}: read-only root file system", why, values.several(*edits), where)


def probes(yard: Yard) -> Iterator[Edit]:
    """Probe our own serving containers on the port and the path that the code shows."""
    for artifact, _, pod in pods(yard):
        if pod.owner.kind not in SERVING:
            continue
        for container in pod.running:
            component = component_of(yard, pod, container)
            if component is None or component.port is None:
                continue
            port = component.port.value
            if container.ports and port not in {held.number for held in container.ports}:
                continue
            check: dict[str, Any] = {"tcpSocket": {"port": port}}
            told = component.port.where()
            if component.health is not None:
                check, told = {"httpGet": {"path": component.health.value, "port": port}}, component.health.where()
            for key, period, why in (
                ("readinessProbe", 10, "no request is sent to it before it answers"),
                ("livenessProbe", 20, "one that hangs is started again"),
            ):
                if at(container.node, key) is None and not (key == "livenessProbe" and component.health is None):
                    edit = values.setting(
                        (*container.steps, key), {**check, "periodSeconds": period, "timeoutSeconds": 5}, pod.owner.document
                    )
                    yield Edit(artifact.path, f"{container.name}: {key}", why, edit, told)


def limits(yard: Yard) -> Iterator[Edit]:
    """Bound the memory of our own containers that have no resources at all."""
    for artifact, _, pod in pods(yard):
        for container in pod.running:
            component = component_of(yard, pod, container)
            if component is None or at(container.node, "resources") is not None:
                continue
            memory = _BINARY[memory_of(component)]
            edit = values.setting((*container.steps, "resources", "limits", "memory"), memory, pod.owner.document)
            why = f"one runaway process cannot take the node; {memory} is an ordinary ceiling, raise it where the service reaches it"
            yield Edit(artifact.path, f"{container.name}: memory limit", why, edit, component.language.where())


def no_token(yard: Yard) -> Iterator[Edit]:
    """Keep the API's token out of pods that name no account of their own."""
    for artifact, _, pod in pods(yard):
        names_account = any(
            at(pod.spec, key) is not None for key in ("serviceAccountName", "serviceAccount", "automountServiceAccountToken")
        )
        if names_account or any(component_of(yard, pod, container) is None for container in pod.containers):
            continue
        edit = values.setting((*pod.steps, "spec", "automountServiceAccountToken"), False, pod.owner.document)
        why = "nothing here talks to the cluster's API, and whoever breaks in shall not either"
        yield Edit(artifact.path, f"{pod.owner.title}: no API token", why, edit, _place(artifact, pod))


def network_policy(yard: Yard) -> Iterator[Edit]:
    """Let our own pods be reached on the ports they serve only, where no policy exists."""
    manifests = [read_manifest(artifact.content) for artifact in yard.of(Kind.KUBERNETES)]
    if any(any(manifest.of("NetworkPolicy")) for manifest in manifests):
        return
    for artifact, manifest, pod in pods(yard):
        ports = sorted({port.number for container in pod.running for port in container.ports})
        ours = all(component_of(yard, pod, container) is not None for container in pod.running)
        if not ports or not ours or not pod.labels or pod.owner.kind not in SERVING or manifest.kustomization is not None:
            continue
        metadata: dict[str, Any] = {"name": pod.owner.name}
        if pod.owner.namespace:
            metadata["namespace"] = pod.owner.namespace
        policy = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": metadata,
            "spec": {
                "podSelector": {"matchLabels": _selector(pod)},
                "policyTypes": ["Ingress"],
                "ingress": [{"ports": [{"port": port, "protocol": "TCP"} for port in ports]}],
            },
        }
        shown = ", ".join(map(str, ports))
        why = f"without a policy every pod of the cluster reaches every port of it; now only {shown} can be reached"
        yield Edit(artifact.path, f"{pod.owner.title}: network policy", why, appended(policy), _place(artifact, pod))


STEPS = (privileges, non_root, read_only, probes, limits, no_token, network_policy)


def pods(yard: Yard) -> Iterator[tuple[Artifact, Manifest, Pod]]:
    """Yield the pods of every manifest that can be read; objects in a List are left alone."""
    for artifact in yard.of(Kind.KUBERNETES):
        manifest = read_manifest(artifact.content)
        if not manifest.faults and "{{" not in artifact.content:
            for pod in manifest.pods:
                if not pod.owner.listed:
                    yield artifact, manifest, pod


def component_of(yard: Yard, pod: Pod, container: Container) -> Component | None:
    """Return the component that a container runs: the one whose name its image, itself or, where it is alone, its workload bears.

    A repository of one component may also lend its own name.
    """
    if not container.image or service_of(container.image):
        return None
    names = {re.sub(r"[^a-z0-9]+", "-", name.lower()) for name in (reference(container.image).name, container.name)}
    if len(pod.running) == 1:
        names.add(pod.owner.name.lower())
    deployable = [component for component in yard.profile.components if component.name in yard.plans]
    for component in deployable:
        if re.sub(r"[^a-z0-9]+", "-", component.name.lower()) in names:
            return component
    repository = re.sub(r"[^a-z0-9]+", "-", yard.profile.name.lower())
    return deployable[0] if len(deployable) == 1 and repository in names else None


def appended(document: dict[str, Any]) -> values.Apply:
    """Return the edit that adds a document at the end of the file."""
    return lambda text: text.rstrip("\n") + "\n---\n" + "\n".join(dump(document, 0)) + "\n"


def _selector(pod: Pod) -> dict[str, str]:
    chosen = pod.owner.value("spec", "selector", "matchLabels")
    return {str(name): str(value) for name, value in chosen.items()} if isinstance(chosen, dict) and chosen else dict(pod.labels)


def _is_non_root(yard: Yard, pod: Pod, container: Container) -> bool:
    user = pod.secure(container, "runAsUser")
    never = pod.secure(container, "runAsNonRoot")
    if (user is not None and user.value not in (0, None)) or (never is not None and never.value is True):
        return True
    component = component_of(yard, pod, container)
    return component is not None and component.dockerfile_path in yard.non_root


def _uid(yard: Yard, component: Component) -> int | None:
    text = yard.text(component.dockerfile_path)
    image = image_of(read_dockerfile(text)) if text is not None else None
    name = (image.user or "").split(":")[0] if image is not None else ""
    return int(name) if name.isdigit() and 0 < int(name) < 2**31 else None


def _host(pod: Pod) -> bool:
    return any(_text(at(pod.spec, key)) == "True" for key in ("hostNetwork", "hostPID", "hostIPC"))


def _text(node: Any) -> str:
    return "" if node is None else str(node.value)


def _items(node: Any) -> tuple[Any, ...]:
    return node.items if node is not None and node.kind == "list" else ()


def _place(artifact: Artifact, pod: Pod) -> str:
    return f"{PurePosixPath(artifact.path)}:{pod.owner.line}"
