"""The table of rules: the words and what they change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from architect.wishes import facts, files
from architect.wishes.hearing import Hearing, Rule

_SERVICE = (
    r"(postgres(?:ql)?|postgis|pgvector|mysql|mariadb|mongo(?:db)?|redis|valkey|rabbit(?:mq)?|kafka|nats|elasticsearch|opensearch"
    r"|memcached?|minio|clickhouse|mailpit)"
)
_VALUE = r"(\"[^\"\n]*\"|'[^'\n]*'|[^\s,;]+)"


def _rule(pattern: str, heard: Callable[[Hearing, re.Match[str]], str]) -> Rule:
    return Rule(re.compile(pattern, re.I), heard)


# The order matters: what quotes a command or names a further port is read before the plainer words inside it.
RULES: tuple[Rule, ...] = (
    _rule(
        r"\badd (?:an? )?(?:(?P<name>[a-z][\w-]{1,30}) )?(?P<role>worker|process|scheduler)(?: (?:that runs|running|with|which runs)|:)? "
        r"`(?P<command>[^`\n]+)`",
        facts.any_process,
    ),
    _rule(
        r"\b(?:start|run|launch)(?: it| the app| the server| command)?(?: is| with| using| by running|:)?\s*`([^`\n]+)`"
        r"|\bstart command(?: is|:)? ([^`\n;]+)",
        facts.start,
    ),
    _rule(rf"\b(?:set |add )?(?:an? |the )?label (?:of )?([a-z][\w./-]*)\s*=\s*{_VALUE}", files.label),
    _rule(
        rf"\b(?:set )?(?:the )?(?:env(?:ironment)? ?(?:variable|var)? |variable )?(?-i:([A-Z][A-Z0-9_]+))\s*=\s*{_VALUE}",
        files.environment,
    ),
    _rule(
        r"\b(?:also )?expose (?:the )?(?:metrics|prometheus|admin|grpc|debug|management|a second port)(?: (?:on|at))?(?: port)? (\d{1,5})\b"
        r"|\balso expose (?:port )?(\d{1,5})\b",
        files.further_port,
    ),
    _rule(
        r"\b(?:(?:listen|listening|serve|run|expose|use|change|set|move)[\w ]{0,24}? )?port(?: to| =|=|:| number)? ?(\d{1,5})\b", facts.port
    ),
    _rule(
        r"(?<![\w.])(?:use |with |on |run on )?(python|node\.?js|node|golang|go|ruby|php|java|jdk|jre|rust|elixir|deno|bun|dotnet|\.net)"
        r"(?: version)?(?: |:)?v?(\d+(?:\.\d+){0,2})(?!\.?\w)",
        facts.version,
    ),
    _rule(
        r"\b(?:no|not|without|avoid|instead of|rather than|drop) (?:an? )?(alpine|distroless|debian)(?: (?:linux|base|image|based))*\b",
        files.not_family,
    ),
    _rule(
        r"\b(?:use |on |with |based on |switch to )?(?:an? |the )?(alpine|distroless|debian|slim|bookworm)"
        r"(?:[- ](?:linux|base|image|images|slim|based|as))*\b",
        files.family,
    ),
    _rule(r"\b(?:run |running )?as (?:the )?(?:non-root )?(?:user(?: id)?|uid) ?(?:=|:)? ?(\d+)\b|\buid ?(?:=|:)? ?(\d+)\b", files.user),
    _rule(r"\b(?:run|running) as root\b", files.root),
    _rule(r"\b(?:no|without|disable|remove|skip|drop) (?:the |an? |any )?health ?-?checks?\b", files.no_health),
    _rule(r"\bhealth ?-?(?:check|path|endpoint)?s?(?: path| endpoint)?(?: is| at| on|:| to| should use)? (/[\w./-]*[\w/-])", facts.health),
    _rule(
        r"\b(?:use |with )?(?:(?P<server>gunicorn|uvicorn|hypercorn|granian|puma)(?: with| and|,)? )?"
        r"(?P<count>\d+) (?:worker|process)(?:es|s)?\b",
        facts.workers,
    ),
    _rule(r"\b(?:use|serve with|run with|switch to) (gunicorn|uvicorn|hypercorn|granian|puma|daphne|waitress)\b", facts.server),
    _rule(
        r"\b(?:add|include|with|run) (?:an? |the )?(?P<kind>celery|rq|sidekiq|resque|dramatiq|huey|arq)"
        r"(?: (?P<role>worker|beat|scheduler))?\b",
        facts.process,
    ),
    _rule(
        rf"\b(?:no|without|remove|drop|instead of) (?:the |an? )?{_SERVICE}\b(?: (?:service|server|database|cache|container))?",
        facts.drop_service,
    ),
    _rule(
        rf"\b(?:add|include|use|with|needs?|provide|and) (?:an? |the )?{_SERVICE}\b"
        r"(?: (?:service|server|database|cache|container|queue|broker|for caching|as (?:a )?cache|as (?:the )?database))?",
        facts.add_service,
    ),
    _rule(
        r"\bmulti-?(?:arch(?:itecture)?|platform)(?: (?:build|image|images|builds))?\b"
        r"|\b(?:linux/)?(?:amd64|x86_64) and (?:linux/)?arm64\b|\b(?:for|support) (?:linux/)?arm64\b",
        files.platforms,
    ),
    _rule(r"\b(?:no|without) (?:compose |named |docker )?volumes?\b", files.no_volumes),
    _rule(
        r"\b(?:(?:apt(?:-get)? |apk )?install|add) (?:the )?(?:system |os |debian |alpine )?packages? "
        r"([a-z0-9.+-]+(?:(?:,? and |, ?| )(?!and\b)[a-z0-9.+-]+)*)",
        files.packages,
    ),
    _rule(r"\b(?:apt(?:-get)? install|apk add) (?:-y )?([a-z0-9.+ -]+)", files.packages),
    _rule(r"\b(?:use |with |add )?(?:tini|dumb-init|an init(?: process)?)(?: as (?:pid 1|init|entrypoint))?\b", files.init),
    _rule(r"\bread-?only(?: root)?(?: ?file ?system)?\b", files.read_only),
    _rule(
        r"\b(?:use |with |an? )?(?:multi-?stage(?: build)?|non-?root(?: user)?|pinned (?:base )?images?|exec form)\b",
        files.always,
    ),
)

OPPOSITES: Mapping[Callable[[Hearing, re.Match[str]], str], Callable[[Hearing, re.Match[str]], str]] = MappingProxyType(
    {files.family: files.not_family, facts.add_service: facts.drop_service}
)
"""What a rule means after a "do not"; the others mean nothing then."""
