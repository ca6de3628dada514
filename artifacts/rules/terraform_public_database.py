"""A database that the internet can reach."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_resources, settings, truth
from artifacts.terraform.module import Leaf

_FLAGS = ("publicly_accessible", "public_network_access_enabled", "public_network_access", "service_endpoints")
_DATABASES = ("aws_db_", "aws_rds_", "aws_redshift", "aws_docdb", "aws_neptune", "azurerm_postgresql", "azurerm_mysql", "azurerm_mssql",
              "azurerm_mariadb", "azurerm_redis", "azurerm_managed_redis", "azurerm_cosmosdb", "ibm_database", "google_sql_")  # fmt: skip
_PUBLIC = frozenset({"Enabled", "public", "public-and-private"})


def check(context: Context) -> Iterator[Remark]:
    """Only what is written counts, not what a provider does by default."""
    for kind, block in own_resources(context.module, context.artifact.path):
        if not kind.startswith(_DATABASES):
            continue
        found = settings(context.module, block)
        for name in _FLAGS:
            leaves = found.get(name)
            if leaves and (truth(leaves) is True or leaves[0].value.data in _PUBLIC):
                yield Remark(leaves[0].line, f"{block.address[:100]} can be reached from the internet ({name})")
        for leaf in found.get("settings.ip_configuration.authorized_networks.value", []):
            if leaf.value.data in ("0.0.0.0/0", "::/0"):
                yield Remark(leaf.line, f"{block.address[:100]} lets the whole internet connect")
        if kind.endswith("_firewall_rule") and _whole(found):
            yield Remark(block.line, f"{block.address[:100]} lets the whole internet connect")


def _whole(found: dict[str, list[Leaf]]) -> bool:
    ends = [[leaf.value.data for leaf in found.get(name, [])] for name in ("start_ip_address", "end_ip_address")]
    return ends == [["0.0.0.0"], ["255.255.255.255"]]  # noqa: S104 - an address in a file, not one to bind to


RULE = Rule(
    id="terraform_public_database",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="A database open to the internet",
    why="A database is found within minutes and its password guessed for as long as it stands. Keep it in a private "
    "network; people reach it through a bastion or the cloud's own proxy.",
    good="""\
resource "aws_db_instance" "main" {
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  publicly_accessible = false
}
""",
    bad="""\
resource "aws_db_instance" "main" {
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  publicly_accessible = true
}
""",
    check=check,
)
