"""Reads Terraform's own language by the rules of its native syntax: bodies, arguments and blocks."""

from __future__ import annotations

import re

from artifacts.dockerfile.model import Fault
from artifacts.keeping import keep, text_length
from artifacts.terraform.expressions import ExpressionReader
from artifacts.terraform.model import Attribute, Block, Body, Expression, TerraformFile
from artifacts.terraform.scanner import MAX_DEPTH, Refused
from artifacts.terraform.walking import inside

MAX_INPUT = 262_144
MAX_HEIGHT = 150
_LABEL = re.compile(r'"((?:[^"\\\r\n$%]|\\["\\nrt]|\$(?!\{)|%(?!\{))*)"')
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@keep(text_length)
def read_terraform(text: str) -> TerraformFile:
    """Read one file (`.tf`, `.tfvars` or `.hcl`). What breaks the grammar is a fault with its line; reading stops there."""
    if len(text) > MAX_INPUT:
        return _faulty(1, f"the file has {len(text)} characters, more than the {MAX_INPUT} that are read")
    control = _CONTROL.search(text)
    if control is not None:
        return _faulty(text.count("\n", 0, control.start()) + 1, "the file holds control characters")
    reader = _BodyReader(text)
    try:
        return TerraformFile(reader.whole())
    except Refused as error:
        return _faulty(reader.line(min(error.at, len(text))), error.message)


def _faulty(line: int, message: str) -> TerraformFile:
    return TerraformFile(Body(), (Fault(line, message),))


class _BodyReader(ExpressionReader):
    def whole(self) -> Body:
        body = self._body()
        if not self.done:
            self.refuse("a closing brace has no opening one")
        return body

    def _body(self) -> Body:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(f"blocks nest deeper than {MAX_DEPTH} levels")
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        names: set[str] = set()
        while True:
            self.skip(True)
            if self.done or self.next_is("}"):
                break
            item = self._item(names)
            if isinstance(item, Attribute):
                attributes.append(item)
            else:
                blocks.append(item)
            if not self.end_of_line():
                what = f"after the argument {item.name}" if isinstance(item, Attribute) else "after the block"
                self.refuse(f"expected the end of the line {what}, found {self.found()}")
        self.depth -= 1
        return Body(tuple(attributes), tuple(blocks))

    def _item(self, names: set[str]) -> Attribute | Block:
        start = self.at
        name = self.name()
        if name is None:
            self.refuse(f"expected an argument or a block, found {self.found()}")
        self.skip(False)
        if self.next_is("=") and not self.next_is("=="):
            return self._attribute(name, start, names)
        return self._block(name, start)

    def _attribute(self, name: str, start: int, names: set[str]) -> Attribute:
        self.take("=")
        if name in names:
            self.refuse(f"the argument {name} is given twice", start)
        names.add(name)
        value = self.expression(False)
        self._check_height(value)
        return Attribute(name, value, self.line(start), start, self.at, self.line(self.at - 1))

    def _block(self, kind: str, start: int) -> Block:
        labels: list[str] = []
        while not self.take("{"):
            quoted = self.match(_LABEL)
            label = quoted[1] if quoted is not None else self.name()
            if label is None:
                self.refuse(f"expected a label or '{{' after {kind}, or '=' and a value; found {self.found()}")
            labels.append(label)
            self.skip(False)
        self.skip(False)
        body = self._body() if self.end_of_line() else self._one_line()
        if not self.take("}"):
            self.refuse(f"the block {kind} opened on line {self.line(start)} is not closed")
        return Block(kind, tuple(labels), body, self.line(start), start, self.at, self.line(self.at - 1))

    def _one_line(self) -> Body:
        """Read a body that stands on the line of its opening brace: at most one argument."""
        if self.next_is("}"):
            return Body()
        start = self.at
        name = self.name()
        if name is None:
            self.refuse(f"expected an argument or the end of the line after '{{', found {self.found()}")
        self.skip(False)
        if not self.next_is("=") or self.next_is("=="):
            self.refuse("a block inside a block needs a line of its own")
        attribute = self._attribute(name, start, set())
        self.skip(False)
        if not self.next_is("}"):
            self.refuse(f"a block on one line holds one argument; found {self.found()} after it")
        return Body((attribute,))

    def _check_height(self, expression: Expression) -> None:
        """Refuse what is so high that going through it would exhaust the stack."""
        level = [expression]
        for _ in range(MAX_HEIGHT):
            level = [part for item in level for part in inside(item)]
            if not level:
                return
        self.refuse(f"the expression nests deeper than {MAX_HEIGHT} levels", expression.start)
