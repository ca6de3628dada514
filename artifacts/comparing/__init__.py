"""The catalogue of comparers, one file a kind; kinds without one are compared as text until their issue brings them."""

from __future__ import annotations

from types import MappingProxyType

from artifacts.comparer import Comparer, Table
from artifacts.comparing.compose import ComposeComparer
from artifacts.comparing.dockerfile import DockerfileComparer
from artifacts.comparing.dockerignore import DockerignoreComparer
from artifacts.comparing.github_actions import GitHubActionsComparer
from artifacts.comparing.gitlab_ci import GitLabCIComparer
from artifacts.comparing.grafana import GrafanaComparer
from artifacts.comparing.kubernetes import KubernetesComparer
from artifacts.comparing.otel import OtelComparer
from artifacts.comparing.other import OtherComparer
from artifacts.comparing.prometheus import PrometheusComparer
from artifacts.comparing.terraform import TerraformComparer
from artifacts.records import Kind

# in the order in which the page lists files: what runs, what ties it together, what is left out
COMPARERS: Table = MappingProxyType(
    {
        comparer.kind: comparer
        for comparer in (
            DockerfileComparer(),
            ComposeComparer(),
            KubernetesComparer(),
            TerraformComparer(),
            GitHubActionsComparer(),
            GitLabCIComparer(),
            OtelComparer(),
            PrometheusComparer(),
            GrafanaComparer(),
            DockerignoreComparer(),
            OtherComparer(),
        )
    }
)


def comparer_of(kind: Kind) -> Comparer:
    """Return how this kind is compared; plain text for a kind without a comparer of its own."""
    return COMPARERS.get(kind, COMPARERS[Kind.OTHER])
