"""The layout holds: what import-linter cannot see is checked from the sources themselves."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("ui", "pages", "engine", "providers", "architect", "artifacts", "workspace", "collaboration", "telemetry", "utils")
SOURCES = sorted(
    [ROOT / "app.py", ROOT / "config.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))],
    key=str,
)
LONGEST_FILE = 400
STARTERS = {
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
    "os.system",
    "os.popen",
    "os.posix_spawn",
    "os.fork",
}


def imported(path: Path) -> set[str]:
    """Return the top-level names a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def users_of(*modules: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in SOURCES if imported(path) & set(modules)}


def test_nobody_imports_the_launcher_or_a_page() -> None:
    assert users_of("app", "pages") == set()


def test_streamlit_is_imported_in_the_launcher_the_pages_and_the_ui_only() -> None:
    assert {room(ROOT / path) for path in users_of("streamlit")} <= {"app", "pages", "ui"}


def test_the_environment_is_read_in_config_alone() -> None:
    readers = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
                readers.add(str(path.relative_to(ROOT)))
    allowed = {"config.py"}
    assert {reader for reader in readers if reader not in allowed and not clean_environment_of_a_child(reader)} == set()


def clean_environment_of_a_child(path: str) -> bool:
    """A runner of other programs builds the child's environment from a few names of its own; it reads no setting."""
    return path.startswith(("workspace/", "artifacts/validators/"))


def test_other_programs_are_started_by_the_workspace_the_bounded_children_and_the_sidecars_supervisor_only() -> None:
    starters = users_of("subprocess")
    for path in SOURCES:
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
        names = {f"{node.value.id}.{node.attr}" for node in calls if isinstance(node.value, ast.Name)}
        if names & STARTERS:
            starters.add(str(path.relative_to(ROOT)))
    bounded = {"artifacts/child.py", "artifacts/programs/running.py", "collaboration/supervisor.py"}
    assert {path for path in starters if not path.startswith("workspace/")} <= bounded


def test_no_file_is_two_rooms_in_one() -> None:
    long = {str(path.relative_to(ROOT)): n for path in SOURCES if (n := len(path.read_text().splitlines())) > LONGEST_FILE}
    assert long == {}


def test_every_source_file_says_in_its_first_line_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path in SOURCES if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


@pytest.mark.parametrize("name", ["engine.__main__", "engine.generate", "providers", "architect", "artifacts.judge", "workspace.files"])
def test_importing_a_room_loads_no_vendor_sdk_and_no_streamlit(name: str) -> None:
    script = (
        f"import sys, {name}; "
        "heavy = ('openai', 'google.genai', 'ibm_watsonx_ai', 'ollama', 'streamlit', 'pandas', 'detect_secrets'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.strip() == "[]"


def test_no_committed_file_names_a_registry_or_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    hosts = ["pypi" + ".org", "python" + "hosted.org", "npmjs" + ".org", "npmjs" + ".com", "deb.debian" + ".org"]
    named = []
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_text(errors="replace")
            named += [(name, host) for host in hosts if host in text]
    assert named == []
