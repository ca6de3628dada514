"""Right-sizing of manifests that exist: requests and limits, autoscaling within bounds, and what both cost in words."""

from __future__ import annotations

from collections.abc import Iterator

import architect.passes.values as values
from architect.passes.compose_hardening import memory_of
from architect.passes.kubernetes_hardening import appended, component_of, pods
from architect.passes.spec import Edit, Yard
from artifacts.kubernetes.model import at, number_of
from artifacts.kubernetes.reader import read_manifest
from artifacts.records import Kind
from artifacts.yamledit import MISSING

_SIZES = {"512M": ("128Mi", "512Mi"), "1G": ("512Mi", "1Gi")}
CPU = "100m"


def resources(yard: Yard) -> Iterator[Edit]:
    """Give our own containers requests, by which the cluster places them, and a memory limit."""
    for artifact, _, pod in pods(yard):
        for container in pod.running:
            component = component_of(yard, pod, container)
            if component is None:
                continue
            request, limit = _SIZES[memory_of(component)]
            held = str(getattr(at(container.node, "resources", "limits", "memory"), "value", "") or limit)
            base, document = (*container.steps, "resources"), pod.owner.document
            edits = []
            if at(container.node, *("resources", "requests", "cpu")) is None:
                edits.append(values.setting((*base, "requests", "cpu"), CPU, document))
            if at(container.node, *("resources", "requests", "memory")) is None:
                edits.append(values.setting((*base, "requests", "memory"), request, document))
            if at(container.node, *("resources", "limits", "memory")) is None:
                edits.append(values.setting((*base, "limits", "memory"), limit, document))
            if not edits:
                continue
            replicas = number_of(pod.owner.at("spec", "replicas")) or 1
            why = (
                f"the cluster keeps {CPU} of CPU and {request} free for each of {replicas} pod{'s' * (replicas != 1)}: nodes are paid for "
                f"that, used or not. It may use up to {held}; CPU has no limit, which would slow it down. Measure under load and adjust"
            )
            edit, where = values.several(*edits), component.language.where()
            yield Edit(artifact.path, f"{container.name}: requests and limits", why, edit, where)


def autoscaling(yard: Yard) -> Iterator[Edit]:
    """Scale serving Deployments of ours by their CPU, within bounds."""
    manifests = [read_manifest(artifact.content) for artifact in yard.of(Kind.KUBERNETES)]
    scaled = {
        item.text("spec", "scaleTargetRef", "name")
        for manifest in manifests
        for item in manifest.of("HorizontalPodAutoscaler", "ScaledObject")
    }
    for artifact, manifest, pod in pods(yard):
        components = [component_of(yard, pod, container) for container in pod.running]
        serving = any(component is not None and component.port is not None for component in components)
        asks = all(at(container.node, "resources", "requests", "cpu") is not None for container in pod.running)
        if pod.owner.kind != "Deployment" or not serving or not asks or pod.owner.name in scaled or manifest.kustomization is not None:
            continue
        if any(mount for container in pod.running for mount in container.mounts if _claims(pod, mount.volume)):
            continue
        least = max(1, number_of(pod.owner.at("spec", "replicas")) or 1)
        most = max(3, 2 * least)
        metadata = {"name": pod.owner.name, **({"namespace": pod.owner.namespace} if pod.owner.namespace else {})}
        scaler = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": metadata,
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": pod.owner.name},
                "minReplicas": least,
                "maxReplicas": most,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}],
            },
        }
        why = (
            f"it runs {least} pod{'s' * (least != 1)} in quiet times and at most {most} under load: it costs what it does now until load "
            f"comes, and never more than {most} times one pod's requests. The cluster needs its metrics server for this"
        )
        edit = appended(scaler)
        if pod.owner.at("spec", "replicas") is not None:
            # a number in the Deployment would set back what the scaler decided, at every delivery
            edit = values.several(values.replacing(("spec", "replicas"), MISSING, pod.owner.document), edit)
        yield Edit(artifact.path, f"{pod.owner.title}: autoscaling {least} to {most}", why, edit, f"{artifact.path}:{pod.owner.line}")


STEPS = (resources, autoscaling)


def _claims(pod: object, name: str) -> bool:
    """Tell whether a volume is a claim: pods that share a disk cannot simply be multiplied."""
    volumes = at(getattr(pod, "spec", None), "volumes")
    items = volumes.items if volumes is not None and volumes.kind == "list" else ()
    return any(at(item, "persistentVolumeClaim") is not None and str(getattr(at(item, "name"), "value", "")) == name for item in items)
