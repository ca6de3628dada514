"""The API's schemas: what they refuse has a line, what they do not know is not called right."""

from __future__ import annotations

import sys

import pytest

from artifacts.kubernetes import versions
from artifacts.kubernetes.versions import is_built_in, versions_of
from artifacts.records import Finding, Severity
from artifacts.validator import NotChecked
from artifacts.validators import kubernetes_schema
from artifacts.validators.kubernetes_schema import KubernetesSchema
from tests.artifacts.kubernetes.manifests import SHOP, WEB, manifest


async def check(content: str, path: str = "k8s/shop.yaml", beside: str = "") -> tuple[Finding, ...]:
    own = manifest(content, path)
    return await KubernetesSchema().check(own, (own, manifest(beside, "k8s/kustomization.yaml")) if beside else (own,), 10)


@pytest.mark.parametrize("content", [SHOP, WEB])
async def test_right_manifests_pass(content: str) -> None:
    assert await check(content) == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("replicas: 2", "replicas: two", 7, 'spec.replicas: "two" is not of type integer'),
        ("replicas: 2", "replica: 2", 6, "spec: has no field 'replica'"),
        ("containerPort: 8000", 'containerPort: "8000"', 19, "containerPort"),
        ("image: docker", "picture: docker", 16, "has no field 'picture'"),
        ("    - port: 80\n", "    - port: 80\n      targetport: 1\n", 40, "has no field 'targetport'"),
        ("  selector:\n    matchLabels: {app: shop}\n", "", 6, '"selector" is a required property'),
        ("value: fast", "value: [fast]", 23, "env[0].value"),
    ],
)
async def test_a_mistake_is_found_at_its_line(old: str, new: str, line: int, words: str) -> None:
    (found, *_) = await check(SHOP.replace(old, new))
    assert found.severity is Severity.ERROR
    assert found.line == line
    assert words in found.message


async def test_null_is_the_same_as_absent() -> None:
    assert await check(SHOP.replace("  replicas: 2", "  replicas:\n  strategy: null")) == ()


async def test_custom_resources_are_not_called_right() -> None:
    custom = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n"
    with pytest.raises(NotChecked, match=r"Widget \(example.com/v1\)"):
        await check(custom)
    assert len(await check(custom + "---\n" + SHOP.replace("replicas: 2", "replicas: x"))) == 1
    managed = "apiVersion: networking.gke.io/v1\nkind: ManagedCertificate\nmetadata: {name: a}\nspec: {domains: %s}\n"
    assert await check(managed % "[a.example]") == ()
    assert len(await check(managed % "a.example")) == 1


async def test_a_patch_need_not_be_whole_but_must_be_right() -> None:
    piece = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: %s}\n"
    assert await check(piece % 3, "k8s/patch.yaml") == ()
    assert len(await check(piece % "three", "k8s/patch.yaml")) == 1
    assert len(await check(piece % 3)) == 2


async def test_a_kustomization_may_add_selectors_and_has_no_unknown_keys() -> None:
    bare = SHOP.replace("  selector:\n    matchLabels: {app: shop}\n", "")
    assert await check(bare, beside="resources: [shop.yaml]\nlabels: [{pairs: {app: shop}, includeSelectors: true}]\n") == ()
    (found,) = await check("resources: [a.yaml]\nimage: [x]\nnamespace: a\nkind: Kustomization\n", "k8s/kustomization.yaml")
    assert found.line == 2
    assert "'image'" in found.message


async def test_without_the_package_nothing_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes_validate", None)
    for function in (versions.definitions, versions.known, kubernetes_schema.validator):
        function.cache_clear()  # type: ignore[attr-defined]
    try:
        with pytest.raises(NotChecked, match="pip install kubernetes-validate"):
            await check(SHOP)
    finally:
        monkeypatch.undo()
        for function in (versions.definitions, versions.known, kubernetes_schema.validator):
            function.cache_clear()  # type: ignore[attr-defined]


def test_groups_and_versions_come_from_the_schemas() -> None:
    assert versions_of("Deployment") == ("apps/v1",)
    assert versions_of("Widget") == ()
    assert is_built_in("")
    assert is_built_in("networking.k8s.io")
    assert not is_built_in("gateway.networking.k8s.io")
    assert versions.definitions()[0] >= "1.37"
