"""Manifests compared by meaning, and single decisions carried from one to another."""

from __future__ import annotations

import pytest

from artifacts.compare import canonical, decisions, similarity, take_decision
from artifacts.errors import DecisionNotTakeable
from artifacts.kubernetes import read_manifest
from artifacts.records import Artifact, Decision
from tests.artifacts.kubernetes.manifests import SHOP, WEB, manifest


def decided(artifact: Artifact) -> dict[str, str]:
    return {item.name: item.value for item in decisions(artifact)}


def take(name: str, ours: Artifact, theirs: Artifact) -> Artifact:
    wanted = next((item for item in decisions(theirs) if item.name == name), Decision(theirs.path, name, "none"))
    return take_decision(ours, wanted, theirs)


def test_a_manifest_commits_to_what_runs_and_how_it_is_reached() -> None:
    found = decided(manifest(SHOP))
    assert found["objects"] == "Deployment, Service"
    assert found["Deployment.image"] == "shop:1.0"
    assert found["Deployment.port"] == "8000"
    assert found["Deployment.readiness"] == "http /health"
    assert found["Deployment.liveness"] == "none"
    assert found["Deployment.requests"] == "cpu=100m, memory=1Gi"
    assert found["Deployment.environment"] == "MODE, PASSWORD"
    assert found["Deployment.user"] == "image"
    assert found["Service.target_port"] == "8000", "a named port is followed"
    assert found["Service.selector"] == "the pods of Deployment"
    blocking = {item.name for item in decisions(manifest(SHOP)) if item.blocking}
    assert blocking == {"Deployment.selector", "Deployment.image_name", "Deployment.port", "Service.target_port", "Service.selector"}
    assert all(item.line for item in decisions(manifest(SHOP)))


def test_names_of_objects_do_not_keep_decisions_apart() -> None:
    ours, theirs = decided(manifest(SHOP)), decided(manifest(WEB))
    assert (ours["Deployment.name"], theirs["Deployment.name"]) == ("shop", "web")
    assert ours["Deployment.selector"] == theirs["Deployment.selector"] == "its own pods"
    assert ours["Service.selector"] == theirs["Service.selector"]


def test_several_objects_of_a_kind_and_several_containers_are_told_apart_by_name() -> None:
    two = SHOP + "---\n" + SHOP.replace("name: shop\nspec:\n  replicas", "name: api\nspec:\n  replicas").split("---")[0]
    assert {"Deployment/shop.port", "Deployment/api.port"} <= decided(manifest(two)).keys()
    sidecar = SHOP.replace("      containers:\n", "      containers:\n        - {name: proxy, image: proxy:1}\n")
    assert decided(manifest(sidecar))["Deployment.proxy.image"] == "proxy:1"
    assert "Deployment.shop.port" in decided(manifest(sidecar))


def test_order_quoting_defaults_and_units_do_not_show() -> None:
    documents = SHOP.split("---\n")
    other = documents[1] + "---\n" + documents[0]
    other = other.replace("cpu: 0.1", 'cpu: "100m"').replace("memory: 1024Mi", "memory: 1Gi").replace("docker.io/library/", "")
    other = other.replace("replicas: 2", "replicas: 2 # two").replace("port: 80\n", "port: 80\n      protocol: TCP\n")
    other = other.replace("metadata: {name: shop}", "metadata: {name: shop, creationTimestamp: }")
    assert canonical(manifest(other)) == canonical(manifest(SHOP))
    assert similarity([manifest(other)], [manifest(SHOP)]) == 1.0
    assert similarity([manifest(WEB)], [manifest(SHOP)]) < 0.99


TAKEABLE = """
objects Deployment.name Deployment.replicas Deployment.selector Deployment.image Deployment.port Deployment.readiness Deployment.liveness
Deployment.user Deployment.requests Deployment.limits Deployment.environment Deployment.read_only Deployment.privilege_escalation
Deployment.capabilities Deployment.seccomp Service.name Service.type
"""
FOLLOWS = {
    "Deployment.image": {"Deployment.image_name"},
    "Deployment.selector": {"Service.selector", "Service.target_port"},
    "Deployment.port": {"Service.target_port"},
}


@pytest.mark.parametrize("name", TAKEABLE.split())
def test_one_decision_is_carried_over_and_no_other(name: str) -> None:
    ours, theirs = manifest(SHOP), manifest(WEB)
    taken = take(name, ours, theirs)
    before, after = decided(ours), decided(taken)
    assert after.get(name) == decided(theirs).get(name)
    changed = {key for key in before if before[key] != after.get(key)}
    assert changed <= {name} | FOLLOWS.get(name, set())
    assert taken.content.startswith("# the shop\n"), "the rest of the text stays"


def test_objects_come_and_go_by_kind() -> None:
    taken = take("objects", manifest(SHOP), manifest(WEB))
    assert decided(taken)["objects"] == "Deployment, PodDisruptionBudget, Service"
    back = take("objects", taken, manifest(SHOP))
    assert decided(back)["objects"] == "Deployment, Service"
    assert read_manifest(back.content).faults == ()


def test_a_kustomization_gives_images_and_namespace() -> None:
    ours = manifest("resources:\n  - a.yaml\nnamespace: one\n", "k8s/kustomization.yaml")
    theirs = manifest("resources: [a.yaml, b.yaml]\nnamespace: two\nimages: [{name: shop, newTag: '2'}]\n", "k8s/kustomization.yaml")
    assert decided(take("Kustomization.namespace", ours, theirs))["Kustomization.namespace"] == "two"
    assert decided(take("Kustomization.images", ours, theirs))["Kustomization.images"] == "shop as shop:2"
    assert decided(take("Kustomization.resources", ours, theirs))["Kustomization.resources"] == "a.yaml, b.yaml"


def test_what_cannot_be_taken_alone_says_so() -> None:
    with pytest.raises(DecisionNotTakeable, match="take the decision `objects` first"):
        take("PodDisruptionBudget.allows", manifest(SHOP), manifest(WEB))
    shared = SHOP.replace("          resources:\n", "          resources: &need\n")
    with pytest.raises(DecisionNotTakeable, match="an anchor that other parts may share"):
        take("Deployment.requests", manifest(shared), manifest(WEB.replace("cpu: 100m", "cpu: 200m")))
