"""Services wait for each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Remove services whose dependencies are all removed until nothing changes; what is left waits in a circle."""
    compose = context.compose
    waits = {service.name: {item.service for item in service.depends_on} for service in compose.services}
    free = [name for name, needed in waits.items() if not needed & waits.keys()]
    users: dict[str, list[str]] = {}
    for name, needed in waits.items():
        for other in needed & waits.keys():
            users.setdefault(other, []).append(name)
    left = {name: len(needed & waits.keys()) for name, needed in waits.items()}
    while free:
        done = free.pop()
        left.pop(done, None)
        for user in users.get(done, ()):
            if user in left:
                left[user] -= 1
                if left[user] == 0:
                    free.append(user)
    if left:
        circle = _circle(waits, left.keys())
        service = compose.service(circle[0])
        yield Remark(service.line_of("depends_on") if service else None, f"{' -> '.join([*circle, circle[0]])} wait for each other")


def _circle(waits: dict[str, set[str]], left: object) -> list[str]:
    """Walk from one blocked service to the next until one comes twice."""
    names = set(left)  # type: ignore[call-overload]
    path: list[str] = [min(names)]
    while True:
        following = min(waits[path[-1]] & names)
        if following in path:
            return path[path.index(following) :]
        path.append(following)


RULE = Rule(
    id="compose_dependency_cycle",
    kind=Kind.COMPOSE,
    severity=Severity.ERROR,
    title="Services wait for each other",
    why="None of them can be the first to start, so Compose refuses the file.",
    good="services:\n  web:\n    build: .\n    depends_on: [db]\n  db:\n    image: postgres:17\n",
    bad="services:\n  web:\n    build: .\n    depends_on: [db]\n  db:\n    image: postgres:17\n    depends_on: [web]\n",
    check=check,
)
