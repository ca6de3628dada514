"""Whether artifacts agree with what the repository proves: port, runtime, start, services, health, files that are copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from artifacts.compose import ComposeFile, Service, read_compose
from artifacts.dockerfile import Image, image_of, read_dockerfile
from artifacts.dockerfile.decisions import listening_ports, start_of
from artifacts.dockerfile.health import understand_probe
from artifacts.images import reference, runtime_of, service_of
from artifacts.judging.copies import missing_copies
from artifacts.judging.files import missing_files
from artifacts.judging.manifests import manifest_outcomes
from artifacts.judging.modules import module_outcomes
from artifacts.judging.outcomes import Outcome, Verdict, known
from artifacts.judging.pipelines import KINDS as PIPELINES
from artifacts.judging.pipelines import pipeline_outcomes
from artifacts.judging.starting import missing_starts, script_outcomes
from artifacts.judging.telemetry import telemetry_outcomes
from artifacts.kubernetes.cluster import cluster_of
from artifacts.records import Artifact, Expectation, Expectations, Finding, Kind, Severity

SOURCE = "evidence"
_EXTERNAL = {
    "postgres": ("DATABASE", "POSTGRES", "PG", "DB_"),
    "mysql": ("DATABASE", "MYSQL", "MARIADB", "DB_"),
    "mongodb": ("MONGO", "DATABASE"),
    "redis": ("REDIS", "CACHE", "BROKER"),
    "rabbitmq": ("AMQP", "RABBIT", "BROKER"),
    "kafka": ("KAFKA", "BROKER"),
    "elasticsearch": ("ELASTIC", "OPENSEARCH", "ES_"),
    "memcached": ("MEMCACHE",),
    "minio": ("S3_", "MINIO", "AWS_"),
}


@dataclass(frozen=True, slots=True)
class Grounding:
    """All expectations' outcomes and the findings that follow from contradictions."""

    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]


def ground(artifacts: Sequence[Artifact], expectations: Expectations) -> Grounding:
    """Compare artifacts with the evidence. A contradicted firm fact is an error that names where the fact stands."""
    answer = _Answer(artifacts)
    outcomes = tuple(_outcome(fact, answer) for fact in expectations.facts)
    findings = [_finding(outcome) for outcome in outcomes if outcome.verdict is Verdict.DIFFERS]
    for path, image_file in answer.dockerfiles.items():
        findings += missing_copies(path, image_file, artifacts, expectations.known_paths)
        if not any(
            outcome.path == path and outcome.expectation.name == "start" and outcome.verdict is Verdict.DIFFERS for outcome in outcomes
        ):
            present = expectations.known_paths and expectations.known_paths | {artifact.path for artifact in artifacts}
            findings += missing_starts(path, image_file, answer.images.get(path), present)
    for path, compose in answer.compose.items():
        findings += missing_files(path, compose, artifacts, expectations.known_paths)
    return Grounding(outcomes, tuple(findings))


class _Answer:
    """The readable parts of an answer."""

    def __init__(self, artifacts: Sequence[Artifact]):
        self.dockerfiles = {item.path: read_dockerfile(item.content) for item in artifacts if item.kind is Kind.DOCKERFILE}
        self.images: dict[str, Image] = {}
        for path, dockerfile in self.dockerfiles.items():
            image = image_of(dockerfile)
            if image is not None:
                self.images[path] = image
        self.cluster = cluster_of(artifacts)
        self.modules = [item for item in artifacts if item.kind is Kind.TERRAFORM]
        self.collectors = [item for item in artifacts if item.kind is Kind.OTEL]
        self.pipelines = [item for item in artifacts if item.kind in PIPELINES]
        self.compose: dict[str, ComposeFile] = {item.path: read_compose(item.content) for item in artifacts if item.kind is Kind.COMPOSE}

    def images_for(self, fact: Expectation) -> list[tuple[str, Image]]:
        """Return the images a fact concerns."""
        return [(path, image) for path, image in self.images.items() if fact.path in ("", path)]

    def services_for(self, fact: Expectation) -> Iterator[tuple[str, Service]]:
        """Yield the Compose services built from the Dockerfile a fact concerns."""
        for path, compose in self.compose.items():
            folder = PurePosixPath(path).parent
            for service in compose.services:
                built = service.build.dockerfile_path() if service.build is not None else None
                if built is not None and fact.path == str(folder / built):
                    yield path, service


def _outcome(fact: Expectation, answer: _Answer) -> Outcome:
    check = _CHECKS.get(fact.name)
    outcomes = [*(check(fact, answer) if check is not None else ()), *manifest_outcomes(fact, answer.cluster)]
    outcomes += pipeline_outcomes(fact, answer.pipelines)
    outcomes += telemetry_outcomes(fact, answer.collectors)
    outcomes += module_outcomes(fact, answer.modules)
    order = (Verdict.DIFFERS, Verdict.AGREES, Verdict.VAGUE, Verdict.SILENT)
    if not fact.path:
        # a fact about any file is met when one file meets it
        order = (Verdict.AGREES, Verdict.DIFFERS, Verdict.VAGUE, Verdict.SILENT)
    for verdict in order:
        for outcome in outcomes:
            if outcome.verdict is verdict:
                return outcome
    return Outcome(fact, Verdict.ABSENT, f"nothing in the answer concerns the {fact.name}")


def _finding(outcome: Outcome) -> Finding:
    fact = outcome.expectation
    severity = Severity.ERROR if fact.firm and not outcome.lenient else Severity.WARNING
    return Finding(f"evidence_{fact.name}", severity, outcome.reason, outcome.path, outcome.line, source=SOURCE)


def _port(fact: Expectation, answer: _Answer) -> Iterable[Outcome]:
    accepted = {int(value) for value in fact.accepted if value.isdigit()}
    for path, image in answer.images_for(fact):
        ports = listening_ports(image)
        if not ports:
            yield Outcome(fact, Verdict.SILENT, f"{path} does not say which port it listens on; it is {known(fact)}", path)
        elif accepted & set(ports):
            yield Outcome(fact, Verdict.AGREES, f"{path} uses port {known(fact)}", path)
        else:
            line = image.ports[0].line if image.ports else image.start_line
            verb = "exposes" if image.ports else "listens on"
            shown = ", ".join(map(str, ports[:5]))
            yield Outcome(fact, Verdict.DIFFERS, f"{path} {verb} {shown}, the application listens on {known(fact)}", path, line)
    for path, service in answer.services_for(fact):
        targets = {int(port.target) for port in service.ports if port.target.isdigit() and len(port.target) < 6}
        set_here = {variable.value for variable in service.environment if variable.name.endswith("PORT")}
        if targets and not targets & accepted and not service.command and not {str(target) for target in targets} & set_here:
            shown = ", ".join(str(target) for target in sorted(targets)[:5])
            reason = f"{path} sends requests for {service.name} to port {shown} of the container, the application listens on {known(fact)}"
            yield Outcome(fact, Verdict.DIFFERS, reason, path, service.ports[0].line)


def _runtime(fact: Expectation, answer: _Answer) -> Iterable[Outcome]:
    for path, image in answer.images_for(fact):
        found = [
            (version, stage.line, reference(stage.base).text)
            for stage in [*image.chain[:1], *answer.dockerfiles[path].external_bases()]
            if (runtime := runtime_of(stage.base)) is not None
            for version in runtime[1:]
        ]
        versions = [item for item in found if item[0]]
        if any(_within(version, accepted) for version, _, _ in versions for accepted in fact.accepted):
            yield Outcome(fact, Verdict.AGREES, f"{path} uses version {known(fact)}", path)
        elif any(_within(accepted, version) for version, _, _ in versions for accepted in fact.accepted):
            yield Outcome(fact, Verdict.VAGUE, f"{path} names {versions[0][2]}, less exact than {known(fact)}", path)
        elif versions:
            _, line, base = versions[0]
            wanted = "the repository asks for version" if fact.firm else "expected is version"
            yield Outcome(fact, Verdict.DIFFERS, f"{path} uses {base}, {wanted} {known(fact)}", path, line)
        else:
            yield Outcome(fact, Verdict.SILENT, f"{path} does not pin the runtime's version; it is {known(fact)}", path)


def _within(version: str, prefix: str) -> bool:
    return version == prefix or version.startswith(f"{prefix}.")


def _start(fact: Expectation, answer: _Answer) -> Iterable[Outcome]:
    for path, image in answer.images_for(fact):
        start = start_of(image)
        if start is None:
            yield Outcome(fact, Verdict.SILENT, f"{path} sets no start command; it is {known(fact)}", path)
            continue
        forms = (" ".join(image.command), " ".join(start.argv), start.essence)
        if any(accepted in form for accepted in fact.accepted for form in forms):
            yield Outcome(fact, Verdict.AGREES, f"{path} starts {known(fact)}", path)
        else:
            shown = " ".join(image.command)[:120]
            yield Outcome(fact, Verdict.DIFFERS, f"{path} starts `{shown}`, the repository says {known(fact)}", path, image.start_line)


def _service(fact: Expectation, answer: _Answer) -> Iterable[Outcome]:
    for path, compose in answer.compose.items():
        if fact.path not in ("", path) or compose.faults:
            continue
        kinds = {kind for service in compose.services if (kind := service_of(service.image))}
        names = {service.name for service in compose.services if service.image}
        if set(fact.accepted) & (kinds | names):
            yield Outcome(fact, Verdict.AGREES, f"{path} has {known(fact)}", path)
            continue
        outside = _is_outside(fact.accepted, compose)
        note = "; it seems to expect one that runs elsewhere" if outside else ""
        reason = f"{path} has no {' or '.join(fact.accepted)}, which the code needs ({fact.evidence}){note}"
        yield Outcome(fact, Verdict.DIFFERS, reason, path, lenient=outside or compose.includes)


def _is_outside(kinds: tuple[str, ...], compose: ComposeFile) -> bool:
    """Tell whether a service gets the address of such a backing service from outside the file."""
    markers = tuple(marker for kind in kinds for marker in _EXTERNAL.get(kind, (kind.upper(),)))
    return any(
        variable.name.upper().startswith(markers) and (variable.value is None or variable.value.startswith("${"))
        for service in compose.services
        for variable in service.environment
    )


def _health(fact: Expectation, answer: _Answer) -> Iterable[Outcome]:
    for path, image in answer.images_for(fact):
        if image.health is None:
            yield Outcome(fact, Verdict.SILENT, f"{path} has no health check; the application answers on {known(fact)}", path)
            continue
        words = image.health.argv if image.health.argv is not None else tuple(image.health.rest.split()[1:])
        probe = understand_probe(words, image.values)
        line = image.health.line
        if probe.path is None:
            yield Outcome(fact, Verdict.VAGUE, f"{path} checks health by a command, not by {known(fact)}", path, line)
        elif probe.path in {value.rstrip("/") or "/" for value in fact.accepted}:
            yield Outcome(fact, Verdict.AGREES, f"{path} checks health on {known(fact)}", path, line)
        else:
            reason = f"{path} checks health on {probe.path}, the application answers on {known(fact)}"
            yield Outcome(fact, Verdict.DIFFERS, reason, path, line, lenient=probe.path == "/")


def _script(fact: Expectation, answer: _Answer) -> Iterable[Outcome]:
    yield from script_outcomes(fact, answer.dockerfiles.items())


_CHECKS: dict[str, Callable[[Expectation, _Answer], Iterable[Outcome]]] = {
    "port": _port,
    "runtime": _runtime,
    "start": _start,
    "service": _service,
    "health": _health,
    "script": _script,
}
