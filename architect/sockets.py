"""The port a program binds, read from its source code by the rules of its language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from architect.code import Source, every
from architect.profile import Basis, Fact
from architect.reading import Found

SERVICE_PORTS = frozenset(
    {22, 25, 53, 110, 143, 389, 443, 465, 587, 636, 1025, 1433, 1521, 2181, 2379, 3306, 4222, 4317, 4318, 5432, 5671, 5672, 6379, 6831}
    | {8125, 9092, 9094, 9200, 9300, 9411, 11211, 14250, 14268, 15672, 26379, 27017, 27018, 28015}
)
_FOREIGN = re.compile(
    r"(?i)(?<![a-z])(db|database|postgres\w*|pg|mysql|maria\w*|redis|mongo\w*|smtp|mail\w*|amqp|rabbit\w*|kafka|metrics?|prometheus|admin|debug"
    r"|pprof|ssl|tls|https|epmd|cluster|gossip|gen_rpc|udp|proxy|elastic\w*|ldap|ssh|ftp|syslog|statsd|otel|jaeger|zipkin|telemetry|remote"
    r"|upstream|peer|client|test)[._-]?(?:[a-z]+[_-]){0,3}(?:port|addr|listen|bind)"
)
_FOREIGN_BLOCK = re.compile(
    r"(?i)(?<![a-z])(metrics?|prometheus|pprof|redis|databases?|db|smtp|mail(er)?|kafka|amqp|rabbit\w*|postgres\w*|mysql|mongo\w*|elastic\w*|ldaps?"
    r"|ftp|ssh|proxy|upstreams?|statsd|jaeger|consul|eureka)(?![a-z])"
)
_CONTROL = re.compile(r"\s*\}?\s*(if|else|elif|elsif|for|foreach|while|until|switch|case|match|unless|when|try|catch|return|begin|do)\b")
_ANY = r"(?:0\.0\.0\.0|\*|\+|\[::\]|::)"
_ANYWHERE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"[\"'`](?:https?://|tcp://)?{_ANY}?:(\d{{2,5}})/?[\"'`]",
        rf"[\"']{_ANY}[\"']\s*\)?\s*,\s*(\d{{2,5}})\b",
        rf"\b(\d{{2,5}})(?:u16)?\s*,\s*[\"']{_ANY}[\"']",
        r"(?:IPAddress\.(?:IPv6)?Any|UNSPECIFIED|INADDR_ANY|anyIPv[46])\)?\s*,?\s*(\d{2,5})",
        r"\b(?:\w*[pP]ort|[lL]isten\w*|bind|http|addHttpListener)\(\s*(\d{4,5})\s*[,)]",
    )
)
_NAMED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:\w*(?:[lL]isten\w*|[sS]erve\w*|[bB]ind|[hH]ttp\w*)|[sS]tart)\(\s*(\d{4,5})\s*[,)]",
        r"(?i)\bnew\s+\w*(?:server|httpconfig|httphost|acceptor|settings)\w*\([^()\n]{0,60}?\b(\d{4,5})\b",
        r"(?i)(?<![a-z])(?:\w*_)?(?:(?:http|server|listen|bind|web|app|api|default|declared|my)[_-]?){0,2}port\b[\"']?\s*(?::\s*\w+\s*=|[:=]>?|=>|:=|\()"
        r"\s*(?:\(\w+\)\s*)?[\"']?(\d{4,5})\b",
        r"(?i)\b\w*port\w*\b[^\n;]{0,90}?(?:\?\?|\?:|\|\||\bor\b|unwrap_or\w*\(|or_?else\w*\(|default\w*\(|[ \n]:|,)\s*[\"']?(\d{4,5})\b",
    )
)
_ELSEWHERE = re.compile(
    r"(?i)(?<![a-z])(print\w*|console|log|logger|echo|puts|curl|wget|connect\w*|dial\w*|clients?|fetch|origins?|cors|allow\w*|assert\w*|expect\w*"
    r"|test\w*|example|usage|help|proxy|remote|timeout|size|limit|buffer|capacity|backlog)(?![a-z])"
)
_NUMBER = re.compile(r"(?<![\w.-])[1-9]\d{1,4}(?:us|u16)?(?![\w.%])")


@dataclass(frozen=True, slots=True)
class PortRule:
    """One way code states its port: a pattern whose group is the number. `bound` means this very call listens."""

    pattern: re.Pattern[str]
    basis: Basis = Basis.CODE
    bound: bool = False


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


def stated(code: Iterable[Source], rules: Iterable[PortRule], *, named: bool) -> Fact[int] | None:
    """Return the port by the rules of a language, else by what code of any language looks like."""
    lines = numbered(code)
    return port(lines, rules) or anywhere(lines, named=named)


def anywhere(code: Iterable[Source], *, named: bool) -> Fact[int] | None:
    """Return the port that code of any language states: an address of every interface, or (with `named`) a number called a port.

    For programs whose framework no rule knows. Lines that print, log, connect, set limits or belong to another server do not count.
    """
    code = tuple(code)
    for pattern in (*_ANYWHERE, *(_NAMED if named else ())):
        for found in every(code, pattern):
            number = int(found.value)
            line = _spaced(found.evidence.excerpt)
            if (
                not 80 <= number <= 65535
                or number in SERVICE_PORTS
                or number.bit_count() == 1
                or _ELSEWHERE.search(line)
                or _FOREIGN_BLOCK.search(line)
            ):
                continue
            if not _FOREIGN.search(found.match[0]) and not _foreign(found):
                return Fact(number, Basis.CODE, (found.evidence,))
    return None


def port_of(found: Found, basis: Basis, note: str = "") -> Fact[int] | None:
    """Return a match's number as a port, None when it cannot be one."""
    number = int(found.value) if found.value.isdigit() and len(found.value) <= 5 else 0
    return Fact(number, basis, (found.evidence,), note) if 1 <= number <= 65535 else None


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
    if re.search(r"\b(?:debug_)?assert\w*\b", text[line:start]):
        return True
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
