"""The detector of Python applications: joins requirements, release, sources and serving into one component."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

from architect import code
from architect.commands import env_examples, merged
from architect.profile import Basis, Component, Evidence, Fact, Role, Variable
from architect.reading import Folder, glob_matches
from architect.services import needed
from architect.stacks.python import programs
from architect.stacks.python.assets import find_assets
from architect.stacks.python.django import collects
from architect.stacks.python.modules import scan
from architect.stacks.python.processes import processes
from architect.stacks.python.release import release
from architect.stacks.python.requirements import Requirements, read
from architect.stacks.python.serving import Serving, serve
from architect.stacks.python.source import Sources, files
from architect.stacks.python.system import Needs, alpine_fits, packages
from architect.stacks.python.wheels import wheel_tags
from architect.tree import Tree

_MARKERS = ("requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "manage.py")
_OTHERS = ("package.json", "go.mod", "Cargo.toml", "pom.xml", "Gemfile", "composer.json", "mix.exs", "build.gradle", "CMakeLists.txt")
_SIGNALS = re.compile(r"signal\.signal\(|add_signal_handler|uvicorn\.run\(|web\.run_app\(|hypercorn|SIGTERM")
_WRITES = re.compile(
    r"sqlite:///(?!/)(?!:memory:)|db\.sqlite3|MEDIA_ROOT\s*=|UPLOAD_FOLDER|UPLOAD_DIR|\.save\(os\.path|open\([^)]*[\"']w[b+]?[\"']"
)


def detect(tree: Tree, root: str) -> Component | None:
    """Return the Python application in a folder; a library is a component of that role without a start command."""
    folder = Folder(tree, root)
    wanted = read(folder)
    own = [name for name in folder.names() if name.endswith(".py")]
    if wanted is None and not own and not folder.has("Procfile"):
        return None
    if wanted is None and not folder.has(*_MARKERS) and len(own) == len([name for name in own if name in ("setup.py", "conftest.py")]):
        return None
    if wanted is None and folder.has(*_OTHERS):
        return None
    if not files(folder) and (wanted is None or not wanted.scripts):
        return None
    runtime = release(folder, wanted)
    sources = scan(folder)
    serving = (
        serve(folder, wanted, sources, runtime.value)
        or programs.page(folder, wanted, sources)
        or programs.declared(folder)
        or programs.worker(sources)
        or programs.program(folder, wanted, sources)
    )
    if serving is None and (wanted is None or not _distributed(folder)):
        return None
    return _component(folder, tree, wanted, runtime, sources, serving)


def _distributed(folder: Folder) -> bool:
    """Tell whether the folder is a package that others install."""
    document = folder.toml("pyproject.toml")
    if document and (document.get("project", "name") or document.get("tool", "poetry", "name")):
        return not document.table("tool", "uv", "workspace") and document.get("tool", "poetry", "package-mode") is not False
    return folder.has("setup.py", "setup.cfg") is not None


def _component(
    folder: Folder, tree: Tree, wanted: Requirements | None, runtime: Fact[str], sources: Sources, serving: Serving | None
) -> Component:
    names = wanted.names if wanted else {}
    first = wanted.proof if wanted else Evidence(folder.path(files(folder)[0]))
    system = packages(wanted) if wanted else {}
    variables = merged(tuple(sources.variables.values()), env_examples(folder))
    details = _details(folder, wanted, sources, serving, system, variables)
    runs = tuple(
        Fact(package, Basis.CONVENTION, (names[name],), f"{name} loads it") for name, needs in system.items() for package in needs.run
    )
    lock = wanted.lockfile if wanted else None
    static = details["collectstatic"]
    return Component(
        name=folder.label,
        stack="python",
        root=folder.root,
        role=serving.role if serving else Role.LIBRARY,
        language=Fact("python", Basis.DECLARED if wanted else Basis.CODE, (first,)),
        framework=serving.framework if serving else None,
        runtime=runtime,
        package_manager=Fact(wanted.manager, Basis.DECLARED, (wanted.proof,)) if wanted else None,
        lockfile=lock,
        build=Fact(static[0], Basis.CODE, static[1]) if static else None,
        start=serving.start if serving else None,
        port=serving.port if serving else None,
        health=serving.health if serving else None,
        processes=processes(serving, folder, wanted, sources) if serving else (),
        services=needed("pypi", names, tree, folder.root),
        variables=variables,
        system_packages=runs,
        context="" if lock and "/" not in lock and folder.root else None,
        details=MappingProxyType(details),
    )


def _details(
    folder: Folder,
    wanted: Requirements | None,
    sources: Sources,
    serving: Serving | None,
    system: dict[str, Needs],
    variables: tuple[Variable, ...],
) -> dict[str, Any]:
    """Return what the plan needs beyond the component's facts."""
    _, platforms = wheel_tags(folder, wanted) if wanted else ({}, {})
    document = folder.toml("pyproject.toml")
    questions: list[str] = list(serving.questions) if serving else []
    if wanted and wanted.lockfile is None and not wanted.exact and wanted.names and serving:
        questions.append(f"{folder.path(wanted.source)} leaves versions open and there is no lock file, so two builds may differ.")
    writes = next((Evidence(sources.paths[name]) for name, text in sources.texts.items() if _WRITES.search(text)), None)
    return {
        "requirements": wanted,
        "workdir": serving.workdir if serving else "",
        "folder": serving.folder if serving else "",
        "install": serving.install if serving else (),
        "environment": _listening(serving, variables) | dict(serving.environment) if serving else {},
        "system": system,
        "alpine": alpine_fits(wanted, platforms),
        "dynamic": bool(document and document.get("project", "dynamic")),
        "collectstatic": collects(folder, sources, serving, questions),
        "members": _members(folder, wanted),
        "writes": writes,
        "console": bool(serving and serving.start and wanted and serving.start.value[0] in wanted.scripts),
        "questions": tuple(questions),
        "handles_signals": any(_SIGNALS.search(text) for text in sources.texts.values()),
        "assets": find_assets(folder) if serving and serving.role is Role.WEB else None,
        "package": document.text_at("project", "name") if document else None,
    }


def _listening(serving: Serving, variables: tuple[Variable, ...]) -> dict[str, str]:
    """Return the variables by which a program that serves itself is reached from outside its container."""
    start = serving.start.value if serving.start else ()
    if serving.port is None or start[:1] != ("python",):
        return {}
    port = str(serving.port.value)
    return {name: value.replace("{port}", port) for name, value, _ in code.listening(variables, serving.port)}


def _members(folder: Folder, wanted: Requirements | None) -> tuple[str, ...]:
    """Return the manifests of a uv workspace whose lock lies above the folder, from the repository's root."""
    if not (wanted and wanted.manager == "uv" and wanted.lockfile and folder.root and "/" not in wanted.lockfile):
        return ()
    top = Folder(folder.tree)
    document = top.toml("pyproject.toml")
    globs = document.get("tool", "uv", "workspace", "members") if document else None
    found: list[str] = []
    places = sorted(folder.tree.by_folder.items())
    for glob in globs if isinstance(globs, list) else ():
        pattern = str(glob).removeprefix("./").rstrip("/")
        found += [f"{place}/pyproject.toml" for place, names in places if "pyproject.toml" in names and glob_matches(place, pattern)]
    return tuple(dict.fromkeys(("pyproject.toml", *found)))
