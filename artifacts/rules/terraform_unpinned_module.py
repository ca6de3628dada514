"""A module of somebody else in no particular version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import known_text, own

_REGISTRY = re.compile(r"(?:[\w.-]+\.[a-z]+/)?[\w-]+/[\w-]+/[\w-]+(?://.*)?$")


def check(context: Context) -> Iterator[Remark]:
    """Modules in a folder beside it move with the repository."""
    for block in own(context.module, context.artifact.path, "module"):
        source = known_text(block.body.get("source"))
        if source is None or source.startswith((".", "/")):
            continue
        line = (block.body.attribute("source") or block).line
        if _REGISTRY.match(source) and not source.startswith(("github.com/", "bitbucket.org/")):
            if block.body.get("version") is None:
                yield Remark(line, f"{block.address[:80]} takes any version of {source[:100]}")
        elif (
            "ref=" not in source and source.startswith(("git", "github.com", "bitbucket.org", "https://", "hg::")) and ".zip" not in source
        ):
            yield Remark(line, f"{block.address[:80]} takes whatever {source[:100]} holds that day")


RULE = Rule(
    id="terraform_unpinned_module",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="A module without a pinned version",
    why="The next `terraform init` may bring other resources than the one that was reviewed. Give a `version`, or a `ref` "
    "for a Git source.",
    good="""\
module "network" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "6.0.1"
}
""",
    bad="""\
module "network" {
  source = "terraform-aws-modules/vpc/aws"
}
""",
    check=check,
)
