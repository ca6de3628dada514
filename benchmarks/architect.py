"""CPU of profile + Dockerfile + Compose against the size of the repository: flat in ignored files, linear in files read.

Repositories are made in a temporary folder: a Flask service with a number of its own source files, or with a number of files in folders
that are ignored (`node_modules`, `.venv`, entries of .gitignore). CPU seconds of this process, the median of three after a warm-up.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from architect import render
from architect.profiler import profile
from architect.request import Request, Style, Target
from workspace.files import WorkspaceTree, open_workspace

SIZES = (100, 1_000, 10_000, 100_000)
TARGET_MS = 150


def main() -> int:
    """Print the table; return 1 where the figure for 1,000 files is missed."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    sizes = options.parse_args().sizes
    print(f"{'files':>8} {'ignored, ms':>12} {'own sources, ms':>16} {'listed':>8} {'read':>6}")
    worst = 0.0
    for size in sizes:
        with tempfile.TemporaryDirectory() as ignored, tempfile.TemporaryDirectory() as own:
            _application(Path(ignored))
            _application(Path(own))
            _fill(Path(ignored), size, ("node_modules/pkg", ".venv/lib/pkg", "generated/part"))
            _fill(Path(own), size, ("shop/part",))
            flat, _, _ = _measure(ignored)
            linear, listed, read = _measure(own)
        print(f"{size:>8,} {flat:>12.0f} {linear:>16.0f} {listed:>8,} {read:>6,}")
        if size == 1_000:
            worst = max(flat, linear)
    print(f"target: <= {TARGET_MS} ms for 1,000 files")
    return 1 if worst > TARGET_MS else 0


def _application(folder: Path) -> None:
    (folder / "requirements.txt").write_text("flask==3.1.0\ngunicorn==23.0.0\npsycopg[binary]==3.2.3\nredis==5.2.0\n")
    (folder / "app.py").write_text(
        "import os\nfrom flask import Flask\n\napp = Flask(__name__)\n\n@app.get('/healthz')\ndef ok():\n    return 'ok'\n"
    )
    (folder / ".env.example").write_text("DATABASE_URL=postgresql://localhost/shop\n")
    (folder / ".gitignore").write_text("generated/\n.venv/\n")
    (folder / "Procfile").write_text("web: gunicorn --bind 0.0.0.0:8000 app:app\n")


def _fill(folder: Path, size: int, places: tuple[str, ...]) -> None:
    for number in range(size):
        part = folder / f"{places[number % len(places)]}{number // 200}"
        if number % 200 < len(places):
            part.mkdir(parents=True, exist_ok=True)
        (part / f"module{number}.py").write_text(f"import os\n\nVALUE = os.environ.get('SETTING_{number % 40}', '{number}')\n")


def _measure(folder: str) -> tuple[float, int, int]:
    took = []
    listed = read = 0
    for _ in range(4):
        start = time.process_time()
        tree = WorkspaceTree(open_workspace(folder))
        found = profile(tree)
        render(Request(profile=found, targets=(Target("dockerfile"), Target("compose"))), Style.HARDENED)
        took.append((time.process_time() - start) * 1000)
        listed, read = len(found.files), found.files_read
    return median(took[1:]), listed, read


if __name__ == "__main__":
    sys.exit(main())
