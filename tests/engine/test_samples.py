"""The sample: everyone gets a copy of their own."""

from __future__ import annotations

import pytest

from engine import samples
from engine.samples import SHIPPED, open_sample
from workspace.errors import NotFound, WriteFailed


def test_an_owner_gets_one_copy_and_finds_their_changes_again(tmp_path):
    first = open_sample(tmp_path, "ann")
    first.write_atomic("Dockerfile", "FROM scratch\n")
    again = open_sample(tmp_path, "ann")
    assert again.read_text("Dockerfile") == "FROM scratch\n"
    assert again.name == "sample-shop"
    assert not (SHIPPED / "Dockerfile").exists()


def test_two_owners_do_not_meet(tmp_path):
    assert open_sample(tmp_path, "ann").location != open_sample(tmp_path, "bob").location


def test_the_owners_id_is_not_in_the_path(tmp_path):
    assert "secret-browser" not in open_sample(tmp_path, "secret-browser").location


def test_a_copy_holds_every_shipped_file_and_nothing_half_done(tmp_path):
    copy = open_sample(tmp_path, "ann")
    shipped = {path.relative_to(SHIPPED).as_posix() for path in SHIPPED.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    root = tmp_path / "samples"
    copied = {path.relative_to(copy.root.path).as_posix() for path in copy.root.path.rglob("*") if path.is_file()}
    assert copied == shipped
    assert len(list(root.iterdir())) == 1
    assert [path.name for path in copy.root.path.parent.iterdir()] == ["sample-shop"]


def test_a_missing_sample_and_an_unusable_data_folder_are_clear_sentences(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteFailed, match="OMNI_DATA_DIR"):
        open_sample(tmp_path / "file", "ann")
    monkeypatch.setattr(samples, "SHIPPED", tmp_path / "nowhere")
    with pytest.raises(NotFound, match="Open a folder of your own"):
        open_sample(tmp_path / "data", "ann")
