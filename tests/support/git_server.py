"""A real Git server on this machine: Git's own http-backend behind a small HTTP server, with a fresh bare repository a name."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PLAIN = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Ann"), ("EMAIL", "ann@example.org"))},
}
"""What the tests' own Git is given: nothing of the developer's, and an author."""


def git(folder: Path, *argv: str, given: str | None = None, check: bool = True) -> str:
    """Run Git in a folder as a colleague would, and return what it said."""
    done = subprocess.run(["git", *argv], cwd=folder, env=PLAIN, input=given, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, (argv, done.stderr)
    return done.stdout.strip()


@dataclass(frozen=True)
class GitServer:
    """`root` holds the bare repositories; `address` is where they are served."""

    root: Path
    address: str

    def url(self, name: str) -> str:
        return f"{self.address}/{name}.git"

    def make(self, name: str, files: dict[str, str] | None = None) -> Path:
        """Make a repository that takes pushes, with these files in a first commit."""
        bare = self.root / f"{name}.git"
        self.root.mkdir(parents=True, exist_ok=True)
        git(self.root, "init", "-q", "--bare", "-b", "main", str(bare))
        git(bare, "config", "http.receivepack", "true")
        if files:
            self.commit(name, files, "first")
        return bare

    def commit(self, name: str, files: dict[str, str], message: str) -> None:
        """Commit and push as a colleague does."""
        work = self.root / f"work-{name}"
        if not work.exists():
            git(self.root, "clone", "-q", str(self.root / f"{name}.git"), str(work))
            git(work, "checkout", "-q", "-B", "main")
        git(work, "pull", "-q", "--ff-only", "origin", "main", check=False)
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", message)
        git(work, "push", "-q", "origin", "HEAD:main")


@contextmanager
def serve(root: Path) -> Iterator[GitServer]:
    backend = Path(subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()) / "git-http-backend"

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            parts = urlsplit(self.path)
            body = self._body()
            environment = {
                **PLAIN,
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": "ann",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": parts.path,
                "QUERY_STRING": parts.query,
                "CONTENT_TYPE": self.headers.get("content-type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
            }
            done = subprocess.run([str(backend)], env=environment, input=body, capture_output=True, check=False)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_GET = do_POST = _pass_on

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield GitServer(root, f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
