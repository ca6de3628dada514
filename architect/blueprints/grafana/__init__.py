"""Grafana: one dashboard of requests, runtime and services."""

from architect.blueprints.grafana.blueprint import Grafana

__all__ = ["Grafana"]
