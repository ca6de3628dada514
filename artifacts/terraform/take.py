"""One decision carried from one Terraform file to another, the rest of the text left as it was."""

from __future__ import annotations

from collections.abc import Iterable

from artifacts.errors import DecisionNotTakeable
from artifacts.records import Artifact, Decision
from artifacts.terraform.decisions import grouped
from artifacts.terraform.facts import Answer
from artifacts.terraform.model import Attribute, Block, Body, Expression
from artifacts.terraform.module import Module
from artifacts.terraform.reader import read_terraform
from artifacts.terraform.roles import ROLES
from artifacts.terraform.walking import references

_WHOLE = frozenset({"resources", "outputs", "variables", "database_engine"})
_QUESTIONS = frozenset(role.name for role in ROLES)


class _Side:
    """One of the two files."""

    def __init__(self, artifact: Artifact) -> None:
        self.path = artifact.path
        self.text = artifact.content
        self.body = read_terraform(artifact.content).body
        self.module = Module([(artifact.path, read_terraform(artifact.content))])

    def source(self, start: int, end: int) -> str:
        return self.text[start:end]

    def replaced(self, spans: Iterable[tuple[int, int]], text: str) -> str:
        """Return the text with every one of these spans replaced."""
        result = self.text
        for start, end in sorted(set(spans), reverse=True):
            result = result[:start] + text + result[end:]
        return result

    def without(self, start: int, end: int) -> str:
        """Return the text without this span and without the line it leaves empty."""
        before, after = self.text.rfind("\n", 0, start) + 1, self.text.find("\n", end)
        after = len(self.text) if after < 0 else after + 1
        alone = not self.text[before:start].strip() and not self.text[end:after].strip()
        return self.text[:before] + self.text[after:] if alone else self.text[:start] + self.text[end:]

    def into(self, block: Block, text: str) -> str:
        """Return the text with a further argument or block at the end of a block."""
        closing = block.end - 1
        line = self.text.rfind("\n", 0, closing) + 1
        if self.text[line:closing].strip():
            raise DecisionNotTakeable(f"The block {block.kind} on line {block.line} is written on one line; take the whole file instead.")
        pad = self.text[line:closing] + "  "
        return f"{self.text[:line]}{pad}{text}\n{self.text[line:]}"


def take_from_terraform(artifact: Artifact, decision: Decision, donor: Artifact) -> str:
    """Return the artifact's text with the donor's value of this decision. Raises DecisionNotTakeable."""
    ours, theirs = _Side(artifact), _Side(donor)
    kind, _, name = decision.name.partition(".")
    if decision.name in _WHOLE:
        raise DecisionNotTakeable(f"{decision.name} shapes the whole file and cannot be taken alone; take the whole {donor.path} instead.")
    if decision.name in _QUESTIONS:
        return _take_answer(ours, theirs, decision.name)
    if kind == "variable":
        return _take_block(ours, theirs, "variable", name)
    if kind == "value":
        return _take_argument(ours, theirs, ours.body, theirs.body, name, None)
    if kind == "region":
        return _take_region(ours, theirs, name)
    return _take_setting(ours, theirs, decision.name, kind, name)


def _take_answer(ours: _Side, theirs: _Side, question: str) -> str:
    mine = grouped(ours.module).get(question, [])
    wanted = grouped(theirs.module).get(question, [])
    if not mine:
        return _add_answer(ours, theirs, question)
    texts = {answer.text for answer in wanted}
    if not wanted:
        return _drop_answer(ours, question, mine)
    if len(texts) > 1 or len({answer.text for answer in mine}) > 1:
        raise DecisionNotTakeable(f"{question} has several values; which belongs where cannot be told, take the whole file instead.")
    source = next((answer.origin for answer in wanted if answer.origin is not None), None)
    places = [answer.origin for answer in mine]
    if source is None or any(place is None for place in places):
        raise DecisionNotTakeable(f"{question} follows from more than one argument; take the whole file instead.")
    _check_names(ours, theirs, source, question)
    spans = [(place.start, place.end) for place in places if place is not None]
    return ours.replaced(spans, theirs.source(source.start, source.end))


def _check_names(ours: _Side, theirs: _Side, source: Expression, question: str) -> None:
    known = {reference.path[:3] for attribute in _every(ours.body) for reference in references(attribute.value)}
    for reference in references(source):
        if reference.path[:3] not in known:
            shown = ".".join(reference.path[:3])
            raise DecisionNotTakeable(
                f"{question} refers to {shown}, which {ours.path} does not use; take the whole {theirs.path} instead."
            )


def _every(body: Body) -> list[Attribute]:
    return [*body.attributes, *(attribute for block in body.walk() for attribute in block.body.attributes)]


def _resource_of(side: _Side, question: str) -> tuple[Block, tuple[str, ...]] | None:
    """Return the resource that answers a question, and the keys to the answer."""
    for placed in side.module.resources():
        for role in ROLES:
            if role.name != question or not role.resources.match(placed.block.labels[0]):
                continue
            for leaf in side.module.leaves(placed.block):
                if role.keys.match(".".join(leaf.keys)):
                    return placed.block, leaf.keys
    return None


def _add_answer(ours: _Side, theirs: _Side, question: str) -> str:
    found = _resource_of(theirs, question)
    if found is None:
        return ours.text
    block, keys = found
    same = [placed.block for placed in ours.module.resources() if placed.block.labels[0] == block.labels[0]]
    if len(same) != 1:
        raise DecisionNotTakeable(f"{ours.path} has {len(same)} resources of type {block.labels[0]}; take the whole file instead.")
    source: Attribute | Block | None = block.body.attribute(keys[0]) or next(iter(block.body.of(keys[0])), None)
    taken = same[0].body.attribute(keys[0]) or next(iter(same[0].body.of(keys[0])), None)
    if source is None or taken is not None:
        raise DecisionNotTakeable(f"{question} is part of {keys[0]}, which both files have; take the whole file instead.")
    for attribute in [source] if isinstance(source, Attribute) else _every(source.body):
        _check_names(ours, theirs, attribute.value, question)
    return ours.into(same[0], theirs.source(source.start, source.end))


def _drop_answer(ours: _Side, question: str, mine: list[Answer]) -> str:
    found = _resource_of(ours, question)
    if found is None or len(found[1]) != 1 or len(mine) != 1:
        raise DecisionNotTakeable(f"{question} cannot be left out alone; take the whole file instead.")
    attribute = found[0].body.attribute(found[1][0])
    if attribute is None:
        raise DecisionNotTakeable(f"{question} cannot be left out alone; take the whole file instead.")
    return ours.without(attribute.start, attribute.end)


def _take_block(ours: _Side, theirs: _Side, kind: str, name: str) -> str:
    mine = next((block for block in ours.body.blocks if block.kind == kind and block.labels == (name,)), None)
    wanted = next((block for block in theirs.body.blocks if block.kind == kind and block.labels == (name,)), None)
    if wanted is None:
        return ours.without(mine.start, mine.end) if mine is not None else ours.text
    source = theirs.source(wanted.start, wanted.end)
    return ours.replaced([(mine.start, mine.end)], source) if mine is not None else f"{ours.text.rstrip()}\n\n{source}\n"


def _take_argument(ours: _Side, theirs: _Side, mine: Body, wanted: Body, name: str, block: Block | None) -> str:
    old, new = mine.attribute(name), wanted.attribute(name)
    if new is None:
        return ours.without(old.start, old.end) if old is not None else ours.text
    source = theirs.source(new.start, new.end)
    if old is not None:
        return ours.replaced([(old.start, old.end)], source)
    return ours.into(block, source) if block is not None else f"{ours.text.rstrip()}\n{source}\n"


def _take_region(ours: _Side, theirs: _Side, name: str) -> str:
    labels = tuple(name.split("."))
    mine = next((block for block in ours.body.blocks if block.kind == "provider" and block.labels == labels), None)
    wanted = next((block for block in theirs.body.blocks if block.kind == "provider" and block.labels == labels), None)
    if mine is None or wanted is None:
        raise DecisionNotTakeable(f"Only one of the files configures the provider {name}; take the whole file instead.")
    key = next((key for key in ("region", "location") if wanted.body.attribute(key) or mine.body.attribute(key)), "region")
    attribute = wanted.body.attribute(key)
    if attribute is not None:
        _check_names(ours, theirs, attribute.value, f"region.{name}")
    return _take_argument(ours, theirs, mine.body, wanted.body, key, mine)


def _take_setting(ours: _Side, theirs: _Side, question: str, kind: str, name: str) -> str:
    mine = next((block for block in ours.body.blocks if block.kind == "terraform"), None)
    wanted = next((block for block in theirs.body.blocks if block.kind == "terraform"), None)
    if mine is None or wanted is None:
        raise DecisionNotTakeable(f"Only one of the files has a terraform block; take the whole file instead of {question}.")
    if kind == "terraform_version":
        return _take_argument(ours, theirs, mine.body, wanted.body, "required_version", mine)
    if kind == "provider":
        old, new = next(iter(mine.body.of("required_providers")), None), next(iter(wanted.body.of("required_providers")), None)
        if old is None or new is None:
            raise DecisionNotTakeable("Only one of the files has required_providers; take the whole file instead.")
        return _take_argument(ours, theirs, old.body, new.body, name, old)
    old_state, new_state = _state(mine), _state(wanted)
    if new_state is None:
        return ours.without(old_state.start, old_state.end) if old_state is not None else ours.text
    source = theirs.source(new_state.start, new_state.end)
    return ours.replaced([(old_state.start, old_state.end)], source) if old_state is not None else ours.into(mine, source)


def _state(block: Block) -> Block | None:
    return next(iter((*block.body.of("backend"), *block.body.of("cloud"))), None)
