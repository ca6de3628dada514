"""Files of Prometheus: scrape configurations and rules."""

from artifacts.prometheus.model import Group, Job, PrometheusFile, Rule
from artifacts.prometheus.reader import read_prometheus

__all__ = ["Group", "Job", "PrometheusFile", "Rule", "read_prometheus"]
