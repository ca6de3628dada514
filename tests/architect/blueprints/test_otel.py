"""The collector stands beside every program that runs code, in Compose, in drawn manifests and in those that exist."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from architect import render
from architect.blueprints import BLUEPRINTS
from architect.expectations import expectations
from architect.measuring.families import SPANS
from architect.measuring.launching import launcher_of, variables
from architect.plan import Env, ImagePlan
from architect.profile import Basis, Evidence, Fact, Profile, Signals
from architect.profiler import profile
from architect.request import Request, Style, Target
from artifacts.judge import assess_artifacts
from artifacts.records import Severity
from tests.support.docker_tools import compose_config
from tests.support.folder_tree import FolderTree
from tests.support.plans import express, flask, node_plan, pages, python_plan

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: python-flask-pip # ours
  namespace: shop
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: python-flask-pip
          image: registry.example.com/python-flask-pip:1.4
          env:
            - name: LOG_LEVEL
              value: info
          ports: [{containerPort: 5000}]
"""


def example(name: str) -> Profile:
    return profile(FolderTree(EXAMPLES / name))


def drawn(found: Profile, *targets: Target, style: Style = Style.LEAN) -> dict[str, str]:
    return {artifact.path: artifact.content for artifact in render(Request(profile=found, targets=targets), style).artifacts}


def pod_of(text: str) -> dict[str, Any]:
    spec: dict[str, Any] = next(item for item in yaml.safe_load_all(text) if item["kind"] == "Deployment")["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("style", Style)
async def test_every_platform_passes_its_validators_and_the_expectations(style: Style) -> None:
    found = example("python-flask-pip")
    request = Request(profile=found, targets=(Target("dockerfile"), Target("compose"), Target("kubernetes"), Target("otel")))
    assessment = await assess_artifacts(render(request, style).artifacts, expectations(request), timeout_s=60)
    assert [finding for finding in assessment.findings if finding.severity is Severity.ERROR] == []
    assert [part.value for part in assessment.parts if part.name in ("complete", "grounded")] == [1.0, 1.0]


@pytest.mark.parametrize("style", Style)
def test_the_real_compose_accepts_the_two_files_together(style: Style, tmp_path: Path) -> None:
    files = drawn(example("python-flask-pip"), Target("compose"), Target("otel"), style=style)
    for name in ("compose.yaml", "compose.otel.yaml"):
        assert "services:" in files[name]
    both = yaml.safe_load(files["compose.yaml"]), yaml.safe_load(files["compose.otel.yaml"])
    names = dict.fromkeys((*both[0]["services"], *both[1]["services"]))
    services = {name: {**both[0]["services"].get(name, {}), **both[1]["services"].get(name, {})} for name in names}
    for service in services.values():
        needs = service.get("depends_on", {})
        assert set(needs) <= set(services)
    merged = {**both[0], "services": services, "volumes": {**both[0].get("volumes", {}), **both[1].get("volumes", {})}}
    assert compose_config(yaml.safe_dump(merged), tmp_path, re.findall(r"\$\{(\w+):", files["compose.yaml"])) == ""


def test_the_collector_makes_the_series_that_rules_and_dashboards_ask_for() -> None:
    config = yaml.safe_load(drawn(example("python-flask-pip"), Target("otel"))["otel/collector.yaml"])
    spans = config["connectors"]["spanmetrics"]
    base = spans["namespace"].replace(".", "_")
    assert SPANS.counter == f"{base}_calls_total"
    assert SPANS.histogram == f"{base}_duration_{ {'s': 'seconds'}[spans['histogram']['unit']] }"
    assert config["exporters"]["prometheus"]["endpoint"].endswith(":8889")


def test_a_drawn_pod_gets_the_sidecar_the_launcher_and_the_variables() -> None:
    files = drawn(example("node-express-npm"), Target("kubernetes"), Target("otel"))
    pod = pod_of(files["k8s/node-express-npm.yaml"])
    starters = [(starter["name"], starter.get("restartPolicy")) for starter in pod["initContainers"]]
    assert starters == [("otel-sidecar", "Always"), ("otel-launcher", None)]
    told = {item["name"]: item.get("value") for item in pod["containers"][0]["env"]}
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    assert told["NODE_OPTIONS"] == "--require /otel-auto-instrumentation-nodejs/autoinstrumentation.js"
    assert "otel-collector.yaml" in yaml.safe_load(files["k8s/kustomization.yaml"])["resources"]
    assert "k8s/otel-collector.yaml" in files


def test_without_the_target_no_pod_has_a_sidecar() -> None:
    assert "otel" not in "".join(drawn(example("node-express-npm"), Target("kubernetes")).values())


def test_a_manifest_that_exists_gets_the_sidecar_and_keeps_every_line() -> None:
    found = example("python-flask-pip")
    found = replace(found, existing={"kubernetes": ("k8s/app.yaml",)}, originals={"k8s/app.yaml": DEPLOYMENT})
    files = drawn(found, Target("otel"))
    assert set(DEPLOYMENT.splitlines()) <= set(files["k8s/app.yaml"].splitlines())
    pod = pod_of(files["k8s/app.yaml"])
    assert [starter["name"] for starter in pod["initContainers"]] == ["otel-sidecar", "otel-launcher"]
    assert pod["containers"][0]["env"][0] == {"name": "LOG_LEVEL", "value": "info"}
    assert {volume["name"] for volume in pod["volumes"]} == {"otel-sidecar", "otel-launcher"}
    assert "compose.otel.yaml" not in files
    assert all(item["metadata"]["namespace"] == "shop" for item in yaml.safe_load_all(files["k8s/otel-collector.yaml"]))


def test_code_that_brings_the_sdk_is_told_where_to_send_and_nothing_is_launched() -> None:
    found = Fact("opentelemetry-sdk", Basis.DECLARED, (Evidence("requirements.txt", 9),))
    component = flask(signals=Signals(tracers=(found,)))
    assert launcher_of(component, python_plan(component, Style.LEAN)) is None
    assert dict(variables(component, "shop", "app", "http://c:4318"))["OTEL_SERVICE_NAME"] == "shop"


def test_a_launcher_fits_the_image_and_keeps_what_the_image_sets() -> None:
    plan: ImagePlan = python_plan(flask(), Style.LEAN)
    stage = replace(plan.stages[-1], steps=(*plan.stages[-1].steps, Env("PYTHONPATH", "/app/src")))
    made = launcher_of(flask(), replace(plan, stages=(*plan.stages[:-1], stage)))
    assert made is not None
    assert dict(made.environment)["PYTHONPATH"].startswith("/app/src:/otel-auto-instrumentation-python/")
    node = launcher_of(express(), node_plan(express(), Style.LEAN))
    assert node is not None
    assert launcher_of(express(), replace(node_plan(express(), Style.LEAN), start=("bun", "index.ts"))) is None


def test_a_language_without_a_launcher_is_named_with_what_to_do() -> None:
    rendering = render(Request(profile=example("go-cmd-worker"), targets=(Target("otel"),)), Style.LEAN)
    assert any("go get go.opentelemetry.io/otel/sdk" in note for note in rendering.notes)


def test_a_site_of_files_has_nothing_to_trace() -> None:
    found = example("static-html")
    assert BLUEPRINTS["otel"].paths(found, [pages()]) == ()
    rendering = render(Request(profile=found, targets=(Target("otel"),)), Style.LEAN)
    assert rendering.artifacts == ()
    assert "Nothing here can be traced" in rendering.notes[0]
