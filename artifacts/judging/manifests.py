"""Whether Kubernetes manifests agree with what the repository proves: image, port, health path, services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from artifacts.images import is_tool, reference
from artifacts.judging.outcomes import Outcome, Verdict, known
from artifacts.kinds import MANIFEST_FOLDERS
from artifacts.kubernetes import Container, Pod
from artifacts.kubernetes.cluster import Cluster
from artifacts.kubernetes.facts import backing_of, probe_port
from artifacts.kubernetes.pods import SERVING
from artifacts.records import Expectation


def manifest_outcomes(fact: Expectation, cluster: Cluster) -> Iterator[Outcome]:
    """Yield how a fact about the manifests fares; nothing for a fact about other files."""
    check = _CHECKS.get(fact.name)
    if check is not None and cluster.objects and (not fact.path or is_manifest_path(fact.path)):
        yield from check(fact, cluster)


def is_manifest_path(path: str) -> bool:
    """Tell whether a path lies where the manifests of an answer are asked for."""
    return bool(MANIFEST_FOLDERS & set(PurePosixPath(path).parts[:-1]))


def _containers(fact: Expectation, cluster: Cluster) -> list[tuple[str, Pod, Container]]:
    """Return the containers a fact concerns: those of the named file, else those named like it, else the only one that serves."""
    found = [
        (path, pod, container)
        for path, pod in cluster.pods
        if pod.owner.kind in SERVING
        and backing_of(pod.running[0].image if pod.running else "") is None
        and not is_tool(pod.running[0].image if pod.running else "")
        for container in pod.running[:1]
    ]
    stem = PurePosixPath(fact.path).stem
    if fact.name == "image":
        return [item for item in found if item[0] == fact.path] or [item for item in found if item[1].owner.name == stem]
    serving = [item for item in found if item[2].ports]
    for chosen in (
        [item for item in serving if item[0] == fact.path],
        [item for item in serving if stem in (item[1].owner.name, reference(item[2].image).name)],
        serving if len(serving) == 1 else [],
    ):
        if chosen:
            return chosen
    return [item for item in found if item[0] == fact.path]


def _port(fact: Expectation, cluster: Cluster) -> Iterable[Outcome]:
    accepted = {int(value) for value in fact.accepted if value.isdigit()}
    for path, pod, container in _containers(fact, cluster):
        ports = {port.number for port in container.ports}
        if not ports:
            reason = f"{path}: {pod.owner.title} does not say which port it listens on; it is {known(fact)}"
            yield Outcome(fact, Verdict.SILENT, reason, path, container.line)
        elif ports & accepted:
            yield Outcome(fact, Verdict.AGREES, f"{path} uses port {known(fact)}", path)
        else:
            shown = ", ".join(map(str, sorted(ports)[:5]))
            reason = f"{path}: {pod.owner.title} exposes {shown}, the application listens on {known(fact)}"
            moved = any(variable.name.endswith("PORT") and variable.value in {str(port) for port in ports} for variable in container.env)
            yield Outcome(fact, Verdict.DIFFERS, reason, path, container.line_of("ports"), lenient=moved)


def _health(fact: Expectation, cluster: Cluster) -> Iterable[Outcome]:
    accepted = {value.rstrip("/") or "/" for value in fact.accepted}
    for path, pod, container in _containers(fact, cluster):
        probe = container.probes.get("readinessProbe") or container.probes.get("livenessProbe")
        if probe is None:
            reason = f"{path}: {pod.owner.title} has no readiness probe; the application answers on {known(fact)}"
            yield Outcome(fact, Verdict.SILENT, reason, path, container.line)
            continue
        asked = probe.path.split("?")[0].rstrip("/") or "/"
        if probe.form != "http":
            where = f" on port {port}" if (port := probe_port(container, probe)) is not None else ""
            reason = f"{path} checks health by {probe.form}{where}, not by {known(fact)}"
            yield Outcome(fact, Verdict.VAGUE, reason, path, probe.line)
        elif asked in accepted:
            yield Outcome(fact, Verdict.AGREES, f"{path} checks health on {known(fact)}", path)
        else:
            reason = f"{path} checks health on {asked}, the application answers on {known(fact)}"
            yield Outcome(fact, Verdict.DIFFERS, reason, path, probe.line, lenient=asked == "/")


def _image(fact: Expectation, cluster: Cluster) -> Iterable[Outcome]:
    for path, pod, container in _containers(fact, cluster):
        name = reference(container.image).name
        if name in fact.accepted or reference(cluster.image(container)).name in fact.accepted:
            yield Outcome(fact, Verdict.AGREES, f"{path} runs the image {name}", path)
        else:
            reason = f"{path}: {pod.owner.title} runs {container.image}, the image of this part is called {known(fact)}"
            yield Outcome(fact, Verdict.DIFFERS, reason, path, container.line_of("image"))


def _service(fact: Expectation, cluster: Cluster) -> Iterable[Outcome]:
    if not fact.path:
        return
    kinds = {kind for _, pod in cluster.pods for container in pod.running if (kind := backing_of(container.image))}
    names = {pod.owner.name for _, pod in cluster.pods} | {placed.item.name for placed in cluster.of("Service")}
    if set(fact.accepted) & (kinds | names):
        yield Outcome(fact, Verdict.AGREES, f"the manifests have {known(fact)}", fact.path)
        return
    # a database that runs outside of the cluster is a good choice, so its absence is told and not held against the answer
    path = cluster.objects[0].path
    reason = f"the manifests have no {' or '.join(fact.accepted)}, which the code needs ({fact.evidence}); does it run elsewhere?"
    yield Outcome(fact, Verdict.DIFFERS, reason, path, lenient=True)


_CHECKS: dict[str, Callable[[Expectation, Cluster], Iterable[Outcome]]] = {
    "port": _port,
    "health": _health,
    "image": _image,
    "service": _service,
}
