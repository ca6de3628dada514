"""How .dockerignore files are compared."""

from __future__ import annotations

from artifacts.dockerfile.model import Fault
from artifacts.errors import DecisionNotTakeable
from artifacts.records import Artifact, Decision, Kind


class DockerignoreComparer:
    """Compares the sets of patterns; their order counts only where one takes others back with `!`."""

    kind = Kind.DOCKERIGNORE

    def faults(self, content: str) -> tuple[Fault, ...]:
        """Return nothing: every text is a list of patterns."""
        return ()

    def canonical(self, content: str) -> str:
        """Return the patterns without comments, decoration and, where it does not count, order."""
        found = patterns(content)
        ordered = found if any(pattern.startswith("!") for pattern in found) else tuple(sorted(set(found)))
        return "\n".join(ordered) + "\n"

    def decisions(self, artifact: Artifact) -> tuple[Decision, ...]:
        """Return which of the two things that matter most are kept out of the build context: secrets and history."""
        found = set(patterns(artifact.content))
        everything = bool(found & {"*", "**"})
        env = everything or any(pattern.lstrip("*/").startswith(".env") for pattern in found)
        git = everything or any(pattern.lstrip("*/") in (".git", ".git*") for pattern in found)
        return (
            Decision(artifact.path, "ignores_env_files", "yes" if env else "no"),
            Decision(artifact.path, "ignores_git", "yes" if git else "no"),
        )

    def take(self, artifact: Artifact, decision: Decision, donor: Artifact) -> str:
        """Return the text with the donor's patterns for environment files or Git added or removed."""
        words = {"ignores_env_files": ".env", "ignores_git": ".git"}
        if decision.name not in words:
            raise DecisionNotTakeable(f"{decision.name} is not a decision of a .dockerignore file.")
        word = words[decision.name]
        lines = [line for line in artifact.content.splitlines() if not line.strip().lstrip("!*/").startswith(word)]
        taken = [line.strip() for line in donor.content.splitlines() if line.strip().lstrip("!*/").startswith(word)]
        if not taken and decision.value == "yes":
            raise DecisionNotTakeable(f"{donor.path} leaves out everything but what it names; take the whole file instead.")
        return "\n".join(lines + taken) + "\n"


def patterns(content: str) -> tuple[str, ...]:
    """Return the patterns in order, without comments, leading and trailing slashes."""
    found: list[str] = []
    for line in content.removeprefix("\ufeff").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        negated = text.startswith("!")
        pattern = text.lstrip("!").strip().removeprefix("./").strip("/")
        if pattern:
            found.append(("!" if negated else "") + pattern)
    return tuple(found)
