"""The metrics of backing services as the collector reads them, with the alerts and panels that are worth having."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Warn:
    """One alert on a service."""

    name: str
    expr: str
    lasts: str
    severity: str
    summary: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel for a service: title, query, unit as Grafana names it, and the label of each series."""

    title: str
    query: str
    unit: str
    legend: str


@dataclass(frozen=True, slots=True)
class Server:
    """What the collector knows of one kind of service."""

    label: str
    warns: tuple[Warn, ...]
    panels: tuple[Panel, ...]


SERVERS: Mapping[str, Server] = MappingProxyType(
    # names as the collector's Prometheus exporter writes the receivers' default metrics
    {
        "postgres": Server(
            "PostgreSQL",
            (Warn("PostgresConnectionsHigh", "sum(postgresql_backends) / max(postgresql_connection_max) > 0.8", "10m", "warning",
                  "More than 80 % of the connections are taken"),),
            (Panel("Connections", "sum by (postgresql_database_name) (postgresql_backends)", "short", "{{postgresql_database_name}}"),
             Panel("Commits", "sum(rate(postgresql_commits_total[$__rate_interval]))", "ops", "commits")),
        ),
        "mysql": Server(
            "MySQL",
            (Warn("MysqlRestarted", "mysql_uptime_seconds_total < 300", "1m", "warning", "The server started less than five minutes ago"),),
            (Panel("Threads", "sum by (kind) (mysql_threads)", "short", "{{kind}}"),
             Panel("Row operations", "sum by (operation) (rate(mysql_row_operations_total[$__rate_interval]))", "ops", "{{operation}}")),
        ),
        "mongodb": Server(
            "MongoDB",
            (Warn("MongodbConnectionsHigh", 'sum(mongodb_connection_count{type="current"}) / sum(mongodb_connection_count) > 0.8', "10m",
                  "warning", "More than 80 % of the connections are taken"),),
            (Panel("Connections", 'sum by (type) (mongodb_connection_count{type!="available"})', "short", "{{type}}"),
             Panel("Operations", "sum by (operation) (rate(mongodb_operation_count_total[$__rate_interval]))", "ops", "{{operation}}")),
        ),
        "redis": Server(
            "Redis",
            (Warn("RedisRejectsConnections", "increase(redis_connections_rejected_total[5m]) > 0", "1m", "warning",
                  "Clients were turned away because too many are connected"),
             Warn("RedisEvictsKeys", "rate(redis_keys_evicted_total[5m]) > 0", "15m", "warning",
                  "Keys are thrown out because memory is full")),
            (Panel("Memory", "sum(redis_memory_used_bytes)", "bytes", "used"),
             Panel("Commands", "sum(rate(redis_commands_processed_total[$__rate_interval]))", "ops", "commands")),
        ),
        "rabbitmq": Server(
            "RabbitMQ",
            (Warn("RabbitmqQueueGrows", 'sum by (rabbitmq_queue_name) (rabbitmq_message_current{state="ready"}) > 1000', "15m", "warning",
                  "More than a thousand messages wait in a queue"),),
            (Panel("Waiting messages", 'sum by (rabbitmq_queue_name) (rabbitmq_message_current{state="ready"})', "short",
                   "{{rabbitmq_queue_name}}"),
             Panel("Delivered", "sum(rate(rabbitmq_message_delivered_total[$__rate_interval]))", "ops", "messages")),
        ),
        "kafka": Server(
            "Kafka",
            (Warn("KafkaConsumerLags", "sum by (group, topic) (kafka_consumer_group_lag) > 10000", "15m", "warning",
                  "A consumer is more than ten thousand messages behind"),),
            (Panel("Consumer lag", "sum by (group, topic) (kafka_consumer_group_lag)", "short", "{{group}} {{topic}}"),),
        ),
        "elasticsearch": Server(
            "Elasticsearch",
            (Warn("ElasticsearchRed", 'max(elasticsearch_cluster_health{status="red"}) > 0', "5m", "critical",
                  "Some data cannot be reached"),),
            (Panel("Nodes", "sum(elasticsearch_cluster_nodes)", "short", "nodes"),),
        ),
        "memcached": Server(
            "Memcached",
            (Warn("MemcachedEvicts", "rate(memcached_evictions_total[5m]) > 0", "15m", "warning",
                  "Items are thrown out because memory is full"),),
            (Panel("Connections", "sum(memcached_connections_current)", "short", "connections"),),
        ),
    }
)  # fmt: skip
