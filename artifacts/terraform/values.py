"""What an expression comes to where the files alone tell: literals, variables' defaults, locals, loops, common functions."""

from __future__ import annotations

import threading
from collections.abc import Mapping as Map
from dataclasses import replace
from typing import Any, Protocol

from artifacts.terraform.functions import FAILED, FUNCTIONS, NOTHING, UNKNOWN, Value, listed, mapped, number_of, text_of, worded
from artifacts.terraform.model import (
    Call,
    Directive,
    Expression,
    Index,
    Literal,
    Loop,
    Mapping,
    Member,
    Name,
    Operation,
    Parenthesis,
    Sequence,
    Splat,
    Template,
)

MAX_STEPS = 20_000
"""Expressions evaluated for one question; what takes more stays unknown."""


class Names(Protocol):
    """Where names are looked up."""

    def variable(self, name: str) -> Expression | None:
        """Return a variable's default."""

    def local(self, name: str) -> Expression | None:
        """Return a local value."""


class Evaluator:
    """Evaluates expressions of one module within MAX_STEPS; never raises for what an expression says."""

    def __init__(self, names: Names) -> None:
        self.names = names
        # one module is looked at by several validators at once
        self._lock = threading.RLock()
        self._steps = 0
        self._open: set[str] = set()
        self._kept: dict[str, Value] = {}

    def value(self, expression: Expression | None, bound: Map[str, Value] | None = None) -> Value:
        """Return what an expression comes to; `bound` are `each`, `count` and the names of loops."""
        if expression is None:
            return NOTHING
        with self._lock:
            self._steps = 0
            return self._value(expression, bound or {})

    def _value(self, expression: Expression, bound: Map[str, Value]) -> Value:
        self._steps += 1
        if self._steps > MAX_STEPS:
            return NOTHING
        found = self._found(expression, bound)
        # what is not known is shown as the expression it is
        return found if found.known or found.origin is not None else replace(found, origin=expression)

    def _found(self, expression: Expression, bound: Map[str, Value]) -> Value:
        match expression:
            case Literal():
                return Value(expression.value, expression)
            case Parenthesis():
                return self._value(expression.inner, bound)
            case Template():
                return self._template(expression, bound)
            case Name():
                return bound.get(expression.name, NOTHING)
            case Member():
                return self._member(expression, bound)
            case Index():
                return _at(self._value(expression.of, bound), self._value(expression.key, bound))
            case Splat():
                of = self._value(expression.of, bound)
                return of if isinstance(of.data, list) else NOTHING
            case Sequence():
                return listed((self._value(item, bound) for item in expression.items), expression)
            case Mapping():
                return self._mapping(expression, bound)
            case Call():
                return self._call(expression, bound)
            case Operation():
                return self._operation(expression, bound)
            case Loop():
                return self._loop(expression, bound)
            case _:
                return NOTHING

    def _template(self, expression: Template, bound: Map[str, Value]) -> Value:
        text = expression.text
        if text is not None:
            return Value(text, expression)
        if len(expression.pieces) == 1 and isinstance(piece := expression.pieces[0], Expression) and not isinstance(piece, Directive):
            return self._value(piece, bound)
        found: list[str] = []
        for piece in expression.pieces:
            if isinstance(piece, str):
                found.append(piece)
                continue
            part = NOTHING if isinstance(piece, Directive) else self._value(piece, bound)
            shown = text_of(part.data)
            if shown is None:
                return Value(UNKNOWN, expression)
            found.append(shown)
        return worded("".join(found), expression)

    def _member(self, expression: Member, bound: Map[str, Value]) -> Value:
        of = expression.of
        if isinstance(of, Name) and of.name not in bound:
            if of.name == "var":
                return self._named(f"var.{expression.name}", self.names.variable(expression.name))
            if of.name == "local":
                return self._named(f"local.{expression.name}", self.names.local(expression.name))
            return NOTHING
        held = self._value(of, bound)
        if isinstance(held.data, dict):
            return held.get(expression.name)
        if isinstance(held.data, list) and expression.name.isdigit():
            return _at(held, Value(int(expression.name)))
        return NOTHING

    def _named(self, name: str, expression: Expression | None) -> Value:
        if expression is None or name in self._open:
            return NOTHING
        if name not in self._kept:
            self._open.add(name)
            self._kept[name] = self._value(expression, {})
            self._open.discard(name)
        return self._kept[name]

    def _mapping(self, expression: Mapping, bound: Map[str, Value]) -> Value:
        found: dict[str, Value] = {}
        for key, value in expression.items:
            name = text_of(self._value(key, bound).data)
            if name is not None:
                found[name] = self._value(value, bound)
        return mapped(found, expression)

    def _operation(self, expression: Operation, bound: Map[str, Value]) -> Value:
        if expression.operator == "?:":
            chosen = self._value(expression.operands[0], bound).data
            if isinstance(chosen, bool):
                return self._value(expression.operands[1 if chosen else 2], bound)
            return Value(UNKNOWN, expression)
        parts = [self._value(operand, bound).data for operand in expression.operands]
        return Value(_operate(expression.operator, parts), expression)

    def _loop(self, expression: Loop, bound: Map[str, Value]) -> Value:
        pairs = _pairs(self._value(expression.collection, bound))
        if pairs is None:
            return Value(UNKNOWN, expression)
        items: list[Value] = []
        keyed: dict[str, Value] = {}
        for key, value in pairs[:500]:
            names = {expression.bound[0]: value} if len(expression.bound) == 1 else dict(zip(expression.bound, (key, value), strict=True))
            within = {**bound, **names}
            if expression.condition is not None:
                wanted = self._value(expression.condition, within).data
                if wanted is UNKNOWN or wanted is FAILED:
                    return Value(UNKNOWN, expression)
                if wanted is not True:
                    continue
            result = self._value(expression.value, within)
            if expression.key is None:
                items.append(result)
                continue
            name = text_of(self._value(expression.key, within).data)
            if name is None:
                return Value(UNKNOWN, expression)
            if expression.group:
                before = keyed[name].data if name in keyed else []
                keyed[name] = listed([*before, result]) if isinstance(before, list) else NOTHING
            else:
                keyed[name] = result
        return listed(items, expression) if expression.key is None else mapped(keyed, expression)

    def _call(self, expression: Call, bound: Map[str, Value]) -> Value:
        if expression.expand:
            return Value(UNKNOWN, expression)
        if expression.name in ("try", "coalesce"):
            for argument in expression.arguments:
                value = self._value(argument, bound)
                passed = value.failed() if expression.name == "try" else value.data in (None, "")
                if not passed:
                    return value
            return NOTHING
        if expression.name == "can":
            value = self._value(expression.arguments[0], bound) if expression.arguments else NOTHING
            return Value(False) if value.failed() else Value(True) if value.known else NOTHING
        function = FUNCTIONS.get(expression.name)
        if function is None:
            return Value(UNKNOWN, expression)
        given = [self._value(argument, bound) for argument in expression.arguments]
        try:
            result = function(*given)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError):
            return Value(UNKNOWN, expression)
        return replace(result, origin=result.origin or expression)


def _at(of: Value, key: Value) -> Value:
    if isinstance(of.data, dict):
        name = text_of(key.data)
        return of.get(name) if name is not None else NOTHING
    if isinstance(of.data, list) and isinstance(key.data, int) and 0 <= key.data < len(of.data):
        found: Value = of.data[key.data]
        return found
    return NOTHING


def _pairs(value: Value) -> list[tuple[Value, Value]] | None:
    if isinstance(value.data, dict):
        return [(Value(key), item) for key, item in sorted(value.data.items())]
    if isinstance(value.data, list):
        return [(Value(number), item) for number, item in enumerate(value.data)]
    return None


def _operate(operator: str, parts: list[Any]) -> Any:
    if operator in ("==", "!="):
        if any(part is UNKNOWN or part is FAILED for part in parts) or any(isinstance(part, list | dict) for part in parts):
            return UNKNOWN
        return (parts[0] == parts[1]) is (operator == "==")
    if operator in ("&&", "||"):
        if any(part is (operator == "||") for part in parts):
            return operator == "||"
        return operator == "&&" if all(isinstance(part, bool) for part in parts) else UNKNOWN
    if operator == "!" and isinstance(parts[0], bool):
        return not parts[0]
    numbers = [number_of(part) for part in parts]
    if any(number is None for number in numbers):
        return UNKNOWN
    return _arithmetic(operator, [number for number in numbers if number is not None])


def _arithmetic(operator: str, numbers: list[float]) -> Any:
    if len(numbers) == 1:
        return -numbers[0] if operator == "-" else UNKNOWN
    first, second = numbers[0], numbers[1]
    if operator in ("/", "%") and second == 0:
        return UNKNOWN
    match operator:
        case "+":
            result = sum(numbers)
        case "*":
            result = 1.0
            for number in numbers:
                result *= number
        case "-":
            result = first - second
        case "/":
            result = first / second
        case "%":
            result = first % second
        case _:
            return {"<": first < second, "<=": first <= second, ">": first > second, ">=": first >= second}.get(operator, UNKNOWN)
    return int(result) if abs(result) < 1e15 and result == int(result) else result
