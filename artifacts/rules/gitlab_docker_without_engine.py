"""A job calls Docker and has no engine to speak to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifacts.pipelines import commands
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.workflows.reader import mapping

_NEEDS = re.compile(r"^docker\s+(?:build|buildx\s+build|run|compose|push|pull)\b")


def check(context: Context) -> Iterator[Remark]:
    """An engine is a service, or a host that a variable or the runner's tags name."""
    pipeline = context.pipeline
    top = mapping(pipeline.root.get("variables") if pipeline.root else None)
    for job in pipeline.running():
        if not re.match(r"docker(?::|$)", job.image) or job.incomplete or "tags" in job.keys:
            continue
        names = {*top, *mapping(job.keys.get("variables"))}
        served = any("dind" in name or "docker" in name for name in job.services)
        if not served and "DOCKER_HOST" not in names and any(_NEEDS.search(command) for command in commands(job.text)):
            yield Remark(job.line_of("image"), f"{job.name} builds with Docker, but has no `docker:...-dind` service")


RULE = Rule(
    id="gitlab_docker_without_engine",
    kind=Kind.GITLAB_CI,
    severity=Severity.WARNING,
    title="Docker without an engine",
    why="The client is there, but nothing builds: the job fails with `Cannot connect to the Docker daemon`.",
    good="image-build:\n  image: docker:29\n  services: [docker:29-dind]\n  script: [docker build .]\n",
    bad="image-build:\n  image: docker:29\n  script: [docker build .]\n",
    check=check,
)
