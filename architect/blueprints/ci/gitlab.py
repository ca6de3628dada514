"""The GitLab pipeline: checks a component, an image built once, scanned as built, and pushed as scanned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from architect.blueprint import Site
from architect.blueprints.ci.images import SEVERITY, variable
from architect.blueprints.ci.jobs_gitlab import MATRIX, Room, lock_files, room, script_lines
from architect.blueprints.ci.parts import (
    Part,
    build_secrets,
    environment,
    hooks,
    needs_command,
    parts,
    service_environment,
    watched,
)
from architect.profile import Chore, Purpose
from architect.request import Style
from architect.services.backings import Backing
from architect.services.clients import fill
from architect.syntax.composing import listed
from architect.syntax.lines import Page
from architect.syntax.yaml import Because, Flow, Words, emit
from artifacts.records import Kind

PATH = ".gitlab-ci.yml"
DOCKER, DIND = "docker:29", "docker:29-dind"
BUILDKIT = "moby/buildkit:v0.32.2-rootless"
TRIVY = "aquasec/trivy:0.74.0"
SKOPEO = "quay.io/skopeo/stable:v1.22.2"
DEFAULT = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
RELEASE = "$CI_COMMIT_TAG"
PROPOSAL = '$CI_PIPELINE_SOURCE == "merge_request_event"'
_SPLIT = {
    Style.LEAN: (("check", "check", (Purpose.LINT, Purpose.TYPES, Purpose.TEST, Purpose.BUILD)),),
    Style.HARDENED: (("lint", "check", (Purpose.LINT, Purpose.TYPES)), ("test", "check", (Purpose.TEST, Purpose.BUILD))),
    Style.CACHED: (
        ("lint", "check", (Purpose.LINT, Purpose.TYPES)),
        ("test", "check", (Purpose.TEST,)),
        ("build", "check", (Purpose.BUILD,)),
    ),
}


class Pipeline:
    """One pipeline file in the making."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.style = site.style
        self.parts = parts(site)
        self.several = len(self.parts) > 1
        self.secrets: dict[str, None] = {}

    def page(self) -> Page:
        """Return the file."""
        jobs = self._jobs()
        body = Page(PATH, Kind.GITLAB_CI)
        emit(body, {"stages": Because(self._stages(jobs), "one after the other; jobs of a stage run side by side")})
        body.gap()
        emit(body, self._workflow())
        body.gap()
        emit(body, {"default": self._default()})
        for name, job in {**self._templates(), **jobs}.items():
            body.gap()
            emit(body, {name: job})
        head = Page(PATH, Kind.GITLAB_CI)
        names = listed([part.component.name for part in self.parts])
        head.comment(f"{self.site.profile.name}: checks, builds, scans and pushes {names}. House style {self.style.value}.")
        if self.secrets:
            head.comment(f"Set as masked variables of the project: {', '.join(self.secrets)}.")
        return head.followed_by(body)

    def _stages(self, jobs: dict[str, Any]) -> list[str]:
        used = {job["stage"] for job in jobs.values()}
        return [stage for stage in ("check", "image", "scan", "push") if stage in used]

    def _workflow(self) -> dict[str, Any]:
        rules: list[Any] = [
            Because({"if": Words(PROPOSAL)}, "a proposal"),
            Because({"if": Words(DEFAULT)}, "the default branch"),
            Because({"if": Words(RELEASE)}, "a tag is a release"),
        ]
        return {"workflow": {"rules": Because(rules, "one pipeline for each of these, none twice")}}

    def _default(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "interruptible": Because(True, "a newer commit replaces the run of an older one"),
            "timeout": Because("20 minutes", "a job that hangs is ended"),
        }
        if self.style is not Style.LEAN:
            failures = Flow(("runner_system_failure", "stuck_or_timeout_failure"))
            found["retry"] = {"max": 1, "when": Because(failures, "the machine's fault, not the code's")}
        return found

    def _templates(self) -> dict[str, Any]:
        """Return a hidden job a component that says when it is concerned."""
        if not self.several:
            return {}
        found: dict[str, Any] = {}
        for part in self.parts:
            rules = [{"if": Words(RELEASE)}, {"changes": self._paths(part)}]
            found[f".{part.id}-changed"] = {"rules": Because(rules, "a component whose files did not change is left alone")}
        return found

    def _jobs(self) -> dict[str, Any]:
        jobs: dict[str, Any] = {}
        shared = hooks(self.site)
        if shared:
            jobs["pre-commit"] = self._hooks(shared)
        if self.style is Style.HARDENED:
            jobs["audit"] = self._audit()
        for part in self.parts:
            for name, stage, purposes in _SPLIT[self.style]:
                chores = part.chores(*purposes)
                if self.style is Style.LEAN and part.plan and part.tested:
                    chores = tuple(chore for chore in chores if chore.purpose is not Purpose.BUILD)
                if chores:
                    jobs[f"{part.prefix}{name}"] = self._check(part, stage, chores)
            if part.plan:
                jobs.update(self._image(part))
        return jobs or {"audit": self._audit()}

    def _hooks(self, chore: Chore) -> dict[str, Any]:
        python = next((p.component.runtime.value for p in self.parts if p.component.stack == "python" and p.component.runtime), "3.13")
        job: dict[str, Any] = {"stage": "check", "image": f"python:{python}"}
        if self.style is not Style.LEAN:
            job["variables"] = {"PRE_COMMIT_HOME": "$CI_PROJECT_DIR/.cache/pre-commit"}
            job["cache"] = {"key": {"files": [".pre-commit-config.yaml"]}, "paths": [".cache/pre-commit"]}
        job["script"] = ["pip install pre-commit", Because(Words(chore.command), "the repository's own hooks", chore.evidence)]
        return job

    def _audit(self) -> dict[str, Any]:
        command = f"trivy fs --scanners vuln,secret,misconfig --severity {SEVERITY} --ignore-unfixed --exit-code 1 ."
        return {"stage": "check", "image": self._tool(TRIVY), "script": [Because(Words(command), "dependencies, secrets, configuration")]}

    def _tool(self, image: str) -> dict[str, Any]:
        return {"name": image, "entrypoint": Because(Flow(("",)), "the image starts its program; a job needs a shell")}

    def _check(self, part: Part, stage: str, chores: Sequence[Chore]) -> dict[str, Any]:
        tests = any(chore.purpose is Purpose.TEST for chore in chores)
        matrix = tests and self.style is not Style.LEAN and bool(part.component.releases)
        where = room(part, matrix=matrix)
        job: dict[str, Any] = {"stage": stage, **self._concerned(part)}
        if matrix:
            versions = Flow(tuple(fact.value for fact in part.component.releases))
            axis = {MATRIX[1:]: Because(versions, "the releases the repository names", part.component.releases[0].evidence)}
            job["parallel"] = {"matrix": [axis]}
        runtime = part.component.runtime
        job["image"] = Because(where.image, "the version the repository asks for", runtime.evidence if runtime else ())
        values = dict(where.variables)
        if tests and part.services:
            job["services"] = [self._service(backing) for backing in part.services]
        if tests:
            for value in environment(part, lambda backing: backing.name, password, lambda name: f"${name}"):
                if value.secret:
                    self.secrets[value.name] = None
                else:
                    values[value.name] = Because(value.value, value.why, value.evidence)  # type: ignore[assignment]
        if values:
            job["variables"] = values
        job.update(self._cache(part, where))
        installs = [line for chore in part.chores(Purpose.INSTALL) for line in script_lines(chore, part)]
        before = [*where.before, *installs]
        if before:
            job["before_script"] = [Words(line) for line in before]
        job["script"] = [
            Because(Words(line), "the repository's own command", chore.evidence) for chore in chores for line in script_lines(chore, part)
        ]
        return job

    def _concerned(self, part: Part) -> dict[str, Any]:
        return {"extends": f".{part.id}-changed"} if self.several else {}

    def _cache(self, part: Part, where: Room) -> dict[str, Any]:
        files = lock_files(part)
        if not where.paths or not files:
            return {}
        cache: dict[str, Any] = {
            "key": {"files": Because(files, "the cache changes with the lock file"), **({"prefix": part.id} if self.several else {})},
            "paths": list(where.paths),
        }
        if self.style is Style.CACHED:
            cache["when"] = Because("always", "a failed run has fetched the same things")
        if self.style is Style.HARDENED:
            cache["policy"] = Because("pull-push", "protected branches keep caches of their own")
        return {"cache": cache}

    def _service(self, backing: Backing) -> Because:
        spec = backing.spec
        entry: dict[str, Any] = {"name": spec.image, "alias": backing.name}
        if needs_command(backing):
            entry["command"] = Flow(tuple(fill(word, spec, backing.name) for word in spec.command))
        if spec.environment:
            entry["variables"] = service_environment(backing, backing.name, password)
        return Because(entry, f"the tests may use {spec.label}; they start when its port answers", backing.fact.evidence)

    def _image(self, part: Part) -> dict[str, Any]:
        """Return the three jobs of an image: what is pushed is the very layout that was scanned."""
        archive = f"{part.id}-image"
        build = self._rootless(part, archive) if self.style is Style.HARDENED else self._docker(part, archive)
        build["artifacts"] = {"paths": [f"{archive}/"], "expire_in": Because("2 hours", "as long as scan and push may take")}
        name = f"{part.prefix}build-image"
        scan: dict[str, Any] = {"stage": "scan", **self._concerned(part), "image": self._tool(TRIVY), "needs": [name]}
        scan["variables"] = {"GIT_STRATEGY": Because("none", "needs the image, not the code")}
        secrets = " --scanners vuln,secret" if self.style is Style.HARDENED else ""
        command = f"trivy image --input {archive}{secrets} --severity {SEVERITY} --ignore-unfixed --exit-code 1"
        scan["script"] = [Because(Words(command), "a serious weakness stops the push")]
        return {name: build, f"{part.prefix}scan": scan, f"{part.prefix}push": self._push(part, archive)}

    def _attributes(self) -> str:
        return "--attest type=sbom --attest type=provenance" + ("" if self.style is Style.LEAN else ",mode=max")

    def _docker(self, part: Part, archive: str) -> dict[str, Any]:
        component = part.component
        job: dict[str, Any] = {"stage": "image", **self._concerned(part), "image": DOCKER, "services": [DIND]}
        job["variables"] = {"DOCKER_TLS_CERTDIR": Because("/certs", "the builder is spoken to over TLS")}
        command = ["docker buildx build", self._attributes()]
        before = [Words("docker context create builder"), Words("docker buildx create builder --use")]
        if self.style is Style.CACHED:
            sign = 'echo "$CI_REGISTRY_PASSWORD" | docker login "$CI_REGISTRY" --username "$CI_REGISTRY_USER" --password-stdin'
            before.insert(0, Words(sign))
            cache = f"type=registry,ref=$CI_REGISTRY_IMAGE/cache{'/' + part.id if self.several else ''}"
            command += [f'--cache-from "{cache}"', "$CACHE_TO"]
            job.pop("extends", None)
            job["rules"] = self._cache_rules(part, cache)
        for secret in build_secrets(part.plan) if part.plan else ():
            self.secrets[variable(secret)] = None
            command.append(f"--secret id={secret},env={variable(secret)}")
        command += [f"--file {component.dockerfile_path}", f"--output type=oci,tar=false,dest={archive}", component.build_context or "."]
        job["before_script"] = before
        job["script"] = [Because(Words(" ".join(command)), "with a list of its contents and how it was made")]
        return job

    def _cache_rules(self, part: Part, cache: str) -> list[Any]:
        """Return when the image is built, the default branch alone writing the cache."""
        writes = {"CACHE_TO": Because(f"--cache-to {cache},mode=max", "only the default branch writes the cache")}
        changes = {"changes": self._paths(part)} if self.several else {}
        release = [{"if": Words(RELEASE)}] if self.several else []
        return [*release, {"if": Words(DEFAULT), **changes, "variables": writes}, changes or {"when": "on_success"}]

    def _paths(self, part: Part) -> list[str]:
        """Return the patterns of the files that concern a part."""
        return ["**/*" if path == "**" else path.replace("/**", "/**/*") for path in [*watched(self.site, part, self.parts), PATH]]

    def _rootless(self, part: Part, archive: str) -> dict[str, Any]:
        component = part.component
        folder, _, file = component.dockerfile_path.rpartition("/")
        job: dict[str, Any] = {"stage": "image", **self._concerned(part), "image": self._tool(BUILDKIT)}
        why = "builds without root and without a privileged runner"
        job["variables"] = {"BUILDKITD_FLAGS": Because("--oci-worker-no-process-sandbox", why)}
        command = [
            "buildctl-daemonless.sh build --frontend dockerfile.v0",
            f"--local context={component.build_context or '.'} --local dockerfile={folder or '.'} --opt filename={file}",
            "--opt attest:sbom= --opt attest:provenance=mode=max",
        ]
        for secret in build_secrets(part.plan) if part.plan else ():
            self.secrets[variable(secret)] = None
            command.append(f"--secret id={secret},env={variable(secret)}")
        command.append(f"--output type=oci,tar=false,dest={archive}")
        job["script"] = [Because(Words(" ".join(command)), "with a list of its contents and how it was made")]
        return job

    def _push(self, part: Part, archive: str) -> dict[str, Any]:
        name = "$CI_REGISTRY_IMAGE" + (f"/{part.id}" if self.several else "")
        job: dict[str, Any] = {"stage": "push", "image": self._tool(SKOPEO)}
        job["needs"] = [f"{part.prefix}build-image", f"{part.prefix}scan"]
        job["rules"] = Because(self._push_rules(part), "from the default branch and tags only")
        job["variables"] = {"GIT_STRATEGY": "none"}
        sign = 'echo "$CI_REGISTRY_PASSWORD" | skopeo login "$CI_REGISTRY" --username "$CI_REGISTRY_USER" --password-stdin'
        copy = f"skopeo copy --all oci:{archive}"
        tags = ["$CI_COMMIT_SHA" if self.style is Style.HARDENED else "$CI_COMMIT_SHORT_SHA", "$CI_COMMIT_REF_SLUG"]
        lines = [sign, *(f'{copy} "docker://{name}:{tag}"' for tag in tags)]
        job["script"] = [Because(Words(line), "what was scanned, byte for byte") for line in lines]
        return job

    def _push_rules(self, part: Part) -> list[Any]:
        rules: list[Any] = [{"if": Words(RELEASE)}]
        last: dict[str, Any] = {"if": Words(DEFAULT)}
        if self.several:
            last["changes"] = self._paths(part)
        return [*rules, last]


def password(name: str) -> str:
    """Return a value that lives as long as the pipeline: no secret, and nothing to guess outside of it."""
    return "Ci-$CI_PIPELINE_ID"
