"""What a proof found, image by image, and what it tells while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from artifacts.records import Check, Finding


class Step(StrEnum):
    """The steps of proving one image, in order."""

    COPY = "copy"
    BASES = "bases"
    BUILD = "build"
    SERVICES = "services"
    START = "start"
    HEALTH = "health"
    PORT = "port"
    USER = "user"
    STAY = "stay"
    STOP = "stop"
    READ_ONLY = "read_only"
    CLEAN = "clean"


STEP_LABELS = {
    Step.COPY: "Copy the workspace",
    Step.BASES: "Have the base images",
    Step.BUILD: "Build",
    Step.SERVICES: "Start what it needs",
    Step.START: "Start",
    Step.HEALTH: "Wait for its health",
    Step.PORT: "Ask its port",
    Step.USER: "See who it runs as",
    Step.STAY: "See whether it stays up",
    Step.STOP: "Stop it",
    Step.READ_ONLY: "Start it with a read-only root",
    Step.CLEAN: "Remove everything",
}


class Outcome(StrEnum):
    """How a step or a fact ended; what could not be looked at is never a pass."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class StepEvent:
    """A step began or ended. `path` is the Dockerfile's, "" for what concerns all of them; `text` is one sentence."""

    path: str
    step: Step
    outcome: Outcome
    text: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class LineEvent:
    """A line a build or a container said, masked and cleaned."""

    path: str
    step: Step
    text: str


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """The proof is complete and everything it made is removed."""

    proof: Proof


ProofEvent = StepEvent | LineEvent | DoneEvent


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was tried: how it ended and a sentence. `line` is that of the Dockerfile which decides it."""

    step: Step
    outcome: Outcome
    text: str
    rule: str = ""
    line: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageProof:
    """One Dockerfile, proved. Sizes are bytes, times seconds; None means that it was not found out.

    `start_seconds` runs from the start of the container to its first open port (its first healthy answer where none is expected);
    `healthy_seconds` to the first time its health check succeeded. `user` is the id the first process really runs as. `unsettled` says that
    it did not become ready, which may come of services that were not there.
    """

    path: str
    name: str
    built: bool = False
    build_seconds: float | None = None
    size: int | None = None
    layers: int | None = None
    started: bool = False
    start_seconds: float | None = None
    healthy: bool | None = None
    healthy_seconds: float | None = None
    listening: tuple[int, ...] = ()
    expected_port: int | None = None
    status: int | None = None
    asked: str = ""
    user: int | None = None
    read_only: bool | None = None
    written: tuple[str, ...] = ()
    stop_seconds: float | None = None
    stopped_cleanly: bool | None = None
    services: tuple[str, ...] = ()
    made_up: tuple[str, ...] = ()
    unsettled: bool = False
    facts: tuple[Fact, ...] = ()
    log: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Tell whether it was built, started and became ready, and nothing that was tried failed."""
        return self.built and self.started and not self.unsettled and not any(fact.outcome is Outcome.FAILED for fact in self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The proof of a set of files. `engine` is "" and `not_proved` says why where nothing could be tried."""

    engine: str = ""
    images: tuple[ImageProof, ...] = ()
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())
    not_proved: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Tell whether there were images and every one of them stood the proof."""
        return bool(self.images) and all(image.ok for image in self.images)
