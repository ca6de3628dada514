"""A service gets the host's full privileges."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.mending import with_values
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.yamledit import MISSING

_WIDE = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "DAC_READ_SEARCH"})


def check(context: Context) -> Iterator[Remark]:
    """Look at `privileged`, wide capabilities, and the host's process table."""
    for service in context.compose.services:
        if service.value("privileged") in (True, "true"):
            yield Remark(service.line_of("privileged"), f"{service.name} is privileged: it can do on the host whatever root can")
        wide = sorted({name.upper().removeprefix("CAP_") for name in service.texts("cap_add")} & _WIDE)
        if wide:
            yield Remark(service.line_of("cap_add"), f"{service.name} gets {', '.join(wide)}, which is close to root on the host")
        if service.value("pid") == "host":
            yield Remark(service.line_of("pid"), f"{service.name} sees and can signal every process of the host")


def fix(context: Context) -> str | None:
    """Remove `privileged` and the host's process table; capabilities stay for someone to judge."""
    return with_values(
        context.artifact.content,
        [
            (("services", service.name, key), MISSING)
            for service in context.compose.services
            for key, wide in (("privileged", (True, "true")), ("pid", ("host",)))
            if service.value(key) in wide
        ],
    )


RULE = Rule(
    id="compose_privileged",
    kind=Kind.COMPOSE,
    severity=Severity.WARNING,
    title="A service has the host's privileges",
    why="privileged, SYS_ADMIN and the host's process table undo the isolation that containers are for. Add the one "
    "capability that is needed.",
    good="services:\n  web:\n    build: .\n    cap_drop: [ALL]\n    cap_add: [NET_BIND_SERVICE]\n",
    bad="services:\n  web:\n    build: .\n    privileged: true\n",
    check=check,
    fix=fix,
)
