"""The decisions of a manifest, object by object: what runs, how it is reached, checked, limited and protected.

A decision is called `Kind.question` where the file has one object of the kind, else `Kind/name.question`, so that files agree
whatever their authors called things. With several containers the container's name stands before the question.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from artifacts.images import reference
from artifacts.kubernetes import facts
from artifacts.kubernetes.facts import NONE, listing
from artifacts.kubernetes.model import ImageChange, KubeObject, Kustomization, Manifest, at, text_of, texts_of
from artifacts.kubernetes.pods import Container, Pod
from artifacts.records import Decision

_MOST = 2000


def manifest_decisions(manifest: Manifest, path: str) -> tuple[Decision, ...]:
    """Return the decisions of every object, and of a kustomization."""
    found: dict[str, Decision] = {}
    kinds = Counter(item.kind for item in manifest.objects)
    if manifest.objects:
        names = listing(f"{kind} x{count}" if count > 1 else kind for kind, count in kinds.items())
        found["objects"] = Decision(path, "objects", names[:_MOST], manifest.objects[0].line)
    pods = {id(pod.owner): pod for pod in manifest.pods}
    for item in manifest.objects:
        title = subject(item, kinds[item.kind])
        for question, value, line, blocking in _questions(item, pods.get(id(item)), manifest):
            name = f"{title}.{question}"
            found.setdefault(name, Decision(path, name, value[:_MOST] or NONE, line, blocking))
    if manifest.kustomization is not None:
        for question, value, line in _of_kustomization(manifest.kustomization):
            name = f"Kustomization.{question}"
            found[name] = Decision(path, name, value[:_MOST] or NONE, line)
    return tuple(found.values())


def subject(item: KubeObject, count: int) -> str:
    """Return how decisions call an object of a kind of which the file has `count`."""
    return item.kind if count == 1 else f"{item.kind}/{item.name}"


Row = tuple[str, str, int | None, bool]


def _questions(item: KubeObject, pod: Pod | None, manifest: Manifest) -> Iterator[Row]:
    if item.name:
        yield "name", item.name, item.line_of("metadata", "name"), False
    if pod is not None:
        yield from _of_workload(item, pod)
    match item.kind:
        case "Service":
            yield from _of_service(item, manifest)
        case "Ingress":
            yield "class", facts.ingress_class(item), item.line_of("spec", "ingressClassName"), False
            backends = list(facts.ingress_backends(item))
            line = item.line_of("spec", "rules")
            yield "hosts", listing({backend.host or "any" for backend in backends}), line, False
            yield "backends", listing(f"{one.path} to {one.service}:{one.port}" for one in backends), line, False
            yield "tls", "yes" if item.items("spec", "tls") else "no", item.line_of("spec", "tls"), False
        case "HorizontalPodAutoscaler":
            bounds = f"{item.text('spec', 'minReplicas') or '1'} to {item.text('spec', 'maxReplicas')}"
            yield "replicas", bounds, item.line_of("spec", "maxReplicas"), False
            yield "metrics", listing(_metrics(item)), item.line_of("spec", "metrics"), False
            yield "target", _reference(item, "spec", "scaleTargetRef"), item.line_of("spec", "scaleTargetRef"), False
        case "PodDisruptionBudget":
            kept = [f"{key} {value}" for key in ("minAvailable", "maxUnavailable") if (value := item.text("spec", key))]
            yield "allows", listing(kept), item.line_of("spec"), False
        case "NetworkPolicy":
            yield from _of_policy(item)
        case "PersistentVolumeClaim":
            yield "storage", facts.storage_text(item.at("spec")), item.line_of("spec"), False
        case "ConfigMap":
            yield "keys", listing(name for part in ("data", "binaryData") for name in texts_of(item.at(part))), item.line_of("data"), False
        case "Secret":
            yield "keys", listing(name for part in ("data", "stringData") for name in texts_of(item.at(part))), item.line, False
        case "ServiceAccount":
            yield "token", _token(item.text("automountServiceAccountToken")), item.line_of("automountServiceAccountToken"), False
            yield "annotations", listing(item.annotations), item.line_of("metadata", "annotations"), False
        case "Namespace":
            levels = {name.rpartition("/")[2]: value for name, value in item.labels.items() if name.startswith("pod-security.")}
            yield "pod_security", facts.labels_text(levels), item.line_of("metadata", "labels"), False
        case "StorageClass":
            yield "provisioner", item.text("provisioner"), item.line_of("provisioner"), False


def _of_workload(item: KubeObject, pod: Pod) -> Iterator[Row]:
    if item.kind in ("Deployment", "StatefulSet", "ReplicaSet", "Rollout", "ReplicationController"):
        yield "replicas", item.text("spec", "replicas") or "not set", item.line_of("spec", "replicas"), False
        selector = texts_of(item.at("spec", "selector", "matchLabels"))
        own = bool(selector) and all(pod.labels.get(name) == value for name, value in selector.items())
        yield "selector", "its own pods" if own else facts.labels_text(selector), item.line_of("spec", "selector"), True
    if item.kind == "CronJob":
        yield "schedule", item.text("spec", "schedule"), item.line_of("spec", "schedule"), False
    if item.kind == "Deployment":
        yield "strategy", item.text("spec", "strategy", "type") or "RollingUpdate", item.line_of("spec", "strategy"), False
    claims = item.items("spec", "volumeClaimTemplates")
    if claims:
        wanted = listing(facts.storage_text(at(claim, "spec")) for claim in claims)
        yield "storage", wanted, item.line_of("spec", "volumeClaimTemplates"), False
    account = text_of(at(pod.spec, "serviceAccountName"))
    yield "service_account", account or "default", pod.line_of("serviceAccountName"), False
    yield "token", _token(text_of(at(pod.spec, "automountServiceAccountToken"))), pod.line_of("automountServiceAccountToken"), False
    host = [key for key in ("hostNetwork", "hostPID", "hostIPC") if text_of(at(pod.spec, key)) == "true"]
    if host:
        yield "host", listing(host), pod.line_of(host[0]), False
    several = len(pod.containers) > 1
    for container in pod.containers:
        for question, value, line, blocking in _of_container(pod, container):
            yield f"{container.name}.{question}" if several else question, value, line, blocking


def _of_container(pod: Pod, container: Container) -> Iterator[Row]:
    image = reference(container.image)
    yield "image", image.text, container.line_of("image"), False
    yield "image_name", image.name, container.line_of("image"), True
    if not container.init:
        numbers = sorted({port.number for port in container.ports})
        yield "port", ", ".join(map(str, numbers)), container.line_of("ports"), True
        for key, question in (("readinessProbe", "readiness"), ("livenessProbe", "liveness"), ("startupProbe", "startup")):
            yield question, facts.probe_text(container, container.probes.get(key)), container.line_of(key), False
    words = (*container.command, *container.args)
    if words:
        yield "command", " ".join(words), container.line_of("command" if container.command else "args"), False
    yield "user", facts.user_text(pod, container), container.line_of("securityContext"), False
    for part in ("requests", "limits"):
        yield part, facts.resources_text(container, part), container.line_of("resources"), False
    yield "environment", listing({variable.name for variable in container.env}), container.line_of("env"), False
    sources = {f"{source.source} {source.reference}" for source in container.env_from}
    if sources:
        yield "environment_from", listing(sources), container.line_of("envFrom"), False
    yield "volumes", facts.volumes_text(pod, container), container.line_of("volumeMounts"), False
    for key, question, unset in (
        ("readOnlyRootFilesystem", "read_only", "no"),
        ("allowPrivilegeEscalation", "privilege_escalation", "allowed"),
        ("privileged", "privileged", "no"),
    ):
        given = text_of(at(container.node, "securityContext", key))
        words_of = {"true": "allowed" if unset == "allowed" else "yes", "false": "forbidden" if unset == "allowed" else "no"}
        yield question, words_of.get(given, unset), container.line_of("securityContext"), False
    yield "capabilities", facts.capabilities(pod, container), container.line_of("securityContext"), False
    yield "seccomp", text_of(at(pod.secure(container, "seccompProfile"), "type")), container.line_of("securityContext"), False


def _of_service(item: KubeObject, manifest: Manifest) -> Iterator[Row]:
    headless = " headless" if item.text("spec", "clusterIP") == "None" else ""
    yield "type", (item.text("spec", "type") or "ClusterIP") + headless, item.line_of("spec", "type"), False
    selector = texts_of(item.at("spec", "selector"))
    selected = [pod for pod in manifest.pods if selector and all(pod.labels.get(name) == value for name, value in selector.items())]
    ports = list(facts.service_ports(item))
    yield "ports", listing(port for port, _, _ in ports), item.line_of("spec", "ports"), False
    targets = {str(_number(target, selected) or target) for _, target, _ in ports}
    yield "target_port", listing(targets), item.line_of("spec", "ports"), True
    where = listing({pod.owner.kind for pod in selected}) if selected else facts.labels_text(selector)
    yield "selector", f"the pods of {where}" if selected else where, item.line_of("spec", "selector"), True


def _number(target: str, pods: list[Pod]) -> int | None:
    return next((number for pod in pods for container in pod.running if (number := container.port_number(target)) is not None), None)


def _metrics(item: KubeObject) -> Iterator[str]:
    for metric in item.items("spec", "metrics"):
        kind = text_of(at(metric, "type"))
        body = at(metric, kind[:1].lower() + kind[1:]) if kind else None
        name = text_of(at(body, "name")) or text_of(at(body, "metric", "name"))
        target = at(body, "target")
        value = text_of(at(target, "averageUtilization"))
        yield f"{name} {value}%" if value else f"{name} {text_of(at(target, 'averageValue')) or text_of(at(target, 'value'))}".strip()
    older = item.text("spec", "targetCPUUtilizationPercentage")
    if older:
        yield f"cpu {older}%"


def _reference(item: KubeObject, *steps: str) -> str:
    return f"{item.text(*steps, 'kind')} {item.text(*steps, 'name')}".strip()


def _of_policy(item: KubeObject) -> Iterator[Row]:
    types = [text_of(node) for node in item.items("spec", "policyTypes")] or ["Ingress"]
    yield "restricts", listing(types), item.line_of("spec", "policyTypes"), False
    selector = item.value("spec", "podSelector")
    yield "selects", _short(selector) if selector else "all pods", item.line_of("spec", "podSelector"), False
    for key, side in (("ingress", "from"), ("egress", "to")):
        if key.title() in types:
            allowed = [_short(rule.plain()) if rule.kind == "map" and rule.pairs else "everything" for rule in item.items("spec", key)]
            yield f"allows_{side}", listing(allowed), item.line_of("spec", key), False


def _short(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)[:500]


def _token(given: str) -> str:
    return {"true": "mounted", "false": "not mounted"}.get(given, "not set")


def _of_kustomization(kustomization: Kustomization) -> Iterator[tuple[str, str, int | None]]:
    node = kustomization.node

    def line(key: str) -> int:
        found = node.key(key)
        return found.line if found is not None else kustomization.line

    yield "resources", listing(name for name, _ in kustomization.resources), line("resources")
    yield "namespace", kustomization.namespace, line("namespace")
    yield "images", listing(_image_change(change) for change in kustomization.images), line("images")
    others = [name for name, _, _ in node.entries() if name not in ("apiVersion", "kind", "metadata", "resources", "namespace", "images")]
    yield "changes", listing(others), kustomization.line


def _image_change(change: ImageChange) -> str:
    return f"{change.name} as {change.new_name or change.name}:{change.new_tag or change.digest or 'unchanged'}"
