"""Which Python release: what the repository declares, narrowed by what its locked packages were built for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder
from architect.stacks.python.requirements import Requirements
from architect.stacks.python.wheels import wheel_tags
from architect.versions import newest, numbers, permits, series, tool_version, version_file, workflow_versions

# Best first: 3.13 before 3.14 because packages that pin nothing are likelier to have wheels for a release two years old.
RELEASES = ("3.13", "3.14", "3.12", "3.11", "3.10", "3.9", "3.8", "3.7", "3.6", "2.7")
ASCENDING = tuple(sorted(RELEASES, key=numbers))

# `python=first`: the first release of a package that ships wheels for (or supports) a Python, newest Python first. From the packages'
# own release notes; only packages whose older releases do not install or do not run on a newer Python.
_SUPPORT: Mapping[str, str] = {
    "django": "3.14=5.2 3.13=5.1 3.12=4.2 3.11=4.1 3.10=3.2 3.9=2.2 3.7=1.11.17 3.6=1.8",
    "flask": "3.14=2.0 3.9=1.0 3.8=0.10",
    "numpy": "3.14=2.3.2 3.13=2.1 3.12=1.26 3.11=1.23.3 3.10=1.21.3 3.9=1.19.3 3.8=1.17.3",
    "pandas": "3.14=2.3.3 3.13=2.2.3 3.12=2.1.1 3.11=1.5.1 3.10=1.3.3 3.9=1.1.3 3.8=0.25.3",
    "scipy": "3.14=1.16.1 3.13=1.14.1 3.12=1.11.3 3.11=1.9.2 3.10=1.7.2 3.9=1.5.3",
    "scikit-learn": "3.14=1.7.2 3.13=1.5.2 3.12=1.3.1 3.11=1.1.3 3.10=1.0.1 3.9=0.24",
    "pydantic": "3.14=2.12 3.13=2.8 3.12=1.10.13 3.11=1.10 3.10=1.9 3.9=1.7",
    "psycopg2-binary": "3.14=2.9.11 3.13=2.9.10 3.12=2.9.8 3.11=2.9.5 3.10=2.9.2 3.9=2.8.6",
    "asyncpg": "3.14=0.31 3.13=0.30 3.12=0.29 3.11=0.27 3.10=0.25 3.9=0.22",
    "pillow": "3.14=12.0 3.13=10.4 3.12=10.1 3.11=9.3 3.10=8.4 3.9=8.0",
    "greenlet": "3.14=3.2.4 3.13=3.1 3.12=3.0 3.11=2.0 3.10=1.1.2 3.9=0.4.17",
    "gevent": "3.14=25.8.1 3.13=24.10 3.12=23.9 3.11=22.10 3.10=21.8 3.9=20.12",
    "lxml": "3.14=6.0 3.13=5.3 3.12=4.9.3 3.11=4.9.2 3.10=4.6.4 3.9=4.6.1",
    "aiohttp": "3.14=3.13 3.13=3.10.6 3.12=3.9 3.11=3.8.3 3.10=3.8 3.9=3.7.3",
    "grpcio": "3.14=1.75.1 3.13=1.66.2 3.12=1.59.2 3.11=1.49 3.10=1.41 3.9=1.33",
    "cffi": "3.14=2.0 3.13=1.17 3.12=1.16 3.11=1.15.1 3.10=1.15 3.9=1.14.3",
    "pyyaml": "3.14=6.0.3 3.13=6.0.2 3.12=6.0.1 3.11=6.0 3.9=5.4",
    "torch": "3.14=2.9 3.13=2.5 3.12=2.2 3.11=2.0 3.10=1.11 3.9=1.7.1",
    "tensorflow": "3.13=2.20 3.12=2.16 3.11=2.12 3.10=2.8 3.9=2.5 3.8=2.2",
    "sqlalchemy": "3.14=2.0 3.12=1.4.49 3.11=1.4 3.9=1.0",
    "pyarrow": "3.14=22.0 3.13=18.0 3.12=14.0 3.11=10.0 3.10=6.0 3.9=3.0",
    "streamlit": "3.14=1.51 3.13=1.41 3.12=1.31 3.11=1.16 3.10=1.4 3.9=0.80",
    "celery": "3.14=5.5 3.13=5.4 3.12=5.3 3.11=5.2 3.9=5.0 3.8=4.4",
    "aioredis": "3.10=1.0",
    "gunicorn": "3.14=20.1 3.11=19.9",
}


def release(folder: Folder, requirements: Requirements | None) -> Fact[str]:
    """Return the Python release to run on, as `3.12`, with the file that says so."""
    stated = _stated(folder)
    constraint = requirements.constraint if requirements else None
    if stated and not (constraint and not permits(constraint, stated.value) and newest(constraint, RELEASES)):
        return stated
    proofs = (requirements.constraint_at,) if requirements and requirements.constraint_at else ()
    if constraint and re.fullmatch(r"(==\s*)?\d+\.\d+(\.\d+|\.\*)?", constraint.strip()):
        return Fact(series(constraint.strip("= "), 2) or constraint, Basis.DECLARED, proofs)
    ceiling, why = _ceiling(folder, requirements)
    proven = bool(ceiling and requirements and wheel_tags(folder, requirements)[0])
    known = tuple(one for one in RELEASES if ceiling is None or numbers(one) <= numbers(ceiling)) or RELEASES
    if proven and ceiling in known and numbers(ceiling) >= (3, 14) and (constraint is None or permits(constraint, ceiling)):
        known = (ceiling, *known)
    if constraint:
        chosen = newest(constraint, known) or newest(constraint, RELEASES)
        if chosen:
            note = f"the newest release that {constraint} permits" + (f", {why.note}" if why else "")
            return Fact(chosen, Basis.DECLARED, (*proofs, *(why.evidence if why else ())), note)
    from_ci = [fact for fact in workflow_versions(folder, "python-version") if series(fact.value, 2) in known]
    if from_ci:
        best = max(from_ci, key=lambda fact: numbers(series(fact.value, 2) or ""))
        return Fact(series(best.value, 2) or best.value, Basis.DECLARED, best.evidence, best.note)
    if why:
        return Fact(known[0] if ceiling not in known else _best(known, ceiling), Basis.CONVENTION, why.evidence, why.note)
    return Fact(RELEASES[0], Basis.DEFAULT, (), "the repository names no Python version")


def _best(known: tuple[str, ...], ceiling: str | None) -> str:
    return known[0] if ceiling is None or numbers(known[0]) <= numbers(ceiling) else ceiling


def _stated(folder: Folder) -> Fact[str] | None:
    """Return a version that a version file names outright."""
    for found in (
        version_file(folder, ".python-version"),
        version_file(folder, "runtime.txt"),
        tool_version(folder, "python", "core:python"),
    ):
        if found:
            text = re.sub(r"^(c?python|pypy)[-@]?", "", found.value.strip(), flags=re.I)
            chosen = series(text, 2) if re.match(r"\d+\.\d+", text) else newest(text, RELEASES) if re.match(r"\d", text) else None
            if chosen and numbers(chosen)[0] >= 2:
                return Fact(chosen, Basis.DECLARED, found.evidence)
    return None


def _ceiling(folder: Folder, requirements: Requirements | None) -> tuple[str | None, Fact[str] | None]:
    """Return the newest Python that every pinned package supports, and the package that sets the limit."""
    if requirements is None:
        return None, None
    limit: str | None = None
    by: tuple[str, tuple[Evidence, ...]] | None = None
    tags, _ = wheel_tags(folder, requirements)
    for name, seen in tags.items():
        if seen & {"any", "abi3", "py3", "py2"} or not any(tag.startswith("cp3") for tag in seen):
            continue
        best = max((int(tag[3:]) for tag in seen if re.fullmatch(r"cp3\d+", tag)), default=0)
        if best and (limit is None or (3, best) < numbers(limit)):
            limit, by = f"3.{best}", (name, (Evidence(requirements.lockfile or "", None, f"{name}: wheels up to cp3{best}"),))
    if tags:
        limit = limit or "3.14"
    for name, table in _SUPPORT.items() if not tags else ():
        text = requirements.versions.get(name, "")
        match = re.match(r"\s*(==|~=|\^|~|<=|<)?\s*(\d+(?:\.\d+)*)", text) if name in requirements.names else None
        if not match or match[1] is None:
            continue
        pinned = numbers(match[2])
        exact = match[1] == "=="
        rows = [(python, numbers(first)) for python, _, first in (row.partition("=") for row in table.split())]
        reach = next((python for python, first in rows if _reaches(pinned, first, exact, match[1])), rows[-1][0])
        if limit is None or numbers(reach) < numbers(limit):
            limit, by = reach, (name, (requirements.names[name],))
    if limit and by and numbers(limit) < numbers("3.14"):
        return limit, Fact(limit, Basis.CONVENTION, by[1], f"{by[0]} as pinned supports Python up to {limit}")
    return limit, None


def _reaches(pinned: tuple[int, ...], first: tuple[int, ...], exact: bool, operator: str) -> bool:
    """Tell whether a pin permits a release at or past `first`."""
    if exact:
        return pinned >= first[: len(pinned)]
    if operator in ("<", "<="):
        return pinned > first
    if operator == "^" or (operator == "~=" and len(pinned) == 2):
        return pinned[0] >= first[0] if pinned[0] else pinned[:2] >= first[:2]
    return pinned[:2] >= first[:2]
