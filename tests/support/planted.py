"""37 kinds of planted secrets, put together at run time so that no secret-like text stands in the repository."""

from __future__ import annotations

import base64
import json
import random
import string

HEX = "0123456789abcdef"
LOWER = string.ascii_lowercase + string.digits
ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits


def planted(seed: int = 7) -> dict[str, tuple[str, str, str]]:
    """Return kind -> (path, file text, the secret in it)."""
    source = random.Random(seed)

    def some(alphabet: str, length: int) -> str:
        return "".join(source.choice(alphabet) for _ in range(length))

    def segment(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    def block(kind: str, lines: int = 8) -> str:
        body = "\n".join(some(ALNUM + "+/", 64) for _ in range(lines))
        return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----"

    kinds: dict[str, tuple[str, str, str]] = {}

    def add(kind: str, path: str, template: str, secret: str) -> None:
        kinds[kind] = (path, template.replace("@@", secret), secret)

    add("aws access key", "deploy.py", "client = boto3.client('s3', aws_access_key_id='@@')\n", "AK" + "IA" + some(UPPER, 16))
    add("aws secret key", "config/aws.ini", "[default]\naws_secret_access_key = @@\n", some(ALNUM + "+/", 40))
    add("github token", "ci.sh", "git clone https://x-access-token:@@" + "@github.com/o/r\n", "gh" + "p_" + some(ALNUM, 36))
    add("github fine-grained", "src/a.ts", "const t = `@@`;\n", "github" + "_pat_" + some(ALNUM, 22) + "_" + some(ALNUM, 59))
    add("gitlab token", ".gitlab-ci.yml", "variables:\n  TOKEN: @@\n", "gl" + "pat-" + some(ALNUM + "_", 20))
    add(
        "slack token",
        "bot.py",
        "SLACK = '@@'\n",
        "xo" + "xb-" + some(string.digits, 12) + "-" + some(string.digits, 12) + "-" + some(ALNUM, 24),
    )
    add(
        "slack webhook",
        "notify.rb",
        "url = '@@'\n",
        "https://hooks.slack" + ".com/services/T" + some(UPPER, 8) + "/B" + some(UPPER, 8) + "/" + some(ALNUM, 24),
    )
    add("stripe key", "pay.js", "Stripe('@@')\n", "sk" + "_live_" + some(ALNUM, 24))
    add("google api key", "web/map.html", "<script src='https://maps/api?key=@@'></script>\n", "AI" + "za" + some(ALNUM + "_-", 35))
    add("google oauth secret", "oauth.json", '{"installed": {"client_x": "@@"}}\n', "GOC" + "SPX-" + some(ALNUM + "_-", 28))
    add("gcp service account", "sa.json", '{"type": "service_account", "private_key": "@@"}\n', block("PRIVATE KEY").replace("\n", "\\n"))
    add("openai key", "app.py", "openai.api_key = '@@'\n", "sk" + "-proj-" + some(ALNUM + "_-", 48))
    add("anthropic key", "notes.md", "Use @@ for now\n", "sk" + "-ant-api03-" + some(ALNUM + "_-", 93))
    add("hugging face token", "train.py", "login('@@')\n", "h" + "f_" + some(string.ascii_letters, 34))
    add("ibm cloud key", "wx.py", "credentials = Credentials(url=URL, ibm_api_key='@@')\n", some(ALNUM + "_-", 43) + "Z")
    add(
        "azure storage key",
        "appsettings.json",
        '{"S": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=@@;E=c"}\n',
        some(ALNUM + "+/", 86) + "==",
    )
    add("azure client secret", "main.tf", 'client_value = "@@"\n', some(ALNUM, 3) + "8Q~" + some(ALNUM + "_.", 34))
    add("npm token", "Dockerfile", "RUN echo //registry/:_authToken=@@ > x\n", "np" + "m_" + some(ALNUM, 36))
    add("pypi token", "release.yml", "  run: twine upload -p @@\n", "pyp" + "i-AgEIcHlwaS5vcmc" + some(ALNUM + "_-", 80))
    add("docker hub token", "push.sh", "docker login -u me -p @@\n", "dck" + "r_pat_" + some(ALNUM + "_-", 27))
    add("digitalocean token", "do.go", 't := "@@"\n', "do" + "p_v1_" + some(HEX, 64))
    add("sendgrid key", "mail.php", "$k = '@@';\n", "S" + "G." + some(ALNUM + "_-", 22) + "." + some(ALNUM + "_-", 43))
    add("twilio key", "sms.py", "twilio = Client('@@')\n", "S" + "K" + some(HEX, 32))
    add("mailgun key", "mail.yaml", "mailgun: @@\n", "ke" + "y-" + some(HEX, 32))
    add("mailchimp key", "list.js", "const k = '@@'\n", some(HEX, 32) + "-us" + "12")
    add(
        "discord token", "discord_bot.py", "client.run('@@')\n", "M" + some(ALNUM, 23) + "." + some(ALNUM, 6) + "." + some(ALNUM + "_-", 27)
    )
    add("telegram token", "tg.py", "Bot('@@')\n", "1" + some("23456789", 8) + ":A" + "A" + some(ALNUM + "_-", 33))
    header, claims = segment({"alg": "HS256", "typ": "JWT"}), segment({"sub": "12345", "name": "n"})
    add("json web token", "test.http", "GET /x\nCookie: s=@@\n", f"{header}.{claims}.{some(ALNUM + '_-', 43)}")
    add("rsa private key", "keys.py", 'KEY = """@@"""\n', block("RSA PRIVATE KEY"))
    add("openssh private key", "cloud-init.yaml", "key: |\n@@\n", block("OPENSSH PRIVATE KEY"))
    add("pgp private key", "doc/key.txt", "@@\n", block("PGP PRIVATE KEY BLOCK"))
    add("database address", "settings.py", "DATABASE_URL = 'postgresql://shop:@@" + "@db.internal:5432/shop'\n", some(ALNUM, 14) + "!7")
    add("redis address", "app.toml", 'url = "redis://:@@' + '@cache:6379/0"\n', some(ALNUM, 18))
    add("password in code", "conn.py", 'connect(user="app", password="@@")\n', "Tr0ub4dor-" + some(ALNUM, 5))
    add("password in configuration", "application.properties", "spring.datasource.password=@@\n", "h0rse" + some(ALNUM, 7))
    add("framework secret key", "shop/settings.py", "SECRET_KEY = '@@'\n", "django-insecur" + "f-" + some(ALNUM + "#^&*(-_=+)", 40))
    add(
        "kubernetes secret",
        "k8s/secret.yaml",
        "apiVersion: v1\nkind: Secret\ndata:\n  db: @@\n",
        base64.b64encode(some(ALNUM, 21).encode()).decode(),
    )
    return kinds
