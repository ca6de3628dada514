"""Which Node.js release: what the repository declares, narrowed by build tools that fail on newer ones."""

from __future__ import annotations

import re
from collections.abc import Mapping

from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder
from architect.stacks.node.package import Package
from architect.versions import allowed, newest, numbers, permits, tool_version, version_file, workflow_versions

# Best first: the long-term releases, then those that were never one.
RELEASES = ("24", "22", "20", "18", "16", "14", "12", "10", "8", "26", "25", "23", "21", "19", "17", "15", "13", "11")
_CODENAMES = dict(
    zip(["krypton", "jod", "iron", "hydrogen", "gallium", "fermium", "erbium", "dubnium", "carbon"], RELEASES, strict=False)
)  # the names of the long-term releases, newest first

# package -> (first major without the limit, newest Node.js below it): webpack 4 needs the old OpenSSL, native modules their headers.
_LIMITS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "@angular/core": ((8, "12"), (12, "14"), (14, "16"), (15, "18"), (17, "18"), (18, "20"), (20, "22")),
    "react-scripts": ((5, "16"),),
    "@vue/cli-service": ((5, "16"),),
    "webpack": ((5, "16"),),
    "next": ((11, "16"), (12, "18")),
    "nuxt": ((3, "16"),),
    "gatsby": ((4, "16"),),
    "node-sass": ((5, "14"), (6, "15"), (7, "16"), (8, "18"), (9, "20")),
    "gulp": ((4, "10"),),
    "@nestjs/core": ((7, "14"),),
    "bcrypt": ((5, "12"),),
    "sqlite3": ((5, "14"),),
    "strapi": ((4, "14"),),
    "@strapi/strapi": ((4, "16"), (5, "20")),
}


def release(folder: Folder, package: Package) -> Fact[str]:
    """Return the major version of Node.js to run on, with the file that says so."""
    limit, why = _limit(package)
    for found in (
        version_file(folder, ".nvmrc", ".node-version"),
        tool_version(folder, "nodejs", "node", "core:node"),
        _field(folder, package, "volta", "node"),
        _field(folder, package, "devEngines", "runtime", "version"),
    ):
        major = _major(found.value) if found else None
        if found and major:
            return Fact(major, Basis.DECLARED, found.evidence, found.note)
    wanted = _field(folder, package, "engines", "node")
    known = tuple(one for one in RELEASES if limit is None or int(one) <= int(limit))
    if wanted and allowed(wanted.value):
        chosen = newest(wanted.value, known) or newest(wanted.value, RELEASES)
        if chosen:
            note = f"the newest long-term release that {wanted.value} permits" if not _exact(wanted.value) else ""
            held = why if why and limit == chosen else None
            return Fact(
                chosen, Basis.DECLARED, (*wanted.evidence, *(held.evidence if held else ())), f"{note}, {held.note}" if held else note
            )
    stated = [fact for fact in workflow_versions(folder, "node-version") if fact.value.split(".")[0] in known]
    if stated:
        best = max(stated, key=lambda fact: (fact.value.split(".")[0] in RELEASES[:9], numbers(fact.value)))
        return Fact(best.value.split(".")[0], Basis.DECLARED, best.evidence, best.note)
    if why and limit:
        return why
    types = package.major("@types/node")
    return Fact(
        known[0], Basis.DEFAULT, package.proof("@types/node") if types == int(known[0]) else (), "the repository names no Node.js version"
    )


def _exact(text: str) -> bool:
    return re.fullmatch(r"[v=]?\d+(\.(\d+|x|\*)){0,2}", text.strip()) is not None


def _major(text: str) -> str | None:
    """Return the major version that a version file means: `v20.1.0`, `lts/iron`, `lts/*`, `node`, a range."""
    plain = text.strip().lower().removeprefix("node@").removeprefix("node-")
    named = re.match(r"lts[/-](\w+)", plain)
    if named:
        return _CODENAMES.get(named[1], RELEASES[0])
    if plain in ("node", "stable", "latest", "current", "lts", "lts/*", "*"):
        return RELEASES[0]
    if re.match(r"v?\d+(\.\d+)*$", plain):
        return str(numbers(plain)[0])
    return newest(plain, RELEASES) if re.search(r"\d", plain) else None


def _field(folder: Folder, package: Package, *keys: str) -> Fact[str] | None:
    """Return a field of the package.json, or of the workspace's."""
    above = Folder(folder.tree, package.top).json("package.json")
    for document in (package.document, above):
        text = document.text_at(*keys) if document else None
        if document and text:
            return Fact(text, Basis.DECLARED, (document.at(*keys),))
    return None


def _limit(package: Package) -> tuple[str | None, Fact[str] | None]:
    """Return the newest Node.js that every build tool works with, and the fact that names the tool."""
    limit: str | None = None
    fact: Fact[str] | None = None
    for name, steps in _LIMITS.items():
        major = package.major(name) if package.has(name) else None
        if major is None:
            continue
        reach = next((node for below, node in steps if major < below), None)
        if reach and (limit is None or int(reach) < int(limit)):
            limit = reach
            proof: tuple[Evidence, ...] = package.proof(name)
            fact = Fact(reach, Basis.CONVENTION, proof, f"{name} {major} does not work on Node.js newer than {reach}")
    return limit, fact


__all__ = ["RELEASES", "permits", "release"]
