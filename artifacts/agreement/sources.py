"""The table of kinds that speak of parts, in the order in which they are believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from artifacts.agreement import compositions, dockerfiles, manifests
from artifacts.agreement.statement import Statement
from artifacts.kubernetes.cluster import Cluster
from artifacts.records import Artifact, Kind

Source = Callable[[Artifact, Cluster], Iterator[Statement]]

# what builds the image before what runs it on one machine before what runs it on many
SOURCES: Mapping[Kind, Source] = MappingProxyType(
    {
        Kind.DOCKERFILE: dockerfiles.statements,
        Kind.COMPOSE: compositions.statements,
        Kind.KUBERNETES: manifests.statements,
    }
)
