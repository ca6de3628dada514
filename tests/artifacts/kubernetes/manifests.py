"""Manifests that several tests read."""

from __future__ import annotations

from artifacts.records import Artifact, Kind

SHOP = """\
# the shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels:
        app: shop
    spec:
      containers:
        - name: shop
          image: docker.io/library/shop:1.0
          ports:
            - containerPort: 8000
              name: http
          env:
            - name: MODE
              value: fast
            - name: PASSWORD
              valueFrom:
                secretKeyRef: {name: shop, key: PASSWORD}
          readinessProbe:
            httpGet: {path: /health, port: http}
          resources:
            requests:
              cpu: 0.1
              memory: 1024Mi
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports:
    - port: 80
      targetPort: http
"""

WEB = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: LoadBalancer
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 3000
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: web
          image: shop:2.0
          ports:
            - containerPort: 3000
          readinessProbe:
            httpGet:
              path: /ready
              port: 3000
          livenessProbe:
            tcpSocket:
              port: 3000
          resources:
            requests:
              cpu: 100m
              memory: 1Gi
            limits:
              memory: 2Gi
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: web
"""


def manifest(content: str, path: str = "k8s/shop.yaml") -> Artifact:
    """Return a manifest as an artifact."""
    return Artifact(path, content, Kind.KUBERNETES)
