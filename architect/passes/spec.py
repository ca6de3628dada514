"""What a pass is made of: what it looks at, and the edits it proposes one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from architect.plan import ImagePlan
from architect.profile import Component, Profile
from artifacts.dockerfile import image_of, read_dockerfile
from artifacts.dockerfile.decisions import user_of
from artifacts.records import Artifact, Kind


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file. `apply` gives the file's new text from its present one, None where it does not fit there.

    `why` is the reason in a sentence, `evidence` the place or the rule it rests on, `subject` the service or container it concerns.
    """

    path: str
    what: str
    why: str
    apply: Callable[[str], str | None]
    evidence: str = ""
    kind: Kind | None = None


@dataclass(frozen=True)
class Yard:
    """The files as they are now, with what is known of the repository.

    `models` is what the architect itself would write, by path, the safest style first; `plans` the image plans by component.
    """

    profile: Profile
    artifacts: tuple[Artifact, ...]
    models: Mapping[str, tuple[Artifact, ...]] = field(default_factory=dict)
    plans: Mapping[str, ImagePlan] = field(default_factory=dict)

    def of(self, kind: Kind) -> Iterator[Artifact]:
        """Yield the files of a kind, in their order."""
        return (artifact for artifact in self.artifacts if artifact.kind is kind)

    def text(self, path: str) -> str | None:
        """Return a file's text, None when it is not among the files."""
        return next((artifact.content for artifact in self.artifacts if artifact.path == path), None)

    def component_of(self, dockerfile: str) -> Component | None:
        """Return the component whose Dockerfile is at this path."""
        return next((component for component in self.profile.components if component.dockerfile_path == dockerfile), None)

    @cached_property
    def non_root(self) -> frozenset[str]:
        """Return the Dockerfiles whose image does not run as root."""
        found = set()
        for artifact in self.of(Kind.DOCKERFILE):
            image = image_of(read_dockerfile(artifact.content))
            if image is not None and user_of(image) == "non-root":
                found.add(artifact.path)
        return frozenset(found)


Step = Callable[[Yard], Iterator[Edit]]


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass: its steps are run in order, each over the files as the ones before left them."""

    id: str
    label: str
    rule: str
    steps: tuple[Step, ...]


def where(component: Component) -> str:
    """Return the place that shows what a component is."""
    return component.language.where()
