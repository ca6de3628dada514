"""What source code says about a component in any language: its own files, its variables, the files it opens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from architect.commands import is_secret
from architect.profile import Evidence, Fact, Variable
from architect.reading import Folder, Found, find_all

ANYWHERE = "0.0.0.0"  # noqa: S104 - inside a container, the published port decides who can reach it
MAX_FILES = 160
MAX_CHARS = 120_000
_ASIDE = re.compile(
    r"(^|/)(tests?|spec|specs|__tests__|testdata|testing|fixtures?|mocks?|examples?|samples?|docs?|benches|benchmarks?|vendor|third_party"
    r"|node_modules|target|build|dist|deps|_build|e2e|it|generated|migrations?|scripts?|tools?|hack|contrib|load-?tests?)/",
    re.I,
)
_OWN_HOST = re.compile(r"(?:(?:APP|SERVER|HTTP|LISTEN|BIND|WEB|API|ROCKET|SERVICE)_?)?(?:HOST|HOSTNAME|ADDRESS|ADDR|BIND|IP|INTERFACE)")
_DATA = re.compile(r"\.(json|ya?ml|toml|html|tmpl|csv|txt|sql|pem|ini|conf)$")
_ASSETS = re.compile(r"(?i)(web|ui|www|static|templates?|views|assets|public|migrations?|locales?|i18n|data|config)")
_TELLING = re.compile(
    r"(?i)(main|server|serve|config|conf|settings?|options?|flags?|env|rout\w*|http|api|app|application|cmd|cli|health\w*)[^/]*$"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One source file: its path from the repository's root and its text."""

    path: str
    text: str


def own_files(folder: Folder, *patterns: str, boundary: Sequence[str] = (), aside: bool = False) -> Iterator[str]:
    """Yield files of this folder but not of a nested project (a sub-folder that has one of the `boundary` manifests).

    Tests, examples, documentation and vendored code are left out unless `aside` is set; shallow folders come first.
    """
    nested = {name.rpartition("/")[0] + "/" for mark in boundary for name in folder.files(mark) if "/" in name}
    for pattern in patterns:
        for name in folder.files(pattern):
            if (aside or not _ASIDE.search(name)) and not any(name.startswith(place) for place in nested):
                yield name


def telling(name: str) -> bool:
    """Order files: False (first) for those whose name promises settings, routes or the start of a server."""
    return not _TELLING.search(name)


def sources(folder: Folder, names: Iterable[str], limit: int = MAX_FILES) -> tuple[Source, ...]:
    """Read at most `limit` of these files of a folder."""
    found: list[Source] = []
    for name in names:
        text = folder.read(name)
        if text:
            found.append(Source(folder.path(name), text[:MAX_CHARS]))
        if len(found) >= limit:
            break
    return tuple(found)


def first(code: Iterable[Source], pattern: str | re.Pattern[str]) -> Found | None:
    """Return the first match of a pattern in some source code."""
    return next(every(code, pattern), None)


def every(code: Iterable[Source], pattern: str | re.Pattern[str]) -> Iterator[Found]:
    """Yield every match of a pattern in some source code, leaving out lines that are comments."""
    for source in code:
        for found in find_all(source.path, source.text, pattern):
            if not re.match(r"(//|#(?=[\s#]|$)|\*|/\*|--|;;|%)", found.evidence.excerpt):
                yield found


def variables(code: Sequence[Source], *patterns: str, limit: int = 80) -> tuple[Variable, ...]:
    """Return the environment variables that code reads: patterns with a group `name` and perhaps a group `default`."""
    found: dict[str, Variable] = {}
    reads = [source for source in code if any(word in source.text for word in ("env", "ENV", "Env", "${"))]
    for pattern in patterns:
        for hit in every(reads, pattern):
            groups = hit.match.groupdict()
            name = groups["name"]
            if name not in found and len(found) < limit:
                secret = is_secret(name)
                evidence = Evidence(hit.evidence.path, hit.evidence.line, name if secret else hit.evidence.excerpt)
                found[name] = Variable(name, None if secret else groups.get("default"), secret, (evidence,))
    return tuple(found[name] for name in sorted(found))


def listening(variables: Iterable[Variable], port: Fact[int] | None, code: Iterable[Source] = ()) -> tuple[tuple[str, str, Evidence], ...]:
    """Return the variables that must be set so that the program is reachable from outside its container: name, value, line.

    The value holds `{port}` where the port belongs. Meant are variables whose default is the loopback interface: those with a usual name,
    and one that stands beside the variable of the component's own port (`SHOP_HOST` beside `SHOP_PORT`).
    """
    found: dict[str, tuple[str, str, Evidence]] = {}
    variables = tuple(variables)
    paired = {f"{one.name[:-4]}HOST" for one in variables if port and one.name.endswith("_PORT") and one.default == str(port.value)}
    for variable in variables if port else ():
        default = (variable.default or "").strip()
        line = variable.evidence[0] if variable.evidence else Evidence("")
        if re.fullmatch(r"(?:localhost|127\.0\.0\.1|\[?::1\]?):\d+", default) and re.search(r"LISTEN|ADDR|BIND|HOST", variable.name):
            if port and default.endswith(f":{port.value}"):
                found.setdefault(variable.name, (variable.name, "0.0.0.0:{port}", line))
        elif default in ("localhost", "127.0.0.1", "::1") and (_OWN_HOST.fullmatch(variable.name) or variable.name in paired):
            found.setdefault(variable.name, (variable.name, ANYWHERE, line))
    if port and port.evidence and not found and re.search(r"(?:localhost|127\.0\.0\.1):", port.evidence[0].excerpt):
        named = re.search(r"(?i)default_(\w+)", port.evidence[0].excerpt)
        hit = first(code, rf"\"((?:[A-Z]+_)*{re.escape(named[1].upper())})\"") if named else None
        if hit:
            found[hit.value] = (hit.value, "0.0.0.0:{port}", hit.evidence)
    return tuple(found.values())


def opened_paths(names: Sequence[str], code: Sequence[Source], ending: str, embedded: Iterable[str] = ()) -> dict[str, Evidence]:
    """Return files and folders that code opens by a relative path at run time, with the line that names each.

    `names` are the project's files relative to its folder, `ending` that of source files: folders of source are not meant
    unless their name says otherwise; `embedded` are folders the build takes into the program.
    """
    tops = {name.partition("/")[0] for name in names if "/" in name}
    plain = {name for name in names if "/" not in name and _DATA.search(name)}
    skip = {*embedded, "src", "lib", "test", "tests", "node_modules", ".git", ".github", "vendor", "docs"}
    wanted = tuple(f'"{mark}{name}' for name in (*tops, *plain) for mark in ("", "./"))
    opened: dict[str, Evidence] = {}
    for hit in every([source for source in code if any(name in source.text for name in wanted)], r"\"(?:\./)?((?:[\w-]+/)*[\w.*-]+/?)\""):
        text = hit.match[1].rstrip("/")
        top = text.partition("/")[0]
        lead = hit.evidence.excerpt.split(hit.match[0], 1)[0]
        if top in skip or re.search(r"^\s*(?:import\b|_\b|use\b|[\w.]*\s*)?$|include_(?:str|bytes)!\(\s*$|include_dir!\(\s*$", lead):
            continue
        rooted = hit.match[0].startswith('"./')
        if top in tops and (
            "/" in text or rooted or re.search(r"(?i)(dir|path|glob|open|readfile|static|templates?|fileserver|migrat\w*)\W*$", lead)
        ):
            opened.setdefault(top, hit.evidence)
        elif text in plain:
            opened.setdefault(text, hit.evidence)
    of_source = {name.partition("/")[0] for name in names if name.endswith(ending) and "/" in name}
    return {top: line for top, line in opened.items() if top in plain or top not in of_source or _ASSETS.fullmatch(top)}
