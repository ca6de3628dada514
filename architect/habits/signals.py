"""What a component tells about itself when it runs: libraries for metrics and traces, and the path its metrics are served on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from architect.code import Source, first, own_files, sources
from architect.profile import Basis, Component, Evidence, Fact, Signals
from architect.reading import Folder

# Per stack: where libraries are declared, then the packages that make Prometheus metrics, best known first.
MANIFESTS: dict[str, tuple[str, ...]] = {
    "python": (
        "requirements.txt",
        "pyproject.toml",
        "Pipfile",
        "setup.py",
        "setup.cfg",
        "requirements/production.txt",
        "requirements/base.txt",
    ),
    "node": ("package.json",),
    "go": ("go.mod",),
    "java": ("pom.xml", "build.gradle", "build.gradle.kts", "gradle/libs.versions.toml"),
    "scala": ("build.sbt", "project/Dependencies.scala"),
    "ruby": ("Gemfile",),
    "php": ("composer.json",),
    "rust": ("Cargo.toml",),
    "dotnet": (),
    "elixir": ("mix.exs",),
}
LIBRARIES: dict[str, tuple[str, ...]] = {
    "python": (
        "prometheus-fastapi-instrumentator",
        "django-prometheus",
        "prometheus-flask-exporter",
        "starlette-exporter",
        "prometheus-client",
    ),
    "node": ("express-prom-bundle", "fastify-metrics", "@willsoto/nestjs-prometheus", "prom-client"),
    "go": ("github.com/prometheus/client_golang",),
    "java": ("quarkus-micrometer-registry-prometheus", "micrometer-registry-prometheus", "simpleclient"),
    "scala": ("micrometer-registry-prometheus", "simpleclient"),
    "ruby": ("yabeda-prometheus", "prometheus_exporter", "prometheus-client"),
    "php": ("promphp/prometheus_client_php",),
    "rust": ("axum-prometheus", "metrics-exporter-prometheus", "prometheus"),
    "dotnet": ("prometheus-net.AspNetCore", "OpenTelemetry.Exporter.Prometheus.AspNetCore"),
    "elixir": ("prom_ex", "telemetry_metrics_prometheus"),
}
TRACERS: dict[str, str] = {
    "python": r"opentelemetry-(?:sdk|distro|api|instrumentation[\w-]*)",
    "node": r"@opentelemetry/(?:sdk-node|auto-instrumentations-node|api)",
    "go": r"go\.opentelemetry\.io/otel(?:/sdk)?(?=\s)",
    "java": r"opentelemetry-(?:api|sdk|spring-boot-starter)|micrometer-tracing-bridge-otel",
    "scala": r"otel4s[\w-]*|opentelemetry-(?:api|sdk)",
    "ruby": r"opentelemetry-sdk",
    "php": r"open-telemetry/sdk",
    "rust": r"(?<![\w-])opentelemetry(?:_sdk)?(?![\w-])",
    "dotnet": r"OpenTelemetry\.Extensions\.Hosting",
    "elixir": r"opentelemetry(?:_api)?\b",
}
_FILES = {
    "python": ("*.py",), "node": ("*.js", "*.ts", "*.mjs", "*.cjs"), "go": ("*.go",),
    "java": ("*.java", "*.kt", "*.yml", "*.yaml", "*.properties"),
    "scala": ("*.scala",), "ruby": ("*.rb", "*.ru"), "php": ("*.php",), "rust": ("*.rs",), "dotnet": ("*.cs",), "elixir": ("*.ex",),
}  # fmt: skip
_PATH = re.compile(r"[\"'`](/(?:[\w-]+/){0,2}(?:metrics|prometheus))/?[\"'`]")
_GO_HANDLER = re.compile(r"[\"`](/[\w/-]+)[\"`]\s*,\s*(?:gin\.WrapH\()?promhttp\.Handler")
_EXPOSED = r"management\.endpoints\.web\.exposure\.include\s*=\s*[^\n]*(?:prometheus|\*)|include\s*:\s*[\"']?[^\n]*(?:prometheus|\*)"
# Libraries that serve their metrics by themselves once they are set up: where the set-up is seen, and the path.
_OWN_PATH = {
    "prometheus-fastapi-instrumentator": (r"\.expose\(", "/metrics"),
    "django-prometheus": (r"django_prometheus\.urls", "/metrics"),
    "prometheus-flask-exporter": (r"PrometheusMetrics\(", "/metrics"),
    "starlette-exporter": (r"handle_metrics|PrometheusMiddleware", "/metrics"),
    "express-prom-bundle": (r"express-prom-bundle", "/metrics"),
    "fastify-metrics": (r"fastify-metrics", "/metrics"),
    "@willsoto/nestjs-prometheus": (r"PrometheusModule\.register", "/metrics"),
    "axum-prometheus": (r"PrometheusMetricLayer", "/metrics"),
    "prometheus-net.AspNetCore": (r"MapMetrics\(|UseMetricServer\(", "/metrics"),
    "OpenTelemetry.Exporter.Prometheus.AspNetCore": (
        r"UseOpenTelemetryPrometheusScrapingEndpoint|MapPrometheusScrapingEndpoint",
        "/metrics",
    ),
    "quarkus-micrometer-registry-prometheus": ("", "/q/metrics"),
    "micrometer-registry-prometheus": (_EXPOSED, "/actuator/prometheus"),
    "prom_ex": (r"PromEx\.Plug|plug\s+PromEx", "/metrics"),
}


def signals(folder: Folder, component: Component) -> Signals:
    """Return the libraries with their lines, and the path only where code serves it."""
    names = _manifests(folder, component)
    libraries = tuple(_libraries(folder, component.stack, names))
    tracers = tuple(_tracers(folder, component.stack, names))
    if not libraries:
        return Signals(tracers=tracers)
    listed = sorted(
        own_files(folder, *_FILES.get(component.stack, ())), key=lambda name: (not re.search(r"metric|prom", name, re.I), name.count("/"))
    )
    code = sources(folder, listed, 120)
    for library in libraries:
        own = _OWN_PATH.get(library.value)
        if own is None:
            continue
        if not own[0]:
            usual = Fact(own[1], Basis.CONVENTION, library.evidence, f"{library.value} serves it there")
            return Signals(usual, None, libraries, tracers)
        seen = first(code, own[0])
        if seen:
            stated = _stated(code, seen.evidence.path)
            return Signals(Fact(stated or own[1], Basis.CODE, (seen.evidence,)), None, libraries, tracers)
    found = first(code, _GO_HANDLER) if component.stack == "go" else None
    found = found or first(code, _PATH)
    path = Fact(found.value, Basis.CODE, (found.evidence,)) if found else None
    return Signals(path, _port(code, path), libraries, tracers)


def _port(code: Sequence[Source], path: Fact[str] | None) -> Fact[int] | None:
    """Return a port of the metrics' own: one that a server for metrics alone is started on."""
    started = first(code, r"start_http_server\(\s*(?:port\s*=\s*)?(\d{2,5})")
    if started:
        return Fact(int(started.value), Basis.CODE, (started.evidence,))
    if path is None or not re.search(r"metric", path.evidence[0].path.rpartition("/")[2], re.I):
        return None
    own = [source for source in code if source.path == path.evidence[0].path]
    found = first(own, r"(?i)port\s*(?::\s*int)?\s*=\s*(\d{4,5})|Addr:\s*\"[^\"]*:(\d{4,5})")
    return Fact(int(found.value), Basis.CODE, (found.evidence,)) if found else None


def _stated(code: Sequence[Source], path: str) -> str | None:
    """Return a path that the file which sets the library up writes down itself."""
    for source in code:
        if source.path == path:
            hit = _PATH.search(source.text)
            return hit[1] if hit else None
    return None


def _manifests(folder: Folder, component: Component) -> list[str]:
    if component.stack == "dotnet":
        return [*folder.files("*.csproj"), *folder.files("*.fsproj")][:20]
    return [name for name in MANIFESTS.get(component.stack, ()) if folder.has(name)]


def _libraries(folder: Folder, stack: str, names: Sequence[str]) -> Iterator[Fact[str]]:
    for library in LIBRARIES.get(stack, ()):
        pattern = re.escape(library).replace(r"\-", r"[-_.]") if stack == "python" else re.escape(library)
        found = folder.search(names, rf"(?i)(?<![\w@/.-]){pattern}(?![\w-])" if stack != "go" else rf"{pattern}(?=[\s/])")
        if found and "// indirect" not in found.evidence.excerpt:
            yield Fact(library, Basis.DECLARED, (Evidence(found.evidence.path, found.evidence.line, found.evidence.excerpt),))


def _tracers(folder: Folder, stack: str, names: Sequence[str]) -> Iterator[Fact[str]]:
    pattern = TRACERS.get(stack)
    found = folder.search(names, pattern) if pattern else None
    if found and "// indirect" not in found.evidence.excerpt:
        yield Fact(found.match[0], Basis.DECLARED, (found.evidence,))
