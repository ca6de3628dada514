"""Whatever a manifest holds, reading, comparing and judging it never raises."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifacts.agreement import disagreements
from artifacts.compare import canonical, decisions, take_decision
from artifacts.errors import DecisionNotTakeable
from artifacts.kubernetes import read_manifest
from artifacts.records import Artifact, Kind
from artifacts.rules import check_rules
from artifacts.validator import NotChecked
from artifacts.validators.kubernetes_schema import KubernetesSchema
from tests.support.fuzzing import EVERY, PATIENCE, THOROUGH

KEYS = st.sampled_from(
    """
    apiVersion kind metadata name namespace labels annotations spec template selector matchLabels containers
    initContainers image ports port containerPort targetPort env value valueFrom secretKeyRef configMapKeyRef key
    envFrom readinessProbe livenessProbe httpGet path resources requests limits cpu memory securityContext runAsUser
    capabilities drop add volumes volumeMounts mountPath rules host http paths backend service number scaleTargetRef
    minReplicas maxReplicas metrics podSelector matchExpressions operator values policyTypes ingress egress data
    stringData items images newTag patches replicas schedule volumeClaimTemplates accessModes type
    """.split()  # noqa: SIM905 - a list of sixty words is read more easily like this
)
WORDS = ("Deployment", "Service", "Ingress", "NetworkPolicy", "List", "CronJob", "v1", "apps/v1", "shop", "http", "8000", "In", "ALL")
KINDS = ("Deployment", "StatefulSet", "Job", "Service", "Ingress", "NetworkPolicy", "HorizontalPodAutoscaler", "Secret")
SCALARS = st.one_of(st.sampled_from(WORDS), st.integers(-1, 70_000), st.booleans(), st.none(), st.text(max_size=8))
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)), max_leaves=30
)
TEMPLATE = st.fixed_dictionaries({"spec": st.fixed_dictionaries({"containers": VALUES})})
WORKLOAD = st.fixed_dictionaries(
    {
        "apiVersion": st.sampled_from(["apps/v1", "v1", "batch/v1", "networking.k8s.io/v1"]),
        "kind": st.sampled_from(KINDS),
        "metadata": st.one_of(st.fixed_dictionaries({"name": SCALARS, "labels": VALUES}), VALUES),
        "spec": st.one_of(st.fixed_dictionaries({"selector": VALUES, "template": TEMPLATE}), VALUES),
    }
)
DOCUMENTS = st.lists(st.one_of(WORKLOAD, VALUES), min_size=1, max_size=3)
SETTINGS = settings(THOROUGH, max_examples=1000 if EVERY else 60)
pytestmark = pytest.mark.timeout(PATIENCE)


def artifact(documents: list[object]) -> Artifact:
    return Artifact("k8s/a.yaml", "\n---\n".join(json.dumps(document) for document in documents), Kind.KUBERNETES)


@SETTINGS
@given(DOCUMENTS, DOCUMENTS)
async def test_no_manifest_breaks_what_looks_at_it(one: list[object], other: list[object]) -> None:
    ours, theirs = artifact(one), artifact(other)
    for item in (ours, theirs):
        read_manifest(item.content)
        assert len({decision.name for decision in decisions(item)}) == len(decisions(item))
        assert canonical(item) == canonical(item)
        check_rules(item, (ours, theirs))
        disagreements(item, (ours, theirs))
        with contextlib.suppress(NotChecked):
            await KubernetesSchema().check(item, (item,), 5)
    for decision in decisions(theirs):
        try:
            taken = take_decision(ours, decision, theirs)
        except DecisionNotTakeable:
            continue
        assert decision.value in {item.value for item in decisions(taken) if item.name == decision.name}


@SETTINGS
@given(st.text(alphabet="abck:-[]{}&*#|>'\"!%@`\n\t ,?", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    read = read_manifest(text)
    assert read.faults or read.objects or read.kustomization is not None
