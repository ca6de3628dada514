"""A secret stands in a container's environment in clear."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.secrets import secret_variable


def check(context: Context) -> Iterator[Remark]:
    """References such as $(DB_PASSWORD), which the cluster fills in, do not count."""
    for pod in context.manifest.pods:
        for container in pod.containers:
            for variable in container.env:
                value = variable.value
                if value and "$(" not in value and "{{" not in value and secret_variable(variable.name, value):
                    message = f"{pod.owner.title}: {variable.name[:60]} holds a value that looks like a secret"
                    yield Remark(variable.line, message)


RULE = Rule(
    id="kubernetes_secret_in_env",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A secret in clear",
    why=("A manifest is committed, and everyone who may read Deployments reads it. Take the value from a Secret by secretKeyRef."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          env:\n"
        "            - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          env:\n            - {name: DB_PASSWORD, value: hunter2}\n"
    ),
    check=check,
)
