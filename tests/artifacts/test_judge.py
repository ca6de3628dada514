"""The judge: what each part of a score says, what bars an answer, and that the same answer always scores the same."""

from __future__ import annotations

import asyncio
import time

import pytest

from artifacts.dockerfile import read_dockerfile
from artifacts.judge import assess_answer, assess_artifacts
from artifacts.judging.rubric import rubric
from artifacts.parse import kind_of
from artifacts.records import Artifact, Assessment, CheckStatus, Expectation, Expectations, Finding, Severity

DOCKERFILE = """\
FROM python:3.12-slim AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim
WORKDIR /app
ENV PATH=/venv/bin:$PATH
COPY --from=build /venv /venv
COPY src/ ./src/
RUN useradd --system --uid 10001 app
USER app
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health')"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "src.wsgi:app"]
"""
COMPOSE = """\
services:
  web:
    build: .
    restart: unless-stopped
    ports:
      - "8000:8000"
    environment:
      DATABASE_URL: postgres://app:${DB_PASSWORD:?}@db/app
    depends_on:
      db:
        condition: service_healthy
  db:
    image: postgres:17.6
    restart: unless-stopped
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD:?}
    volumes:
      - data:/var/lib/postgresql/data
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U postgres"]
volumes:
  data:
"""
IGNORE = ".git\n.env\n__pycache__\n"
EXPECTED = Expectations(
    files=("Dockerfile", ".dockerignore", "compose.yaml"),
    facts=(
        Expectation("port", ("8000",), "src/wsgi.py:14", "Dockerfile"),
        Expectation("runtime", ("3.12",), ".python-version:1", "Dockerfile"),
        Expectation("start", ("src.wsgi:app",), "Procfile:1", "Dockerfile"),
        Expectation("health", ("/health", "/healthz"), "src/wsgi.py:20", "Dockerfile"),
        Expectation("service", ("postgres",), "requirements.txt:3", "compose.yaml"),
    ),
    known_paths=frozenset({"requirements.txt", "src/wsgi.py"}),
)


def answer(dockerfile: str = DOCKERFILE, compose: str | None = COMPOSE, ignore: str | None = IGNORE) -> tuple[Artifact, ...]:
    files = {"Dockerfile": dockerfile, ".dockerignore": ignore, "compose.yaml": compose}
    return tuple(Artifact(path, text, kind_of(path, text)) for path, text in files.items() if text is not None)


def judge(artifacts: tuple[Artifact, ...], expectations: Expectations | None = EXPECTED) -> Assessment:
    return asyncio.run(assess_artifacts(artifacts, expectations))


def part(assessment: Assessment, name: str) -> tuple[float, str]:
    return next((item.value, item.reason) for item in assessment.parts if item.name == name)


def finding(assessment: Assessment, rule: str) -> Finding:
    return next(item for item in assessment.findings if item.rule == rule)


def test_a_good_answer_is_clean_and_scores_high() -> None:
    assessment = judge(answer())
    assert assessment.clean, assessment.findings
    assert assessment.count(Severity.ERROR) == assessment.count(Severity.WARNING) == 0
    assert assessment.score > 0.95
    assert part(assessment, "complete") == (1.0, "every file asked for is there")
    assert part(assessment, "grounded") == (1.0, "agrees with 5 of 5 facts")
    assert part(assessment, "rubric") == (1.0, "meets every criterion of a production-grade image")


def test_weights_add_up_and_every_part_has_a_reason() -> None:
    for artifacts, expectations in ((answer(), EXPECTED), (answer(compose=None), None), (answer("RUNN\n", None, None), Expectations())):
        assessment = judge(artifacts, expectations)
        assert sum(item.weight for item in assessment.parts) == pytest.approx(1, abs=0.001)
        assert all(item.reason and 0 <= item.value <= 1 for item in assessment.parts)
        assert 0 <= assessment.score <= 1


def test_the_same_answer_always_gets_the_same_judgement() -> None:
    results = [judge(answer()) for _ in range(3)]
    assert len({(item.score, item.findings, item.parts, item.decisions) for item in results}) == 1


def test_length_is_no_criterion() -> None:
    padded = "# a comment that says nothing\n" * 40
    assert judge(answer(padded + DOCKERFILE)).score == judge(answer()).score


@pytest.mark.parametrize(
    ("old", "new", "rule", "words", "line"),
    [
        ("8000", "5000", "evidence_port", "exposes 5000, the application listens on 8000 (src/wsgi.py:14)", 13),
        ("3.12", "3.9", "evidence_runtime", "uses python:3.9-slim, the repository asks for version 3.12 (.python-version:1)", 6),
        ("src.wsgi:app", "main:app", "evidence_start", "the repository says src.wsgi:app (Procfile:1)", 15),
        ("/health", "/status", "evidence_health", "checks health on /status, the application answers on /health or /healthz", 14),
        ("COPY src/", "COPY app/", "evidence_copy", "copies app/, which is not in the repository", 10),
    ],
)
def test_a_contradicted_fact_is_an_error_that_names_the_evidence(old: str, new: str, rule: str, words: str, line: int) -> None:
    assessment = judge(answer(DOCKERFILE.replace(old, new)))
    found = finding(assessment, rule)
    assert words in found.message
    assert (found.severity, found.line) == (Severity.ERROR, line)
    assert not assessment.clean
    assert assessment.score < judge(answer()).score - 0.1


def test_a_missing_service_is_an_error_unless_it_runs_elsewhere() -> None:
    without = "services:\n  web:\n    build: .\n    restart: always\n    ports: ['8000:8000']\n"
    assert finding(judge(answer(compose=without)), "evidence_service").severity is Severity.ERROR
    outside = without + "    environment:\n      DATABASE_URL: ${DATABASE_URL}\n"
    assert finding(judge(answer(compose=outside)), "evidence_service").severity is Severity.WARNING


def test_a_convention_that_is_not_followed_only_costs_score() -> None:
    loose = Expectations(facts=(Expectation("port", ("3000",), "convention", "Dockerfile", firm=False),))
    assessment = judge(answer(), loose)
    assert finding(assessment, "evidence_port").severity is Severity.WARNING
    assert assessment.clean
    usual = Expectations(facts=(Expectation("runtime", ("3.13",), "the repository names no Python version", "Dockerfile", firm=False),))
    said = finding(judge(answer(), usual), "evidence_runtime").message
    assert "expected is version 3.13 (the repository names no Python version)" in said


def test_silence_is_less_than_agreement_and_more_than_contradiction() -> None:
    def value(text: str) -> float:
        return part(judge(answer(text)), "grounded")[0]

    silent = "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith(("EXPOSE", "HEALTH"))).replace(":8000", "") + "\n"
    assert value(DOCKERFILE) > value(silent) > value(DOCKERFILE.replace("8000", "5000").replace("/health", "/x"))


def test_a_less_exact_version_is_vague_but_no_contradiction() -> None:
    assessment = judge(answer(DOCKERFILE.replace("3.12", "3")))
    assert not [item for item in assessment.findings if item.rule == "evidence_runtime"]
    assert part(assessment, "grounded")[0] < 1


def test_a_fact_about_another_folders_file_concerns_that_file() -> None:
    facts = (Expectation("port", ("9000",), "api/main.go:3", "api/Dockerfile"),)
    assessment = judge(answer(), Expectations(facts=facts))
    assert "grounded" not in {item.name for item in assessment.parts}


def test_compose_must_send_requests_to_the_port_the_application_listens_on() -> None:
    assessment = judge(answer(compose=COMPOSE.replace('"8000:8000"', '"8000:3000"')))
    assert {item.rule for item in assessment.findings if item.severity is Severity.ERROR} == {"evidence_port", "compose_port_not_served"}


def test_files_that_compose_refers_to_must_exist() -> None:
    text = COMPOSE.replace("build: .", "build: ./api\n    env_file: .env").replace("- data:", "- ./init.sql:/init.sql\n      - data:")
    assessment = judge(answer(compose=text))
    assert finding(assessment, "evidence_build").severity is Severity.ERROR
    assert finding(assessment, "evidence_env_file").severity is Severity.WARNING
    assert "init.sql" in finding(assessment, "evidence_mount").message


def test_a_file_of_the_answer_itself_may_be_copied() -> None:
    extra = Artifact("nginx.conf", "x\n", kind_of("nginx.conf"))
    text = DOCKERFILE.replace("USER app", "COPY nginx.conf /etc/\nUSER app")
    assert not judge(answer(text)).clean
    assert judge((*answer(text), extra)).clean


def test_a_build_context_is_taken_from_compose() -> None:
    known = Expectations(known_paths=frozenset({"api/src/a.py", "api/requirements.txt"}))
    dockerfile = Artifact("api/Dockerfile", DOCKERFILE, kind_of("Dockerfile"))
    for context, clean in (("./api", True), (".\n      dockerfile: api/Dockerfile", False)):
        text = COMPOSE.replace("build: .", f"build:\n      context: {context}")
        assessment = judge((dockerfile, Artifact("compose.yaml", text, kind_of("compose.yaml"))), known)
        assert ("evidence_copy" not in {item.rule for item in assessment.findings}) is clean


def test_missing_files_cost_completeness() -> None:
    assessment = judge(answer(ignore=None))
    assert part(assessment, "complete") == (pytest.approx(2 / 3, abs=0.001), "missing: .dockerignore")


def test_a_file_that_does_not_parse_is_not_clean() -> None:
    assessment = judge(answer("FROM python:3.12\nRUNN x\n"))
    assert not assessment.clean
    assert "does not parse: line 2" in part(assessment, "parses")[1]
    assert finding(assessment, "syntax").line == 2


async def test_an_empty_answer_has_no_score() -> None:
    for text in ("", "I am sorry, I cannot do that.", "```bash\nls\n```"):
        assessment = await assess_answer(text, EXPECTED)
        assert (assessment.score, assessment.clean, assessment.artifacts) == (0.0, False, ())


async def test_an_answer_is_parsed_and_judged_in_one_go() -> None:
    text = (
        f"**Dockerfile**\n```dockerfile\n{DOCKERFILE}```\n**.dockerignore**\n```\n{IGNORE}```\n"
        f"**docker-compose.yml**\n```yaml\n{COMPOSE}```"
    )
    assessment = await assess_answer(text, EXPECTED)
    assert [artifact.path for artifact in assessment.artifacts] == ["Dockerfile", ".dockerignore", "compose.yaml"]
    assert assessment.clean
    assert assessment.problems
    assert {check.validator for check in assessment.checks} >= {"syntax", "hadolint", "rules", "compose_schema"}


async def test_a_cut_off_answer_is_not_clean() -> None:
    text = f"**.dockerignore**\n```\n{IGNORE}```\n**Dockerfile**\n```dockerfile\n{DOCKERFILE}"
    assessment = await assess_answer(text, EXPECTED)
    assert not assessment.clean
    assert "answer_cut_off" in {item.rule for item in assessment.findings}


async def test_a_missing_tool_is_visible_and_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artifacts.validators.hadolint.find_program", lambda name: None)
    unseen = answer(DOCKERFILE + "# never checked before\n")
    assessment = await assess_artifacts(unseen, EXPECTED)
    check = next(item for item in assessment.checks if item.validator == "hadolint")
    assert check.status is CheckStatus.NOT_CHECKED
    assert check.reason


async def test_judging_leaves_the_event_loop_free() -> None:
    """While 12 large answers are judged, a task that wakes every 5 ms is never kept waiting long."""
    services = "".join(f"  s{number}:\n    image: redis:8\n    ports: ['{20000 + number}:80']\n" for number in range(400))
    answers = [answer(compose=f"services:\n{services}# {number}\n") for number in range(12)]
    longest = 0.0

    async def pulse() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - before)

    beat = asyncio.create_task(pulse())
    await asyncio.gather(*(assess_artifacts(item, None, timeout_s=60) for item in answers))
    beat.cancel()
    assert longest < 5, "the loop stood still for seconds"


@pytest.mark.parametrize(
    ("criterion", "old", "new"),
    [
        ("pinned_base", "python:3.12-slim", "python:slim"),
        ("multi_stage", "COPY --from=build /venv /venv\n", ""),
        ("non_root", "USER app\n", ""),
        ("no_cache_leftovers", "RUN useradd --system", "RUN apt-get update && apt-get install -y x && useradd --system"),
        ("health_check", "HEALTHCHECK", "# HEALTHCHECK"),
        ("exec_form", 'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "src.wsgi:app"]', "CMD gunicorn src.wsgi:app"),
        ("layer_order", "COPY requirements.txt ./", "COPY . ."),
        ("no_secrets", "ENV PATH", "ENV API_KEY=abcdef12345\nENV PATH"),
        ("locked_install", "RUN useradd", "RUN npm install && useradd"),
        ("signal_safe", '["gunicorn"', '["npm"'),
        ("small_image", "FROM python:3.12-slim\nWORKDIR", "FROM python:3.12\nWORKDIR"),
    ],
)
def test_every_criterion_of_the_rubric_can_be_missed(criterion: str, old: str, new: str) -> None:
    assert old in DOCKERFILE
    before = {item.name: item.met for item in rubric(read_dockerfile(DOCKERFILE), IGNORE)}
    after = {item.name: item for item in rubric(read_dockerfile(DOCKERFILE.replace(old, new)), IGNORE)}
    assert before[criterion] in (True, None)
    assert after[criterion].met is False
    assert after[criterion].reason


def test_the_rubric_has_twelve_criteria() -> None:
    names = [item.name for item in rubric(read_dockerfile(DOCKERFILE), None)]
    assert len(names) == len(set(names)) == 12
    assert {item.name for item in rubric(read_dockerfile(DOCKERFILE), None) if item.met is False} == {"dockerignore"}
