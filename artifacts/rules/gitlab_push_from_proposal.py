"""An image is pushed from merge requests."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.gitlab.pushing import image_names, pushes, reaches
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A name of its own for proposals (with the branch or the request in it) is no release."""
    pipeline = context.pipeline
    for job in pushes(pipeline):
        if "merge requests" not in reaches(pipeline, job) or job.incomplete:
            continue
        own = any(
            word in job.text for word in ("MERGE_REQUEST", "REF_SLUG", "REF_NAME", "COMMIT_SHA", "COMMIT_SHORT_SHA", "/cache", "PIPELINE")
        )
        if image_names(pipeline, job) and not own:
            yield Remark(
                job.line_of("rules"), f"{job.name} pushes an image for every merge request; leave it to the default branch and tags"
            )


RULE = Rule(
    id="gitlab_push_from_proposal",
    kind=Kind.GITLAB_CI,
    severity=Severity.ERROR,
    title="An image from a proposal",
    why="Code nobody has reviewed gets into the registry under the name of the project.",
    good='image-push:\n  script:\n    - docker push "$CI_REGISTRY_IMAGE:latest"\n  rules:\n'
    "    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n",
    bad='image-push:\n  script:\n    - docker push "$CI_REGISTRY_IMAGE:latest"\n  rules:\n'
    '    - if: $CI_PIPELINE_SOURCE == "merge_request_event"\n',
    check=check,
)
