"""The Dockerfile: an image plan as instructions, each line with the reason and the place that proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from architect.blueprint import NO_OPTIONS, Drawing, Option, Site
from architect.plan import Copy, Env, Family, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Component, Evidence, Profile
from architect.request import Style
from architect.syntax import layers, shaping, shell, users
from architect.syntax.lines import Page, one_line
from architect.syntax.probes import probe
from artifacts.records import Kind

STYLES = {
    Style.LEAN: "lean: the smallest image",
    Style.HARDENED: "hardened: security first",
    Style.CACHED: "cached: the fastest rebuilds",
}
_ROOTLESS_BASES = ("nginx-unprivileged", "chainguard")


class Dockerfile:
    """One Dockerfile a component."""

    id = "dockerfile"
    label = "Dockerfile"
    options: tuple[Option, ...] = ()

    def paths(self, profile: Profile, components: Sequence[Component], options: Mapping[str, str] = NO_OPTIONS) -> tuple[str, ...]:
        """Return the Dockerfiles of these components."""
        return tuple(component.dockerfile_path for component in components)

    def draw(self, site: Site) -> Drawing:
        """Draw the image of every component that has a plan."""
        pages = tuple(_Sheet(component, plan, site).draw() for component, plan in site.planned())
        return Drawing(pages)


class _Sheet:
    """One Dockerfile in the making."""

    def __init__(self, component: Component, plan: ImagePlan, site: Site) -> None:
        self.component = component
        self.site = site
        self.style = site.style
        self.plan = shaping.with_folders(shaping.with_tini(plan), users.account(plan, site.changes.user))
        self.account = users.account(plan, site.changes.user)
        self.image = users.final_image(plan)
        self.page = Page(component.dockerfile_path, Kind.DOCKERFILE)
        self.mounts = False

    def draw(self) -> Page:
        """Return the page; the syntax line comes first and only where a mount needs it."""
        for stage in self.plan.stages:
            self._stage(stage, final=stage is self.plan.stages[-1])
        head = Page(self.page.path, Kind.DOCKERFILE)
        if self.mounts:
            head.add("# syntax=docker/dockerfile:1", "Cache and secret mounts need the BuildKit syntax")
        head.comment(_title(self.component, self.style))
        head.gap()
        return head.followed_by(self.page)

    def _stage(self, stage: Stage, *, final: bool) -> None:
        page = self.page
        page.gap()
        page.comment(stage.image.why if not stage.base else "")
        page.add(
            f"FROM {one_line(stage.base or stage.image.reference)} AS {one_line(stage.name)}",
            _why_from(stage),
            _runtime_evidence(self.component, stage),
        )
        family = self._family(stage)
        steps = shaping.grouped(stage.steps)
        before, after = shaping.split(steps) if final else (steps, ())
        root = self._rootless(stage) and (any(isinstance(step, Run | Packages) for step in steps) or (final and self._setup(after)))
        if root:
            page.add("USER 0", "The base image starts as its own user; the next steps need root")
        shell_set = False
        pip_env = any(isinstance(step, Env) and step.name == "PIP_NO_CACHE_DIR" for step in stage.steps)
        for position, step in enumerate((*before, *after)):
            if final and position == len(before):
                self._account_line(after)
            if isinstance(step, Run) and not shell_set and shell.piped(step.command) and family in (Family.DEBIAN, Family.ALPINE):
                shell_set = True
                program = "/bin/bash" if family is Family.DEBIAN else "/bin/ash"
                page.add(f'SHELL ["{program}", "-o", "pipefail", "-c"]', "A failure on the left side of a pipe fails the build")
            self._step(step, family, final=final, pip_env=pip_env)
        if final:
            if not after:
                self._account_line(after)
            self._finish(after)

    def _step(self, step: Step | tuple[Env, ...], family: Family, *, final: bool, pip_env: bool) -> None:
        page = self.page
        if isinstance(step, tuple):
            for env in step:
                page.comment(f"{env.name}: {env.why}" if env.why and len(step) > 1 else env.why, env.evidence)
            for position, env in enumerate(step):
                line = ("ENV " if position == 0 else "    ") + f"{env.name}={shell.env_value(env.value)}"
                page.add(line + (" \\" if position < len(step) - 1 else ""), env.why or f"Sets {env.name}", env.evidence)
        elif isinstance(step, Workdir):
            page.add(f"WORKDIR {one_line(step.path)}", f"Everything that follows happens in {step.path}")
        elif isinstance(step, Copy):
            page.comment(step.why, step.evidence)
            why = step.why or (f"what the stage {step.stage} made" if step.stage else "files of the repository")
            page.add(layers.copy(step, self.account.ids if final else None), why, step.evidence)
        elif isinstance(step, Packages):
            layer = layers.install(step, family, self.style)
            if layer:
                self._layer(layer, step.why or "system packages", step.evidence)
        elif isinstance(step, Run):
            self._layer(layers.run(step, self.style, final=final, pip_env=pip_env), step.why, step.evidence)

    def _layer(self, layer: layers.Layer, why: str, evidence: Sequence[Evidence]) -> None:
        self.mounts = self.mounts or layer.mounts
        self.page.comment(why, evidence)
        if layer.ignore:
            self.page.comment(f"hadolint ignore={layer.ignore}")
        reason = "; ".join(part for part in (why, layer.because) if part) or "a step of the build"
        self.page.add(layer.text, reason, evidence)

    def _setup(self, after: Sequence[object]) -> str:
        """Return the shell text that prepares the account, and the folders when nothing is copied after it."""
        if self.image.family not in (Family.DEBIAN, Family.ALPINE):
            return ""
        pieces = [users.creation(self.account, self.image.family)]
        if self.style is Style.HARDENED and self.image.family is Family.DEBIAN:
            pieces.append("find / -xdev -type f -perm /6000 -exec chmod a-s {} +")
        if not after:
            pieces.append(self._folders())
        return " && ".join(piece for piece in pieces if piece)

    def _account_line(self, after: Sequence[object]) -> None:
        text = self._setup(after)
        if not text:
            return
        account = [f"an account of its own with the fixed uid {self.account.uid}"] if self.account.create else []
        rights = ["no program may raise its rights"] if "chmod a-s" in text else []
        why = ", and ".join([*account, *rights]) or "the only folders the process may write"
        self.page.comment(why)
        self.page.add(f"RUN {shell.joined(shell.commands(text))}", why)

    def _folders(self) -> str:
        given = {step.destination.rstrip("/") for step in self.plan.stages[-1].steps if isinstance(step, Copy) and step.owned}
        given |= {"", "/tmp", "/var/tmp", "/dev/shm"}  # noqa: S108 - paths inside the container
        folders = [folder for folder in self.plan.writable if folder.rstrip("/") not in given]
        if not folders or self.image.family not in (Family.DEBIAN, Family.ALPINE):
            return ""
        names = " ".join(shell.word(folder) for folder in folders)
        return f"mkdir -p {names} && chown -R {self.account.ids} {names}"

    def _finish(self, after: Sequence[object]) -> None:
        page, plan, changes = self.page, self.plan, self.site.changes
        folders = self._folders() if after else ""
        if folders:
            why = "the only folders the process may write"
            page.comment(why)
            page.add(f"RUN {shell.joined(shell.commands(folders))}", why)
        for name, value in changes.environment:
            page.add(f"ENV {name}={shell.env_value(value)}", "Asked for in the instruction")
        self._labels()
        if plan.port is not None:
            page.comment(plan.why_port, plan.port_evidence)
            page.add(f"EXPOSE {plan.port}", plan.why_port or "the port the process listens on", plan.port_evidence)
        for port in changes.ports:
            page.add(f"EXPOSE {port}", "Asked for in the instruction")
        page.comment(f"{self.account.name}, not root; by number, so that an orchestrator can check it")
        page.add(f"USER {self.account.ids}", f"Runs as {self.account.name} (uid {self.account.uid}), never as root")
        self._health()
        if plan.stop_signal:
            page.add(f"STOPSIGNAL {plan.stop_signal}", "The signal that ends this process gracefully")
        page.comment(plan.why_start, plan.start_evidence)
        why = plan.why_start or "the start command, without a shell so that it gets the stop signal"
        start = shell.exec_form(plan.start)
        if plan.init and self.image.family in shaping.TINI:
            page.add(f'ENTRYPOINT ["{shaping.TINI[self.image.family]}", "--"]', "A small init as PID 1 forwards signals and reaps children")
            page.add(f"CMD {start}", why, plan.start_evidence)
        elif self.image.family is Family.DISTROLESS:
            page.add(f"ENTRYPOINT {start}", f"{why}; replaces the entry point of the base image", plan.start_evidence)
        else:
            page.add(f"CMD {start}", why, plan.start_evidence)

    def _labels(self) -> None:
        labels = [("org.opencontainers.image.title", self.component.name)]
        if self.image.family is not Family.SCRATCH:
            labels.append(("org.opencontainers.image.base.name", _full_name(self.image.reference)))
        labels += [label for label in self.site.changes.labels]
        self.page.gap()
        for position, (name, value) in enumerate(labels):
            line = ("LABEL " if position == 0 else "    ") + f'{name}="{_label(value)}"'
            self.page.add(line + (" \\" if position < len(labels) - 1 else ""), "What the image is, for registries and scanners")

    def _health(self) -> None:
        plan = self.plan
        image = self.image if self.image.probe else replace(self.image, probe=_FALLBACK_PROBE.get(self.image.family))
        command = probe(plan, image) if self.site.changes.health else None
        if command is None:
            return
        health = self.component.health
        evidence = health.evidence if health and plan.health_path and not plan.health_command else ()
        why = (
            f"asks {plan.health_path} on port {plan.port}"
            if plan.health_path and not plan.health_command
            else "asks whether the process is alive"
        )
        self.page.comment(why, evidence)
        options = f"--interval=30s --timeout=5s --start-period={plan.health_start_period}s --retries=3"
        self.page.add(
            f"HEALTHCHECK {options} \\\n    CMD {shell.exec_form(command)}",
            why,
            evidence,
        )

    def _family(self, stage: Stage) -> Family:
        named = {other.name: other for other in self.plan.stages}
        while stage.base in named and named[stage.base] is not stage:
            stage = named[stage.base]
        return stage.image.family

    def _rootless(self, stage: Stage) -> bool:
        return not stage.base and any(part in stage.image.reference for part in _ROOTLESS_BASES)


_FALLBACK_PROBE = {Family.DEBIAN: "bash", Family.ALPINE: "wget"}


def _title(component: Component, style: Style) -> str:
    parts = [component.framework.value] if component.framework else []
    language = component.language.value + (f" {component.runtime.value}" if component.runtime else "")
    return f"{component.name}: {' on '.join([*parts, language])}. House style {STYLES[style]}."


def _why_from(stage: Stage) -> str:
    if stage.base:
        return f"Continues from the stage {stage.base}"
    return stage.image.why or f"The base of the stage {stage.name}"


def _runtime_evidence(component: Component, stage: Stage) -> tuple[Evidence, ...]:
    runtime = component.runtime
    if runtime is None or stage.base or runtime.value.split(".")[0] not in stage.image.reference:
        return ()
    return runtime.evidence


def _full_name(reference: str) -> str:
    first = reference.split("/", 1)[0]
    if "/" in reference and ("." in first or ":" in first or first == "localhost"):
        return reference
    return f"docker.io/{reference}" if "/" in reference else f"docker.io/library/{reference}"


def _label(value: str) -> str:
    return (
        "".join(character for character in value if character.isprintable()).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    )
