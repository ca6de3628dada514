"""The files that belong to all parts: namespace, ingress, storage class, the example of secrets, the kustomization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from architect.blueprints.kubernetes.layout import TAG, Layout, Part
from architect.syntax.yaml import Because

Document = dict[str, Any]


def namespace(layout: Layout) -> Document:
    """Return the namespace, which refuses pods that ask for more than they should."""
    level = "restricted" if layout.hardened else "baseline"
    labels = {
        "app.kubernetes.io/part-of": layout.app,
        "pod-security.kubernetes.io/enforce": Because(level, "the cluster refuses pods with more rights"),
        "pod-security.kubernetes.io/warn": "restricted",
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": layout.namespace, "labels": labels}}


def ingress(layout: Layout) -> Iterator[Document]:
    """Yield the Ingress and what its certificate takes."""
    flavour = layout.flavour
    values = {"app": layout.app}
    annotations: dict[str, Any] = {name: text.format(**values) if "[" not in text else text for name, text in flavour.annotations.items()}
    if flavour.class_annotation:
        annotations = {
            "kubernetes.io/ingress.class": Because(flavour.ingress_class, "the field ingressClassName is not read here"),
            **annotations,
        }
    hosts = [(host_of(layout, part, position), part) for position, part in enumerate(layout.served)]
    if flavour.tls:
        annotations.update({name: text.format(**values) for name, text in flavour.secure.items()})
    if flavour.tls == "managed":
        annotations["networking.gke.io/managed-certificates"] = layout.app
    spec: Document = {}
    if flavour.ingress_class and not flavour.class_annotation:
        spec["ingressClassName"] = Because(flavour.ingress_class, f"the controller of {flavour.label}")
    if flavour.tls in ("secret", "discovered"):
        entry: Document = {"hosts": [host for host, _ in hosts]}
        if flavour.tls == "secret":
            entry["secretName"] = f"{layout.app}-tls"
        spec["tls"] = Because(
            [entry], "the certificate is found by the host's name" if flavour.tls == "discovered" else "holds the certificate"
        )
    spec["rules"] = [_rule(host, part) for host, part in hosts]
    yield {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": layout.meta(layout.app, annotations=annotations),
        "spec": spec,
    }
    if flavour.tls == "managed":
        yield {
            "apiVersion": "networking.gke.io/v1",
            "kind": "ManagedCertificate",
            "metadata": Because(layout.meta(layout.app), "Google gets and renews the certificate"),
            "spec": {"domains": [host for host, _ in hosts]},
        }
        yield {
            "apiVersion": "networking.gke.io/v1beta1",
            "kind": "FrontendConfig",
            "metadata": Because(layout.meta(layout.app), "sends people who come without encryption to the encrypted address"),
            "spec": {"redirectToHttps": {"enabled": True}},
        }


def host_of(layout: Layout, part: Part, position: int) -> str:
    """Return the host of a part that people reach: the first has the name itself, the others one below it."""
    return layout.host if position == 0 else f"{part.name}.{layout.host}"


def _rule(host: str, part: Part) -> Because:
    backend = {"service": {"name": part.name, "port": {"name": "http"}}}
    rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return Because(rule, f"{part.component.name}; the host is yours to set")


def storage_class(layout: Layout) -> Document:
    """Return the storage class that this cluster does not have by itself."""
    return dict(layout.flavour.storage_document or {})


def secret_example(layout: Layout, needed: Mapping[str, str]) -> Document:
    """Return the Secret with a placeholder for every key; it is applied by hand and never committed with values."""
    keys = {name: Because(f"<set {name}>", f"read at {place}" if place else "") for name, place in needed.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": layout.meta(layout.secret),
        "type": "Opaque",
        "stringData": keys,
    }


def kustomization(layout: Layout, resources: list[str]) -> Document:
    """Return the kustomization: every file but the secrets, and where the images come from."""
    images = []
    for name in dict.fromkeys(part.image for part in layout.parts):
        entry: Document = {"name": name}
        if layout.flavour.registry:
            entry["newName"] = Because(f"{layout.flavour.registry}/{name}", "your registry")
        entry["newTag"] = Because(TAG, "the version to run")
        images.append(entry)
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": layout.namespace,
        "resources": resources,
        "images": Because(images, "set by the pipeline that builds them, or by kustomize edit set image"),
    }
