"""Finds secrets in a text and masks them: our rules, assignments to telling names, Kubernetes Secrets, and detect-secrets.

What leaves the machine, a log or a session carries `<masked: kind>` in their place; line numbers stay as they are.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_bytes
from typing import Any, NamedTuple

from workspace.secret_rules import BARE_PASSWORD, BARE_SECRET, NAMES, QUOTED_PASSWORD, QUOTED_SECRET, RULES, Check
from workspace.secret_values import is_filler, is_password, is_reference, looks_random

_LET = "let through "
_MAX_LINE = 1_000
_MAX_ATTEMPTS = 50
_REPEATED = 10
_CONFIGURATION = re.compile(
    r"(?:^|/)(?:[^/]*\.(?:ya?ml|ini|cfg|conf|config|properties|toml|env|sh|bash|zsh|tfvars|txt|md|rst|log|http|rest|service|"
    r"dockerfile|example|sample|template|dist|local)|[^/.]+|\.[^/.]+(?:\.[^/]*)?|dockerfile[^/]*|procfile[^/]*)$",
    re.IGNORECASE,
)
_LOCK_FILE = re.compile(
    r"(?:^|[/.-])(?:lock|lock\.json|lock\.yaml|lockfile|lockb|sum|freeze|resolved)$|(?:^|/)npm-shrinkwrap\.json$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret's kind and the 1-based line it begins on; never the secret. `id` names it among the findings of this process."""

    kind: str
    line: int
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets, and what was found, in the order of the lines.

    `spared` are pairs of what stands in the text and the secret it stands for, of the findings that a user lets through.
    """

    text: str
    findings: tuple[Finding, ...]
    spared: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class _Span(NamedTuple):
    """A secret's place in the encoded text; where two overlap, the lower `order` names it."""

    start: int
    end: int
    order: int
    kind: str


def mask(text: str, path: str = "", let_through: Collection[str] = ()) -> Masked:
    """Mask the secrets of a file's text. `path` decides how assignments are read; lock files are spared the second opinion.

    A finding whose id is in `let_through` is masked like the others, and told apart by `spared`: who sends the text puts it back last.
    """
    data = text.encode("utf-8", "replace")
    configuration = not path or _CONFIGURATION.search(path) is not None
    spans = list(_own(data, configuration))
    if b"Secret" in data and b"kind" in data:
        spans.extend(_kubernetes(data))
    if not _LOCK_FILE.search(path):
        spans.extend(_second_opinion(data, path))
    spans.extend(_repetitions(data, spans))
    return _replaced(text, data, spans, path, let_through)


def restore(text: str, spared: Iterable[tuple[str, str]]) -> str:
    """Put back what was let through; the rest stays masked."""
    for stand_in, secret in spared:
        text = text.replace(stand_in, secret)
    return text


def mask_quick(text: str) -> str:
    """Mask by our rules alone: for logs and messages."""
    data = text.encode("utf-8", "replace")
    return _replaced(text, data, list(_own(data, True))).text


def _own(data: bytes, configuration: bool) -> Iterator[_Span]:
    lowered = data.lower()
    for order, (rule, near, expression) in enumerate(_compiled()):
        if not any(word in lowered for word in near):
            continue
        group = 1 if expression.groups else 0
        for match in expression.finditer(data):
            start, end = match.span(group)
            value = _text(data[start:end])
            if rule.check(value) if rule.check else end - start > _MAX_LINE or not is_filler(value):
                yield _Span(start, end, order, rule.kind)
    yield from _assignments(data, configuration)


def _assignments(data: bytes, configuration: bool) -> Iterator[_Span]:
    """Yield the values assigned to names that say what they hold."""
    names, quoted, bare = _assignment_expressions()
    order = len(RULES)
    done, line_end, attempts = 0, -1, 0
    for found in names.finditer(data):
        start = found.start()
        if start > line_end:
            line_end, attempts = data.find(b"\n", start), 0
            line_end = len(data) if line_end < 0 else line_end
        attempts += 1
        if start < done or attempts > _MAX_ATTEMPTS:
            continue
        line = data[start : min(line_end, start + _MAX_LINE)]
        for kind, expression, check in (*quoted, *(bare if configuration else ())):
            match = expression.match(line)
            if match is None:
                continue
            left, right = next(match.span(number) for number, value in enumerate(match.groups(), start=1) if value is not None)
            value = _text(line[left:right]).rstrip(",;")
            if not is_reference(value) and check(value):
                done = start + left + len(value.encode())
                yield _Span(start + left, done, order, kind)
            break


# What a line must hold for one of the detectors to find anything on it.
_CUES = (
    r"akc|apikey|artif|jfrog|akia|asia|abia|acca|a3t|aws|cl[a-z_-]{0,12}(?:key|pwd|pw|pass)|gh[pousr]_|eyj|-us[0-9]|sg\.|xox|slack|softlayer|"
    r"sl[_-]|sq0|[sr]k_live|cos[_-]"
)
_KIND_SECRET = re.compile(rb"(?m)^\s*kind:\s*[\"']?(?:Sealed)?Secret[\"']?\s*$")
_BLOCK = re.compile(rb"^(\s*)(data|stringData):\s*$")
_PAIR = re.compile(rb"^(\s*)([\"']?[\w.\-/]+[\"']?):\s*(.*?)\s*$")


def _kubernetes(data: bytes) -> Iterator[_Span]:
    """Yield every value of the `data` and `stringData` of a Kubernetes Secret, block scalars included."""
    position = 0
    for document in re.split(rb"(?m)(?=^---)", data):
        if _KIND_SECRET.search(document):
            yield from _secret_values(document, position)
        position += len(document)


def _secret_values(document: bytes, offset: int) -> Iterator[_Span]:
    inside: int | None = None
    scalar: int | None = None
    for line in document.splitlines(keepends=True):
        start, offset = offset, offset + len(line)
        indent = len(line) - len(line.lstrip(b" "))
        if not line.strip():
            continue
        if scalar is not None and indent > scalar:
            yield _Span(start + indent, start + len(line.rstrip()), 0, "Kubernetes secret")
            continue
        scalar = None
        block = _BLOCK.match(line)
        if block:
            inside = len(block[1])
            continue
        if inside is None or indent <= inside:
            inside = None
            continue
        pair = _PAIR.match(line)
        if not pair:
            continue
        if pair[3][:1] in (b"|", b">"):
            scalar = indent
        elif pair[3] and not is_reference(_text(pair[3].strip(b"\"'"))) and pair[3] not in (b'""', b"''"):
            yield _Span(start + pair.start(3), start + pair.end(3), 0, "Kubernetes secret")


def _second_opinion(data: bytes, path: str) -> Iterator[_Span]:
    """Yield what detect-secrets finds on the lines that could hold something: a long token or a telling name."""
    gate, plugins, keyword = _detectors()
    keyword_rules = _keyword_rules(path)
    order = len(RULES) + 1
    done = -1
    for hit in gate.finditer(data):
        if hit.start() < done:
            continue
        start = data.rfind(b"\n", 0, hit.start()) + 1
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        done = end
        if end - start > _MAX_LINE:
            continue
        line = _text(data[start:end])
        found = {(plugin.secret_type, str(value)) for plugin in plugins for value in plugin.analyze_string(line)}
        found |= {
            ("secret", str(value))
            for value in keyword.analyze_string(line, denylist_regex_to_group=keyword_rules)
            if looks_random(str(value)) and not is_reference(str(value))
        }
        for kind, value in found:
            encoded = value.encode()
            if len(encoded) >= 8 and not is_filler(value):
                for place in _places(data, encoded, start, end):
                    yield _Span(place, place + len(encoded), order, kind)


def _repetitions(data: bytes, spans: list[_Span]) -> Iterator[_Span]:
    """Yield the other places of each secret found: a value is as secret without its name."""
    for secret, kind, order in {(data[span.start : span.end], span.kind, span.order) for span in spans}:
        if len(secret) >= _REPEATED and b"\n" not in secret and data.count(secret) > 1 and looks_random(_text(secret)):
            for place in _places(data, secret, 0, len(data)):
                yield _Span(place, place + len(secret), order, kind)


def _places(data: bytes, value: bytes, start: int, end: int) -> Iterator[int]:
    place = data.find(value, start, end)
    while place >= 0:
        yield place
        place = data.find(value, place + len(value), end)


def _replaced(text: str, data: bytes, spans: Iterable[_Span], path: str = "", let_through: Collection[str] = ()) -> Masked:
    merged = _merged(spans)
    if not merged:
        return Masked(text, ())
    pieces: list[bytes] = []
    findings: list[Finding] = []
    spared: list[tuple[str, str]] = []
    position, line = 0, 1
    for place, span in enumerate(merged):
        before, secret = data[position : span.start], data[span.start : span.end]
        line += before.count(b"\n")
        finding = Finding(span.kind, line, _identity(path, place, secret))
        breaks = secret.count(b"\n")
        stand_in = f"<masked: {span.kind}>"
        if finding.id in let_through:
            stand_in, breaks = f"<masked: {_LET}{finding.id}>", 0
            spared.append((stand_in, _text(secret)))
        findings.append(finding)
        pieces.extend((before, stand_in.encode(), b"\n" * breaks))
        line += secret.count(b"\n")
        position = span.end
    pieces.append(data[position:])
    return Masked(_text(b"".join(pieces)), tuple(findings), tuple(spared))


def _identity(path: str, place: int, secret: bytes) -> str:
    """Return a name for a finding that a page may hold: it says nothing of the secret, and another secret in its place has another."""
    return hmac.new(_key(), f"{path}\0{place}\0".encode("utf-8", "surrogatepass") + secret, hashlib.sha256).hexdigest()[:20]


@lru_cache(maxsize=1)
def _key() -> bytes:
    return token_bytes(32)


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    """Join overlapping places; the kind with the lowest order names the whole."""
    result: list[_Span] = []
    for span in sorted(span for span in spans if span.end > span.start):
        if result and span.start < result[-1].end:
            last = result[-1]
            best = min(last, span, key=lambda one: one.order)
            result[-1] = _Span(last.start, max(last.end, span.end), best.order, best.kind)
        else:
            result.append(span)
    return result


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[Any, tuple[bytes, ...], Any], ...]:
    import re2

    return tuple(
        (rule, tuple(word.encode() for word in rule.near.split(" ") if word) or (rule.near.encode(),), re2.compile(rule.expression))
        for rule in RULES
    )


@lru_cache(maxsize=1)
def _assignment_expressions() -> tuple[Any, tuple[tuple[str, Any, Check], ...], tuple[tuple[str, Any, Check], ...]]:
    import re2

    quoted = (("password", re2.compile(QUOTED_PASSWORD), is_password), ("secret", re2.compile(QUOTED_SECRET), looks_random))
    bare = (("password", re2.compile(BARE_PASSWORD), is_password), ("secret", re2.compile(BARE_SECRET), looks_random))
    return re2.compile(NAMES), quoted, bare


@lru_cache(maxsize=1)
def _detectors() -> tuple[Any, tuple[Any, ...], Any]:
    """Load the detectors that recognise a kind by its form. Their verification over the network is never called."""
    import re2
    from detect_secrets.plugins.artifactory import ArtifactoryDetector
    from detect_secrets.plugins.aws import AWSKeyDetector
    from detect_secrets.plugins.cloudant import CloudantDetector
    from detect_secrets.plugins.github_token import GitHubTokenDetector
    from detect_secrets.plugins.ibm_cos_hmac import IbmCosHmacDetector
    from detect_secrets.plugins.jwt import JwtTokenDetector
    from detect_secrets.plugins.keyword import KeywordDetector
    from detect_secrets.plugins.mailchimp import MailchimpDetector
    from detect_secrets.plugins.sendgrid import SendGridDetector
    from detect_secrets.plugins.slack import SlackDetector
    from detect_secrets.plugins.softlayer import SoftlayerDetector
    from detect_secrets.plugins.square_oauth import SquareOAuthDetector
    from detect_secrets.plugins.stripe import StripeDetector

    kinds = (
        ArtifactoryDetector,
        AWSKeyDetector,
        CloudantDetector,
        GitHubTokenDetector,
        IbmCosHmacDetector,
        JwtTokenDetector,
        MailchimpDetector,
        SendGridDetector,
        SlackDetector,
        SoftlayerDetector,
        SquareOAuthDetector,
        StripeDetector,
    )
    gate = re2.compile(rf"{NAMES}|{_CUES}")
    return gate, tuple(kind() for kind in kinds), KeywordDetector()


def _keyword_rules(path: str) -> Any:
    from detect_secrets.plugins.keyword import QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP, REGEX_BY_FILETYPE
    from detect_secrets.util.filetype import determine_file_type

    return REGEX_BY_FILETYPE.get(determine_file_type(path), QUOTES_REQUIRED_DENYLIST_REGEX_TO_GROUP)
