"""The marks by which a value is a secret or only stands for one: placeholders, references, words, entropy."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from math import log2


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HARMLESS = (
    # types and settings
    _words(
        "string str text bool boolean true false null nil none undefined number integer int object array any void required optional "
        "default inherit always ifnotpresent bearer basic auto enabled disabled write read hash bcrypt plain md5 sha256 current new old "
        "input email secretkeyref configmapkeyref valuefrom env environment file vault"
    )
    # what databases of a developer's own machine are set to
    | _words(
        "postgres postgresql mysql mariadb mongo mongodb redis rabbitmq guest root admin administrator user username minio minioadmin "
        "elastic password passwd pass pwd passwort secret secrets token apikey api_key key test testing tester demo dev develop "
        "development local localhost docker app django rails laravel flask foo bar baz foobar qwerty 1234 "
        "12345 123456 1234567 12345678"
    )
    # placeholders
    | _words(
        "example sample changeme change_me changeit changethis change-me replaceme replace_me todo tbd fixme empty hidden redacted masked "
        "removed"
    )
)
_REFERENCE = re.compile(
    r"""\$ | \{\{ | \{% | < | %[({] | %\w+% | \#\{ | @\w*[({] | [&*]\w+$ | = | \( | \[ | \{\w*\} | \.\.?/ |
    !(?:vault|ref|sub|getatt|env|secret|reference)\b |
    (?:os|process|config|configuration|settings|self|this|env|environ|var|vars|local|data|module|secrets|params|props|req|request|options|
       opts|args|ctx|context|app|import\.meta)[.\[(] |
    (?:vault|ref\+\w+|arn|op|sm|gcp|ssm|awssm|file|https?|azurekeyvault):  |
    [A-Za-z_][\w.:]*[(\[] """,
    re.VERBOSE | re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\$?\{[\w.()\[\] :|-]+\}")
_EXAMPLE = re.compile(
    r"example|sample|placeholder|dummy|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|this|with)|your[-_ ]?\w|[-_ ]here\b|insert[-_ ]|"
    r"x{4,}|\*{3,}|\.\.\.|…|not[-_]?a?[-_]?(?:real|secret)|redacted|<masked|fake|lorem|my[-_]?(?:secret|password|token|api)|"
    r"(?:secret|password|token|key)[-_]?(?:here|goes)|dont[-_]?use|insecure|abc123|0000000|1111111"
)
_FILLER = re.compile(r"(?i:x{6,}|example)|\*{3,}|\.{3,}|…|([0-9a-zA-Z])\1{7,}")
_NAME_OF_SOMETHING = re.compile(
    r"(?:\.{0,2}/)?(?:[a-z][a-z0-9_.-]*/)+[a-z0-9_.-]*|[a-z]+(?:\.[a-z_]+)+|/[a-z0-9_./-]+|[a-z]+(?:[-_:][a-z]+)+"
)
_WORDS = re.compile(r"[-_./:]*[A-Za-z]+\d{0,2}(?:[-_. /:]+(?:[A-Za-z]+\d{0,2}|\d{1,4}[a-z]?))*[-_./:]*")
_NUMBERS = re.compile(r"\d+(?:\.\d+)+")
_LINES = ("0123456789012345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def looks_random(value: str) -> bool:
    """Tell whether a value could be a generated key: neither a placeholder nor words, varied enough for its length."""
    if len(value) < 8 or is_placeholder(value):
        return False
    if _WORDS.fullmatch(value) and not _mixed_case_inside(value):
        return False
    return entropy(value) >= (2.6 if len(value) < 16 else 3.0)


def is_password(value: str) -> bool:
    """Tell whether a value assigned to a password could be a real one."""
    return len(value) >= 4 and not is_placeholder(value)


def is_placeholder(value: str) -> bool:
    """Tell whether a value stands for something else: a reference, an example, a type, a default of a local database."""
    lowered = value.strip("\"'?").lower()
    return (
        lowered in _HARMLESS
        or is_reference(value)
        or _EXAMPLE.search(lowered) is not None
        or len(set(lowered)) <= 2
        or _NUMBERS.fullmatch(lowered) is not None
        or _NAME_OF_SOMETHING.fullmatch(value) is not None
        or _runs_along_the_keyboard(lowered)
    )


def is_filler(value: str) -> bool:
    """Tell whether a value has the form of a key and plainly is none: `sk_live_xxxxxxxx`, `AKIA...EXAMPLE`."""
    return _FILLER.search(value) is not None


def is_reference(value: str) -> bool:
    """Tell whether a value names a place where the secret is found: a variable, a template, a call."""
    return not value or _REFERENCE.match(value) is not None or _TEMPLATE.search(value) is not None or value.endswith(("%>", "()"))


def entropy(value: str) -> float:
    """Return the Shannon entropy in bits a character."""
    total = len(value)
    return -sum(count / total * log2(count / total) for count in Counter(value).values()) if total else 0.0


def _mixed_case_inside(value: str) -> bool:
    """Tell whether letter cases change as they do in generated text, and not as in camelCase words."""
    changes = sum(left.islower() != right.islower() for left, right in pairwise(value))
    return changes * 3 >= len(value)


def _runs_along_the_keyboard(value: str) -> bool:
    """Tell whether ten characters follow each other as in the alphabet, as examples have them."""
    return any(value[start : start + 10] in line for start in range(len(value) - 9) for line in _LINES)
