"""Terraform: the module that runs the repository's containers in one cloud, with what they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.blueprints.terraform.clouds import CLOUDS
from architect.blueprints.terraform.layout import Layout, layout_of
from architect.blueprints.terraform.sheets import draw_file
from architect.profile import Component, Profile
from architect.syntax.composing import listed


class Terraform:
    """The infrastructure of the whole repository in one cloud."""

    id = "terraform"
    label = "Terraform"
    options: tuple[Option, ...] = (Option("cloud", "Cloud", tuple((cloud.id, cloud.label) for cloud in CLOUDS.values())),)

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the files of the module."""
        if not components:
            return ()
        layout = layout_of(profile, components, {}, options)
        return tuple(layout.file(name) for name in layout.files())

    def draw(self, site: Site) -> Drawing:
        """Draw every file, with sentences on what must be known before the first apply."""
        planned = site.planned()
        if not planned:
            return Drawing()
        layout = layout_of(site.profile, [component for component, _ in planned], site.plans, site.target.options)
        pages = tuple(draw_file(layout, site.style, name) for name in layout.files())
        return Drawing(pages, tuple(_notes(layout, site)))


def _notes(layout: Layout, site: Site) -> Iterator[str]:
    cloud, folder = layout.cloud, layout.folder
    yield f"State is kept remotely: `terraform -chdir={folder} init {cloud.state}`; make that storage first, it is not part of this module."
    yield (
        f"Images come before what runs them: apply once with `-target={cloud.first}`, push every image to the registry it outputs "
        f"({cloud.login}), then apply with `-var image_tag=...`."
    )
    if layout.given:
        names = listed([secret.id for secret in layout.given])
        yield f"Give the variable secrets these values when you apply, from your own store: {names}."
    for service in layout.outside:
        yield f"{service}: run or rent it elsewhere and give its address; this module makes PostgreSQL, MySQL and Redis only."
    jobs = layout.of("job")
    if jobs:
        yield f"{listed([unit.key for unit in jobs])} runs to its end and is started by hand or by your pipeline; the outputs say how."
    if layout.kept:
        yield f"{listed(layout.kept)} keeps files that are lost with its container; move them to object storage."
    if layout.unset:
        yield f"The code also reads {listed(layout.unset)}; set them in the variable settings if you need them."
    existing = [path for path in site.profile.existing.get("terraform", ()) if not path.startswith(f"{folder}/")]
    if existing:
        yield f"The repository has Terraform of its own ({listed(existing[:3])}); this module stands beside it and shares nothing with it."
