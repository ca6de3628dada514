"""Text of a Prometheus file to the typed structure; what is not of the expected shape is left to the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from artifacts.dockerfile.model import Fault
from artifacts.errors import UnreadableArtifact
from artifacts.keeping import keep, text_length
from artifacts.prometheus.model import Group, Job, PrometheusFile, Rule
from artifacts.yamlmap import items_of, mapping, text_of, texts_of
from artifacts.yamltree import Node, read_yaml

MAX_RULES = 2000


@keep(text_length)
def read_prometheus(text: str) -> PrometheusFile:
    """Read a file; never raises, an unreadable text gives a fault."""
    try:
        root = read_yaml(text)
    except UnreadableArtifact as error:
        return PrometheusFile(faults=(Fault(error.line or 1, error.message),))
    if root.kind != "map":
        return PrometheusFile(root, faults=(Fault(root.line, "a map with `groups` or `scrape_configs` is expected"),))
    top = mapping(root.get("global"))
    return PrometheusFile(
        root=root,
        interval=text_of(top.get("scrape_interval")),
        timeout=text_of(top.get("scrape_timeout")),
        rule_files=tuple(name for name, _ in texts_of(root.get("rule_files"))),
        jobs=tuple(_jobs(root)),
        groups=tuple(_groups(root)),
    )


def _jobs(root: Node) -> Iterator[Job]:
    for number, node in enumerate(items_of(root.get("scrape_configs"))):
        keys = mapping(node)
        if node.kind != "map":
            continue
        targets = [name for entry in items_of(keys.get("static_configs")) for name, _ in texts_of(mapping(entry).get("targets"))]
        yield Job(
            name=text_of(keys.get("job_name")),
            node=node,
            line=node.line,
            path=("scrape_configs", number),
            metrics_path=text_of(keys.get("metrics_path")) or "/metrics",
            targets=tuple(targets),
            discovery=tuple(key for key in keys if key.endswith("_sd_configs")),
            interval=text_of(keys.get("scrape_interval")),
            timeout=text_of(keys.get("scrape_timeout")),
        )


def _groups(root: Node) -> Iterator[Group]:
    left = MAX_RULES
    for number, node in enumerate(items_of(root.get("groups"))):
        keys = mapping(node)
        rules = tuple(_rules(keys.get("rules"), ("groups", number, "rules")))[:left]
        left -= len(rules)
        yield Group(text_of(keys.get("name")), node.line, text_of(keys.get("interval")), rules)


def _rules(node: Node | None, path: tuple[str | int, ...]) -> Iterator[Rule]:
    for number, item in enumerate(items_of(node)):
        keys = mapping(item)
        if item.kind != "map":
            continue
        expr = keys.get("expr")
        yield Rule(
            node=item,
            line=item.line,
            path=(*path, number),
            alert=text_of(keys.get("alert")),
            record=text_of(keys.get("record")),
            expr=text_of(expr),
            expr_line=expr.line if expr is not None else item.line,
            lasts=text_of(keys.get("for")),
            labels=_texts(keys.get("labels")),
            annotations=_texts(keys.get("annotations")),
        )


def _texts(node: Node | None) -> Mapping[str, str]:
    return {name: text_of(value) for name, value in mapping(node).items()}
