"""One decision carried from one manifest to another, the rest of the text left as it was."""

from __future__ import annotations

from artifacts.errors import DecisionNotTakeable
from artifacts.kubernetes.decisions import subject
from artifacts.kubernetes.model import KubeObject, Manifest, Step, at
from artifacts.kubernetes.pods import Container, Pod
from artifacts.kubernetes.reader import read_manifest
from artifacts.records import Artifact, Decision
from artifacts.yamledit import MISSING, document_text, set_value, without_document

_CONTAINER: dict[str, tuple[tuple[str, ...], ...]] = {
    "image": (("image",),),
    "image_name": (("image",),),
    "port": (("ports",),),
    "readiness": (("readinessProbe",),),
    "liveness": (("livenessProbe",),),
    "startup": (("startupProbe",),),
    "command": (("command",), ("args",)),
    "requests": (("resources", "requests"),),
    "limits": (("resources", "limits"),),
    "environment": (("env",),),
    "environment_from": (("envFrom",),),
    "volumes": (("volumeMounts",),),
    "user": (("securityContext", "runAsUser"), ("securityContext", "runAsNonRoot")),
    "read_only": (("securityContext", "readOnlyRootFilesystem"),),
    "privilege_escalation": (("securityContext", "allowPrivilegeEscalation"),),
    "privileged": (("securityContext", "privileged"),),
    "capabilities": (("securityContext", "capabilities"),),
    "seccomp": (("securityContext", "seccompProfile"),),
}
_POD: dict[str, tuple[tuple[str, ...], ...]] = {
    "user": (("securityContext", "runAsUser"), ("securityContext", "runAsNonRoot")),
    "seccomp": (("securityContext", "seccompProfile"),),
    "volumes": (("volumes",),),
    "service_account": (("serviceAccountName",),),
    "token": (("automountServiceAccountToken",),),
    "host": (("hostNetwork",), ("hostPID",), ("hostIPC",)),
}
_OBJECT: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("", "name"): (("metadata", "name"),),
    ("", "replicas"): (("spec", "replicas"),),
    ("", "strategy"): (("spec", "strategy"),),
    ("", "schedule"): (("spec", "schedule"),),
    ("", "storage"): (("spec", "volumeClaimTemplates"),),
    ("Deployment", "selector"): (("spec", "selector"), ("spec", "template", "metadata", "labels")),
    ("StatefulSet", "selector"): (("spec", "selector"), ("spec", "template", "metadata", "labels")),
    ("Service", "type"): (("spec", "type"), ("spec", "clusterIP")),
    ("Service", "ports"): (("spec", "ports"),),
    ("Service", "target_port"): (("spec", "ports"),),
    ("Service", "selector"): (("spec", "selector"),),
    ("Ingress", "class"): (("spec", "ingressClassName"), ("metadata", "annotations")),
    ("Ingress", "hosts"): (("spec", "rules"),),
    ("Ingress", "backends"): (("spec", "rules"), ("spec", "defaultBackend")),
    ("Ingress", "tls"): (("spec", "tls"),),
    ("HorizontalPodAutoscaler", "replicas"): (("spec", "minReplicas"), ("spec", "maxReplicas")),
    ("HorizontalPodAutoscaler", "metrics"): (("spec", "metrics"),),
    ("HorizontalPodAutoscaler", "target"): (("spec", "scaleTargetRef"),),
    ("PodDisruptionBudget", "allows"): (("spec", "minAvailable"), ("spec", "maxUnavailable")),
    ("NetworkPolicy", "restricts"): (("spec", "policyTypes"),),
    ("NetworkPolicy", "selects"): (("spec", "podSelector"),),
    ("NetworkPolicy", "allows_from"): (("spec", "ingress"),),
    ("NetworkPolicy", "allows_to"): (("spec", "egress"),),
    ("PersistentVolumeClaim", "storage"): (("spec",),),
    ("ConfigMap", "keys"): (("data",), ("binaryData",)),
    ("Secret", "keys"): (("data",), ("stringData",)),
    ("ServiceAccount", "token"): (("automountServiceAccountToken",),),
    ("ServiceAccount", "annotations"): (("metadata", "annotations"),),
    ("Namespace", "pod_security"): (("metadata", "labels"),),
    ("StorageClass", "provisioner"): (("provisioner",),),
}
_KUSTOMIZATION = frozenset({"resources", "namespace", "images"})


def take_from_manifest(artifact: Artifact, decision: Decision, donor: Artifact) -> str:
    """Return the artifact's text with the donor's value of this decision. Raises DecisionNotTakeable."""
    text = artifact.content.replace("\r\n", "\n")
    theirs = read_manifest(donor.content.replace("\r\n", "\n"))
    if decision.name == "objects":
        return _take_objects(text, artifact.path, theirs, donor)
    head, _, rest = decision.name.partition(".")
    if head == "Kustomization":
        return _take_kustomization(text, rest, theirs, artifact, donor)
    ours = read_manifest(text)
    mine, other = _object(ours, decision.name, artifact.path), _object(theirs, decision.name, donor.path)
    if mine.listed or other.listed:
        raise DecisionNotTakeable(f"{mine.title} stands in a List; take the whole file instead.")
    question = decision.name.removeprefix(_head(mine, ours)).removeprefix(".")
    for steps, value in _values(question, mine, other, ours, theirs):
        text = set_value(text, mine.document, steps, value)
    return text


def _values(question: str, mine: KubeObject, other: KubeObject, ours: Manifest, theirs: Manifest) -> list[tuple[tuple[Step, ...], object]]:
    """Return where in our object which plain value of the donor's belongs."""
    paths = _OBJECT.get((mine.kind, question)) or _OBJECT.get(("", question))
    pod, donor = _pod(ours, mine), _pod(theirs, other)
    if pod is not None and donor is not None and not (question == "storage" or (paths and question in ("name", "replicas", "selector"))):
        container, _, last = question.rpartition(".")
        found = _of_pods(last, container, pod, donor)
        if found:
            return found
    if not paths:
        raise DecisionNotTakeable(f"{question} of {mine.title} cannot be carried over alone; take the whole file instead.")
    return [(path, _plain(other, path)) for path in paths]


def _of_pods(question: str, container: str, pod: Pod, donor: Pod) -> list[tuple[tuple[Step, ...], object]]:
    spec: tuple[Step, ...] = (*pod.steps, "spec")
    theirs: tuple[Step, ...] = (*donor.steps, "spec")
    found = [((*spec, *path), _plain(donor.owner, (*theirs, *path))) for path in _POD.get(question, ())]
    if question in _CONTAINER:
        mine, other = _container(pod, container), _container(donor, container)
        found += [((*mine.steps, *path), _plain(donor.owner, (*other.steps, *path))) for path in _CONTAINER[question]]
    return found


def _plain(item: KubeObject, path: tuple[Step, ...]) -> object:
    found = at(item.node, *path)
    return found.plain() if found is not None else MISSING


def _container(pod: Pod, name: str) -> Container:
    found = [container for container in pod.containers if not name or container.name == name]
    if len(found) != 1:
        raise DecisionNotTakeable(f"{pod.owner.title} has no single container {name or 'of that name'}; take the whole file instead.")
    return found[0]


def _pod(manifest: Manifest, item: KubeObject) -> Pod | None:
    return next((pod for pod in manifest.pods if pod.owner is item), None)


def _head(item: KubeObject, manifest: Manifest) -> str:
    return subject(item, sum(other.kind == item.kind for other in manifest.objects))


def _object(manifest: Manifest, name: str, path: str) -> KubeObject:
    found = [item for item in manifest.objects if name.startswith(f"{_head(item, manifest)}.")]
    if not found:
        raise DecisionNotTakeable(f"{path} has no {name.partition('.')[0]} of that name; take the decision `objects` first.")
    return max(found, key=lambda item: len(item.name))


def _take_objects(text: str, path: str, theirs: Manifest, donor: Artifact) -> str:
    """Add the donor's further objects and remove those it does not have."""
    for item in read_manifest(text).objects:
        if item.listed:
            raise DecisionNotTakeable(f"{path} keeps its objects in a List; take the whole file instead.")
    wanted = [(item.kind, item.name) for item in theirs.objects]
    kinds = {kind for kind, _ in wanted}
    while (extra := _extra(read_manifest(text), wanted, kinds)) is not None:
        text = without_document(text, extra.line)
    counts = _counts(read_manifest(text))
    for item in theirs.objects:
        if item.listed:
            raise DecisionNotTakeable(f"{donor.path} keeps its objects in a List; take the whole file instead.")
        if counts.get(item.kind, 0) < sum(kind == item.kind for kind, _ in wanted):
            if any((other.kind, other.name) == (item.kind, item.name) for other in read_manifest(text).objects):
                continue
            text = text.rstrip("\n") + "\n---\n" + document_text(donor.content.replace("\r\n", "\n"), item.line)
            counts[item.kind] = counts.get(item.kind, 0) + 1
    return text


def _extra(manifest: Manifest, wanted: list[tuple[str, str]], kinds: set[str]) -> KubeObject | None:
    """Return an object the donor has none of, or one too many of a kind."""
    counts = _counts(manifest)
    for item in manifest.objects:
        many = counts[item.kind] > sum(kind == item.kind for kind, _ in wanted)
        if item.kind not in kinds or (many and (item.kind, item.name) not in wanted):
            return item
    return None


def _counts(manifest: Manifest) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in manifest.objects:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    return counts


def _take_kustomization(text: str, question: str, theirs: Manifest, artifact: Artifact, donor: Artifact) -> str:
    ours = read_manifest(text)
    if question not in _KUSTOMIZATION or ours.kustomization is None or theirs.kustomization is None:
        raise DecisionNotTakeable(f"{question} of {artifact.path} cannot be taken alone from {donor.path}; take the whole file instead.")
    document = next(number for number, root in enumerate(ours.documents) if root is ours.kustomization.node)
    found = theirs.kustomization.node.get(question)
    return set_value(text, document, (question,), found.plain() if found is not None else MISSING)
