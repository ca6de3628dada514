"""The base types of the catalogue `rules/`: what a rule of ours is and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from artifacts.compose import ComposeFile, read_compose
from artifacts.dockerfile import Dockerfile, Image, image_of, read_dockerfile
from artifacts.gitlab import Pipeline, read_pipeline
from artifacts.grafana import Dashboard, read_dashboard
from artifacts.kinds import COMPOSE_NAMES
from artifacts.kubernetes import Manifest, read_manifest
from artifacts.kubernetes.cluster import Cluster, cluster_of
from artifacts.kubernetes.patches import is_patch
from artifacts.otel import Collector, read_collector
from artifacts.prometheus import PrometheusFile, read_prometheus
from artifacts.records import Artifact, Kind, Severity
from artifacts.terraform.module import Module, folder_of, read_module
from artifacts.workflows import Workflow, read_workflow


@dataclass(frozen=True)
class Context:
    """What a rule looks at: one artifact, and the other files of the same answer."""

    artifact: Artifact
    artifacts: tuple[Artifact, ...] = ()

    @cached_property
    def dockerfile(self) -> Dockerfile:
        """Return the artifact read as a Dockerfile."""
        return read_dockerfile(self.artifact.content)

    @cached_property
    def image(self) -> Image | None:
        """Return what the Dockerfile's last stage builds."""
        return image_of(self.dockerfile)

    @property
    def is_fragment(self) -> bool:
        """Tell whether a Compose file is meant to be laid over another one, by its name (`compose.override.yaml`)."""
        return PurePosixPath(self.artifact.path).name not in COMPOSE_NAMES

    @cached_property
    def compose(self) -> ComposeFile:
        """Return the artifact read as a Compose file."""
        return read_compose(self.artifact.content)

    @cached_property
    def workflow(self) -> Workflow:
        """Return the artifact read as a GitHub workflow."""
        return read_workflow(self.artifact.content)

    @property
    def is_part(self) -> bool:
        """Tell whether a GitLab file belongs to others: it includes some, or bears another name than the one GitLab looks for."""
        return self.pipeline.includes or PurePosixPath(self.artifact.path).name not in (".gitlab-ci.yml", ".gitlab-ci.yaml")

    @cached_property
    def dashboard(self) -> Dashboard:
        """Return the artifact read as a dashboard of Grafana."""
        return read_dashboard(self.artifact.content)

    @cached_property
    def collector(self) -> Collector:
        """Return the artifact read as a collector's configuration."""
        return read_collector(self.artifact.content)

    @cached_property
    def prometheus(self) -> PrometheusFile:
        """Return the artifact read as a file of Prometheus."""
        return read_prometheus(self.artifact.content)

    @cached_property
    def pipeline(self) -> Pipeline:
        """Return the artifact read as a GitLab pipeline."""
        return read_pipeline(self.artifact.content)

    @cached_property
    def manifest(self) -> Manifest:
        """Return the artifact read as a Kubernetes manifest; a patch, which is no object of its own, reads as empty."""
        if is_patch(self.artifact, self.artifacts):
            return Manifest()
        return read_manifest(self.artifact.content)

    @cached_property
    def module(self) -> Module:
        """Return the Terraform files of the artifact's folder together."""
        others = tuple(item for item in self.artifacts if item.path != self.artifact.path)
        return read_module((self.artifact, *others), folder_of(self.artifact.path))

    @property
    def paths(self) -> frozenset[str]:
        """Return the paths of all files of the answer, whatever their kind."""
        return frozenset(item.path for item in (self.artifact, *self.artifacts))

    @cached_property
    def cluster(self) -> Cluster:
        """Return all manifests of the answer together."""
        others = tuple(item for item in self.artifacts if item.path != self.artifact.path)
        return cluster_of((self.artifact, *others))


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule found: a 1-based line (None for the whole file) and a sentence."""

    line: int | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `id` is its file's name; WHY, GOOD and BAD are shown in docs/rules.md, and tests run the rule on both.

    GOOD gives no remark, BAD at least one. They are whole files of the rule's kind; `beside` are paths and contents of
    other files of the same answer where the rule compares several. `fix`, where a rule can offer one, returns the text without
    what the rule remarks, None where it cannot.
    """

    id: str
    kind: Kind
    severity: Severity
    title: str
    why: str
    good: str
    bad: str
    check: Callable[[Context], Iterator[Remark]]
    beside: tuple[tuple[str, str], ...] = ()
    fix: Callable[[Context], str | None] | None = None
