"""A selector holds a label that changes with every release."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import texts_of
from artifacts.kubernetes.pods import SERVING
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_CHANGING = frozenset({"version", "app.kubernetes.io/version", "helm.sh/chart", "chart", "release-date", "commit", "revision", "build"})


def check(context: Context) -> Iterator[Remark]:
    """A variant such as `version: v1` of a mesh, which stays for the life of its workload, is told by the workload's own name."""
    for item in context.manifest.of(*SERVING):
        for name, value in texts_of(item.at("spec", "selector", "matchLabels")).items():
            if name in _CHANGING and not (value and item.name.endswith(value)):
                line = item.line_of("spec", "selector", "matchLabels", name)
                yield Remark(line, f"{item.title} selects by {name}, which changes with the next release")


RULE = Rule(
    id="kubernetes_immutable_selector",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A version among the selectors",
    why=(
        "A workload's selector can never be changed. With a version in it the next release cannot be applied without deleting the old one."
    ),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n"
        "  selector: {matchLabels: {app: web, version: 1.4.2}}\n  template:\n"
        "    metadata: {labels: {app: web, version: 1.4.2}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n"
    ),
    check=check,
)
