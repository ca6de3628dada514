"""The ordered table of blueprints: one renderer a target."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from architect.blueprint import Blueprint
from architect.blueprints.ci import CI
from architect.blueprints.compose import Compose
from architect.blueprints.dockerfile import Dockerfile
from architect.blueprints.dockerignore import Dockerignore
from architect.blueprints.grafana import Grafana
from architect.blueprints.kubernetes import Kubernetes
from architect.blueprints.otel import Otel
from architect.blueprints.prometheus import Prometheus
from architect.blueprints.terraform import Terraform

# In the order in which they build on each other: an image first, then what runs it.
BLUEPRINTS: Mapping[str, Blueprint] = MappingProxyType(
    {
        blueprint.id: blueprint
        for blueprint in (Dockerfile(), Dockerignore(), Compose(), Kubernetes(), Terraform(), CI(), Otel(), Prometheus(), Grafana())
    },
)

COMPANIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({"dockerfile": ("dockerignore",)})
"""Files that come with a target without being asked for."""
