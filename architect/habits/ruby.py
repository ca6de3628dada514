"""Ruby: Bundler, the binstubs a Rails application carries, RuboCop, RSpec, Minitest and Rake."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architect.habits import common
from architect.profile import Chore, Component, Evidence, Fact, Purpose
from architect.reading import Folder


class Ruby:
    """Gems from the lock file; a linter or test runner only where the Gemfile has it."""

    id = "ruby"
    stacks = frozenset({"ruby"})

    def chores(self, folder: Folder, component: Component) -> Iterator[Chore]:
        """Yield the commands of an application."""
        yield Chore(Purpose.INSTALL, "bundle install", folder.root, (), (Evidence(folder.path("Gemfile")),))
        for gem, arguments in (("rubocop", ""), ("standard", ""), ("brakeman", " --no-pager")):
            program = "standardrb" if gem == "standard" else gem
            found = folder.find("Gemfile", rf"^\s*gem\s+[\"']{gem}(?:-[\w-]+)?[\"']")
            if folder.has(f"bin/{program}"):
                yield Chore(Purpose.LINT, f"bin/{program}{arguments}", folder.root, (), (Evidence(folder.path(f"bin/{program}")),))
            elif found:
                yield Chore(Purpose.LINT, f"bundle exec {program}{arguments}", folder.root, (), (found.evidence,))
        yield from _tests(folder, component.services)


def _tests(folder: Folder, services: tuple[Fact[str], ...]) -> Iterator[Chore]:
    spec = next((path for path in folder.files("*_spec.rb") if path.startswith("spec/")), None)
    rspec = folder.find("Gemfile", r"^\s*gem\s+[\"']rspec(?:-rails)?[\"']")
    if spec and rspec:
        yield Chore(Purpose.TEST, "bundle exec rspec", folder.root, (), (rspec.evidence,))
        return
    own = common.make(folder, Purpose.TEST, common.TEST, "bundle exec")
    first = next((path for path in folder.files("*_test.rb") if path.startswith("test/")), None)
    if first and folder.has("bin/rails"):
        prepare = "db:test:prepare " if folder.has("db/schema.rb", "db/structure.sql") else ""
        yield Chore(Purpose.TEST, f"bin/rails {prepare}test", folder.root, (), (Evidence(folder.path(first)),))
    elif own:
        yield own
    else:
        task = folder.find("Rakefile", r"Rake::TestTask\.new(?:\(\s*(?:test_task_name\s*=\s*)?:?[\"']?(\w+))?|task\s+:?[\"']?(test|spec)\b")
        if task:
            name = re.sub(r"\W", "", task.match[1] or task.match[2] or "test")
            yield Chore(Purpose.TEST, f"bundle exec rake {name}", folder.root, (), (task.evidence,))
