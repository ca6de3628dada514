"""Rules over several manifests of one answer, and what they leave alone."""

from __future__ import annotations

import pytest

from artifacts.rules import check_rules
from tests.artifacts.kubernetes.manifests import SHOP, manifest


def found(content: str, *beside: tuple[str, str], path: str = "k8s/shop.yaml") -> set[str]:
    own = manifest(content, path)
    return {item.rule for item in check_rules(own, (own, *(manifest(text, name) for name, text in beside)))}


DEPLOYMENT, SERVICE = SHOP.split("---\n")


def test_a_service_in_a_file_of_its_own_is_followed() -> None:
    assert "kubernetes_target_port" not in found(SERVICE, ("k8s/deployment.yaml", DEPLOYMENT), path="k8s/service.yaml")
    moved = SERVICE.replace("targetPort: http", "targetPort: 9000")
    assert "kubernetes_target_port" in found(moved, ("k8s/deployment.yaml", DEPLOYMENT), path="k8s/service.yaml")
    assert "kubernetes_service_selects_nothing" in found(
        SERVICE.replace("app: shop", "app: x"), ("k8s/d.yaml", DEPLOYMENT), path="k8s/s.yaml"
    )


def test_a_service_alone_or_of_another_namespace_is_left_alone() -> None:
    assert not {rule for rule in found(SERVICE) if "service" in rule or "target" in rule}
    elsewhere = DEPLOYMENT.replace("  name: shop\n", "  name: shop\n  namespace: other\n", 1)
    own = SERVICE.replace("{name: shop}", "{name: shop, namespace: own}")
    assert "kubernetes_service_selects_nothing" not in found(own, ("k8s/d.yaml", elsewhere))


MENTIONED = SHOP.replace("targetPort: http", "targetPort: 9090").replace(
    "          ports:", "          args: [--metrics=:9090]\n          ports:"
)
FURTHER = SHOP.replace("      targetPort: http\n", "      targetPort: http\n    - port: 81\n      targetPort: 15021\n")
COMPOSED = SHOP.replace("value: fast", "value: postgres://app:$(PASSWORD)@db/app").replace("MODE", "DATABASE_URL")
ROLLOUT = SHOP.replace("apps/v1", "argoproj.io/v1alpha1").replace("kind: Deployment", "kind: Rollout")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (MENTIONED, "kubernetes_target_port"),  # a port that the command names need not be declared
        (FURTHER, "kubernetes_target_port"),  # the other port shows that the Service is for these pods
        (SHOP.replace("shop:1.0", "$IMAGE"), "kubernetes_moving_tag"),
        (COMPOSED, "kubernetes_secret_in_env"),
        (SHOP.replace("shop:1.0", "spring-postgres:1.0"), "kubernetes_database_without_volume"),
        (ROLLOUT, "kubernetes_unknown_api"),
        (SHOP.replace("replicas: 2", "replicas: 1"), "kubernetes_no_disruption_budget"),
    ],
)
def test_known_exceptions_are_not_reported(content: str, rule: str) -> None:
    assert rule not in found(content)


def test_a_tag_from_the_kustomization_counts() -> None:
    bare = SHOP.replace("shop:1.0", "shop")
    assert "kubernetes_moving_tag" in found(bare)
    kustomization = "resources: [shop.yaml]\nimages: [{name: shop, newName: r.example/shop, newTag: '2'}]\n"
    assert "kubernetes_moving_tag" not in found(bare, ("k8s/kustomization.yaml", kustomization))


def test_objects_of_two_files_of_one_kustomization_may_not_share_a_name() -> None:
    kustomization = ("k8s/kustomization.yaml", "resources: [shop.yaml, again.yaml]\n")
    assert "kubernetes_duplicate_object" in found(SHOP, ("k8s/again.yaml", SERVICE), kustomization)
    assert "kubernetes_duplicate_object" not in found(SHOP, ("k8s/again.yaml", SERVICE)), "they may be alternatives"


def test_renamed_objects_and_bases_elsewhere_are_not_followed() -> None:
    scaler = (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: shop}\n"
        "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: dev-shop}, maxReplicas: 3}\n"
    )
    assert "kubernetes_autoscaler_target" in found(scaler, ("k8s/d.yaml", DEPLOYMENT))
    for change in ("namePrefix: dev-\nresources: [d.yaml]\n", "resources: [d.yaml, ../base]\n"):
        assert "kubernetes_autoscaler_target" not in found(scaler, ("k8s/d.yaml", DEPLOYMENT), ("k8s/kustomization.yaml", change))


def test_a_patch_has_no_findings_of_its_own() -> None:
    piece = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {template: {spec: {containers: [{name: a, image: x}]}}}\n"
    assert found(piece, path="k8s/overlays/dev/patch.yaml") == set()
    assert found(piece) != set()


def test_a_file_of_many_objects_is_judged_in_bounded_findings() -> None:
    many = manifest("---\n".join(SHOP.replace("name: shop", f"name: shop-{number}") for number in range(120)))
    findings = check_rules(many, (many,))
    assert len(findings) == 500
