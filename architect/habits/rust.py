"""Rust: what cargo brings, formatting only where the repository configures it."""

from __future__ import annotations

from collections.abc import Iterator

from architect.habits import common
from architect.profile import Chore, Component, Evidence, Purpose
from architect.reading import Folder


class Rust:
    """Cargo fetches, checks and tests; with a lock file it never resolves anew."""

    id = "rust"
    stacks = frozenset({"rust"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the commands of a crate or workspace."""
        manifest = (Evidence(folder.path("Cargo.toml")),)
        locked = " --locked" if component.lockfile else ""
        yield Chore(Purpose.INSTALL, f"cargo fetch{locked}", folder.root, (), manifest)
        style = folder.has("rustfmt.toml", ".rustfmt.toml")
        if style:
            yield Chore(Purpose.LINT, "cargo fmt --all --check", folder.root, (), (Evidence(folder.path(style)),))
        yield Chore(Purpose.LINT, f"cargo clippy --all-targets{locked}", folder.root, (), manifest)
        own = common.make(folder, Purpose.TEST, common.TEST)
        yield own or Chore(Purpose.TEST, f"cargo test{locked}", folder.root, (), manifest)
        yield Chore(Purpose.BUILD, f"cargo build --release{locked}", folder.root, (), manifest)
