"""The GitHub workflow: checks a component, an image built with BuildKit, scanned, and pushed from the default branch and tags alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from architect.blueprint import Site
from architect.blueprints.ci import images
from architect.blueprints.ci.actions import uses
from architect.blueprints.ci.parts import (
    BRANCHES,
    LABELS,
    Part,
    environment,
    health,
    hooks,
    needs_command,
    parts,
    service_environment,
    watched,
)
from architect.blueprints.ci.setups import Step, cache_hooks, setup, tool_steps
from architect.plan import Run
from architect.profile import Chore, Purpose
from architect.request import Style
from architect.services.backings import Backing
from architect.services.clients import fill
from architect.syntax.composing import listed
from architect.syntax.lines import Page
from architect.syntax.yaml import Because, Block, Flow, Words, emit
from artifacts.records import Kind

PATH = ".github/workflows/ci.yaml"
RUNNER = "ubuntu-24.04"
_SPLIT = {
    # in lean one machine does everything one after the other; elsewhere what does not need each other runs side by side
    Style.LEAN: (("check", (Purpose.LINT, Purpose.TYPES, Purpose.TEST, Purpose.BUILD)),),
    Style.HARDENED: (("lint", (Purpose.LINT, Purpose.TYPES)), ("test", (Purpose.TEST, Purpose.BUILD))),
    Style.CACHED: (("lint", (Purpose.LINT, Purpose.TYPES)), ("test", (Purpose.TEST,)), ("build", (Purpose.BUILD,))),
}
_MINUTES = {"check": 20, "lint": 10, "test": 20, "build": 15}


class Workflow:
    """One workflow file in the making."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.style = site.style
        self.parts = parts(site)
        self.several = len(self.parts) > 1
        self.secrets: dict[str, None] = {}

    def page(self) -> Page:
        """Return the file."""
        jobs = self._jobs()
        body = Page(PATH, Kind.GITHUB_ACTIONS)
        body.add("name: CI", "The name shown beside commits")
        body.gap()
        body.add("on:", "What starts a run")
        emit(body, self._triggers(), 2)
        body.gap()
        if self.style is Style.HARDENED:
            body.add("permissions: {}", "no job has more rights than it names")
        else:
            emit(body, {"permissions": Because({"contents": "read"}, "reads the code, nothing else")})
        emit(body, {"concurrency": self._group()})
        body.gap()
        body.add("jobs:")
        for position, (name, job) in enumerate(jobs.items()):
            if position:
                body.gap()
            emit(body, {name: job}, 2)
        head = Page(PATH, Kind.GITHUB_ACTIONS)
        names = listed([part.component.name for part in self.parts])
        head.comment(f"{self.site.profile.name}: checks, builds, scans and pushes {names}. House style {self.style.value}.")
        if self.secrets:
            head.comment(f"Set as secrets of the repository: {', '.join(self.secrets)}.")
        return head.followed_by(body)

    def _triggers(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "pull_request": Because(None, "every proposal is checked, with the rights of a stranger"),
            "push": {"branches": Flow(BRANCHES), "tags": Because(Flow(("v*",)), "a tag is a release")},
        }
        if self.style is Style.HARDENED:
            found["schedule"] = Because([{"cron": "23 4 * * 1"}], "new weaknesses are found in code that did not change")
        if self.style is Style.CACHED:
            found["workflow_dispatch"] = Because(None, "can be started by hand")
        return found

    def _group(self) -> dict[str, Any]:
        older = "a newer commit of a proposal replaces the run of an older one"
        return {
            "group": Because(Words("${{ github.workflow }}-${{ github.ref }}"), "one run a branch"),
            "cancel-in-progress": Because(Words("${{ github.event_name == 'pull_request' }}"), older),
        }

    def _jobs(self) -> dict[str, Any]:
        jobs: dict[str, Any] = {}
        if self.several:
            jobs["changes"] = self._changes()
        shared = hooks(self.site)
        if shared:
            jobs["pre-commit"] = self._hooks(shared)
        if self.style is Style.HARDENED:
            jobs["audit"] = self._audit()
        for part in self.parts:
            own = self._checks(part)
            jobs.update(own)
            if part.plan:
                gates = [*own, *(["pre-commit"] if shared else []), *(["audit"] if "audit" in jobs else [])]
                jobs.update(self._images(part, gates))
        if not jobs:
            jobs["audit"] = self._audit()
        return jobs

    def _job(self, minutes: int, needs: Sequence[str], condition: str = "", rights: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the head of a job."""
        job: dict[str, Any] = {}
        if needs:
            job["needs"] = Flow(tuple(needs)) if len(needs) > 1 else needs[0]
        if condition:
            job["if"] = Words(condition)
        job["runs-on"] = Because(RUNNER, "a fixed release of the runner")
        job["timeout-minutes"] = Because(minutes, "a job that hangs is ended")
        if rights is not None or self.style is Style.HARDENED:
            job["permissions"] = rights or {"contents": "read"}
        return job

    def _checkout(self, **given: Any) -> Step:
        step: Step = {"name": "Check out", "uses": uses("actions/checkout", self.style)}
        values = {key.replace("_", "-"): value for key, value in given.items()}
        if self.style is Style.HARDENED:
            values["persist-credentials"] = Because(False, "later steps do not get the token")
        return {**step, "with": values} if values else step

    def _changes(self) -> dict[str, Any]:
        job = self._job(5, (), rights={"contents": "read", "pull-requests": "read"})
        job["outputs"] = {part.id: Words(f"${{{{ steps.filter.outputs.{part.id} }}}}") for part in self.parts}
        filters = "\n".join(
            line
            for part in self.parts
            for line in (f"{part.id}:", *(f"  - '{path}'" for path in [*watched(self.site, part, self.parts), PATH]))
        )
        job["steps"] = [
            self._checkout(),
            {
                "name": "See which components changed",
                "id": "filter",
                "uses": uses("dorny/paths-filter", self.style),
                "with": {"filters": Because(Block(filters), "a component whose files did not change is left alone")},
            },
        ]
        return job

    def _hooks(self, chore: Chore) -> dict[str, Any]:
        job = self._job(10, ())
        python = next((p.component.runtime.value for p in self.parts if p.component.stack == "python" and p.component.runtime), "3.13")
        steps = [
            self._checkout(),
            {"name": "Set up Python", "uses": uses("actions/setup-python", self.style), "with": {"python-version": python}},
        ]
        if self.style is not Style.LEAN:
            steps.append(cache_hooks(self.style))
        steps.append({"name": "Install pre-commit", "run": Words("python -m pip install pre-commit")})
        steps.append({"name": "Run the hooks", "run": Because(Words(chore.command), "the repository's own hooks", chore.evidence)})
        job["steps"] = steps
        return job

    def _audit(self) -> dict[str, Any]:
        job = self._job(10, ())
        job["steps"] = [self._checkout(), images.scan_files(self.style)]
        return job

    def _checks(self, part: Part) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, purposes in _SPLIT[self.style]:
            chores = part.chores(*purposes)
            if self.style is Style.LEAN and part.plan and part.tested:
                chores = tuple(chore for chore in chores if chore.purpose is not Purpose.BUILD)
            if chores:
                found[f"{part.prefix}{name}"] = self._check(part, name, chores)
        return found

    def _check(self, part: Part, name: str, chores: Sequence[Chore]) -> dict[str, Any]:
        tests = any(chore.purpose is Purpose.TEST for chore in chores)
        matrix = tests and self.style is not Style.LEAN and bool(part.component.releases)
        job = self._job(_MINUTES[name], ["changes"] if self.several else (), self._condition(part))
        if matrix:
            versions = Flow(tuple(fact.value for fact in part.component.releases))
            job["strategy"] = {
                "fail-fast": Because(False, "each release tells its own result"),
                "matrix": {"version": Because(versions, "the releases the repository names", part.component.releases[0].evidence)},
            }
        if tests:
            job.update(self._services(part))
        steps, installed = setup(part, self.style, matrix=matrix)
        steps = [self._checkout(), *steps]
        installs = [] if installed else list(part.chores(Purpose.INSTALL))
        seen: set[Purpose] = set()
        for chore in [*installs, *chores]:
            if chore.tools:
                steps += tool_steps(chore, part, self.style)
                if chore.tools[0].startswith("golangci-lint"):
                    continue
            label = LABELS[chore.purpose] + (f": {' '.join(chore.command.split()[:3])}" if chore.purpose in seen else "")
            seen.add(chore.purpose)
            steps.append(self._run(label, chore))
        job["steps"] = steps
        return job

    def _run(self, label: str, chore: Chore) -> Step:
        why = "from the lock file" if chore.purpose is Purpose.INSTALL else "the repository's own command"
        step: Step = {"name": Words(label) if ":" not in label else label, "run": Because(Words(chore.command), why, chore.evidence)}
        return {**step, "working-directory": chore.folder} if chore.folder else step

    def _services(self, part: Part) -> dict[str, Any]:
        services = {backing.name: self._service(backing) for backing in part.services}
        values: dict[str, Any] = {}
        for value in environment(part, lambda _: "localhost", password, lambda name: f"${{{{ secrets.{name} }}}}"):
            values[value.name] = Because(Words(value.value), value.why, value.evidence)
            if value.secret:
                self.secrets[value.name] = None
        return {**({"services": services} if services else {}), **({"env": values} if values else {})}

    def _service(self, backing: Backing) -> Because:
        spec = backing.spec
        entry: dict[str, Any] = {"image": spec.image}
        if spec.environment:
            given = service_environment(backing, "localhost", password)
            entry["env"] = {name: Words(value) for name, value in given.items()}
        entry["ports"] = [f"{spec.port}:{spec.port}"]
        check = images.quoted(health(backing))
        entry["options"] = Because(
            f'--health-cmd "{check}" --health-interval 10s --health-timeout 5s --health-retries 10'
            f" --health-start-period {spec.start_period}s",
            "the steps wait until it answers",
        )
        if needs_command(backing):
            entry["command"] = " ".join(fill(word, spec, "localhost") for word in spec.command)
        return Because(entry, f"the tests may use {spec.label}", backing.fact.evidence)

    def _condition(self, part: Part) -> str:
        return f"github.ref_type == 'tag' || needs.changes.outputs.{part.id} == 'true'" if self.several else ""

    def _images(self, part: Part, gates: Sequence[str]) -> dict[str, Any]:
        """Return the jobs that build an image: with the right to push only where something is pushed."""
        needs = [*(["changes"] if self.several else []), *gates]
        condition = self._condition(part)
        plan = part.plan
        secrets = sorted(
            {name for stage in (plan.stages if plan else ()) for step in stage.steps if isinstance(step, Run) for name in step.secrets}
        )
        for name in secrets:
            self.secrets[images.variable(name)] = None
        build = images.Build(part, self.style, several=self.several, secrets=tuple(secrets))
        if self.style is not Style.HARDENED:
            job = self._job(30, needs, condition, {"contents": "read", "packages": "write"})
            job["steps"] = [self._checkout(), *build.steps(push=images.PUSHES)]
            return {f"{part.prefix}image": job}
        both = f"({condition}) && " if condition else ""
        proposal = self._job(30, needs, f"{both}github.event_name == 'pull_request'", {"contents": "read"})
        proposal["steps"] = [self._checkout(), *build.steps()]
        release = self._job(30, needs, f"{both}{images.PUSHES}", {"contents": "read", "packages": "write"})
        release["steps"] = [self._checkout(), *build.steps(push="always")]
        return {f"{part.prefix}image": proposal, f"{part.prefix}publish": release}


def password(name: str) -> str:
    """Return a value that lives as long as the run: no secret, and nothing to guess outside of it."""
    return "Ci-${{ github.run_id }}"
