"""The catalogue of validators: our readers, schemas, separate programs, and our own rules."""

from __future__ import annotations

from artifacts.validator import Validator
from artifacts.validators.actionlint import Actionlint
from artifacts.validators.agreement import Agreement
from artifacts.validators.compose_config import ComposeConfig
from artifacts.validators.compose_schema import ComposeSchema
from artifacts.validators.gitlab_schema import GitLabSchema
from artifacts.validators.grafana_schema import GrafanaSchema
from artifacts.validators.hadolint import Hadolint
from artifacts.validators.hidden import Hidden
from artifacts.validators.kubernetes_schema import KubernetesSchema
from artifacts.validators.kustomize import Kustomize
from artifacts.validators.otel_schema import OtelSchema
from artifacts.validators.our_rules import OurRules
from artifacts.validators.prometheus_schema import PrometheusSchema
from artifacts.validators.promql import PromQL
from artifacts.validators.promtool import Promtool
from artifacts.validators.shellcheck import ShellCheck
from artifacts.validators.syntax import Syntax
from artifacts.validators.terraform_fmt import TerraformFmt
from artifacts.validators.terraform_validate import TerraformValidate
from artifacts.validators.workflow_schema import WorkflowSchema

# in the order in which the page lists them: what must hold first, then tools others maintain, then our own rules
VALIDATORS: tuple[Validator, ...] = (
    Syntax(),
    Hidden(),
    ComposeSchema(),
    ComposeConfig(),
    KubernetesSchema(),
    WorkflowSchema(),
    GitLabSchema(),
    OtelSchema(),
    PrometheusSchema(),
    GrafanaSchema(),
    Hadolint(),
    Actionlint(),
    ShellCheck(),
    Kustomize(),
    TerraformFmt(),
    TerraformValidate(),
    PromQL(),
    Promtool(),
    OurRules(),
    Agreement(),
)
