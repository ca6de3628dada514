"""What source code says about a component in any language: its own files, the port it binds, its health route, its variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from architect.commands import is_secret
from architect.profile import Basis, Evidence, Fact, Variable
from architect.reading import Folder, Found, find_all, line_at

ANYWHERE = "0.0.0.0"  # noqa: S104 - inside a container, the published port decides who can reach it
MAX_FILES = 160
MAX_CHARS = 120_000
_ASIDE = re.compile(
    r"(^|/)(tests?|spec|specs|__tests__|testdata|testing|fixtures?|mocks?|examples?|samples?|docs?|benches|benchmarks?|vendor|third_party"
    r"|node_modules|target|build|dist|deps|_build|e2e|it|generated|migrations?|scripts?|tools?|hack|contrib|load-?tests?)/",
    re.I,
)
SERVICE_PORTS = frozenset(
    {22, 25, 53, 110, 143, 389, 443, 465, 587, 636, 1025, 1433, 1521, 2181, 2379, 3306, 4222, 4317, 4318, 5432, 5671, 5672, 6379, 6831}
    | {8125, 9092, 9094, 9200, 9300, 9411, 11211, 14250, 14268, 15672, 26379, 27017, 27018, 28015}
)
_HEALTH = re.compile(
    r"[\"'`](/(?:[\w-]+/){0,3}?_{0,2}(?:healthz?|health[-_]?check|healthy|livez?|liveness|readyz?|readiness|alive|heartbeat|up|ping|status)"
    r"(?:/(?:live|liveness|ready|readiness|z))?)/?[\"'`]",
    re.I,
)
_HEALTH_ORDER = "healthz health livez live liveness alive readyz ready readiness up heartbeat ping status"
_OWN_HOST = re.compile(r"(?:(?:APP|SERVER|HTTP|LISTEN|BIND|WEB|API|ROCKET|SERVICE)_?)?(?:HOST|HOSTNAME|ADDRESS|ADDR|BIND|IP|INTERFACE)")
_DATA = re.compile(r"\.(json|ya?ml|toml|html|tmpl|csv|txt|sql|pem|ini|conf)$")
_ASSETS = re.compile(r"(?i)(web|ui|www|static|templates?|views|assets|public|migrations?|locales?|i18n|data|config)")
_TELLING = re.compile(
    r"(?i)(main|server|serve|config|conf|settings?|options?|flags?|env|rout\w*|http|api|app|application|cmd|cli|health\w*)[^/]*$"
)
_FOREIGN = re.compile(
    r"(?i)(?<![a-z])(db|database|postgres\w*|pg|mysql|maria\w*|redis|mongo\w*|smtp|mail\w*|amqp|rabbit\w*|kafka|metrics?|prometheus|admin|debug"
    r"|pprof|ssl|tls|https|epmd|cluster|gossip|gen_rpc|udp|proxy|elastic\w*|ldap|ssh|ftp|syslog|statsd|otel|jaeger|zipkin|telemetry|remote"
    r"|upstream|peer|client|test)[._-]?(?:[a-z]+[_-]){0,3}port"
)
_FOREIGN_BLOCK = re.compile(
    r"(?i)(?<![a-z])(metrics?|prometheus|pprof|redis|databases?|db|smtp|mail(er)?|kafka|amqp|rabbit\w*|postgres\w*|mysql|mongo\w*|elastic\w*|ldap"
    r"|ftp|ssh|proxy|upstreams?|statsd|jaeger|consul|eureka)(?![a-z])"
)
_CONTROL = re.compile(r"\s*\}?\s*(if|else|elif|elsif|for|foreach|while|until|switch|case|match|unless|when|try|catch|return|begin|do)\b")
_NUMBER = re.compile(r"(?<![\w.-])[1-9]\d{1,4}(?![\w.%])")
_ROOT_ROUTER = re.compile(
    r"(?:\w+\.)*(?:\w*(?:[rR]outer|[mM]ux|[aA]pp|[eE]ngine|[eE]cho\w*|[sS]erver|http|[fF]iber)|r|e|s|srv|h|web|app)",
)


@dataclass(frozen=True, slots=True)
class Source:
    """One source file: its path from the repository's root and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class PortRule:
    """One way code states its port: a pattern whose group is the number. `bound` means this very call listens."""

    pattern: re.Pattern[str]
    basis: Basis = Basis.CODE
    bound: bool = False


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


def numbered(code: Iterable[Source], window: int = 4) -> tuple[Source, ...]:
    """Blank every line but those near a number that could be a port, so that many rules run over little text; lines keep their numbers."""
    return tuple(Source(source.path, kept) for source in code if (kept := _numbered(source.text, window)))


def port(code: Sequence[Source], rules: Iterable[PortRule]) -> Fact[int] | None:
    """Return the port of the first rule that finds one; well-known ports of databases and brokers count only where they are bound.

    Ports whose name says that they are another's (`REDIS_PORT`, `METRICS_PORT`) are passed over, those of gRPC come last.
    Give it the `numbered` lines of much code.
    """
    later: Fact[int] | None = None
    for rule in rules:
        for found in every(code, rule.pattern):
            number = next((int(group) for group in found.match.groups() if group and group.isdigit()), 0)
            if not 1 <= number <= 65535 or _FOREIGN.search(found.match[0]):
                continue
            if not rule.bound and (number in SERVICE_PORTS or _foreign(found)):
                continue
            fact = Fact(number, rule.basis, (found.evidence,))
            if not re.search(r"(?i)grpc", found.match[0]):
                return fact
            later = later or fact
    return later


def port_of(found: Found, basis: Basis, note: str = "") -> Fact[int] | None:
    """Return a match's number as a port, None when it cannot be one."""
    number = int(found.value) if found.value.isdigit() and len(found.value) <= 5 else 0
    return Fact(number, basis, (found.evidence,), note) if 1 <= number <= 65535 else None


def health(code: Sequence[Source], route: str, prefix: str | None = None, block: str | None = None) -> Fact[str] | None:
    """Return a health path that some line registers as a route (`route` is a pattern such a line matches before the path).

    `prefix` is a pattern with the groups `name` and `path` that gives a router variable its prefix; `block` one with the group
    `path` for lines that open a block with a prefix. A route on a group whose prefix is not known is left out: a probe of a wrong
    path would kill a healthy container.
    """
    registers = re.compile(route)
    found: list[tuple[int, str, Evidence]] = []
    for source in code:
        hits = list(_HEALTH.finditer(source.text))
        prefixes = _prefixes(source, prefix) if hits else {}
        for hit in hits:
            start = source.text.rfind("\n", 0, hit.start()) + 1
            lead = source.text[start : hit.start()]
            made = registers.search(lead)
            if made is None or lead.lstrip().startswith(("//", "#", "*", "--")):
                continue
            receiver = made.groupdict().get("on")
            before = prefixes.get(receiver or "", "" if receiver is None or _is_root(receiver) else None)
            if before is None:
                continue
            above = _enclosing(source.text, start, re.compile(block)) if block else ""
            path = above + before.rstrip("/") + hit[1]
            if ":" in path or "{" in path:
                continue
            found.append((_rank(path), path, line_at(source.path, source.text, hit.start())))
    if not found:
        return None
    _, path, evidence = min(found, key=lambda item: (item[0], len(item[1]), item[2].path))
    return Fact(path, Basis.CODE, (evidence,))


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

    The value holds `{port}` where the port belongs. Meant are variables whose default is the loopback interface.
    """
    found: dict[str, tuple[str, str, Evidence]] = {}
    for variable in variables if port else ():
        default = (variable.default or "").strip()
        line = variable.evidence[0] if variable.evidence else Evidence("")
        if re.fullmatch(r"(?:localhost|127\.0\.0\.1|\[?::1\]?):\d+", default) and re.search(r"LISTEN|ADDR|BIND|HOST", variable.name):
            if port and default.endswith(f":{port.value}"):
                found.setdefault(variable.name, (variable.name, "0.0.0.0:{port}", line))
        elif default in ("localhost", "127.0.0.1", "::1") and _OWN_HOST.fullmatch(variable.name):
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


def _numbered(text: str, window: int) -> str:
    spots = [hit.start() for hit in _NUMBER.finditer(text)]
    if not spots:
        return ""
    lines = text.split("\n")
    keep = bytearray(len(lines))
    line = end = 0
    for spot in spots:
        while end + len(lines[line]) < spot:
            end += len(lines[line]) + 1
            line += 1
        if len(lines[line]) < 500:
            for near in range(max(line - window, 0), min(line + 2, len(lines))):
                keep[near] = 1
            opener = next((above for above in range(line - 1, max(line - 60, -1), -1) if lines[above][:1].strip()), None)
            if opener is not None and len(lines[opener]) < 200:
                keep[opener] = 1
    return "\n".join(text if keep[number] else "" for number, text in enumerate(lines))


def _foreign(found: Found) -> bool:
    """Tell whether what stands before or around a port makes it another server's, or a number that is only added to one."""
    text, start, end = found.match.string, found.match.start(), found.match.end()
    line = text.rfind("\n", 0, start) + 1
    before = re.search(r"[\w.-]*$", text[line:start])
    if before and before[0] and _FOREIGN.search(before[0] + found.match[0]):
        return True
    if re.match(r"\s*(?:\+(?!\+)|\*(?!/))\s*[\w(]", text[end:]):
        return True
    return any(_FOREIGN_BLOCK.search(_spaced(opener)) for opener in _openers(text, line))


def _openers(text: str, position: int, levels: int = 3) -> Iterator[str]:
    """Yield the lines that open the blocks around a line, the nearest first, told by indentation; branches and loops left out."""
    own = text[position:].split("\n", 1)[0]
    depth = len(own) - len(own.lstrip(" \t"))
    for line in reversed(text[max(position - 6000, 0) : position].split("\n")[-120:]):
        indent = len(line) - len(line.lstrip(" \t"))
        if line.strip() and indent < depth and not line.strip().startswith((")", "//", "#", "*")):
            depth = indent
            if not line.strip().startswith("}") and not _CONTROL.match(line):
                yield line
            levels -= 1
        if depth == 0 or levels == 0:
            return


def _spaced(text: str) -> str:
    """Return text with the words of camel case apart."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)


def _enclosing(text: str, position: int, block: re.Pattern[str]) -> str:
    """Join the prefixes of the blocks around a line, told by indentation."""
    depth = len(text[position:]) - len(text[position:].lstrip(" \t"))
    above = ""
    for line in reversed(text[:position].split("\n")[-300:]):
        indent = len(line) - len(line.lstrip(" \t"))
        if line.strip() and indent < depth:
            depth = indent
            opened = block.search(line)
            if opened:
                above = "/" + opened["path"].strip("/") + above if opened["path"].strip("/") else above
    return above


def _prefixes(source: Source, pattern: str | None) -> dict[str, str]:
    if pattern is None:
        return {}
    return {hit["name"]: hit["path"] for hit in re.finditer(pattern, source.text)}


def _is_root(receiver: str) -> bool:
    return bool(_ROOT_ROUTER.fullmatch(receiver))


def _rank(path: str) -> int:
    last = path.strip("/").lstrip("_").lower().split("/")
    words = [re.sub(r"[-_]?check$", "", word.lstrip("_")) for word in last]
    order = _HEALTH_ORDER.split(" ")
    return next((place for place, name in enumerate(order) if name in words), len(order))
