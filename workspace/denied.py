"""Files that are not opened by default because of what they usually hold: one table with the reason for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any

import re2

from workspace.paths import is_repository_data


@dataclass(frozen=True, slots=True)
class Rule:
    """Names (shell patterns, any letter case) and why they are denied.

    A pattern without `/` is compared with the file's name, one with `/` with the end of its path, one that
    ends in `/` with every folder on the way.
    """

    patterns: tuple[str, ...]
    reason: str


# Most specific first: the first rule that matches gives the reason the user reads.
RULES: tuple[Rule, ...] = (
    Rule((".git/", ".hg/", ".svn/", ".bzr/"), "version-control data"),
    Rule((".ssh/", ".gnupg/", ".password-store/", ".aws/", ".azure/", ".config/gcloud/", ".terraform.d/"), "a tool's credentials"),
    Rule((".env", ".env.*", "*.env", ".envrc", ".dev.vars"), "environment files usually hold passwords and keys"),
    Rule(("*.pem", "*.key", "*.p8", "*.p12", "*.pfx", "*.pkcs12", "*.ppk", "*.jks", "*.keystore", "*.agekey"), "private keys"),
    Rule(("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*_rsa", "*_ed25519"), "SSH private keys"),
    Rule(
        (".kube/config", "kubeconfig", "kubeconfig.y*ml", "kubeconfig.json", "kubeconfig.conf", "*.kubeconfig", "*-kubeconfig.y*ml"),
        "access to a Kubernetes cluster",
    ),
    Rule(("*.tfstate", "*.tfstate.*", "*.tfvars", "*.tfvars.json"), "Terraform keeps secrets in it in clear text"),
    Rule((".terraformrc", "terraform.rc", "credentials.tfrc.json", ".vault-token", ".vault_pass*", "vault_pass*"), "tokens of a tool"),
    Rule((".netrc", "_netrc", ".git-credentials", ".pypirc", ".pgpass", ".my.cnf", ".htpasswd", ".s3cfg", ".boto"), "passwords"),
    Rule((".dockercfg", ".docker/config.json", ".dockerconfigjson"), "sign-ins to image registries"),
    Rule(("auth.json", ".gem/credentials", ".cargo/credentials", ".cargo/credentials.toml"), "sign-ins to package registries"),
    Rule(
        (
            "credentials",
            "credentials.json",
            "credentials.csv",
            "credentials.ini",
            "client_secret*.json",
            "application_default_credentials.json",
            "service-account*.json",
            "service_account*.json",
            "serviceaccount*.json",
            "*firebase-adminsdk*.json",
            "local.settings.json",
        ),
        "credentials of a cloud account",
    ),
    Rule(("secrets.yml", "secrets.yaml", "secrets.json", "secrets.toml", "secrets.properties"), "a file of secrets"),
    Rule(("*.kdbx", "*.gpg", "*.ovpn", "*.mobileprovision"), "key stores and encrypted material"),
    Rule((".*_history", ".lesshst"), "shell history"),
)

# Names that match a rule above but are written to be shared.
_SHARED = ("*.example", "*.sample", "*.template", "*.dist", "example.env", "sample.env", "template.env", "env.example")
_SHARED_SUFFIX_OF_KEYS = (".pub",)

# Files that are denied only when their content holds a credential: name -> (what it shows, reason).
_BY_CONTENT: dict[str, tuple[re.Pattern[str], str]] = {
    name: (re.compile(pattern, re.IGNORECASE), reason)
    for name, pattern, reason in (
        (".npmrc", r"(_authtoken|_auth|_password)\s*=(?!\s*\$\{)", "it holds a token of the npm registry"),
        (".yarnrc", r"(_authtoken|_auth|_password)", "it holds a token of the npm registry"),
        (".yarnrc.yml", r"(npmauthtoken|npmauthident)\s*:(?!\s*[\"']?\$\{)", "it holds a token of the npm registry"),
        ("bunfig.toml", r"\btoken\s*=\s*[\"'](?!\$)", "it holds a token of the npm registry"),
        ("pip.conf", r"://[^/\s:@]+:[^/\s@]+@", "it holds the password of a package index"),
        ("nuget.config", r"cleartextpassword", "it holds the password of a package feed"),
        ("settings.xml", r"<password>\s*(?!\$\{)[^<\s]", "it holds the password of a Maven repository"),
    )
}


def denied_reason(path: str, *, is_folder: bool = False) -> str:
    """Return why a path is not opened by default, or "" when it may be; a folder is judged by the folders' rules alone."""
    return _reason(path.casefold() + "/" if is_folder else path.casefold())


def denied_content(path: str, head: str) -> str:
    """Return why a file is not opened given the beginning of its content, or "" when it may be."""
    rule = _BY_CONTENT.get(path.rpartition("/")[2].casefold())
    return rule[1] if rule and rule[0].search(head) else ""


def depends_on_content(path: str) -> bool:
    """Tell whether `denied_content` has a say on this path."""
    return path.rpartition("/")[2].casefold() in _BY_CONTENT


@lru_cache(maxsize=1)
def _compiled() -> tuple[Any, re.Pattern[str]]:
    """Return one pattern over every rule (a cheap first look, in RE2) and one over the names that are shared."""
    everything = "|".join(_regex(pattern) for rule in RULES for pattern in rule.patterns)
    return re2.compile(everything), re.compile("|".join(translate(name) for name in _SHARED))


@lru_cache(maxsize=1)
def _each() -> tuple[tuple[re.Pattern[str], Rule], ...]:
    return tuple((re.compile("|".join(_regex(pattern) for pattern in rule.patterns)), rule) for rule in RULES)


def _regex(pattern: str) -> str:
    """Turn a rule's pattern into an expression over the whole path."""
    if pattern.endswith("/"):
        return rf"(?s:(?:.*/)?{re.escape(pattern)}.*)"
    return rf"(?s:(?:.*/)?(?:{_one_level(pattern)}))"


def _one_level(pattern: str) -> str:
    return "".join("[^/]*" if char == "*" else re.escape(char) for char in pattern)


@lru_cache(maxsize=8_192)
def _reason(path: str) -> str:
    could_be = "git" in path or ".hg" in path or ".svn" in path or ".bzr" in path or not path.isascii()
    if could_be and is_repository_data(tuple(path.split("/"))):
        return RULES[0].reason
    everything, shared = _compiled()
    if not everything.fullmatch(path):
        return ""
    name = path.rpartition("/")[2]
    for expression, rule in _each():
        if not expression.fullmatch(path):
            continue
        in_folder = any(pattern.endswith("/") for pattern in rule.patterns)
        if not in_folder and (shared.match(name) or name.endswith(_SHARED_SUFFIX_OF_KEYS)):
            continue
        return rule.reason
    return ""
