"""An Ingress leads to a Service, or to a port of it, that does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed, same_namespace
from artifacts.kubernetes.facts import ingress_backends, service_ports
from artifacts.kubernetes.model import at, text_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """Judged where the answer holds Services at all."""
    if context.cluster.renamed or context.cluster.open_ended:
        return
    for item in context.manifest.of("Ingress"):
        for backend in ingress_backends(item):
            if not backend.service or not any(same_namespace(placed.item, item) for placed in context.cluster.of("Service")):
                continue
            placed = context.cluster.find("Service", backend.service, item)
            if placed is None:
                yield Remark(backend.line, f"{item.title} leads to the Service {backend.service}, which is not here")
                continue
            ports = {port for port, _, _ in service_ports(placed.item)}
            names = {text_of(at(node, "name")) for _, _, node in service_ports(placed.item)}
            if backend.port and backend.port not in ports | names and backend.port != "use-annotation":
                shown = listed(sorted(ports | names - {""}))
                yield Remark(
                    backend.line, f"{item.title} leads to port {backend.port} of {backend.service}, which offers {shown} ({placed.where})"
                )


RULE = Rule(
    id="kubernetes_ingress_backend",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="An Ingress that leads nowhere",
    why=(
        "Requests for a backend that does not exist are answered with 503 by the controller. The port is the Service's own, "
        "not the container's."
    ),
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
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  ingressClassName: nginx\n  rules:\n"
        "    - host: a.example\n      http:\n        paths:\n          - path: /\n            pathType: Prefix\n"
        "            backend: {service: {name: web, port: {number: 8000}}}\n"
    ),
    check=check,
)
