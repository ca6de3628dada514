"""Kubernetes: one collector for the application, and its sidecar in every pod, whether the manifests are drawn or exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import architect.passes.values as values
from architect.blueprint import Site
from architect.blueprints.kubernetes.layout import Layout
from architect.measuring.collecting import GRPC, HEALTH, HTTP, IMAGE, METRICS, NAME, forwarding, secrets
from architect.measuring.sidecar import CONFIG, Injection, injection
from architect.passes.kubernetes_hardening import component_of, pods
from architect.passes.spec import Yard
from architect.services.backings import Backing
from architect.syntax.composing import listed
from architect.syntax.lines import Page
from architect.syntax.yaml import Because, Block, Flow, emit
from artifacts.kinds import kind_of
from artifacts.kubernetes.pods import Container, Pod
from artifacts.records import Artifact, Kind

COLLECTOR = NAME
Document = dict[str, Any]


def cluster_pages(site: Site, read: Sequence[Backing], config: str) -> tuple[list[Page], list[str]]:
    """Return the collector's objects, and the manifests that exist with the sidecar in their pods."""
    layout = Layout(site)
    drawn = "kubernetes" in site.targets
    pages, notes = ([], []) if drawn else _injected(site, layout)
    namespace = layout.namespace if drawn or not pages else _namespace(site)
    page = Page(layout.names.file(COLLECTOR), Kind.KUBERNETES)
    page.comment(f"The collector of {layout.app}: programs send to the sidecar in their pod, sidecars send here, Prometheus scrapes it.")
    for number, document in enumerate(_documents(layout, read, config, namespace, policies=drawn)):
        if number:
            page.add("---")
        emit(page, document)
    needed = secrets(read)
    if needed and not drawn:
        notes.append(f"The collector reads {listed(needed)} from the Secret {layout.secret}; name yours if it is called otherwise.")
    notes.append("The sidecar is a starter that stays, which takes Kubernetes 1.29 or newer.")
    return [page, *pages], notes


def _documents(layout: Layout, read: Sequence[Backing], config: str, namespace: str, *, policies: bool) -> Iterator[Document]:
    inner = Page("", Kind.OTEL)
    emit(inner, forwarding(layout.style))
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _meta(layout, namespace), "automountServiceAccountToken": False}
    yield _settings(layout, namespace, NAME, "collector.yaml", config)
    yield _settings(layout, namespace, CONFIG, "sidecar.yaml", inner.text())
    yield _deployment(layout, read, namespace)
    yield _service(layout, namespace)
    if policies:
        yield from _policies(layout, read, namespace)


def _meta(layout: Layout, namespace: str, name: str = NAME, role: str = "") -> Document:
    found = layout.meta(name, NAME, role)
    return {key: value for key, value in {**found, "namespace": namespace}.items() if value}


def _settings(layout: Layout, namespace: str, name: str, file: str, text: str) -> Document:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _meta(layout, namespace, name), "data": {file: Block(text)}}


def _deployment(layout: Layout, read: Sequence[Backing], namespace: str) -> Document:
    container: Document = {
        "name": NAME,
        "image": IMAGE,
        "args": Flow(("--config=/etc/otelcol/collector.yaml",)),
        "ports": [
            {"name": name, "containerPort": port}
            for name, port in (("otlp-grpc", GRPC), ("otlp-http", HTTP), ("metrics", METRICS), ("health", HEALTH))
        ],
    }
    needed = secrets(read)
    if needed:
        container["env"] = [{"name": name, "valueFrom": {"secretKeyRef": {"name": layout.secret, "key": name}}} for name in needed]
    container |= {
        "readinessProbe": {"httpGet": {"path": "/", "port": "health"}, "periodSeconds": 10},
        "livenessProbe": {"httpGet": {"path": "/", "port": "health"}, "periodSeconds": 30, "failureThreshold": 5},
        "resources": Because(
            {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi", **({"cpu": "1"} if layout.hardened else {})}},
            "its memory limiter goes by this",
        ),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "config", "mountPath": "/etc/otelcol", "readOnly": True}],
    }
    spec = {
        "serviceAccountName": NAME,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": NAME, "items": [{"key": "collector.yaml", "path": "collector.yaml"}]}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _meta(layout, namespace, NAME, "telemetry"),
        "spec": {
            "replicas": Because(1, "two would count and read everything twice"),
            "revisionHistoryLimit": 3,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "selector": {"matchLabels": layout.selector(NAME)},
            "template": {"metadata": {"labels": layout.labels(NAME, "telemetry")}, "spec": spec},
        },
    }


def _service(layout: Layout, namespace: str) -> Document:
    ports = [
        {"name": name, "port": port, "targetPort": name} for name, port in (("otlp-grpc", GRPC), ("otlp-http", HTTP), ("metrics", METRICS))
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _meta(layout, namespace),
        "spec": {"type": "ClusterIP", "selector": layout.selector(NAME), "ports": ports},
    }


def _policies(layout: Layout, read: Sequence[Backing], namespace: str) -> Iterator[Document]:
    """Yield who may send to the collector and scrape it, and what it may ask."""
    own = {"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": layout.app}}}
    yield {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta(layout, namespace, f"{NAME}-incoming"),
        "spec": {
            "podSelector": {"matchLabels": layout.selector(NAME)},
            "policyTypes": ["Ingress"],
            "ingress": [
                {"from": [own], "ports": [{"port": "otlp-grpc"}, {"port": "otlp-http"}]},
                Because({"ports": [{"port": "metrics"}]}, "Prometheus, wherever it runs"),
            ],
        },
    }
    if not layout.hardened:
        return
    sending = {"to": [{"podSelector": {"matchLabels": layout.selector(NAME)}}], "ports": [{"port": GRPC}]}
    yield {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta(layout, namespace, f"{NAME}-senders"),
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": layout.app}},
            "policyTypes": ["Egress"],
            "egress": [Because(sending, "sidecars send to the collector")],
        },
    }
    if read:
        yield {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": _meta(layout, namespace, f"{NAME}-outgoing"),
            "spec": {
                "podSelector": {"matchLabels": layout.selector(NAME)},
                "policyTypes": ["Egress"],
                "egress": [
                    {"to": [{"podSelector": {"matchLabels": layout.selector(backing.name)}}], "ports": [{"port": backing.spec.port}]}
                    for backing in read
                ],
            },
        }


def _injected(site: Site, layout: Layout) -> tuple[list[Page], list[str]]:
    """Return the manifests that exist with the sidecar in the pods that run our own parts, and what was left alone."""
    artifacts = tuple(
        Artifact(path, text, Kind.KUBERNETES) for path, text in site.profile.originals.items() if kind_of(path, text) is Kind.KUBERNETES
    )
    yard = Yard(site.profile, artifacts, {}, dict(site.plans))
    texts: dict[str, str] = {}
    left: list[str] = []
    for artifact, _, pod in pods(yard):
        for container in pod.running:
            component = component_of(yard, pod, container)
            if component is None:
                continue
            made = injection(component, site.plans[component.name], container.name, layout.app)
            if made is None:
                continue
            text = texts.get(artifact.path, artifact.content)
            changed = _inject(text, pod, container, made)
            if changed is None:
                left.append(f"{pod.owner.title} in {artifact.path}")
            else:
                texts[artifact.path] = changed
            break
    for artifact in artifacts:
        if (
            texts
            and PurePosixPath(artifact.path).name.startswith("kustomization.")
            and str(PurePosixPath(artifact.path).parent) == layout.names.folder
        ):
            listed_too = values.adding(("resources",), f"{COLLECTOR}.yaml")(artifact.content)
            if listed_too is not None:
                texts[artifact.path] = listed_too
    pages = [_page(path, next(item.content for item in artifacts if item.path == path), text) for path, text in texts.items()]
    notes = [f"The sidecar could not be put into {listed(left)}: the pod shares its parts by anchors."] if left else []
    return pages, notes


def _inject(text: str, pod: Pod, container: Container, made: Injection) -> str | None:
    """Return a manifest with a pod's further parts; its own lines stay as they are."""
    document, spec = pod.owner.document, (*pod.steps, "spec")
    taken = {variable.name for variable in container.env}
    edits: list[tuple[tuple[str | int, ...], Document]] = [
        ((*container.steps, "env"), dict(item)) for item in made.environment if item["name"] not in taken
    ]
    edits += [((*container.steps, "volumeMounts"), dict(item)) for item in made.mounts]
    edits += [((*spec, "volumes"), dict(item)) for item in made.volumes]
    edits += [((*spec, "initContainers"), dict(item)) for item in made.starters]
    changed: str | None = text
    for path, item in edits:
        changed = values.adding(path, item, document)(changed) if changed is not None else None
    return changed


def _page(path: str, before: str, after: str) -> Page:
    """Return the changed manifest, the lines that are new with their reason."""
    page = Page(path, Kind.KUBERNETES)
    known = set(before.split("\n"))
    for line in after.rstrip("\n").split("\n"):
        page.add(line, "" if line in known else "the collector beside the program, and what makes the program send to it")
    return page


def _namespace(site: Site) -> str:
    """Return the namespace in which the existing pods run, "" where they name none or several."""
    artifacts = tuple(
        Artifact(path, text, Kind.KUBERNETES) for path, text in site.profile.originals.items() if kind_of(path, text) is Kind.KUBERNETES
    )
    found = {pod.owner.namespace or "" for _, _, pod in pods(Yard(site.profile, artifacts))}
    return found.pop() if len(found) == 1 else ""
