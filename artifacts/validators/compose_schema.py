"""The Compose specification's JSON schema, as check-jsonschema ships it."""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from importlib import resources
from typing import Any

from artifacts.errors import UnreadableArtifact
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.validator import NotChecked
from artifacts.yamltree import Node, read_yaml

_LINK = "https://docs.docker.com/reference/compose-file/"
_MOST = 50


class ComposeSchema:
    """Validates the file's structure: known keys, allowed types and values."""

    id = "compose_schema"
    label = "Compose schema"
    kinds = frozenset({Kind.COMPOSE})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return what the schema refuses, each with its line."""
        return await asyncio.to_thread(self._check, artifact)

    def _check(self, artifact: Artifact) -> tuple[Finding, ...]:
        try:
            root = read_yaml(artifact.content)
        except UnreadableArtifact:
            raise NotChecked("the file does not parse") from None
        found: dict[tuple[int, str], Finding] = {}
        for number, error in enumerate(_schema().iter_errors(_without_tags(root))):
            if number >= _MOST:
                break
            line = _line(root, list(error.instance_path))
            message = _message(error)
            found.setdefault((line, message), Finding("compose_schema", Severity.ERROR, message, artifact.path, line, _LINK, self.id))
        return tuple(found.values())


@lru_cache(maxsize=1)
def _schema() -> Any:
    """Load the schema once; it refers to nothing outside itself, and nothing is ever fetched."""
    import jsonschema_rs

    try:
        path = resources.files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (ModuleNotFoundError, FileNotFoundError, ValueError):
        raise NotChecked("the Compose schema is not installed; `pip install check-jsonschema` brings it") from None
    return jsonschema_rs.validator_for(schema, retriever=_refuse)


def _refuse(uri: str) -> Any:
    raise ValueError(f"no schema is fetched: {uri[:100]}")


def _without_tags(node: Node) -> Any:
    """Return the plain value; what Compose's own tags `!reset` and `!override` mark is left out or kept as it is."""
    if node.kind == "map":
        return {str(name.value): _without_tags(value) for name, value in node.pairs if value.tag != "!reset"}
    if node.kind == "list":
        # Compose merges equal entries before it looks for duplicates
        return (
            list(dict.fromkeys(item.value for item in node.items)) if _all_scalars(node) else [_without_tags(item) for item in node.items]
        )
    return node.value


def _all_scalars(node: Node) -> bool:
    return all(item.kind == "scalar" and isinstance(item.value, str) for item in node.items)


def _line(root: Node, path: list[Any]) -> int:
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


def _message(error: Any) -> str:
    where = ".".join(str(part) for part in error.instance_path) or "the file"
    text = str(error.message)
    if "is not valid under any of" in text:
        text = "has a form that Compose does not know"
    elif "Additional properties are not allowed" in text:
        text = (
            text.replace("Additional properties are not allowed", "has unknown keys")
            .replace(" were unexpected", "")
            .replace(" was unexpected", "")
        )
    return f"{where}: {text}"[:400]
