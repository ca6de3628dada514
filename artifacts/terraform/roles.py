"""The questions a Terraform file decides, told from the names of arguments, so that files in different words can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DATABASE = (
    r"aws_(db_instance|rds_cluster(_instance)?|elasticache_\w+|docdb_\w+|memorydb_cluster|mq_broker|opensearch_domain)"
    r"|google_(sql_database_instance|redis_\w+|alloydb_\w+|memorystore_instance)"
    r"|azurerm_(postgresql|mysql|mssql|mariadb|redis|managed_redis|cosmosdb)\w*"
    r"|ibm_(database|cloudant)|oci_(psql_db_system|mysql_\w+|redis_\w+|database_\w+)"
)
IS_DATABASE = re.compile(rf"(?:{_DATABASE})$")

ENGINES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), engine)
    for pattern, engine in (
        (r"postgres|psql|alloydb", "postgres"),
        (r"mysql|mariadb", "mysql"),
        (r"mongo|docdb", "mongodb"),
        (r"redis|valkey|memorydb|memorystore", "redis"),
        (r"memcache", "memcached"),
        (r"rabbit", "rabbitmq"),
        (r"kafka|msk", "kafka"),
        (r"elasticsearch|opensearch", "elasticsearch"),
        (r"sqlserver|mssql", "mssql"),
    )
)


@dataclass(frozen=True, slots=True)
class Role:
    """One question: `keys` is a pattern over an argument's keys joined by dots, `resources` over the resource's type.

    `blocking` marks those on which a wrong answer breaks the service; `single` those of which one value is meant.
    """

    name: str
    keys: re.Pattern[str]
    resources: re.Pattern[str]
    blocking: bool = False


def _role(name: str, keys: str, resources: str = r"\w+", *, blocking: bool = False) -> Role:
    return Role(name, re.compile(rf"(?:{keys})$"), re.compile(rf"(?:{resources})$"), blocking)


_CONTAINERS = (
    r"aws_(ecs|apprunner|lightsail_container|lambda)_?\w*|google_cloud_run\w*|azurerm_(container|linux_web)\w*|ibm_code_engine\w*"
    r"|oci_container_instances\w*|kubernetes_\w+"
)

ROLES: tuple[Role, ...] = (
    _role("port", r"(.*\.)?(containerPort|container_port|target_port|image_port)", blocking=True),
    _role("port", r"port", r"aws_(lb|alb)_target_group", blocking=True),
    _role("port", r"(.*\.)?(backends?\.)?port", r"oci_load_balancer_backend", blocking=True),
    _role("port", r"health_checker\.port", r"oci_load_balancer_backend_set", blocking=True),
    _role("health_path", r"(.*\.)?\w*(health|probe)\w*\.(.*\.)?(path|url_path|request_path)"),
    _role("image", r"(.*\.)?(image|image_reference|image_url|image_identifier|image_uri)", _CONTAINERS),
    _role("cpu", r"(.*\.)?(cpu|scale_cpu_limit|ocpus|vcpus_limit)", _CONTAINERS),
    _role("memory", r"(.*\.)?(memory|scale_memory_limit|memory_in_gbs|memory_limit_in_gbs)", _CONTAINERS),
    _role("min_instances", r"(.*\.)?(min_capacity|min_instance_count|scale_min_instances|min_replicas)"),
    _role("max_instances", r"(.*\.)?(max_capacity|max_instance_count|scale_max_instances|max_replicas)"),
    _role("image_tags", r"image_tag_mutability|(.*\.)?immutable_tags|quarantine_policy_enabled|is_immutable"),
    _role(
        "database_version",
        r"engine_version|version|db_version|database_version|mysql_version|redis_version|software_version|server_version",
        _DATABASE,
    ),
    _role(
        "database_size",
        r"instance_class|node_type|(.*\.)?tier|sku_name|shape|shape_name|instance_type|(.*\.)?host_flavor\.id|memory_size_gb|node_memory_in_gbs",
        _DATABASE,
    ),
    _role(
        "database_availability",
        r"multi_az|multi_az_enabled|(.*\.)?availability_type|high_availability\.mode|is_highly_available|instance_count|node_count|tier"
        r"|num_cache_clusters|replica_count|(.*\.)?is_regionally_durable|high_availability_enabled|automatic_failover_enabled",
        r"aws_(db_instance|rds_cluster|elasticache_\w+)|google_redis_instance|google_sql_database_instance|azurerm_\w+|oci_\w+|ibm_database",
    ),
    _role(
        "database_public",
        r"publicly_accessible|(.*\.)?ipv4_enabled|public_network_access(_enabled)?|service_endpoints",
        _DATABASE,
    ),
    _role("database_protected", r"deletion_protection(_enabled)?|(.*\.)?is_delete_protected|(.*\.)?deletion_protection_enabled", _DATABASE),
    _role(
        "database_encryption",
        r"storage_encrypted|at_rest_encryption_enabled|kms_key_id|encryption_key_name|(.*\.)?key_vault_key_id|key_protect_key|customer_managed_key",
        _DATABASE,
    ),
    _role(
        "backups",
        r"backup_retention_period|backup_retention_days|snapshot_retention_limit|(.*\.)?retained_backups|(.*\.)?retention_(in_)?days",
        _DATABASE,
    ),
    _role("log_retention", r"retention_in_days|retention_days|retention_duration|retention_period", r"\w*(log|logging)\w*"),
)  # fmt: skip


def engine_of(text: str) -> str | None:
    """Return the kind of service a resource type or an engine's name means."""
    for pattern, engine in ENGINES:
        if pattern.search(text):
            return engine
    return None
