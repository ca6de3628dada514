"""How a program is made to send traces without a change of its code: the launcher of its language, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from architect.measuring.families import observable
from architect.plan import Env, Family, ImagePlan
from architect.profile import Component, Role
from architect.syntax import users

_REGISTRY = "ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-"
VOLUME = "otel-launcher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """Files of an image that are copied to `mount` before the program starts; `environment` makes its runtime load them.

    `appended` are variables whose value is added to the one the image already sets, with the character between the two.
    """

    id: str
    image: str
    source: str
    mount: str
    environment: tuple[tuple[str, str], ...]
    appended: tuple[tuple[str, str], ...]
    why: str

    @property
    def copying(self) -> tuple[str, ...]:
        """Return the command that copies the files."""
        return ("cp", "-r", self.source, self.mount)


_PYTHON = "/otel-auto-instrumentation-python"
_NODE = "/otel-auto-instrumentation-nodejs"
_JAVA = "/otel-auto-instrumentation-java"
_DOTNET = "/otel-auto-instrumentation-dotnet"
# by the OpenTelemetry operator, whose images and paths these are
LAUNCHERS: Mapping[str, Launcher] = MappingProxyType(
    {
        "python": Launcher(
            id="python",
            image=f"{_REGISTRY}python:0.64b0",
            source="/autoinstrumentation/.",
            mount=_PYTHON,
            environment=(("PYTHONPATH", f"{_PYTHON}/opentelemetry/instrumentation/auto_instrumentation:{_PYTHON}"),),
            appended=(("PYTHONPATH", ":"),),
            why="Python loads the instrumentation from its path, as opentelemetry-instrument does",
        ),
        "node": Launcher(
            id="nodejs",
            image=f"{_REGISTRY}nodejs:0.78.0",
            source="/autoinstrumentation/.",
            mount=_NODE,
            environment=(("NODE_OPTIONS", f"--require {_NODE}/autoinstrumentation.js"),),
            appended=(("NODE_OPTIONS", " "),),
            why="Node.js requires the instrumentation before the program's own code",
        ),
        "java": Launcher(
            id="java",
            image=f"{_REGISTRY}java:2.30.0",
            source="/javaagent.jar",
            mount=_JAVA,
            environment=(("JAVA_TOOL_OPTIONS", f"-javaagent:{_JAVA}/javaagent.jar"),),
            appended=(("JAVA_TOOL_OPTIONS", " "),),
            why="the JVM loads the agent before the program",
        ),
        "dotnet": Launcher(
            id="dotnet",
            image=f"{_REGISTRY}dotnet:1.16.0",
            source="/autoinstrumentation/.",
            mount=_DOTNET,
            environment=(
                ("CORECLR_ENABLE_PROFILING", "1"),
                ("CORECLR_PROFILER", "{918728DD-259F-4A6A-AC2B-B85E1B658318}"),
                ("CORECLR_PROFILER_PATH", f"{_DOTNET}/linux/OpenTelemetry.AutoInstrumentation.Native.so"),
                ("DOTNET_ADDITIONAL_DEPS", f"{_DOTNET}/AdditionalDeps"),
                ("DOTNET_SHARED_STORE", f"{_DOTNET}/store"),
                ("DOTNET_STARTUP_HOOKS", f"{_DOTNET}/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"),
                ("OTEL_DOTNET_AUTO_HOME", _DOTNET),
            ),
            appended=(),
            why=".NET loads the instrumentation through its profiler and a start-up hook",
        ),
    }
)
_LANGUAGES = {"java": "java", "scala": "java", "clojure": "java", "python": "python", "node": "node", "dotnet": "dotnet"}
_OTHER_RUNTIMES = frozenset({"bun", "deno"})
_BY_HAND = {
    "go": "go get go.opentelemetry.io/otel/sdk and an instrumentation of the router",
    "ruby": "bundle add opentelemetry-sdk opentelemetry-exporter-otlp opentelemetry-instrumentation-all",
    "php": "composer require open-telemetry/sdk open-telemetry/exporter-otlp, with the extension opentelemetry in the image",
    "rust": "cargo add opentelemetry_sdk opentelemetry-otlp tracing-opentelemetry",
    "elixir": "add opentelemetry and opentelemetry_exporter to mix.exs",
    "cpp": "link opentelemetry-cpp",
}


def runs_code(component: Component) -> bool:
    """Tell whether a program of the repository's own runs: a server of files has nothing to trace."""
    return component.role is not Role.STATIC


def traced(component: Component) -> bool:
    """Tell whether a component is worth a collector: it stays and runs code, or needs a service that the collector reads."""
    return observable(component) or (runs_code(component) and component.role is Role.WORKER)


def launcher_of(component: Component, plan: ImagePlan) -> Launcher | None:
    """Return the launcher of a component; None where its code brings the SDK itself or its language has no launcher."""
    if not runs_code(component) or component.signals.tracers:
        return None
    found = LAUNCHERS.get(_LANGUAGES.get(component.stack, ""))
    if found is None or (component.stack == "node" and plan.start and plan.start[0].rsplit("/", 1)[-1] in _OTHER_RUNTIMES):
        return None
    musl = users.final_image(plan).family is Family.ALPINE
    if musl and found.id == "python":
        found = replace(found, source="/autoinstrumentation-musl/.")
    if musl and found.id == "dotnet":
        native = tuple((name, value.replace("/linux/", "/linux-musl/")) for name, value in found.environment)
        found = replace(found, environment=native)
    own = {step.name: step.value for stage in plan.stages for step in stage.steps if isinstance(step, Env)}
    glue = dict(found.appended)
    kept = tuple(
        (name, f"{own[name]}{glue[name]}{value}" if name in glue and own.get(name) else value) for name, value in found.environment
    )
    return replace(found, environment=kept)


def variables(component: Component, name: str, application: str, endpoint: str) -> tuple[tuple[str, str], ...]:
    """Return what the SDK is told: who it is, and where to send; `endpoint` is the collector's HTTP address."""
    own = (("OTEL_DENO", "true"),) if component.stack == "deno" else ()
    return (
        *own,
        ("OTEL_SERVICE_NAME", name),
        ("OTEL_RESOURCE_ATTRIBUTES", f"service.namespace={application}"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_LOGS_EXPORTER", "none"),
    )


def by_hand(component: Component, plan: ImagePlan) -> str:
    """Return what must be done in the code where nothing can be launched, "" where nothing must."""
    if not runs_code(component) or component.signals.tracers or component.stack == "deno" or launcher_of(component, plan) is not None:
        return ""
    how = _BY_HAND.get(component.stack, "add the SDK of its language")
    return (
        f"{component.name} sends no traces until its code sets up the SDK, for its language has no launcher: {how}. The variables are set."
    )
