"""Dropwizard's settings: the YAML file a server is started with, which the jar does not hold."""

from __future__ import annotations

import re
from collections.abc import Mapping

from architect.flat import Setting, flatten
from architect.profile import Evidence
from architect.reading import Folder

_PLACES = re.compile(r"(?:(?:config|conf|configuration|etc|src/main/resources)/)?[\w.-]+\.ya?ml")
_KEYS = ("server.", "logging.", "database.", "metrics.", "health.")
_ORDER = ("config", "configuration", "production", "prod", "server", "application", "app")


def settings(folder: Folder) -> tuple[str, Mapping[str, Setting], Evidence] | None:
    """Return the file's name, what it says, and the line that gives it away; the plainest name comes first."""
    found = []
    for name in (name for pattern in ("*.yml", "*.yaml") for name in folder.files(pattern, depth=4)):
        if not _PLACES.fullmatch(name) or re.search(r"(?i)compose|openapi|swagger|test|mkdocs|codecov|travis", name):
            continue
        layer = flatten(folder.path(name), folder.read(name) or "")
        hit = next((setting for key, setting in layer.items() if key.startswith(_KEYS)), None)
        if hit:
            stem = name.rpartition("/")[2].rpartition(".")[0]
            found.append((_ORDER.index(stem) if stem in _ORDER else len(_ORDER), name.count("/"), name, layer, hit.evidence))
    if not found:
        return None
    _, _, name, layer, line = min(found, key=lambda item: item[:3])
    return name, layer, line


def health(layer: Mapping[str, Setting]) -> tuple[str, Evidence] | None:
    """Return where the health checks answer on the application's own port: only the simple server has them there."""
    kind = layer.get("server.type")
    if kind is None or kind.resolved != "simple":
        return None
    admin = layer.get("server.admincontextpath")
    return ((admin.resolved.rstrip("/") if admin else "/admin") + "/healthcheck"), (admin or kind).evidence
