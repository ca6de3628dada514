"""A Compose file in one normal form, in which short and long syntax, order and quoting do not show."""

from __future__ import annotations

import json
from typing import Any

from artifacts.compose.model import ComposeFile, Service
from artifacts.images import reference

_SETS = frozenset(
    {"cap_add", "cap_drop", "security_opt", "profiles", "expose", "dns", "dns_search", "devices", "group_add", "external_links"}
)
_TYPED = frozenset(
    {"image", "build", "ports", "depends_on", "environment", "env_file", "volumes", "tmpfs", "networks", "secrets", "configs", "command"}
    | {"entrypoint", "healthcheck", "labels", "container_name", "expose"}
)


def canonical_compose(compose: ComposeFile) -> str:
    """Return the normal form as JSON text, one line a value, keys sorted."""
    return json.dumps(normal(compose), indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def normal(compose: ComposeFile) -> dict[str, Any]:
    """Return the normal form: services, and the top-level volumes, networks, secrets and configs."""
    root = compose.root
    result: dict[str, Any] = {"services": {service.name: normal_service(service) for service in compose.services}}
    for key in ("volumes", "networks", "secrets", "configs", "include"):
        node = root.get(key) if root is not None and root.kind == "map" else None
        if node is not None:
            result[key] = _plain(node.plain())
    return result


def normal_service(service: Service) -> dict[str, Any]:
    """Return one service's normal form."""
    result: dict[str, Any] = {}
    for key, _, node in service.node.entries():
        if key in _TYPED or key.startswith("x-"):
            continue
        value = _plain(node.plain())
        result[key] = sorted(value, key=str) if key in _SETS and isinstance(value, list) else value
    if service.image:
        result["image"] = reference(service.image).text
    if service.build is not None:
        result["build"] = normal_build(service)
    result["ports"] = sorted(port.text() for port in service.ports)
    result["expose"] = sorted(service.expose)
    result["depends_on"] = {dependency.service: dependency.condition for dependency in service.depends_on}
    result["environment"] = {variable.name: variable.value for variable in service.environment}
    result["env_file"] = list(service.env_files)
    result["volumes"] = sorted(f"{mount.kind} {mount.text()}" for mount in service.mounts)
    result["networks"] = sorted(service.networks)
    result["secrets"] = sorted(service.secrets)
    result["configs"] = sorted(service.configs)
    result["command"] = list(service.command)
    result["entrypoint"] = list(service.entrypoint)
    result["healthcheck"] = normal_health(service)
    return {key: value for key, value in result.items() if value not in ([], {}, "", None)}


def normal_build(service: Service) -> dict[str, Any]:
    """Return a service's build with its defaults left out."""
    build = service.build
    if build is None:
        return {}
    context = build.context.rstrip("/").removeprefix("./") or "."
    result: dict[str, Any] = {"context": context, "args": dict(build.args), "target": build.target}
    if build.dockerfile not in ("", "Dockerfile", "./Dockerfile"):
        result["dockerfile"] = build.dockerfile.removeprefix("./")
    node = service.node.get("build")
    if node is not None and node.kind == "map":
        for key, _, value in node.entries():
            if key not in ("context", "dockerfile", "target", "args"):
                result[key] = _plain(value.plain())
    return {key: value for key, value in result.items() if value not in ("", {}, [])}


def normal_health(service: Service) -> dict[str, Any] | None:
    """Return a service's health check; `disabled` where it is switched off."""
    node = service.node.get("healthcheck")
    if node is None or node.kind != "map":
        return None
    if service.health_disabled:
        return {"disabled": True}
    test = service.health_test
    node_test = node.get("test")
    if test and node_test is not None and node_test.kind == "list":
        words = list(test[1:]) if test[0] in ("CMD", "CMD-SHELL") else list(test)
    else:
        words = list(test)
    return {
        "test": " ".join(words),
        **{key: _plain(value.plain()) for key, _, value in node.entries() if key not in ("test", "disable")},
    }


def _plain(value: Any) -> Any:
    """Return a plain value in which quoting does not show: scalars as text, nulls as empty maps."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return {} if value is None else str(value)
