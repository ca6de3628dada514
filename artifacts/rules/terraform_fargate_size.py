"""A combination of CPU and memory that Fargate does not offer."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.functions import number_of
from artifacts.terraform.inspecting import own_resources, settings

_MEMORY = {
    256: range(512, 2049, 512), 512: range(1024, 4097, 1024), 1024: range(2048, 8193, 1024), 2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024), 8192: range(16384, 61441, 4096), 16384: range(32768, 122881, 8192),
}  # fmt: skip


def check(context: Context) -> Iterator[Remark]:
    """Only whole numbers are judged; `.25 vCPU` and unknown values are left alone."""
    for kind, block in own_resources(context.module, context.artifact.path):
        if kind != "aws_ecs_task_definition":
            continue
        found = settings(context.module, block)
        if not any(leaf.value.data == "FARGATE" for leaf in found.get("requires_compatibilities", [])):
            continue
        if block.body.get("cpu") is None or block.body.get("memory") is None:
            yield Remark(block.line, "Fargate needs cpu and memory for the whole task")
            continue
        cpus = {number_of(leaf.value.data) for leaf in found.get("cpu", [])}
        memories = {number_of(leaf.value.data) for leaf in found.get("memory", [])}
        if len(cpus) == 1 and len(memories) == 1 and None not in cpus | memories:
            cpu, memory = int(cpus.pop() or 0), int(memories.pop() or 0)
            if cpu not in _MEMORY or (memory not in _MEMORY[cpu] and not (cpu == 256 and memory in (512, 1024, 2048))):
                yield Remark(found["cpu"][0].line, f"Fargate offers no task with {cpu} CPU units and {memory} MB")


RULE = Rule(
    id="terraform_fargate_size",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A size that Fargate does not offer",
    why="Fargate takes only certain combinations of CPU and memory; any other is refused while applying, after the rest has been made.",
    good="""\
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "web", image = "shop:1.0" }])
}
""",
    bad="""\
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 4096
  container_definitions    = jsonencode([{ name = "web", image = "shop:1.0" }])
}
""",
    check=check,
)
