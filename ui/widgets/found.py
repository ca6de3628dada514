"""What we found, as rows a person can check and correct."""

from __future__ import annotations

from typing import Any

from architect.profile import Basis, Component, Fact, Profile, Role
from ui.components.facts import FactGroup, FactRow

SERVICE_NAMES = {
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mongodb": "MongoDB",
    "redis": "Redis",
    "memcached": "Memcached",
    "rabbitmq": "RabbitMQ",
    "kafka": "Kafka",
    "elasticsearch": "Elasticsearch",
    "minio": "MinIO",
    "nats": "NATS",
}
LANGUAGE_NAMES = {
    "python": "Python",
    "node": "Node.js",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "go": "Go",
    "java": "Java",
    "kotlin": "Kotlin",
    "rust": "Rust",
    "ruby": "Ruby",
    "php": "PHP",
    "csharp": "C#",
    "dotnet": ".NET",
    "html": "HTML",
}
FRAMEWORK_NAMES = {
    "flask": "Flask",
    "fastapi": "FastAPI",
    "django": "Django",
    "streamlit": "Streamlit",
    "express": "Express",
    "fastify": "Fastify",
    "nestjs": "NestJS",
    "next": "Next.js",
    "nextjs": "Next.js",
    "vite": "Vite",
    "cra": "Create React App",
    "spring-boot": "Spring Boot",
    "quarkus": "Quarkus",
    "rails": "Ruby on Rails",
    "sinatra": "Sinatra",
    "laravel": "Laravel",
    "symfony": "Symfony",
    "aspnet": "ASP.NET Core",
    "gin": "Gin",
    "echo": "Echo",
    "axum": "Axum",
    "actix-web": "Actix Web",
    "rocket": "Rocket",
}
_SHOWN_VARIABLES = 4


def groups(profile: Profile) -> tuple[FactGroup, ...]:
    """Return the profile's components as groups of rows, most important fact first."""
    several = len(profile.components) > 1
    return tuple(FactGroup(_title(component) if several else "", tuple(_rows(component))) for component in profile.components)


def _title(component: Component) -> str:
    return f"{component.name}, in {component.root}/" if component.root else component.name


def _rows(component: Component) -> list[FactRow]:
    name = component.name
    rows = [_identity(component)]
    if component.runtime is not None:
        language = _named(component.language.value, LANGUAGE_NAMES)
        rows.append(_row(name, f"{language} {component.runtime.value}", component.runtime, "runtime"))
    if component.port is not None:
        rows.append(_row(name, f"listens on {component.port.value}", component.port, "port"))
    elif component.role is Role.WEB:
        rows.append(FactRow(name, "no port found", "say which one it listens on", "port", "", sure=False))
    if component.start is not None:
        command = " ".join(component.start.value)
        rows.append(_row(name, f"starts {command}", component.start, "start", command))
    elif component.role in (Role.WEB, Role.WORKER):
        rows.append(FactRow(name, "no start command found", "say how it is started", "start", "", sure=False))
    if component.health is not None:
        rows.append(_row(name, f"healthy when {component.health.value} answers", component.health, "health"))
    rows.extend(
        FactRow(name, f"runs {process.name}: {' '.join(process.argv)}", str(process.evidence[0]) if process.evidence else "")
        for process in component.processes
    )
    if component.services:
        wanted = ", ".join(_named(service.value, SERVICE_NAMES) for service in component.services)
        proof = "; ".join(service.where() for service in component.services)
        ids = ", ".join(service.value for service in component.services)
        first = component.services[0]
        rows.append(FactRow(name, f"needs {wanted}", first.where(), "services", ids, first.firm, first.basis is Basis.USER, proof))
    if component.build is not None:
        rows.append(_row(name, f"builds with {component.build.value}", component.build, ""))
    if component.variables:
        names = [variable.name for variable in component.variables]
        more = f" and {len(names) - _SHOWN_VARIABLES} more" if len(names) > _SHOWN_VARIABLES else ""
        first_proof = component.variables[0].evidence
        where = str(first_proof[0]) if first_proof else ""
        rows.append(FactRow(name, f"reads {', '.join(names[:_SHOWN_VARIABLES])}{more}", where, note=", ".join(names)))
    return rows


def _identity(component: Component) -> FactRow:
    """What it is in one line: framework, language, how its packages are managed."""
    parts = [
        _named(component.framework.value, FRAMEWORK_NAMES) if component.framework else _named(component.language.value, LANGUAGE_NAMES)
    ]
    if component.role is not Role.WEB:
        parts.append({Role.WORKER: "worker", Role.STATIC: "static site", Role.JOB: "job", Role.LIBRARY: "library"}[component.role])
    if component.package_manager:
        parts.append(component.package_manager.value)
    proof = component.framework or component.language
    return FactRow(
        component.name, ", ".join(parts), proof.where(), sure=proof.firm, corrected=proof.basis is Basis.USER, note=_proof(proof)
    )


def _row(component: str, text: str, fact: Fact[Any], field: str, value: str | None = None) -> FactRow:
    shown = str(fact.value) if value is None else value
    return FactRow(component, text, fact.where(), field, shown if field else "", fact.firm, fact.basis is Basis.USER, _proof(fact))


def _proof(fact: Fact[Any]) -> str:
    lines = [f"{proof}  {proof.excerpt}".strip() for proof in fact.evidence]
    return "\n".join([*lines, fact.note] if fact.note else lines)


def _named(identity: str, names: dict[str, str]) -> str:
    return names.get(identity.lower(), identity)
