"""Files that hold secrets are not opened by default; files written to be shared are."""

import pytest

from workspace.denied import RULES, denied_reason
from workspace.errors import Denied
from workspace.files import WorkspaceTree


def words(text):
    return text.split()


DENIED = words("""
.env .env.local .env.production config/.env .ENV prod.env .envrc .dev.vars
server.pem tls/server.key key.p12 cert.pfx app.jks release.keystore server.example.com.key AuthKey_1.p8
id_rsa deploy/id_ed25519 .ssh/config .gnupg/pubring.kbx .aws/credentials .kube/config kubeconfig kubeconfig.yaml
terraform.tfstate terraform.tfstate.backup prod.tfvars .terraformrc
.git/config .git/HEAD sub/.git/hooks/pre-commit .GIT/config
.netrc .pypirc .git-credentials .pgpass .htpasswd .docker/config.json auth.json
client_secret_1.json service-account.json credentials.json config/secrets.yml .streamlit/secrets.toml vault.kdbx .bash_history
""")

ALLOWED = words("""
.env.example .env.sample .env.template env.example .env.production.example id_rsa.pub kubeconfig.go environment.py
.github/workflows/ci.yml .gitignore .gitlab-ci.yml .gitattributes package.json main.tf variables.tf secrets.py
docker-compose.yml config/keys.py monkey.py Dockerfile credentials.py token.ts history.md keyboard.js
""")


def test_the_corpus_has_forty_and_more():
    assert len(DENIED) >= 40


@pytest.mark.parametrize("path", DENIED)
def test_a_file_that_holds_secrets_is_denied_everywhere(folder, workspace, path):
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("canary")
    with pytest.raises(Denied, match="stays on this machine"):
        workspace.read_text(path)
    with pytest.raises(Denied):
        workspace.read_bytes(f"./{path}")
    tree = WorkspaceTree(workspace)
    assert path not in tree.paths()
    assert tree.read(path) is None


@pytest.mark.parametrize("path", ALLOWED)
def test_a_file_written_to_be_shared_is_not_denied(path):
    assert denied_reason(path) == ""
    assert denied_reason(f"deep/er/{path}") == ""


def test_a_folder_is_not_denied_for_a_files_name(folder, workspace):
    (folder / "credentials").mkdir()
    (folder / "credentials" / "views.py").write_text("x")
    assert workspace.walk().paths == ("credentials/views.py",)


def test_the_list_says_why(folder, workspace):
    (folder / ".env").touch()
    (entry,) = workspace.list_folder()
    assert "passwords" in entry.denied


@pytest.mark.parametrize(
    ("name", "harmless", "holding"),
    [
        (".npmrc", "engine-strict=true\n", "//registry.example.com/:_authToken=abc\n"),
        (".npmrc", "//registry.example.com/:_authToken=${NPM_TOKEN}\n", "_password=abc"),
        (".yarnrc.yml", "nodeLinker: node-modules\n", "npmAuthToken: abc\n"),
        ("pip.conf", "index-url = https://host/simple\n", "index-url = https://u:p@host/simple\n"),
        ("settings.xml", "<settings/>", "<server><password>abc</password></server>"),
        ("NuGet.Config", "<configuration/>", '<add key="ClearTextPassword" value="x"/>'),
    ],
)
def test_some_names_are_denied_only_for_what_they_hold(folder, workspace, name, harmless, holding):
    (folder / name).write_text(harmless)
    assert workspace.read_text(name) == harmless
    assert WorkspaceTree(workspace).read(name) == harmless
    (folder / name).write_text(holding)
    with pytest.raises(Denied):
        workspace.read_text(name)
    assert WorkspaceTree(workspace).read(name) is None


def test_every_rule_has_a_reason():
    assert all(rule.reason and rule.patterns for rule in RULES)
