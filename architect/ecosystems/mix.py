"""Elixir: what mix.exs says about the application, its release and dependencies, and how its configuration states ports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from architect import code, sockets
from architect.code import Source
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find, find_all
from architect.sockets import PortRule
from architect.versions import default, newest, numbers, tool_version, version_file, workflow_versions

DEFAULT_VERSION = "1.18"
KNOWN = ("1.18", "1.19", "1.17", "1.16", "1.15", "1.20", "1.14", "1.13")
IMAGES: Mapping[str, tuple[str, str]] = {
    # series: the builder's tag (the publisher offers exact ones only), the Debian release it stands on
    "1.20": ("1.20.1-erlang-28.4.1-debian-bookworm-20260610-slim", "bookworm"),
    "1.19": ("1.19.5-erlang-28.1.1-debian-bookworm-20260824-slim", "bookworm"),
    "1.18": ("1.18.4-erlang-27.3.4.2-debian-bookworm-20250811-slim", "bookworm"),
    "1.17": ("1.17.3-erlang-27.2-debian-bookworm-20241202-slim", "bookworm"),
    "1.16": ("1.16.3-erlang-26.2.5-debian-bookworm-20240612-slim", "bookworm"),
    "1.15": ("1.15.7-erlang-26.1.2-debian-bookworm-20231009-slim", "bookworm"),
    "1.14": ("1.14.5-erlang-25.3-debian-bullseye-20230227-slim", "bullseye"),
    "1.13": ("1.13.4-erlang-25.0.4-debian-bullseye-20220801-slim", "bullseye"),
}
_ENV_PORT = r"(?:get_env|fetch_env!|get_integer!?|integer!|port!)\(\s*\"(?:\w+_)?PORT\"\s*"
PORT_RULES: tuple[PortRule, ...] = (
    PortRule(re.compile(rf"{_ENV_PORT},\s*\"?(\d{{2,5}})|{_ENV_PORT}\)\s*\|\|\s*\"?(\d{{2,5}})"), Basis.DECLARED),
    PortRule(re.compile(r"\bhttp:\s*\[[^\]]{0,200}?\bport:\s*\"?(\d{2,5})", re.S), Basis.DECLARED),
    PortRule(re.compile(r"(?:Plug\.Cowboy|Bandit|Plug\.Adapters\.Cowboy\w*)[^\n]{0,160}?\bport:\s*(\d{2,5})"), bound=True),
    PortRule(re.compile(r"(?:Plug\.Cowboy|Bandit).{0,200}?\bport:\s*(\d{2,5})", re.S), bound=True),
    PortRule(re.compile(r"^\s*(?:config\s+:\w+,\s*)?(?:http_)?port:\s*(\d{2,5})", re.M)),
)
HEALTH_ROUTE = r"(?:^\s*(?:get|forward|head|match)\s*\(?\s*|plug[^\n]*(?:path|at):\s*)$"
HEALTH_BLOCK = r"^\s*scope\s*\(?\s*\"(?P<path>/?[\w/-]*)\".*\bdo\b"
VARIABLES = (
    r"System\.(?:get_env|fetch_env!?)\(\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"(?:\s*,\s*\"(?P<default>[^\"]*)\")?",
    r"System\.get_env\(\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"\s*\)\s*\|\|\s*\"(?P<default>[^\"]*)\"",
    r"\b\w+!?\(\s*\"(?P<name>[A-Z][A-Z0-9]*_[A-Z0-9_]+)\"\s*\)",
)


@dataclass(frozen=True, slots=True)
class Mix:
    """A mix.exs: the application's name, whether it starts something, its run-time dependencies, aliases and release."""

    folder: Folder
    path: str
    text: str
    app: str
    dependencies: Mapping[str, Evidence]

    @property
    def umbrella(self) -> bool:
        """Tell whether it gathers several applications."""
        return "apps_path:" in self.text

    @property
    def release(self) -> str:
        """Return the name of the release `mix release` makes."""
        named = re.search(r"default_release:\s*:(\w+)", self.text) or re.search(r"releases:\s*\[\s*(\w+):", self.text)
        return named[1] if named else self.app

    @property
    def starts(self) -> Evidence | None:
        """Return the line that names the module to start."""
        found = find(self.path, self.text, r"\bmod:[ \t]*\{")
        return found.evidence if found else None

    def alias(self, name: str) -> Evidence | None:
        """Return the line of a mix alias."""
        found = find(self.path, self.text, rf"^\s*\"?{re.escape(name)}\"?:\s")
        return found.evidence if found else None

    def files(self) -> tuple[str, ...]:
        """Return plain files that mix.exs itself reads."""
        named = re.findall(r"File\.(?:read!?|stream!)\(\s*\"([\w./-]+)\"", self.text)
        return tuple(name for name in dict.fromkeys(named) if self.folder.has(name) and name not in ("mix.lock", "mix.exs"))


def project(folder: Folder) -> Mix | None:
    """Read mix.exs; None when there is none or it names no application."""
    text = folder.read("mix.exs")
    path = folder.path("mix.exs")
    name = find(path, text, r"\bapp:[ \t]*:(\w+)") if text else None
    if text is None or (name is None and "apps_path:" not in text):
        return None
    dependencies = dict(_dependencies(path, text))
    if "apps_path:" in text:
        for inner in sorted(folder.files("mix.exs", depth=2)):
            part = folder.read(inner)
            if inner.startswith("apps/") and part:
                dependencies.update(_dependencies(folder.path(inner), part))
    return Mix(folder, path, text, name.value if name else re.sub(r"\W+", "_", folder.label), dependencies)


def runtime(known: Mix) -> Fact[str]:
    """Return the series of Elixir that a version file names or the requirement permits."""
    folder = known.folder
    for fact in (tool_version(folder, "elixir"), version_file(folder, ".elixir-version", ".exenv-version")):
        if fact and len(numbers(fact.value)) > 1:
            return Fact(".".join(map(str, numbers(fact.value)[:2])), Basis.DECLARED, fact.evidence)
    buildpack = folder.find("elixir_buildpack.config", r"^elixir_version=[\"']?(\d+\.\d+)")
    if buildpack:
        return Fact(buildpack.value, Basis.DECLARED, (buildpack.evidence,))
    line = find(known.path, known.text, r"\belixir:[ \t]*\"([^\"]+)\"") or find(
        known.path, known.text, r"@elixir_requirement\s+\"([^\"]+)\""
    )
    if line:
        release = newest(line.value, KNOWN)
        if release:
            return Fact(release, Basis.DECLARED, (line.evidence,), f"the newest settled release that {line.value} permits")
    tested = sorted(
        (fact for fact in workflow_versions(folder, "elixir-version") if len(numbers(fact.value)) > 1), key=lambda fact: numbers(fact.value)
    )
    if tested:
        return Fact(".".join(map(str, numbers(tested[-1].value)[:2])), Basis.DECLARED, tested[-1].evidence, tested[-1].note)
    return default(DEFAULT_VERSION, "no file names an Elixir release; the newest settled one is used")


def configuration(folder: Folder, umbrella: bool) -> tuple[Source, ...]:
    """Return the configuration that counts in production, what is decided last first."""
    names = [f"config/{name}.exs" for name in ("runtime", "releases", "prod", "prod.secret", "config")]
    return code.sources(folder, [name for name in names if folder.has(name)])


def port(config: Sequence[Source], files: Sequence[Source], phoenix: Evidence | None) -> Fact[int] | None:
    """Return the port from configuration, then from code, then Phoenix' own default."""
    for source in config:
        found = sockets.port([source], PORT_RULES)
        if found:
            return found
    found = sockets.port(sockets.numbered(files), PORT_RULES)
    if found or phoenix is None:
        return found
    return Fact(4000, Basis.CONVENTION, (phoenix,), "Phoenix' own default")


def loopback(config: Sequence[Source], files: Sequence[Source]) -> tuple[str, Evidence] | None:
    """Return the variable that moves the server off the loopback interface where the configuration puts it there."""
    bound = code.first(config, r"\bip:\s*\{\s*127\s*,\s*0\s*,\s*0\s*,\s*1\s*\}")
    named = code.first([*config, *files], r"\"((?:[A-Z]+_)*(?:IP|BIND|HOST_IP|LISTEN_IP))\"") if bound else None
    return (named.value, named.evidence) if named else None


def _dependencies(path: str, text: str) -> list[tuple[str, Evidence]]:
    found = []
    for hit in find_all(path, text, r"^[ \t]*(?:\[[ \t]*)?\{[ \t]*:(\w+)[ \t]*,([^}]*(?:\{[^}]*\}[^}]*)*)\}"):
        only = re.search(r"only:\s*(\[[^\]]*\]|:\w+)", hit.match[2])
        if not only or "prod" in only[1]:
            found.append((hit.match[1], hit.evidence))
    return found
