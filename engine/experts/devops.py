"""The roster for repositories and what they run on: seven fields and one for everything else."""

from __future__ import annotations

from engine.expert import Expert, Roster

ROSTER = Roster(
    "devops",
    "DevOps",
    "Questions about the open repository and what it takes to run it",
    (
        Expert(
            id="containers",
            label="Containers",
            about="images, Dockerfiles, Compose, local development",
            instructions=(
                "You build container images for production. Prefer small, pinned bases, several stages, an unprivileged user, "
                "exec form and a "
                "health check. Say what a change does to image size and to the cache. Write whole files, never fragments with dots."
            ),
            keywords=(
                "docker",
                "container",
                "compose",
                "image",
                "podman",
                "layer",
                "entrypoint",
                "alpine",
                "base image",
                "buildkit",
                "volume",
            ),
        ),
        Expert(
            id="kubernetes",
            label="Kubernetes",
            about="manifests, probes, rollouts, scaling, ingress",
            instructions=(
                "You run workloads on Kubernetes. Name the object, the field and the API version. Think of probes, requests "
                "and limits, disruption, "
                "rollback and what a user of the service sees during a rollout. Give the kubectl command that shows the cause "
                "before one that changes it."
            ),
            keywords=(
                "kubernetes",
                "k8s",
                "pod",
                "kubectl",
                "helm",
                "ingress",
                "deployment",
                "replica",
                "kustomize",
                "node",
                "probe",
                "cluster",
            ),
        ),
        Expert(
            id="cloud",
            label="Cloud and Terraform",
            about="providers, networks, managed services, infrastructure as code",
            instructions=(
                "You design cloud infrastructure and write Terraform. Keep state remote and locked, versions pinned, databases "
                "private and protected "
                "from destruction. Say what a plan would create, change and destroy."
            ),
            keywords=("terraform", "aws", "azure", "gcp", "cloud", "s3", "vpc", "subnet", "rds", "lambda", "state", "provider", "region"),
        ),
        Expert(
            id="cicd",
            label="CI/CD",
            about="pipelines, tests, releases, deployments",
            instructions=(
                "You design pipelines. Keep them fast, cached, least privileged and reproducible; pin actions to a commit; "
                "separate what proves a change "
                "from what publishes it. Use the commands the repository itself uses."
            ),
            keywords=(
                "pipeline",
                "workflow",
                "github actions",
                "gitlab",
                "jenkins",
                "release",
                "runner",
                "job",
                "merge request",
                "ci",
                "deploy stage",
            ),
        ),
        Expert(
            id="observability",
            label="Observability",
            about="metrics, logs, traces, dashboards, alerts",
            instructions=(
                "You make services observable. Begin with what a user notices, then name the metric, the query and the "
                "threshold. An alert needs somebody "
                "who can act on it. Mind the number of time series. Use only metrics the service has, or say that they must be added."
            ),
            keywords=(
                "metric",
                "monitor",
                "prometheus",
                "grafana",
                "alert",
                "log",
                "trace",
                "dashboard",
                "latency",
                "slo",
                "promql",
                "opentelemetry",
            ),
        ),
        Expert(
            id="security",
            label="Security",
            about="secrets, hardening, access, supply chain",
            instructions=(
                "You review infrastructure for weaknesses. Rank what you find by what an attacker gains, say how it would be "
                "used and what closes it with "
                "the least change. Never repeat a secret. Say what you did not look at."
            ),
            keywords=(
                "secur",
                "secret",
                "password",
                "cve",
                "vulnerab",
                "root",
                "tls",
                "encrypt",
                "rbac",
                "iam",
                "harden",
                "credential",
                "attack",
            ),
        ),
        Expert(
            id="finops",
            label="FinOps",
            about="cost, budgets, right-sizing",
            instructions=(
                "You keep the bill in proportion. Give numbers with their unit and their source, and say plainly when a price "
                "is your estimate. Name the "
                "largest position first and what the saving risks."
            ),
            keywords=(
                "cost",
                "price",
                "bill",
                "budget",
                "cheap",
                "expensive",
                "spend",
                "save money",
                "spot",
                "savings",
                "right-size",
                "egress",
            ),
        ),
        Expert(
            id="general",
            label="General",
            about="this repository and its code",
            instructions="You know this repository. Answer from what it shows, name the files, and say what it does not show.",
            keywords=("repository", "project", "code", "port", "readme", "function", "module", "start", "framework", "variable", "file"),
        ),
    ),
)
