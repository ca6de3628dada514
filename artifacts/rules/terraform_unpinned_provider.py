"""A provider whose version has no upper bound."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.decisions import providers
from artifacts.terraform.inspecting import own

_BOUND = re.compile(r"~>|<|(?:^|,)\s*=?\s*v?\d")


def check(context: Context) -> Iterator[Remark]:
    """A module that others use leaves the upper bound to them, so only root modules are judged."""
    if not context.module.is_root:
        return
    for block in own(context.module, context.artifact.path, "terraform"):
        for name, text, line in providers(context.module, block):
            version = text.split(" ", 1)[1]
            if version == "any version" or not _BOUND.search(version):
                yield Remark(line, f"the provider {name[:60]} may be of {version[:60]}: the next major one may not work")


RULE = Rule(
    id="terraform_unpinned_provider",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="A provider without a pinned version",
    why="Major versions of providers rename and remove arguments. `~> 5.0` takes what is compatible and nothing else.",
    good="""\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  backend "s3" {}
}
""",
    bad="""\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 4.0"
    }
  }

  backend "s3" {}
}
""",
    check=check,
)
