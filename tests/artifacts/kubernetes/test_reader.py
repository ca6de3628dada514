"""Manifest text to objects: documents, lists, pods, kustomizations, each with its line; hostile text gives faults."""

from __future__ import annotations

import pytest

from artifacts.kinds import kind_of
from artifacts.kubernetes import read_manifest
from artifacts.kubernetes.cluster import cluster_of
from artifacts.kubernetes.patches import is_patch
from artifacts.kubernetes.quantities import plain_quantity, quantity
from artifacts.records import Kind
from artifacts.yamltree import MAX_EXPANDED, read_documents
from tests.artifacts.kubernetes.manifests import SHOP, manifest


def test_every_object_and_container_knows_its_line() -> None:
    read = read_manifest(SHOP)
    assert [(item.kind, item.name, item.line, item.document) for item in read.objects] == [
        ("Deployment", "shop", 2, 0),
        ("Service", "shop", 34, 1),
    ]
    (pod,) = read.pods
    (container,) = pod.running
    assert (container.line, container.line_of("image"), container.ports[0].line) == (16, 17, 19)
    assert container.port_number("http") == 8000
    assert container.port_number("admin") is None
    assert container.probes["readinessProbe"].path == "/health"
    assert [(item.name, item.source, item.reference) for item in container.env] == [("MODE", "", ""), ("PASSWORD", "secret", "shop")]
    assert read.objects[0].line_of("spec", "template", "spec", "containers", 0, "nothing") == 16


def test_empty_documents_and_lists_are_followed() -> None:
    text = "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n"
    (item,) = read_manifest(text).objects
    assert (item.kind, item.name, item.listed) == ("ConfigMap", "a", True)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("Pod", "spec: {containers: [{name: a, image: b}]}"),
        ("CronJob", "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: b}]}}}}}"),
        ("StatefulSet", "spec: {template: {spec: {initContainers: [{name: i, image: c}], containers: [{name: a, image: b}]}}}"),
    ],
)
def test_pods_are_found_in_every_kind_of_workload(kind: str, text: str) -> None:
    (pod,) = read_manifest(f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n{text}\n").pods
    assert [container.image for container in pod.running] == ["b"]


def test_a_kustomization_is_a_shape_of_its_own() -> None:
    text = "namespace: shop\nresources: [a.yaml, ../base]\nimages: [{name: shop, newName: r.example/shop, newTag: '2'}]\n"
    read = read_manifest(text)
    assert read.objects == ()
    assert read.kustomization is not None
    assert read.kustomization.resources == (("a.yaml", 2), ("../base", 2))
    cluster = cluster_of((manifest(text, "k8s/kustomization.yaml"), manifest(SHOP, "k8s/a.yaml")))
    assert cluster.image(cluster.pods[0][1].running[0]) == "r.example/shop:2"
    assert cluster.open_ended, "a base outside of the answer may hold anything"
    assert cluster.namespace(cluster.objects[0].item) == "shop"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no Kubernetes object"),
        ("- a\n", "is a map with"),
        ("kind: Pod\n", "no `apiVersion`"),
        ("apiVersion: v1\n", "no `kind`"),
        ("apiVersion: v1\nkind: Pod\nkind: Pod\n", "given twice"),
        ("apiVersion: v1\nkind: Pod\n---\na: [\n", "not valid YAML"),
        ("apiVersion: v1\nkind: Pod\nspec: &a [*a]\n", "points into itself"),
        ("apiVersion: v1\nkind: Pod\nspec: {{ .Values.a }}\n", "a list or a map"),
    ],
)
def test_what_cannot_be_read_is_a_fault(text: str, words: str) -> None:
    assert words in read_manifest(text).faults[0].message


@pytest.mark.parametrize(
    "bomb",
    [
        "apiVersion: v1\nkind: Pod\n" + "---\na: 1\n" * 40_000,
        "a: &a [" + "x," * 200 + "]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a,*a]\n" for n in range(100)) + "---\n" * 3,
        "---\n".join(["x: [" + "1," * 15_000 + "]\n"] * 6),
        "apiVersion: v1\nkind: Pod\nspec: " + "[" * 5000,
        "apiVersion: v1\nkind: Pod\nspec: " + "{a: " * 300 + "1" + "}" * 300,
        "\x00",
        "apiVersion: v1\nkind: List\nitems:\n" + "- {apiVersion: v1, kind: Pod}\n" * 5000,
    ],
)
def test_bombs_give_a_fault_and_no_flood(bomb: str) -> None:
    read = read_manifest(bomb)
    assert read.faults
    assert len(read.objects) <= 2000


def test_the_limit_of_expanded_aliases_holds_for_all_documents_together() -> None:
    one = "a: &a [" + "1," * 9_000 + "]\nb: [*a, *a]\n---\n"
    assert len(read_documents(one)) == 2, "the second one is empty"
    assert MAX_EXPANDED < 9_000 * 3 * 3
    assert read_manifest(one * 3).faults[0].message.startswith("the file's documents expand")


def test_a_tab_at_the_end_of_a_line_is_allowed() -> None:
    assert read_manifest("apiVersion: v1\t\nkind: Pod \t\nmetadata:\t\n  name: a\n").objects[0].name == "a"


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("k8s/app.yaml", "", Kind.KUBERNETES),
        ("deploy/kubernetes/app.yml", "", Kind.KUBERNETES),
        ("deploy/app.yaml", SHOP, Kind.KUBERNETES),
        ("kustomization.yaml", "", Kind.KUBERNETES),
        ("chart/templates/a.yaml", SHOP.replace("shop:1.0", "{{ .Values.image }}"), Kind.OTHER),
        ("chart/templates/b.yaml", "{{- if .Values.x }}\n" + SHOP + "{{- end }}\n", Kind.OTHER),
        ("rules.yaml", SHOP.replace("fast", "'{{ $labels.instance }}'"), Kind.KUBERNETES),
        ("skaffold.yaml", "apiVersion: skaffold/v4beta11\nkind: Config\n", Kind.OTHER),
        ("kind.yaml", "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n", Kind.OTHER),
        ("values.yaml", "image: a\n", Kind.OTHER),
    ],
)
def test_manifests_are_told_from_charts_and_settings(path: str, content: str, kind: Kind) -> None:
    assert kind_of(path, content) is kind


def test_a_patch_is_told_from_a_whole_manifest() -> None:
    piece = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec: {replicas: 3}\n"
    named = manifest("resources: [shop.yaml]\npatches: [{path: more.yaml}]\n", "k8s/kustomization.yaml")
    assert is_patch(manifest(piece, "k8s/more.yaml"), (named,))
    assert is_patch(manifest(piece, "k8s/overlays/prod/replicas.yaml"), ())
    assert is_patch(manifest(piece.replace("spec: {", "spec: {$patch: replace, "), "k8s/shop.yaml"), ())
    assert not is_patch(manifest(piece, "k8s/shop.yaml"), ())
    assert not is_patch(manifest(SHOP, "k8s/overlays/prod/shop.yaml"), ())


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("0.1", "100m"),
        ("100m", "100m"),
        ("1024Mi", "1Gi"),
        ("1Gi", "1Gi"),
        ("1e3", "1000"),
        ("128974848", "123Mi"),
        ("half", "half"),
        ("2", "2"),
    ],
)
def test_the_same_amount_is_written_alike(text: str, plain: str) -> None:
    assert plain_quantity(text) == plain
    assert quantity(plain) == quantity(text)
