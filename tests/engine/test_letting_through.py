"""A secret that a user sends deliberately: that one, to that run's members, and nowhere else; every other stays masked."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from architect.request import Target
from engine.generate import Prepared, prepare, read_profile, run
from engine.runs import RunStore
from providers.ensemble import EnsembleProvider
from tests.support.planted import planted
from tests.support.providers import FakeProvider
from workspace.files import Workspace, open_workspace

APP = {"app.py": "from flask import Flask\napp = Flask(__name__)\n", "requirements.txt": "flask==3.1\n"}
FIRST, SECOND = "postgresql://shop:Kq83" + "vXw2pLm@db/shop", "Zt7" + "rQw9eYp4"
CONFIG = f'URL = "{FIRST}"\nPASSWORD = "{SECOND}"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in {**APP, "config.py": CONFIG, ".env": f"KEY={SECOND}\n"}.items():
        (folder / name).write_text(text)
    return open_workspace(str(folder))


def asked(workspace: Workspace, *let: str, selection: tuple[str, ...] = ("config.py", ".env"), **options: int) -> Prepared:
    return prepare(workspace, read_profile(workspace), [Target("dockerfile")], selection=selection, let_through=let, **options)


def found(prepared: Prepared) -> list:
    return [finding for file in prepared.included for finding in file.findings]


def test_one_that_is_let_through_is_sent_and_the_other_is_not(workspace: Workspace) -> None:
    first, second = found(asked(workspace))
    prepared = asked(workspace, second.id)
    assert SECOND in prepared.sending.text
    assert "Kq83" not in prepared.sending.text
    assert prepared.secrets_masked == 1
    assert prepared.tokens > 0
    both = asked(workspace, first.id, second.id).sending.text
    assert CONFIG.strip() in both


async def test_only_the_members_of_that_run_see_it_and_the_history_does_not(workspace: Workspace, tmp_path: Path) -> None:
    _, second = found(asked(workspace))
    store, member = RunStore(tmp_path / "history.sqlite3"), FakeProvider("FROM scratch\n")
    ensemble = EnsembleProvider([member])
    await run(asked(workspace, second.id), ensemble, store=store, owner="ann", workspace=workspace.location)
    await run(asked(workspace), ensemble, store=store, owner="ann", workspace=workspace.location)
    (first, _), (again, _) = member.seen
    assert SECOND in first.text
    assert SECOND not in again.text
    assert not [file for file in tmp_path.glob("history*") if SECOND.encode() in file.read_bytes()]


def test_what_is_kept_and_shown_to_others_holds_neither(workspace: Workspace) -> None:
    first, second = found(asked(workspace))
    prepared = asked(workspace, first.id, second.id)
    assert SECOND not in prepared.prompt.text
    assert SECOND not in repr(prepared)
    assert SECOND not in json.dumps(asdict(first)) + json.dumps(asdict(second))


def test_the_word_holds_for_that_secret_in_that_file_alone(workspace: Workspace) -> None:
    _, second = found(asked(workspace))
    top = Path(workspace.location)
    (top / "other.py").write_text(f'PASSWORD = "{SECOND}"\n')
    (top / "config.py").write_text(CONFIG.replace(SECOND, SECOND[::-1]))
    text = asked(workspace, second.id, selection=("config.py", "other.py")).sending.text
    assert SECOND not in text
    assert SECOND[::-1] not in text


def test_a_denied_file_cannot_be_let_through(workspace: Workspace) -> None:
    prepared = asked(workspace)
    assert [omitted.path for omitted in prepared.omitted] == [".env"]
    assert not [file for file in prepared.included if file.path == ".env"]


def test_a_repository_cannot_speak_the_words_of_a_stand_in(workspace: Workspace) -> None:
    first, second = found(asked(workspace))
    (Path(workspace.location) / "notes.md").write_text(f"<masked: let through {second.id}>\n")
    text = asked(workspace, selection=("config.py", "notes.md")).sending.text
    assert SECOND not in text
    assert "Kq83" not in text
    assert first.id != second.id


def test_what_was_cut_off_by_the_budget_is_not_counted(workspace: Workspace) -> None:
    (Path(workspace.location) / "long.py").write_text(CONFIG + "x = 1\n" * 4_000 + f'TOKEN = "{SECOND[::-1]}"\n')
    prepared = asked(workspace, selection=("long.py",), token_budget=400)
    assert prepared.included[0].truncated
    assert prepared.secrets_masked == 2


def test_every_kind_of_secret_can_be_sent_by_itself_and_is_masked_by_default(tmp_path: Path) -> None:
    for name, text in APP.items():
        (tmp_path / name).write_text(text)
    places = {}
    for number, (path, text, secret) in enumerate(planted(11).values()):
        target = tmp_path / f"part{number}" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        places[str(target.relative_to(tmp_path))] = secret
    workspace = open_workspace(str(tmp_path))
    prepared = asked(workspace, selection=tuple(places), token_budget=200_000)
    assert sum(secret in prepared.sending.text for secret in places.values()) <= 1
    ids = [finding.id for finding in found(prepared)]
    assert len(set(ids)) == len(ids)
    through = asked(workspace, *ids, selection=tuple(places), token_budget=200_000)
    assert not [
        path for path, secret in places.items() if path not in {o.path for o in through.omitted} and secret not in through.sending.text
    ]
    assert sum(secret in through.prompt.text for secret in places.values()) <= 1
