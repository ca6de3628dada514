"""Artifacts compared by meaning: what does not matter, what does, and the numbers that follow."""

from __future__ import annotations

import pytest

from artifacts.compare import agreement, canonical, clusters, decisions, similarity
from artifacts.parse import kind_of
from artifacts.records import Artifact

DOCKERFILE = """\
FROM python:3.12-slim AS build
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim
WORKDIR /app
ENV PYTHONUNBUFFERED=1 PORT=8000
RUN apt-get update && apt-get install -y --no-install-recommends curl libpq5 && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
EXPOSE 8000
USER 10001
HEALTHCHECK CMD ["curl", "-f", "http://localhost:8000/health"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "app:app"]
"""
SAME_DOCKERFILE = """\
# syntax=docker/dockerfile:1
# the build stage
from docker.io/library/python:3.12-slim as builder
workdir /app/
copy ./requirements.txt ./
run pip install \\
      --no-cache-dir \\
      -r requirements.txt
FROM python:3.12-slim
WORKDIR "/app"
ENV PORT="8000"
ENV PYTHONUNBUFFERED='1'
RUN apt-get update \\
    # sorted differently
    && apt-get install -y --no-install-recommends libpq5 curl \\
    && rm -rf /var/lib/apt/lists/*
COPY --from=builder /app /app
USER 10001
CMD [ "gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "app:app" ]
HEALTHCHECK CMD ["curl","-f","http://localhost:8000/health"]
EXPOSE 8000/tcp
"""
COMPOSE = """\
services:
  web:
    build: .
    ports:
      - "8000:8000"
    environment:
      - DATABASE_URL=postgres://app@db/app
      - DEBUG=false
    depends_on: [db]
    command: gunicorn app:app
  db:
    image: postgres:17
    volumes:
      - data:/var/lib/postgresql/data
volumes:
  data:
"""
SAME_COMPOSE = """\
# a comment
version: "3.9"
x-note: nothing
volumes: {data: {}}
services:
  db:
    volumes:
      - type: volume
        source: data
        target: /var/lib/postgresql/data
    image: 'docker.io/postgres:17'
  web:
    depends_on:
      db:
        condition: service_started
    environment:
      DEBUG: "false"
      DATABASE_URL: 'postgres://app@db/app'
    command: ["gunicorn", "app:app"]
    build:
      context: ./
      dockerfile: Dockerfile
    ports:
      - target: 8000
        published: 8000
"""


def artifact(content: str, path: str = "Dockerfile") -> Artifact:
    return Artifact(path, content, kind_of(path, content))


def values(content: str, path: str = "Dockerfile") -> dict[str, str]:
    return {decision.name: decision.value for decision in decisions(artifact(content, path))}


def test_spelling_does_not_change_a_dockerfiles_meaning() -> None:
    one, other = artifact(DOCKERFILE), artifact(SAME_DOCKERFILE)
    assert canonical(one) == canonical(other)
    assert similarity([one], [other]) == 1.0
    assert values(DOCKERFILE) == values(SAME_DOCKERFILE)


def test_spelling_does_not_change_a_compose_files_meaning() -> None:
    one, other = artifact(COMPOSE, "compose.yaml"), artifact(SAME_COMPOSE, "compose.yaml")
    assert canonical(one) == canonical(other)
    assert values(COMPOSE, "compose.yaml") == values(SAME_COMPOSE, "compose.yaml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3.12", "3.13"),
        ("EXPOSE 8000", "EXPOSE 8080"),
        ("USER 10001\n", ""),
        ("app:app", "api:app"),
        ("libpq5", "libpq-dev"),
        ("PORT=8000", "PORT=8001"),
        ("-r requirements.txt", "-r requirements-dev.txt"),
        ("/health", "/ready"),
    ],
)
def test_a_difference_in_meaning_shows(old: str, new: str) -> None:
    one, other = artifact(DOCKERFILE), artifact(DOCKERFILE.replace(old, new))
    assert canonical(one) != canonical(other)
    assert 0 < similarity([one], [other]) < 0.995


def test_the_order_of_steps_matters() -> None:
    assert canonical(artifact("FROM a:1\nRUN one\nRUN two\n")) != canonical(artifact("FROM a:1\nRUN two\nRUN one\n"))


def test_ignore_patterns_are_a_set_unless_some_are_taken_back() -> None:
    one, other = artifact("a\n# c\nb/\n", ".dockerignore"), artifact("/b\na\n", ".dockerignore")
    assert canonical(one) == canonical(other)
    assert canonical(artifact("*\n!a\n", ".dockerignore")) != canonical(artifact("!a\n*\n", ".dockerignore"))


def test_a_dockerfiles_decisions_are_those_of_its_final_image() -> None:
    found = values(DOCKERFILE)
    assert found == {
        "base_image": "python:3.12-slim",
        "build_image": "python:3.12-slim",
        "runtime": "python 3.12",
        "port": "8000",
        "start": "gunicorn app:app",
        "start_options": "--bind 0.0.0.0:8000 --workers 2",
        "user": "non-root",
        "health_check": "http /health",
        "multi_stage": "yes",
        "workdir": "/app",
        "package_manager": "pip",
        "system_packages": "curl, libpq5",
        "environment": "PORT=8000, PYTHONUNBUFFERED=1",
    }


def test_what_breaks_a_service_is_blocking() -> None:
    blocking = {decision.name for decision in decisions(artifact(DOCKERFILE)) if decision.blocking}
    assert blocking == {"runtime", "port", "start"}


def test_decisions_carry_their_line_and_key() -> None:
    port = next(decision for decision in decisions(artifact(DOCKERFILE, "api/Dockerfile")) if decision.name == "port")
    assert (port.key, port.line) == ("api/Dockerfile#port", 11)


@pytest.mark.parametrize(
    ("command", "essence", "port"),
    [
        ('CMD ["gunicorn", "-b", "0.0.0.0:9000", "-w", "4", "app:app"]', "gunicorn app:app", "9000"),
        ("CMD gunicorn --bind 0.0.0.0:9000 --workers=4 app:app", "gunicorn app:app", "9000"),
        ('CMD ["sh", "-c", "exec gunicorn --bind :9000 app:app"]', "gunicorn app:app", "9000"),
        ('CMD ["python", "-m", "gunicorn", "-b", ":9000", "app:app"]', "gunicorn app:app", "9000"),
        ('CMD ["/usr/local/bin/gunicorn", "-b", "[::]:9000", "app:app"]', "gunicorn app:app", "9000"),
        ('CMD ["poetry", "run", "uvicorn", "app:app", "--host", "0.0.0.0", "--port", "9000"]', "uvicorn app:app", "9000"),
        ('ENTRYPOINT ["tini", "--"]\nCMD ["node", "server.js"]', "node server.js", "none"),
        ('ENV PORT=9000\nCMD ["sh", "-c", "python manage.py migrate && exec uvicorn app:app --port $PORT"]', "uvicorn app:app", "9000"),
        ('CMD ["java", "-Xmx512m", "-Dserver.port=9000", "-jar", "app.jar"]', "java -jar app.jar", "9000"),
        ('CMD ["python", "manage.py", "runserver", "0.0.0.0:9000"]', "python manage.py runserver 0.0.0.0:9000", "9000"),
        ("ENV PORT=9000\nCMD node server.js", "node server.js", "9000"),
    ],
)
def test_start_commands_are_told_from_their_wrappers_and_options(command: str, essence: str, port: str) -> None:
    found = values(f"FROM a:1\n{command}\n")
    assert (found["start"], found["port"]) == (essence, port)


def test_a_compose_files_decisions_go_service_by_service() -> None:
    found = values(COMPOSE, "compose.yaml")
    assert found["services"] == "db, web"
    assert found["backing_services"] == "postgres"
    assert found["web.build"] == "."
    assert found["web.depends_on"] == "db (started)"
    assert found["web.environment"] == "DATABASE_URL, DEBUG"
    assert found["db.volumes"] == "data:/var/lib/postgresql/data"
    assert found["db.health_check"] == "none"


def test_answers_that_mean_the_same_share_a_cluster() -> None:
    one, same, other = artifact(DOCKERFILE), artifact(SAME_DOCKERFILE), artifact(DOCKERFILE.replace("8000", "9000"))
    compose = artifact(COMPOSE, "compose.yaml")
    assert clusters([[one, compose], [other, compose], [compose, same], []]) == (0, 1, 0, 2)
    assert clusters([]) == ()


def test_agreement_is_the_mean_share_of_equal_decisions() -> None:
    one, other = artifact(DOCKERFILE), artifact(DOCKERFILE.replace("3.12-slim", "3.13-slim"))
    assert agreement([[one], [artifact(SAME_DOCKERFILE)]]) == 1.0
    assert agreement([[one]]) == 1.0
    assert agreement([[one], [other]]) == pytest.approx(10 / 13)
    assert agreement([[one], []]) == 0.0


def test_similarity_is_symmetric_and_counts_missing_files() -> None:
    one, compose = artifact(DOCKERFILE), artifact(COMPOSE, "compose.yaml")
    assert similarity([one, compose], [one]) == similarity([one], [one, compose]) == 0.5
    assert similarity([], []) == 1.0
    assert similarity([one], []) == 0.0


def test_a_file_that_cannot_be_read_is_compared_as_text() -> None:
    broken = artifact("RUNN x\n")
    assert similarity([broken], [artifact("RUNN x\n\n")]) == 1.0
    assert similarity([broken], [artifact("RUNN y\n")]) < 1.0
