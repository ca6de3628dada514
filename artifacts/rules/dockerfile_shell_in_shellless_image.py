"""Something needs a shell in an image that has none."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.images import reference
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Look at stages from scratch and distroless images; debug tags and a copied busybox bring a shell."""
    dockerfile = context.dockerfile
    for stage in dockerfile.stages:
        root = dockerfile.chain(stage)[0].base
        ref = reference(root)
        if not (ref.repository == "scratch" or "distroless" in ref.repository) or "debug" in ref.tag or "debug" in ref.name:
            continue
        copied = [copy for copy in stage.of("COPY", "ADD")]
        if any("busybox" in copy.rest or "/bin/sh" in copy.rest or copy.destination() in ("/", "/bin", "/bin/") for copy in copied):
            continue
        for instruction in stage.of("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
            none = instruction.op == "HEALTHCHECK" and instruction.rest.upper().startswith("NONE")
            if instruction.argv is None and not none:
                yield Remark(instruction.line, f"{instruction.op} in shell form needs /bin/sh, which {root} does not have")
            elif instruction.argv and instruction.argv[0].rsplit("/", 1)[-1] in ("sh", "bash"):
                yield Remark(instruction.line, f"{instruction.op} starts {instruction.argv[0]}, which {root} does not have")


RULE = Rule(
    id="dockerfile_shell_in_shellless_image",
    kind=Kind.DOCKERFILE,
    severity=Severity.ERROR,
    title="The image has no shell",
    why="scratch and distroless images hold the program and nothing else. RUN fails at build, shell form at start: "
    "exec: /bin/sh: not found.",
    good='FROM gcr.io/distroless/static-debian12:nonroot\nCOPY app /app\nENTRYPOINT ["/app"]\n',
    bad="FROM gcr.io/distroless/static-debian12:nonroot\nCOPY app /app\nENTRYPOINT /app\n",
    check=check,
)
