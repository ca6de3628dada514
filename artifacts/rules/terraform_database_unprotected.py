"""A database that one mistaken apply deletes."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_resources, prevents_destroy, settings, truth

_FLAG = {
    "aws_db_instance": "deletion_protection", "aws_rds_cluster": "deletion_protection", "aws_docdb_cluster": "deletion_protection",
    "ibm_database": "deletion_protection", "google_sql_database_instance": "deletion_protection",
    "oci_mysql_mysql_db_system": "deletion_policy.is_delete_protected", "oci_psql_db_system": "", "azurerm_postgresql_flexible_server": "",
    "azurerm_mysql_flexible_server": "",
}  # fmt: skip
_SAFE_BY_DEFAULT = frozenset({"google_sql_database_instance"})


def check(context: Context) -> Iterator[Remark]:
    """prevent_destroy and, on Azure, a lock do as well; replicas hold nothing of their own."""
    locked = any(placed.block.labels[0] == "azurerm_management_lock" for placed in context.module.resources())
    for kind, block in own_resources(context.module, context.artifact.path):
        flag = _FLAG.get(kind)
        if flag is None or prevents_destroy(block, context.module) or (locked and kind.startswith("azurerm_")):
            continue
        if any(block.body.get(name) is not None for name in ("replicate_source_db", "master_instance_name", "remote_leader_id")):
            continue
        leaves = settings(context.module, block).get(flag) if flag else None
        if leaves is None and kind not in _SAFE_BY_DEFAULT:
            yield Remark(block.line, f"{block.address[:100]} can be deleted by one mistaken apply")
        elif leaves and truth(leaves) is False:
            yield Remark(leaves[0].line, f"{block.address[:100]} can be deleted by one mistaken apply")


RULE = Rule(
    id="terraform_database_unprotected",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="A database without deletion protection",
    why="A changed name or a removed line makes Terraform delete the database with all its data. Deletion protection or "
    "`prevent_destroy` makes that an error.",
    good="""\
resource "aws_db_instance" "main" {
  engine              = "postgres"
  instance_class      = "db.t4g.micro"
  deletion_protection = true
}
""",
    bad="""\
resource "aws_db_instance" "main" {
  engine         = "postgres"
  instance_class = "db.t4g.micro"
}
""",
    check=check,
)
