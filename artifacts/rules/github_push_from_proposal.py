"""An image is pushed from pull requests."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.pushing import guard, image_names, pushes, reaches


def check(context: Context) -> Iterator[Remark]:
    """Only where no condition at all stands on the way, and not for a registry on the runner itself."""
    workflow = context.workflow
    for job, step in pushes(workflow):
        if "pull requests" not in reaches(workflow, job, step):
            continue
        names = image_names(workflow, step)
        if names and all(name.startswith(("localhost", "127.0.0.1", "${{ env.")) for name in names):
            continue
        words = guard(workflow, job, step)
        if words in ("", "true") and "${{" not in step.run:
            yield Remark(step.line, f"{job.id} pushes an image for every pull request; guard it by `github.event_name == 'push'`")


RULE = Rule(
    id="github_push_from_proposal",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="An image from a proposal",
    why="Code nobody has reviewed gets into the registry under the project's name; from forks the push merely fails.",
    good="on: [push, pull_request]\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
    "      - uses: docker/build-push-action@v7\n        with:\n"
    "          push: ${{ github.event_name == 'push' }}\n          tags: ghcr.io/acme/shop:1\n",
    bad="on: [push, pull_request]\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
    "      - uses: docker/build-push-action@v7\n        with:\n"
    "          push: true\n          tags: ghcr.io/acme/shop:1\n",
    check=check,
)
