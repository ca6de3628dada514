"""A part's objects: identity, settings, volumes, the Deployment, its Service, scaling, and the jobs beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from architect.blueprints.kubernetes.environment import Environment
from architect.blueprints.kubernetes.layout import Layout, Part
from architect.blueprints.kubernetes.pods import Pods, claim_name
from architect.blueprints.kubernetes.probing import asks_path
from architect.profile import Process
from architect.syntax.yaml import Because

_FEWEST, _MOST = 2, 6
Document = dict[str, Any]


def documents(layout: Layout, part: Part, environment: Environment) -> Iterator[Document]:
    """Yield the objects of a part in the order in which they are needed."""
    pods = Pods(layout, part, environment)
    yield _account(layout, part)
    if environment.config:
        yield {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": layout.meta(f"{part.name}-config", part.name),
            "data": {name: _text(value) for name, value in environment.config.items()},
        }
    for path in pods.kept:
        yield _claim(layout, part, path)
    if part.migration is not None:
        yield _job(
            layout,
            f"{part.name}-{part.migration.name}",
            pods.job(part.migration, f"{part.name}-{part.migration.name}", "migration"),
            part.migration,
        )
    if part.once:
        yield _job(layout, part.name, pods.job(None, part.name, "job"), None)
    else:
        yield _deployment(layout, part.name, pods.serving(), part, alone=bool(pods.kept))
    if part.serves and not part.once:
        yield _service(layout, part)
        if scales(layout, part):
            yield _autoscaler(layout, part)
            yield _disruption(layout, part)
    for process, name in part.processes:
        yield _worker(layout, name, pods.process(process, name), process)


def scales(layout: Layout, part: Part) -> bool:
    """Tell whether several of a part can run side by side in this cluster: it keeps no files and there are nodes for it."""
    return (
        part.serves
        and not layout.lean
        and layout.flavour.metrics
        and not layout.flavour.local
        and not (part.kept and layout.changes.volumes)
    )


def _account(layout: Layout, part: Part) -> Document:
    identity = layout.flavour.identity
    annotations = {identity[0]: identity[1].format(name=part.name)} if identity else None
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": Because(
            layout.meta(part.name, part.name, annotations=annotations),
            "an identity of its own" + (": fill in the cloud's side of it, or remove the annotation" if identity else ""),
        ),
        "automountServiceAccountToken": Because(False, "the application does not talk to the cluster's API"),
    }


def _claim(layout: Layout, part: Part, path: str) -> Document:
    spec: dict[str, Any] = {"accessModes": Because(["ReadWriteOnce"], "one node at a time; so there is one pod")}
    if layout.flavour.storage_class:
        spec["storageClassName"] = layout.flavour.storage_class
    spec["resources"] = {"requests": {"storage": layout.flavour.storage}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": Because(layout.meta(claim_name(part, path), part.name), f"what the process writes to {path} outlives the pod"),
        "spec": spec,
    }


def _deployment(layout: Layout, name: str, template: Document, part: Part, *, alone: bool) -> Document:
    spec: dict[str, Any] = {}
    if not scales(layout, part):
        why = "its volume can be mounted once" if alone else "one is enough until it is not"
        spec["replicas"] = Because(1, why)
    spec["revisionHistoryLimit"] = 3
    if alone:
        spec["strategy"] = Because({"type": "Recreate"}, "the old pod must let go of the volume first")
    else:
        surge = {"lean": 1, "hardened": 1, "cached": "100%"}[str(layout.style.value)]
        why = "all new pods start at once: the fastest rollout" if surge != 1 else "a new pod is ready before an old one goes"
        spec["strategy"] = Because({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": 0}}, why)
    spec["selector"] = {"matchLabels": layout.selector(name)}
    spec["template"] = template
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": Because(
            layout.meta(name, name, _role_of(template)), f"{part.component.name}, from its own image", part.component.language.evidence
        ),
        "spec": spec,
    }


def _worker(layout: Layout, name: str, template: Document, process: Process) -> Document:
    timed = any(word in process.name.lower() for word in ("beat", "schedul", "clock", "cron"))
    strategy = {"type": "Recreate"} if timed else {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": Because(
            layout.meta(name, name, "worker"), f"{process.name}, a further process of the same image; nothing calls it", process.evidence
        ),
        "spec": {
            "replicas": Because(1, "two of them would do everything twice" if timed else "add more when the queue grows"),
            "revisionHistoryLimit": 3,
            "strategy": strategy,
            "selector": {"matchLabels": layout.selector(name)},
            "template": template,
        },
    }


def _job(layout: Layout, name: str, template: Document, process: Process | None) -> Document:
    why = (
        "brings the database up to date; a finished Job is gone after ten minutes, so that the next apply runs it again"
        if process
        else "runs to its end"
    )
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": Because(layout.meta(name, name, _role_of(template)), why, process.evidence if process else ()),
        "spec": {
            "backoffLimit": Because(6, "the database may still be starting"),
            "activeDeadlineSeconds": 900,
            "ttlSecondsAfterFinished": 600,
            "template": template,
        },
    }


def _service(layout: Layout, part: Part) -> Document:
    port = part.plan.port
    own = {"name": "http", "port": port, "targetPort": "http"}
    ports: list[Any] = [Because(own, "the same port as in Compose, so that addresses stay the same", part.plan.port_evidence)]
    ports += [{"name": f"port-{extra}", "port": extra, "targetPort": extra} for extra in layout.changes.ports if extra != port]
    annotations = _behind_balancer(layout, part) if part in layout.served else None
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": layout.meta(part.name, part.name, annotations=annotations),
        "spec": {"type": "ClusterIP", "selector": layout.selector(part.name), "ports": ports},
    }


def _behind_balancer(layout: Layout, part: Part) -> dict[str, str]:
    """Return the annotations of a Service that a load balancer of this cluster reaches."""
    found = dict(layout.flavour.service)
    if layout.flavour.checks is not None:
        path, codes, lenient = layout.flavour.checks
        found[path] = part.plan.health_path or "/"
        if not asks_path(part):
            found[codes] = lenient
    return found


def _autoscaler(layout: Layout, part: Part) -> Document:
    spec: dict[str, Any] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": part.name},
        "minReplicas": Because(_FEWEST, "one may go while the other serves"),
        "maxReplicas": _MOST,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}],
    }
    if layout.style.value == "cached":
        spec["behavior"] = Because({"scaleUp": {"stabilizationWindowSeconds": 0}}, "grows at once")
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": layout.meta(part.name, part.name),
        "spec": spec,
    }


def _disruption(layout: Layout, part: Part) -> Document:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": layout.meta(part.name, part.name),
        "spec": {
            "maxUnavailable": Because(1, "a node can be drained, but not all pods at once"),
            "selector": {"matchLabels": layout.selector(part.name)},
        },
    }


def _role_of(template: Document) -> str:
    return str(template["metadata"]["labels"]["app.kubernetes.io/component"])


def _text(value: Because) -> Because:
    return Because(str(value.value), value.why, value.evidence)
