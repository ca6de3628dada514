"""A root module whose state stays on one machine."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Only a module that configures a provider is applied by itself."""
    module = context.module
    if context.artifact.path != module.home or not any(True for _ in module.of("resource")) or not any(True for _ in module.of("provider")):
        return
    blocks = [placed.block for placed in module.of("terraform")]
    if not any(block.body.of("backend") or block.body.of("cloud") for block in blocks):
        here = [placed.block.line for placed in module.of("terraform") if placed.path == context.artifact.path]
        yield Remark(here[0] if here else 1, "the state stays on the machine that applies: no backend is named")


RULE = Rule(
    id="terraform_no_backend",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="No state backend",
    why="State on one machine is lost with it, cannot be shared or locked, and holds secrets in clear. A backend keeps it "
    "where the team and the pipeline find it.",
    good="""\
terraform {
  required_version = ">= 1.11, < 2.0"

  backend "s3" {
    key     = "shop/terraform.tfstate"
    encrypt = true
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
""",
    bad="""\
terraform {
  required_version = ">= 1.11, < 2.0"
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
""",
    check=check,
)
