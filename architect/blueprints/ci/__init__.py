"""Pipelines that lint, test, build, scan and push, drawn from what the repository has."""

from architect.blueprints.ci.blueprint import CI

__all__ = ["CI"]
