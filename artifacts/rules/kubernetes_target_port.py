"""A Service sends to a port that its pods do not offer."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed
from artifacts.kubernetes.facts import service_ports
from artifacts.kubernetes.model import texts_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule


def check(context: Context) -> Iterator[Remark]:
    """A number is judged where the pods declare ports, none of which the Service sends to; a name always."""
    for item in context.manifest.of("Service"):
        pods = [pod for _, pod in context.cluster.selected(texts_of(item.at("spec", "selector")), item)]
        containers = [container for pod in pods for container in pod.containers if not container.init or container.sidecar]
        declared = {port.number for container in containers for port in container.ports}
        names = {port.name for container in containers for port in container.ports if port.name}
        targets = [(target, node.line) for _, target, node in service_ports(item) if "{" not in target and "$" not in target]
        met = any(target in names or (target.isdigit() and int(target[:5]) in declared) for target, _ in targets)
        for target, line in targets if containers else ():
            if not target.isdigit() and target not in names:
                yield Remark(line, f"{item.title} sends to a port named {target}, which no container of {pods[0].owner.title} has")
            elif target.isdigit() and declared and not met and not any(container.mentions(target) for container in containers):
                shown = listed(map(str, sorted(declared)))
                yield Remark(line, f"{item.title} sends to port {target}, but the pods of {pods[0].owner.title} listen on {shown}")


RULE = Rule(
    id="kubernetes_target_port",
    kind=Kind.KUBERNETES,
    severity=Severity.ERROR,
    title="A Service port that leads nowhere",
    why=("The target port is the port inside the container. When the pods say that they listen on others, connections are refused."),
    good=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\n"
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: http}]\n"
    ),
    bad=(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n"
        "          image: web:1.0\n          ports: [{name: http, containerPort: 8000}]\n---\napiVersion: v1\n"
        "kind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports: [{port: 80, targetPort: 3000}]\n"
    ),
    check=check,
)
