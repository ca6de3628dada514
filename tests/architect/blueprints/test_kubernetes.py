"""Manifests for every kind of cluster: valid, alike in their facts, different where clusters and styles differ."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
import yaml

from architect.blueprint import Drawing, Site
from architect.blueprints import BLUEPRINTS
from architect.blueprints.kubernetes.flavours import FLAVOURS
from architect.changes import Changes
from architect.expectations import expectations
from architect.profile import Basis, Component, Fact, Process, Profile, Variable
from architect.renderer import render
from architect.request import Request, Style, Target
from architect.services import SERVICES
from artifacts.agreement import disagreements
from artifacts.compare import decisions
from artifacts.judge import assess_artifacts
from artifacts.kubernetes import read_manifest
from artifacts.kubernetes.cluster import cluster_of
from artifacts.records import Artifact, CheckStatus, Severity
from tests.architect.blueprints.test_compose import site as compose_site
from tests.architect.samples import SAMPLES, sample, together
from tests.support.plans import flask

LINT = frozenset({"kubernetes_writable_root"})
"""What the lean and the cached style leave out on purpose."""


def site(flavour: str = "vanilla", style: Style = Style.LEAN, changes: Changes | None = None, first: Component | None = None) -> Site:
    """Return a Flask service with a worker and two databases, an Express service and static pages."""
    return replace(compose_site(style, changes, first), target=Target("kubernetes", {"flavour": flavour}), targets=("kubernetes",))


def draw(given: Site) -> Drawing:
    """Draw the manifests."""
    return BLUEPRINTS["kubernetes"].draw(given)


def files(given: Site) -> tuple[Artifact, ...]:
    """Return the drawn files."""
    return tuple(page.artifact() for page in draw(given).pages)


def objects(given: Site) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the drawn objects as YAML reads them, by kind and name."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded = [item for file in files(given) for item in yaml.load_all(file.content, Loader=loader)]
    return {(item["kind"], item.get("metadata", {}).get("name", "")): item for item in loaded}


def pod(given: Site, name: str, kind: str = "Deployment") -> dict[str, Any]:
    """Return a workload's pod spec."""
    spec: dict[str, Any] = objects(given)[kind, name]["spec"]["template"]["spec"]
    return spec


@lru_cache(maxsize=8)
def profile(name: str) -> Profile:
    """Return a sample's profile, read once."""
    return together() if name == "together" else sample(name)


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_every_flavour_and_style_passes_schema_and_rules(flavour: str, style: Style) -> None:
    """No error, no warning, and nothing that was not checked; hints only where a style leaves something out."""
    assessment = await assess_artifacts(files(site(flavour, style)), None, timeout_s=60)
    assert {check.validator: check.status for check in assessment.checks if check.status is CheckStatus.NOT_CHECKED} == {}
    wanted = set() if style is Style.HARDENED else LINT
    assert {finding.rule for finding in assessment.findings} == wanted, [finding.message for finding in assessment.findings]
    assert all(finding.severity is Severity.HINT for finding in assessment.findings)


@pytest.mark.parametrize("position", range(len(FLAVOURS)))
@pytest.mark.parametrize("name", [*SAMPLES, "together"])
async def test_small_repositories_in_every_flavour(name: str, position: int) -> None:
    """Every file asked for is there, agrees with Dockerfile and Compose, and with what the repository proves."""
    flavour, style = list(FLAVOURS)[position], list(Style)[position % 3]
    targets = (Target("dockerfile"), Target("compose"), Target("kubernetes", {"flavour": flavour}))
    request = Request(profile=profile(name), targets=targets)
    made = render(request, style).artifacts
    expected = expectations(request)
    assert set(expected.files) <= {item.path for item in made}
    assessment = await assess_artifacts(made, expected, timeout_s=60)
    assert assessment.clean, [finding.message for finding in assessment.findings if finding.severity is Severity.ERROR]
    assert [finding.message for finding in assessment.findings if finding.source in ("agreement", "evidence")] == []
    assert assessment.score >= 0.9


def test_styles_agree_on_every_fact_and_differ_in_what_is_theirs() -> None:
    """Ports, images, selectors and targets are the same; limits, file systems, scaling and policies are not."""
    drawn = {style: [decision for file in files(site("gke", style)) for decision in decisions(file)] for style in Style}
    facts = [{(item.key, item.value) for item in found if item.blocking} for found in drawn.values()]
    assert facts[0] == facts[1] == facts[2]
    values = {style: {item.key: item.value for item in found} for style, found in drawn.items()}
    api = "k8s/api.yaml#Deployment"
    assert {style: found[f"{api}.read_only"] for style, found in values.items()} == {"lean": "no", "hardened": "yes", "cached": "no"}
    assert {style: found[f"{api}.replicas"] for style, found in values.items()} == {"lean": "1", "hardened": "not set", "cached": "not set"}
    assert "k8s/api.yaml#HorizontalPodAutoscaler.replicas" not in values[Style.LEAN]
    assert "cpu=1" in values[Style.HARDENED][f"{api}.limits"]
    assert "cpu" not in values[Style.CACHED][f"{api}.limits"]
    surges = {style: objects(site("gke", style))["Deployment", "api"]["spec"]["strategy"]["rollingUpdate"]["maxSurge"] for style in Style}
    assert surges == {"lean": 1, "hardened": 1, "cached": "100%"}
    closed = {style: objects(site("gke", style))["NetworkPolicy", "default-deny"]["spec"]["policyTypes"] for style in Style}
    assert closed == {"lean": ["Ingress"], "hardened": ["Ingress", "Egress"], "cached": ["Ingress"]}


def test_flavours_differ_where_clusters_do() -> None:
    """Storage class, ingress, registry, identity, node choice and the way in are each cluster's own."""
    drawn = {flavour: objects(site(flavour, Style.CACHED)) for flavour in FLAVOURS}
    claims = {name: found["StatefulSet", "postgres"]["spec"]["volumeClaimTemplates"][0]["spec"] for name, found in drawn.items()}
    assert {name: claim.get("storageClassName") for name, claim in claims.items()} == {
        "vanilla": None,
        "minikube": "standard",
        "kind": "standard",
        "gke": "premium-rwo",
        "eks": "gp3",
        "aks": "managed-csi-premium",
        "iks": "ibmc-vpc-block-10iops-tier",
    }
    entrances = {name: found["Ingress", "shop"] for name, found in drawn.items()}
    assert {name: entrance["spec"].get("ingressClassName") for name, entrance in entrances.items()} == {
        "vanilla": "traefik",
        "minikube": "nginx",
        "kind": None,
        "gke": None,
        "eks": "alb",
        "aks": "webapprouting.kubernetes.azure.com",
        "iks": "public-iks-k8s-nginx",
    }
    assert entrances["gke"]["metadata"]["annotations"]["kubernetes.io/ingress.class"] == "gce"
    assert entrances["eks"]["metadata"]["annotations"]["alb.ingress.kubernetes.io/target-type"] == "ip"
    images = {name: found["Kustomization", ""]["images"][0].get("newName", "") for name, found in drawn.items()}
    assert len(set(images.values())) == 6, "the two local clusters take images that are loaded into them"
    accounts = {name: set(found["ServiceAccount", "shop"]["metadata"].get("annotations", {})) for name, found in drawn.items()}
    assert accounts["gke"] == {"iam.gke.io/gcp-service-account"}
    assert accounts["eks"] == {"eks.amazonaws.com/role-arn"}
    assert accounts["aks"] == {"azure.workload.identity/client-id"}
    assert accounts["vanilla"] == set()
    assert ("ManagedCertificate", "shop") in drawn["gke"]
    assert [name for name, found in drawn.items() if ("StorageClass", "gp3") in found] == ["eks"]
    assert [name for name, found in drawn.items() if ("HorizontalPodAutoscaler", "api") not in found] == ["minikube", "kind"]
    nodes = {name: "affinity" in found["Deployment", "api"]["spec"]["template"]["spec"] for name, found in drawn.items()}
    assert nodes == {"vanilla": False, "minikube": False, "kind": False, "gke": True, "eks": True, "aks": True, "iks": True}
    sources = {name: str(found["NetworkPolicy", "web-incoming"]["spec"]["ingress"]) for name, found in drawn.items()}
    assert "35.191.0.0/16" in sources["gke"]
    assert "app-routing-system" in sources["aks"]
    assert "from" not in sources["kind"]


def test_no_secret_value_is_written_and_the_example_is_not_applied() -> None:
    """Passwords are references, part of addresses by reference too; the example of the Secret stands apart."""
    for style in Style:
        drawn = files(site("gke", style))
        text = "\n".join(file.content for file in drawn)
        assert "$(POSTGRES_PASSWORD)@postgres:5432" in text
        example = next(file for file in drawn if file.path.endswith("secret.example.yaml"))
        assert yaml.safe_load(example.content)["stringData"]["POSTGRES_PASSWORD"] == "<set POSTGRES_PASSWORD>"
        assert "secret.example.yaml" not in yaml.safe_load(drawn[0].content)["resources"]
        assert {kind for kind, _ in objects(site("gke", style)) if kind == "Secret"} == {"Secret"}
    (entry,) = [item for item in pod(site(), "shop")["containers"][0]["env"] if item["name"] == "SECRET_KEY"]
    assert entry["valueFrom"]["secretKeyRef"] == {"name": "shop-secrets", "key": "SECRET_KEY"}


def test_a_variable_the_code_can_do_without_does_not_keep_the_pod_from_starting() -> None:
    """Only a secret the code cannot do without is required; what has a default is left to the code."""
    variables = (
        Variable("SENTRY_DSN", None, True),
        Variable("REGION", None, False),
        Variable("PORT", None, False),
        Variable("DEBUG", "0", False),
    )
    entries = {item["name"]: item for item in pod(site(first=flask(variables=variables, services=())), "shop")["containers"][0]["env"]}
    assert set(entries) == {"SENTRY_DSN", "REGION"}
    assert entries["SENTRY_DSN"]["valueFrom"]["secretKeyRef"]["optional"] is True
    assert entries["REGION"]["valueFrom"]["configMapKeyRef"]["optional"] is True


def test_the_worker_runs_the_same_image_without_a_service() -> None:
    """A further process of the Procfile is a Deployment that nothing calls, beside the volume it shares."""
    drawn = objects(site())
    worker = pod(site(), "shop-worker")["containers"][0]
    assert worker["image"] == pod(site(), "shop")["containers"][0]["image"] == "shop:0.1.0"
    assert worker["args"] == ["celery", "-A", "shop", "worker"]
    assert "ports" not in worker
    assert ("Service", "shop-worker") not in drawn
    assert "podAffinity" in pod(site(), "shop-worker")["affinity"], "its volume can be mounted on one node alone"


def test_a_scheduler_never_runs_twice() -> None:
    """Two schedulers would do everything twice, even for the moment of a rollout."""
    component = flask(processes=(Process("beat", ("celery", "-A", "shop", "beat")),))
    spec = objects(site("gke", Style.HARDENED, first=component))["Deployment", "shop-beat"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_user_is_the_images_own() -> None:
    """The number in the manifest is the number in the Dockerfile, also when the user asks for another."""
    assert pod(site(), "shop")["securityContext"]["runAsUser"] == 10001
    assert pod(site(), "api")["securityContext"]["runAsUser"] == 1000
    assert pod(site(changes=Changes(user=4321)), "shop")["securityContext"]["runAsUser"] == 4321
    assert pod(site(), "postgres", "StatefulSet")["securityContext"]["runAsUser"] == 70


def test_what_is_written_has_a_place() -> None:
    """Uploads outlive the pod, other folders are emptyDirs, and what the image holds there is not lost."""
    spec = pod(site(style=Style.HARDENED), "shop")
    assert {item["mountPath"] for item in spec["containers"][0]["volumeMounts"]} == {"/app/uploads", "/tmp"}
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    assert spec["initContainers"][0]["name"] == "prepare"
    assert "cp -R /app/uploads/." in spec["initContainers"][0]["command"][2]
    assert objects(site())["Deployment", "shop"]["spec"]["strategy"] == {"type": "Recreate"}
    passing = site(changes=Changes(volumes=False))
    assert ("PersistentVolumeClaim", "shop-uploads") not in objects(passing)
    assert ("Deployment", "postgres") in objects(passing), "without a volume there is no StatefulSet"


def test_a_folder_that_holds_the_code_is_never_covered() -> None:
    """A program that writes beside its code keeps a file system it can write to."""
    given = site(style=Style.HARDENED)
    plan = replace(given.plans["api"], writable=("/app", "/tmp"))
    spec = pod(replace(given, plans={**given.plans, "api": plan}), "api")
    assert "readOnlyRootFilesystem" not in spec["containers"][0]["securityContext"]
    assert "/app" not in str(spec.get("volumes"))
    assert any("writes beside its own code" in note for note in draw(replace(given, plans={**given.plans, "api": plan})).notes)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_makes_valid_manifests(service: str) -> None:
    """Whatever a component needs runs without root, is found by its clients alone and is checked."""
    given = site(style=Style.HARDENED, first=flask(services=(Fact(service, Basis.DECLARED),), variables=()))
    drawn = objects(given)
    spec = drawn["StatefulSet" if SERVICES[service].volume else "Deployment", service]["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= spec["containers"][0].keys()
    assert drawn["Service", service]["spec"]["clusterIP"] == "None"
    assert ("NetworkPolicy", f"{service}-clients") in drawn
    assessment = await assess_artifacts(files(given), None, timeout_s=60)
    assert {finding.rule for finding in assessment.findings} <= LINT


def test_probes_ask_the_health_path_or_the_port() -> None:
    """A path the code has is asked; a path that is mere convention may answer 404 while all is well."""
    shop, api = pod(site(), "shop")["containers"][0], pod(site(), "api")["containers"][0]
    assert shop["readinessProbe"]["httpGet"]["path"] == "/health"
    assert "tcpSocket" in api["readinessProbe"]
    assert shop["startupProbe"]["failureThreshold"] * shop["startupProbe"]["periodSeconds"] >= 60
    assert "readinessProbe" not in pod(site(changes=Changes(health=False)), "shop")["containers"][0]
    django = flask(framework=Fact("django", Basis.DECLARED))
    headers = pod(site(first=django), "shop")["containers"][0]["readinessProbe"]["httpGet"]["httpHeaders"]
    assert headers == [{"name": "Host", "value": "localhost"}], "the framework refuses the pod's own address"


def test_a_migration_is_a_job() -> None:
    """Where the repository keeps migrations, a Job with the same image and settings applies them."""
    given = site(first=flask(framework=Fact("django", Basis.DECLARED)))
    migrating = replace(given, profile=replace(given.profile, files=("manage.py",)))
    job = objects(migrating)["Job", "shop-migrate"]["spec"]
    assert job["template"]["spec"]["containers"][0]["args"] == ["python", "manage.py", "migrate", "--noinput"]
    assert job["ttlSecondsAfterFinished"] == 600
    assert "shop-migrate" in str(objects(migrating)["NetworkPolicy", "postgres-clients"])


def test_paths_are_those_that_are_drawn() -> None:
    """What a complete answer holds is what the architect draws, flavour by flavour."""
    for flavour in FLAVOURS:
        given = site(flavour)
        components = [component for component, _ in given.planned()]
        expected = BLUEPRINTS["kubernetes"].paths(given.profile, components, given.target.options)
        assert set(expected) == {file.path for file in files(given)}
        assert ("k8s/storage-class.yaml" in expected) is (flavour == "eks")


def test_a_repository_with_manifests_of_its_own_keeps_its_folder() -> None:
    """Its folder is used, and a sentence names what the kustomization leaves out."""
    given = site()
    existing = replace(given, profile=replace(given.profile, existing={"kubernetes": ("deploy/k8s/old.yaml",)}))
    assert all(file.path.startswith("deploy/k8s/") for file in files(existing))
    assert any("deploy/k8s/old.yaml" in note for note in draw(existing).notes)


def test_placeholders_are_told() -> None:
    """Whatever the user must fill in stands in a note."""
    notes = " ".join(draw(site("gke")).notes)
    for word in ("REGION, PROJECT_ID and REPOSITORY", "shop.example.com", "shop-secrets", "iam.gke.io/gcp-service-account", "Cloud SQL"):
        assert word in notes
    local = " ".join(draw(site("kind")).notes)
    assert "kind load docker-image" in local
    assert "registry" not in local


def test_each_line_that_matters_has_its_reason_and_proof() -> None:
    """The reasons inside list items are kept with their own lines."""
    page = next(page for page in draw(site(style=Style.HARDENED)).pages if page.path == "k8s/shop.yaml")
    lines = page.text().splitlines()
    reasons = {lines[reason.line - 1].strip(): reason for reason in page.reasons()}
    assert str(reasons["- name: SECRET_KEY"].evidence[0]).startswith("shop.py:4")
    assert reasons["readinessProbe:"].text.startswith("Asks /health")
    assert str(reasons["- name: http"].evidence[0]) == "Procfile:1"
    assert [reason.line for reason in page.reasons()] == sorted(reason.line for reason in page.reasons())


def test_the_drawn_files_agree_with_each_other() -> None:
    """Everything the kustomization lists is there, and nothing but the example is left out."""
    drawn = files(site("eks", Style.HARDENED))
    cluster = cluster_of(drawn)
    assert not cluster.open_ended
    listed = {f"k8s/{name}" for name, _ in cluster.kustomizations[0][1].resources}
    assert {file.path for file in drawn} - listed == {"k8s/kustomization.yaml", "k8s/secret.example.yaml"}
    assert all(not read_manifest(file.content).faults for file in drawn)
    assert [finding for file in drawn for finding in disagreements(file, drawn)] == []
