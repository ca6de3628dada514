"""The .dockerignore: what never belongs in a build context, without anything the Dockerfile copies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.plan import Copy, ImagePlan
from architect.profile import Component, Profile
from architect.syntax.lines import Page
from artifacts.records import Kind

_ALWAYS: tuple[tuple[str, str], ...] = (
    ("version control", ".git .gitattributes .gitmodules .hg .svn"),
    ("continuous integration and review", ".github .gitlab .gitlab-ci.yml .circleci .travis.yml .pre-commit-config.yaml renovate.json"),
    ("editors and operating systems", "**/.idea **/.vscode **/.DS_Store **/Thumbs.db **/*.swp"),
    (
        "container files, so that editing them does not spoil the cache",
        "**/Dockerfile* **/*.dockerignore **/compose*.y*ml **/docker-compose*.y*ml",
    ),
    ("secrets and local settings stay out of every layer", "**/.env **/.env.* **/*.tfstate* **/.terraform **/id_rsa* **/id_ed25519*"),
)
_UNLESS_TRACKED: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("secrets", (), "**/*.pem **/*.key **/*.p12 **/*.pfx"),
    ("installed packages and caches of Node", ("node", "javascript", "typescript", "ruby", "php", "python", "elixir", "html", "bun"),
     "**/node_modules **/.next **/.nuxt **/.output **/.svelte-kit **/.turbo **/.parcel-cache **/.angular **/dist **/coverage **/*.log"),
    ("byte code, environments and caches of Python", ("python",),
     "**/__pycache__ **/*.py[cod] **/.venv **/venv **/.pytest_cache **/.mypy_cache "
     "**/.ruff_cache **/.tox **/*.egg-info **/htmlcov **/.coverage"),
    ("build results", ("rust", "java", "kotlin", "scala", "clojure"), "**/target **/.gradle **/build **/out **/.bsp **/.metals"),
    ("build results", ("go",), "bin tmp *.test *.out"),
    ("build results", ("cpp", "c", "c++"), "build cmake-build-* **/*.o"),
    ("build results", ("dotnet", "c#", "csharp", "f#"), "**/bin **/obj **/TestResults"),
    ("bundled gems, logs and temporary files", ("ruby",), ".bundle vendor/bundle log/* tmp/* storage/* coverage"),
    ("installed packages, logs and caches of PHP", ("php",), "vendor storage/logs/* var/cache var/log"),
    ("build results and packages of Elixir", ("elixir", "gleam", "erlang"), "_build deps .elixir_ls cover erl_crash.dump"),
)  # fmt: skip
_LEFTOVERS = "db.sqlite3 *.sqlite3-journal"


class Dockerignore:
    """One ignore file a component, beside its Dockerfile."""

    id = "dockerignore"
    label = ".dockerignore"
    options: tuple[Option, ...] = ()

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the ignore files of these components."""
        return tuple(dict.fromkeys(component.dockerignore_path for component in components))

    def draw(self, site: Site) -> Drawing:
        """Draw the ignore file of every component that has a plan."""
        pages: dict[str, Page] = {}
        for component, plan in site.planned():
            pages.setdefault(component.dockerignore_path, _page(component, plan, site.profile))
        return Drawing(tuple(pages.values()))


@dataclass(frozen=True, slots=True)
class _Context:
    """What is in a build context: the copied sources, and the names of the repository's files in it."""

    copied: tuple[str, ...]
    names: frozenset[str]
    files: tuple[str, ...]

    def copies(self, pattern: str) -> bool:
        """Tell whether this pattern would ignore something the Dockerfile copies by name."""
        return any(ignores(pattern, source) for source in self.copied)

    def tracks(self, pattern: str) -> bool:
        """Tell whether this pattern would ignore a file of the repository."""
        name = pattern.removeprefix("**/")
        if "/" in name or name == pattern:
            return any(ignores(pattern, path) for path in self.files)
        if re.search(r"[*?\[]", name):
            return any(fnmatchcase(candidate, name) for candidate in self.names)
        return name in self.names


def _page(component: Component, plan: ImagePlan, profile: Profile) -> Page:
    context = _context(component, plan, profile)
    language = component.language.value.lower()
    languages = {language, component.stack.lower()}
    page = Page(component.dockerignore_path, Kind.DOCKERIGNORE)
    seen: set[str] = set()
    for title, text in _ALWAYS:
        _group(page, title, (pattern for pattern in text.split() if not context.copies(pattern)), seen)
        if title.startswith("secrets"):
            for kept in _kept_settings(context):
                page.add(f"!{kept}", "Settings without secrets that the repository itself carries")
    for title, wanted, text in _UNLESS_TRACKED:
        if not wanted or languages & set(wanted):
            _group(page, title, (pattern for pattern in text.split() if not context.copies(pattern) and not context.tracks(pattern)), seen)
    _group(
        page,
        "local databases",
        (pattern for pattern in _LEFTOVERS.split() if not context.copies(pattern) and not context.tracks(pattern)),
        seen,
    )
    return page


def _group(page: Page, title: str, patterns: Iterable[str], seen: set[str]) -> None:
    new = [pattern for pattern in patterns if pattern not in seen]
    if not new:
        return
    seen.update(new)
    page.gap()
    page.comment(title)
    for pattern in new:
        page.add(pattern, f"Not sent to the build: {title}")


def _kept_settings(context: _Context) -> list[str]:
    """Return the exceptions to `.env.*`: examples, and settings that a build of the repository reads and that it carries."""
    kept = ["**/.env.example"] if any(path.rsplit("/", 1)[-1] == ".env.example" for path in context.files) else []
    return kept + [path for path in context.files if path.rsplit("/", 1)[-1] in (".env.production", ".env.defaults", ".env.dist")]


def _context(component: Component, plan: ImagePlan, profile: Profile) -> _Context:
    prefix = f"{component.build_context}/" if component.build_context else ""
    files = tuple(path[len(prefix) :] for path in profile.files if path.startswith(prefix))
    names = frozenset(name for path in files for name in path.split("/"))
    copied = tuple(
        dict.fromkeys(
            source.removeprefix("./").strip("/")
            for stage in plan.stages
            for step in stage.steps
            if isinstance(step, Copy) and step.stage is None
            for source in step.sources
            if source.strip("./")
        )
    )
    return _Context(copied, names, files)


def ignores(pattern: str, path: str) -> bool:
    """Tell whether a .dockerignore pattern leaves out this path, itself or through a folder above it.

    A `path` with wildcards counts as left out when any path it stands for might be.
    """
    expression = _expression(pattern)
    parts = path.split("/")
    for count in range(1, len(parts) + 1):
        candidate = "/".join(parts[:count])
        if expression.fullmatch(candidate):
            return True
        if re.search(r"[*?\[]", candidate) and count == len(parts) and fnmatchcase(pattern.rsplit("/", 1)[-1].replace("*", "x"), parts[-1]):
            return True
    return False


def _expression(pattern: str) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\[", "[").replace(r"\]", "]")
    text = text.replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return re.compile(text)
