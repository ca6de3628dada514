"""Two files' statements about the same part, held against each other; every disagreement names both places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from artifacts.agreement.sources import SOURCES
from artifacts.agreement.statement import Statement
from artifacts.images import reference
from artifacts.kubernetes.cluster import cluster_of, listed
from artifacts.records import Artifact, Finding, Severity
from artifacts.secrets import secret_variable

SOURCE = "agreement"
_SHOWN = 6


def disagreements(artifact: Artifact, artifacts: Sequence[Artifact]) -> tuple[Finding, ...]:
    """Return where an artifact says something else than a file that stands before it in the table of sources."""
    order = list(SOURCES)
    if artifact.kind not in SOURCES:
        return ()
    cluster = cluster_of(artifacts)
    own = list(SOURCES[artifact.kind](artifact, cluster))
    found: list[Finding] = []
    for kind in order[: order.index(artifact.kind)]:
        others = [one for item in artifacts if item.kind is kind and item.path != artifact.path for one in SOURCES[kind](item, cluster)]
        alone = len({one.image or one.path for one in own}) == 1
        for statement in own:
            partner = _partner(statement, others, alone=alone)
            if partner is not None:
                found += _compare(statement, partner)
    return tuple(dict.fromkeys(found))


def _partner(statement: Statement, others: Sequence[Statement], *, alone: bool) -> Statement | None:
    """Return the other file's statement about the same part: built from the same file, called alike, or the only one."""
    for fitting in (
        [other for other in others if statement.dockerfile and other.dockerfile == statement.dockerfile],
        [other for other in others if statement.names & other.names],
        [other for other in others if any(mine.endswith(f"-{theirs}") for mine in statement.names for theirs in other.names)],
    ):
        if len(fitting) == 1 or (fitting and len({other.dockerfile for other in fitting}) == 1):
            best = [other for other in fitting if statement.names & other.names]
            return (best or fitting)[0]
    return others[0] if len(others) == 1 and alone else None


def _compare(one: Statement, other: Statement) -> Iterator[Finding]:
    yield from _port(one, other)
    yield from _health(one, other)
    yield from _user(one, other)
    yield from _image(one, other)
    yield from _environment(one, other)


def _finding(rule: str, severity: Severity, one: Statement, line: int | None, message: str) -> Finding:
    return Finding(f"agreement_{rule}", severity, message[:500], one.path, line, source=SOURCE)


def _port(one: Statement, other: Statement) -> Iterator[Finding]:
    if other.path == other.dockerfile == one.dockerfile:
        return  # the rule compose_port_not_served follows the build itself
    if one.ports and other.ports and not one.ports & other.ports and not one.port_moved and not other.port_moved:
        mine, theirs = (listed(map(str, sorted(ports))) for ports in (one.ports, other.ports))
        message = f"{one.title} is reached on port {mine}, but {other.title} listens on {theirs} ({other.at(other.ports_line)})"
        yield _finding("port", Severity.ERROR if other.path == other.dockerfile else Severity.WARNING, one, one.ports_line, message)


def _health(one: Statement, other: Statement) -> Iterator[Finding]:
    if one.health is not None and other.health is not None and one.health != other.health:
        message = f"{one.title} is asked for its health on {one.health}, {other.title} on {other.health} ({other.at(other.health_line)})"
        yield _finding("health", Severity.WARNING, one, one.health_line, message)


def _user(one: Statement, other: Statement) -> Iterator[Finding]:
    place = other.at(other.user_line)
    if one.refuses_root and other.user is not None and not other.user.isdigit():
        why = "runs as root" if other.user == "root" else f"names its user {other.user} and no number"
        message = f"{one.title} says runAsNonRoot without a number, but {other.title} {why} ({place}): the container is not started"
        yield _finding("user", Severity.ERROR, one, one.user_line, message)
    elif one.user is not None and other.user is not None and one.user.isdigit() and other.user.isdigit() and one.user != other.user:
        message = f"{one.title} runs as {one.user}, {other.title} is made for {other.user} ({place}), who owns its files"
        yield _finding("user", Severity.WARNING, one, one.user_line, message)


def _image(one: Statement, other: Statement) -> Iterator[Finding]:
    if not one.image or not other.image:
        return
    mine, theirs = reference(one.image).name, reference(other.image).name
    if mine != theirs:
        message = f"{one.title} runs the image {mine}, {other.title} is called {theirs} ({other.at(other.image_line)})"
        yield _finding("image", Severity.WARNING, one, one.image_line, message)


def _environment(one: Statement, other: Statement) -> Iterator[Finding]:
    in_clear = sorted(
        name
        for name in one.variables.keys() & other.variables.keys()
        if (one.variables[name].secret and secret_variable(name, other.variables[name].clear))
        or (other.variables[name].secret and secret_variable(name, one.variables[name].clear))
    )
    for name in in_clear[:_SHOWN]:
        here, there = one.variables[name], other.variables[name]
        hidden, open_place = (one.at(here.line), other.at(there.line)) if here.secret else (other.at(there.line), one.at(here.line))
        message = f"{name} is a secret in one file ({hidden}) and stands in clear in another ({open_place})"
        yield _finding("secret", Severity.WARNING, one, here.line, message)
    if other.path == other.dockerfile or not (one.variables and other.variables):
        return
    missing = sorted(name for name in other.variables.keys() - one.variables.keys() if not other.variables[name].helper)
    if missing and one.whole:
        places = f"{other.path}:{other.variables[missing[0]].line}"
        message = f"{one.title} does not set {listed(missing)}, which {other.title} does ({places})"
        yield _finding("environment", Severity.WARNING, one, one.line, message)
    further = sorted(name for name in one.variables.keys() - other.variables.keys() if not one.variables[name].helper)
    if further and other.whole:
        message = f"{one.title} sets {listed(further)}, which {other.title} does not ({other.at(None)})"
        yield _finding("environment", Severity.HINT, one, one.variables[further[0]].line, message)
