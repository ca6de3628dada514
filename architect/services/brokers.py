"""Caches, brokers, search engines and the other services an application talks to."""

from __future__ import annotations

from dataclasses import replace

from architect.services.spec import ServiceSpec, names

_RABBITMQ_PASSWORD = "{secret:RABBITMQ_PASSWORD}"  # noqa: S105 - a placeholder for a name, not a password

REDIS = ServiceSpec(
    id="redis",
    label="Redis",
    kind="redis",
    image="redis:8.2-alpine",
    port=6379,
    scheme="redis",
    url="{scheme}://{host}:{port}/0",
    health=("redis-cli", "ping"),
    volume="/data",
    convention="REDIS_URL",
    command=("redis-server", "--appendonly", "yes"),
    client=(
        (r"\w*(REDIS|VALKEY)(_CACHE|_TLS|_CLOUD)?_?(URL|URI|DSN|CONNECTION(_STRING)?)|(CACHE|QUEUE|SESSION)_URL|BROKER_URL", "{url}"),
        (r"CELERY_(BROKER|RESULT)(_URL|_BACKEND)?|CELERY_BROKER_URL|CELERY_RESULT_BACKEND|CELERY_BACKEND", "{url}"),
        (r"(SPRING_DATA_|SPRING_)?(REDIS|VALKEY)_?(HOST|HOSTNAME|SERVER)", "{host}"),
        (r"(SPRING_DATA_|SPRING_)?(REDIS|VALKEY)_?PORT", "{port}"),
        (r"(REDIS|VALKEY)_?(ADDR|ADDRESS|ENDPOINT)", "{host}:{port}"),
    ),
    drivers=names(
        pypi="rq arq dramatiq-redis django-rq channels-redis channels_redis celery-redbeat redis-om walrus "
        "flask-redis aioredis taskiq-redis saq",
        npm="bull bullmq bee-queue kue @nestjs/bull @nestjs/bullmq resque redis-om ioredis redis",
        go="github.com/hibiken/asynq github.com/gocraft/work github.com/redis/go-redis github.com/go-redis/redis",
        maven="spring-boot-starter-data-redis spring-boot-starter-data-redis-reactive spring-session-data-redis "
        "redisson redisson-spring-boot-starter "
        "jedis lettuce-core quarkus-redis-client redis4cats-effects",
        cargo="apalis-redis deadpool-redis bb8-redis fred redis",
        rubygems="sidekiq resque redis redis-rails redis-store redis-actionpack resque-pool redis-client kredis redis-namespace",
        packagist="predis/predis ext-redis symfony/redis-messenger laravel/horizon",
        nuget="stackexchange.redis microsoft.extensions.caching.stackexchangeredis hangfire.redis.stackexchange aspire.stackexchange.redis",
        hex="redix exq",
        pub="redis",
        deno="redis ioredis",
        hackage="hedis",
        crystal="redis sidekiq",
    ),
    helpers=names(
        pypi="redis hiredis django-redis django-redis-cache fakeredis coredis fastapi-cache2 flask-caching aiocache",
        npm="connect-redis @redis/client rate-limit-redis cache-manager-redis-store cache-manager-ioredis "
        "@keyv/redis @socket.io/redis-adapter "
        "@fastify/redis",
        go="github.com/gomodule/redigo github.com/rueian/rueidis github.com/redis/rueidis",
    ),
    run_as="redis",
    tmpfs=("/tmp",),  # noqa: S108 - a path inside the container
    memory="256M",
    start_period=5,
)

VALKEY = replace(
    REDIS,
    id="valkey",
    label="Valkey",
    image="valkey/valkey:8.1-alpine",
    health=("valkey-cli", "ping"),
    command=("valkey-server", "--appendonly", "yes"),
    drivers=names(
        pypi="valkey django-valkey",
        npm="iovalkey @valkey/valkey-glide",
        go="github.com/valkey-io/valkey-go",
        maven="valkey-glide valkey-java",
        rubygems="valkey-rb",
    ),
    helpers=names(),
    run_as="valkey",
)

RABBITMQ = ServiceSpec(
    id="rabbitmq",
    label="RabbitMQ",
    kind="rabbitmq",
    image="rabbitmq:4.1-alpine",
    port=5672,
    scheme="amqp",
    url="{scheme}://{user}:" + _RABBITMQ_PASSWORD + "@{host}:{port}/",
    health=("rabbitmq-diagnostics", "--quiet", "check_port_connectivity"),
    volume="/var/lib/rabbitmq",
    convention="AMQP_URL",
    environment=(("RABBITMQ_DEFAULT_USER", "{user}"), ("RABBITMQ_DEFAULT_PASS", _RABBITMQ_PASSWORD)),
    client=(
        (r"\w*(RABBIT(_?MQ)?|AMQP|CLOUDAMQP)_?(URL|URI|DSN)|BROKER_URL|CELERY_BROKER(_URL)?|MESSENGER_TRANSPORT_DSN", "{url}"),
        (r"(SPRING_)?RABBIT(_?MQ)?_?(HOST|HOSTNAME|SERVER)", "{host}"),
        (r"(SPRING_)?RABBIT(_?MQ)?_?PORT", "{port}"),
        (r"(SPRING_)?RABBIT(_?MQ)?_?(DEFAULT_)?(USER|USERNAME)", "{user}"),
        (r"(SPRING_)?RABBIT(_?MQ)?_?(DEFAULT_)?(PASS|PASSWORD)", "{password}"),
    ),
    drivers=names(
        pypi="pika aio-pika amqpstorm faststream-rabbit taskiq-aio-pika",
        npm="amqplib amqp-connection-manager rascal @golevelup/nestjs-rabbitmq rhea",
        go="github.com/rabbitmq/amqp091-go github.com/streadway/amqp",
        maven="spring-boot-starter-amqp spring-cloud-starter-stream-rabbit spring-cloud-starter-bus-amqp "
        "spring-cloud-stream-binder-rabbit "
        "spring-rabbit amqp-client quarkus-messaging-rabbitmq quarkus-smallrye-reactive-messaging-rabbitmq",
        cargo="lapin amqprs amiquip",
        rubygems="bunny sneakers hutch",
        packagist="php-amqplib/php-amqplib ext-amqp symfony/amqp-messenger enqueue/amqp-bunny vladimir-yuldashev/laravel-queue-rabbitmq",
        nuget="rabbitmq.client masstransit.rabbitmq easynetq aspire.rabbitmq.client wolverinefx.rabbitmq",
        hex="amqp broadway_rabbitmq",
    ),
    start_period=30,
)

KAFKA = ServiceSpec(
    id="kafka",
    label="Apache Kafka",
    kind="kafka",
    image="apache/kafka:4.3.1",
    port=9092,
    scheme="kafka",
    url="{host}:{port}",
    health=("/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", "localhost:9092"),
    volume="/var/lib/kafka/data",
    convention="KAFKA_BOOTSTRAP_SERVERS",
    environment=(
        ("KAFKA_NODE_ID", "1"),
        ("KAFKA_PROCESS_ROLES", "broker,controller"),
        ("KAFKA_LISTENERS", "PLAINTEXT://:{port},CONTROLLER://:9093"),
        ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://{host}:{port}"),
        ("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT"),
        ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
        ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
        ("KAFKA_LOG_DIRS", "/var/lib/kafka/data"),
    ),
    client=((r"(SPRING_)?KAFKA_?(BOOTSTRAP_?SERVERS?|BROKERS?|BROKER_?(URL|LIST)|URL|HOSTS?|SERVERS?|ADDR)|BOOTSTRAP_SERVERS", "{url}"),),
    drivers=names(
        pypi="kafka-python kafka-python-ng confluent-kafka aiokafka faust faust-streaming",
        npm="kafkajs node-rdkafka @confluentinc/kafka-javascript kafka-node",
        go="github.com/segmentio/kafka-go github.com/ibm/sarama github.com/shopify/sarama "
        "github.com/confluentinc/confluent-kafka-go "
        "github.com/twmb/franz-go",
        maven="spring-kafka kafka-clients kafka-streams spring-cloud-starter-stream-kafka "
        "spring-cloud-stream-binder-kafka reactor-kafka fs2-kafka "
        "quarkus-messaging-kafka quarkus-kafka-client quarkus-smallrye-reactive-messaging-kafka zio-kafka",
        cargo="rdkafka rskafka kafka",
        rubygems="ruby-kafka rdkafka karafka racecar waterdrop",
        packagist="ext-rdkafka enqueue/rdkafka",
        nuget="confluent.kafka masstransit.kafka kafkaflow",
        hex="brod kafka_ex broadway_kafka",
    ),
    memory="1G",
    start_period=30,
)

NATS = ServiceSpec(
    id="nats",
    label="NATS",
    kind="nats",
    image="nats:2.11-alpine",
    port=4222,
    scheme="nats",
    url="{scheme}://{host}:{port}",
    health=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8222/healthz"),
    volume="/data",
    convention="NATS_URL",
    command=("--jetstream", "--store_dir", "/data", "--http_port", "8222"),
    client=((r"NATS_?(URL|URI|SERVERS?|ADDR)", "{url}"), (r"NATS_?HOST", "{host}"), (r"NATS_?PORT", "{port}")),
    drivers=names(
        pypi="nats-py asyncio-nats-client",
        npm="nats @nats-io/transport-node",
        go="github.com/nats-io/nats.go",
        maven="jnats",
        cargo="nats async-nats",
        rubygems="nats-pure",
        nuget="nats.client nats.net",
        hex="gnat",
    ),
    memory="256M",
    start_period=5,
)

ELASTICSEARCH = ServiceSpec(
    id="elasticsearch",
    label="Elasticsearch",
    kind="elasticsearch",
    image="docker.elastic.co/elasticsearch/elasticsearch:8.19.16",
    port=9200,
    scheme="http",
    url="{scheme}://elastic:{secret:ELASTIC_PASSWORD}@{host}:{port}",
    health=("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9200"),
    volume="/usr/share/elasticsearch/data",
    convention="ELASTICSEARCH_URL",
    user="elastic",
    environment=(
        ("discovery.type", "single-node"),
        ("xpack.security.http.ssl.enabled", "false"),
        ("ELASTIC_PASSWORD", "{secret:ELASTIC_PASSWORD}"),
        ("ES_JAVA_OPTS", "-Xms512m -Xmx512m"),
    ),
    client=(
        (r"(ELASTIC(_?SEARCH)?|ES)_?(URL|URI|URIS|HOSTS|NODE|NODES|ENDPOINT)|SPRING_ELASTICSEARCH_URIS", "{url}"),
        (r"(ELASTIC(_?SEARCH)?|ES)_?HOST", "{host}"),
        (r"(ELASTIC(_?SEARCH)?|ES)_?PORT", "{port}"),
        (r"(ELASTIC(_?SEARCH)?|ES)_?(USER|USERNAME)", "{user}"),
        (r"(ELASTIC(_?SEARCH)?|ES)_?(PASS|PASSWORD)", "{password}"),
    ),
    drivers=names(
        maven="spring-boot-starter-data-elasticsearch elasticsearch-java elasticsearch-rest-high-level-client",
        rubygems="searchkick elasticsearch-model chewy",
    ),
    helpers=names(
        pypi="elasticsearch elasticsearch-dsl django-elasticsearch-dsl elasticsearch7 elasticsearch8",
        npm="@elastic/elasticsearch @nestjs/elasticsearch",
        go="github.com/elastic/go-elasticsearch github.com/olivere/elastic",
        cargo="elasticsearch",
        rubygems="elasticsearch",
        packagist="elasticsearch/elasticsearch ruflin/elastica friendsofsymfony/elastica-bundle",
        nuget="elastic.clients.elasticsearch nest",
        hex="elasticsearch",
    ),
    memory="1G",
    start_period=60,
)

OPENSEARCH = ServiceSpec(
    id="opensearch",
    label="OpenSearch",
    kind="opensearch",
    image="opensearchproject/opensearch:2.19.4",
    port=9200,
    scheme="http",
    url="{scheme}://{host}:{port}",
    health=("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9200"),
    volume="/usr/share/opensearch/data",
    convention="OPENSEARCH_URL",
    environment=(("discovery.type", "single-node"), ("DISABLE_SECURITY_PLUGIN", "true"), ("OPENSEARCH_JAVA_OPTS", "-Xms512m -Xmx512m")),
    client=(
        (r"OPENSEARCH_?(URL|URI|HOSTS|NODE|NODES|ENDPOINT)", "{url}"),
        (r"OPENSEARCH_?HOST", "{host}"),
        (r"OPENSEARCH_?PORT", "{port}"),
    ),
    helpers=names(
        pypi="opensearch-py opensearch-dsl django-opensearch-dsl",
        npm="@opensearch-project/opensearch",
        go="github.com/opensearch-project/opensearch-go",
        maven="opensearch-java opensearch-rest-high-level-client spring-data-opensearch-starter",
        rubygems="opensearch-ruby",
        packagist="opensearch-project/opensearch-php",
        nuget="opensearch.client",
    ),
    memory="1G",
    start_period=60,
)

MEMCACHED = ServiceSpec(
    id="memcached",
    label="Memcached",
    kind="memcached",
    image="memcached:1.6-alpine",
    port=11211,
    scheme="memcached",
    url="{host}:{port}",
    health=("nc", "-z", "127.0.0.1", "11211"),
    volume=None,
    convention="MEMCACHED_SERVERS",
    client=(
        (r"MEMCACHED?_?(URL|URI|SERVERS?|LOCATION|ADDR)|MEMCACHIER_SERVERS", "{url}"),
        (r"MEMCACHED?_?HOST", "{host}"),
        (r"MEMCACHED?_?PORT", "{port}"),
    ),
    helpers=names(
        pypi="pymemcache pylibmc python-memcached aiomcache",
        npm="memcached memjs",
        go="github.com/bradfitz/gomemcache",
        maven="spymemcached xmemcached",
        cargo="memcache",
        rubygems="dalli",
        packagist="ext-memcached",
        nuget="enyimmemcachedcore",
        hex="memcachex",
    ),
    memory="128M",
    start_period=5,
)

MINIO = ServiceSpec(
    id="minio",
    label="MinIO",
    kind="minio",
    image="minio/minio:RELEASE.2025-04-22T22-12-26Z",
    port=9000,
    scheme="http",
    url="{scheme}://{host}:{port}",
    health=("mc", "ready", "local"),
    volume="/data",
    convention="MINIO_ENDPOINT",
    command=("server", "/data"),
    environment=(("MINIO_ROOT_USER", "{user}"), ("MINIO_ROOT_PASSWORD", "{secret:MINIO_ROOT_PASSWORD}")),
    client=(
        (r"MINIO_?(URL|URI|ENDPOINT_URL)|(AWS_)?S3_ENDPOINT(_URL)?|AWS_ENDPOINT(_URL)?(_S3)?", "{url}"),
        (r"MINIO_?(ENDPOINT|ADDR)", "{host}:{port}"),
        (r"MINIO_?HOST", "{host}"),
        (r"MINIO_?PORT", "{port}"),
        (r"MINIO_?(ROOT_USER|ACCESS_?KEY|USER)", "{user}"),
        (r"MINIO_?(ROOT_PASSWORD|SECRET_?KEY|PASSWORD)", "{password}"),
    ),
    helpers=names(
        pypi="minio django-minio-storage", npm="minio nestjs-minio", go="github.com/minio/minio-go", maven="minio", nuget="minio"
    ),
    start_period=10,
)

CLICKHOUSE = ServiceSpec(
    id="clickhouse",
    label="ClickHouse",
    kind="clickhouse",
    image="clickhouse/clickhouse-server:25.8-alpine",
    port=8123,
    scheme="http",
    url="{scheme}://{user}:{secret:CLICKHOUSE_PASSWORD}@{host}:{port}/{database}",
    health=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8123/ping"),
    volume="/var/lib/clickhouse",
    convention="CLICKHOUSE_URL",
    environment=(("CLICKHOUSE_USER", "{user}"), ("CLICKHOUSE_PASSWORD", "{secret:CLICKHOUSE_PASSWORD}"), ("CLICKHOUSE_DB", "{database}")),
    client=(
        (r"CLICKHOUSE_?(URL|URI|DSN)", "{url}"),
        (r"CLICKHOUSE_?HOST", "{host}"),
        (r"CLICKHOUSE_?PORT", "{port}"),
        (r"CLICKHOUSE_?(USER|USERNAME)", "{user}"),
        (r"CLICKHOUSE_?(PASS|PASSWORD)", "{password}"),
        (r"CLICKHOUSE_?(DB|DATABASE)", "{database}"),
    ),
    drivers=names(
        pypi="clickhouse-driver clickhouse-connect",
        npm="@clickhouse/client",
        go="github.com/clickhouse/clickhouse-go",
        maven="clickhouse-jdbc",
        cargo="clickhouse",
    ),
    memory="2G",
    start_period=20,
)

MAILPIT = ServiceSpec(
    id="mailpit",
    label="Mailpit (catches outgoing mail in development)",
    kind="mailpit",
    image="axllent/mailpit:v1.30.1",
    port=1025,
    scheme="smtp",
    url="{scheme}://{host}:{port}",
    health=("/mailpit", "readyz"),
    volume=None,
    convention="SMTP_HOST",
    client=(
        (r"(MAIL|SMTP|EMAIL)_?(HOST|SERVER)", "{host}"),
        (r"(MAIL|SMTP|EMAIL)_?PORT", "{port}"),
        (r"(SMTP|MAILER|EMAIL)_?(URL|DSN)", "{url}"),
    ),
    memory="128M",
    start_period=5,
)

BROKERS = (VALKEY, REDIS, RABBITMQ, KAFKA, NATS, ELASTICSEARCH, OPENSEARCH, MEMCACHED, MINIO, CLICKHOUSE, MAILPIT)
