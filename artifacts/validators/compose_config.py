"""Docker's own Compose, where it is installed: `docker compose config --quiet`."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from typing import Any

from artifacts.child import find_program, run_program
from artifacts.errors import UnreadableArtifact
from artifacts.records import Artifact, Finding, Kind, Severity
from artifacts.validator import NotChecked
from artifacts.yamltree import read_yaml

_MISSING = "docker with the compose plugin is not installed here; Docker Desktop or the docker-compose-plugin package bring it"
# Keys that make Compose read other files while it merely checks; their content is not the artifact's.
_READS = frozenset({"env_file", "label_file"})
# Keys whose meaning lies in other files, or across the network.
_ELSEWHERE = frozenset({"extends", "include"})
_OPEN = re.compile(r"(?<!\$)\$(?:\{([A-Za-z_]\w*)(?::?\?[^}]*)?\}|([A-Za-z_]\w*))")
_NO_PLUGIN = ("unknown command", "is not a docker command", "unknown flag: --project-directory", "unknown shorthand flag")


class ComposeConfig:
    """Asks the real Compose. It sees an empty folder and no environment, and never a key that reads other files."""

    id = "compose_config"
    label = "docker compose config"
    kinds = frozenset({Kind.COMPOSE})
    needs_answer = False

    async def check(self, artifact: Artifact, artifacts: tuple[Artifact, ...], limit_s: float) -> tuple[Finding, ...]:
        """Return Compose's refusal, if any. Without the compose plugin nothing is checked."""
        program = find_program("docker")
        if program is None:
            raise NotChecked(_MISSING)
        text = await asyncio.to_thread(_safe_text, artifact.content)
        with tempfile.TemporaryDirectory(prefix="omni-compose-") as folder:
            argv = [program, "compose", "--project-directory", folder, "-f", "-", "config", "--quiet"]
            env = {"HOME": folder, "DOCKER_CONFIG": folder, "COMPOSE_DISABLE_ENV_FILE": "1"}
            ended = await run_program(argv, text=text, limit_s=limit_s, cwd=folder, extra_env=env)
        if ended.status == 0:
            return ()
        if any(sign in ended.errors for sign in _NO_PLUGIN):
            raise NotChecked(_MISSING)
        said = next((line.strip() for line in reversed(ended.errors.splitlines()) if line.strip() and "level=warning" not in line), "")
        if not said:
            raise NotChecked(f"docker compose gave no reason (status {ended.status})")
        wanting = sorted({name for pair in _OPEN.findall(artifact.content[:100_000]) for name in pair if name})
        if wanting:
            raise NotChecked(f"docker compose needs values for {', '.join(wanting[:5])}; without them it says: {said[:200]}")
        return (Finding("compose_config", Severity.ERROR, said[:400], artifact.path, source=self.id),)


def _safe_text(content: str) -> str:
    """Return what Compose may see: the text as it is, or without the keys that make it read other files."""
    try:
        plain = read_yaml(content).plain()
    except UnreadableArtifact:
        raise NotChecked("the file does not parse") from None
    if _mentions(plain, _ELSEWHERE):
        raise NotChecked("the file extends or includes others, which are not read here")
    return content if not _mentions(plain, _READS) else json.dumps(_harmless(plain))


def _mentions(value: Any, keys: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return any(key in keys or _mentions(item, keys) for key, item in value.items())
    return isinstance(value, list) and any(_mentions(item, keys) for item in value)


def _harmless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _harmless(item) for key, item in value.items() if key not in _READS}
    return [_harmless(item) for item in value] if isinstance(value, list) else value
