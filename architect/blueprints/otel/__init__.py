"""OpenTelemetry: the collector, beside every program or as one service, and what makes programs send."""

from architect.blueprints.otel.blueprint import Otel

__all__ = ["Otel"]
