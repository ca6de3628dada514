"""Expressions and files written in one form, in which layout, quoting, comments and the order of independent parts do not show."""

from __future__ import annotations

import json
from typing import Any

from artifacts.terraform.model import (
    Attribute,
    Block,
    Body,
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
    TerraformFile,
)

_LONGEST = 65_536


def canonical_terraform(file: TerraformFile) -> str:
    """Return a text that is equal for files that mean the same."""
    return "\n".join(_lines(file.body, "")) + "\n"


def canonical_block(block: Block) -> str:
    """Return the same for one block."""
    return "\n".join(_block(block, ""))


def _lines(body: Body, pad: str) -> list[str]:
    found = [f"{pad}{attribute.name} = {_argument(attribute)}" for attribute in body.attributes]
    found.sort()
    blocks = sorted("\n".join(_block(block, pad)) for block in body.blocks)
    return [*found, *blocks]


def _block(block: Block, pad: str) -> list[str]:
    head = " ".join((block.kind, *(json.dumps(label, ensure_ascii=False) for label in block.labels)))
    return [f"{pad}{head} {{", *_lines(block.body, pad + "  "), f"{pad}}}"]


def _argument(attribute: Attribute) -> str:
    """Return an argument's value; a number or truth value in quotes is the same to Terraform as without."""
    value = bare(attribute.value)
    if isinstance(value, Template) and value.text is not None:
        text = value.text.strip()
        if text in ("true", "false") or (text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))):
            return text
    return write(value)


def bare(expression: Expression) -> Expression:
    """Return an expression without parentheses and quotes that say nothing: `"${x}"` and `(x)` are `x`."""
    while True:
        if isinstance(expression, Parenthesis):
            expression = expression.inner
        elif (
            isinstance(expression, Template)
            and len(expression.pieces) == 1
            and not isinstance(expression.pieces[0], str)
            and not isinstance(expression.pieces[0], Directive)
        ):
            expression = expression.pieces[0]
        else:
            return expression


def write(expression: Expression) -> str:
    """Return an expression in the one form."""
    expression = bare(expression)
    match expression:
        case Literal():
            return _literal(expression)
        case Template():
            return _template(expression)
        case Name():
            return expression.name
        case Member():
            return f"{write(expression.of)}.{expression.name}"
        case Index():
            key = bare(expression.key)
            text = key.text if isinstance(key, Template) else None
            if text is not None and text.isidentifier():
                return f"{write(expression.of)}.{text}"
            if isinstance(key, Literal) and isinstance(key.value, int):
                return f"{write(expression.of)}.{key.value}"
            return f"{write(expression.of)}[{write(key)}]"
        case Splat():
            return f"{write(expression.of)}[*]"
        case Call():
            return _call(expression)
        case Operation():
            operands = [write(operand) for operand in expression.operands]
            if len(operands) == 1:
                return f"{expression.operator}{operands[0]}"
            if expression.operator == "?:":
                return f"({operands[0]} ? {operands[1]} : {operands[2]})"
            return f"({f' {expression.operator} '.join(operands)})"
        case Sequence():
            return f"[{', '.join(write(item) for item in expression.items)}]"
        case Mapping():
            pairs = sorted((write(key), write(value)) for key, value in expression.items)
            return f"{{{', '.join(f'{key} = {value}' for key, value in pairs)}}}"
        case Loop():
            return _loop(expression)
        case _:
            return ""


def _literal(expression: Literal) -> str:
    value = expression.value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _template(expression: Template) -> str:
    text = expression.text
    if text is not None:
        data = _as_json(text)
        return f"jsonencode({_data(data)})" if data is not None else json.dumps(text, ensure_ascii=False)
    found = []
    for piece in expression.pieces:
        if isinstance(piece, str):
            found.append(json.dumps(piece, ensure_ascii=False)[1:-1])
        elif isinstance(piece, Directive):
            found.append(f"%{{{' '.join((piece.name, *piece.bound, *(write(part) for part in piece.arguments)))}}}")
        else:
            found.append(f"${{{write(piece)}}}")
    return f'"{"".join(found)}"'


def _as_json(text: str) -> Any:
    """Return what a text of JSON says, so that a policy reads the same however it is written; None for any other text."""
    stripped = text.strip()
    if not stripped.startswith(("{", "[")) or len(stripped) > _LONGEST:
        return None
    try:
        return json.loads(stripped)
    except (ValueError, RecursionError):
        return None


def _data(data: Any) -> str:
    if isinstance(data, dict):
        pairs = sorted((json.dumps(str(key), ensure_ascii=False), _data(value)) for key, value in data.items())
        return f"{{{', '.join(f'{key} = {value}' for key, value in pairs)}}}"
    if isinstance(data, list):
        return f"[{', '.join(_data(item) for item in data)}]"
    return json.dumps(data, ensure_ascii=False)


def _call(expression: Call) -> str:
    spread = "..." if expression.expand else ""
    return f"{expression.name}({', '.join(write(argument) for argument in expression.arguments)}{spread})"


def _loop(expression: Loop) -> str:
    head = f"for {', '.join(expression.bound)} in {write(expression.collection)} :"
    value = write(expression.value) + ("..." if expression.group else "")
    condition = f" if {write(expression.condition)}" if expression.condition is not None else ""
    if expression.key is None:
        return f"[{head} {value}{condition}]"
    return f"{{{head} {write(expression.key)} => {value}{condition}}}"
