"""The pods of a part: one container with its ports, settings, probes, limits and rights, and the folders it may write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from architect.blueprints.kubernetes.environment import Environment
from architect.blueprints.kubernetes.flavours import Preference
from architect.blueprints.kubernetes.layout import TAG, Layout, Part
from architect.blueprints.kubernetes.probing import probes, process_probes
from architect.measuring.launching import traced
from architect.measuring.sidecar import injection
from architect.plan import Family
from architect.profile import Process, Role
from architect.syntax import shell, users
from architect.syntax.yaml import Because, Flow

RUNTIME_SECCOMP = {"type": "RuntimeDefault"}
_BIG = frozenset({"java", "kotlin", "scala", "clojure"})
_NATIVE = frozenset({"go", "rust", "c", "c++", "cpp", "zig", "crystal", "swift", "haskell"})
_FRESH = frozenset({"/tmp", "/var/tmp", "/run", "/var/run", "/dev/shm"})  # noqa: S108 - paths inside the container
_DRAIN_S = 5


class Pods:
    """Builds the pod templates of one part."""

    def __init__(self, layout: Layout, part: Part, environment: Environment) -> None:
        self.layout = layout
        self.part = part
        self.environment = environment
        self.account = users.account(part.plan, layout.changes.user)
        self.image = users.final_image(part.plan)
        self.read_only = (layout.hardened or layout.changes.read_only is True) and not part.writes_beside_code
        self.kept = part.kept if layout.changes.volumes else ()
        # the target otel in the same request: the collector stands in every pod that runs code of the repository
        self.watched = "otel" in layout.site.targets and any(traced(other.component) for other in layout.parts)

    def serving(self) -> dict[str, Any]:
        """Return the template of the part itself."""
        part, plan = self.part, self.part.plan
        container = self._container(part.name)
        if plan.port is not None:
            ports = [
                Because(
                    {"name": "http", "containerPort": plan.port}, plan.why_port or "the port the process listens on", plan.port_evidence
                )
            ]
            ports += [
                Because({"containerPort": port}, "asked for in the instruction") for port in self.layout.changes.ports if port != plan.port
            ]
            container["ports"] = ports
        self._settings(container)
        if self.layout.changes.health:
            container.update(probes(self.layout, part))
        self._limits(container, part.component.role)
        if plan.port is not None and not self.layout.lean:
            container["lifecycle"] = Because(
                {"preStop": {"sleep": {"seconds": _DRAIN_S}}}, "the load balancer stops sending before the process stops"
            )
        return self._template(part.name, _role(part), container, replicas=part.serves)

    def process(self, process: Process, name: str) -> dict[str, Any]:
        """Return the template of a further process of the same image."""
        container = self._container(name)
        self._command(container, process)
        self._settings(container)
        if self.layout.changes.health:
            container.update(process_probes(process, self.image.family))
        self._limits(container, Role.WORKER)
        return self._template(name, "worker", container, replicas=False, spare=not _keeps_time(process))

    def job(self, process: Process | None, name: str, role: str) -> dict[str, Any]:
        """Return the template of something that runs to an end: a migration, or a part that is a job itself."""
        container = self._container(name)
        if process is not None:
            self._command(container, process)
        self._settings(container)
        self._limits(container, Role.JOB)
        template = self._template(name, role, container, replicas=False)
        template["spec"] = {**template["spec"], "restartPolicy": Because("Never", "a failed try is a new pod, its log is kept")}
        return template

    def _container(self, name: str) -> dict[str, Any]:
        why = "the image of this part; kustomization.yaml says from which registry and which tag"
        return {"name": name, "image": Because(f"{self.part.image}:{TAG}", why)}

    def _command(self, container: dict[str, Any], process: Process) -> None:
        key = "command" if self.image.family is Family.DISTROLESS else "args"
        container[key] = Because(Flow(tuple(word.replace("$(", "$$(") for word in process.argv)), f"runs {process.name}", process.evidence)

    def _settings(self, container: dict[str, Any]) -> None:
        if self.environment.config:
            container["envFrom"] = [{"configMapRef": {"name": f"{self.part.name}-config"}}]
        if self.environment.entries:
            container["env"] = list(self.environment.entries)

    def _limits(self, container: dict[str, Any], role: Role) -> None:
        container["resources"] = resources(self.layout, self.part.component.language.value.lower(), role)
        rights: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        if self.read_only:
            rights["readOnlyRootFilesystem"] = Because(True, "the process can write only where it must")
        container["securityContext"] = Because(rights, "an application needs none of the kernel's privileges")
        mounts = [{"name": self._volume(path), "mountPath": path} for path in self._mounted()]
        if mounts:
            container["volumeMounts"] = Because(
                mounts, "the only folders the process may write" if self.read_only else "what outlives the pod"
            )

    def _mounted(self) -> tuple[str, ...]:
        return (*self.kept, *(self.part.passing if self.read_only else ()))

    def _volume(self, path: str) -> str:
        if path in self.kept:
            return claim_name(self.part, path)
        name = path.strip("/").replace("/", "-").replace("_", "-").replace(".", "-").lower()
        return f"{name}-folder"[-60:].strip("-")

    def _template(self, name: str, role: str, container: dict[str, Any], *, replicas: bool, spare: bool = False) -> dict[str, Any]:
        labels = self.layout.labels(name, role)
        if self.layout.flavour.identity_label:
            key, value = self.layout.flavour.identity_label
            labels = {**labels, key: value}
        spec: dict[str, Any] = {
            "serviceAccountName": self.part.name,
            "automountServiceAccountToken": Because(False, "the application does not talk to the cluster's API"),
            "enableServiceLinks": Because(False, "no variables named after Services, which could pass for settings"),
            "securityContext": self._pod_rights(),
        }
        if self.kept and name != self.part.name:
            spec["affinity"] = Because(_together(self.layout.selector(self.part.name)), "its volume can be mounted on one node alone")
        else:
            spec.update(placement(self.layout, name, replicas=replicas, spare=spare))
        prepared = [path for path in self._mounted() if path not in _FRESH]
        if prepared and self.image.family in (Family.DEBIAN, Family.ALPINE):
            spec["initContainers"] = Because([self._prepare(prepared)], "a volume hides what the image holds in these folders")
        volumes = [self._source(path) for path in self._mounted()]
        traced = injection(self.part.component, self.part.plan, name, self.layout.app) if self.watched else None
        if traced is not None:
            first = spec.pop("initContainers", Because([]))
            why = first.why or "the collector beside the program, and the files that make the program send to it"
            spec["initContainers"] = Because([*traced.starters, *first.value], why)
            container["env"] = [*container.get("env", ()), *traced.environment]
            mounts = container.pop("volumeMounts", Because([]))
            if mounts.value or traced.mounts:
                container["volumeMounts"] = Because([*mounts.value, *traced.mounts], mounts.why or "the files of the launcher")
            volumes += traced.volumes
        spec["containers"] = [container]
        if volumes:
            spec["volumes"] = volumes
        return {"metadata": {"labels": labels}, "spec": spec}

    def _pod_rights(self) -> Because:
        who = self.account
        rights: dict[str, Any] = {"runAsNonRoot": True, "runAsUser": who.uid, "runAsGroup": who.gid}
        if self.kept:
            rights["fsGroup"] = who.gid
            rights["fsGroupChangePolicy"] = "OnRootMismatch"
        rights["seccompProfile"] = dict(RUNTIME_SECCOMP)
        return Because(rights, f"runs as {who.name} (uid {who.uid}), as the image does, never as root")

    def _prepare(self, paths: Sequence[str]) -> dict[str, Any]:
        """Return an init container that fills empty volumes with what the image holds in their place."""
        steps = [f'[ -n "$(ls -A /volume{path})" ] || cp -R {shell.word(path)}/. /volume{shell.word(path)}/' for path in paths]
        return {
            "name": "prepare",
            "image": f"{self.part.image}:{TAG}",
            "command": Flow(("sh", "-c", "; ".join(step.replace("$(", "$$(") for step in steps))),
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            },
            "volumeMounts": [{"name": self._volume(path), "mountPath": f"/volume{path}"} for path in paths],
        }

    def _source(self, path: str) -> dict[str, Any]:
        if path in self.kept:
            name = claim_name(self.part, path)
            return {"name": name, "persistentVolumeClaim": {"claimName": name}}
        return {"name": self._volume(path), "emptyDir": {"sizeLimit": "256Mi"}}


def resources(layout: Layout, language: str, role: Role) -> Because:
    """Return requests and limits: what it needs to start, and where the cluster steps in."""
    cpu, request, limit = ("100m", "128Mi", "512Mi")
    if role is Role.STATIC:
        cpu, request, limit = ("10m", "32Mi", "128Mi")
    elif language in _BIG:
        cpu, request, limit = ("250m", "512Mi", "1Gi")
    elif language in _NATIVE:
        cpu, request = ("50m", "64Mi")
    limits = {"cpu": "1", "memory": limit} if layout.hardened else {"memory": limit}
    why = "a start for a small load; right-size it by what it really uses"
    return Because({"requests": {"cpu": cpu, "memory": request}, "limits": limits}, why)


def placement(layout: Layout, name: str, *, replicas: bool, spare: bool = False) -> dict[str, Any]:
    """Return where pods should run: spread over zones and nodes, on the nodes the cluster keeps for them."""
    found: dict[str, Any] = {}
    cheap = layout.flavour.spare if spare and layout.lean else None
    prefer = cheap or layout.flavour.prefer
    if prefer is not None:
        found["affinity"] = Because({"nodeAffinity": _preferring(prefer)}, prefer.why)
    if cheap is not None and cheap.taint:
        toleration = {"key": cheap.taint, "operator": "Equal", "value": cheap.values[0], "effect": "NoSchedule"}
        found["tolerations"] = Because([toleration], "such nodes keep everything away that does not say this")
    if replicas and layout.flavour.spread and not layout.lean:
        found["topologySpreadConstraints"] = Because(
            [
                {
                    "maxSkew": 1,
                    "topologyKey": key,
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": layout.selector(name)},
                }
                for key in layout.flavour.spread
            ],
            "one zone or node may fail without taking all of them",
        )
    return found


def claim_name(part: Part, path: str) -> str:
    """Return the name of the volume claim of a folder that is kept."""
    last = path.rstrip("/").rsplit("/", 1)[-1].lower()
    return f"{part.name}-{''.join(c if c.isalnum() else '-' for c in last).strip('-') or 'files'}"


def _preferring(prefer: Preference) -> Mapping[str, Any]:
    term = {"matchExpressions": [{"key": prefer.key, "operator": "In", "values": list(prefer.values)}]}
    return {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 50, "preference": term}]}


def _together(selector: Mapping[str, str]) -> Mapping[str, Any]:
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": dict(selector)}}
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def _role(part: Part) -> str:
    return {Role.STATIC: "static", Role.WORKER: "worker", Role.JOB: "job"}.get(part.component.role, "web")


def _keeps_time(process: Process) -> bool:
    return any(word in process.name.lower() for word in ("beat", "schedul", "clock", "cron"))
