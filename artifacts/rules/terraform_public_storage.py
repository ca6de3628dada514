"""Files that everybody on the internet can read."""

from __future__ import annotations

from collections.abc import Iterator

from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule
from artifacts.terraform.inspecting import own_resources, settings, truth

_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})


def check(context: Context) -> Iterator[Remark]:
    """A bucket behind a content network needs none of these."""
    for kind, block in own_resources(context.module, context.artifact.path):
        found = settings(context.module, block)
        if kind in ("aws_s3_bucket", "aws_s3_bucket_acl"):
            leaves = [leaf for leaf in found.get("acl", []) if str(leaf.value.data).startswith("public-")]
        elif kind == "aws_s3_bucket_public_access_block":
            leaves = [
                items[0] for name, items in found.items() if name.startswith(("block_", "ignore_", "restrict_")) and truth(items) is False
            ]
        elif kind.startswith("google_storage_bucket_"):
            leaves = [leaf for name in ("member", "members", "entity") for leaf in found.get(name, []) if leaf.value.data in _EVERYBODY]
        elif kind == "azurerm_storage_account":
            leaves = found["allow_nested_items_to_be_public"] if truth(found.get("allow_nested_items_to_be_public")) is True else []
        elif kind == "azurerm_storage_container":
            leaves = [leaf for leaf in found.get("container_access_type", []) if leaf.value.data in ("blob", "container")]
        elif kind == "oci_objectstorage_bucket":
            leaves = [leaf for leaf in found.get("access_type", []) if str(leaf.value.data).startswith("ObjectRead")]
        else:
            continue
        if leaves:
            yield Remark(leaves[0].line, f"{block.address[:100]} lets everybody on the internet read")


RULE = Rule(
    id="terraform_public_storage",
    kind=Kind.TERRAFORM,
    severity=Severity.WARNING,
    title="Storage open to everybody",
    why="Most leaks of the last ten years were a bucket like this. Give files out through signed links or a content "
    "network with its own identity.",
    good="""\
resource "aws_s3_bucket_public_access_block" "media" {
  bucket                  = "shop-media"
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
""",
    bad="""\
resource "aws_s3_bucket_acl" "media" {
  bucket = "shop-media"
  acl    = "public-read"
}
""",
    check=check,
)
