"""A job runs in an image without a fixed version."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import is_moving
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """One remark an image; those that come from variables are left alone."""
    told: set[str] = set()
    for job in context.pipeline.jobs:
        for image, key in ((job.image, "image"), *((name, "services") for name in job.services)):
            if image and "$" not in image and image not in told and is_moving(image):
                told.add(image)
                yield Remark(job.line_of(key), f"{job.name} runs {image}; name a version")


RULE = Rule(
    id="gitlab_moving_image",
    kind=Kind.GITLAB_CI,
    severity=Severity.WARNING,
    title="An image without a version",
    why="The pipeline of last month cannot be run again: another image stands under the same name.",
    good="unit:\n  image: python:3.13\n  script: [pytest]\n",
    bad="unit:\n  image: python:latest\n  script: [pytest]\n",
    check=check,
)
