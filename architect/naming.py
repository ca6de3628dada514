"""Names that several targets must agree on: of images, and of what runs in a cluster."""

from __future__ import annotations

import re
from collections.abc import Sequence

from architect.profile import Component, Profile, Role

LONGEST = 40
"""Characters of a name; a cluster takes 63, and suffixes follow."""


def dns_name(text: str) -> str:
    """Return a name that DNS, clusters and registries take: lower-case letters, digits and dashes, a letter first."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "app"
    return (name if name[0].isalpha() else f"app-{name}")[:LONGEST].strip("-")


def image_name(profile: Profile, component: Component) -> str:
    """Return the name of a component's image, without registry and tag, as every target calls it.

    A repository with one part that runs has one image with the repository's name; with several parts each has its own.
    """
    whole, own = dns_name(profile.name), dns_name(component.name)
    running = [other for other in profile.components if other.role is not Role.LIBRARY]
    if len(running) < 2 or own == whole:
        return whole
    return own if own.startswith(f"{whole}-") else f"{whole}-{own}"


def distinct(names: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """Return DNS names of these names, all different and none of them taken."""
    found: list[str] = []
    for name in names:
        made = base = dns_name(name)
        number = 2
        while made in found or made in taken:
            made = f"{base}-{number}"
            number += 1
        found.append(made)
    return found
