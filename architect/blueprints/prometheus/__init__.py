"""Prometheus: what is scraped, what is recorded, when someone is called."""

from architect.blueprints.prometheus.blueprint import Prometheus

__all__ = ["Prometheus"]
