"""A service nobody asks whether it works."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_resources
from artifacts.terraform.model import Block
from artifacts.terraform.module import Module


def check(context: Context) -> Iterator[Remark]:
    """Workers without a port have nothing to ask; network load balancers ask for a connection."""
    for kind, block in own_resources(context.module, context.artifact.path):
        if kind in ("aws_lb_target_group", "aws_alb_target_group"):
            missing = _is_http(context.module, block) and not block.body.of("health_check")
        elif kind == "google_cloud_run_v2_service":
            missing = not _holds(block, "startup_probe", "liveness_probe")
        elif kind == "azurerm_container_app":
            missing = bool(block.body.of("ingress")) and not _holds(block, "startup_probe", "liveness_probe", "readiness_probe")
        elif kind == "ibm_code_engine_app":
            missing = not _holds(block, "probe_liveness", "probe_readiness")
        else:
            continue
        if missing:
            yield Remark(block.line, f"{block.address[:100]} has no health check")


def _is_http(module: Module, block: Block) -> bool:
    if module.text(block.body, "target_type") == "lambda":
        return False
    return (module.text(block.body, "protocol") or "HTTP").upper() in ("HTTP", "HTTPS")


def _holds(block: Block, *kinds: str) -> bool:
    return any(
        inner.kind in kinds or (inner.kind == "dynamic" and inner.labels[:1] in [(kind,) for kind in kinds]) for inner in block.body.walk()
    )


RULE = Rule(
    id="terraform_no_health_check",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="No health check",
    why="Without one, requests go to copies that are still starting or hang. Ask the path the code answers on.",
    good="""\
resource "aws_lb_target_group" "web" {
  name        = "web"
  port        = 8000
  protocol    = "HTTP"
  target_type = "ip"

  health_check {
    path = "/health"
  }
}
""",
    bad="""\
resource "aws_lb_target_group" "web" {
  name        = "web"
  port        = 8000
  protocol    = "HTTP"
  target_type = "ip"
}
""",
    check=check,
)
