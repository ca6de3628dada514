"""Delivery: the difference, the set applied as one, undo, history, and recovery after a crash."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workspace import exchange
from workspace.deliver import State, Status, apply, history, keep_hunks, plan_changes, recover, undo
from workspace.errors import ChangedOnDisk, JournalProblem, WriteFailed, WriteRefused
from workspace.files import open_workspace
from workspace.paths import TEMP_PREFIX
from workspace.trust import OPEN

ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "data" / "journal"


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def numbered(*changed, lines=40):
    return "".join(f"new {number}\n" if number in changed else f"line {number}\n" for number in range(lines))


def test_the_plan_tells_new_modified_unchanged_and_refused(folder, workspace):
    (folder / "a").write_text("one\ntwo\n")
    (folder / "same").write_text("same")
    (folder / "bin").write_bytes(b"\0\1")
    planned = plan_changes(workspace, {"a": "one\n2\n", "k/b": "x\n", "same": "same", "../x": "", ".env": "", "bin": "text"})
    assert [change.status for change in planned] == [Status.MODIFIED, Status.NEW, Status.UNCHANGED, *[Status.REFUSED] * 3]
    assert planned[0].diff == ("--- a/a", "+++ b/a", "@@ -1,2 +1,2 @@", " one", "-two", "+2")
    assert planned[1].diff == ("--- /dev/null", "+++ b/k/b", "@@ -0,0 +1 @@", "+x")
    assert (planned[0].added, planned[0].removed) == (1, 1)
    assert all(change.problem for change in planned[3:])


@given(
    st.lists(st.sampled_from(["a\n", "b\n", "c\n", "", "d"]), max_size=30),
    st.lists(st.sampled_from(["a\n", "b\n", "c\n", "e\n", "d"]), max_size=30),
)
@settings(max_examples=60, deadline=None)
def test_the_difference_is_one_that_patch_understands(before, after):
    old, new = "".join(before), "".join(after)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "f").write_text(old)
        (change,) = plan_changes(open_workspace(name, gate=OPEN), {"f": new})
        if not change.hunks:
            assert old == new
            return
        subprocess.run(["git", "init", "-q", name], check=True)
        subprocess.run(["git", "apply", "-"], cwd=name, input="\n".join(change.diff) + "\n", text=True, check=True)
        assert (folder / "f").read_text() == new


def test_hunks_are_taken_one_by_one(folder, workspace):
    (folder / "a").write_text(numbered())
    (change,) = plan_changes(workspace, {"a": numbered(3, 20, 36)})
    assert len(change.hunks) == 3
    assert keep_hunks(change, [1]).after == numbered(20)
    assert keep_hunks(change, [0, 2]).after == numbered(3, 36)
    assert keep_hunks(change, []).status is Status.UNCHANGED
    assert keep_hunks(change, [0, 1, 2]) is change


def test_single_hunks_of_a_file_that_is_not_utf8_are_refused(folder, workspace):
    (folder / "a").write_bytes(b"caf\xe9\n" + numbered().encode())
    (change,) = plan_changes(workspace, {"a": "coffee\n" + numbered(30)})
    with pytest.raises(WriteRefused, match="UTF-8"):
        keep_hunks(change, [0])


def test_line_ends_and_the_mark_at_the_start_are_kept(folder, workspace, journal):
    (folder / "a").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    (change,) = plan_changes(workspace, {"a": "one\n2\n"})
    assert change.removed == 1
    apply(workspace, [change], journal)
    assert (folder / "a").read_bytes() == b"\xef\xbb\xbfone\r\n2\r\n"


def test_apply_then_undo_restores_every_byte_mode_and_folder(folder, workspace, journal):
    (folder / "run.sh").write_text("old")
    (folder / "run.sh").chmod(0o750)
    before = content(folder)
    applied = apply(
        workspace, plan_changes(workspace, {"run.sh": "new", "k8s/base/web.yaml": "a: 1\n", "Dockerfile": "FROM scratch\n"}), journal
    )
    assert (folder / "run.sh").read_text() == "new"
    assert stat.S_IMODE((folder / "run.sh").stat().st_mode) == 0o750
    assert applied.new == ("k8s/base/web.yaml", "Dockerfile")
    assert [entry.state for entry in history(journal, workspace)] == [State.APPLIED]
    undone = undo(workspace, applied.id, journal)
    assert content(folder) == before
    assert stat.S_IMODE((folder / "run.sh").stat().st_mode) == 0o750
    assert (undone.state, undone.can_undo) == (State.UNDONE, False)
    with pytest.raises(JournalProblem, match="already undone"):
        undo(workspace, applied.id, journal)


def test_a_folder_that_is_in_use_stays_after_undo(folder, workspace, journal):
    applied = apply(workspace, plan_changes(workspace, {"k8s/web.yaml": "a: 1\n"}), journal)
    (folder / "k8s" / "mine").touch()
    undo(workspace, applied.id, journal)
    assert content(folder) == {"k8s": None, "k8s/mine": b""}


def test_previous_content_is_kept_for_the_user_alone(folder, workspace, journal):
    (folder / "a").write_text("old")
    apply(workspace, plan_changes(workspace, {"a": "new"}), journal)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in journal.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in journal.rglob("*") if path.is_dir())


def test_an_edit_between_the_look_and_the_apply_refuses_the_whole_set(folder, workspace, journal):
    (folder / "a").write_text("old")
    planned = plan_changes(workspace, {"new": "x", "a": "new"})
    (folder / "a").write_text("edited")
    before = content(folder)
    with pytest.raises(ChangedOnDisk, match="'a' was edited"):
        apply(workspace, planned, journal)
    assert content(folder) == before
    assert history(journal, workspace) == ()


def test_an_edit_after_the_apply_refuses_the_undo(folder, workspace, journal):
    applied = apply(workspace, plan_changes(workspace, {"a": "x", "b": "y"}), journal)
    (folder / "b").write_text("mine")
    with pytest.raises(ChangedOnDisk, match="'b' changed since"):
        undo(workspace, applied.id, journal)
    assert content(folder) == {"a": b"x", "b": b"mine"}
    assert history(journal, workspace)[0].can_undo


def test_an_earlier_set_points_to_the_later_one(workspace, journal):
    first = apply(workspace, plan_changes(workspace, {"a": "1"}), journal)
    second = apply(workspace, plan_changes(workspace, {"a": "2"}), journal)
    with pytest.raises(ChangedOnDisk, match="Undo the later change first"):
        undo(workspace, first.id, journal)
    undo(workspace, second.id, journal)
    undo(workspace, first.id, journal)
    assert [entry.id for entry in history(journal, workspace)] == [second.id, first.id]


def test_a_failure_midway_restores_what_was_replaced(folder, workspace, journal, monkeypatch):
    (folder / "a").write_text("old a")
    (folder / "c").write_text("old c")
    before = content(folder)
    switch = exchange._switch
    calls = []

    def failing(place):
        calls.append(place)
        if len(calls) == 3:
            raise WriteFailed("the disk is full")
        switch(place)

    monkeypatch.setattr(exchange, "_switch", failing)
    with pytest.raises(WriteFailed, match="the disk is full"):
        apply(workspace, plan_changes(workspace, {"a": "new a", "deep/b": "new b", "c": "new c"}), journal)
    assert content(folder) == before
    assert history(journal, workspace) == ()


def test_a_failed_undo_leaves_the_set_applied(folder, workspace, journal, monkeypatch):
    (folder / "a").write_text("old")
    applied = apply(workspace, plan_changes(workspace, {"a": "new", "b": "b"}), journal)
    after = content(folder)
    switch = exchange._switch

    def failing(place):
        if place.step.path == "b":
            raise WriteFailed("no")
        switch(place)

    monkeypatch.setattr(exchange, "_switch", failing)
    with pytest.raises(WriteFailed):
        undo(workspace, applied.id, journal)
    assert content(folder) == after
    monkeypatch.undo()
    undo(workspace, applied.id, journal)
    assert content(folder) == {"a": b"old"}


@pytest.mark.parametrize(
    "files", [{}, {"same": "same"}, {"a": "x", "a/b": "y"}, {"../x": "y"}, {"a": "x", "./a": "y"}, {f"f{n}": "x" for n in range(201)}]
)
def test_a_set_that_makes_no_sense_is_refused_and_writes_nothing(folder, workspace, journal, files):
    (folder / "same").write_text("same")
    with pytest.raises(WriteRefused):
        apply(workspace, plan_changes(workspace, files), journal)
    assert content(folder) == {"same": b"same"}


@pytest.mark.parametrize("number", ["", "../x", "20260101T000000-0123456789ab", "x" * 5000])
def test_an_unknown_change_cannot_be_undone(workspace, journal, number):
    with pytest.raises(JournalProblem):
        undo(workspace, number, journal)


def test_a_damaged_copy_stops_the_undo_before_it_begins(folder, workspace, journal):
    (folder / "a").write_text("old")
    applied = apply(workspace, plan_changes(workspace, {"a": "new", "b": "b"}), journal)
    (copy,) = journal.rglob("*.before")
    copy.write_bytes(b"else")
    with pytest.raises(JournalProblem, match="damaged"):
        undo(workspace, applied.id, journal)
    assert content(folder) == {"a": b"new", "b": b"b"}
    assert history(journal, workspace)[0].can_undo


def test_each_workspace_has_its_own_history(tmp_path, workspace, journal):
    apply(workspace, plan_changes(workspace, {"a": "x"}), journal)
    (tmp_path / "other").mkdir()
    assert history(journal, open_workspace(str(tmp_path / "other"))) == ()


def test_old_records_are_forgotten(workspace, journal, monkeypatch):
    monkeypatch.setattr("workspace.journal.KEPT_RECORDS", 3)
    for number in range(6):
        apply(workspace, plan_changes(workspace, {"a": str(number)}), journal)
    assert len(history(journal, workspace)) == 3


PATHS = ["a", "b", "d/c", "d/e/f", "ü/x", "-n"]


@given(
    st.dictionaries(st.sampled_from(PATHS), st.binary(max_size=40).filter(lambda data: b"\0" not in data)),
    st.lists(
        st.dictionaries(st.sampled_from(PATHS), st.text(max_size=40).filter(lambda text: "\0" not in text), min_size=1),
        min_size=1,
        max_size=4,
    ),
)
@settings(max_examples=60, deadline=None)
def test_any_sequence_of_sets_is_undone_to_the_same_bytes(start, sets):
    with tempfile.TemporaryDirectory() as name:
        folder, journal = Path(name) / "w", Path(name) / "j"
        folder.mkdir()
        for path, data in start.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        workspace = open_workspace(str(folder), gate=OPEN)
        states, done = [content(folder)], []
        for files in sets:
            planned = [change for change in plan_changes(workspace, files) if change.status in (Status.NEW, Status.MODIFIED)]
            if planned:
                done.append(apply(workspace, planned, journal))
                states.append(content(folder))
        for applied in reversed(done):
            assert content(folder) == states.pop()
            undo(workspace, applied.id, journal)
        assert content(folder) == states.pop()


CRASH = """
import os, sys; sys.path.insert(0, sys.argv[3])
from pathlib import Path
from workspace import confined, exchange
from workspace.deliver import apply, history, plan_changes, undo
from workspace.files import open_workspace
from workspace.trust import OPEN
workspace, journal, number, job = open_workspace(sys.argv[1], gate=OPEN), Path(sys.argv[2]), int(sys.argv[4]), sys.argv[5]
calls = 0
def dying(function):
    def inner(*args, **keywords):
        global calls
        calls += 1
        if calls == number: os.kill(os.getpid(), 9)
        result = function(*args, **keywords)
        calls += 1
        if calls == number: os.kill(os.getpid(), 9)
        return result
    return inner
planned = plan_changes(workspace, {"a": "new a", "deep/b": "new b", "c": "new c"})
if job == "undo": applied = apply(workspace, planned, journal)
for name in ("fsync", "replace", "link", "unlink", "mkdir", "rmdir"):
    setattr(os, name, dying(getattr(os, name)))
if job == "undo": undo(workspace, applied.id, journal)
else: apply(workspace, planned, journal)
print("finished")
"""


@pytest.mark.parametrize("job", ["apply", "undo"])
def test_killed_at_any_step_every_file_is_old_or_new_and_recovery_brings_the_old_set_back(tmp_path, job):
    finished = False
    for number in range(1, 200):
        folder, journal = tmp_path / f"w{number}", tmp_path / f"j{number}"
        folder.mkdir()
        (folder / "a").write_text("old a")
        (folder / "c").write_text("old c")
        old = content(folder)
        run = subprocess.run(
            [sys.executable, "-c", CRASH, folder, journal, ROOT, str(number), job], capture_output=True, text=True, timeout=60, check=False
        )
        if "finished" in run.stdout:
            finished = True
            break
        assert run.returncode == -9, run.stderr
        for path, data in content(folder).items():
            if data is not None and TEMP_PREFIX not in path:
                assert data in (f"old {path[-1]}".encode(), f"new {path[-1]}".encode()), (number, path)
        workspace = open_workspace(str(folder), gate=OPEN)
        states = {entry.state for entry in history(journal, workspace)}
        recovered = recover(workspace, journal)
        if State.APPLIED not in states:
            assert content(folder) == old, (number, states)
        assert recover(workspace, journal) == ()
        assert not {State.PREPARED, State.UNDOING} & {entry.state for entry in history(journal, workspace)}
        assert all(not entry.left for entry in recovered)
    assert finished


def test_recovery_leaves_an_edit_made_after_the_crash_alone(folder, workspace, journal):
    (folder / "a").write_text("old a")
    run = subprocess.run([sys.executable, "-c", CRASH, folder, journal, ROOT, "40", "apply"], capture_output=True, timeout=60, check=False)
    assert run.returncode == -9
    (folder / "a").write_text("mine")
    (recovered,) = recover(workspace, journal)
    assert recovered.left == ("a",)
    assert content(folder) == {"a": b"mine"}
    assert os.listdir(folder) == ["a"]


def test_a_journal_that_cannot_be_used_is_a_sentence_and_nothing_is_written(folder, workspace, journal):
    journal.parent.mkdir(parents=True)
    journal.write_text("a file where the folder should be")
    with pytest.raises(JournalProblem, match=r"cannot be read: .* Set OMNI_DATA_DIR"):
        history(journal, workspace)
    with pytest.raises(JournalProblem):
        recover(workspace, journal)
    with pytest.raises(WriteFailed, match=r"cannot be written: .* Set OMNI_DATA_DIR"):
        apply(workspace, plan_changes(workspace, {"a": "x"}), journal)
    assert content(folder) == {}
