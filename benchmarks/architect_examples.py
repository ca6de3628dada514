"""Draws every example repository and prints how good the files are: score, rubric, hadolint, non-root, health check, time.

`architect_examples.py [EXAMPLES] [--style lean] [--score score.py] [--rubric rubric.py] [--keep DIR]`: EXAMPLES holds one repository a
folder. The scoring scripts and the expectations beside them are given by path; without them only the time and hadolint are measured.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from architect import render
from architect.profile import Profile
from architect.profiler import profile
from architect.request import Rendering, Request, Style, Target
from architect.tree import Tree
from tests.support.folder_tree import FolderTree

OWN = Path(__file__).resolve().parent.parent / "examples"


def draw(tree: Tree, style: Style, out: Path) -> tuple[Profile, Rendering, float]:
    """Draw one repository into a folder; return what was found, what was drawn and the CPU seconds it took."""
    start = time.process_time()
    found = profile(tree)
    rendering = render(Request(profile=found, targets=(Target("dockerfile"), Target("compose"))), style)
    took = time.process_time() - start
    for artifact in rendering.artifacts:
        target = out / artifact.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(artifact.content)
    return found, rendering, took


def load(path: Path | None) -> ModuleType | None:
    if path is None:
        return None
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def hadolint(path: Path) -> list[dict[str, Any]]:
    binary = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if binary is None:
        return []
    done = subprocess.run([binary, "-f", "json", "--no-fail", str(path)], capture_output=True, timeout=60, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout or b"[]")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=Path, nargs="?", default=OWN, help="default: the sample repositories beside the program")
    parser.add_argument("--style", choices=[*Style, "all"], default="lean")
    parser.add_argument("--expected", type=Path, help="expected.json; default: the one beside the scoring script")
    parser.add_argument("--score", type=Path, help="the scoring script")
    parser.add_argument("--rubric", type=Path, help="the rubric script")
    parser.add_argument("--keep", type=Path, help="where to leave the drawn files")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    if not options.examples.is_dir():
        parser.error(f"{options.examples} is not a folder of repositories")
    for style in Style if options.style == "all" else [Style(options.style)]:
        measure(options, style)


def measure(options: argparse.Namespace, style: Style) -> None:
    score, rubric = load(options.score), load(options.rubric)
    expected: dict[str, Any] = {}
    if score is not None:
        path = options.expected or options.score.parent / "expected.json"
        expected = {entry["id"]: entry for entry in json.loads(path.read_text())["entries"]}
    folders = sorted(path for path in options.examples.iterdir() if path.is_dir() and (not options.only or path.name in options.only))
    totals: dict[str, list[float]] = {name: [] for name in ("score", "rubric", "findings", "errors", "non-root", "health", "ms")}
    print(f"{'repository':28} {'score':>6} {'rubric':>6} {'lint':>4} {'root':>4} {'health':>6} {'ms':>6}  {style}")
    with tempfile.TemporaryDirectory() as temporary:
        base = (options.keep / style.value) if options.keep else Path(temporary)
        for folder in folders:
            out = base / folder.name
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir(parents=True)
            found, rendering, took = draw(FolderTree(folder), style, out)
            totals["ms"].append(took * 1000)
            misses: list[str] = []
            result = score.score_entry(expected[folder.name], str(out)) if score and folder.name in expected else None
            if result:
                totals["score"].append(result["score"])
                misses += [name for name, good in result["items"].items() if good is False]
            marks: list[float] = []
            lint = 0
            rootless = healthy = True
            for artifact in rendering.artifacts:
                if not artifact.path.endswith("Dockerfile"):
                    continue
                remarks = hadolint(out / artifact.path)
                lint += len(remarks)
                totals["findings"].append(len(remarks))
                totals["errors"].append(sum(remark["level"] == "error" for remark in remarks))
                misses += [f"{remark['code']}:{remark['line']}" for remark in remarks]
                rootless &= any(line.startswith("USER ") and not line.startswith("USER 0") for line in artifact.content.splitlines())
                healthy &= "HEALTHCHECK" in artifact.content
                totals["non-root"].append(rootless)
                totals["health"].append(healthy)
                if rubric is not None:
                    ignored = next((a.content for a in rendering.artifacts if a.path.endswith(".dockerignore")), None)
                    checked = rubric.check(artifact.content, ignored)
                    marks.append(rubric.score(checked))
                    misses += [name for name in rubric.CRIT if checked.get(name) is False]
            totals["rubric"] += marks
            mark = sum(marks) / len(marks) if marks else 0.0
            print(
                f"{folder.name:28} {result['score'] if result else 0:6.2f} {mark:6.2f} {lint:4} {'no' if rootless else 'ROOT':>4} "
                f"{'yes' if healthy else 'NO':>6} {took * 1000:6.0f}  {', '.join(dict.fromkeys(misses))}"
            )
            if not found.components:
                print(f"{'':28} nothing was understood: {'; '.join(found.questions)[:160]}")
    print("mean " + ", ".join(f"{name} {sum(values) / len(values):.3f}" for name, values in totals.items() if values))


if __name__ == "__main__":
    main()
