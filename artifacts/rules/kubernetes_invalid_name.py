"""A name that Kubernetes does not take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_DNS = re.compile(r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")
_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
_FREE = ("rbac.authorization.k8s.io", "apiregistration.k8s.io")

_ITS_OWN = (".k8s.io", ".x-k8s.io", ".kubernetes.io")
"""How its own groups end; other platforms write files of the same form for themselves, with names of their own."""


def check(context: Context) -> Iterator[Remark]:
    """Roles may have any name; placeholders of templates are left alone, and so is what has a kind that Kubernetes does not know."""
    for item in context.manifest.objects:
        if "." in item.group and not item.group.endswith(_ITS_OWN):
            continue
        given = item.at("metadata", "name") or item.at("metadata", "generateName")
        name = item.name.rstrip("-") if item.at("metadata", "name") is None else item.name
        if given is None:
            yield Remark(item.line, f"this {item.kind} has no metadata.name")
        elif "$" not in name and "{" not in name and item.group not in _FREE and not _DNS.match(name):
            yield Remark(given.line, f"{item.kind}: the name {name[:60]!r} is not allowed; lower-case letters, digits and dashes are")
        elif item.kind == "Service" and name[:1].isdigit():
            yield Remark(given.line, f"the name {name[:60]!r} of a Service begins with a digit; a letter is expected")
    for pod in context.manifest.pods:
        names = [container.name for container in pod.containers]
        for container in pod.containers:
            if container.name and "$" not in container.name and "{" not in container.name and not _LABEL.match(container.name):
                yield Remark(container.line, f"{pod.owner.title}: the container name {container.name[:60]!r} is not allowed")
            elif names.count(container.name) > 1 and names.index(container.name) == pod.containers.index(container):
                yield Remark(container.line, f"{pod.owner.title}: two containers are called {container.name}")


RULE = Rule(
    id="kubernetes_invalid_name",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A name that is not allowed",
    why=(
        "Names become part of DNS: lower-case letters, digits and dashes, at most 253 characters, no underscores. The API refuses others."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-app}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web-app\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n"
    ),
    bad="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web_settings}\ndata: {A: b}\n",
    check=check,
)
