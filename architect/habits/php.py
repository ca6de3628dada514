"""PHP: Composer's scripts, and the tools that its development dependencies bring."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from architect.habits.common import changes_files, fit
from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Document, Folder

_LINT = ("lint", "cs", "cs:check", "check-style", "cs-check", "phpcs", "style", "pint:test", "test:lint")
_TYPES = ("stan", "phpstan", "analyse", "analyze", "psalm", "static-analysis", "test:types")
_TEST = ("test:ci", "test:unit", "test", "tests", "phpunit", "pest", "test:pest")
_TOOLS = (
    (Purpose.LINT, "laravel/pint", ("pint.json",), "vendor/bin/pint --test"),
    (Purpose.LINT, "friendsofphp/php-cs-fixer", (".php-cs-fixer.dist.php", ".php-cs-fixer.php"), "vendor/bin/php-cs-fixer check"),
    (Purpose.LINT, "squizlabs/php_codesniffer", ("phpcs.xml", "phpcs.xml.dist", ".phpcs.xml"), "vendor/bin/phpcs"),
    (Purpose.TYPES, "phpstan/phpstan", ("phpstan.neon", "phpstan.neon.dist", "phpstan.dist.neon"), "vendor/bin/phpstan analyse"),
    (Purpose.TYPES, "vimeo/psalm", ("psalm.xml", "psalm.xml.dist"), "vendor/bin/psalm"),
    (Purpose.TEST, "pestphp/pest", ("phpunit.xml", "phpunit.xml.dist"), "vendor/bin/pest"),
    (Purpose.TEST, "phpunit/phpunit", ("phpunit.xml", "phpunit.xml.dist"), "vendor/bin/phpunit"),
)


class Php:
    """A script first; else a tool that is both required and configured."""

    id = "php"
    stacks = frozenset({"php"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the commands of an application."""
        composer = folder.json("composer.json")
        if composer is None:
            return
        yield Chore(
            Purpose.INSTALL, "composer install --no-interaction --no-progress --prefer-dist", folder.root, (), (Evidence(composer.path),)
        )
        scripts = composer.table("scripts")
        done: dict[Purpose, str] = {}
        for purpose, names in ((Purpose.LINT, _LINT), (Purpose.TYPES, _TYPES), (Purpose.TEST, _TEST)):
            name = _first(scripts, names)
            if name:
                done[purpose] = name
                yield Chore(purpose, f"composer run {name}", folder.root, (), (composer.at("scripts", name),))
        for chore in _tools(folder, composer):
            if chore.purpose not in done:
                done[chore.purpose] = ""
                yield chore
        for name in scripts:
            if name not in done.values() and ":" not in name[:1]:
                yield Chore(Purpose.OTHER, f"composer run {name}", folder.root, (), (composer.at("scripts", name),))


def _first(scripts: Mapping[str, Any], names: Sequence[str]) -> str | None:
    for name in names:
        text = json.dumps(scripts.get(name)) if name in scripts else ""
        if text and fit(text) and not changes_files(text) and "bin/test/" not in text:
            return name
    return None


def _tools(folder: Folder, composer: Document) -> Iterator[Chore]:
    needed = {**composer.table("require"), **composer.table("require-dev")}
    artisan = folder.has("artisan")
    for purpose, package, configurations, command in _TOOLS:
        found = folder.has(*configurations)
        if package not in needed or not found:
            continue
        text = "php artisan test" if purpose is Purpose.TEST and artisan else command
        yield Chore(purpose, text, folder.root, (), (Evidence(folder.path(found)),))
