"""Git as a user expects it: status, staging, commits, branches, tags, the stash, and the server, with every failure in words."""

from __future__ import annotations

import pytest

from tests.support.git_server import git
from workspace.errors import Diverged, GitFailed, InvalidName, MergeConflict, NoIdentity, NoRepository, Restricted, SecretsFound
from workspace.files import open_workspace
from workspace.repository import changing, looking, merging, remotes
from workspace.repository.program import open_git
from workspace.repository.records import Mark, Side
from workspace.trust import OPEN

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


async def test_the_status_names_every_file_and_what_became_of_it(repo, shop):
    (shop / "app.py").write_text("app = 2\n")
    (shop / "new name.txt").write_text("x\n")
    (shop / "gone").write_text("x\n")
    git(shop, "add", "gone")
    (shop / "gone").unlink()
    found = await looking.status_of(repo)
    assert found.branch == "main"
    assert {(file.path, file.staged, file.unstaged) for file in found.files} == {
        ("app.py", Mark.NONE, Mark.CHANGED),
        ("new name.txt", Mark.NONE, Mark.NEW),
        ("gone", Mark.NEW, Mark.DELETED),
    }


async def test_what_is_staged_is_committed_and_nothing_else(repo, shop):
    (shop / "app.py").write_text("app = 2\n")
    (shop / "Dockerfile").write_text("FROM scratch\n")
    (shop / "-n --all").write_text("odd\n")
    await changing.stage(repo, ["Dockerfile", "-n --all"])
    assert "+FROM scratch" in await looking.difference(repo, "Dockerfile", staged=True)
    made = await changing.commit(repo, "Add a Dockerfile\n\nWith reasons.\n# not a comment\n")
    assert git(shop, "log", "-1", "--format=%H %an <%ae> %B") == (
        f"{made.id} Ann <ann@example.org> Add a Dockerfile\n\nWith reasons.\n# not a comment"
    )
    assert git(shop, "show", "--name-only", "--format=", "HEAD").splitlines() == ["-n --all", "Dockerfile"]
    assert [file.path for file in (await looking.status_of(repo)).files] == ["app.py"]


async def test_a_file_is_taken_out_of_the_commit_again(repo, shop):
    (shop / "app.py").write_text("app = 2\n")
    await changing.stage(repo, ["app.py"])
    await changing.unstage(repo, ["app.py"])
    with pytest.raises(GitFailed, match="Nothing is staged"):
        await changing.commit(repo, "Change it")
    assert (shop / "app.py").read_text() == "app = 2\n"


async def test_the_first_commit_of_a_new_repository(tmp_path):
    folder = tmp_path / "fresh"
    folder.mkdir()
    (folder / "a").write_text("1\n")
    workspace = open_workspace(str(folder), gate=OPEN)
    with pytest.raises(NoRepository, match="no Git repository yet"):
        await open_git(workspace)
    await changing.make_repository(workspace)
    fresh = await open_git(workspace)
    assert (await looking.snapshot(fresh)).commits == ()
    await changing.stage(fresh, ["a"])
    await changing.unstage(fresh, ["a"])
    await changing.stage(fresh, ["a"])
    await changing.commit(fresh, "Begin")
    assert git(folder, "log", "--format=%s") == "Begin"


async def test_secrets_stop_a_commit_until_each_is_let_through(repo, shop):
    (shop / "app.py").write_text(f'app = 1\n\ntoken = "{TOKEN}"\n')
    (shop / ".env").write_text("A=1\n")
    await changing.stage(repo, ["app.py"])
    git(shop, "add", "-f", ".env")
    found = await changing.staged_secrets(repo)
    assert [(secret.path, secret.line) for secret in found] == [(".env", 1), ("app.py", 3)]
    with pytest.raises(SecretsFound, match="line 3") as stopped:
        await changing.commit(repo, "Add it", {found[0].id})
    assert TOKEN not in str(stopped.value) + repr(found)
    assert git(shop, "log", "--format=%s") == "first"
    made = await changing.commit(repo, "Add it", {secret.id for secret in found})
    assert made.let_through == found
    (shop / "app.py").write_text(f'app = 2\n\ntoken = "{TOKEN}"\n')
    await changing.stage(repo, ["app.py"])
    assert await changing.staged_secrets(repo) == ()  # what is committed already is not found again


async def test_without_a_name_for_the_author_it_says_so_and_takes_one(workspace, shop, home):
    (home / ".gitconfig").unlink()
    (shop / "a").write_text("1\n")
    nobody = await open_git(workspace)
    await changing.stage(nobody, ["a"])
    with pytest.raises(NoIdentity, match="name and address"):
        await changing.commit(nobody, "Add a")
    await changing.commit(await open_git(workspace, ("Bo <x>\n", "bo@example.org")), "Add a")
    assert git(shop, "log", "-1", "--format=%an %ae %cn") == "Bo x bo@example.org Bo x"


async def test_branches_are_made_and_switched_without_losing_an_edit(repo, shop):
    await changing.create_branch(repo, "deploy/docker")
    (shop / "app.py").write_text("app = 2\n")
    await changing.stage(repo, ["app.py"])
    await changing.commit(repo, "Change")
    (shop / "app.py").write_text("app = 3\n")
    with pytest.raises(GitFailed, match="would be overwritten"):
        await changing.switch(repo, "main")
    assert (shop / "app.py").read_text() == "app = 3\n"
    await changing.stash(repo, "three")
    await changing.switch(repo, "main")
    assert (shop / "app.py").read_text() == "app = 1\n"
    with pytest.raises(GitFailed, match="does not fit any more"):
        await changing.unstash(repo)
    assert (shop / "app.py").read_text() == "app = 1\n"
    await changing.switch(repo, "deploy/docker")
    await changing.unstash(repo)
    assert (shop / "app.py").read_text() == "app = 3\n"
    assert await looking.stash_list(repo) == ()
    with pytest.raises(InvalidName, match="exists already"):
        await changing.create_branch(repo, "main")
    with pytest.raises(InvalidName, match="no branch"):
        await changing.switch(repo, "nowhere")


async def test_the_log_has_parents_and_names(repo, shop):
    await changing.create_tag(repo, "v1.0", "The first\nrelease")
    await changing.create_tag(repo, "plain")
    seen = await looking.snapshot(repo)
    assert [commit.subject for commit in seen.commits] == ["first"]
    assert set(seen.commits[0].names) == {"refs/heads/main", "refs/tags/v1.0", "refs/tags/plain"}
    assert {tag.short for tag in seen.tags} == {"v1.0", "plain"}
    assert all(tag.commit == seen.commits[0].id for tag in seen.tags)
    assert seen.branches[0].current
    assert git(shop, "cat-file", "-t", "v1.0") == "tag"


async def test_a_file_of_a_filter_is_not_staged_raw(repo, shop):
    (shop / ".gitattributes").write_text("*.bin filter=lfs\n")
    (shop / "big.bin").write_text("x")
    with pytest.raises(GitFailed, match=r"Git LFS.*terminal"):
        await changing.stage(repo, ["big.bin"])


async def test_clone_commit_push_and_read_it_back(server, tmp_path):
    bare = server.make("orders", {"app.py": "app = 1\n"})
    told: list[str] = []
    folder = await remotes.clone(server.url("orders"), tmp_path / "code", on_line=told.append)
    assert folder == tmp_path / "code" / "orders"
    assert any("Receiving objects" in line or "remote:" in line for line in told)
    assert [path.name for path in folder.parent.iterdir()] == ["orders"]
    mine = await open_git(open_workspace(str(folder), gate=OPEN))
    await changing.create_branch(mine, "deploy")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    await changing.stage(mine, ["Dockerfile"])
    await changing.commit(mine, "Add a Dockerfile")
    assert "Pushed deploy" in await remotes.push(mine)
    assert git(bare, "show", "deploy:Dockerfile") == "FROM scratch"
    after = await looking.status_of(mine)
    assert (after.upstream, after.ahead, after.behind) == ("origin/deploy", 0, 0)
    await changing.create_tag(mine, "v1")
    await remotes.push(mine, tag="v1")
    assert git(bare, "tag") == "v1"


async def test_pull_moves_forward_and_says_what_came(server, tmp_path):
    server.make("pulled", {"app.py": "app = 1\n"})
    folder = await remotes.clone(server.url("pulled"), tmp_path)
    mine = await open_git(open_workspace(str(folder), gate=OPEN))
    server.commit("pulled", {"other.py": "x = 1\n"}, "theirs")
    came = await remotes.pull(mine)
    assert (came.commits, came.files) == (1, ("other.py",))
    assert (folder / "other.py").exists()
    assert (await remotes.pull(mine)).commits == 0


async def test_when_both_sides_moved_the_ways_out_lose_nothing(server, tmp_path):
    server.make("split", {"app.py": "app = 1\n", "b.py": "b = 1\n"})
    folder = await remotes.clone(server.url("split"), tmp_path)
    mine = await open_git(open_workspace(str(folder), gate=OPEN))
    (folder / "app.py").write_text("app = 'mine'\n")
    await changing.stage(mine, ["app.py"])
    await changing.commit(mine, "Mine")
    server.commit("split", {"app.py": "app = 'theirs'\n"}, "Theirs")
    with pytest.raises(GitFailed, match="Pull first"):
        await remotes.push(mine)
    with pytest.raises(Diverged, match=r"you have 1 commit .* it has 1 .*app\.py"):
        await remotes.pull(mine)
    with pytest.raises(MergeConflict, match=r"app\.py.*Nothing was changed"):
        await merging.merge_theirs(mine)
    assert (folder / "app.py").read_text() == "app = 'mine'\n"
    assert not (await looking.status_of(mine)).unfinished
    await remotes.set_aside(mine, "mine")
    await remotes.push(mine)
    assert git(server.root / "split.git", "show", "mine:app.py") == "app = 'mine'"


async def test_different_files_are_merged(server, tmp_path):
    server.make("merged", {"a": "1\n", "b": "1\n"})
    folder = await remotes.clone(server.url("merged"), tmp_path)
    mine = await open_git(open_workspace(str(folder), gate=OPEN))
    (folder / "a").write_text("2\n")
    await changing.stage(mine, ["a"])
    await changing.commit(mine, "Mine")
    server.commit("merged", {"b": "2\n"}, "Theirs")
    with pytest.raises(Diverged, match="different files"):
        await remotes.pull(mine)
    assert (await merging.merge_theirs(mine)).files == ("b",)
    assert (folder / "a").read_text() + (folder / "b").read_text() == "2\n2\n"


async def test_a_conflict_is_decided_file_by_file(server, tmp_path):
    first = {"mine.py": "a = 1\n", "theirs.py": "b = 1\n", "both.txt": "one\ntwo\nthree\n", "gone.py": "c = 1\n", "kept.py": "d = 1\n"}
    server.make("decided", first)
    folder = await remotes.clone(server.url("decided"), tmp_path)
    mine = await open_git(open_workspace(str(folder), gate=OPEN))
    token = "gh" + "p_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    changed = {"mine.py": "a = 'mine'\n", "theirs.py": f"b = '{token}'\n", "both.txt": "one\nmine\nthree\n", "kept.py": "d = 'mine'\n"}
    for path, text in changed.items():
        (folder / path).write_text(text)
    (folder / "gone.py").unlink()
    await changing.stage(mine, [*changed, "gone.py"])
    await changing.commit(mine, "Mine", {secret.id for secret in await changing.staged_secrets(mine)})
    server.commit("decided", {path: text.replace("1", "'theirs'").replace("two", "theirs") for path, text in first.items()}, "Theirs")
    await remotes.fetch(mine)
    with pytest.raises(MergeConflict, match="Nothing was changed") as stopped:
        await merging.merge_theirs(mine, sides={"mine.py": Side.MINE})
    found = {conflict.path: conflict for conflict in stopped.value.conflicts}
    assert found.keys() == {*changed, "gone.py"}
    assert (found["gone.py"].mine, found["gone.py"].theirs, found["gone.py"].sides) == (
        Mark.DELETED,
        Mark.CHANGED,
        (Side.MINE, Side.THEIRS),
    )
    assert "-a = 'mine'\n+a = 'theirs'" in found["mine.py"].difference
    assert token not in found["theirs.py"].difference
    with pytest.raises(MergeConflict):  # both of a file that one side has deleted is no answer
        await merging.merge_theirs(mine, sides=dict.fromkeys(found, Side.BOTH))
    assert not (await looking.status_of(mine)).files
    sides = dict.fromkeys(found, Side.THEIRS) | {"mine.py": Side.MINE, "both.txt": Side.BOTH, "kept.py": Side.MINE}
    await merging.merge_theirs(mine, sides=sides)
    texts = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    assert texts == {
        "mine.py": "a = 'mine'\n",
        "theirs.py": "b = 'theirs'\n",
        "both.txt": "one\nmine\ntheirs\nthree\n",
        "gone.py": "c = 'theirs'\n",
        "kept.py": "d = 'mine'\n",
    }
    after = await looking.status_of(mine)
    assert (after.files, after.unfinished, after.behind) == ((), "", 0)
    assert len((await looking.history(mine))[0].parents) == 2
    assert "Conflicts" not in git(folder, "log", "-1", "--format=%B")
    assert "Pushed main" in await remotes.push(mine)
    assert list(tmp_path.glob("omni-merge-*")) == []


async def test_a_deletion_is_kept_and_a_merge_begun_elsewhere_is_aborted(server, tmp_path):
    server.make("deleted", {"a.py": "a = 1\n", "b.py": "b = 1\n"})
    folder = await remotes.clone(server.url("deleted"), tmp_path)
    mine = await open_git(open_workspace(str(folder), gate=OPEN))
    (folder / "a.py").unlink()
    await changing.stage(mine, ["a.py"])
    await changing.commit(mine, "Mine")
    server.commit("deleted", {"a.py": "a = 2\n"}, "Theirs")
    await remotes.fetch(mine)
    git(folder, "merge", "origin/main", check=False)
    with pytest.raises(GitFailed, match="a merge that was begun"):
        await merging.merge_theirs(mine)
    await merging.abort(mine)
    with pytest.raises(GitFailed, match="no merge"):
        await merging.abort(mine)
    await merging.merge_theirs(mine, sides={"a.py": Side.MINE})
    assert not (folder / "a.py").exists()
    assert not (await looking.status_of(mine)).files


async def test_a_clone_that_fails_leaves_nothing(server, tmp_path):
    with pytest.raises(GitFailed, match="no such repository"):
        await remotes.clone(server.url("missing"), tmp_path / "code")
    assert list((tmp_path / "code").iterdir()) == []
    (tmp_path / "code" / "taken").mkdir()
    with pytest.raises(GitFailed, match="is there already"):
        await remotes.clone(server.url("missing"), tmp_path / "code", "taken")


async def test_a_linked_worktree_is_followed_and_a_pointer_that_leads_astray_is_not(shop, tmp_path):
    git(shop, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = await open_git(open_workspace(str(tmp_path / "side"), gate=OPEN))
    assert (await looking.status_of(side)).branch == "side"
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {shop / '.git'}\n")
    with pytest.raises(GitFailed, match="points elsewhere"):
        await open_git(open_workspace(str(other), gate=OPEN))


async def test_nothing_is_run_before_trust(shop):
    with pytest.raises(Restricted):
        await open_git(open_workspace(str(shop)))
    with pytest.raises(Restricted):
        await changing.make_repository(open_workspace(str(shop)))
