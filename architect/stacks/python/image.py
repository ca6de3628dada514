"""The image plan of a Python component: a build stage with a virtual environment, a slim stage that only runs it."""

from __future__ import annotations

import re

from architect.bases import tcp_command
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Component
from architect.request import Style
from architect.stacks.python.assets import sources
from architect.stacks.python.assets import stage as asset_stage
from architect.stacks.python.requirements import Requirements
from architect.stacks.python.system import Needs
from architect.versions import numbers

VENV = "/opt/venv"
APP = "/app"
UV = "0.13.8"
_PATH = f"{VENV}/bin:/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_TOOLS = {
    "poetry": (((3, 10), "2.5.1"), ((3, 8), "1.8.5"), ((3, 7), "1.5.1"), ((3, 6), "1.1.15")),
    "pdm": (((3, 10), "2.29.4"), ((3, 9), "2.26.1"), ((3, 8), "2.22.4"), ((3, 7), "2.11.2")),
    "pipenv": (((3, 10), "2026.10.3"), ((3, 8), "2024.4.1"), ((3, 7), "2023.10.3"), ((3, 6), "2022.4.21")),
}
_ALPINE = {"3.8": "3.20", "3.7": "3.18", "3.6": "3.15", "2.7": "3.11"}
_DEBIAN = {"3.6": "slim-bullseye", "2.7": "slim-buster"}


def base(component: Component, style: Style) -> Image:
    """Return the base image: Alpine in the lean style where every package fits it, else slim Debian."""
    version = component.runtime.value if component.runtime else "3.13"
    if style is Style.LEAN and component.details.get("alpine"):
        reference = f"python:{version}-alpine{_ALPINE.get(version, '3.22')}"
        return Image(reference, Family.ALPINE, probe="python", why="the smallest base that every dependency has wheels for")
    reference = f"python:{version}-{_DEBIAN.get(version, 'slim-bookworm')}"
    return Image(reference, Family.DEBIAN, probe="python", why="Debian without what only builds need; every wheel fits it")


def plan(component: Component, style: Style) -> ImagePlan:
    """Return the plan. Raises ValueError when no start command is known."""
    if component.start is None:
        raise ValueError(f"No start command is known for {component.name}; state one.")
    wanted: Requirements | None = component.details.get("requirements")
    image = base(component, style)
    assets = component.details.get("assets")
    browser = (asset_stage(assets, style, APP),) if assets else ()
    build = Stage("build", image, tuple(_build(component, wanted, style)))
    runtime = Stage("runtime", image, tuple(_runtime(component, wanted, style)))
    port = component.port.value if component.port else None
    probe = tcp_command(image, port) if port and component.health is None else None
    if port and component.health and component.framework and component.framework.value == "django":
        probe = _django_probe(port, component.health.value)
    where = f"{APP}/{component.details.get('workdir', '')}".rstrip("/")
    writes = component.details.get("writes")
    return ImagePlan(
        stages=(*browser, build, runtime),
        start=component.start.value,
        port=port,
        health_path=component.health.value if component.health and port else None,
        health_command=probe,
        health_start_period=30 if wanted and wanted.any("torch", "tensorflow", "transformers", "sentence-transformers") else 10,
        writable=("/tmp", *((where,) if writes else ())),  # noqa: S108
        init=component.start.value[0] in ("sh", "bash")
        or (component.start.value[0] == "python" and not component.details.get("handles_signals")),
        why_start=component.start.note,
        why_port=component.port.note if component.port else "",
        start_evidence=component.start.evidence,
        port_evidence=component.port.evidence if component.port else (),
    )


def _django_probe(port: int, path: str) -> tuple[str, ...]:
    """Return a probe for which a refused Host header still means that the application answers: ALLOWED_HOSTS is the operator's."""
    code = (
        f"import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', {port}, timeout=4); "
        f"c.request('GET', {path!r}); sys.exit(c.getresponse().status >= 500)"
    )
    return ("python", "-c", code)


def _build(component: Component, wanted: Requirements | None, style: Style) -> list[Step]:
    """Return the steps that make the virtual environment, manifests before sources."""
    system: dict[str, Needs] = component.details.get("system", {})
    steps: list[Step] = []
    debian = tuple(sorted({package for needs in system.values() for package in needs.build}))
    alpine = tuple(sorted({package for needs in system.values() for package in needs.alpine_build}))
    if debian or alpine:
        proof = tuple(wanted.names[name] for name, needs in system.items() if needs.build and wanted and name in wanted.names)
        steps.append(
            Packages(debian, alpine, why="to compile " + ", ".join(n for n, needs in system.items() if needs.build), evidence=proof)
        )
    if style is not Style.CACHED:
        steps.append(Env("PIP_NO_CACHE_DIR", "1", why="no download cache in the layers"))
    steps += [Env("PIP_DISABLE_PIP_VERSION_CHECK", "1"), Workdir(APP)]
    manager = wanted.manager if wanted else "pip"
    if manager == "uv" or (wanted and wanted.source == "pyproject.toml" and manager == "pip"):
        steps += _uv(component, wanted, style)
    elif manager in _TOOLS and wanted:
        steps += _tool(component, wanted, style)
    else:
        steps += _pip(wanted, style)
    install = component.details.get("install", ())
    if install:
        text = " ".join(f"{name}=={version}" for name, version in install)
        names = " and ".join(name for name, _ in install)
        uses_uv = any(isinstance(step, Run) and " uv==" in step.command for step in steps)
        installer = "uv pip install" if uses_uv else "pip install"
        steps.append(
            Run(
                f"{installer} {text}",
                caches=_caches(style, uses_uv),
                why=f"{names} serves in production; the project brings no such server",
            )
        )
    steps += _after(component, wanted, style)
    return steps


def _venv() -> list[Step]:
    return [
        Run(f"python -m venv {VENV}", why="one folder to copy into the final image"),
        Env("VIRTUAL_ENV", VENV),
        Env("PATH", _PATH),
    ]


def _caches(style: Style, uv: bool = False) -> tuple[str, ...]:
    if style is not Style.CACHED:
        return ()
    return ("/root/.cache/uv",) if uv else ("/root/.cache/pip",)


def _compile(style: Style) -> str:
    return "--no-compile " if style is Style.LEAN else ""


def _pip(wanted: Requirements | None, style: Style) -> list[Step]:
    """Install from requirements files; what they name from the repository itself comes after its sources."""
    steps = _venv()
    if wanted is None:
        return steps
    if wanted.source in ("setup.py", "setup.cfg"):
        return steps
    steps += _manifests(wanted.manifests, wanted, "the dependencies change less often than the sources")
    hashes = "--require-hashes " if wanted.hashed else ""
    if wanted.local:
        others = f"grep -vE '^[[:space:]]*(-e[[:space:]]+)?\\.' {wanted.source} > /tmp/requirements.txt"
        text = f"{others} && pip install {_compile(style)}-r /tmp/requirements.txt"
    else:
        text = f"pip install {_compile(style)}{hashes}-r {wanted.source}"
    why = "exact, hashed versions" if wanted.hashed else "the versions the repository names"
    return [*steps, Run(text, caches=_caches(style), why=why, evidence=(wanted.proof,))]


def _manifests(names: tuple[str, ...], wanted: Requirements, why: str, prefix: str = "") -> list[Step]:
    """Copy manifests, one step a folder so that each keeps its place."""
    folders: dict[str, list[str]] = {}
    for name in names:
        folders.setdefault(name.rpartition("/")[0], []).append(prefix + name)
    return [Copy(tuple(found), f"./{place}/" if place else "./", why=why, evidence=(wanted.proof,)) for place, found in folders.items()]


def _uv(component: Component, wanted: Requirements | None, style: Style) -> list[Step]:
    """Install with uv: from its lock, or from the dependencies a pyproject.toml lists."""
    steps: list[Step] = [Run(f"pip install uv=={UV}", caches=_caches(style), why="the installer, at one release")]
    if wanted is None:
        return steps
    steps += [Env("UV_LINK_MODE", "copy"), Env("UV_PYTHON_DOWNLOADS", "never", why="the base image's Python is the one to use")]
    if style is not Style.CACHED:
        steps.append(Env("UV_NO_CACHE", "1"))
    if style is not Style.LEAN:
        steps.append(Env("UV_COMPILE_BYTECODE", "1", why="faster start on a read-only file system"))
    extras = "".join(f" --extra {extra}" for extra in wanted.extras) + "".join(f" --group {group}" for group in wanted.groups)
    if wanted.manager == "uv" and wanted.lockfile:
        members = component.details.get("members", ())
        steps.append(Env("UV_PROJECT_ENVIRONMENT", VENV))
        if members:
            for path in members:
                place = path.rpartition("/")[0]
                files = (path, wanted.lockfile) if not place else (path,)
                steps.append(
                    Copy(
                        files, f"./{place}/" if place else "./", why="the workspace's manifests and its one lock", evidence=(wanted.proof,)
                    )
                )
            name = _project_name(component)
            sync = f"uv sync --frozen --no-dev --no-install-workspace{name}{extras}"
        else:
            steps += _manifests(wanted.manifests, wanted, "the dependencies change less often than the sources")
            mode = "--frozen" if component.details.get("dynamic") else "--locked"
            sync = f"uv sync {mode} --no-dev --no-install-project{extras}"
        steps.append(Run(sync, caches=_caches(style, True), why="exactly what the lock says", evidence=(wanted.proof,)))
    else:
        steps += [Run(f"uv venv {VENV}", why="one folder to copy into the final image")]
        steps += _manifests(wanted.manifests, wanted, "the dependencies change less often than the sources")
        beside = f"-r {wanted.beside} " if wanted.beside else ""
        why = f"{wanted.beside} leaves out some of what the project needs" if beside else "the dependencies it lists; there is no lock file"
        text = f"uv pip install {beside}-r pyproject.toml{extras}"
        steps.append(Run(text, caches=_caches(style, True), why=why, evidence=(wanted.proof,)))
    return [*steps, Env("VIRTUAL_ENV", VENV), Env("PATH", _PATH)] if wanted.lockfile and wanted.manager == "uv" else _venv_first(steps)


def _venv_first(steps: list[Step]) -> list[Step]:
    """Let uv install into the environment it made: its variables stand before the install."""
    index = next(i for i, step in enumerate(steps) if isinstance(step, Run) and "uv venv" in step.command)
    return [*steps[: index + 1], Env("VIRTUAL_ENV", VENV), Env("PATH", _PATH), *steps[index + 1 :]]


def _project_name(component: Component) -> str:
    name = component.details.get("package")
    return f" --package {name}" if name else ""


def _tool(component: Component, wanted: Requirements, style: Style) -> list[Step]:
    """Install with Poetry, PDM or Pipenv, which use the virtual environment that is active."""
    release = _tool_release(component, wanted)
    steps: list[Step] = [Run(f"pip install {wanted.manager}=={release}", caches=_caches(style), why="the installer, at one release")]
    steps += _venv()
    steps += _manifests(wanted.manifests, wanted, "the dependencies change less often than the sources")
    if wanted.manager == "poetry":
        groups = ",".join(("main", *wanted.groups))
        text = f"poetry install --no-interaction --no-ansi --only {groups} --no-root"
    elif wanted.manager == "pdm":
        text = "pdm sync --prod --no-self --no-editable" if wanted.lockfile else "pdm install --prod --no-self --no-editable"
    else:
        text = "pipenv install --deploy --ignore-pipfile" if wanted.lockfile else "pipenv install --skip-lock"
    caches = () if style is not Style.CACHED else (f"/root/.cache/{'pypoetry' if wanted.manager == 'poetry' else wanted.manager}",)
    why = "exactly what the lock says" if wanted.lockfile else "there is no lock file, so the newest permitted versions"
    return [*steps, Run(text, caches=caches, why=why, evidence=(wanted.proof,))]


def _tool_release(component: Component, wanted: Requirements) -> str:
    have = numbers(component.runtime.value if component.runtime else "3.13")[:2]
    if wanted.manager == "poetry" and wanted.lock_version and numbers(wanted.lock_version) < (2,) and have <= (3, 13) and have >= (3, 8):
        return "1.8.5"
    return next((version for first, version in _TOOLS[wanted.manager] if have >= first), _TOOLS[wanted.manager][-1][1])


def _after(component: Component, wanted: Requirements | None, style: Style) -> list[Step]:
    """Return the build steps that need the sources: installing the project itself, collecting static files."""
    steps: list[Step] = []
    collect = component.details.get("collectstatic")
    installs = bool(wanted and (wanted.local or component.details.get("console")))
    if not (collect or installs):
        return steps
    assets = component.details.get("assets")
    steps.append(sources(assets, APP, _context(component), owned=False, why="the sources, after the dependencies", evidence=()))
    if installs and wanted:
        if wanted.manager == "uv" and wanted.lockfile:
            steps.append(Run("uv sync --frozen --no-dev --no-editable", caches=_caches(style, True), why="the project's own command"))
        elif wanted.manager == "poetry":
            steps.append(Run("poetry install --no-interaction --only main", why="the project's own command"))
        else:
            deps = "" if wanted.source in ("setup.py", "setup.cfg") else "--no-deps "
            tool = "uv pip" if wanted.manager == "pip" and wanted.source == "pyproject.toml" else "pip"
            steps.append(Run(f"{tool} install {deps}.", caches=_caches(style, tool == "uv pip"), why="the project itself"))
    if collect:
        workdir = component.details.get("workdir")
        steps += [Workdir(f"{APP}/{workdir}")] if workdir else []
        steps.append(Run(collect[0], why="static files, with stand-ins for secrets that do not stay in the image", evidence=collect[1]))
    return steps


def _context(component: Component) -> str:
    """Return what to copy for the sources: the component's own folder when the context is a folder above it."""
    if component.build_context != component.root:
        return component.root.removeprefix(component.build_context).strip("/") + "/"
    return "."


def _runtime(component: Component, wanted: Requirements | None, style: Style) -> list[Step]:
    """Return the steps of the image that runs."""
    system: dict[str, Needs] = component.details.get("system", {})
    steps: list[Step] = []
    debian = tuple(sorted({package for needs in system.values() for package in needs.run}))
    alpine = tuple(sorted({package for needs in system.values() for package in needs.alpine_run}))
    if debian or alpine:
        users = [name for name, needs in system.items() if needs.run or needs.alpine_run]
        proof = tuple(wanted.names[name] for name in users if wanted)
        steps.append(Packages(debian, alpine, why="libraries that " + ", ".join(users) + " load", evidence=proof))
    if style is Style.HARDENED:
        steps.append(Run("python -m pip uninstall --yes pip", why="nothing is installed while it runs"))
    steps += [
        Env("PYTHONUNBUFFERED", "1", why="log lines appear at once"),
        Env("PYTHONDONTWRITEBYTECODE", "1", why="nothing is written beside the sources"),
        Env("PATH", _PATH, why="the virtual environment's commands come first"),
    ]
    steps += _environment(component)
    steps.append(Workdir(APP))
    steps.append(Copy((VENV,), VENV, stage="build", why="the dependencies, without the tools that built them"))
    writes = component.details.get("writes")
    built = component.details.get("collectstatic") or (wanted and wanted.local)
    why = "the application writes beside its sources" if writes else "the sources, which the application only reads"
    proof = (writes,) if writes else ()
    if built:
        steps.append(Copy((f"{APP}/",), f"{APP}/", stage="build", owned=bool(writes), why=why, evidence=proof))
    else:
        assets = component.details.get("assets")
        steps.append(sources(assets, APP, _context(component), owned=bool(writes), why=why, evidence=proof))
    workdir = component.details.get("workdir")
    if workdir:
        steps.append(Workdir(f"{APP}/{workdir}"))
    return steps


def _environment(component: Component) -> list[Step]:
    """Return the variables that fix where modules are found and which port the code reads."""
    steps: list[Step] = []
    folder = component.details.get("folder")
    if folder and folder != component.details.get("workdir"):
        steps.append(Env("PYTHONPATH", f"{APP}/{folder}", why="where the application's modules are imported from"))
    if component.port:
        reads = [variable for variable in component.variables if variable.name == "PORT"]
        if reads:
            steps.append(Env("PORT", str(component.port.value), why="the code reads its port here", evidence=reads[0].evidence))
    for name, value in component.details.get("environment", {}).items():
        shown = str(component.port.value) if name.endswith("PORT") and component.port else value
        steps.append(Env(name, shown))
    if re.search(r"^gunicorn$", component.start.value[0] if component.start else ""):
        steps.append(
            Env("GUNICORN_CMD_ARGS", "--worker-tmp-dir=/dev/shm --access-logfile=-", why="heartbeats in memory, requests in the log")
        )
    return steps
