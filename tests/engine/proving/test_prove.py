"""Proofs against a scripted engine: each fact becomes evidence, what cannot be known is never a pass, and nothing is left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from artifacts.judge import assess_artifacts
from artifacts.records import Artifact, CheckStatus, Kind, Severity
from engine.proof_report import event_line, proof_data, proof_text
from engine.prove import prove, watch, with_proof
from engine.proving import image
from engine.proving.records import DoneEvent, LineEvent, Outcome, ProofEvent, Step, StepEvent
from providers.records import Verdict
from tests.engine.proving.conftest import DOCKERFILE, NOTHING, dockerfile, outcome, proof_of, rules
from tests.support.fake_engine import FakeEngine
from workspace.files import Workspace


async def test_an_image_that_does_everything_right_passes_every_step(workspace: Workspace, engine: FakeEngine, places: Path) -> None:
    proof = await proof_of(workspace, engine)
    (found,) = proof.images
    assert proof.ok
    assert proof.findings == ()
    assert {check.status for check in proof.checks} == {CheckStatus.PASSED}
    assert (found.built, found.size, found.layers, found.user, found.listening, found.status) == (True, 123_000_000, 3, 10001, (8000,), 200)
    assert (found.healthy, found.read_only, found.stopped_cleanly) == (True, True, True)
    assert engine.left() == NOTHING
    assert list(places.iterdir()) == []


async def test_docker_is_spoken_to_as_well(workspace: Workspace, tmp_path: Path) -> None:
    docker = FakeEngine(tmp_path / "docker", "docker")
    proof = await proof_of(workspace, docker)
    assert proof.ok
    assert proof.engine == "Docker 99.1"
    assert docker.left() == NOTHING


async def test_it_is_started_without_a_network_and_nothing_is_published(workspace: Workspace, engine: FakeEngine) -> None:
    await proof_of(workspace, engine)
    created = engine.calls_of("create")
    assert [call[call.index("--network") + 1] for call in created] == ["none", "none"]
    assert not any({"-p", "--publish", "-P", "--privileged"} & set(call) for call in engine.calls)
    assert ["--read-only" in call for call in created] == [False, True]


async def test_the_build_sees_the_workspace_with_the_artifacts_over_it_and_the_users_folder_stays(
    workspace: Workspace, engine: FakeEngine
) -> None:
    await proof_of(workspace, engine, dockerfile(), Artifact(".dockerignore", ".git\n", Kind.DOCKERIGNORE))
    assert engine.context() == [".dockerignore", "Dockerfile", "app.py"]
    assert [path.name for path in Path(workspace.location).iterdir()] == ["app.py"]


@pytest.mark.parametrize(
    ("scene", "rule", "words"),
    [
        ({"listen": [5000]}, "proof_port", "the image listens on 5000, Dockerfile exposes 8000"),
        ({"loopback": True}, "proof_loopback", "127.0.0.1 only"),
        ({"uid": 0}, "proof_root", "runs as root"),
        ({"stop_exit": 137}, "proof_stop", "had to be killed"),
        ({"needs_writing": True}, "proof_read_only", "/app/data.db"),
        ({"sick": True}, "proof_health", "did not succeed"),
        ({"dies": True, "logs": ["boot", "ModuleNotFoundError: No module named 'flask'"]}, "proof_start", "No module named 'flask'"),
        ({"start": "exec: serve: not found"}, "proof_start", "serve: not found"),
        ({"answers": 500}, "proof_answer", "answers 500"),
        ({"answers": [200, 503]}, "proof_stay", "answered 200 at first and answers 503"),
        ({"dies_late": True, "exit": 3, "logs": ["Worker failed to boot."]}, "proof_stay", "with exit status 3: Worker failed to boot."),
        ({"dies_when_asked": True, "exit": 0}, "proof_stay", "ended by itself"),
    ],
)
async def test_what_goes_wrong_is_a_finding_that_says_it(
    workspace: Workspace, engine: FakeEngine, scene: dict[str, Any], rule: str, words: str
) -> None:
    engine.play(**scene)
    proof = await proof_of(workspace, engine)
    assert not proof.ok
    assert rules(proof) == {rule}
    assert words in proof.findings[0].message
    assert proof.findings[0].line is not None
    assert engine.left() == NOTHING


SILENT = DOCKERFILE.replace('["true"]', "curl -f http://localhost:8000/health || exit 1")


async def test_a_port_that_takes_connections_and_answers_no_http_is_an_error_where_http_is_expected(
    workspace: Workspace, engine: FakeEngine
) -> None:
    engine.play(speaks="'SSH-2.0-x'")
    proof = await proof_of(workspace, engine, dockerfile(SILENT))
    (finding,) = proof.findings
    assert (finding.rule, finding.severity) == ("proof_http", Severity.ERROR)
    assert "takes connections and does not answer HTTP: 'SSH-2.0-x'" in finding.message
    assert proof.images[0].status is None
    assert len([call for call in engine.calls_of("exec") if call[2] == "python3"]) == image.ASKS


@pytest.mark.parametrize(("content", "speaks"), [(DOCKERFILE, "'220 mail'"), (SILENT, "HTTP/2"), (SILENT, "TLS")])
async def test_a_port_that_need_not_speak_http_is_open_and_says_what_it_speaks(
    workspace: Workspace, engine: FakeEngine, content: str, speaks: str
) -> None:
    engine.play(speaks=speaks)
    proof = await proof_of(workspace, engine, dockerfile(content))
    assert proof.ok
    assert f"something other than HTTP/1.1: {speaks}" in next(fact.text for fact in proof.images[0].facts if fact.step is Step.PORT)


async def test_a_container_that_ended_before_it_was_asked_to_stop_has_not_stopped_on_its_signal(
    workspace: Workspace, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stays(prover: image.ImageProver, running: object) -> None:
        """The watch is over just before it ends."""

    monkeypatch.setattr(image.ImageProver, "_stay", stays)
    engine.play(dies_late=True, exit=0)
    proof = await proof_of(workspace, engine)
    assert not proof.ok
    assert [(finding.rule, finding.severity) for finding in proof.findings] == [("proof_stay", Severity.ERROR)]
    assert outcome(proof, Step.STOP) is Outcome.FAILED
    assert proof.images[0].stopped_cleanly is None
    assert engine.calls_of("stop") == []


@pytest.mark.parametrize(
    "said",
    [
        "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='accounts.google.com', port=443): Max retries exceeded with url: /x"
        " (Caused by NameResolutionError(\"Failed to resolve 'accounts.google.com'\"))",
        "Error: getaddrinfo EAI_AGAIN accounts.google.com",
        "dial tcp: lookup accounts.google.com: Temporary failure in name resolution",
        "error sending request for url (https://accounts.google.com/x): client error: dns error: failed to lookup address information",
    ],
)
async def test_an_application_that_needs_the_internet_to_start_is_not_blamed_and_not_proved(
    workspace: Workspace, engine: FakeEngine, said: str
) -> None:
    engine.play(dies_late=True, exit=3, logs=["booting", said, "Worker failed to boot."])
    proof = await proof_of(workspace, engine)
    assert proof.findings == ()
    assert not proof.ok
    assert "it asks accounts.google.com as it starts, and a proof has no way out" in proof.checks[-1].reason


@pytest.mark.parametrize(
    "said",
    ["Error: getaddrinfo ENOTFOUND postgres", "Error: getaddrinfo ENOTFOUND db.shop.internal", "see https://docs.shop.com: no such host"],
)
async def test_a_neighbour_that_is_not_found_is_the_files_fault(workspace: Workspace, engine: FakeEngine, said: str) -> None:
    engine.play(dies=True, logs=[said])
    assert rules(await proof_of(workspace, engine)) == {"proof_start"}


async def test_severities_follow_what_it_means_for_the_service(workspace: Workspace, engine: FakeEngine) -> None:
    engine.play(uid=0, needs_writing=True)
    found = {finding.rule: finding.severity for finding in (await proof_of(workspace, engine)).findings}
    assert found == {"proof_root": Severity.WARNING, "proof_read_only": Severity.HINT}


async def test_a_build_that_fails_names_the_step_its_line_and_the_reason(workspace: Workspace, engine: FakeEngine) -> None:
    says = ["[1/2] STEP 2/2: RUN make", "make: *** No targets specified. Error 2", 'Error: building at STEP "RUN make": exit status 2']
    engine.play(build={"says": says, "status": 1})
    (finding,) = (await proof_of(workspace, engine)).findings
    assert (finding.rule, finding.severity, finding.line) == ("proof_build", Severity.ERROR, 2)
    assert "RUN make: make: *** No targets specified" in finding.message


@pytest.mark.parametrize(
    "said",
    [
        "Temporary failure in name resolution",
        "npm error code ENOTFOUND",
        "SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed",
        "write /layer: no space left on device",
    ],
)
async def test_what_this_machine_cannot_give_is_no_verdict_on_the_files(workspace: Workspace, engine: FakeEngine, said: str) -> None:
    engine.play(build={"says": [said], "status": 1})
    proof = await proof_of(workspace, engine)
    assert proof.findings == ()
    assert outcome(proof, Step.BUILD) is Outcome.NOT_CHECKED
    assert not proof.ok


async def test_a_base_image_the_registry_does_not_have_is_an_error_and_an_unreachable_registry_is_not(
    workspace: Workspace, engine: FakeEngine
) -> None:
    missing = dockerfile("FROM python:3.99\nCMD serve\n")
    engine.play(pull="Error: reading manifest 3.99 in docker.io/library/python: manifest unknown")
    proof = await proof_of(workspace, engine, missing)
    assert rules(proof) == {"proof_base_missing"}
    assert proof.findings[0].line == 1
    engine.play(pull="Error: pinging container registry: dial tcp: lookup registry: no such host")
    proof = await proof_of(workspace, engine, missing)
    assert proof.findings == ()
    assert outcome(proof, Step.BASES) is Outcome.NOT_CHECKED
    assert "python:3.99 could not be had here" in proof.checks[0].reason


async def test_without_an_engine_it_says_how_to_get_one(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workspace.containers.finding.shutil.which", lambda name, path=None: None)
    proof = await prove(workspace, (dockerfile(),))
    (check,) = proof.checks
    assert (check.status, check.paths) == (CheckStatus.NOT_CHECKED, ("Dockerfile",))
    assert "Install Podman" in check.reason
    assert not proof.ok
    assert proof_text(proof).startswith("not proved: No container engine")


async def test_without_a_dockerfile_there_is_nothing_to_prove(workspace: Workspace, engine: FakeEngine) -> None:
    proof = await proof_of(workspace, engine, Artifact("compose.yaml", "services: {}\n", Kind.COMPOSE))
    assert proof.not_proved == "there is no Dockerfile among the files"
    assert engine.calls_of("build") == []


async def test_every_dockerfile_is_proved_and_one_that_fails_does_not_stop_the_next(workspace: Workspace, engine: FakeEngine) -> None:
    broken = dockerfile("FROM nowhere:1\n", "a/Dockerfile")
    engine.play(pull="Error: no such host")
    proof = await proof_of(workspace, engine, broken, dockerfile(path="b/Dockerfile"))
    assert [(found.path, found.ok) for found in proof.images] == [("a/Dockerfile", False), ("b/Dockerfile", True)]


async def test_when_the_time_is_up_the_rest_is_not_checked(workspace: Workspace, engine: FakeEngine) -> None:
    engine.play(build={"sleep": 60})
    proof = await proof_of(workspace, engine, timeout=3.0)
    assert proof.checks[-1].status is CheckStatus.NOT_CHECKED
    assert "time" in proof.checks[-1].reason
    assert proof.findings == ()
    assert engine.left() == NOTHING


async def test_stopping_in_the_middle_of_a_build_leaves_nothing(workspace: Workspace, engine: FakeEngine, places: Path) -> None:
    engine.play(build={"child": True})
    events = watch(workspace, (dockerfile(),), engine=await engine.found())
    async for _ in events:
        if engine.has_child():
            break
        if engine.calls_of("build"):
            while not engine.has_child():
                await asyncio.sleep(0.02)
            break
    await events.aclose()  # type: ignore[attr-defined]
    assert not engine.child_runs()
    assert engine.left() == NOTHING
    assert list(places.iterdir()) == []


async def test_watching_yields_steps_and_lines_and_ends_with_the_proof(workspace: Workspace, engine: FakeEngine) -> None:
    events = [event async for event in watch(workspace, (dockerfile(),), engine=await engine.found())]
    assert isinstance(events[-1], DoneEvent)
    assert events[-1].proof.ok
    assert LineEvent("Dockerfile", Step.BUILD, "STEP 1/1: FROM base") in events
    ended = [event.step for event in events if isinstance(event, StepEvent) and event.outcome is not Outcome.RUNNING]
    assert ended == [step for step in Step if step is not Step.SERVICES]
    assert event_line(events[0]) == "Copy the workspace ..."


async def test_secrets_and_control_characters_stay_out_of_logs_and_findings(workspace: Workspace, engine: FakeEngine) -> None:
    canary = "ghp_" + "a1B2" * 9
    engine.play(build={"says": [f"token={canary}", "\x1b[31mred\x1b[0m \u202etxt"]}, dies=True, logs=[f"Error: bad token {canary}"])
    seen: list[ProofEvent] = []
    proof = await proof_of(workspace, engine, on_event=seen.append)
    told = repr(seen) + repr(proof) + proof_text(proof)
    assert canary not in told
    assert "\x1b" not in "".join(event.text for event in seen if isinstance(event, LineEvent))
    assert "masked" in proof.findings[0].message


HOSTILE = ("--privileged", "-v=/:/host", "$(touch pwned)", "a;reboot", "--build-arg=x", "-f")


async def test_a_hostile_name_never_becomes_an_option(workspace: Workspace, engine: FakeEngine) -> None:
    engine.play(build={"says": ["Error: no"], "status": 1})
    files = [dockerfile(f"FROM {name}\nCMD serve\n", f"{name}/Dockerfile") for name in HOSTILE]
    proof = await proof_of(workspace, engine, *files)
    assert len(proof.images) == len(HOSTILE)
    for call in engine.calls:
        assert not [word for at, word in enumerate(call) if word in HOSTILE and "--" not in call[:at]], call
    assert not (Path(workspace.location) / "pwned").exists()


async def test_a_path_that_leads_out_proves_nothing_and_writes_nothing(workspace: Workspace, engine: FakeEngine, tmp_path: Path) -> None:
    proof = await proof_of(workspace, engine, dockerfile(path="../../escaped/Dockerfile"))
    assert not proof.ok
    assert "'..'" in proof.not_proved
    assert not list(tmp_path.rglob("escaped"))
    assert engine.left() == NOTHING


async def test_a_proof_becomes_part_of_the_evidence_and_replaces_an_earlier_one(workspace: Workspace, engine: FakeEngine) -> None:
    assessment = await assess_artifacts((dockerfile(),), None)
    verdict = Verdict(
        run_id="r", strategy="best_of_n", text="", artifacts=(dockerfile(),), assessment=assessment, winner=None, execution="parallel",
        consensus=1.0, votes=(), reasons=(), candidates=(),
    )  # fmt: skip
    engine.play(listen=[5000])
    worse = with_proof(verdict, await proof_of(workspace, engine), None)
    assert worse.assessment is not None
    assert not worse.assessment.clean
    assert worse.assessment.score < assessment.score
    engine.play()
    better = with_proof(worse, await proof_of(workspace, engine), None)
    assert better.assessment is not None
    assert better.assessment.clean
    assert not [finding for finding in better.assessment.findings if finding.source == "proof"]
    assert sum(check.validator == "proof_build" for check in better.assessment.checks) == 1


async def test_the_table_and_the_data_say_the_same(workspace: Workspace, engine: FakeEngine) -> None:
    engine.play(uid=0)
    proof = await proof_of(workspace, engine)
    text, data = proof_text(proof), proof_data(proof)
    assert "uid" in text
    assert "the first process runs as root (uid 0)" in text
    assert (data["ok"], data["images"][0]["ok"], data["images"][0]["user"]) == (False, False, 0)
