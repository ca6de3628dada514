"""Configurations of the OpenTelemetry collector."""

from artifacts.otel.model import Collector, Part, Pipeline
from artifacts.otel.reader import read_collector

__all__ = ["Collector", "Part", "Pipeline", "read_collector"]
