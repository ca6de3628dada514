"""Reads expressions: literals, templates, references, calls, operations, lists, objects and loops."""

from __future__ import annotations

from artifacts.terraform.model import (
    Call,
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
from artifacts.terraform.scanner import HEREDOC, MAX_DEPTH, NUMBER, OPERATOR
from artifacts.terraform.templates import TemplateReader

_STRENGTH = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
MAX_TERMS = 1_000
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class ExpressionReader(TemplateReader):
    """Reads expressions by precedence climbing; `lines` says that line ends do not matter (inside brackets)."""

    def expression(self, lines: bool) -> Expression:
        """Read a whole expression, a conditional included."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(f"the expression nests deeper than {MAX_DEPTH} levels")
        start = self.at
        found = self._operation(1, lines)
        self.skip(lines)
        if self.take("?"):
            chosen = self.expression(lines)
            self.skip(lines)
            self.expect(":", "between the two values of a conditional")
            other = self.expression(lines)
            found = Operation(operator="?:", operands=(found, chosen, other), start=found.start, end=self.at, line=self.line(start))
        self.depth -= 1
        return found

    def _operation(self, least: int, lines: bool) -> Expression:
        left = self._operand(lines)
        terms = 0
        while True:
            after = self.at
            self.skip(lines)
            hit = OPERATOR.match(self.text, self.at)
            strength = _STRENGTH[hit[0]] if hit is not None else 0
            if hit is None or strength < least or self.next_is("//") or self.next_is("/*"):
                self.at = after
                return left
            self.at = hit.end()
            terms += 1
            if terms > MAX_TERMS:
                self.refuse(f"an expression has more than {MAX_TERMS} terms")
            right = self._operation(strength + 1, lines)
            operands: tuple[Expression, ...] = (left, right)
            if isinstance(left, Operation) and left.operator == hit[0] and len(left.operands) >= 2 and hit[0] in ("+", "*", "&&", "||"):
                operands = (*left.operands, right)
            left = Operation(operator=hit[0], operands=operands, start=left.start, end=right.end, line=left.line)

    def _operand(self, lines: bool) -> Expression:
        self.skip(lines)
        start, line = self.at, self.line(self.at)
        for sign in ("-", "!"):
            if self.take(sign):
                self.depth += 1
                if self.depth > MAX_DEPTH:
                    self.refuse(f"the expression nests deeper than {MAX_DEPTH} levels")
                inner = self._operand(lines)
                self.depth -= 1
                return Operation(operator=sign, operands=(inner,), start=start, end=inner.end, line=line)
        return self._accesses(self._term(), lines)

    def _accesses(self, of: Expression, lines: bool) -> Expression:
        while True:
            after = self.at
            self.skip(lines)
            if self.next_is("...") or not (self.next_is(".") or self.next_is("[")):
                self.at = after
                return of
            if self.take("."):
                self.skip(lines)
                of = self._member(of)
                continue
            self.take("[")
            self.skip(True)
            if self.take("*"):
                self.skip(True)
                self.expect("]", "after [*")
                of = Splat(of=of, start=of.start, end=self.at, line=of.line)
                continue
            key = self.expression(True)
            self.skip(True)
            self.expect("]", "after an index")
            of = Index(of=of, key=key, start=of.start, end=self.at, line=of.line)

    def _member(self, of: Expression) -> Expression:
        if self.take("*"):
            return Splat(of=of, start=of.start, end=self.at, line=of.line)
        name = self.name()
        if name is None:
            digits = self.match(NUMBER)
            if digits is None:
                self.refuse(f"expected a name after the dot, found {self.found()}")
            for part in digits[0].split("."):
                of = Member(of=of, name=part, start=of.start, end=self.at, line=of.line)
            return of
        return Member(of=of, name=name, start=of.start, end=self.at, line=of.line)

    def _term(self) -> Expression:
        start, line = self.at, self.line(self.at)
        letter = self.text[start : start + 1]
        if letter == '"':
            return self.quoted()
        if letter == "(":
            self.at += 1
            inner = self.expression(True)
            self.skip(True)
            self.expect(")", "at the end of the parentheses")
            return Parenthesis(inner=inner, start=start, end=self.at, line=line)
        if letter == "[":
            return self._list()
        if letter == "{":
            return self._object()
        if letter.isdigit():
            number = self.match(NUMBER)
            text = number[0] if number is not None else "0"
            if len(text) > 400:
                self.refuse("a number has more than 400 digits", start)
            value = float(text) if any(mark in text for mark in ".eE") else int(text)
            return Literal(value=value, start=start, end=self.at, line=line)
        if self.next_is("<<"):
            if HEREDOC.match(self.text, self.at) is None:
                self.refuse("a here-document starts with << and a name, alone at the end of its line")
            return self.heredoc()
        name = self.name()
        if name is None:
            self.refuse(f"expected a value, found {self.found()}")
        if name in _WORDS:
            return Literal(value=_WORDS[name], start=start, end=self.at, line=line)
        return self._call(name, start, line)

    def _call(self, name: str, start: int, line: int) -> Expression:
        while self.take("::"):
            part = self.name()
            if part is None:
                self.refuse(f"expected a name after ::, found {self.found()}")
            name = f"{name}::{part}"
        after = self.at
        self.skip(False)
        if not self.take("("):
            self.at = after
            if "::" in name:
                self.refuse(f"{name} is a function; its arguments in parentheses are missing")
            return Name(name=name, start=start, end=after, line=line)
        arguments: list[Expression] = []
        expand = False
        self.skip(True)
        while not self.take(")"):
            if expand:
                self.refuse("nothing may follow the argument that is spread with ...")
            arguments.append(self.expression(True))
            self.skip(True)
            expand = self.take("...")
            self.skip(True)
            if not self.take(",") and not self.next_is(")"):
                self.refuse(f"expected a comma or ')' in the arguments of {name}, found {self.found()}")
            self.skip(True)
        return Call(name=name, arguments=tuple(arguments), expand=expand, start=start, end=self.at, line=line)

    def _list(self) -> Expression:
        start, line = self.at, self.line(self.at)
        self.at += 1
        self.skip(True)
        if self.keyword("for"):
            return self._loop(start, "]")
        items: list[Expression] = []
        while not self.take("]"):
            items.append(self.expression(True))
            self.skip(True)
            if not self.take(",") and not self.next_is("]"):
                self.refuse(f"expected a comma or ']' in a list, found {self.found()}")
            self.skip(True)
        return Sequence(items=tuple(items), start=start, end=self.at, line=line)

    def _object(self) -> Expression:
        start, line = self.at, self.line(self.at)
        self.at += 1
        self.skip(True)
        if self.keyword("for"):
            return self._loop(start, "}")
        items: list[tuple[Expression, Expression]] = []
        while not self.take("}"):
            key = self.expression(False)
            if isinstance(key, Name):
                key = Template(pieces=(key.name,), start=key.start, end=key.end, line=key.line)
            self.skip(False)
            if self.next_is("=>") or not (self.take("=") or self.take(":")):
                self.refuse(f"expected '=' or ':' after a key, found {self.found()}")
            items.append((key, self.expression(False)))
            self.skip(False)
            if not self.take(",") and not self.next_is("}") and not self.ends_line():
                self.refuse(f"expected a comma or the end of the line after a value, found {self.found()}")
            self.skip(True)
        return Mapping(items=tuple(items), start=start, end=self.at, line=line)

    def _loop(self, start: int, closing: str) -> Expression:
        bound = self.loop_names()
        collection = self.expression(True)
        self.skip(True)
        self.expect(":", "after what a for expression goes through")
        key: Expression | None = None
        value = self.expression(True)
        self.skip(True)
        if closing == "}":
            self.expect("=>", "between key and value of a for expression")
            key, value = value, self.expression(True)
            self.skip(True)
        group = self.take("...")
        if group and key is None:
            self.refuse("a for expression that makes a list cannot group with ...")
        self.skip(True)
        condition = self.expression(True) if self.keyword("if") else None
        self.skip(True)
        self.expect(closing, "at the end of a for expression")
        return Loop(
            bound=bound, collection=collection, key=key, value=value, condition=condition, group=group,
            start=start, end=self.at, line=self.line(start),
        )  # fmt: skip
