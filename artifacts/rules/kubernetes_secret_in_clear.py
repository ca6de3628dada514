"""A Secret is written out with its values."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from artifacts.kubernetes.cluster import listed
from artifacts.kubernetes.model import texts_of
from artifacts.records import Kind, Severity
from artifacts.rule import Context, Remark, Rule

_WRITTEN = re.compile(r"set |change|replace|your|example|placeholder|todo|xxx|<|>|\$\{|\{\{", re.I)
_PUBLIC = frozenset({"kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"})
_NOT_SECRET = re.compile(r"user(name)?$|host(name)?$|port$|database$|name$|url$|endpoint$|region$|email$|\.crt$", re.I)


def check(context: Context) -> Iterator[Remark]:
    """Values that only say what to put there, and keys that are no secrets, are left alone; one remark a Secret."""
    for item in context.manifest.of("Secret"):
        if item.text("type") in _PUBLIC:
            continue
        for part in ("stringData", "data"):
            found = [name for name, value in texts_of(item.at(part)).items() if _is_real(name, value, part == "data")]
            if found:
                yield Remark(item.line_of(part), f"{item.title} holds the value of {listed(found)}")
                break


def _is_real(name: str, value: str, encoded: bool) -> bool:
    if encoded:
        try:
            value = base64.b64decode(value[:4000].encode("ascii", "ignore"), validate=False).decode("utf-8", "replace")
        except (ValueError, UnicodeError):
            return False
    return bool(value.strip()) and not _WRITTEN.search(value[:500]) and not _NOT_SECRET.search(name)


RULE = Rule(
    id="kubernetes_secret_in_clear",
    kind=Kind.KUBERNETES,
    severity=Severity.WARNING,
    title="A Secret with its values",
    why=("Base64 hides nothing. A Secret that is committed belongs to everyone who can read the repository; make it outside, or seal it."),
    good='apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: "<set password>"}\n',
    bad="apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n",
    check=check,
)
