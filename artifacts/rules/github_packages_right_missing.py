"""A job pushes to GitHub's registry without the right to."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.pushing import pushes
from artifacts.workflows.reader import mapping, text_of


def check(context: Context) -> Iterator[Remark]:
    """Where rights are stated, what is not named is not given; only the run's own token is bound by them."""
    workflow = context.workflow
    told: set[str] = set()
    for job, step in pushes(workflow):
        signs = [other for other in job.steps if other.use is not None and other.use.name == "docker/login-action"]
        own = any(
            "ghcr.io" in other.text("registry") and ("GITHUB_TOKEN" in other.text("password") or "github.token" in other.text("password"))
            for other in signs
        )
        rights = job.permissions if job.permissions is not None else workflow.permissions
        if not own or rights is None or job.id in told:
            continue
        given = text_of(rights) if rights.kind == "scalar" else text_of(mapping(rights).get("packages"))
        if given not in ("write", "write-all"):
            told.add(job.id)
            yield Remark(step.line, f"{job.id} pushes to ghcr.io with the run's token, which has no `packages: write`")


RULE = Rule(
    id="github_packages_right_missing",
    kind=Kind.GITHUB_ACTIONS,
    severity=Severity.ERROR,
    title="A push without the right",
    why="The registry refuses the push after everything was built and tested.",
    good="on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    permissions:\n      contents: read\n      packages: write\n    steps:\n"
    '      - uses: docker/login-action@v4\n        with: {registry: ghcr.io, username: me, password: "${{ secrets.GITHUB_TOKEN }}"}\n'
    '      - uses: docker/build-push-action@v7\n        with: {push: true, tags: "ghcr.io/acme/shop:1"}\n',
    bad="on: push\npermissions:\n  contents: read\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
    '      - uses: docker/login-action@v4\n        with: {registry: ghcr.io, username: me, password: "${{ secrets.GITHUB_TOKEN }}"}\n'
    '      - uses: docker/build-push-action@v7\n        with: {push: true, tags: "ghcr.io/acme/shop:1"}\n',
    check=check,
)
