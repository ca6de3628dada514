"""An output that shows a secret."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own, plain
from artifacts.terraform.model import Call
from artifacts.terraform.walking import body_references

_SECRET_PARTS = frozenset(
    {
        "password", "admin_password", "master_password", "auth_token", "auth_string", "private_key", "private_key_pem",
        "private_key_openssh",
        "primary_access_key", "secondary_access_key", "primary_connection_string", "apikey", "client_secret",
    }
)  # fmt: skip


def check(context: Context) -> Iterator[Remark]:
    """Of the things outputs refer to, sensitive variables, made passwords and keys count."""
    for block in own(context.module, context.artifact.path, "output"):
        value = block.body.get("value")
        if plain(context.module, block.body.get("sensitive")) is True or (isinstance(value, Call) and value.name == "nonsensitive"):
            continue
        for reference in body_references(block.body):
            if _is_secret(context, reference.path):
                yield Remark(
                    block.line, f"output {'.'.join(block.labels)[:80]} shows {'.'.join(reference.path[:4])[:80]}; mark it sensitive"
                )
                break


def _is_secret(context: Context, path: tuple[str, ...]) -> bool:
    if path[0] == "var" and len(path) > 1:
        placed = context.module.variables.get(path[1])
        return placed is not None and plain(context.module, placed.block.body.get("sensitive")) is True
    if path[0] == "random_password":
        return path[-1] == "result"
    return path[-1] in _SECRET_PARTS and path[0] not in ("var", "local", "module", "each")


RULE = Rule(
    id="terraform_sensitive_output",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="An output that shows a secret",
    why="Outputs are printed after every apply and land in the log of the pipeline; a root module with such an output is "
    "refused. `sensitive = true` hides it.",
    good="""\
resource "random_password" "main" {
  length = 32
}

output "password" {
  description = "Password."
  value       = random_password.main.result
  sensitive   = true
}
""",
    bad="""\
resource "random_password" "main" {
  length = 32
}

output "password" {
  description = "Password."
  value       = random_password.main.result
}
""",
    check=check,
)
