"""A resource amount that Kubernetes cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.kubernetes.model import at, texts_of
from artifacts.kubernetes.quantities import quantity
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_THOUSANDTHS = re.compile(r"^\d+m$")


def check(context: Context) -> Iterator[Remark]:
    """Placeholders of templates are left alone; memory in thousandths of a byte is always a mistake."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            for part in ("requests", "limits"):
                for name, value in texts_of(at(container.node, "resources", part)).items():
                    if "$" in value or "{" in value:
                        continue
                    where = f"{pod.owner.title}: {container.name} {part} {name}"
                    if quantity(value) is None:
                        yield Remark(
                            container.line_of("resources"), f"{where} is {value[:40]!r}; an amount such as 250m or 512Mi is expected"
                        )
                    elif name == "memory" and _THOUSANDTHS.match(value):
                        yield Remark(container.line_of("resources"), f"{where} is {value!r}, less than a byte; {value[:-1]}Mi is meant")


RULE = Rule(
    id="kubernetes_invalid_quantity",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="An amount that is not one",
    why=(
        "CPU and memory take a number with a known suffix: 250m, 512Mi, 1Gi. Anything else is refused, and 512m of memory is half a byte."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          resources: {requests: {cpu: 250m, memory: 512Mi}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          resources: {requests: {cpu: 250m, memory: 512MB}}\n"
    ),
    check=check,
)
