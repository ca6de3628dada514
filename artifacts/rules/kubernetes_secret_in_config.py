"""A ConfigMap holds a secret."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.model import text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.secrets import secret_variable


def check(context: Context) -> Iterator[Remark]:
    """Keys that are files are looked at by their names alone."""
    for item in context.manifest.of("ConfigMap"):
        data = item.at("data")
        for name, key, value in data.entries() if data is not None and data.kind == "map" else ():
            if "\n" not in text_of(value) and secret_variable(name, text_of(value)):
                yield Remark(key.line, f"{item.title}: {name[:60]} looks like a secret")


RULE = Rule(
    id="kubernetes_secret_in_config",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A secret in a ConfigMap",
    why="ConfigMaps are shown to everyone, logged and never encrypted. A password or key belongs into a Secret.",
    good="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {MODE: fast}\n",
    bad="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {DB_PASSWORD: hunter2}\n",
    check=check,
)
