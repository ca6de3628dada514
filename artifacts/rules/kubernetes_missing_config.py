"""A pod needs a ConfigMap that is not here."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import at, items_of, text_of
from artifacts.kubernetes.pods import Pod
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged where the answer has other ConfigMaps; Secrets are made elsewhere for good reason."""
    cluster = context.cluster
    generated = cluster.generated("ConfigMap")
    if cluster.renamed or cluster.open_ended or not (generated or list(cluster.of("ConfigMap"))):
        return
    for pod in context.manifest.pods:
        for name, line in _named(pod):
            if name and "$" not in name and name not in generated and cluster.find("ConfigMap", name, pod.owner) is None:
                yield Remark(line, f"{pod.owner.title} needs the ConfigMap {name}, which is not here")


def _named(pod: Pod) -> Iterator[tuple[str, int]]:
    seen: set[str] = {"kube-root-ca.crt"}
    for container in pod.containers:
        for source in container.env_from:
            if source.source == "config" and not source.optional and source.reference not in seen:
                seen.add(source.reference)
                yield source.reference, source.line
        for variable in container.env:
            if variable.source == "config" and not variable.optional and variable.reference not in seen:
                seen.add(variable.reference)
                yield variable.reference, variable.line
    for volume in items_of(at(pod.spec, "volumes")):
        name = text_of(at(volume, "configMap", "name"))
        if name and name not in seen and text_of(at(volume, "configMap", "optional")) != "true":
            seen.add(name)
            yield name, volume.line


RULE = Rule(
    id="kubernetes_missing_config",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A ConfigMap that is not here",
    why=(
        "A pod does not start before every ConfigMap it names exists. One that is made elsewhere should be marked optional or be told of."
    ),
    good=(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {MODE: fast}\n---\napiVersion: apps/v1\n"
        "kind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n"
        "    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n          image: web:1.0\n"
        "          envFrom: [{configMapRef: {name: settings}}]\n"
    ),
    bad=(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {MODE: fast}\n---\napiVersion: apps/v1\n"
        "kind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n"
        "    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n          image: web:1.0\n"
        "          envFrom: [{configMapRef: {name: setting}}]\n"
    ),
    check=check,
)
