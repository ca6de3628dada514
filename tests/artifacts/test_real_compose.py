"""Our Compose verdicts against the real Compose's, file by file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from artifacts.compose import read_compose
from artifacts.records import Artifact, Kind, Severity
from artifacts.rules import check_rules
from artifacts.validators.compose_schema import ComposeSchema

REAL = Path(sys.executable).parent / "docker-compose"


def service(body: str, top: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"services:\n  a:\n    image: x:1\n{lines}{top}"


GOOD = [
    service("environment: {A: 1, B: true, C: null, D: 1.5}"),
    service("environment: [A=1, A=1, B]"),
    service("ports: [80, '8080:80', '127.0.0.1:81:80/udp', '9000-9002:9000-9002', '[::1]:82:80', '3000-3005']"),
    service("ports: ['8000-8010:80']"),
    service("ports: [{target: 80, published: '8080', protocol: tcp, mode: host, host_ip: 127.0.0.1}, {target: '90'}]"),
    service("expose: [80, '81/udp']"),
    service("volumes: ['./a:/b:ro', '/c', 'v:/d', '~/e:/e', './f:/f:z,rw']", "volumes:\n  v:\n"),
    service("volumes: [{type: tmpfs, target: /x}, {type: bind, source: ./y, target: /y, bind: {create_host_path: true}}]"),
    service("depends_on: {b: {condition: service_healthy, required: false, restart: true}}", "  b: {image: 'y:1'}\n"),
    service("healthcheck: {test: curl x, interval: 1m30s, timeout: 500ms, retries: 3, start_period: 2s, start_interval: 1s}"),
    service("healthcheck: {test: [NONE]}"),
    service("healthcheck: {disable: true}"),
    service("command: [a, 'b c']\nentrypoint: sh -c 'x y'"),
    service("restart: on-failure:3"),
    service("deploy: {replicas: 2, resources: {limits: {cpus: '0.5', memory: 512M}, reservations: {memory: 1gb}}}"),
    service("mem_limit: 1.5g\ncpus: 0.5\nshm_size: 64mb\npids_limit: 10\nstop_grace_period: 1m"),
    service("privileged: 'true'\nread_only: yes\ntty: true\ninit: true"),
    service("ulimits: {nproc: 65535, nofile: {soft: 20000, hard: 40000}}\nsysctls: {net.core.somaxconn: 1024}"),
    service("logging: {driver: json-file, options: {max-size: 10m}}\nlabels: [a=b]"),
    service("networks: {n: {aliases: [x], ipv4_address: 172.16.0.5}}", "networks:\n  n:\n    ipam: {config: [{subnet: 172.16.0.0/24}]}\n"),
    service("networks: [default]"),
    service("secrets: [s, {source: s, target: t, mode: 0440}]", "secrets:\n  s: {file: ./s.txt}\n"),
    service("secrets: [s]", "secrets:\n  s: {environment: S}\n"),
    service("configs: [{source: c, target: /c}]", "configs:\n  c: {content: hello}\n"),
    service("network_mode: host\npid: host\nextra_hosts: ['a:1.2.3.4', 'host.docker.internal:host-gateway']"),
    service("cap_add: [NET_ADMIN]\ncap_drop: [ALL]\nsecurity_opt: ['no-new-privileges:true']\ndns: 1.1.1.1\nuser: '1000:1000'"),
    service("profiles: [x]\nplatform: linux/amd64\nworking_dir: /x\nhostname: h\ncontainer_name: name"),
    service("develop: {watch: [{path: ./src, action: sync, target: /x}]}"),
    service("env_file: [{path: ./none.env, required: false}]"),
    service("tmpfs: [/run, '/tmp:size=64m']\nstop_signal: SIGINT\ngroup_add: [mail]"),
    "name: app\nx-a: &a {image: 'x:1'}\nservices:\n  a: *a\n  b:\n    <<: *a\n    links: [a]\n",
    'services:\n  a:\n    build: {context: ., dockerfile_inline: "FROM x", args: [A=1], target: t, cache_from: [x]}\n',
    "services:\n  a:\n    build: https://example.com/r.git#main:sub\n",
    "version: '3'\nservices:\n  a: {image: x}\n",
    "services: {}\n",
    "services:\n  a: {image: 'x:1', pid: 'service:b', network_mode: 'service:b'}\n  b: {image: 'x:1'}\n",
    "services:\n  a:\n    extends: b\n  b: {image: 'x:1'}\n",
]
BAD = [
    service("networks: [n]"),
    service("volumes: ['vol:/x']"),
    service("secrets: [n]"),
    service("configs: [n]"),
    service("depends_on: [zz]"),
    service("depends_on: [a]"),
    service("links: [zz]"),
    service("volumes_from: [zz]"),
    service("network_mode: 'service:zz'"),
    service("pid: 'service:zz'"),
    service("extends: {service: zz}"),
    service("ports: ['99999:80']"),
    service("ports: ['a:80']"),
    service("ports: ['80:80/xyz']"),
    service("ports: ['80:80:80:80']"),
    service("ports: ['1.2.3.4.5:80:80']"),
    service("ports: ['8000-8010:80-85']"),
    service("ports: [80.5]"),
    service("ports: [{published: '80'}]"),
    service("ports: ['80:0']"),
    service("healthcheck: {test: [curl, x]}"),
    service("healthcheck: {interval: 5x}"),
    service("healthcheck: {test: [CMD, x], retries: many}"),
    service("stop_grace_period: abc"),
    service("mem_limit: 5q"),
    service("cpus: abc"),
    service("privileged: maybe"),
    service("deploy: {replicas: two}"),
    service("environment: {A: [1]}"),
    service("foo: 1"),
    service("image: y"),
    service("command: {a: 1}"),
    service("volumes: [{type: bind, source: ./x}]"),
    service("volumes: ['./a::/b']"),
    service("network_mode: host\nnetworks: [default]"),
    service("scale: 2\ncontainer_name: zz"),
    service("build: {context: ., foo: 1}"),
    service("depends_on: {b: {condition: ok}}"),
    service("depends_on: {b: {condition: service_healthy}}"),
    service("profiles: a"),
    service("logging: {driver: 5}"),
    service("user: [1]"),
    service("", "secrets:\n  s: {}\n"),
    service("", "networks:\n  n:\n    driver: [a]\n"),
    service("", "foo: 1\n"),
    "services:\n  a: null\n",
    "services:\n  - a\n",
    "services:\n  a b: {image: x}\n",
    "services:\n  a: {ports: ['80:80']}\n",
    "servces:\n  a: {image: x}\n",
    "services:\n  a: {image: x}\n  a: {image: y}\n",
    "services:\n  a: [\n",
    "services:\n  a: {image: x, container_name: cc}\n  b: {image: x, container_name: cc}\n",
    "services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [c]}\n  c: {image: x, depends_on: [a]}\n",
]


def refused_by_us(text: str) -> list[str]:
    artifact = Artifact("compose.yaml", text, Kind.COMPOSE)
    faults = read_compose(text).faults
    if faults:
        return [faults[0].message]
    found = [*ComposeSchema()._check(artifact), *check_rules(artifact, (artifact,))]
    return [finding.message for finding in found if finding.severity is Severity.ERROR]


def refused_by_compose(text: str, folder: Path) -> str:
    command = [str(REAL), "--project-directory", str(folder), "-f", "-", "config", "--quiet"]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(command, input=text, capture_output=True, text=True, env=environment, timeout=60, check=False)
    return ended.stderr.strip() or "no reason given" if ended.returncode else ""


@pytest.mark.parametrize("text", GOOD)
def test_what_compose_accepts_we_accept(text: str, tmp_path: Path) -> None:
    assert refused_by_compose(text, tmp_path) == ""
    assert refused_by_us(text) == []


@pytest.mark.parametrize("text", BAD)
def test_what_compose_refuses_we_refuse(text: str, tmp_path: Path) -> None:
    assert refused_by_compose(text, tmp_path) != ""
    assert refused_by_us(text) != []
