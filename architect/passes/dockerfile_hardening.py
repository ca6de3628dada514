"""Hardening of a Dockerfile that exists: exec form, pinned base, an account without rights, a health check, an ignore file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from architect.passes.spec import Edit, Yard
from architect.plan import Family
from architect.syntax.users import UID, Account, creation
from artifacts import compare
from artifacts.dockerfile import Dockerfile, Image, image_of, read_dockerfile
from artifacts.dockerfile.decisions import listening_ports, user_of
from artifacts.dockerfile.model import Instruction
from artifacts.dockerfile.words import split_words, strip_quotes
from artifacts.errors import DecisionNotTakeable, UnreadableArtifact
from artifacts.images import family_of, is_moving, reference, runtime_of
from artifacts.mending import with_lines
from artifacts.records import Artifact, Decision, Kind
from artifacts.rule import Context
from artifacts.rules import RULES

_SHELL = re.compile(r"[|&;<>()$`\\\"'*?\[\]{}~#\n]|^\s*(?:cd|exec|export|source|\.)\s|^\w+=")
_ROOT_ONLY = re.compile(r"\b(?:gosu|su-exec|setpriv|chroot|s6-overlay|supervisord|tini-root|sudo)\b|/root/")
_SERVERS = re.compile(r"(?:^|/)(?:nginx|httpd|caddy|traefik|haproxy)$|php.*apache|apache")
_SAFE_RULES = ("dockerfile_shell_without_exec", "dockerfile_npm_cache_left")


def exec_form(yard: Yard) -> Iterator[Edit]:
    """Write plain commands in shell form as arrays, so that the process itself receives the signal to stop."""
    for artifact, dockerfile, image in images(yard):
        for instruction in image.stage.of("CMD", "ENTRYPOINT"):
            # with an ENTRYPOINT in shell form the CMD is ignored; made an array it would become its arguments
            both = len(image.stage.of("CMD", "ENTRYPOINT")) > 1
            if instruction.argv is None and not both and instruction.rest.strip() and not _SHELL.search(instruction.rest):
                words = [strip_quotes(word, dockerfile.escape) for word in split_words(instruction.rest, dockerfile.escape)]
                line = f"{instruction.op} {json.dumps(words, ensure_ascii=False)}"
                why = "in shell form a shell is process 1 and keeps the signal to stop from the program"
                place = f"{artifact.path}:{instruction.line}"
                yield Edit(artifact.path, f"{instruction.op} in exec form", why, _replacing(instruction, [line]), place)


def rules(yard: Yard) -> Iterator[Edit]:
    """Apply the rules' own fixes."""
    for artifact, _, _ in images(yard):
        for rule in RULES:
            if rule.id in _SAFE_RULES and rule.fix is not None and any(rule.check(Context(artifact, yard.artifacts))):
                fix = rule.fix

                def mended(text: str, fix: Callable[[Context], str | None] = fix, artifact: Artifact = artifact) -> str | None:
                    return fix(Context(Artifact(artifact.path, text, artifact.kind), yard.artifacts))

                yield Edit(artifact.path, f"mended: {rule.title[0].lower()}{rule.title[1:]}", rule.why, mended, rule.id)


def pinned(yard: Yard) -> Iterator[Edit]:
    """Pin a base image that moves to the version the repository asks for; the variant (slim, alpine) stays."""
    for artifact, dockerfile, _ in images(yard):
        known = {
            reference(stage.base).repository: stage.base
            for model in yard.models.get(artifact.path, ())
            for stage in read_dockerfile(model.content).external_bases()
        }
        component = yard.component_of(artifact.path)
        for stage in dockerfile.external_bases():
            mine = reference(stage.base)
            if not is_moving(stage.base) or mine.repository not in known or stage.raw_base not in stage.origin.rest:
                continue
            version = re.match(r"v?\d+(?:\.\d+)*", reference(known[mine.repository]).tag)
            if version is None:
                continue
            variant = [part for part in mine.tag.split("-") if part in ("slim", "alpine")]
            made = f"{mine.repository}:{'-'.join([version[0], *variant])}"
            raw, told = stage.raw_base, component.runtime.where() if component and component.runtime else "the architect's own choice"

            def changed(text: str, raw: str = raw, made: str = made, line: int = stage.line) -> str | None:
                return _on_line(text, line, raw, made)

            why = f"{stage.base} moves, so the same file builds another image tomorrow; {version[0]} is what the repository asks for"
            yield Edit(artifact.path, f"base image {made}", why, changed, told)


def non_root(yard: Yard) -> Iterator[Edit]:
    """Run the final image as an account without rights, where nothing in the file shows that root is needed."""
    for artifact, _, image in images(yard):
        if user_of(image) != "root" or _needs_root(artifact.content, image):
            continue
        folder = image.workdir if image.workdir and image.workdir.startswith("/") and len(image.workdir) > 1 else ""
        writable = _writable(yard, artifact.path)
        owned = " ".join(dict.fromkeys([*([folder] if folder else []), *writable]))
        made = f"mkdir -p {' '.join(writable)} && " if writable else ""
        family = {"alpine": Family.ALPINE, "debian": Family.DEBIAN}.get(family_of(image.root))
        if reference(image.root).name == "node":
            lines, name = [*([f"RUN {made}chown node:node {owned}"] if owned else []), "USER node"], "node, which the image has"
        elif family is not None:
            who = Account("app", UID, UID, create=True)
            handed = f" && {made}chown {who.ids} {owned}" if owned else ""
            lines, name = [f"RUN {creation(who, family)}{handed}", f"USER {who.ids}"], f"an account of its own, {who.ids}"
        else:
            continue
        why = f"the process runs as root, so whoever breaks into it owns the container; it runs as {name} instead"
        yield Edit(
            artifact.path,
            "runs without root's rights",
            why,
            lambda text, lines=lines: before_start(text, lines),  # type: ignore[misc]
            "dockerfile_root_user",
        )


def health_check(yard: Yard) -> Iterator[Edit]:
    """Take the architect's health check over, where its tool is in the image."""
    for artifact, _, image in images(yard):
        component = yard.component_of(artifact.path)
        if image.health is not None or component is None or component.port is None:
            continue
        for model in yard.models.get(artifact.path, ()):
            theirs = image_of(read_dockerfile(model.content))
            same_tool = theirs is not None and runtime_of(theirs.root) is not None
            same = same_tool and theirs is not None and (runtime_of(theirs.root) or ("",))[0] == (runtime_of(image.root) or ("",))[0]
            decision = next((item for item in compare.decisions(model) if item.name == "health_check" and item.value != "none"), None)
            if not same or decision is None:
                continue

            def taken(text: str, artifact: Artifact = artifact, model: Artifact = model, decision: Decision = decision) -> str | None:
                try:
                    return compare.take_decision(Artifact(artifact.path, text, artifact.kind), decision, model).content
                except (DecisionNotTakeable, UnreadableArtifact):
                    return None

            told = component.health.where() if component.health else component.port.where()
            why = "without one the engine takes a process that hangs for one that works"
            yield Edit(artifact.path, f"health check {decision.value}", why, taken, told)
            break


def ignore_file(yard: Yard) -> Iterator[Edit]:
    """Add an ignore file where there is none, so that secrets and history stay out of the build."""
    for artifact in yard.of(Kind.DOCKERFILE):
        component = yard.component_of(artifact.path)
        path = component.dockerignore_path if component is not None else ""
        model = next(iter(yard.models.get(path, ())), None)
        if model is None or path in yard.profile.files or yard.text(path) is not None:
            continue
        why = "everything beside the Dockerfile is sent to the build, version control and local secrets included"
        yield Edit(path, "an ignore file", why, lambda _, content=model.content: content, artifact.path, Kind.DOCKERIGNORE)  # type: ignore[misc]


STEPS = (exec_form, rules, pinned, health_check, non_root, ignore_file)


def images(yard: Yard) -> Iterator[tuple[Artifact, Dockerfile, Image]]:
    """Yield every Dockerfile that can be read, with the image of its last stage."""
    for artifact in yard.of(Kind.DOCKERFILE):
        dockerfile = read_dockerfile(artifact.content)
        image = image_of(dockerfile)
        if image is not None and not dockerfile.faults:
            yield artifact, dockerfile, image


def _needs_root(text: str, image: Image) -> bool:
    """Tell whether something in the file shows that its process needs root, or would not find its files without."""
    if _ROOT_ONLY.search(text) or _SERVERS.search(image.root) or image.volumes:
        return True
    known = runtime_of(image.root) is not None or reference(image.root).name in ("debian", "ubuntu", "alpine")
    return not known or any(port < 1024 for port in listening_ports(image))


def _writable(yard: Yard, path: str) -> list[str]:
    component = yard.component_of(path)
    plan = yard.plans.get(component.name) if component is not None else None
    return [folder for folder in plan.writable if folder.startswith("/") and folder not in ("/", "/tmp")] if plan else []  # noqa: S108


def _replacing(instruction: Instruction, lines: list[str]) -> Callable[[str], str | None]:
    return lambda text: with_lines(text, [instruction], lambda _: lines)


def _on_line(text: str, line: int, old: str, new: str) -> str | None:
    lines = text.split("\n")
    if line > len(lines) or old not in lines[line - 1]:
        return None
    lines[line - 1] = re.sub(rf"(?<!\S){re.escape(old)}(?!\S)", lambda _: new, lines[line - 1], count=1)
    return "\n".join(lines)


def before_start(text: str, lines: list[str]) -> str | None:
    """Put lines in front of the last stage's start, behind everything that prepares the image."""
    image = image_of(read_dockerfile(text))
    if image is None:
        return None
    body = image.stage.instructions
    preparing = [item for item in body if item.op not in ("CMD", "ENTRYPOINT", "HEALTHCHECK", "EXPOSE", "STOPSIGNAL", "LABEL")]
    after = (preparing[-1] if preparing else image.stage.origin).end_line
    held = text.split("\n")
    # a comment above the start command stays with it
    held[after:after] = lines
    return "\n".join(held)
