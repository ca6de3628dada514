"""The layers of an image as instruction text: packages, commands and copies, with clean-up or cache mounts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from architect.plan import Copy, Family, Packages, Run
from architect.request import Style
from architect.syntax import shell

UNPINNED = "the tag of the base image fixes the release; a pinned package version vanishes from the mirror with the next security fix"

QUOTED = "the quoted dollar signs are for the program that reads the text, not for the shell"

_APT_CACHES = ("/var/cache/apt", "/var/lib/apt/lists")
_APK_CACHE = "/var/cache/apk"
_PIP_INSTALL = re.compile(r"(?<![\w-])(pip3?|python3? -m pip) install(?! --no-cache-dir)")
_UV_PIP = re.compile(r"(?<![\w-])uv pip install")
_NPM_INSTALL = re.compile(r"(?<![\w-])npm (ci|install|i)\b(?! (-g|--global))")
_YARN_INSTALL = re.compile(r"(?<![\w-])yarn install\b")


@dataclass(frozen=True, slots=True)
class Layer:
    """One instruction. `ignore` names a hadolint rule that does not apply here, with `because`."""

    text: str
    ignore: str = ""
    because: str = ""
    mounts: bool = False


def install(packages: Packages, family: Family, style: Style) -> Layer | None:
    """Return the instruction that installs these packages; None when this family needs none or has no package manager."""
    if family is Family.ALPINE and packages.alpine:
        names = " ".join(shell.word(name) for name in dict.fromkeys(packages.alpine))
        if style is Style.CACHED:
            return Layer(f"RUN {_mount(_APK_CACHE)} \\\n    apk add {names}", "DL3018", UNPINNED, mounts=True)
        return Layer(f"RUN apk add --no-cache {names}", "DL3018", UNPINNED)
    if family is Family.DEBIAN and packages.debian:
        names = " ".join(shell.word(name) for name in dict.fromkeys(packages.debian))
        steps = ["apt-get update", f"apt-get install -y --no-install-recommends {names}"]
        if style is Style.CACHED:
            mounts = " \\\n    ".join(_mount(cache) for cache in _APT_CACHES)
            return Layer(
                f"RUN {mounts} \\\n    {shell.joined(['rm -f /etc/apt/apt.conf.d/docker-clean', *steps])}", "DL3008", UNPINNED, True
            )
        return Layer(f"RUN {shell.joined([*steps, 'rm -rf /var/lib/apt/lists/*'])}", "DL3008", UNPINNED)
    return None


def run(step: Run, style: Style, *, final: bool, pip_env: bool) -> Layer:
    """Return the RUN instruction of a step: with cache mounts in the cached style, otherwise leaving no cache behind.

    `pip_env` says that PIP_NO_CACHE_DIR is set already.
    """
    mounts = [f"--mount=type=secret,id={secret}" for secret in step.secrets]
    command = shell.requoted(step.command)
    pieces = shell.commands(command)
    if style is Style.CACHED:
        mounts += [_mount(cache) for cache in step.caches]
    else:
        pieces = _clean(pieces, step.caches, final=final, pip_env=pip_env)
    options = " \\\n    ".join(mounts)
    body = shell.joined(pieces)
    text = f"RUN {options} \\\n    {body}" if options else f"RUN {body}"
    if shell.dollars_in_quotes(command):
        return Layer(text, "SC2016", QUOTED, mounts=bool(mounts))
    return Layer(text, mounts=bool(mounts))


def copy(step: Copy, owner: str | None) -> str:
    """Return the COPY instruction of a step; `owner` is the `uid:gid` for files the process must own."""
    options = "".join(
        f"{option} "
        for option in (f"--from={step.stage}" if step.stage else "", f"--chown={owner}" if owner and step.owned else "")
        if option
    )
    destination = step.destination
    many = len(step.sources) > 1 or any(re.search(r"[*?\[]", source) for source in step.sources)
    if many and not destination.endswith("/"):
        destination += "/"
    words = [*step.sources, destination]
    if any(re.search(r"[\s\"'\\]", word) for word in words):
        return f"COPY {options}{shell.exec_form(words)}"
    return f"COPY {options}{' '.join(words)}"


def merged(first: Run, second: Run) -> Run:
    """Return two commands that follow each other as one layer."""
    return Run(
        f"{first.command} && {second.command}",
        tuple(dict.fromkeys((*first.caches, *second.caches))),
        tuple(dict.fromkeys((*first.secrets, *second.secrets))),
        "; ".join(dict.fromkeys(why for why in (first.why, second.why) if why)),
        tuple(dict.fromkeys((*first.evidence, *second.evidence))),
    )


def _clean(pieces: Sequence[str], caches: Sequence[str], *, final: bool, pip_env: bool) -> list[str]:
    found: list[str] = []
    text = " && ".join(pieces)
    for piece in pieces:
        if not pip_env and not _UV_PIP.search(piece):
            piece = _PIP_INSTALL.sub(r"\1 install --no-cache-dir", piece)
        found.append(piece)
    if _NPM_INSTALL.search(text) and "npm cache clean" not in text:
        found.append("npm cache clean --force")
    if _YARN_INSTALL.search(text) and "yarn cache clean" not in text:
        found.append("yarn cache clean")
    if final and caches and not any("rm -rf" in piece and caches[0] in piece for piece in pieces):
        found.append("rm -rf " + " ".join(shell.word(cache) for cache in caches))
    return found


def _mount(cache: str) -> str:
    return f"--mount=type=cache,target={cache},sharing=locked"
