"""A kind that the API version it names does not have."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.versions import GONE, is_built_in, versions_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Custom resources, whose groups somebody else brings, are left alone; so are versions that once existed."""
    if not versions_of("Pod"):
        return
    for item in context.manifest.objects:
        if not item.kind or not is_built_in(item.group) or item.api_version in (*GONE, "builtin") or item.kind.endswith("List"):
            continue
        versions = versions_of(item.kind)
        if item.api_version not in versions:
            known = f"; it belongs to {' or '.join(versions)}" if versions else ""
            yield Remark(item.line_of("apiVersion"), f"{item.api_version} has no kind {item.kind}{known}")


RULE = Rule(
    id="kubernetes_unknown_api",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A kind under the wrong API version",
    why=("A cluster finds an object's type by apiVersion and kind together. Where the pair does not exist, nothing is applied."),
    good="apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: own}\nspec: {controller: example.com/own}\n",
    bad="apiVersion: v1\nkind: IngressClass\nmetadata: {name: own}\nspec: {controller: example.com/own}\n",
    check=check,
)
