"""Which of a repository's files already serve a target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "dockerfile": re.compile(r"(^|/)([Dd]ockerfile(\.[\w.-]+)?|[\w.-]+\.[Dd]ockerfile|Containerfile)$"),
    "compose": re.compile(r"(^|/)(docker-)?compose(\.[\w.-]+)?\.ya?ml$"),
    "kubernetes": re.compile(
        r"(^|/)(k8s|kubernetes|kubernetes-manifests|manifests|kustomize|charts?|helm)/.+\.ya?ml$|(^|/)(kustomization|skaffold)\.ya?ml$"
    ),
    "terraform": re.compile(r"\.tf$"),
    "ci": re.compile(
        r"^(\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|\.travis\.yml|azure-pipelines\.yml|Jenkinsfile)$"
    ),
    "otel": re.compile(r"(^|/)otel[\w.-]*\.ya?ml$"),
    "prometheus": re.compile(r"(^|/)(prometheus[\w.-]*|alerts?|[\w.-]*rules)\.ya?ml$"),
    "grafana": re.compile(r"(^|/)(grafana|dashboards?)/.+\.json$"),
}
_CANDIDATE = re.compile(r"\.(ya?ml|tf)$|ockerfile|Containerfile$|Jenkinsfile$|(?:grafana|dashboards?)/.+\.json$")
MAX_EACH = 40


def existing(paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Map each target that some file already serves to those files, shallow ones first."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if not _CANDIDATE.search(path):
            continue
        for target, pattern in PATTERNS.items():
            if pattern.search(path) and len(found.setdefault(target, [])) < MAX_EACH:
                found[target].append(path)
    return {target: tuple(names) for target, names in found.items() if names}
