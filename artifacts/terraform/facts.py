"""What a module decides, question by question, each answer with the places it is written at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from artifacts.terraform.functions import Value, number_of, text_of
from artifacts.terraform.model import Block, Expression
from artifacts.terraform.module import Leaf, Module, Placed
from artifacts.terraform.roles import IS_DATABASE, ROLES, engine_of
from artifacts.terraform.writing import write

_ENGINE_KEYS = frozenset({"engine", "service", "engine_type", "database_version"})
_FURTHER = ("aws_db_subnet_group", "aws_elasticache_subnet_group")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question: as a text, the line of the argument, and the expression that holds the value (None: derived)."""

    question: str
    text: str
    line: int
    path: str
    origin: Expression | None = None
    known: bool = True
    blocking: bool = False


@lru_cache(maxsize=16)
def answers(module: Module) -> tuple[Answer, ...]:
    """Return the answers of every resource, in the order of the files."""
    return tuple(_answers(module))


def _answers(module: Module) -> Iterator[Answer]:
    for placed in module.resources():
        kind = placed.block.labels[0]
        roles = [role for role in ROLES if role.resources.match(kind)]
        for leaf in module.leaves(placed.block):
            keys = ".".join(leaf.keys)
            for role in roles:
                if role.keys.match(keys):
                    yield _answer(role.name, leaf, placed, role.blocking)
        yield from _engines(module, placed, kind)


def ports(module: Module) -> dict[int, Answer]:
    """Return the ports containers listen on."""
    return {int(number): answer for answer in answers(module) if answer.question == "port" and (number := number_of(answer.text))}


def health_paths(module: Module) -> dict[str, Answer]:
    """Return the paths health is asked on."""
    return {answer.text: answer for answer in answers(module) if answer.question == "health_path" and answer.text.startswith("/")}


def engines(module: Module) -> dict[str, Answer]:
    """Return the kinds of databases and brokers the module makes."""
    return {answer.text: answer for answer in answers(module) if answer.question == "database_engine"}


def _answer(question: str, leaf: Leaf, placed: Placed, blocking: bool) -> Answer:
    value = leaf.value
    text = shown(value)
    return Answer(question, text, leaf.line, placed.path, value.origin, value.known, blocking)


def shown(value: Value) -> str:
    """Return a value as text; what only a run could tell as the expression it is."""
    text = text_of(value.data)
    if text is not None:
        return text
    if value.data is None:
        return "null"
    return write(value.origin) if value.origin is not None else "computed"


def _engines(module: Module, placed: Placed, kind: str) -> Iterator[Answer]:
    if not IS_DATABASE.match(kind) or kind.endswith(("_subnet_group", "_parameter_group", "_user", "_configuration", "_firewall_rule")):
        return
    block = placed.block
    named = next((name for name in _ENGINE_KEYS if block.body.get(name) is not None), None)
    text = module.text(block.body, named) if named else None
    engine = engine_of(text or "") or engine_of(kind)
    if engine is not None:
        line = _line(block, named)
        yield Answer("database_engine", engine, line, placed.path, None, blocking=True)


def _line(block: Block, name: str | None) -> int:
    attribute = block.body.attribute(name) if name else None
    return attribute.line if attribute is not None else block.line
