"""The catalogue of passes over files that exist: what each does, and its steps in the order in which they build on each other."""

from __future__ import annotations

from architect.passes.compose_hardening import STEPS as COMPOSE_HARDENING
from architect.passes.compose_sizing import STEPS as COMPOSE_SIZING
from architect.passes.dockerfile_hardening import STEPS as DOCKERFILE_HARDENING
from architect.passes.dockerfile_sizing import STEPS as DOCKERFILE_SIZING
from architect.passes.kubernetes_hardening import STEPS as KUBERNETES_HARDENING
from architect.passes.kubernetes_sizing import STEPS as KUBERNETES_SIZING
from architect.passes.spec import Edit, Pass, Yard

__all__ = ["PASSES", "TARGETS", "Edit", "Pass", "Yard"]

TARGETS = ("dockerfile", "compose", "kubernetes")
"""Whose existing files a pass can change."""

PASSES: dict[str, Pass] = {
    # images first: whether a service may give up its rights depends on whom its image runs as
    "harden": Pass(
        id="harden",
        label="Harden",
        rule="Non-root, read-only root, dropped capabilities, pinned versions, health checks, limits, network policy.",
        steps=(*DOCKERFILE_HARDENING, *COMPOSE_HARDENING, *KUBERNETES_HARDENING),
    ),
    "right-size": Pass(
        id="right-size",
        label="Right-size",
        rule="Requests and limits, worker counts, replicas and autoscaling, with what each costs in words.",
        steps=(*DOCKERFILE_SIZING, *COMPOSE_SIZING, *KUBERNETES_SIZING),
    ),
}
