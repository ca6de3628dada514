"""Small repositories written in the test, and their profiles."""

from __future__ import annotations

from architect.profile import Profile
from architect.profiler import profile
from tests.support.folder_tree import TextTree

FLASK = {
    "app.py": 'import os\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/health")\ndef health():\n    return {}\n',
    "requirements.txt": "flask==3.1.0\ngunicorn==23.0.0\npsycopg[binary]==3.2.3\n",
    "Procfile": "web: gunicorn --bind 0.0.0.0:8000 app:app\n",
    ".python-version": "3.12\n",
    ".env.example": "DATABASE_URL=postgresql://shop:shop@db:5432/shop\n",
}
GO = {
    "go.mod": "module example.test/hello\n\ngo 1.25\n",
    "main.go": "\n".join(
        [
            "package main",
            'import "net/http"',
            "func main() {",
            '\thttp.HandleFunc("/healthz", nil)',
            '\t_ = http.ListenAndServe(":8080", nil)',
            "}",
        ]
    ),
}
PAGES = {"index.html": "<h1>Hello</h1>\n", "style.css": "h1 { color: teal }\n"}
SAMPLES = {"flask": FLASK, "go": GO, "pages": PAGES}


def sample(name: str) -> Profile:
    """Return the profile of a sample."""
    return profile(TextTree(SAMPLES[name], name=name))


def together() -> Profile:
    """Return a repository that holds the Flask service and the pages side by side."""
    files = {f"backend/{path}": text for path, text in FLASK.items()} | {f"frontend/{path}": text for path, text in PAGES.items()}
    return profile(TextTree(files, name="shop"))
