"""Drafts for Git: by rule from what is staged, and a model's words made plain."""

from __future__ import annotations

import pytest

from engine.drafting import clean_message, draft_message, draft_request
from tests.support.verdicts import SLIM, answered, file, verdict
from workspace.repository.records import Commit, FileStatus, Mark


def staged(*paths: str, mark: Mark = Mark.NEW) -> list[FileStatus]:
    return [FileStatus(path, mark, Mark.NONE) for path in paths]


@pytest.mark.parametrize(
    ("files", "subject"),
    [
        (staged("Dockerfile", ".dockerignore"), "Add a container image"),
        (staged("Dockerfile", "compose.yaml", mark=Mark.CHANGED), "Update a container image and a Compose file"),
        (staged("api/Dockerfile", "k8s/web.yaml", "infra/main.tf"), "Add a container image, Kubernetes manifests and Terraform"),
        (staged(".github/workflows/ci.yml"), "Add a pipeline"),
        (staged("src/app.py", mark=Mark.DELETED), "Remove app.py"),
        ([*staged("a"), *staged("b", mark=Mark.DELETED)], "Update a and b"),
        (staged(*(f"{'long' * 8}{n}" for n in range(9))), "Add 9 files"),
    ],
)
def test_the_subject_says_what_the_files_are(files, subject):
    assert draft_message(files).splitlines()[0] == subject
    assert len(subject) <= 72


def test_without_files_there_is_no_message():
    assert draft_message([]) == ""


def test_evidence_stands_only_with_files_of_the_run():
    made = verdict(answered(0, file(SLIM)))
    assert "Checked: 0 findings" in draft_message(staged("Dockerfile"), made)
    assert "Checked" not in draft_message(staged("other.py"), made)


def test_a_request_lists_commits_and_files():
    commits = [Commit("b", ("a",), "Ann", 0, "Add tests"), Commit("a", (), "Ann", 0, "Add a pipeline")]
    text = draft_request("deploy/fast-ci", commits, ["ci.yml"])
    assert text.splitlines()[0] == "# Deploy: fast ci"
    assert "- Add tests" in text
    assert "- `ci.yml`" in text
    assert draft_request("x", commits[:1], []).startswith("# Add tests")


def test_a_models_message_is_plain_text():
    assert clean_message("Here:\n```text\nAdd it\n\nWhy\x1b[31m not\n```\nBye") == "Add it\n\nWhy[31m not"
    assert clean_message("  Add it  ") == "Add it"
    assert len(clean_message("x\n" * 500).splitlines()) == 40
