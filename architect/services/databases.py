"""Databases: what runs them, what proves them, and what a client of them reads."""

from __future__ import annotations

from dataclasses import replace

from architect.services.spec import ServiceSpec, names

_POSTGRES_PASSWORD = "{secret:POSTGRES_PASSWORD}"  # noqa: S105 - a placeholder for a name, not a password
_MYSQL_PASSWORD = "{secret:MYSQL_PASSWORD}"  # noqa: S105
_MONGO_PASSWORD = "{secret:MONGO_PASSWORD}"  # noqa: S105

_SQL_CLIENT = (
    (r"(SQLALCHEMY_)?DATABASE_(URL|URI|DSN)|SQLALCHEMY_DATABASE_URI|DB_(URL|URI|DSN)|DATABASE_CONNECTION(_STRING)?", "{url}"),
    (r"(SPRING_DATASOURCE|JDBC(_DATABASE)?|DATASOURCE|DB_JDBC)_URL", "jdbc:{jdbc}://{host}:{port}/{database}"),
    (r"(DB|DATABASE|SQL|TYPEORM)_?(HOST|HOSTNAME|SERVER|ADDR|ADDRESS)", "{host}"),
    (r"(DB|DATABASE|SQL|TYPEORM)_?PORT", "{port}"),
    (r"(DB|DATABASE|SQL|TYPEORM|SPRING_DATASOURCE)_?(USER|USERNAME)", "{user}"),
    (r"(DB|DATABASE|SQL|TYPEORM|SPRING_DATASOURCE)_?(PASS|PASSWORD|PASSWD)", "{password}"),
    (r"(DB|DATABASE|SQL|TYPEORM)_?(NAME|DATABASE|DB)|DB", "{database}"),
    (r"DB_CONNECTION", "{laravel}"),
)

POSTGRES = ServiceSpec(
    id="postgres",
    label="PostgreSQL",
    kind="postgres",
    image="postgres:17-alpine",
    port=5432,
    scheme="postgresql",
    url="{scheme}://{user}:" + _POSTGRES_PASSWORD + "@{host}:{port}/{database}",
    health=("pg_isready", "--username={user}", "--dbname={database}"),
    volume="/var/lib/postgresql/data",
    convention="DATABASE_URL",
    environment=(("POSTGRES_USER", "{user}"), ("POSTGRES_PASSWORD", _POSTGRES_PASSWORD), ("POSTGRES_DB", "{database}")),
    client=(
        (r"(POSTGRES(QL)?|PG)_?(URL|URI|DSN)|\w*POSTGRES(QL)?_(URL|URI|DSN)", "{url}"),
        (r"(POSTGRES(QL)?|PG)_?(HOST|HOSTNAME|SERVER|ADDR)", "{host}"),
        (r"(POSTGRES(QL)?|PG)_?PORT", "{port}"),
        (r"(POSTGRES(QL)?|PG)_?(USER|USERNAME)", "{user}"),
        (r"(POSTGRES(QL)?|PG)_?(PASS|PASSWORD)", "{password}"),
        (r"(POSTGRES(QL)?|PG)_?(DB|DATABASE|NAME|DATABASE_NAME)", "{database}"),
        *_SQL_CLIENT,
    ),
    drivers=names(
        pypi="psycopg psycopg2 psycopg2-binary psycopg-binary asyncpg pg8000 aiopg psycopg2cffi django-postgres-extra procrastinate",
        npm="pg postgres pg-promise slonik pg-native pg-boss @prisma/adapter-pg @mikro-orm/postgresql "
        "@slonik/driver graphile-worker postgraphile",
        go="github.com/lib/pq github.com/jackc/pgx gorm.io/driver/postgres github.com/go-pg/pg github.com/uptrace/bun/driver/pgdriver",
        maven="postgresql r2dbc-postgresql pgjdbc-ng vertx-pg-client quarkus-jdbc-postgresql "
        "quarkus-reactive-pg-client skunk-core doobie-postgres",
        cargo="tokio-postgres postgres deadpool-postgres bb8-postgres r2d2_postgres sqlx-postgres",
        rubygems="pg sequel_pg que good_job activerecord-postgis-adapter neighbor",
        packagist="ext-pgsql ext-pdo_pgsql",
        nuget="npgsql npgsql.entityframeworkcore.postgresql marten aspire.npgsql hangfire.postgresql npgsql.dependencyinjection",
        hex="postgrex",
        pub="postgres",
        hackage="postgresql-simple hasql persistent-postgresql",
        clojars="postgresql org.postgresql/postgresql com.github.seancorfield/next.jdbc-postgres",
        crystal="pg",
        swift="postgres-nio postgres-kit fluent-postgres-driver",
        gleam="pog gleam_pgo",
        cpp="libpqxx oatpp-postgresql",
        deno="postgres pg postgresjs @db/postgres",
    ),
    tmpfs=("/tmp", "/run/postgresql"),  # noqa: S108 - paths inside the container
)

POSTGIS = replace(
    POSTGRES,
    id="postgis",
    label="PostGIS",
    image="postgis/postgis:17-3.5-alpine",
    drivers=names(
        pypi="geoalchemy2",
        rubygems="activerecord-postgis-adapter rgeo-activerecord",
        maven="hibernate-spatial postgis-jdbc",
        hex="geo_postgis",
    ),
)

PGVECTOR = replace(
    POSTGRES,
    id="pgvector",
    label="PostgreSQL with pgvector",
    image="pgvector/pgvector:0.8.2-pg17",
    drivers=names(
        pypi="pgvector",
        npm="pgvector",
        rubygems="neighbor pgvector",
        go="github.com/pgvector/pgvector-go",
        cargo="pgvector",
        packagist="pgvector/pgvector",
        hex="pgvector",
        nuget="pgvector pgvector.entityframeworkcore",
        maven="pgvector spring-ai-starter-vector-store-pgvector spring-ai-pgvector-store-spring-boot-starter",
    ),
    memory="1G",
)

MYSQL = ServiceSpec(
    id="mysql",
    label="MySQL",
    kind="mysql",
    image="mysql:8.4",
    port=3306,
    scheme="mysql",
    url="{scheme}://{user}:" + _MYSQL_PASSWORD + "@{host}:{port}/{database}",
    health=("mysqladmin", "ping", "--host=127.0.0.1", "--silent"),
    volume="/var/lib/mysql",
    convention="DATABASE_URL",
    environment=(
        ("MYSQL_USER", "{user}"),
        ("MYSQL_PASSWORD", _MYSQL_PASSWORD),
        ("MYSQL_DATABASE", "{database}"),
        ("MYSQL_ROOT_PASSWORD", "{secret:MYSQL_ROOT_PASSWORD}"),
    ),
    client=(
        (r"(MYSQL|MARIADB)_?(URL|URI|DSN)", "{url}"),
        (r"(MYSQL|MARIADB)_?(HOST|HOSTNAME|SERVER|ADDR)", "{host}"),
        (r"(MYSQL|MARIADB)_?PORT", "{port}"),
        (r"(MYSQL|MARIADB)_?(USER|USERNAME)", "{user}"),
        (r"(MYSQL|MARIADB)_?(PASS|PASSWORD)", "{password}"),
        (r"(MYSQL|MARIADB)_?(DB|DATABASE|NAME)", "{database}"),
        *_SQL_CLIENT,
    ),
    drivers=names(
        pypi="mysqlclient pymysql aiomysql asyncmy mysql-connector-python flask-mysqldb",
        npm="mysql mysql2 @mikro-orm/mysql @mikro-orm/mariadb",
        go="github.com/go-sql-driver/mysql gorm.io/driver/mysql",
        maven="mysql-connector-java mysql-connector-j r2dbc-mysql vertx-mysql-client quarkus-jdbc-mysql jasync-r2dbc-mysql",
        cargo="mysql mysql_async sqlx-mysql",
        rubygems="mysql2 trilogy",
        packagist="ext-mysqli ext-pdo_mysql",
        nuget="mysql.data mysqlconnector pomelo.entityframeworkcore.mysql mysql.entityframeworkcore",
        hex="myxql mariaex",
        pub="mysql1 mysql_client",
        crystal="mysql",
        swift="mysql-nio mysql-kit fluent-mysql-driver",
    ),
    tmpfs=("/tmp", "/var/run/mysqld"),  # noqa: S108
    memory="1G",
    start_period=30,
)

MARIADB = replace(
    MYSQL,
    id="mariadb",
    label="MariaDB",
    image="mariadb:11.4",
    health=("healthcheck.sh", "--connect", "--innodb_initialized"),
    environment=(
        ("MARIADB_USER", "{user}"),
        ("MARIADB_PASSWORD", _MYSQL_PASSWORD),
        ("MARIADB_DATABASE", "{database}"),
        ("MARIADB_RANDOM_ROOT_PASSWORD", "1"),
    ),
    drivers=names(pypi="mariadb", npm="mariadb", maven="mariadb-java-client r2dbc-mariadb quarkus-jdbc-mariadb"),
    tmpfs=("/tmp", "/run/mysqld"),  # noqa: S108
)

MONGODB = ServiceSpec(
    id="mongodb",
    label="MongoDB",
    kind="mongodb",
    image="mongo:8.0",
    port=27017,
    scheme="mongodb",
    url="{scheme}://{user}:" + _MONGO_PASSWORD + "@{host}:{port}/{database}?authSource=admin",
    health=("mongosh", "--quiet", "--eval", "db.adminCommand('ping').ok || quit(1)"),
    volume="/data/db",
    convention="MONGODB_URI",
    environment=(("MONGO_INITDB_ROOT_USERNAME", "{user}"), ("MONGO_INITDB_ROOT_PASSWORD", _MONGO_PASSWORD)),
    client=(
        (r"\w*MONGO(DB|OSE|_DB)?_?(URL|URI|DSN|CONNECTION(_STRING|_URL|_URI)?|CONN(_STR)?)|SPRING_DATA_MONGODB_URI", "{url}"),
        (r"(SPRING_DATA_)?MONGO(DB)?_?(HOST|HOSTNAME|SERVER)", "{host}"),
        (r"(SPRING_DATA_)?MONGO(DB)?_?PORT", "{port}"),
        (r"(SPRING_DATA_)?MONGO(DB)?_?(USER|USERNAME)", "{user}"),
        (r"(SPRING_DATA_)?MONGO(DB)?_?(PASS|PASSWORD)", "{password}"),
        (r"(SPRING_DATA_)?MONGO(DB)?_?(DB|DATABASE|NAME|DB_NAME|DATABASE_NAME)", "{database}"),
        (r"DATABASE_(URL|URI)|DB_(URL|URI|CONNECTION|CONNECTION_STRING)", "{url}"),
        (r"(DB|DATABASE)_?HOST", "{host}"),
        (r"(DB|DATABASE)_?PORT", "{port}"),
        (r"(DB|DATABASE)_?(USER|USERNAME)", "{user}"),
        (r"(DB|DATABASE)_?(PASS|PASSWORD)", "{password}"),
        (r"(DB|DATABASE)_?NAME", "{database}"),
    ),
    drivers=names(
        pypi="pymongo motor mongoengine beanie odmantic flask-pymongo djongo django-mongodb-backend umongo",
        npm="mongodb mongoose mongojs monk @typegoose/typegoose @nestjs/mongoose connect-mongo @mikro-orm/mongodb "
        "mongoose-paginate-v2 agenda",
        go="go.mongodb.org/mongo-driver github.com/globalsign/mgo gopkg.in/mgo.v2",
        maven="spring-boot-starter-data-mongodb spring-boot-starter-data-mongodb-reactive mongodb-driver-sync "
        "mongodb-driver-reactivestreams "
        "mongo-java-driver mongodb-driver-kotlin-coroutine kmongo quarkus-mongodb-client quarkus-mongodb-panache "
        "mongo-scala-driver",
        cargo="mongodb",
        rubygems="mongoid mongo mongo_mapper",
        packagist="ext-mongodb mongodb/mongodb mongodb/laravel-mongodb jenssegers/mongodb doctrine/mongodb-odm doctrine/mongodb-odm-bundle",
        nuget="mongodb.driver mongodb.entityframeworkcore",
        hex="mongodb mongodb_driver",
        pub="mongo_dart",
        deno="mongo mongodb mongoose",
    ),
    memory="1G",
    start_period=20,
)

MSSQL = ServiceSpec(
    id="mssql",
    label="Microsoft SQL Server",
    kind="mssql",
    image="mcr.microsoft.com/mssql/server:2022-CU20-ubuntu-22.04",
    port=1433,
    scheme="sqlserver",
    url="{scheme}://{user}:{secret:MSSQL_SA_PASSWORD}@{host}:{port}?database={database}",
    health=("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/1433"),
    volume="/var/opt/mssql",
    convention="DATABASE_URL",
    user="sa",
    database="master",
    environment=(("ACCEPT_EULA", "Y"), ("MSSQL_SA_PASSWORD", "{secret:MSSQL_SA_PASSWORD}")),
    client=(
        (r"MSSQL_?(HOST|SERVER)", "{host}"),
        (r"MSSQL_?PORT", "{port}"),
        (r"MSSQL_?(USER|USERNAME)", "{user}"),
        (r"(MSSQL|SA|MSSQL_SA)_?PASSWORD", "{password}"),
        (r"MSSQL_?(DB|DATABASE)", "{database}"),
        (
            r"CONNECTION_?STRINGS?__\w+|SQL_?SERVER_CONNECTION(_STRING)?",
            "Server={host},{port};Database={database};User Id={user};Password={password};TrustServerCertificate=true",
        ),
        *_SQL_CLIENT,
    ),
    drivers=names(
        pypi="pymssql mssql-django",
        npm="mssql tedious",
        go="github.com/microsoft/go-mssqldb github.com/denisenkom/go-mssqldb gorm.io/driver/sqlserver",
        maven="mssql-jdbc r2dbc-mssql",
        cargo="tiberius",
        rubygems="activerecord-sqlserver-adapter tiny_tds",
        packagist="ext-sqlsrv ext-pdo_sqlsrv",
        nuget="microsoft.entityframeworkcore.sqlserver microsoft.data.sqlclient system.data.sqlclient hangfire.sqlserver",
        hex="tds",
    ),
    memory="2G",
    start_period=40,
)

DATABASES = (POSTGIS, PGVECTOR, POSTGRES, MARIADB, MYSQL, MONGODB, MSSQL)
