"""What any repository may have: a Makefile, a folder of scripts, hooks of pre-commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from architect.profile import Chore, Evidence, Purpose
from architect.reading import Folder, find_all, line_at

MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
HOOKS = (".pre-commit-config.yaml", ".pre-commit-config.yml")
LINT = ("lint", "lint-check", "check-lint", "lint-ci", "check-style", "style", "format-check", "check-format")
TYPES = ("typecheck", "type-check", "types", "check-types", "mypy")
TEST = ("test-ci", "ci-test", "test", "tests", "unit-test", "test-unit", "unittest")
UNFIT = re.compile(
    r"docker|podman|kubectl|helm |vagrant|\bsudo\b|\bssh\b|git push|nodemon|--watch\b(?!=false)|\bwatch\b|vercel|netlify deploy|heroku"
    r"|testcontainers"
)
"""What a step of a pipeline must not do: start containers, deploy, wait for changes."""
_CHANGES = re.compile(r"--fix\b|--write\b|--unsafe\b|--apply\b|-w\s")
_TARGET = r"^([A-Za-z][\w.-]*)[ \t]*:(?![:=])([^\n]*)((?:\n(?:\t[^\n]*|[ \t]*))*)"


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a Makefile: what it runs and where it stands; `phony` when no file of that name can stand in its way."""

    name: str
    recipe: str
    evidence: Evidence
    phony: bool


def everywhere(folder: Folder) -> Iterator[Chore]:
    """Yield the hooks of pre-commit, and as further commands the Makefile's targets and the scripts of a package, here and at the root."""
    yield from hooks(folder)
    for place in dict.fromkeys((folder.root, "")):
        at = Folder(folder.tree, place)
        if _open_ended(at):
            yield Chore(Purpose.OTHER, "make *", place)
        for target in make_targets(at).values():
            yield Chore(Purpose.OTHER, f"make {target.name}", place, (), (target.evidence,))
        package = at.json("package.json")
        for name in package.table("scripts") if package else ():
            if package:
                yield Chore(Purpose.OTHER, "npm test" if name == "test" else f"npm run {name}", place, (), (package.at("scripts", name),))


def _open_ended(folder: Folder) -> bool:
    """Tell whether a Makefile may have targets that cannot be read from it: included ones, patterns, computed names."""
    name = folder.has(*MAKEFILES)
    text = folder.read(name) if name else None
    return bool(text and re.search(r"^-?s?include\b|^[^\t#=\n]*%[^=\n]*:|^\$[({][^:=\n]*:(?!=)|^[^\t#=:\n]+ [^\t#=:\n]+:(?!=)", text, re.M))


def hooks(folder: Folder) -> Iterator[Chore]:
    """Yield the run of all hooks, from the folder whose configuration it is: the repository's root."""
    top = Folder(folder.tree, "")
    name = top.has(*HOOKS)
    if name:
        yield Chore(Purpose.LINT, "pre-commit run --all-files", "", ("pre-commit",), (Evidence(name),))


def make_targets(folder: Folder) -> Mapping[str, Target]:
    """Return the targets of the folder's Makefile by name, empty without one."""
    name = folder.has(*MAKEFILES)
    text = folder.read(name) if name else None
    if not name or not text:
        return {}
    phony = {word for found in re.finditer(r"^\.PHONY[ \t]*:([^\n]*(?:\\\n[^\n]*)*)", text, re.M) for word in found[1].split()}
    found: dict[str, Target] = {}
    for hit in find_all(folder.path(name), text, _TARGET):
        target, needs, recipe = hit.match[1], hit.match[2], hit.match[3] or ""
        real = target in phony or not (folder.has(target) or folder.has_folder(target))
        found.setdefault(target, Target(target, f"{needs}\n{recipe}", line_at(folder.path(name), text, hit.match.start(1)), real))
    return found


def make(folder: Folder, purpose: Purpose, names: Sequence[str], runner: str = "") -> Chore | None:
    """Return the first of these targets that a pipeline can run. `runner` goes before `make` where its recipe does not name it."""
    targets = make_targets(folder)
    for name in names:
        target = targets.get(name)
        if target is None or not target.phony or not fit(target.recipe) or not target.recipe.strip():
            continue
        if any(other in targets and not fit(targets[other].recipe) for other in target.recipe.split("\n", 1)[0].split()):
            continue
        first = runner.split(" ", 1)[0]
        before = f"{runner} " if runner and first not in target.recipe else ""
        return Chore(purpose, f"{before}make {name}", folder.root, (), (target.evidence,))
    return None


def script(folder: Folder, purpose: Purpose, names: Sequence[str], runner: str = "") -> Chore | None:
    """Return the first shell script of these names in `scripts/`, `script/` or `bin/` that a pipeline can run."""
    for place in ("scripts", "script", "bin"):
        for name in names:
            for path in (f"{place}/{name}", f"{place}/{name}.sh"):
                text = folder.read(path)
                shell = text and re.match(r"#!.*\b(ba|da|z)?sh\b", text)
                if not text or not shell or not fit(text) or _CHANGES.search(text):
                    continue
                first = runner.split(" ", 1)[0]
                before = f"{runner} " if runner and first not in text else ""
                return Chore(purpose, f"{before}bash {path}", folder.root, (), (Evidence(folder.path(path), 1),))
    return None


def fit(text: str) -> bool:
    """Tell whether a command can be a step of a pipeline: it starts no containers, deploys nothing and ends by itself."""
    return not UNFIT.search(text) and "venv/bin" not in text


def changes_files(text: str) -> bool:
    """Tell whether a command corrects what it finds, which a check must not."""
    return bool(_CHANGES.search(text))
