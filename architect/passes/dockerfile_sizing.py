"""Right-sizing of a Dockerfile that exists: a worker count that can be set from outside, where a server would run a single one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.passes.dockerfile_hardening import before_start, images
from architect.passes.spec import Edit, Yard
from artifacts.dockerfile.decisions import start_of

_READS = re.compile(r"(?:^|[\s/])(gunicorn|uvicorn|hypercorn)\b")
_TOLD = re.compile(r"(?:^|\s)(?:--workers|-w)[\s=]|WEB_CONCURRENCY|(?:^|\s)(?:-c|--config)[\s=]|--reload")


def worker_count(yard: Yard) -> Iterator[Edit]:
    """Set WEB_CONCURRENCY for servers that read it and are told nothing else."""
    for artifact, _, image in images(yard):
        start = start_of(image)
        whole = " ".join(image.command)
        found = _READS.search(whole) if start is not None else None
        if found is None or _TOLD.search(whole) or "WEB_CONCURRENCY" in image.values or _has_config(yard):
            continue
        if found[1] == "hypercorn":
            continue
        why = (
            f"{found[1]} starts one worker unless it is told otherwise, so one slow request holds up all others and a second CPU is idle; "
            "two workers hold twice the memory. Whoever runs the image can set another number"
        )
        yield Edit(
            artifact.path,
            "WEB_CONCURRENCY=2",
            why,
            lambda text: before_start(text, ["ENV WEB_CONCURRENCY=2"]),
            f"{artifact.path}:{image.start_line}" if image.start_line else artifact.path,
        )


STEPS = (worker_count,)


def _has_config(yard: Yard) -> bool:
    return any(path.rpartition("/")[2] in ("gunicorn.conf.py", "gunicorn_conf.py", "gunicorn.py") for path in yard.profile.files)
