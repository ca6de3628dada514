"""Questions about how the application runs: port, start, services, variables, health, versions, parts."""

from __future__ import annotations

from architect.profile import Component, Purpose
from engine.asking.topic import Matter, Said, Topic, code, named, proof, sources_of, stated, words


def _port(matter: Matter) -> Said | None:
    lines, found = [], []
    for component in matter.components:
        if component.port is None:
            lines.append(f"{named(matter, component)}it listens on no port that the repository shows.")
            continue
        found.append(component.port.evidence)
        lines.append(f"{named(matter, component)}it listens on port **{component.port.value}**{stated(component.port)}.")
    return _said(lines, *found)


def _start(matter: Matter) -> Said | None:
    lines, found = [], []
    for component in matter.components:
        if component.start is None:
            lines.append(f"{named(matter, component)}no start command was found; state one on the Generate page.")
            continue
        found.append(component.start.evidence)
        note = f" {_sentence(component.start.note)}" if component.start.note else ""
        lines.append(f"{named(matter, component)}it is started with {code(component.start.value)}{proof(component.start.evidence)}.{note}")
        for process in component.processes:
            found.append(process.evidence)
            lines.append(f"{named(matter, component)}process **{process.name}** runs {code(process.argv)}{proof(process.evidence)}.")
        installs = component.chores_for(Purpose.INSTALL)
        if installs:
            found.append(installs[0].evidence)
            folder = f" in `{installs[0].folder}`" if installs[0].folder else ""
            lines.append(f"{named(matter, component)}dependencies are installed with {code(installs[0].command)}{folder}.")
    return _said(lines, *found)


def _services(matter: Matter) -> Said | None:
    lines, found = [], []
    for component in matter.components:
        for service in component.services:
            found.append(service.evidence)
            lines.append(f"{named(matter, component)}**{service.value}**{stated(service)}")
    if not lines:
        return Said("The repository shows no database, cache or queue that it needs.")
    return _said(["It needs:", *lines], *found, bullets=True)


def _variables(matter: Matter) -> Said | None:
    lines, found = [], []
    for component in matter.components:
        for variable in component.variables:
            found.append(variable.evidence)
            default = (
                "must be set" if variable.default is None else "has a default" if variable.secret else f"default {code(variable.default)}"
            )
            kind = ", a secret" if variable.secret else ""
            lines.append(f"{named(matter, component)}`{variable.name}`: {default}{kind}{proof(variable.evidence)}")
    if not lines:
        return Said("The code reads no environment variable that was found.")
    return _said(["The code reads these environment variables:", *lines], *found, bullets=True)


def _health(matter: Matter) -> Said | None:
    lines, found = [], []
    for component in matter.components:
        if component.health is None:
            lines.append(
                f"{named(matter, component)}no path that answers without signing in was found, so a health check can only try the port. "
                "Add a route such as `/healthz` that answers 200."
            )
            continue
        found.append(component.health.evidence)
        lines.append(f"{named(matter, component)}health is answered at {code(component.health.value)}{stated(component.health)}.")
    return _said(lines, *found)


def _versions(matter: Matter) -> Said | None:
    lines, found = [], []
    for component in matter.components:
        parts = [("language", component.language), ("version", component.runtime), ("framework", component.framework)]
        parts.append(("package manager", component.package_manager))
        for name, fact in parts:
            if fact is not None:
                found.append(fact.evidence)
                lines.append(f"{named(matter, component)}{name} **{fact.value}**{stated(fact)}")
    return _said(lines, *found, bullets=True)


def _parts(matter: Matter) -> Said | None:
    if not matter.profile.components:
        return Said("Nothing in this folder was recognised as an application. " + " ".join(matter.profile.questions))
    lines, found = [], []
    for component in matter.profile.components:
        found.append(component.language.evidence)
        lines.append(f"**{component.name}** in `{component.root or '.'}`: {_kind(component)}{proof(component.language.evidence)}")
    many = len(matter.profile.components)
    head = f"`{matter.profile.name}` has {many} part{'s' * (many != 1)} that run{'s' * (many == 1)}:"
    said = _said([head, *lines], *found, bullets=True)
    readme = next((path for path in matter.profile.files if path.lower() in ("readme.md", "readme.rst", "readme.txt", "readme")), None)
    return Said(f"{said.text}\n\nWhat it is for stands in `{readme}`." if readme else said.text, said.sources)


def _tests(matter: Matter) -> Said | None:
    lines, found = [], []
    for component in matter.components:
        for chore in component.chores_for(Purpose.TEST, Purpose.LINT, Purpose.TYPES):
            found.append(chore.evidence)
            folder = f" in `{chore.folder}`" if chore.folder else ""
            lines.append(f"{named(matter, component)}{chore.purpose.value}: {code(chore.command)}{folder}{proof(chore.evidence)}")
    if not lines:
        return Said("The repository names no command with which it tests or checks itself.")
    return _said(["It checks itself with:", *lines], *found, bullets=True)


def _kind(component: Component) -> str:
    what = f"{component.framework.value} on " if component.framework else ""
    version = f" {component.runtime.value}" if component.runtime else ""
    port = f", port {component.port.value}" if component.port else ""
    return f"a {component.role.value} component, {what}{component.language.value}{version}{port}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _said(lines: list[str], *evidence: object, bullets: bool = False) -> Said:
    """Put lines together; with bullets, all but a head that ends in a colon are items."""
    if bullets:
        lines = [line if line.endswith(":") else f"- {line}" for line in lines]
        head = [line for line in lines if not line.startswith("- ")]
        text = "\n\n".join([*head, "\n".join(line for line in lines if line.startswith("- "))])
    else:
        text = "\n\n".join(line[:1].upper() + line[1:] for line in lines)
    return Said(text, sources_of(*evidence))  # type: ignore[arg-type]


TOPICS = (
    Topic(
        id="port",
        label="Port",
        pattern=words(r"which port", r"what port", r"ports?\b", r"listen\w*", r"\bbound to\b"),
        examples=("Which port does it listen on?",),
        answer=_port,
    ),
    Topic(
        id="start",
        label="Start",
        pattern=words(
            r"how (?:is|are|do|can|to|does)\b.*?\b(?:start|run|launch)\w*",
            r"start(?:ed|s)?\b",
            r"start command",
            r"launch",
            r"run it",
            r"entry ?point",
            r"worker process\w*",
        ),
        examples=("How is it started?",),
        answer=_start,
    ),
    Topic(
        id="services",
        label="Services",
        pattern=words(
            r"(?:which|what) (?:services|databases?)",
            r"services?\b",
            r"databases?\b",
            r"depends? on\b",
            r"queue\b",
            r"cache\b",
            r"backing",
            r"postgres\w*",
            r"redis",
            r"mysql",
            r"mongo\w*",
            r"rabbitmq",
            r"kafka",
        ),
        examples=("Which services does it need?",),
        answer=_services,
    ),
    Topic(
        id="variables",
        label="Variables",
        pattern=words(
            r"environment variables?",
            r"env(?:ironment)? vars?",
            r"variables?\b",
            r"(?:which|what) (?:settings|configuration)",
            r"must be set",
            r"configur\w*",
        ),
        examples=("Which environment variables must be set?",),
        answer=_variables,
    ),
    Topic(
        id="health",
        label="Health",
        pattern=words(r"health\s?-?check\w*", r"health\w*", r"(?:readiness|liveness)\b", r"probes?\b"),
        examples=("Where is its health answered?",),
        answer=_health,
        expert="kubernetes",
    ),
    Topic(
        id="versions",
        label="Language and version",
        pattern=words(
            r"(?:which|what) (?:\w+ )?(?:language|framework|version|package manager|runtime)",
            r"language",
            r"framework",
            r"runtime",
            r"package manager",
            r"version\b",
            r"written in",
        ),
        examples=("Which language and version is it?",),
        answer=_versions,
    ),
    Topic(
        id="parts",
        label="Overview",
        pattern=words(
            r"what (?:is|does) (?:this|the) (?:project|repo\w*|code\w*|application|app)\b(?: about| do)?",
            r"overview",
            r"summar\w+",
            r"components?\b",
            r"explain (?:this|the) (?:project|repo\w*)",
            r"parts\b",
            r"architecture",
            r"structure",
        ),
        examples=("What is this repository made of?",),
        answer=_parts,
    ),
    Topic(
        id="tests",
        label="Tests",
        pattern=words(r"(?:how|which|what|are there)\b.*?\btests?\b", r"tests?\b", r"lint\w*", r"check itself"),
        examples=("How are its tests run?",),
        answer=_tests,
        expert="cicd",
    ),
)
