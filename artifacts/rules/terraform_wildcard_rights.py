"""Permission to do everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own, own_resources, settings, statements, texts

_ROLES = frozenset({"roles/owner", "roles/editor", "Owner"})


def check(context: Context) -> Iterator[Remark]:
    """The policy of a resource itself, which names who may use it, is another matter."""
    for block in own(context.module, context.artifact.path, "data", "resource"):
        for statement, line in statements(context.module, block):
            if _is_everything(statement):
                yield Remark(line, f"{block.address[:100]} allows {', '.join(texts(statement.get('actions')))[:80]} on everything")
    for kind, block in own_resources(context.module, context.artifact.path):
        if "iam" in kind or kind == "azurerm_role_assignment":
            found = settings(context.module, block)
            for leaf in (*found.get("role", []), *found.get("role_definition_name", [])):
                if leaf.value.data in _ROLES:
                    yield Remark(leaf.line, f"{block.address[:100]} gives the role {leaf.value.data}")
        elif kind == "oci_identity_policy":
            for leaf in settings(context.module, block).get("statements", []):
                if isinstance(leaf.value.data, str) and "manage all-resources" in leaf.value.data.lower():
                    yield Remark(leaf.line, f"{block.address[:100]} allows everything")


def _is_everything(statement: dict[str, Any]) -> bool:
    if str(statement.get("effect", "Allow")) == "Deny" or statement.get("principals"):
        return False
    actions, resources = texts(statement.get("actions")), texts(statement.get("resources"))
    return "*" in actions or ("*" in resources and any(action.endswith(":*") for action in actions))


RULE = Rule(
    id="terraform_wildcard_rights",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="Permission to do everything",
    why="Who takes over the container takes over what it may do. Name the actions the code calls and the resources it calls them on.",
    good="""\
data "aws_iam_policy_document" "task" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::shop-media/*"]
  }
}
""",
    bad="""\
data "aws_iam_policy_document" "task" {
  statement {
    actions   = ["s3:*"]
    resources = ["*"]
  }
}
""",
    check=check,
)
