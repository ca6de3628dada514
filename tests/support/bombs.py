"""Texts made to exhaust a reader: deep, long, many, circular and multiplying, for every kind of file."""

from __future__ import annotations

import json

WORKFLOW = "---FILE: .github/workflows/a.yaml---\non: push\njobs:\n"
PIPELINE = "---FILE: .gitlab-ci.yml---\nstages: [test]\n"
TERRAFORM = "---FILE: terraform/main.tf---\n"
RULES = "---FILE: prometheus/rules.yaml---\ngroups: [{name: a, rules: [{record: 'a:b', expr: '"
COLLECTOR = "---FILE: otel/collector.yaml---\nreceivers: {otlp: {protocols: {grpc: }}}\nexporters: {debug: }\n"
PANEL = {
    "id": 1,
    "type": "timeseries",
    "title": "a",
    "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
    "targets": [{"refId": "A", "expr": "rate(a_total[5m])"}],
}


def _laughs(levels: int, width: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]")
    return "\n".join(lines)


def _merges(levels: int) -> str:
    lines = ["a0: &a0 {" + ", ".join(f"k{key}: v" for key in range(40)) + "}"]
    for level in range(1, levels):
        own = ", ".join(f"k{level}x{key}: v" for key in range(40))
        lines.append(f"a{level}: &a{level} {{<<: [{', '.join(f'*a{other}' for other in range(level))}], {own}}}")
    return "\n".join(lines)


BOMBS: dict[str, str] = {
    "yaml deep flow lists": "---FILE: compose.yaml---\n" + "[" * 200_000,
    "yaml deep flow maps": "---FILE: compose.yaml---\n" + "{a: " * 60_000,
    "yaml deep block lists": "---FILE: compose.yaml---\n" + "- " * 120_000,
    "yaml complex keys": "---FILE: compose.yaml---\n" + "? " * 120_000,
    "yaml billion laughs": "---FILE: compose.yaml---\n" + _laughs(30, 10),
    "yaml quadratic laughs": "---FILE: compose.yaml---\n" + "a: &a [" + "x," * 2000 + "]\nb: [" + "*a," * 60_000 + "]\n",
    "yaml merge keys": "---FILE: compose.yaml---\n" + _merges(60),
    "yaml alias into itself": "---FILE: compose.yaml---\na: &a\n  b: *a\nservices: &s {x: *s}\n",
    "yaml huge integer": "---FILE: compose.yaml---\nservices:\n  a:\n    image: x\n    scale: " + "9" * 200_000,
    "yaml one long line": "---FILE: compose.yaml---\nservices: {a: {image: " + "x" * 10_000_000 + "}}\n",
    "yaml many anchors": "---FILE: compose.yaml---\n" + "\n".join(f"k{number}: &a{number} v" for number in range(15_000)),
    "compose many services in a chain": "---FILE: compose.yaml---\nservices:\n"
    + "".join(f"  s{number}: {{image: x, depends_on: [s{number + 1}]}}\n" for number in range(4000)),
    "compose many equal ports": "---FILE: compose.yaml---\nservices:\n"
    + "".join(f"  s{number}: {{image: x, ports: ['80:80', '1-65535:1-65535']}}\n" for number in range(3500)),
    "dockerfile one long line": "---FILE: Dockerfile---\nFROM a:1\nRUN " + "x" * 10_000_000,
    "dockerfile variables that multiply": "---FILE: Dockerfile---\nFROM a:1\nENV A=xxxxxxxxxx\n" + "ENV A=$A$A$A$A$A$A$A$A$A$A\n" * 5000,
    "dockerfile nested defaults": "---FILE: Dockerfile---\nFROM a:1\nENV A=" + "${B:-" * 40_000 + "}" * 40_000 + "\n",
    "dockerfile many instructions": "---FILE: Dockerfile---\nFROM a:1\n" + "ENV A=1\nRUN npm install\n" * 10_000,
    "dockerfile many stages": "---FILE: Dockerfile---\n"
    + "".join(f"FROM s{number} AS s{number + 1}\nCOPY --from=s0 a b\n" for number in range(5000)),
    "dockerfile endless continuation": "---FILE: Dockerfile---\nFROM a:1\nRUN x \\\n" + "# c\n\\\n" * 40_000,
    "dockerfile open here-documents": "---FILE: Dockerfile---\nFROM a:1\n" + "RUN <<A <<B <<C <<D\nx\n" * 8_000,
    "dockerfile quotes and escapes": "---FILE: Dockerfile---\nFROM a:1\nRUN " + "'\"\\" * 80_000 + "\nCMD [" + '"a",' * 30_000 + "]\n",
    "dockerfile nested json": "---FILE: Dockerfile---\nFROM a:1\nCMD " + "[" * 100_000 + "]" * 100_000 + "\n",
    "dockerfile long package lists": "---FILE: Dockerfile---\nFROM a:1\nRUN " + "apt-get install " + "a b " * 25_000 + "&& x " * 20_000,
    "answer of fences": ("```\n" * 200_000),
    "answer of nested wrappers": "```markdown\n" * 40_000 + "```\n" * 40_000,
    "answer of markers": "---FILE: a/b---\n" * 100_000,
    "answer of dashes": "-" * 1_000_000 + "FILE:" + "-" * 1_000_000,
    "answer of backticks": "`" * 2_000_000,
    "answer of headings": "# **`Dockerfile`** " * 100_000 + "\n```\nFROM x\n```\n",
    "answer of blanks": " \t" * 1_000_000 + "\n```dockerfile\nFROM a:1\n```\n" + "> " * 500_000,
    "workflow many jobs in a chain": WORKFLOW
    + "".join(f"  j{number}: {{needs: [j{number + 1}], runs-on: x, steps: []}}\n" for number in range(5000)),
    "workflow every job needs all": WORKFLOW
    + "".join(f"  j{number}: {{needs: [{', '.join(f'j{other}' for other in range(number))}]}}\n" for number in range(180)),
    "workflow many steps": WORKFLOW
    + "  a:\n    steps:\n"
    + "      - {id: a, run: 'echo ${{ steps.a.outputs.b }} | docker push a'}\n" * 4000,
    "workflow open expressions": WORKFLOW + "  a: {steps: [{run: '" + "${{ " * 50_000 + "'}]}\n",
    "workflow a command that repeats": WORKFLOW + "  a: {steps: [{run: 'docker " + "push -a --b=c " * 15_000 + "'}]}\n",
    "workflow a matrix of everything": WORKFLOW
    + "  a: {strategy: {matrix: {"
    + ", ".join(f"k{number}: [{','.join('x' * 60)}]" for number in range(300))
    + "}}, runs-on: x, steps: []}\n",
    "pipeline templates that extend two each": PIPELINE
    + "".join(
        f".a{number}: {{extends: [.a{number + 1}, .b{number + 1}]}}\n.b{number}: {{extends: [.a{number + 1}, .b{number + 1}]}}\n"
        for number in range(60)
    )
    + "job: {extends: .a0, script: x}\n",
    "pipeline many jobs": PIPELINE + "".join(f"j{number}: {{stage: test, script: x, needs: [j{number + 1}]}}\n" for number in range(4000)),
    "pipeline a template that extends itself": PIPELINE + ".a: {extends: .a}\njob: {extends: .a, script: [!reference [job, script]]}\n",
    "terraform deep brackets": TERRAFORM + "a = " + "[" * 120_000,
    "terraform deep brackets that close": TERRAFORM + "a = " + "(" * 60_000 + "1" + ")" * 60_000 + "\n",
    "terraform deep blocks": TERRAFORM + "a {\n" * 40_000 + "}\n" * 40_000,
    "terraform deep templates": TERRAFORM + "a = " + '"${' * 50_000 + "1" + '}"' * 50_000 + "\n",
    "terraform a chain of conditions": TERRAFORM + "a = " + "x ? 1 : " * 30_000 + "2\n",
    "terraform signs": TERRAFORM + "a = " + "!-" * 80_000 + "1\n",
    "terraform locals that multiply": TERRAFORM
    + 'locals {\n  a0 = "xxxxxxxxxx"\n'
    + "".join(f'  a{number + 1} = "{f"${{local.a{number}}}" * 10}"\n' for number in range(60))
    + '}\nresource "aws_db_instance" "a" {\n  engine = local.a60\n}\n',
    "terraform lists that multiply": TERRAFORM
    + "locals {\n  a0 = [1, 2]\n"
    + "".join(f"  a{number + 1} = [for x in local.a{number} : local.a{number}]\n" for number in range(60))
    + '}\nresource "aws_lb_target_group" "a" {\n  for_each = toset(local.a60)\n  port = local.a60\n}\n',
    "terraform locals in a circle": TERRAFORM
    + 'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_lb_target_group" "a" {\n  port = local.a\n}\n',
    "terraform an endless here-document": TERRAFORM + "a = <<E\n" + "${x}\n" * 40_000,
    "terraform dynamic blocks in dynamic blocks": TERRAFORM
    + 'resource "aws_ecs_service" "a" {\n'
    + "".join(f'dynamic "d{number}" {{\n  for_each = range(100)\n  content {{\n' for number in range(12))
    + "image = 1\n"
    + "}\n}\n" * 12
    + "}\n",
    "manifests without end": "---FILE: k8s/a.yaml---\n"
    + "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {a: b}}\n---\n" * 3000,
    "manifest of many containers": "---FILE: k8s/a.yaml---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
    + "  - {name: a, image: 'a:1', ports: [{containerPort: 1}], env: [{name: A, value: b}]}\n" * 3000,
    "promql deep brackets": RULES + "(" * 60_000 + "1" + ")" * 60_000 + "'}]}]\n",
    "promql deep functions": RULES + "sum(rate(" * 30_000 + "'}]}]\n",
    "promql signs": RULES + "-" * 200_000 + "1'}]}]\n",
    "promql a chain of operators": RULES + "a + " * 50_000 + "a'}]}]\n",
    "promql many labels": RULES + "a{" + 'b=~"(x+x+)+y", ' * 12_000 + "}'}]}]\n",
    "prometheus many rules": "---FILE: prometheus/rules.yaml---\ngroups:\n- name: a\n  rules:\n"
    + "  - {record: 'a:b', expr: 'sum(rate(a_total{job=\"x\"}[5m]))'}\n" * 4000,
    "dashboard many panels": "---FILE: grafana/a.json---\n" + json.dumps({"title": "a", "schemaVersion": 41, "panels": [PANEL] * 1400}),
    "dashboard rows in rows": "---FILE: grafana/a.json---\n" + '{"title": "a", "schemaVersion": 41, "panels": [' + '{"panels": [' * 20_000,
    "dashboard many variables": "---FILE: grafana/a.json---\n"
    + json.dumps(
        {
            "title": "a",
            "schemaVersion": 41,
            "panels": [{**PANEL, "title": "$a" * 40_000}],
            "templating": {"list": [{"name": "a" * 9, "query": "$b" * 20}] * 2000},
        }
    ),
    "collector many pipelines": COLLECTOR
    + "service:\n  pipelines:\n"
    + "".join(f"    traces/{number}: {{receivers: [otlp], exporters: [debug]}}\n" for number in range(4000)),
    "collector connectors in a circle": COLLECTOR + "connectors: {forward/a: , forward/b: }\nservice:\n  pipelines:\n"
    "    traces/a: {receivers: [forward/a], exporters: [forward/b]}\n    traces/b: {receivers: [forward/b], exporters: [forward/a]}\n",
    "collector deep settings": COLLECTOR + "processors: " + "{a: " * 60_000,
}
