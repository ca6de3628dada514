"""Dashboards of Grafana read to a typed structure."""

from artifacts.grafana.model import Dashboard, Panel, Query
from artifacts.grafana.reader import read_dashboard

__all__ = ["Dashboard", "Panel", "Query", "read_dashboard"]
