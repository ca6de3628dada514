"""A backing service in the cluster: a StatefulSet with its volume, and the names its clients call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from architect.blueprints.kubernetes.environment import backing_environment, command_words
from architect.blueprints.kubernetes.layout import Layout
from architect.blueprints.kubernetes.pods import RUNTIME_SECCOMP, placement
from architect.blueprints.kubernetes.probing import backing_probes
from architect.services.accounts import DATA_BELOW, OWN_FOLDER, account
from architect.services.backings import Backing
from architect.syntax.yaml import Because, Flow

Document = dict[str, Any]


def documents(layout: Layout, backing: Backing) -> Iterator[Document]:
    """Yield a service's objects: identity, workload, and a Service for each name."""
    yield {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": layout.meta(backing.name, backing.name),
        "automountServiceAccountToken": False,
    }
    yield _workload(layout, backing)
    for name in (backing.name, *backing.aliases):
        why = (
            f"{backing.spec.label}, as the repository's settings call it"
            if name in backing.aliases
            else f"where {backing.spec.label} is found"
        )
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": Because(layout.meta(name, backing.name), why, backing.fact.evidence),
            "spec": {
                "clusterIP": Because("None", "headless: its name leads to the pod itself"),
                "selector": layout.selector(backing.name),
                "ports": [{"name": "service", "port": backing.spec.port, "targetPort": "service"}],
            },
        }


def keeps(layout: Layout, backing: Backing) -> bool:
    """Tell whether a service has a volume."""
    return backing.spec.volume is not None and layout.changes.volumes


def _workload(layout: Layout, backing: Backing) -> Document:
    stateful = keeps(layout, backing)
    template = {"metadata": {"labels": layout.labels(backing.name, "database")}, "spec": _pod(layout, backing)}
    spec: dict[str, Any] = {"replicas": Because(1, "one server; several need its own kind of replication")}
    if stateful:
        spec["serviceName"] = backing.name
    spec["selector"] = {"matchLabels": layout.selector(backing.name)}
    spec["template"] = template
    if stateful:
        claim: dict[str, Any] = {"accessModes": ["ReadWriteOnce"]}
        if layout.flavour.storage_class:
            claim["storageClassName"] = layout.flavour.storage_class
        claim["resources"] = {"requests": {"storage": layout.flavour.storage}}
        spec["volumeClaimTemplates"] = Because([{"metadata": {"name": "data"}, "spec": claim}], "the data outlives the pod")
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet" if stateful else "Deployment",
        "metadata": Because(
            layout.meta(backing.name, backing.name, "database"), f"{backing.spec.label}, which the code needs", backing.fact.evidence
        ),
        "spec": spec,
    }


def _pod(layout: Layout, backing: Backing) -> Document:
    uid, gid = account(backing.spec)
    rights: dict[str, Any] = {"runAsNonRoot": True, "runAsUser": uid, "runAsGroup": gid}
    if keeps(layout, backing):
        rights["fsGroup"] = gid
        rights["fsGroupChangePolicy"] = "OnRootMismatch"
    rights["seccompProfile"] = dict(RUNTIME_SECCOMP)
    found: Document = {
        "serviceAccountName": backing.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": Because(False, "no variables named after Services, which could pass for settings"),
        "terminationGracePeriodSeconds": Because(60, "time to write everything down"),
        "securityContext": Because(rights, f"the account {backing.spec.image} itself uses, without ever being root"),
        **placement(layout, backing.name, replicas=False),
        "containers": [_container(layout, backing)],
    }
    if layout.hardened and backing.spec.tmpfs:
        found["volumes"] = [{"name": _folder(path), "emptyDir": {}} for path in backing.spec.tmpfs]
    return found


def _container(layout: Layout, backing: Backing) -> Document:
    spec = backing.spec
    environment = backing_environment(backing, layout.secret)
    container: Document = {"name": backing.name, "image": spec.image}
    if spec.command:
        container["args"] = Flow(command_words(spec.command, backing))
    container["ports"] = [{"name": "service", "containerPort": spec.port}]
    entries = list(environment.entries)
    mount: dict[str, Any] = {}
    if keeps(layout, backing):
        mount = {"name": "data", "mountPath": spec.volume}
        if spec.id in DATA_BELOW:
            mount["subPath"] = Because(DATA_BELOW[spec.id], "a new disk is not empty, and it refuses a folder that is not")
        if spec.id in OWN_FOLDER:
            name, path = OWN_FOLDER[spec.id]
            entries.append(Because({"name": name, "value": path}, "a new disk is not empty, and it wants a folder of its own"))
    if entries:
        container["env"] = entries
    container.update(backing_probes(backing))
    memory = spec.memory.replace("M", "Mi").replace("G", "Gi")
    limits = {"cpu": "1", "memory": memory} if layout.hardened else {"memory": memory}
    container["resources"] = {"requests": {"cpu": "100m", "memory": _half(memory)}, "limits": limits}
    secured: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    mounts = [mount] if mount else []
    if layout.hardened and spec.tmpfs:
        secured["readOnlyRootFilesystem"] = True
        mounts += [{"name": _folder(path), "mountPath": path} for path in spec.tmpfs]
    container["securityContext"] = secured
    if mounts:
        container["volumeMounts"] = mounts
    return container


def _half(memory: str) -> str:
    number, unit = int(memory[:-2]), memory[-2:]
    return f"{number * 512}Mi" if unit == "Gi" else f"{number // 2}Mi"


def _folder(path: str) -> str:
    return path.strip("/").replace("/", "-").replace(".", "-") + "-folder"
