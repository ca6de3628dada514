"""What a Dockerfile says of the part it builds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from types import MappingProxyType

from artifacts.agreement.statement import Given, Statement
from artifacts.dockerfile import image_of, read_dockerfile
from artifacts.dockerfile.decisions import listening_ports, user_of
from artifacts.dockerfile.health import understand_probe
from artifacts.dockerfile.words import strip_quotes
from artifacts.kubernetes.cluster import Cluster
from artifacts.records import Artifact

_TITLE = "org.opencontainers.image.title"


def statements(artifact: Artifact, cluster: Cluster) -> Iterator[Statement]:
    """Yield one statement about the last stage."""
    image = image_of(read_dockerfile(artifact.content))
    if image is None:
        return
    health, health_line = None, None
    if image.health is not None:
        words = image.health.argv if image.health.argv is not None else tuple(image.health.rest.split()[1:])
        health, health_line = understand_probe(words, image.values).path, image.health.line
    folder = PurePosixPath(artifact.path).parent.name
    titles = [
        strip_quotes(value or "") for step in image.instructions if step.op == "LABEL" for name, value in step.pairs() if name == _TITLE
    ]
    user = (image.user or "").split(":")[0].strip()
    if not user and user_of(image) == "non-root":
        user = "?"
    yield Statement(
        path=artifact.path,
        title="the image",
        line=image.stage.line,
        names=frozenset(name.lower() for name in (folder, *titles) if name),
        dockerfile=artifact.path,
        ports=frozenset(listening_ports(image)),
        ports_line=image.ports[0].line if image.ports else image.start_line,
        health=health,
        health_line=health_line,
        user=None if user == "?" or "$" in user else ("root" if user in ("", "0", "root") else user),
        user_line=image.user_line,
        variables=MappingProxyType({name: Given(None, clear=value) for name, value in image.env.items()}),
    )
