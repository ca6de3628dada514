"""A database keeps its data in the pod."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import DATABASES
from artifacts.kubernetes.facts import backing_of, volume_kind
from artifacts.kubernetes.model import at, items_of
from artifacts.kubernetes.pods import SERVING
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Caches and queues that may forget are left alone."""
    for pod in context.manifest.pods:
        if pod.owner.kind not in SERVING or pod.owner.items("spec", "volumeClaimTemplates"):
            continue
        kinds = [kind for container in pod.running if (kind := backing_of(container.image)) in _KEEP]
        lasting = any(
            volume_kind(node) not in ("emptyDir", "configMap", "secret", "projected", "downwardAPI")
            for node in items_of(at(pod.spec, "volumes"))
        )
        if kinds and not lasting:
            yield Remark(pod.owner.line, f"{pod.owner.title} runs {kinds[0]} without a volume that outlives the pod")


_KEEP = DATABASES - {"redis", "elasticsearch", "kafka"}
_PASSING = frozenset({"emptyDir", "configMap", "secret", "projected", "downwardAPI"})


RULE = Rule(
    id="kubernetes_database_without_volume",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A database without a volume",
    why="A pod's own file system goes with the pod: a restart on another node, and the data is gone.",
    good=(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: db\n"
        "          image: postgres:17\n  volumeClaimTemplates:\n    - metadata: {name: data}\n"
        "      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: db\n"
        "          image: postgres:17\n"
    ),
    check=check,
)
