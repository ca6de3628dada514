"""Tree -> Profile: finds the deployable parts of a repository and asks each stack what it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType

from architect.habits import observed
from architect.originals import originals
from architect.overrides import apply_overrides
from architect.profile import Component, Profile, Role
from architect.reading import CachedTree
from architect.stacks import STACKS
from architect.targets import existing
from architect.tree import Tree

__all__ = ["apply_overrides", "profile"]

MAX_PATHS = 100_000
MAX_FOLDERS = 60
MAX_COMPONENTS = 30
MARKERS = re.compile(
    r"^(package\.json|deno\.jsonc?|requirements[\w.-]*\.(txt|lock)|pyproject\.toml|Pipfile|setup\.(py|cfg)|manage\.py|go\.mod|pom\.xml"
    r"|build\.gradle(\.kts)?|build\.sbt|build\.mill|Cargo\.toml|Gemfile|config\.ru|composer\.json|mix\.exs|gleam\.toml|CMakeLists\.txt|meson\.build"
    r"|.+\.(csproj|fsproj|vbproj)|Package\.swift|pubspec\.yaml|rebar\.config|shard\.yml|project\.clj|deps\.edn|stack\.yaml|.+\.cabal|build\.zig"
    r"|dune-project|Project\.toml|.+\.go|index\.(html|php)|Procfile|Staticfile|app\.py|main\.py|server\.js|.+\.nimble|bb\.edn)$"
)
WEAK = re.compile(r"^(.+\.go|index\.(html|php)|app\.py|main\.py|server\.js|Procfile|Staticfile)$")
ASIDE = re.compile(
    r"(^|/)([\w-]*docs?|documentation|docs?-?site|examples?|samples?|demos?|tests?|__tests__|spec|e2e|cypress|playwright|fixtures?|testdata|test-data|benchmarks?|bench"
    r"|vendor|vendors|third[_-]?party|node_modules|dist|build|out|target|\.[^/]+|tools?|scripts?|hack|contrib|templates?|boilerplates?|storybook"
    r"|notebooks?|tutorials?|playgrounds?|integration[_-]tests?|loadtest|k6|migrations|infra(structure)?|terraform|ansible|charts?|helm|website|proto|[\w-]*sdks?)(/|$)",
    re.I,
)
_NAMELESS = frozenset({"src", "source", "code"})
_FOREIGN = {
    ".meteor/release": "Meteor",
    "pubspec.yaml": "Dart",
    "Package.swift": "Swift",
    "platformio.ini": "PlatformIO",
    "project.godot": "Godot",
    "dune-project": "OCaml",
    "stack.yaml": "Haskell",
}
_TOOLS = re.compile(r"(^|/)(packages|libs?|modules|shared|common|plugins|crates|internal|pkg)/", re.I)
SERVICE = re.compile(
    r"^(backend|back-end|back|frontend|front-end|front|client|server|api|web|webapp|ui|app|admin|dashboard|worker|workers|gateway|core-api|services?/[^/]+"
    r"|apps?/[^/]+|microservices/[^/]+|cmd/[^/]+|src/[^/]+|packages/[^/]+)$",
    re.I,
)


def profile(tree: Tree) -> Profile:
    """Return what the repository is made of, each fact with its proof.

    Folders with a manifest are tried from the root downwards; the first stack that finds something runnable has the folder.
    Folders for documents, examples, tests and vendored code count only when nothing else does.
    """
    cached = CachedTree.of(tree)
    paths = cached.paths()
    roots = _folders(cached)
    runnable, libraries = _detect(cached, [root for root in roots if not ASIDE.search(root)])
    questions: list[str] = []
    known = {stack.id for stack in STACKS}
    foreign = next((name for marker, name in _FOREIGN.items() if marker in cached.known and name.lower() not in known), None)
    if foreign and not any(component.root == "" for component in runnable):
        questions.append(f"This is a {foreign} project, which the architect does not know; state what should run and how.")
        runnable = [component for component in runnable if component.role is not Role.JOB]
    if not runnable and not libraries:
        runnable, libraries = _detect(cached, [root for root in roots if ASIDE.search(root) and not root.startswith(".")])
        if runnable:
            questions.append(
                f"Only {_listed(c.root for c in runnable)} holds something that runs; it looks like an example rather than a service."
            )
    services = [component for component in runnable if component.role is not Role.JOB]
    runnable = [component for component in runnable if not services or component.role is not Role.JOB or not _TOOLS.search(component.root)]
    components = _named(cached, runnable[:MAX_COMPONENTS])
    questions += _questions(cached, components, libraries, len(runnable))
    components = tuple(observed(cached, component) for component in components)
    served = existing(paths)
    return Profile(
        name=cached.name,
        components=components,
        questions=tuple(dict.fromkeys(questions)),
        existing=MappingProxyType(served),
        files=tuple(paths),
        files_read=cached.files_read,
        originals=MappingProxyType(originals(cached, served)),
        truncated=len(paths) >= MAX_PATHS,
    )


def _folders(tree: CachedTree) -> list[str]:
    """Return the folders that hold a manifest, shallow first; below the fourth level nothing is deployed on its own."""
    found = [
        folder
        for folder, names in tree.by_folder.items()
        if folder.count("/") <= 3
        and any(MARKERS.match(name) for name in names)
        and (not folder or not _only_weak(names) or folder.count("/") <= 1)
    ]
    return ["", *sorted((folder for folder in found if folder), key=lambda folder: (folder.count("/"), folder))][: MAX_FOLDERS * 4]


def _only_weak(names: Sequence[str]) -> bool:
    return all(WEAK.match(name) for name in names if MARKERS.match(name))


def _detect(tree: CachedTree, roots: Iterable[str]) -> tuple[list[Component], list[Component]]:
    """Return what runs and what is only a library. A folder below a component is part of it, unless it is a service of its own."""
    runnable: list[Component] = []
    libraries: list[Component] = []
    for root in list(roots)[:MAX_FOLDERS]:
        owner = next((c for c in runnable if c.root == "" or root.startswith(c.root + "/")), None) if root else None
        if owner is not None and not _separate(tree, owner, root):
            continue
        within = any(library.root == "" or root.startswith(library.root + "/") for library in libraries)
        if within and _only_weak(tree.by_folder.get(root, ())):
            continue
        component = _first(tree, root)
        if component is None or (owner is not None and not _worth(owner, component)):
            continue
        if within and component.role is Role.JOB:
            continue
        (libraries if component.role is Role.LIBRARY else runnable).append(component)
    return runnable, libraries


def _first(tree: CachedTree, root: str) -> Component | None:
    """Return what the first stack finds that runs here, else a library, else None."""
    library: Component | None = None
    for stack in STACKS:
        component = stack.detect(tree, root)
        if component is None:
            continue
        if component.role is not Role.LIBRARY:
            return component
        library = library or component
    return library


def _separate(tree: CachedTree, owner: Component, root: str) -> bool:
    """Tell whether a folder inside a component may be a service of its own: by its name, and by what the owner builds itself."""
    inner = root[len(owner.root) :].strip("/")
    if not SERVICE.match(inner) or inner in owner.details.get("builds", ()):
        return False
    manifest = tree.read(f"{owner.root}/package.json".lstrip("/")) or ""
    built = re.search(rf"(--prefix|cd|-C|--cwd|--workspace[= ]|--filter[= ])\s*\.?/?{re.escape(inner)}\b", manifest)
    return built is None


def _worth(owner: Component, component: Component) -> bool:
    """Tell whether a component inside another one stands on its own."""
    if component.role in (Role.LIBRARY, Role.JOB):
        return False
    if component.stack == owner.stack:
        return component.port is not None and component.port.firm and component.port != owner.port
    return component.stack != "static" and component.start is not None


def _named(tree: CachedTree, components: list[Component]) -> tuple[Component, ...]:
    """Give each component a name of its own: its folder's, with the parent's where two are alike."""
    short = {component.root: _short(component.root) or _slug(tree.name) for component in components}
    counts = Counter(short.values())
    named: dict[str, Component] = {}
    for component in components:
        name = short[component.root]
        if counts[name] > 1 and component.root:
            name = _slug(component.root.replace("/", "-"))
        while name in named:
            name += "-2"
        named[name] = replace(component, name=name)
    return tuple(named.values())


def _short(root: str) -> str:
    """Return a folder's own name, its parent's where the name says nothing."""
    parts = [part for part in root.split("/") if part]
    telling = [part for part in parts if part.lower() not in _NAMELESS] or parts
    return _slug(telling[-1]) if telling else ""


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "app"


def _questions(tree: CachedTree, components: tuple[Component, ...], libraries: list[Component], found: int) -> list[str]:
    """Return what the user should know or answer, in plain sentences."""
    questions = [f"{problem} What it declares was left out." for problem in tree.problems.values()]
    for component in components:
        if component.start is None:
            questions.append(f"No start command was found for {component.name}; state one before generating.")
        questions += component.details.get("questions", ())
    if found > MAX_COMPONENTS:
        questions.append(f"There are {found} parts that could run; only the first {MAX_COMPONENTS} are shown.")
    if components:
        return questions
    if libraries:
        what = _listed(sorted({library.language.value for library in libraries}))
        questions.append(
            f"This looks like a {what} library: it is packaged for others to use, and nothing in it starts a service. "
            "State a start command if one exists."
        )
    elif not tree.paths():
        questions.append("The repository is empty.")
    else:
        questions.append(
            "No application was recognised: there is no manifest, entry point or page that the architect knows. "
            "State what should run and how."
        )
    return questions


def _listed(names: Iterable[str]) -> str:
    found = [name or "the root" for name in names]
    return found[0] if len(found) == 1 else ", ".join(found[:-1]) + " and " + found[-1]
