"""Secrets: what is found, what is left alone, and that neither text nor findings carry one."""

import random
import sys
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.planted import planted
from workspace.secret_rules import RULES
from workspace.secrets import Finding, mask, mask_quick

KINDS = sorted(planted())


def test_there_are_37_kinds():
    assert len(KINDS) == 37


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_secret_is_masked_and_its_line_is_kept(kind):
    for seed in range(25):
        path, text, secret = planted(seed)[kind]
        padded = f"first line\n\n{text}last line\n"
        masked = mask(padded, path)
        assert secret not in masked.text, seed
        assert all(line not in masked.text for line in secret.splitlines() if len(line) > 20)
        assert "<masked: " in masked.text
        assert masked.text.count("\n") == padded.count("\n")
        assert masked.text.endswith("last line\n")
        assert secret not in repr(masked.findings)
        assert masked.findings[0].line in (3, 4, 5, 6)


def test_our_rules_alone_find_nearly_all_of_them_in_a_log_line():
    missed = [kind for kind, (_, text, secret) in planted(3).items() if secret in mask_quick(text)]
    assert missed in ([], ["kubernetes secret"])


def test_masking_twice_changes_nothing():
    for path, text, _ in planted(5).values():
        once = mask(text, path)
        again = mask(once.text, path)
        assert (again.text, again.findings) == (once.text, ())


def test_a_secret_is_masked_in_every_place_it_stands():
    secret = "Zk9" + "vQ2xL8" + "mPw4Rt7"
    masked = mask(f'API_KEY = "{secret}"\nother = call("{secret}")\n', "a.py")
    assert secret not in masked.text
    assert [finding.line for finding in masked.findings] == [1, 2]


def test_findings_are_in_line_order():
    text = "\n".join(f"password: s3cret-{number}-{'x1' * 3}" for number in range(5))
    assert [finding.line for finding in mask(text, "a.yaml").findings] == [1, 2, 3, 4, 5]
    assert mask("DB_PASSWORD=tr0ub4dor&3\n", ".env.example").findings == (Finding("password", 1),)


LEFT_ALONE = [
    ("a.py", 'password = os.environ["DB_PASSWORD"]'),
    ("a.py", "password = getpass.getpass()"),
    ("a.py", 'TOKEN = config.get("token")'),
    ("a.py", 'def login(username: str, password: str = "") -> Token:'),
    ("a.py", 'token_url = "https://auth.example.com/oauth/token"'),
    ("a.py", 'SECRET_KEY = os.getenv("SECRET_KEY", "change-me")'),
    ("a.py", 'f"{secret_prefix}:{secret_name}"'),
    ("a.py", 'password = f"{user.name}"'),
    ("a.py", 'GRANT = "authorization_code"; token_type = "access_token"'),
    ("a.ts", "const apiKey = process.env.API_KEY;"),
    ("a.ts", "interface Login { password: string; token?: string }"),
    ("a.java", '@Value("${spring.datasource.password}") private String password;'),
    ("a.go", 'token := r.Header.Get("Authorization")'),
    ("compose.yaml", "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?set it}"),
    ("compose.yaml", "POSTGRES_PASSWORD: postgres"),
    ("compose.yaml", "POSTGRES_PASSWORD_FILE: /run/secrets/db"),
    ("settings.py", 'DATABASE_URL = "postgres://postgres:postgres@localhost:5432/app"'),
    (".env.example", "OPENAI_API_KEY=your-api-key-here\nSTRIPE_KEY=sk_live_xxxxxxxxxxxxxxxxxxxxxxxx\nSECRET_KEY=changeme"),
    ("README.md", "Set `API_KEY` and `API_TOKEN`. The password is asked for. Token: see settings."),
    ("values.yaml", "existingSecret: my-app-secrets\nsecretName: tls-certificate\npassword: ''"),
    ("deploy.yaml", "kind: Deployment\nenv:\n- name: TOKEN\n  valueFrom:\n    secretKeyRef:\n      name: app\n      key: api-token"),
    ("ci.yml", "token: ${{ secrets.GITHUB_TOKEN }}\npassword: ${{ secrets.DOCKER }}"),
    ("main.tf", 'password = var.db_password\ntoken = data.vault_generic_secret.x.data["token"]'),
    ("openapi.yaml", "password:\n  type: string\n  format: password\ntoken: string"),
    ("de.json", '{"password": "Passwort", "token": "Token", "secret_question": "Geheimfrage"}'),
    ("Dockerfile", "ARG TOKEN\nENV SECRET_KEY=\nRUN --mount=type=secret,id=npm npm ci"),
    ("a.css", "--token-color: var(--primary);"),
    ("index.html", '<input type="password" name="password" placeholder="Password">'),
    ("pom.xml", "<password>${repo.password}</password>"),
    ("x.rb", "password: Rails.application.credentials.db_password"),
]


@pytest.mark.parametrize(("path", "text"), LEFT_ALONE)
def test_what_only_stands_for_a_secret_is_left_alone(path, text):
    assert mask(text, path).text == text


def hexadecimal(source, length):
    return "".join(source.choice("0123456789abcdef") for _ in range(length))


def lock_files():
    source = random.Random(2)
    base = "".join(source.choice("ABCDEFabcdef0123456789+/") for _ in range(86))
    return {
        "package-lock.json": "\n".join(f'"node_modules/token-{n}": {{"integrity": "sha512-{base[n:]}{base[:n]}=="}}' for n in range(80)),
        "yarn.lock": "\n".join(f'  resolved "https://r/x/-/password-{n}.tgz#{hexadecimal(source, 40)}"' for n in range(200)),
        "uv.lock": "\n".join(
            f'{{ url = "https://f/{hexadecimal(source, 60)}/a.whl", hash = "sha256:{hexadecimal(source, 64)}" }}' for _ in range(200)
        ),
        "requirements.txt": "\n".join(f"secretstorage==3.{n} --hash=sha256:{hexadecimal(source, 64)}" for n in range(200)),
        "go.sum": "\n".join(f"github.com/token/auth v1.{n}.0 h1:{base[n : n + 43]}=" for n in range(40)),
        "Dockerfile": f"FROM python:3.12-slim@sha256:{hexadecimal(source, 64)}\nADD --checksum=sha256:{hexadecimal(source, 64)} /a /b",
        "ci.yml": "\n".join(f"- uses: actions/checkout@{hexadecimal(source, 40)}" for _ in range(50)),
        "ids.json": "\n".join(
            f'{{"id": "{uuid.UUID(int=source.getrandbits(128))}", "etag": "{hexadecimal(source, 32)}"}}' for _ in range(200)
        ),
        "index.html": f'<script src="x.js" integrity="sha384-{base[:64]}" crossorigin="anonymous"></script>',
        "image.css": f"background: url(data:image/png;base64,{base * 20})",
    }


@pytest.mark.parametrize("name", lock_files())
def test_hashes_of_lock_files_and_identifiers_are_no_secrets(name):
    assert mask(lock_files()[name], name).findings == ()


def test_every_value_of_a_kubernetes_secret_is_masked_and_nothing_else():
    text = (
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  mode: fast\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n"
        "stringData:\n  user: shop\n  file: |\n    line one\n    line two\ntype: Opaque\n---\nkind: Service\nspec:\n  port: 80\n"
    )
    masked = mask(text, "k8s.yaml").text
    assert all(word in masked for word in ("mode: fast", "name: db", "type: Opaque", "port: 80"))
    assert not any(word in masked for word in ("shop", "line one", "line two"))


def test_a_key_cut_off_by_a_limit_is_masked_too():
    cut = "-----BEGIN " + "RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7\n" * 5
    assert "MIIE" not in mask(cut, "a.txt").text


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_keeps_its_lines_and_is_the_same_without_findings(text):
    masked = mask(text, "a.yaml")
    assert masked.text.count("\n") == text.count("\n")
    if not masked.findings:
        assert masked.text == text


def test_hostile_text_is_read_in_linear_time():
    for text in (
        "a" * 200_000,
        "password=" * 20_000,
        "://" * 60_000,
        "-----BEGIN PRIVATE KEY-----" * 5_000,
        "token: '" * 20_000,
        "kind: Secret\n" * 10_000,
    ):
        mask(text, "a.yaml")


def test_every_rule_compiles_and_has_a_text_to_look_for():
    import re2

    for rule in RULES:
        assert rule.near == rule.near.lower()
        assert rule.near.strip()
        assert re2.compile(rule.expression).groups <= 1


def test_importing_loads_no_detector():
    import subprocess

    code = "import sys, workspace.secrets; assert not {'re2', 'detect_secrets', 'requests'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2], timeout=60)
