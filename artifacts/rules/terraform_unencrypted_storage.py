"""Data at rest that is not encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_resources, settings, truth

_FLAG = {
    "aws_db_instance": "storage_encrypted", "aws_rds_cluster": "storage_encrypted", "aws_docdb_cluster": "storage_encrypted",
    "aws_neptune_cluster": "storage_encrypted", "aws_ebs_volume": "encrypted", "aws_efs_file_system": "encrypted",
    "aws_redshift_cluster": "encrypted", "aws_elasticache_replication_group": "at_rest_encryption_enabled",
}  # fmt: skip


def check(context: Context) -> Iterator[Remark]:
    """Copies and restores take over what their source has; Valkey is encrypted unless it is told not to be."""
    for kind, block in own_resources(context.module, context.artifact.path):
        flag = _FLAG.get(kind)
        if flag is None or any(block.body.get(name) is not None for name in ("replicate_source_db", "snapshot_identifier", "snapshot_id")):
            continue
        attribute = block.body.attribute(flag)
        if attribute is None:
            valkey = context.module.text(block.body, "engine") == "valkey"
            if not valkey and not block.body.of("dynamic"):
                yield Remark(block.line, f"{block.address[:100]} is not encrypted: {flag} is missing")
        elif truth(settings(context.module, block).get(flag)) is False:
            yield Remark(attribute.line, f"{block.address[:100]} is not encrypted")


RULE = Rule(
    id="terraform_unencrypted_storage",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="Storage that is not encrypted",
    why="Encryption costs nothing here, cannot be switched on later without a new server, and is asked for by every audit.",
    good="""\
resource "aws_db_instance" "main" {
  engine            = "postgres"
  instance_class    = "db.t4g.micro"
  storage_encrypted = true
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
