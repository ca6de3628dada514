"""Kubernetes manifests for any cluster, drawn from profile and image plans."""

from architect.blueprints.kubernetes.blueprint import Kubernetes

__all__ = ["Kubernetes"]
