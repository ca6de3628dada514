"""A load balancer that sends to a port no container has."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.functions import number_of
from artifacts.terraform.inspecting import own_resources, settings


def check(context: Context) -> Iterator[Remark]:
    """Judged where every task definition of the module tells its ports."""
    ports: set[int] = set()
    for placed in context.module.resources():
        if placed.block.labels[0] != "aws_ecs_task_definition":
            continue
        definitions = context.module.leaves(placed.block)
        for leaf in definitions:
            if leaf.keys == ("container_definitions",):
                return
            if leaf.keys[-1] == "containerPort":
                number = number_of(leaf.value.data)
                if number is None:
                    return
                ports.add(int(number))
    if not ports:
        return
    for kind, block in own_resources(context.module, context.artifact.path):
        if kind == "aws_ecs_service":
            for leaf in settings(context.module, block).get("load_balancer.container_port", []):
                number = number_of(leaf.value.data)
                if number is not None and int(number) not in ports:
                    shown = ", ".join(map(str, sorted(ports)))
                    yield Remark(leaf.line, f"the load balancer sends to port {int(number)}, the containers listen on {shown}")


RULE = Rule(
    id="terraform_container_port_mismatch",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A load balancer sends to a port no container has",
    why="ECS refuses a service whose load balancer names a port that is not among the port mappings of the container.",
    good="""\
resource "aws_ecs_task_definition" "web" {
  family                = "web"
  container_definitions = jsonencode([{ name = "web", image = "shop:1.0", portMappings = [{ containerPort = 8000 }] }])
}

resource "aws_ecs_service" "web" {
  name            = "web"
  task_definition = aws_ecs_task_definition.web.arn

  load_balancer {
    container_name = "web"
    container_port = 8000
  }
}
""",
    bad="""\
resource "aws_ecs_task_definition" "web" {
  family                = "web"
  container_definitions = jsonencode([{ name = "web", image = "shop:1.0", portMappings = [{ containerPort = 8000 }] }])
}

resource "aws_ecs_service" "web" {
  name            = "web"
  task_definition = aws_ecs_task_definition.web.arn

  load_balancer {
    container_name = "web"
    container_port = 80
  }
}
""",
    check=check,
)
