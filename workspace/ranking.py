"""The smart order: which names an infrastructure question is about, first; and which folders are never walked."""

from __future__ import annotations

from enum import IntEnum
from fnmatch import translate
from functools import lru_cache
from re import Pattern, compile


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Rank(IntEnum):
    """Where an entry stands in the smart order, first to last."""

    MANIFEST = 0
    APPLICATION = 1
    CODE = 2
    CONFIGURATION = 3
    DOCUMENT = 4
    TEST = 5
    OTHER = 6
    IGNORED = 7
    DENIED = 8


_MANIFESTS = _words(
    "package.json pyproject.toml requirements*.txt setup.py setup.cfg pipfile environment.yml go.mod go.work pom.xml build.gradle "
    "build.gradle.kts settings.gradle settings.gradle.kts build.sbt cargo.toml gemfile *.gemspec composer.json *.csproj *.fsproj "
    "*.vbproj *.sln global.json mix.exs deno.json deno.jsonc bun.toml bunfig.toml pubspec.yaml package.swift project.clj deps.edn "
    "rebar.config shard.yml build.zig dockerfile dockerfile.* *.dockerfile containerfile .dockerignore compose.y*ml compose.*.y*ml "
    "docker-compose*.y*ml procfile procfile.* fly.toml render.yaml railway.json railway.toml nixpacks.toml app.json heroku.yml "
    "vercel.json netlify.toml .python-version .nvmrc .node-version .ruby-version .go-version .java-version .tool-versions runtime.txt "
    "mise.toml .mise.toml manage.py wsgi.py asgi.py chart.yaml kustomization.yaml *.tf skaffold.yaml .gitlab-ci.yml jenkinsfile nx.json "
    "turbo.json lerna.json pnpm-workspace.yaml .env.example .env.sample .env.template makefile"
)
# The suffixes of those that are patterns; most names need not be compared with them.
_MANIFEST_SUFFIXES = frozenset(name.rpartition(".")[2] for name in _MANIFESTS if "*" in name) | {"yml", "yaml"}
_ENTRY_POINTS = _words(
    "app.* main.* server.* index.* application.* program.cs startup.cs config.ru routes.rb settings.py urls.py celery.py worker.* "
    "gunicorn.conf.py uvicorn.* api.* cli.py __main__.py artisan"
)
_CODE = _words(
    "py pyx js mjs cjs ts mts cts jsx tsx vue svelte astro go java kt kts scala groovy rs rb php cs fs vb ex exs erl clj cljs swift "
    "dart c cc cpp h hpp zig lua pl r jl hs ml nim cr sh bash ps1 sql graphql proto erb ejs razor cshtml"
)
_CONFIGURATION = _words("json jsonc json5 toml yaml yml ini cfg conf properties xml hcl tf env editorconfig mk cmake gradle lock")
_DOCUMENTS = _words("md rst txt adoc html htm css scss sass less org tex")
_APPLICATION_FOLDERS = _words(
    "src app apps server api backend cmd internal lib pkg services service web packages modules main core config frontend client worker "
    "workers deploy deployment k8s kubernetes helm charts infra infrastructure terraform docker .github ci ops public"
)
_TEST_FOLDERS = _words(
    "test tests spec specs __tests__ e2e testing fixtures testdata mocks cypress benchmarks examples example docs doc samples"
)
_LOCK_FILES = _words(
    "package-lock.json yarn.lock pnpm-lock.yaml poetry.lock uv.lock pipfile.lock cargo.lock go.sum gemfile.lock composer.lock bun.lock "
    "bun.lockb npm-shrinkwrap.json packages.lock.json mix.lock gradle.lockfile deno.lock"
)

# Always left out of a walk: caches, installed packages and tools' own data.
PRUNED = _words(
    "node_modules bower_components jspm_packages .pnpm-store .git .hg .svn .bzr .venv venv __pycache__ .tox .nox .mypy_cache "
    ".pytest_cache .ruff_cache .hypothesis .eggs .ipynb_checkpoints site-packages .next .nuxt .output .svelte-kit .parcel-cache .turbo "
    ".angular .cache .gradle .idea .vs .terraform .serverless .aws-sam cdk.out htmlcov .nyc_output deriveddata pods .dart_tool elm- "
    "stuff .stack-work dist-newstyle .bundle .bloop .metals .import_linter_cache .direnv .vagrant .sass-cache"
)

# Left out where a manifest beside them says that they are build output or installed packages.
PRUNED_BESIDE: dict[str, frozenset[str]] = {
    "target": frozenset({"pom.xml", "cargo.toml", "build.sbt", "project.clj"}),
    "dist": frozenset({"package.json", "pyproject.toml", "setup.py", "setup.cfg"}),
    "build": frozenset({"build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "setup.py", "pubspec.yaml"}),
    "vendor": frozenset({"go.mod", "composer.json"}),
    "_build": frozenset({"mix.exs", "rebar.config", "dune-project"}),
    "deps": frozenset({"mix.exs"}),
    "coverage": frozenset({"package.json"}),
}
_DOTNET_OUTPUT = frozenset({"bin", "obj"})


def is_pruned(name: str, beside: frozenset[str]) -> bool:
    """Tell whether a folder is never walked, given the lower-case names of the entries beside it."""
    lowered = name.lower()
    if lowered in PRUNED or lowered.endswith((".egg-info", ".dist-info")):
        return True
    markers = PRUNED_BESIDE.get(lowered)
    if markers is not None:
        return not markers.isdisjoint(beside)
    return lowered in _DOTNET_OUTPUT and any(other.endswith(("proj", ".sln")) for other in beside)


@lru_cache(maxsize=65_536)
def rank_file(name: str) -> Rank:
    """Return a file's place in the smart order by its name alone."""
    lowered = name.lower()
    if lowered in _LOCK_FILES:
        return Rank.OTHER
    stem, _, suffix = lowered.rpartition(".")
    if lowered in _MANIFESTS or (
        (suffix in _MANIFEST_SUFFIXES or lowered.startswith(("dockerfile.", "procfile."))) and _manifest_names().match(lowered)
    ):
        return Rank.MANIFEST
    if suffix in _CODE:
        if stem.startswith("test_") or stem.endswith(("_test", ".test", ".spec", "_spec")) or stem == "conftest":
            return Rank.TEST
        return Rank.APPLICATION if _entry_names().match(lowered) else Rank.CODE
    if lowered in ("artisan", "config.ru"):
        return Rank.APPLICATION
    if suffix in _CONFIGURATION:
        return Rank.CONFIGURATION
    return Rank.DOCUMENT if suffix in _DOCUMENTS or lowered in ("readme", "license") else Rank.OTHER


@lru_cache(maxsize=4096)
def rank_folder(name: str) -> Rank:
    """Return a folder's place in the smart order by its name alone."""
    lowered = name.lower()
    if lowered in _APPLICATION_FOLDERS:
        return Rank.APPLICATION
    if lowered in _TEST_FOLDERS:
        return Rank.TEST
    return Rank.OTHER if lowered.startswith(".") else Rank.CODE


@lru_cache(maxsize=1)
def _manifest_names() -> Pattern[str]:
    return compile("|".join(translate(name) for name in _MANIFESTS if "*" in name))


@lru_cache(maxsize=1)
def _entry_names() -> Pattern[str]:
    return compile("|".join(translate(name) for name in _ENTRY_POINTS))
