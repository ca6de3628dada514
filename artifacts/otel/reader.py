"""Text of a collector's configuration to the typed structure; what is not of the expected shape is left to the schema."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.dockerfile.model import Fault
from artifacts.errors import UnreadableArtifact
from artifacts.keeping import keep, text_length
from artifacts.otel.model import SECTIONS, Collector, Part, Pipeline
from artifacts.yamlmap import mapping, texts_of
from artifacts.yamltree import Node, read_yaml

MAX_PARTS = 1000


@keep(text_length)
def read_collector(text: str) -> Collector:
    """Read a file; never raises, an unreadable text gives a fault."""
    try:
        root = read_yaml(text)
    except UnreadableArtifact as error:
        return Collector(faults=(Fault(error.line or 1, error.message),))
    if root.kind != "map":
        return Collector(root, faults=(Fault(root.line, "a map with `receivers`, `exporters` and `service` is expected"),))
    service = mapping(root.get("service"))
    return Collector(
        root=root,
        parts=tuple(_parts(root))[:MAX_PARTS],
        pipelines=tuple(_pipelines(service.get("pipelines")))[:MAX_PARTS],
        enabled=tuple(texts_of(service.get("extensions"))),
    )


def _parts(root: Node) -> Iterator[Part]:
    for section in SECTIONS:
        node = root.get(section)
        if node is None or node.kind != "map":
            continue
        for key, name, value in node.entries():
            yield Part(section, str(key), value, name.line, (section, str(key)))


def _pipelines(node: Node | None) -> Iterator[Pipeline]:
    if node is None or node.kind != "map":
        return
    for key, name, value in node.entries():
        keys = mapping(value)
        yield Pipeline(
            id=str(key),
            line=name.line,
            path=("service", "pipelines", str(key)),
            receivers=tuple(texts_of(keys.get("receivers"))),
            processors=tuple(texts_of(keys.get("processors"))),
            exporters=tuple(texts_of(keys.get("exporters"))),
        )
