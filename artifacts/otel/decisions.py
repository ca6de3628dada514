"""The decisions of a collector's configuration: what comes in where, what becomes of it, and where it goes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from artifacts.otel.model import FLOWING, Collector, Part
from artifacts.rows import Row, Slot
from artifacts.yamlmap import mapping

NONE = "none"
_PLACES = frozenset({"endpoint", "endpoints", "brokers", "url", "hosts"})


def collector_rows(file: Collector) -> tuple[Row, ...]:
    """Return every decision with the places that make it."""
    if file.root is None or file.root.kind != "map":
        return ()
    return tuple((*_parts(file), *_pipelines(file)))


def _parts(file: Collector) -> Iterator[Row]:
    for section in ("receivers", "exporters", "connectors", "extensions"):
        names = sorted(part.id for part in file.section(section))
        if names or section in ("receivers", "exporters"):
            yield Row(section, ", ".join(names) or NONE, file.line_of(section), section in ("receivers", "exporters"))
        for part in file.section(section):
            yield from _places(part)
    for part in file.section("processors"):
        plain = part.node.plain()
        shown = json.dumps(plain, sort_keys=True, default=str) if plain else "as it is"
        yield Row(f"{part.id}", shown, part.line, slots=(Slot(part.path, plain),))


def _places(part: Part) -> Iterator[Row]:
    """Yield where a part listens or sends, each by the keys that lead there."""
    found: dict[str, list[tuple[str, int]]] = {}
    for keys, text, line in part.scalars():
        if keys and keys[-1] in _PLACES:
            found.setdefault(".".join(keys), []).append((text, line))
    for name in sorted(found):
        keys = tuple(name.split("."))
        node = part.node
        for key in keys:
            following = mapping(node).get(key)
            if following is None:
                break
            node = following
        else:
            slot = (Slot((*part.path, *keys), node.plain()),)
            yield Row(f"{part.id}.{name}", ", ".join(text for text, _ in sorted(found[name])), found[name][0][1], True, slot)


def _pipelines(file: Collector) -> Iterator[Row]:
    yield Row("pipelines", ", ".join(sorted(pipeline.id for pipeline in file.pipelines)) or NONE, file.line_of("service"), True)
    for pipeline in file.pipelines:
        for section in FLOWING:
            names = [name for name, _ in pipeline.of(section)]
            if not names and section == "processors":
                continue
            # processors work in their order; sources and goals have none
            shown = ", ".join(names if section == "processors" else sorted(names)) or NONE
            slots = (Slot((*pipeline.path, section), names),) if names else ()
            yield Row(f"{pipeline.id}.{section}", shown, pipeline.line, section != "processors", slots)


def canonical_collector(file: Collector) -> str:
    """Return the file as JSON in which the order of parts, sources and goals does not show."""
    if file.root is None:
        return ""
    plain = {key: value.plain() for key, _, value in file.root.entries()} if file.root.kind == "map" else {}
    plain.pop("service", None)
    plain["pipelines"] = {
        pipeline.id: {
            section: [name for name, _ in pipeline.of(section)]
            if section == "processors"
            else sorted(name for name, _ in pipeline.of(section))
            for section in FLOWING
        }
        for pipeline in file.pipelines
    }
    service = mapping(file.root.get("service")) if file.root.kind == "map" else {}
    plain["service"] = {key: value.plain() for key, value in service.items() if key not in ("pipelines", "extensions")}
    plain["enabled"] = sorted(name for name, _ in file.enabled)
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)
