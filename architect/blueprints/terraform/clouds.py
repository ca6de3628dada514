"""The clouds: what differs between them as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from architect.request import Style


@dataclass(frozen=True, slots=True)
class Face:
    """How a managed database shows itself to its clients. `port` None means that only the cloud knows it.

    `url` takes the place of the usual address where it differs (TLS, a password); "" keeps the usual one.
    `public_authority` tells whether its certificate comes from an authority every client knows.
    """

    port: int | None
    url: str = ""
    user: str = ""
    database: str = ""
    public_authority: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """What one container gets, as expressions."""

    cpu: str
    memory: str


@dataclass(frozen=True, slots=True)
class Scale:
    """The fewest and the most copies of a service."""

    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud. `product` is what runs the containers, `login` how Docker signs in to its registry.

    `first` is the resource that must exist before images can be pushed, `state` tells init where state is kept. `sizes` are
    those of a small, a middling and a large container. `network` tells whether the module makes a network of its own,
    `own_port` that the platform itself sets PORT and refuses to be told.
    """

    id: str
    label: str
    product: str
    region: str
    login: str
    first: str
    state: str
    faces: Mapping[str, Face]
    sizes: tuple[Size, Size, Size]
    network: bool = True
    own_port: bool = False
    scales: Mapping[Style, Scale]


_TO_ZERO = MappingProxyType({Style.LEAN: Scale(0, 2), Style.HARDENED: Scale(2, 6), Style.CACHED: Scale(1, 8)})
_TLS_REDIS = "rediss://:{secret:REDIS_PASSWORD}@{host}:{port}/0"

_AWS = Cloud(
    id="aws",
    label="Amazon Web Services",
    product="ECS on Fargate behind an Application Load Balancer",
    region="us-east-1",
    login="aws ecr get-login-password | docker login --username AWS --password-stdin <registry>",
    first="aws_ecr_repository.service",
    state='-backend-config="bucket=YOUR_STATE_BUCKET" -backend-config="region=YOUR_REGION"',
    faces=MappingProxyType({"postgres": Face(5432), "mysql": Face(3306), "redis": Face(6379)}),
    sizes=(Size("256", "512"), Size("512", "1024"), Size("1024", "2048")),
    scales=MappingProxyType({Style.LEAN: Scale(1, 2), Style.HARDENED: Scale(2, 6), Style.CACHED: Scale(1, 8)}),
)
_GCP = Cloud(
    id="gcp",
    label="Google Cloud",
    product="Cloud Run",
    region="us-central1",
    login="gcloud auth configure-docker <region>-docker.pkg.dev",
    first="google_artifact_registry_repository.images",
    state='-backend-config="bucket=YOUR_STATE_BUCKET"',
    faces=MappingProxyType({"postgres": Face(5432), "mysql": Face(3306), "redis": Face(6379)}),
    sizes=(Size('"1"', '"512Mi"'), Size('"1"', '"1Gi"'), Size('"2"', '"2Gi"')),
    scales=_TO_ZERO,
    own_port=True,
)
_IBM = Cloud(
    id="ibm",
    label="IBM Cloud",
    product="Code Engine",
    region="us-south",
    login="ibmcloud cr login",
    first="ibm_cr_namespace.images",
    state='-backend-config="bucket=YOUR_STATE_BUCKET" -backend-config="region=us-south" '
    "-backend-config='endpoints={s3=\"https://s3.us-south.cloud-object-storage.appdomain.cloud\"}'",
    faces=MappingProxyType(
        {
            "postgres": Face(None, user="admin", database="ibmclouddb"),
            "mysql": Face(None, user="admin", database="ibmclouddb"),
            "redis": Face(None, "rediss://admin:{secret:REDIS_PASSWORD}@{host}:{port}/0"),
        }
    ),
    sizes=(Size('"0.25"', '"1G"'), Size('"0.5"', '"2G"'), Size('"1"', '"4G"')),
    scales=_TO_ZERO,
    network=False,
    own_port=True,
)
_AZURE = Cloud(
    id="azure",
    label="Microsoft Azure",
    product="Container Apps",
    region="eastus2",
    login="az acr login --name <registry>",
    first="azurerm_container_registry.images",
    state='-backend-config="resource_group_name=YOUR_GROUP" -backend-config="storage_account_name=YOUR_ACCOUNT" '
    '-backend-config="container_name=tfstate"',
    faces=MappingProxyType(
        {
            "postgres": Face(5432, public_authority=True),
            "mysql": Face(3306, public_authority=True),
            "redis": Face(10000, _TLS_REDIS, public_authority=True),
        }
    ),
    sizes=(Size("0.25", '"0.5Gi"'), Size("0.5", '"1Gi"'), Size("1.0", '"2Gi"')),
    scales=_TO_ZERO,
)
_ORACLE = Cloud(
    id="oracle",
    label="Oracle Cloud",
    product="Container Instances behind a load balancer",
    region="us-ashburn-1",
    login="docker login <region>.ocir.io",
    first="oci_artifacts_container_repository.service",
    state='-backend-config="bucket=YOUR_STATE_BUCKET" -backend-config="namespace=YOUR_NAMESPACE" -backend-config="region=us-ashburn-1"',
    faces=MappingProxyType(
        {
            "postgres": Face(5432, database="postgres"),
            "mysql": Face(3306),
            "redis": Face(6379, "rediss://{host}:{port}/0", public_authority=True),
        }
    ),
    sizes=(Size("1", "2"), Size("1", "4"), Size("2", "8")),
    scales=MappingProxyType({Style.LEAN: Scale(1, 1), Style.HARDENED: Scale(3, 3), Style.CACHED: Scale(2, 2)}),
)

CLOUDS: Mapping[str, Cloud] = MappingProxyType({cloud.id: cloud for cloud in (_AWS, _GCP, _IBM, _AZURE, _ORACLE)})
