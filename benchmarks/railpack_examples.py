"""Holds the architect against railpack's own example projects: are the start command and the port the ones railpack's tests state?

`railpack_examples.py FOLDER EXPECTED`: FOLDER is a checkout of railwayapp/railpack or its folder of examples, EXPECTED a JSON file with
`examples`, each with `example`, `startCommand` and `ports`. Two commands are the same when they run the same program on the same thing:
a package script counts as what it says, a binary as a binary wherever it lies, one web server for a built page as another. A static page is
right on any port it says it serves; where railpack only asks for PORT with a fallback of its own, the stated port is still required.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from architect.profile import Component
from architect.profiler import profile
from tests.support.folder_tree import FolderTree

_RUNNERS = re.compile(r"^(?:bundle exec|npx|bunx|exec|poetry run|uv run)\s+")
_SCRIPT = re.compile(r"^(?:(?:npm|pnpm|yarn)(?: run)?|bun run) (\S+)$")
_PAGES = ("nginx", "caddy")
_DROPPED = re.compile(
    r"\$\w+|2>&1|--allow-\S+|--(?:enable-)?yjit|--host(?:=|\s+)\S+|--bind\s+\S+|--port(?:=|\s+)\S+|-[bpo]\s+\S+|\s-C\s+\S+|[A-Z_]+=\S+"
)


def same_start(stated: str, component: Component, folder: Path) -> bool:
    """Tell whether a stated command and the component's run the same program on the same thing."""
    if component.start is None:
        return False
    ours, theirs = " ".join(component.start.value), _last(stated)
    if theirs.startswith(_PAGES) or "start-container" in theirs:
        return ours.startswith((*_PAGES, "frankenphp"))
    if script := _SCRIPT.match(theirs):
        return any(_alike(said, ours) for said in _scripts(folder, script[1], component)) or _built_by(component, ours)
    if re.match(r"java\b.*jar", theirs) or re.match(r"dotnet |\./out/", theirs):
        return component.stack in ("java", "dotnet") or component.stack.startswith(("kotlin", "go"))
    if theirs in ("./out", "out"):
        return component.language is not None and component.language.value == "go" and ours.startswith("/app/")
    return _alike(theirs, ours)


def _last(command: str) -> str:
    """Return the command that stays: after a migration or a change of folder."""
    return re.sub(r"^[A-Z_]+=\S+\s+", "", command.split("&&")[-1].strip())


def _alike(one: str, other: str) -> bool:
    left, right = _words(one), _words(other)
    return left == right or (bool(left) and bool(right) and left[0] == right[0] and set(left) <= set(right)) or set(right) <= set(left)


def _words(command: str) -> list[str]:
    text = command.strip()
    while _RUNNERS.match(text):
        text = _RUNNERS.sub("", text)
    text = re.sub(r"\b(?:ba|z)?sh (\S+\.sh)|\./(\S+\.sh)", r"sh \1\2", text)
    words = [word for word in _DROPPED.sub(" ", text).split() if word not in ("run", "&")]
    return [word.rpartition("/")[2] or word.strip("./") for word in words]


def _scripts(folder: Path, name: str, component: Component) -> list[str]:
    found = []
    for place in (folder, folder / component.root):
        for path in sorted(place.glob("package.json")):
            said = json.loads(path.read_text(encoding="utf-8")).get("scripts", {}).get(name)
            found += [_last(said)] if said else []
    return found


def _built_by(component: Component, ours: str) -> bool:
    """Tell whether the script hands over to another package or a build tool, so that its text does not name what runs."""
    return (component.framework is not None and component.framework.value in ours) or component.build_context != component.root


def same_port(stated: list[int], component: Component) -> bool:
    """Tell whether a stated port is the component's; a page that is only served may be served on any."""
    if component.port is None:
        return False
    served = component.start is not None and component.start.value[0] in _PAGES
    return served or component.port.value in stated


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("expected", type=Path, nargs="?")
    options = parser.parse_args()
    if not options.folder or not options.expected:
        print("Give a checkout of railwayapp/railpack and the file with what its tests state.")
        return
    examples = options.folder / "examples" if (options.folder / "examples").is_dir() else options.folder
    starts, ports, misses = [], [], []
    for entry in json.loads(options.expected.read_text(encoding="utf-8"))["examples"]:
        folder = examples / entry["example"]
        if not folder.is_dir():
            print(f"  {entry['example']}: not in {examples}")
            continue
        components = profile(FolderTree(folder)).components
        right = any(same_start(entry["startCommand"], component, folder) for component in components)
        starts.append(right)
        if not right:
            misses.append(f"{entry['example']}: start {entry['startCommand']!r}, ours {[c.start.value for c in components if c.start]}")
        if entry.get("ports"):
            ports.append(any(same_port(entry["ports"], component) for component in components))
            if not ports[-1]:
                misses.append(f"{entry['example']}: port {entry['ports']}, ours {[c.port.value for c in components if c.port]}")
    for name, found in (("start command", starts), ("port", ports)):
        print(f"{name}: {sum(found)} of {len(found)} right, {100 * sum(found) / max(1, len(found)):.1f} %")
    print(*misses, sep="\n")


if __name__ == "__main__":
    main()
