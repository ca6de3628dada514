"""The kinds of cluster: what a manifest for each must say differently, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, str] = MappingProxyType({})
ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


@dataclass(frozen=True, slots=True)
class Preference:
    """A node label that pods would rather find, and why; `taint` is the key such nodes keep others away with."""

    key: str
    values: tuple[str, ...]
    why: str
    taint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """What differs from cluster to cluster.

    `registry` is the prefix of image names, words in capitals being the user's to fill; "" where images are loaded into the
    cluster. `spread` are topology keys over which replicas are spread; empty on one node. `controllers` are namespaces, `sources`
    address ranges from which the load balancer's traffic comes. `annotations` belong to the Ingress, `secure` to one with TLS,
    `service` to Services behind it; `checks` are the annotations by which a Service tells the load balancer's health check its
    path and, where that is mere convention, which answers will do. `tls` tells where the certificate comes from: `secret`,
    `managed` (an object of Google's), `discovered` (by the host's name) or "" for none. `prefer` are nodes for everything,
    `spare` cheap ones for what can be stopped. `identity` and `identity_label` let pods use the cloud's own identity;
    `metadata` are the addresses that takes.
    """

    id: str
    label: str
    registry: str
    host: str
    ingress_class: str
    storage_class: str
    storage: str = "10Gi"
    storage_document: Mapping[str, Any] | None = None
    annotations: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    secure: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    service: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    checks: tuple[str, str, str] | None = None
    class_annotation: bool = False
    tls: str = "secret"
    controllers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    local: bool = False
    metrics: bool = True
    spread: tuple[str, ...] = (ZONE, HOST)
    prefer: Preference | None = None
    spare: Preference | None = None
    identity: tuple[str, str] | None = None
    identity_label: tuple[str, str] | None = None
    metadata: tuple[tuple[str, int], ...] = ()
    databases: str = ""
    notes: tuple[str, ...] = ()


_VANILLA = Flavour(
    id="vanilla",
    label="Any cluster",
    registry="registry.example.com/team",
    host="{app}.example.com",
    ingress_class="traefik",
    storage_class="",
    controllers=("traefik",),
    spread=(HOST,),
    notes=("The Ingress is of class traefik: name your own controller's class in ingress.yaml and its namespace in network-policy.yaml.",),
)
_MINIKUBE = Flavour(
    id="minikube",
    label="Minikube",
    registry="",
    host="{app}.test",
    ingress_class="nginx",
    storage_class="standard",
    storage="1Gi",
    tls="",
    controllers=("ingress-nginx",),
    local=True,
    spread=(),
    notes=(
        "Minikube: `minikube addons enable ingress metrics-server`, then `minikube image load` each image; "
        "add the line of `minikube ip` and the host to /etc/hosts.",
    ),
)
_KIND = Flavour(
    id="kind",
    label="kind",
    registry="",
    host="{app}.localhost",
    ingress_class="",
    storage_class="standard",
    storage="1Gi",
    tls="",
    local=True,
    metrics=False,
    spread=(),
    notes=("kind: `kind load docker-image` each image; cloud-provider-kind answers the Ingress, which therefore names no class.",),
)
_GKE = Flavour(
    id="gke",
    label="Google Kubernetes Engine",
    registry="REGION-docker.pkg.dev/PROJECT_ID/REPOSITORY",
    host="{app}.example.com",
    ingress_class="gce",
    class_annotation=True,
    storage_class="premium-rwo",
    annotations=MappingProxyType({"kubernetes.io/ingress.global-static-ip-name": "{app}-address"}),
    secure=MappingProxyType({"networking.gke.io/v1beta1.FrontendConfig": "{app}"}),
    service=MappingProxyType({"cloud.google.com/neg": '{"ingress": true}'}),
    tls="managed",
    sources=("35.191.0.0/16", "130.211.0.0/22"),
    prefer=Preference("cloud.google.com/gke-provisioning", ("standard",), "nodes that are not taken away at short notice"),
    spare=Preference(
        "cloud.google.com/gke-spot", ("true",), "spot nodes cost less, and a job in the queue waits", "cloud.google.com/gke-spot"
    ),
    identity=("iam.gke.io/gcp-service-account", "{name}@PROJECT_ID.iam.gserviceaccount.com"),
    metadata=(("169.254.169.252/32", 988), ("169.254.169.254/32", 80)),
    databases="Cloud SQL and Memorystore",
    notes=("GKE: reserve the address with `gcloud compute addresses create {app}-address --global` and point the host at it.",),
)
_EKS = Flavour(
    id="eks",
    label="Amazon EKS",
    registry="ACCOUNT_ID.dkr.ecr.REGION.amazonaws.com",
    host="{app}.example.com",
    ingress_class="alb",
    storage_class="gp3",
    storage_document=MappingProxyType(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "gp3"},
            "provisioner": "ebs.csi.aws.com",
            "parameters": {"type": "gp3", "encrypted": "true"},
            "volumeBindingMode": "WaitForFirstConsumer",
            "allowVolumeExpansion": True,
        }
    ),
    annotations=MappingProxyType(
        {
            "alb.ingress.kubernetes.io/scheme": "internet-facing",
            "alb.ingress.kubernetes.io/target-type": "ip",
            "alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
        }
    ),
    secure=MappingProxyType({"alb.ingress.kubernetes.io/ssl-redirect": "443"}),
    checks=("alb.ingress.kubernetes.io/healthcheck-path", "alb.ingress.kubernetes.io/success-codes", "200-499"),
    tls="discovered",
    sources=_PRIVATE,
    prefer=Preference("eks.amazonaws.com/capacityType", ("ON_DEMAND",), "nodes that are not taken away at short notice"),
    spare=Preference("eks.amazonaws.com/capacityType", ("SPOT",), "spot nodes cost less, and a job in the queue waits"),
    identity=("eks.amazonaws.com/role-arn", "arn:aws:iam::ACCOUNT_ID:role/{name}"),
    databases="RDS and ElastiCache",
    notes=(
        "EKS: the AWS Load Balancer Controller and the EBS CSI driver must be installed; it takes the certificate for the host from ACM.",
    ),
)
_AKS = Flavour(
    id="aks",
    label="Azure Kubernetes Service",
    registry="REGISTRY_NAME.azurecr.io",
    host="{app}.example.com",
    ingress_class="webapprouting.kubernetes.azure.com",
    storage_class="managed-csi-premium",
    secure=MappingProxyType({"nginx.ingress.kubernetes.io/force-ssl-redirect": "true"}),
    controllers=("app-routing-system",),
    prefer=Preference("kubernetes.azure.com/mode", ("user",), "node pools for applications rather than the system's own"),
    spare=Preference(
        "kubernetes.azure.com/scalesetpriority",
        ("spot",),
        "spot nodes cost less, and a job in the queue waits",
        "kubernetes.azure.com/scalesetpriority",
    ),
    identity=("azure.workload.identity/client-id", "CLIENT_ID"),
    identity_label=("azure.workload.identity/use", "true"),
    databases="Azure Database and Azure Cache",
    notes=("AKS: the application routing add-on answers the Ingress (`az aks approuting enable`).",),
)
_IKS = Flavour(
    id="iks",
    label="IBM Cloud Kubernetes Service",
    registry="REGION.icr.io/REGISTRY_NAMESPACE",
    host="{app}.my-cluster.us-south.containers.appdomain.cloud",
    ingress_class="public-iks-k8s-nginx",
    storage_class="ibmc-vpc-block-10iops-tier",
    secure=MappingProxyType({"nginx.ingress.kubernetes.io/force-ssl-redirect": "true"}),
    controllers=("kube-system",),
    prefer=Preference("ibm-cloud.kubernetes.io/worker-pool-name", ("default",), "the worker pool that every cluster has"),
    databases="Databases for PostgreSQL and its siblings",
    notes=(
        "IKS: put the Ingress subdomain that `ibmcloud ks cluster get` shows into the host, and its certificate into the namespace with "
        "`ibmcloud ks ingress secret create`; on classic infrastructure the storage class is ibmc-block-gold.",
    ),
)

FLAVOURS: Mapping[str, Flavour] = MappingProxyType(
    # plain first, then what runs on one machine, then the clouds
    {flavour.id: flavour for flavour in (_VANILLA, _MINIKUBE, _KIND, _GKE, _EKS, _AKS, _IKS)}
)
