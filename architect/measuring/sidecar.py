"""What a pod gets so that its program is traced: the collector beside it, the launcher's files, and the variables that lead there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from architect.measuring.collecting import HEALTH, HTTP, IMAGE
from architect.measuring.launching import VOLUME, launcher_of, runs_code, variables
from architect.plan import ImagePlan
from architect.profile import Component

NAME = "otel-sidecar"
CONFIG = "otel-sidecar"
"""The ConfigMap that holds the sidecar's configuration."""
_CLOSED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}


@dataclass(frozen=True, slots=True)
class Injection:
    """Parts of a pod: what is started before its program, the program's variables and mounts, and the volumes behind them."""

    starters: tuple[dict[str, Any], ...]
    environment: tuple[dict[str, Any], ...]
    mounts: tuple[dict[str, Any], ...]
    volumes: tuple[dict[str, Any], ...]


def injection(component: Component, plan: ImagePlan, name: str, application: str) -> Injection | None:
    """Return what the pod of a component gets, None where no code of the repository runs in it."""
    if not runs_code(component):
        return None
    launcher = launcher_of(component, plan)
    starters, mounts, volumes = [_collector()], [], [{"name": CONFIG, "configMap": {"name": CONFIG}}]
    told = list(variables(component, name, application, f"http://127.0.0.1:{HTTP}"))
    if launcher is not None:
        told += launcher.environment
        mount = {"name": VOLUME, "mountPath": launcher.mount}
        starters.append(_copier(launcher.image, launcher.copying, mount))
        mounts.append({**mount, "readOnly": True})
        volumes.append({"name": VOLUME, "emptyDir": {"sizeLimit": "200Mi"}})
    environment = tuple({"name": key, "value": value.replace("$(", "$$(")} for key, value in told)
    return Injection(tuple(starters), environment, tuple(mounts), tuple(volumes))


def _collector() -> dict[str, Any]:
    """Return the sidecar: a starter that stays, so that it is there before the program and goes after it.

    It has no readiness probe: a program that serves must not be taken away because nobody counts its requests.
    """
    return {
        "name": NAME,
        "image": IMAGE,
        "restartPolicy": "Always",
        "args": ["--config=/etc/otelcol/sidecar.yaml"],
        "ports": [{"name": "otel-health", "containerPort": HEALTH}],
        "livenessProbe": {"httpGet": {"path": "/", "port": "otel-health"}, "periodSeconds": 30, "failureThreshold": 5},
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": dict(_CLOSED),
        "volumeMounts": [{"name": CONFIG, "mountPath": "/etc/otelcol", "readOnly": True}],
    }


def _copier(image: str, command: tuple[str, ...], mount: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": VOLUME,
        "image": image,
        "command": list(command),
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": dict(_CLOSED),
        "volumeMounts": [dict(mount)],
    }
