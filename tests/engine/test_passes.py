"""Passes change single lines of files that exist, say why, keep everything else, and never make a file worse."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from artifacts.comparing import comparer_of
from artifacts.parse import kind_of
from artifacts.records import Artifact, Severity
from engine.generate import read_profile
from engine.passes import Improvement, NothingToImprove, as_verdict, existing_files, improve
from workspace.files import open_workspace

DOCKERFILE = """# Our image, written by hand
FROM python:latest AS app

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
EXPOSE 8000

# start it
CMD gunicorn --bind 0.0.0.0:8000 wsgi:app
"""
COMPOSE = """services:
  # the shop
  web:
    build: .
    ports:
      - "8000:8000"  # public
    environment:
      - MODE=production
    depends_on: [db]

  db:
    image: postgres:latest   # the data
    ports: ["5432:5432"]
    volumes:
      - data:/var/lib/postgresql/data   # keep it

volumes:
  data:
"""
APP = """from flask import Flask
app = Flask(__name__)

@app.get('/healthz')
def health():
    return 'ok'
"""
HARDENED = (
    "runAsNonRoot: true",
    "readOnlyRootFilesystem: true",
    "drop:",
    "readinessProbe:",
    "livenessProbe:",
    "limits:",
    "kind: NetworkPolicy",
)
SHARED = """x-common: &common
  restart: always
services:
  a:
    <<: *common
    image: redis:8
  b:
    <<: *common
    image: redis:8
"""
MANIFEST = """# the shop in the cluster
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: web   # ours
          image: registry.example.com/shop:1.0
          ports:
            - containerPort: 8000
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    (root / "k8s").mkdir(parents=True)
    (root / "requirements.txt").write_text("flask==3.1.0\ngunicorn==23.0.0\npsycopg==3.2.0\n")
    (root / ".python-version").write_text("3.12\n")
    (root / "wsgi.py").write_text(
        "from flask import Flask\napp = Flask(__name__)\n\n@app.get('/healthz')\ndef health():\n    return 'ok'\n"
    )
    (root / "Procfile").write_text("web: gunicorn --bind 0.0.0.0:8000 wsgi:app\n")
    (root / "Dockerfile").write_text(DOCKERFILE)
    (root / "compose.yaml").write_text(COMPOSE)
    (root / "k8s" / "shop.yaml").write_text(MANIFEST)
    return root


async def run(root: Path, pass_id: str) -> Improvement:
    workspace = open_workspace(str(root), root)
    found = read_profile(workspace)
    return await improve(pass_id, existing_files(workspace, found), found)


def text(done: Improvement, path: str) -> str:
    return next(artifact.content for artifact in done.after if artifact.path == path)


async def test_hardening_brings_what_the_specification_names(shop: Path):
    done = await run(shop, "harden")
    dockerfile, compose, manifest = (text(done, path) for path in ("Dockerfile", "compose.yaml", "k8s/shop.yaml"))
    assert "FROM python:3.12 AS app" in dockerfile
    assert "\nUSER 10001:10001\n" in dockerfile
    assert "HEALTHCHECK" in dockerfile
    assert 'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "wsgi:app"]' in dockerfile
    assert "postgres:17" in compose
    assert compose.count("no-new-privileges:true") == 2
    assert "read_only: true" in compose
    assert "pg_isready" in compose
    assert "condition: service_healthy" in compose
    assert "127.0.0.1:5432:5432" in compose
    for part in (
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "drop:",
        "readinessProbe:",
        "livenessProbe:",
        "limits:",
        "kind: NetworkPolicy",
    ):
        assert part in manifest
    assert any(artifact.path == ".dockerignore" for artifact in done.changed)


async def test_every_other_line_of_the_users_files_stays(shop: Path):
    done = await run(shop, "harden")
    for path, old in (("Dockerfile", DOCKERFILE), ("compose.yaml", COMPOSE), ("k8s/shop.yaml", MANIFEST)):
        gone = [line[2:] for line in difflib.ndiff(old.splitlines(), text(done, path).splitlines()) if line.startswith("- ")]
        assert len(gone) <= 3, gone
    assert "# Our image, written by hand" in text(done, "Dockerfile")
    assert "# start it" in text(done, "Dockerfile")
    for comment in ("# the shop", "# public", "# keep it"):
        assert comment in text(done, "compose.yaml")


@pytest.mark.parametrize("pass_id", ["harden", "right-size"])
async def test_a_pass_makes_nothing_worse_gives_reasons_and_has_nothing_left_to_do(shop: Path, pass_id: str):
    done = await run(shop, pass_id)
    assert done.kept
    assert all(change.why and change.evidence and change.note for change in done.changes)
    assert done.assessment.score >= done.assessment_before.score
    for severity in (Severity.ERROR, Severity.WARNING):
        assert done.assessment.count(severity) <= done.assessment_before.count(severity)
    for artifact in done.after:
        assert not comparer_of(artifact.kind).faults(artifact.content)
        (shop / artifact.path).write_text(artifact.content)
    again = await run(shop, pass_id)
    assert again.changed == ()


async def test_right_sizing_gives_requests_limits_workers_and_autoscaling_without_prices(shop: Path):
    done = await run(shop, "right-size")
    assert "ENV WEB_CONCURRENCY=2" in text(done, "Dockerfile")
    assert "reservations:" in text(done, "compose.yaml")
    manifest = text(done, "k8s/shop.yaml")
    assert "requests:" in manifest
    assert "kind: HorizontalPodAutoscaler" in manifest
    assert "replicas: 2" not in manifest, "the scaler decides"
    assert "minReplicas: 2" in manifest
    assert not any(sign in change.why for change in done.changes for sign in "$€£")


async def test_workers_beyond_the_cpus_are_lowered_and_heaps_told_of_their_limit(tmp_path: Path):
    (tmp_path / "package.json").write_text('{"name": "api", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5.0.0"}}')
    (tmp_path / "server.js").write_text("require('express')().listen(3000)\n")
    (tmp_path / "Dockerfile").write_text('FROM node:22-slim\nCOPY . .\nUSER node\nCMD ["node", "server.js"]\n')
    (tmp_path / "compose.yaml").write_text(
        "services:\n  api:\n    build: .\n    mem_limit: 400m\n  jobs:\n    image: example/jobs:1\n"
        "    command: celery -A jobs worker --concurrency 16\n    cpus: 1\n"
    )
    done = await run(tmp_path, "right-size")
    compose = text(done, "compose.yaml")
    assert 'NODE_OPTIONS: "--max-old-space-size=300"' in compose or "--max-old-space-size=300" in compose
    assert "--concurrency 3" in compose


async def test_what_needs_root_is_left_alone(tmp_path: Path):
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    for body in (
        "FROM nginx:1.29\nCOPY . /usr/share/nginx/html\n",
        'FROM python:3.12-slim\nCOPY . .\nEXPOSE 80\nCMD ["python", "app.py"]\n',
        'FROM python:3.12-slim\nRUN pip install --user flask\nENV PATH=/root/.local/bin:$PATH\nCMD ["flask", "run"]\n',
        'FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gosu\nENTRYPOINT ["gosu", "app", "python", "app.py"]\n',
        'FROM python:3.12-slim\nVOLUME /data\nCMD ["python", "app.py"]\n',
    ):
        (tmp_path / "Dockerfile").write_text(body)
        assert "USER" not in text(await run(tmp_path, "harden"), "Dockerfile")


async def test_services_that_are_not_known_keep_their_rights(tmp_path: Path):
    (tmp_path / "compose.yaml").write_text("services:\n  tool:\n    image: vendor/tool:3\n    privileged: false\n")
    done = await run(tmp_path, "harden")
    compose = text(done, "compose.yaml")
    assert "cap_drop" not in compose
    assert "read_only" not in compose
    assert "no-new-privileges:true" in compose


async def test_anchors_line_endings_and_templates_survive(tmp_path: Path):
    (tmp_path / "compose.yaml").write_bytes(SHARED.replace("\n", "\r\n").encode())
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "web.yaml").write_text(MANIFEST.replace("shop:1.0", "{{ .Values.image }}"))
    done = await run(tmp_path, "harden")
    compose = text(done, "compose.yaml")
    assert compose.count("\r\n") == compose.count("\n")
    assert compose.count("<<: *common") == 2
    assert all(artifact.path != "k8s/web.yaml" for artifact in done.changed)


async def test_without_a_file_it_says_what_it_looked_for(tmp_path: Path):
    (tmp_path / "app.py").write_text("print()\n")
    with pytest.raises(NothingToImprove, match="Dockerfile"):
        await run(tmp_path, "harden")


async def test_the_result_is_a_verdict_like_any_other(shop: Path):
    done = await run(shop, "harden")
    made = as_verdict(done)
    assert {artifact.path for artifact in made.artifacts} == {artifact.path for artifact in done.changed}
    assert len(made.reasons) == len(done.kept)
    assert made.winner is None
    assert made.assessment is not None
    assert made.assessment.artifacts == made.artifacts


async def test_hostile_files_end_in_bounded_edits():
    poor = [Artifact("Dockerfile", "FROM python\n" + "CMD echo hi\n" * 50, kind_of("Dockerfile"))]
    services = "".join(f"  s{number}:\n    image: redis:latest\n" for number in range(12))
    poor.append(Artifact("compose.yaml", f"services:\n{services}", kind_of("compose.yaml", "services:\n")))
    from architect.profile import Profile

    done = await improve("harden", poor, Profile(name="x"))
    assert len(done.changes) <= 400
