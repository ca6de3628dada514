"""A secret written into the files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.secrets import secret_variable
from artifacts.terraform.inspecting import known_text
from artifacts.terraform.model import Body, Expression, Mapping, Template
from artifacts.terraform.walking import every

_NAMES_ONLY = frozenset({"secret", "token", "credentials", "secret_name", "key_vault_secret"})
"""Arguments that usually hold the name of a secret, not its value."""
_HOLDS = re.compile(
    r"(?:pass(?:word|wd|phrase)?|secret|secret_?key|access_?key|api_?key|token|private_?key|credentials?|pwd|secret_string|secret_data)(?:_wo)?$",
    re.I,
)
"""How a name ends that holds the secret itself; `secret_rotation_interval` does not."""
_REFERRING = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
"""The name of a variable or a secret in capitals (`DATABASE_PASSWORD`), which is no value."""
_PLACES = ("arn:", "projects/", "/", "http://", "https://", "ssm:", "vault:", "secrets/", "op://", "ocid1.")


def check(context: Context) -> Iterator[Remark]:
    """References, empty texts and places where a secret is kept do not count; a secret's value in a variable's default does."""
    for path, file in context.module.files:
        if path == context.artifact.path:
            yield from _in_body(file.body, "")


def _in_body(body: Body, owner: str) -> Iterator[Remark]:
    for attribute in body.attributes:
        name = owner if attribute.name in ("default", "value") and owner else attribute.name
        seen: set[int] = set()
        for line, shown in _in_value(name, attribute.value):
            if line not in seen:
                seen.add(line)
                yield Remark(line, f"{shown[:60]} holds a value that looks like a secret")
    for block in body.blocks:
        label = block.labels[0] if block.kind == "variable" and block.labels else ""
        yield from _in_body(block.body, label)


def _in_value(name: str, value: Expression) -> Iterator[tuple[int, str]]:
    if _is_secret(name, value):
        yield value.line, name
    for part in every(value):
        if isinstance(part, Mapping):
            told = part.get("name")
            for key, item in part.items:
                label = known_text(key) or ""
                if label == "value" and told is not None:
                    label = known_text(told) or label
                if label and _is_secret(label, item):
                    yield item.line, label
        elif isinstance(part, Template) and secret_variable("", _text(part)):
            yield part.line, name


def _is_secret(name: str, value: Expression) -> bool:
    text = known_text(value)
    if text is None or name.lower() in _NAMES_ONLY or text.startswith(_PLACES) or _REFERRING.fullmatch(text):
        return False
    return _HOLDS.search(name) is not None and secret_variable(name, text)


def _text(template: Template) -> str:
    return "".join(piece if isinstance(piece, str) else "${}" for piece in template.pieces)


RULE = Rule(
    id="terraform_secret_in_clear",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A secret in clear",
    why="Files are committed and everybody who reads the repository reads the secret. Let Terraform make it (an ephemeral "
    "password, random_password), keep it in the secret store of the cloud, or take it as a sensitive variable.",
    good="""\
resource "aws_db_instance" "main" {
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  password_wo         = ephemeral.random_password.main.result
  password_wo_version = 1
}

ephemeral "random_password" "main" {
  length = 32
}
""",
    bad="""\
resource "aws_db_instance" "main" {
  engine         = "postgres"
  instance_class = "db.t4g.micro"
  password       = "hunter2hunter2"
}
""",
    check=check,
)
