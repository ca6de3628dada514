"""`make doctor`: what it looks at, what it says, and that it reads out no key."""

from __future__ import annotations

import os
import socket
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from config import Settings
from engine import doctor
from engine.doctoring import machine, setting
from engine.doctoring.records import Result, Standing
from workspace.errors import NoEngine

CANARY = "sk-canary-3f9a"


def settings_in(folder: Path, **values: object) -> Settings:
    given = {"omni_data_dir": folder / "data", "omni_log_file": folder / "omni.log", "omni_port": 0, "websocket_port": 0, **values}
    return Settings(_env_file=None, **given)  # type: ignore[call-arg, arg-type]


def said(results: list[Result], subject: str) -> Result:
    return next(result for result in results if result.subject == subject)


def test_a_machine_as_it_should_be_has_no_problem(tmp_path: Path) -> None:
    results = doctor.examine(settings_in(tmp_path))
    assert [result for result in results if result.standing is Standing.PROBLEM] == []
    assert "The program can start." in doctor.report(results)


def test_a_key_is_said_to_be_set_and_never_read_out(tmp_path: Path) -> None:
    text = doctor.report(doctor.examine(settings_in(tmp_path, openai_api_key=CANARY)))
    assert "Ready: a key is set." in text
    assert CANARY not in text


def test_a_vendor_without_a_key_names_the_variable_to_set(tmp_path: Path) -> None:
    found = said(setting.keys(settings_in(tmp_path)), "Google (Gemini)")
    assert (found.standing, "GEMINI_API_KEY" in found.todo) == (Standing.NOTE, True)


def test_a_port_in_use_is_a_problem_that_names_the_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = setting.ports(settings_in(tmp_path, omni_port=taken.getsockname()[1]))[0]
    assert found.standing is Standing.PROBLEM
    assert "OMNI_PORT" in found.todo


def test_a_port_of_the_sidecar_in_use_takes_only_collaboration_away(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = setting.ports(settings_in(tmp_path, websocket_port=taken.getsockname()[1]))[1]
    assert found.standing is Standing.NOTE


def test_the_sidecars_port_is_not_looked_at_when_collaboration_is_off(tmp_path: Path) -> None:
    assert len(setting.ports(settings_in(tmp_path, websocket_enabled=False))) == 1


def test_a_file_in_the_place_of_the_data_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    found = said(setting.places(settings_in(tmp_path), tmp_path), "Data folder")
    assert (found.standing, "OMNI_DATA_DIR" in found.todo) == (Standing.PROBLEM, True)


def test_a_log_that_is_a_link_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "omni.log").symlink_to(tmp_path / "elsewhere")
    assert said(setting.places(settings_in(tmp_path), tmp_path), "Log").standing is Standing.PROBLEM


@pytest.mark.parametrize(("mode", "standing"), [(0o600, Standing.OK), (0o640, Standing.NOTE), (0o644, Standing.NOTE)])
def test_a_file_of_keys_that_others_can_read_is_told(tmp_path: Path, mode: int, standing: Standing) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=")
    os.chmod(tmp_path / ".env", mode)
    assert said(setting.places(settings_in(tmp_path), tmp_path), ".env").standing is standing


def test_an_unknown_default_preset_is_a_problem_naming_the_choices(tmp_path: Path) -> None:
    found = setting.preset(settings_in(tmp_path, ensemble_default_preset="fastest"))
    assert found.standing is Standing.PROBLEM
    assert "balanced, fast, quality, diverse" in found.said


def test_a_package_in_another_version_is_told_and_a_missing_one_is_a_problem(tmp_path: Path) -> None:
    locked = tmp_path / "requirements.txt"
    locked.write_text('one==1.0 \\\n    --hash=sha256:00\ntwo==2.0 \\\nthree==3.0 ; sys_platform == "never" \\\n')

    def other(name: str) -> str:
        return {"one": "1.1", "two": "2.0"}[name]

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    assert (machine.packages(locked, other).standing, machine.packages(locked, other).said) == (Standing.NOTE, "one is 1.1, 1.0 was tested")
    assert machine.packages(locked, missing).standing is Standing.PROBLEM
    assert machine.packages(locked, lambda name: {"one": "1.0", "two": "2.0"}[name]).said == "2 as locked"


def test_a_program_that_is_not_installed_says_what_it_would_bring_and_how_to_get_it() -> None:
    found = machine.programs(lambda name: None)
    assert all(result.standing is Standing.NOTE and result.todo for result in found)
    assert "fmt and validate" in said(found, "terraform").said


def test_no_container_engine_is_a_note_with_the_way_to_get_one() -> None:
    async def none() -> object:
        raise NoEngine("No container engine can be used: docker is not installed.")

    found = machine.engine(none)  # type: ignore[arg-type]
    assert (found.standing, "Podman" in found.todo) == (Standing.NOTE, True)


def test_the_command_ends_with_1_where_something_keeps_the_program_from_starting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    monkeypatch.setattr(doctor, "settings", lambda: settings_in(tmp_path))
    assert doctor.main() == 1
