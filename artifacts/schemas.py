"""JSON schemas over YAML trees: loaded once from installed packages, never fetched, errors with their lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

from artifacts.errors import UnreadableArtifact
from artifacts.validator import NotChecked
from artifacts.yamltree import Node

MOST = 50


@lru_cache(maxsize=8)
def vendored(name: str, label: str) -> Any:
    """Return the compiled schema `name` that check-jsonschema ships. Raises NotChecked when it is not installed."""
    try:
        path = resources.files("check_jsonschema").joinpath(f"builtin_schemas/vendor/{name}.json")
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (ModuleNotFoundError, FileNotFoundError, ValueError):
        raise NotChecked(f"the {label} schema is not installed; `pip install check-jsonschema` brings it") from None
    return compiled(schema)


def compiled(schema: Any) -> Any:
    """Return a compiled schema that refers to nothing outside itself."""
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema, retriever=_refuse)


def refusals(
    validator: Any, root: Node, plain: Callable[[Node], Any] | None = None, *, what: str = "the format"
) -> Iterator[tuple[int, str]]:
    """Yield line and sentence of what a schema refuses, each once. Raises NotChecked when a value has no place in JSON."""
    seen: set[tuple[int, str]] = set()
    try:
        value = plain(root) if plain else root.plain()
        for number, error in enumerate(validator.iter_errors(value)):
            if number >= MOST:
                return
            path = list(error.instance_path)
            found = line_of(root, path), _message(error, path, what)
            if found not in seen:
                seen.add(found)
                yield found
    except (UnreadableArtifact, ValueError) as error:
        raise NotChecked(f"a value cannot be checked ({str(error)[:80]})") from None


def line_of(root: Node, path: list[Any]) -> int:
    """Return the line of the deepest key or item on this path."""
    node, line = root, root.line
    for part in path:
        following: Node | None = None
        if node.kind == "map":
            following = node.get(str(part))
            key = node.key(str(part))
            line = key.line if key is not None else line
        elif node.kind == "list" and isinstance(part, int) and part < len(node.items):
            following = node.items[part]
            line = following.line
        if following is None:
            break
        node = following
    return line


def _message(error: Any, path: list[Any], what: str) -> str:
    where = ".".join(str(part) for part in path) or "the file"
    text = str(error.message)
    if "is not valid under" in text or "is valid under more than" in text or "under any of the schemas" in text:
        text = f"has a form that {what} does not know"
    elif "Additional properties are not allowed" in text or "Unevaluated properties" in text:
        text = (
            text.replace("Additional properties are not allowed", "has unknown keys")
            .replace(" were unexpected", "")
            .replace(" was unexpected", "")
        )
    elif len(text) > 300:
        text = f"{text[:120]} … {text[-120:]}"
    return f"{where}: {text}"[:400]


def _refuse(uri: str) -> Any:
    raise ValueError(f"no schema is fetched: {uri[:100]}")
