"""The records of this room: artifacts, decisions, findings, checks, expectations and assessments."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What an artifact is; decides its parser, its canonical form and its validators."""

    DOCKERFILE = "dockerfile"
    DOCKERIGNORE = "dockerignore"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    TERRAFORM = "terraform"
    GITHUB_ACTIONS = "github_actions"
    GITLAB_CI = "gitlab_ci"
    OTEL = "otel"
    PROMETHEUS = "prometheus"
    GRAFANA = "grafana"
    OTHER = "other"


class Severity(StrEnum):
    """How much a finding weighs: an error bars a candidate from winning while another is clean."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class CheckStatus(StrEnum):
    """What became of one validator on one candidate; a missing tool is never a pass."""

    PASSED = "passed"
    FINDINGS = "findings"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One generated file: path relative to the workspace (POSIX, no `..`), full text, kind."""

    path: str
    content: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Decision:
    """One fact an artifact commits to, for example `port=8000` of `Dockerfile`.

    `blocking` marks decisions on which a wrong value breaks the service (SPEC §5, consensus).
    `line` is 1-based, None where the value follows from the whole file.
    """

    path: str
    name: str
    value: str
    line: int | None = None
    blocking: bool = False

    @property
    def key(self) -> str:
        """Identify the question this decision answers, equal across candidates: `Dockerfile#port`."""
        return f"{self.path}#{self.name}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of a validator. `line` is 1-based; `source` is the validator's id; `link` explains the rule."""

    rule: str
    severity: Severity
    message: str
    path: str
    line: int | None = None
    link: str | None = None
    source: str = "rules"


@dataclass(frozen=True, slots=True)
class Check:
    """One validator's run over a candidate: what it looked at, how it ended, how long it took (ms)."""

    validator: str
    label: str
    status: CheckStatus
    paths: tuple[str, ...] = ()
    reason: str = ""
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the repository's evidence says about one question: the accepted values and where that stands.

    `name` is one of `port`, `runtime`, `start`, `service`, `health`, `image`, `script` (all scripts a package has), `receiver`
    (what a collector takes in), `secret` (a variable a module must not give in plain), `commands`
    (all scripts and targets a pipeline may call), `setup.LANGUAGE` (releases a pipeline may set up); `path` the artifact it
    concerns ("" for any). `accepted` holds alternatives, any of which agrees: for `start` each is a substring of the joined
    command, for `runtime` a version prefix, for `service` a service kind such as `postgres`.
    A `firm` expectation comes from a file of the repository or from the user and contradicting it is an
    error; one that is not firm is a convention and contradicting it only costs score.
    """

    name: str
    accepted: tuple[str, ...]
    evidence: str
    path: str = ""
    firm: bool = True


@dataclass(frozen=True, slots=True)
class ProgramTask:
    """A Python function that a prompt asks for: its name, the text it is begun in, and the calls whose results that text states."""

    entry: str
    stub: str
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a complete and grounded answer must hold: the files asked for and the facts known.

    `known_paths` are the files of the repository an answer may copy from; None when unknown. With a `program` the answer is run.
    """

    files: tuple[str, ...] = ()
    facts: tuple[Expectation, ...] = ()
    known_paths: frozenset[str] | None = None
    program: ProgramTask | None = None


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One part of a score: its value 0..1, its share of the whole 0..1, and the reason in words."""

    name: str
    value: float
    weight: float
    reason: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The judge's view of one answer. `score` is 0..1; `clean` means it parses and has no error finding.

    `behaviour` is what a program gave for the inputs all answers of its task were given: call and result.
    """

    artifacts: tuple[Artifact, ...]
    decisions: tuple[Decision, ...]
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    parts: tuple[ScorePart, ...]
    score: float
    clean: bool
    problems: tuple[str, ...] = field(default=())
    behaviour: tuple[tuple[str, str], ...] = ()

    def count(self, severity: Severity) -> int:
        """Return how many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)
