"""A provider of another publisher without its source."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.decisions import providers
from artifacts.terraform.inspecting import own_resources

_ELSEWHERE = {
    "ibm": "IBM-Cloud/ibm", "cloudflare": "cloudflare/cloudflare", "datadog": "DataDog/datadog",
    "digitalocean": "digitalocean/digitalocean",
    "github": "integrations/github", "gitlab": "gitlabhq/gitlab", "mongodbatlas": "mongodb/mongodbatlas", "kubectl": "gavinbunney/kubectl",
    "hcloud": "hetznercloud/hcloud", "scaleway": "scaleway/scaleway", "grafana": "grafana/grafana", "auth0": "auth0/auth0",
}  # fmt: skip


def check(context: Context) -> Iterator[Remark]:
    """Without a source, Terraform looks for the provider among HashiCorp's own."""
    known = {name for placed in context.module.of("terraform") for name, _, _ in providers(context.module, placed.block)}
    seen: set[str] = set()
    for kind, block in own_resources(context.module, context.artifact.path):
        name = kind.split("_", 1)[0]
        if name in _ELSEWHERE and name not in known and name not in seen:
            seen.add(name)
            yield Remark(block.line, f"the provider {name} is not HashiCorp's: name its source {_ELSEWHERE[name]} in required_providers")


RULE = Rule(
    id="terraform_provider_source_missing",
    kind=Kind.TERRAFORM,
    severity=Severity.ERROR,
    title="A provider without its source",
    why="`terraform init` looks for a provider without a `source` under hashicorp/, finds none there and stops.",
    good="""\
terraform {
  required_providers {
    ibm = {
      source  = "IBM-Cloud/ibm"
      version = "~> 2.1"
    }
  }
}

resource "ibm_cr_namespace" "images" {
  name = "shop"
}
""",
    bad="""\
resource "ibm_cr_namespace" "images" {
  name = "shop"
}
""",
    check=check,
)
