"""Kubernetes manifests read to objects that know their lines, with their pods, and kustomizations as a shape of their own."""

from artifacts.kubernetes.model import KubeObject, Kustomization, Manifest
from artifacts.kubernetes.pods import Container, Pod, pod_of
from artifacts.kubernetes.reader import read_manifest

__all__ = ["Container", "KubeObject", "Kustomization", "Manifest", "Pod", "pod_of", "read_manifest"]
