"""A port other than those of the web, open to the whole internet."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.functions import number_of
from artifacts.terraform.inspecting import own_resources
from artifacts.terraform.openings import Opening, openings

_WEB = frozenset({80, 443, 8080, 8443, 31080, 31443})
"""The last two are those by which Azure Container Apps take people's requests."""


def check(context: Context) -> Iterator[Remark]:
    """What goes out is not judged. A port that only a run could tell is left alone."""
    for kind, block in own_resources(context.module, context.artifact.path):
        for opening in openings(context.module, kind, block):
            if opening.open_to_all and not _is_web(opening):
                ports = (
                    "every port"
                    if opening.everything
                    else f"port {opening.first}" + (f" to {opening.last}" if opening.last != opening.first else "")
                )
                yield Remark(opening.line, f"{block.address[:100]} opens {ports} to the whole internet")


def _is_web(opening: Opening) -> bool:
    if opening.everything:
        return False
    first, last = number_of(opening.first), number_of(opening.last)
    if first is None or last is None:
        return True
    return first == last and int(first) in _WEB


RULE = Rule(
    id="terraform_open_port",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="A port open to the whole internet",
    why="SSH, databases and administration ports are tried day and night. Only 80 and 443 belong on the internet; let "
    "other sources be a security group or your own range.",
    good="""\
resource "aws_security_group" "web" {
  name = "web"

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
""",
    bad="""\
resource "aws_security_group" "web" {
  name = "web"

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
""",
    check=check,
)
