"""What a Terraform module for a repository must say: the port, the health path, the image, the databases, and which values are secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from architect.blueprints.terraform.layout import layout_of
from architect.naming import dns_name, image_name
from architect.plan import ImagePlan
from architect.profile import Basis, Component, Profile
from artifacts.judging.modules import SECRET
from artifacts.records import Expectation


def module_facts(
    profile: Profile,
    components: Sequence[Component],
    plans: Mapping[str, ImagePlan],
    options: Mapping[str, str],
    alike: Mapping[str, tuple[str, ...]],
) -> Iterator[Expectation]:
    """Yield the facts a module is held against; of several components one may run elsewhere, so nothing is firm then.

    `alike` names the kinds of services that may stand for each other.
    """
    layout = layout_of(profile, components, plans, options)
    path, alone = layout.file("main"), len(components) == 1
    for unit in layout.of("web"):
        component = unit.component
        image = (image_name(profile, component), dns_name(component.name), dns_name(profile.name))
        yield Expectation("image", tuple(dict.fromkeys(image)), "the name of its image", path, False)
        if unit.port is not None and component.port is not None:
            yield Expectation("port", (str(unit.port),), component.port.where(), path, component.port.firm and alone)
        if component.health is not None and unit.strict:
            firm = component.health.basis is Basis.USER and alone
            yield Expectation("health", (component.health.value,), component.health.where(), path, firm)
    for database in layout.databases:
        yield Expectation("service", alike.get(database.kind, (database.kind,)), database.fact.where(), path, database.fact.firm)
    secrets = {entry.name: entry for unit in layout.units for entry in unit.secrets}
    for name, entry in secrets.items():
        where = ", ".join(f"{evidence.path}:{evidence.line}" for evidence in entry.evidence[:1]) or entry.why
        yield Expectation(SECRET, (name,), where, path, False)
