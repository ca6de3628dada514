"""The target `ci`: one pipeline file for the platform that was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.blueprints.ci import github, gitlab
from architect.blueprints.ci.parts import Part, missing_dockerfiles, parts
from architect.profile import Component, Profile, Purpose
from architect.syntax.composing import listed


class CI:
    """Lint, test, build, scan and push, with the repository's own commands."""

    id = "ci"
    label = "CI"
    options: tuple[Option, ...] = (Option("platform", "Platform", (("github", "GitHub Actions"), ("gitlab", "GitLab CI"))),)

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the path of the platform's file."""
        return (_path(options),) if profile.components else ()

    def draw(self, site: Site) -> Drawing:
        """Draw the pipeline, with sentences on what it could not find."""
        if not site.profile.components:
            return Drawing()
        page = gitlab.Pipeline(site).page() if _on_gitlab(site.target.options) else github.Workflow(site).page()
        return Drawing((page,), tuple(_notes(site, parts(site))))


def _path(options: Mapping[str, str]) -> str:
    return gitlab.PATH if _on_gitlab(options) else github.PATH


def _on_gitlab(options: Mapping[str, str]) -> bool:
    return options.get("platform") == "gitlab"


def _notes(site: Site, found: Sequence[Part]) -> list[str]:
    notes: list[str] = []
    untested = [part.component.name for part in found if not part.tested]
    unlinted = [part.component.name for part in found if not part.component.chores_for(Purpose.LINT)]
    if untested:
        notes.append(
            f"No test command was found for {listed(untested)}, so the pipeline runs none; a test script or configuration brings it in."
        )
    if unlinted:
        notes.append(f"No linter is configured for {listed(unlinted)}, so the pipeline runs none.")
    missing = missing_dockerfiles(site, found)
    if missing:
        notes.append(f"The pipeline builds from {listed(missing)}, which the repository does not have: generate the Dockerfile target too.")
    return notes
