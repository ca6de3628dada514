"""An Ingress names its class in the old way."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """The classes of Google's controller are read from the annotation alone."""
    for item in context.manifest.of("Ingress"):
        name = item.annotations.get("kubernetes.io/ingress.class", "")
        if name and not name.startswith("gce"):
            line = item.line_of("metadata", "annotations", "kubernetes.io/ingress.class")
            yield Remark(line, f"{item.title} names the class {name} in an annotation; ingressClassName is the field for it")


RULE = Rule(
    id="kubernetes_old_ingress_class",
    kind=Kind.KUBERNETES,
    severity=Severity.HINT,
    title="The class in an annotation",
    why=("The annotation was replaced by the field ingressClassName in 2020; controllers may stop to read it. Google's still wants it."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\n"
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8000}]\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  ingressClassName: nginx\n  rules:\n"
        "    - host: a.example\n      http:\n        paths:\n          - path: /\n            pathType: Prefix\n"
        "            backend: {service: {name: web, port: {number: 80}}}\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\n"
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 8000}]\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\n"
        "metadata: {name: web, annotations: {kubernetes.io/ingress.class: nginx}}\nspec:\n  rules:\n    - host: a.example\n"
        "      http:\n        paths:\n          - path: /\n            pathType: Prefix\n"
        "            backend: {service: {name: web, port: {number: 80}}}\n"
    ),
    check=check,
)
