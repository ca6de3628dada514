"""A container image whose tag moves."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import is_moving
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.facts import answers
from artifacts.terraform.model import Expression, Template


def check(context: Context) -> Iterator[Remark]:
    """A tag from a variable is fine; a variable's default of `latest` is not."""
    seen: set[int] = set()
    for answer in answers(context.module):
        if answer.question != "image" or answer.path != context.artifact.path or answer.line in seen:
            continue
        if is_moving(answer.text) if answer.known else _ends_moving(answer.origin):
            seen.add(answer.line)
            yield Remark(answer.line, f"the image {answer.text[:120]} may be another one tomorrow")


def _ends_moving(origin: Expression | None) -> bool:
    last = origin.pieces[-1] if isinstance(origin, Template) and origin.pieces else None
    return isinstance(last, str) and last.endswith(":latest")


RULE = Rule(
    id="terraform_moving_image",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="An image tag that moves",
    why="With `latest` nobody can say what runs, a restart may bring other code, and there is nothing to roll back to.",
    good="""\
resource "google_cloud_run_v2_service" "web" {
  name     = "web"
  location = "europe-west1"

  template {
    containers {
      image = "europe-docker.pkg.dev/shop/images/web:1.4.2"
    }
  }
}
""",
    bad="""\
resource "google_cloud_run_v2_service" "web" {
  name     = "web"
  location = "europe-west1"

  template {
    containers {
      image = "europe-docker.pkg.dev/shop/images/web:latest"
    }
  }
}
""",
    check=check,
)
