"""The command of a workspace that serves through other members: `packages/cli` with a `bin` that starts `packages/api`."""

from __future__ import annotations

from collections.abc import Iterator

from architect.profile import Basis, Evidence, Fact
from architect.reading import Document, Folder
from architect.stacks.node.kinds import Keep, Kind
from architect.stacks.node.package import Package, described
from architect.stacks.node.scripts import START
from architect.stacks.node.servers import SERVERS
from architect.stacks.node.source import Sources, scan


def command(folder: Folder, package: Package) -> Kind | None:
    """Return the server that a member's own command starts, None where it has no command or none of its members serves."""
    line, at = _executable(package)
    served = serving(folder, package) if line else ()
    if line is None or at is None or not served:
        return None
    member, framework = served[0]
    name = member.text_at("name") or ""
    proof = package.proof(name)
    note = f"the package's own command; {name}, which it depends on, serves"
    return Kind(SERVERS[framework], Keep.PACKAGE, (member.at("dependencies", framework), *proof), Fact(line, Basis.DECLARED, (at,), note))


def serving(folder: Folder, package: Package) -> tuple[tuple[Document, str], ...]:
    """Return the members of the workspace that a member depends on and that serve without a start of their own, each with its framework."""
    found = []
    for document in _members(folder, package):
        framework = next((name for name in SERVERS if document.get("dependencies", name) is not None), None)
        if framework and document.text_at("name") in package.dependencies and _part(document):
            found.append((document, framework))
    return tuple(found)


def depended(folder: Folder, package: Package) -> tuple[Document, ...]:
    """Return the members of the workspace that a member depends on, directly or through others."""
    by_name = {document.text_at("name"): document for document in _members(folder, package)} if package.top != folder.root else {}
    found: dict[str, Document] = {}
    waiting = list(package.dependencies)
    while waiting:
        name = waiting.pop(0)
        document = by_name.get(name)
        if document is not None and name not in found:
            found[name] = document
            waiting += document.table("dependencies")
    return tuple(found.values())


def commanded(folder: Folder, package: Package) -> bool:
    """Tell whether a member is only a part of what another member's command starts."""
    if not package.used or package.top == folder.root or not _part(package.document):
        return False
    return any(
        document.get("bin") and document.get("dependencies", package.name or "") is not None for document in _members(folder, package)
    )


def joined(folder: Folder, package: Package, sources: Sources) -> Sources:
    """Return what a member's sources say, and after it what those of the members say that serve for it."""
    for document, _ in serving(folder, package):
        place = document.path.rpartition("/")[0]
        other = scan(Folder(folder.tree, place))
        sources.texts.update({f"{place}/{name}": text for name, text in other.texts.items()})
        sources.ports += other.ports
        sources.health += other.health
        sources.variables = {**other.variables, **sources.variables}
        sources.reads_port = sources.reads_port or other.reads_port
        sources.listens += [f"{place}/{name}" for name in other.listens]
    return sources


def _members(folder: Folder, package: Package) -> Iterator[Document]:
    for path in package.members:
        document = folder.tree.document(f"{path}/package.json", "json") if path != folder.root else None
        if document is not None:
            yield document


def _part(document: Document) -> bool:
    """Tell whether a package describes itself for others to install and has no script that starts it."""
    return described(document) and not any(name in document.table("scripts") for name in START)


def _executable(package: Package) -> tuple[tuple[str, ...] | None, Evidence | None]:
    """Return the command a package installs under its own name, as Node.js runs it, and the line that says so."""
    stated = package.document.get("bin")
    own = (package.name or "").rpartition("/")[2]
    keys: tuple[str, ...] = ("bin",)
    if isinstance(stated, dict):
        name = own if own in stated else next(iter(stated), "") if len(stated) == 1 else ""
        stated, keys = stated.get(name), ("bin", name)
    if not isinstance(stated, str) or not stated:
        return None, None
    return ("node", stated.removeprefix("./")), package.document.at(*keys)
