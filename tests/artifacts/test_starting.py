"""Answers that lie about what the repository holds: invented modules, files and scripts are errors that name the evidence."""

from __future__ import annotations

import pytest

from artifacts.commands import bound_port
from artifacts.judge import assess_artifacts
from artifacts.records import Artifact, Expectation, Expectations, Finding, Kind, Severity

PYTHON = frozenset({"requirements.txt", "wsgi.py", "src/orders/main.py", "src/orders/__init__.py", "jobs/run.py"})
NODE = frozenset({"package.json", "server.js", "src/index.ts"})


async def found(start: str, known: frozenset[str], *before: str, base: str = "python:3.12-slim") -> list[Finding]:
    lines = [f"FROM {base}", "WORKDIR /app", *(before or ("COPY . .",)), "USER 1000", start]
    artifact = Artifact("Dockerfile", "\n".join(lines) + "\n", Kind.DOCKERFILE)
    facts = (Expectation("script", ("build", "start"), "package.json:3", "Dockerfile"),) if known == NODE else ()
    assessment = await assess_artifacts([artifact], Expectations(facts=facts, known_paths=known))
    return [finding for finding in assessment.findings if finding.rule in ("evidence_start_file", "evidence_script")]


@pytest.mark.parametrize(
    "start",
    [
        'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "application:app"]',
        'CMD ["uvicorn", "orders.server:app"]',
        'CMD ["python", "-m", "uvicorn", "missing:app"]',
        'CMD ["python", "manage.py"]',
        'ENTRYPOINT ["python", "/app/jobs/other.py"]',
        "CMD gunicorn application:app",
    ],
)
async def test_a_start_that_names_what_is_not_there_is_an_error_with_its_line(start: str):
    (finding,) = await found(start, PYTHON)
    assert finding.severity is Severity.ERROR
    assert finding.line == 5
    assert "repository" in finding.message


@pytest.mark.parametrize(
    "start",
    [
        'CMD ["gunicorn", "wsgi:app"]',
        'CMD ["gunicorn", "wsgi:create_app()"]',
        'CMD ["uvicorn", "orders.main:app"]',
        'CMD ["uvicorn", "src.orders.main:app"]',
        'CMD ["gunicorn", "airflow.www.app:cached_app()"]',
        'CMD ["python", "jobs/run.py"]',
        'CMD ["python", "/app/jobs/run.py"]',
        'CMD ["python", "-m", "http.server"]',
        'CMD ["python", "-c", "print(1)"]',
        'CMD ["celery", "-A", "anything", "worker"]',
    ],
)
async def test_what_exists_or_may_come_with_a_package_is_left_alone(start: str):
    assert await found(start, PYTHON) == []


async def test_a_file_that_the_build_makes_is_left_alone():
    assert await found('CMD ["python", "made.py"]', PYTHON, "RUN echo 'print()' > made.py") == []
    assert await found('CMD ["python", "main.py"]', PYTHON, "COPY wsgi.py main.py") == []
    assert await found('CMD ["python", "main.py"]', PYTHON, "COPY <<EOF main.py", "print()", "EOF") == []


@pytest.mark.parametrize("named", ["dist/main.js", "index.js", "server.js", "."])
async def test_build_output_cannot_be_known(named: str):
    assert await found(f'CMD ["node", "{named}"]', NODE, base="node:22-slim") == []


async def test_a_script_that_the_package_does_not_have_names_where_its_scripts_stand():
    (finding,) = await found('CMD ["npm", "run", "serve"]', NODE, base="node:22-slim")
    assert finding.severity is Severity.ERROR
    assert "script serve" in finding.message
    assert "package.json:3" in finding.message
    (built,) = await found('CMD ["node", "server.js"]', NODE, "COPY . .", "RUN npm ci && npm run compile", base="node:22-slim")
    assert built.line == 4


@pytest.mark.parametrize(
    "run",
    [
        "RUN npm ci && npm run build",
        "RUN npm run build --workspace web",
        "RUN npm run lint --if-present",
        "RUN npm --prefix web run anything",
        "RUN yarn anything",
        "RUN npm init -y && npm run anything",
        "RUN npm run $TARGET",
    ],
)
async def test_scripts_that_exist_or_belong_to_others_are_left_alone(run: str):
    assert await found('CMD ["npm", "run", "start"]', NODE, "COPY . .", run, base="node:22-slim") == []


async def test_without_a_list_of_files_nothing_is_called_missing():
    artifact = Artifact("Dockerfile", 'FROM python:3.12-slim\nUSER 1\nCMD ["gunicorn", "nothing:app"]\n', Kind.DOCKERFILE)
    assessment = await assess_artifacts([artifact], Expectations())
    assert not [finding for finding in assessment.findings if finding.rule.startswith("evidence_")]


@pytest.mark.parametrize(
    ("option", "port"),
    [("--port=8282", 8282), ("-Dserver.port=9000", 9000), ("--allow-import=deno.land:443", None)],
)
def test_an_option_that_merely_contains_the_word_port_binds_nothing(option: str, port: int | None) -> None:
    assert bound_port(["deno", "run", option, "src/main.ts"]) == port
