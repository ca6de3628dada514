"""Tools of the vendors' own: what they say becomes findings, what they cannot see is not checked, and none of them fetches anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifacts.records import Artifact, Kind, Severity
from artifacts.validator import NotChecked, Validator
from artifacts.validators.kustomize import Kustomize
from artifacts.validators.terraform_fmt import TerraformFmt
from artifacts.validators.terraform_validate import TerraformValidate

MAIN = Artifact("terraform/main.tf", 'output "b" {\n  value = var.a\n}\n', Kind.TERRAFORM)
OTHER = Artifact("terraform/variables.tf", 'variable "a" {\n  type = string\n}\n', Kind.TERRAFORM)
KUSTOMIZATION = Artifact(
    "k8s/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [app.yaml]\n", Kind.KUBERNETES
)


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, script: str) -> Path:
    """Put a program in the place of the real one; what it was asked stands in `asked`."""
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\nenv | sort > {folder}/environment\n{script}\n')
    path.chmod(0o755)
    for module in ("terraform_fmt", "kustomize"):
        monkeypatch.setattr(f"artifacts.validators.{module}.find_program", lambda wanted: str(path) if wanted == name else None)
    return folder / "asked"


@pytest.mark.parametrize("validator", [TerraformFmt(), TerraformValidate(), Kustomize()], ids=lambda validator: validator.id)
async def test_a_program_that_is_not_installed_is_not_checked(validator: Validator, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("terraform_fmt", "kustomize"):
        monkeypatch.setattr(f"artifacts.validators.{module}.find_program", lambda name: None)
    subject = KUSTOMIZATION if isinstance(validator, Kustomize) else MAIN
    with pytest.raises(NotChecked, match="installed here"):
        await validator.check(subject, (subject,), 5)


async def test_a_file_that_would_be_laid_out_otherwise_is_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stand_in(monkeypatch, tmp_path, "terraform", "ls; exit 3")
    found = await TerraformFmt().check(MAIN, (MAIN, OTHER), 5)
    assert [(finding.path, finding.severity) for finding in found] == [
        ("terraform/main.tf", Severity.HINT),
        ("terraform/variables.tf", Severity.HINT),
    ]
    assert await TerraformFmt().check(OTHER, (MAIN, OTHER), 5) == ()
    assert asked.read_text() == "fmt -check -no-color\n"


async def test_what_terraform_cannot_read_is_an_error_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, tmp_path, "terraform", "printf 'Error: Invalid expression\\n\\n  on main.tf line 2, in output:\\n' >&2; exit 2")
    found = await TerraformFmt().check(MAIN, (MAIN,), 5)
    assert [(finding.message, finding.line, finding.severity) for finding in found] == [("Invalid expression", 2, Severity.ERROR)]


async def test_terraform_validates_from_the_machines_own_providers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = '{"diagnostics": [{"severity": "error", "summary": "No a: x", "range": {"filename": "main.tf", "start": {"line": 2}}}]}'
    script = f"cat \"$TF_CLI_CONFIG_FILE\" > {tmp_path}/settings; [ $1 = init ] || echo '{said}'"
    asked = stand_in(monkeypatch, tmp_path, "terraform", script)
    found = await TerraformValidate().check(MAIN, (MAIN, OTHER), 5)
    assert [(finding.path, finding.line, finding.message) for finding in found] == [("terraform/main.tf", 2, "No a: x")]
    assert asked.read_text().splitlines() == ["init -backend=false -input=false -no-color -get=false", "validate -json -no-color"]
    assert "filesystem_mirror" in (tmp_path / "settings").read_text()
    assert "direct" not in (tmp_path / "settings").read_text()
    assert "CHECKPOINT_DISABLE=1" in (tmp_path / "environment").read_text()


@pytest.mark.parametrize(
    ("text", "script", "words"),
    [(MAIN.content, "exit 1", "none is fetched"), ('locals {\n  a = file("/etc/passwd")\n}\n', "exit 0", "reads files")],
)
async def test_terraform_is_no_judge_of_what_it_may_not_see(
    text: str, script: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stand_in(monkeypatch, tmp_path, "terraform", script)
    subject = Artifact("main.tf", text, Kind.TERRAFORM)
    with pytest.raises(NotChecked, match=words):
        await TerraformValidate().check(subject, (subject,), 5)
    assert asked.exists() == ("fetched" in words)


async def test_a_kustomization_that_cannot_be_built_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stand_in(monkeypatch, tmp_path, "kubectl", "echo 'error: may not add resource with an already registered id' >&2; exit 1")
    found = await Kustomize().check(KUSTOMIZATION, (KUSTOMIZATION,), 5)
    assert [(finding.severity, finding.path) for finding in found] == [(Severity.ERROR, "k8s/kustomization.yaml")]
    assert asked.read_text().startswith("kustomize /")
    app = Artifact("k8s/app.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", Kind.KUBERNETES)
    assert await Kustomize().check(app, (app, KUSTOMIZATION), 5) == ()


@pytest.mark.parametrize(
    ("resource", "script", "words"),
    [
        ("https://example.com/a.yaml", "exit 0", "nothing is fetched"),
        ("app.yaml", "echo 'lstat app.yaml: no such file or directory' >&2; exit 1", "no part of the answer"),
    ],
)
async def test_kustomize_fetches_nothing_and_is_no_judge_of_a_part(
    resource: str, script: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, tmp_path, "kubectl", script)
    subject = Artifact(KUSTOMIZATION.path, KUSTOMIZATION.content.replace("app.yaml", resource), Kind.KUBERNETES)
    with pytest.raises(NotChecked, match=words):
        await Kustomize().check(subject, (subject,), 5)
