"""What this machine's package managers are told, so that builds inside containers can reach the same registries the same way."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

from workspace.containers import BuildMount

_CA = "/etc/ssl/certs/ca-certificates.crt"
_PIP_KEYS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")


def build_mounts(folder: Path) -> tuple[BuildMount, ...]:
    """Return what build steps are shown: pip's and npm's settings and the certificates they trust; () where nothing is set."""
    ca = _certificates()
    mounts = []
    pip = _pip_settings(ca)
    if pip:
        (folder / "pip.conf").write_text(pip)
        mounts.append(BuildMount(str(folder / "pip.conf"), "/etc/pip.conf"))
    npm = _npm_settings(ca)
    if npm:
        (folder / "npmrc").write_text(npm)
        mounts.append(BuildMount(str(folder / "npmrc"), "/root/.npmrc"))
    if ca:
        mounts.append(BuildMount(ca, _CA))
    return tuple(mounts)


def debian_mirror() -> str | None:
    """Return the archive that apt uses here, None where there is no apt."""
    apt = shutil.which("apt-get")
    if apt is None:
        return None
    said = subprocess.run([apt, "indextargets", "--format", "$(REPO_URI) $(COMPONENT)"], capture_output=True, text=True, check=False).stdout
    archives = [line.split()[0] for line in said.splitlines() if line.endswith(" main") and "security" not in line]
    return next((uri for uri in archives if "debian" in uri), None)


def python_folder(version: str) -> Path | None:
    """Return the installation folder of a Python of this version that can be copied whole, None where there is none."""
    names = [sys.executable, shutil.which(f"python{version}")]
    pyenv = shutil.which("pyenv")
    if pyenv is not None:
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip()
        names += [str(path) for path in sorted(Path(root or "/nonexistent").glob(f"versions/{version}.*/bin/python"))]
    uv = subprocess.run(
        [sys.executable, "-m", "uv", "python", "find", "--no-project", "--managed-python", "--no-python-downloads", version],
        capture_output=True,
        text=True,
        check=False,
    )
    names.append(uv.stdout.strip() if uv.returncode == 0 else None)
    for name in filter(None, names):
        told = subprocess.run(
            [name, "-c", "import sys; print(sys.base_prefix); print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        if len(told) == 2 and told[1] == version and told[0] not in ("/usr", "/"):
            return Path(told[0])
    return None


def _certificates() -> str | None:
    for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        path = os.environ.get(name)
        if path and Path(path).is_file():
            return path
    told = _pip_config().get("cert")
    return told if told and Path(told).is_file() else None


def _pip_config() -> dict[str, str]:
    """Return pip's settings from its files and the environment, the later ones winning."""
    said = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    found: dict[str, str] = {}
    for line in said.splitlines():
        name, sign, value = line.partition("=")
        if sign:
            found[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return found


def _pip_settings(ca: str | None) -> str:
    told = _pip_config()
    lines = [f"cert = {_CA}"] if ca else []
    for key in _PIP_KEYS:
        # A folder of this machine means nothing inside a build.
        words = [word for word in told.get(key, "").split() if "://" not in word or word.startswith(("http://", "https://"))]
        if words:
            lines.append(f"{key} = {' '.join(words)}")
    return "\n".join(["[global]", *lines, ""]) if lines else ""


def _npm_settings(ca: str | None) -> str:
    lines = [f"cafile={_CA}"] if ca else []
    npm = shutil.which("npm")
    if npm is not None:
        said = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, check=False, cwd="/").stdout.split()
        if said and said[-1].startswith("http"):
            lines.append(f"registry={said[-1]}")
    return "\n".join([*lines, ""]) if lines else ""
