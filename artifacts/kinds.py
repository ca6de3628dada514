"""Which kind an artifact is, from its path first and its content where the path does not tell."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from artifacts.records import Kind

_DOCKERFILE = re.compile(r"^(?:(?:docker|container)file(?:[.-][\w.-]+)?|[\w.-]+\.(?:docker|container)file)$", re.IGNORECASE)
_COMPOSE = re.compile(r"^(?:(?:docker|podman)-)?compose(?:[.-][\w.-]+)?\.ya?ml$", re.IGNORECASE)
_DOCKERIGNORE = re.compile(r"^(?:[\w.-]*\.(?:docker|container)ignore)$", re.IGNORECASE)
_FIRST_FROM = re.compile(r"^[ \t]*FROM[ \t]+(?:--platform=\S+[ \t]+)?[^\s=(]+(?:[ \t]+AS[ \t]+\S+)?[ \t]*$", re.IGNORECASE)
_TOP_KEY = re.compile(r"^([A-Za-z][\w-]*)[ \t]*:", re.MULTILINE)
_SERVICE_PART = re.compile(r"^[ \t]+(?:image|build|extends)[ \t]*:|^[ \t]+<<[ \t]*:", re.MULTILINE)
_CHART = re.compile(
    r"\{\{-?[ \t]*(?:\$?\.(?:Values|Release|Chart|Capabilities|Files)\b|include[ \t]+[\"']|template[ \t]+[\"']|tpl[ \t])"
    r"|^\{\{-?[ \t]*(?:if|range|with|define|end|/\*)",
    re.MULTILINE,
)
"""A Helm template is not YAML before it is rendered."""
_TOOL = re.compile(
    r"^apiVersion:[ \t]*[\"']?(?:skaffold/|kind\.x-k8s\.io/|backstage\.io/|audit\.k8s\.io/|kubeadm\.k8s\.io/|k3d\.io/)", re.MULTILINE
)
"""Settings of programs that borrow the shape of an object but are never given to a server."""
_HEAD = 65_536
MANIFEST_FOLDERS = frozenset({"k8s", "kubernetes", "manifests", "kubernetes-manifests"})
"""Folders in which a YAML file is a manifest unless its content says otherwise."""
COMPOSE_NAMES = frozenset({"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"})
"""The names under which Compose finds a file by itself; any other is given by hand, often to lay it over one of these."""


def kind_of(path: str, content: str = "") -> Kind:
    """Return the artifact's kind; OTHER when neither path nor content tells."""
    pure = PurePosixPath(path)
    name = pure.name
    if _DOCKERIGNORE.match(name):
        return Kind.DOCKERIGNORE
    if _DOCKERFILE.match(name):
        return Kind.DOCKERFILE
    if _COMPOSE.match(name):
        return Kind.COMPOSE
    folded = name.lower()
    if folded in (".gitlab-ci.yml", ".gitlab-ci.yaml"):
        return Kind.GITLAB_CI
    if folded.endswith((".yml", ".yaml")):
        if pure.parts[:2] == (".github", "workflows"):
            return Kind.GITHUB_ACTIONS
        if folded in ("kustomization.yaml", "kustomization.yml"):
            return Kind.KUBERNETES
        if not content and MANIFEST_FOLDERS & set(pure.parts[:-1]):
            return Kind.KUBERNETES
        return _yaml_kind(content)
    if folded.endswith((".tf", ".tfvars", ".hcl")):
        return Kind.TERRAFORM
    if folded.endswith(".json") and '"panels"' in content[:_HEAD] and '"schemaVersion"' in content:
        return Kind.GRAFANA
    if not name:
        if looks_like_dockerfile(content):
            return Kind.DOCKERFILE
        return _yaml_kind(content) if looks_like_compose(content) else Kind.OTHER
    return Kind.OTHER


def looks_like_dockerfile(content: str) -> bool:
    """Tell whether the text can be a whole Dockerfile: a FROM comes first, after comments and ARGs only."""
    for line in content[:_HEAD].splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#") or stripped[:4].upper() == "ARG ":
            continue
        return len(line) < 1000 and _FIRST_FROM.match(line.split(" #")[0]) is not None
    return False


def looks_like_compose(content: str) -> bool:
    """Tell whether the text can be a whole Compose file: a top-level `services` whose entries have an image or a build."""
    head = content[:_HEAD]
    keys = set(_TOP_KEY.findall(head))
    return ("services" in keys and "apiVersion" not in keys and _SERVICE_PART.search(head) is not None) or (
        "include" in keys and not keys - {"include", "name", "services", "networks", "volumes", "version"}
    )


def looks_like_manifest(content: str) -> bool:
    """Tell whether the text can be a Kubernetes manifest: an object with its version, and no template or setting of a tool."""
    head = content[:_HEAD]
    return {"apiVersion", "kind"} <= set(_TOP_KEY.findall(head)) and not _CHART.search(head) and not _TOOL.search(head)


def _yaml_kind(content: str) -> Kind:
    keys = set(_TOP_KEY.findall(content[:_HEAD]))
    if {"apiVersion", "kind"} <= keys:
        return Kind.KUBERNETES if looks_like_manifest(content) else Kind.OTHER
    if looks_like_compose(content):
        return Kind.COMPOSE
    if {"receivers", "service"} <= keys or {"exporters", "service"} <= keys:
        return Kind.OTEL
    if "scrape_configs" in keys or keys == {"groups"}:
        return Kind.PROMETHEUS
    return Kind.OTHER
