"""Node.js and Bun: the scripts of package.json, run by the package manager whose lock file is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from architect.habits.common import changes_files, fit
from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Document, Folder

_LINT = ("lint:ci", "lint:check", "check:lint", "lint", "eslint", "lint:js", "lint:ts", "biome:check")
_FORMAT = ("format:check", "check:format", "prettier:check", "fmt:check", "prettier", "format")
_TYPES = ("typecheck", "type-check", "types:check", "check-types", "check:types", "tsc", "ts:check", "check")
_TEST = ("test:ci", "test:unit:ci", "ci:test", "test", "test:unit", "unit", "tests", "vitest", "jest")
_BROWSER = re.compile(r"playwright|cypress|testcafe|nightwatch|wdio|\bng e2e\b|detox")
_NONE = re.compile(r"no test specified|^\s*exit [01]\s*$|^\s*true\s*$|^echo ")
_HANDED = re.compile(r"^(?:npm|pnpm|yarn|bun)(?: run)? (?:-- )?([\w:.-]+)\s*$")
_ALONE = re.compile(r"^(?:ng test|karma start)\b")
_CHECKS = re.compile(r"--check\b|-c\b|--list-different|-l\b")


class Node:
    """The scripts a package declares; nothing a package does not declare is run."""

    id = "node"
    stacks = frozenset({"node"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the install from the lock file, then the scripts for checking, testing and building."""
        package = folder.json("package.json")
        if package is None:
            return
        manager = component.package_manager.value if component.package_manager else "npm"
        yield _install(folder, component, manager, package)
        scripts = {name: str(text) for name, text in package.table("scripts").items() if isinstance(text, str)}

        def run(purpose: Purpose, name: str, further: str = "") -> Chore:
            return Chore(purpose, _run(manager, name) + further, folder.root, (), (package.at("scripts", name),))

        used: list[str] = []
        for purpose, names in ((Purpose.LINT, _LINT), (Purpose.LINT, _FORMAT), (Purpose.TYPES, _TYPES)):
            name = _first(scripts, names, check=names is _FORMAT)
            if name:
                used.append(name)
                yield run(purpose, name)
        name = _test(scripts)
        if name:
            used.append(name)
            yield run(Purpose.TEST, name, _once(scripts[name], manager))
        if "build" in scripts and fit(scripts["build"]):
            used.append("build")
            yield run(Purpose.BUILD, "build")
        for name in scripts:
            if name not in used:
                yield run(Purpose.OTHER, name)


def _install(folder: Folder, component: Component, manager: str, package: Document) -> Chore:
    lock = component.lockfile
    place = lock.rpartition("/")[0] if lock else folder.root
    top = Folder(folder.tree, place)
    locked = lock is not None
    modern = manager == "yarn" and (top.has(".yarnrc.yml") or re.match(r"yarn@[2-9]", package.text_at("packageManager") or ""))
    commands = {
        "npm": "npm ci" if locked else "npm install",
        "yarn": "yarn install" + ((" --immutable" if modern else " --frozen-lockfile") if locked else ""),
        "pnpm": "pnpm install" + (" --frozen-lockfile" if locked else ""),
        "bun": "bun install" + (" --frozen-lockfile" if locked else ""),
    }
    return Chore(Purpose.INSTALL, commands.get(manager, "npm install"), place, (), (Evidence(lock or package.path),))


def _run(manager: str, name: str) -> str:
    if manager == "npm" and name == "test":
        return "npm test"
    return f"{manager} run {name}" if manager in ("npm", "pnpm", "bun") else f"yarn {name}"


def _first(scripts: Mapping[str, str], names: Sequence[str], *, check: bool = False) -> str | None:
    """Return the first script that only looks: one that corrects files is no check, and a formatter must be told to check."""
    for name in names:
        text = scripts.get(name)
        if not text or not fit(text) or _NONE.search(text) or changes_files(text):
            continue
        if check and not _CHECKS.search(text):
            continue
        if name == "check" and not re.search(r"tsc|svelte-check|astro check|vue-tsc|biome", text):
            continue
        return name
    return None


def _test(scripts: Mapping[str, str]) -> str | None:
    for name in _TEST:
        text = scripts.get(name)
        handed = _HANDED.match(text) if text else None
        whole = f"{text} {scripts.get(handed[1], '')}" if text and handed else text
        if whole and fit(whole) and not _NONE.search(whole) and not _BROWSER.search(whole):
            return name
    return None


def _once(text: str, manager: str) -> str:
    """Return what must be added so that a runner which waits for changes ends by itself."""
    if not _ALONE.search(text):
        return ""
    return (" --" if manager == "npm" else "") + " --watch=false --browsers=ChromeHeadless"
