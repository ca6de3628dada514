"""Runs our rules and readers over public files that their owners use and prints each kind's share of files with an error.

`false_alarms.py FOLDER [--list] [--each 200]`: FOLDER holds one repository a folder, as checked out. Files below folders of tests,
fixtures and archives are left out, which are broken on purpose or not in use, and templates, which are no files yet. Each file is
looked at beside the others of its folder, as in an answer.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from artifacts.comparing import comparer_of
from artifacts.kinds import kind_of
from artifacts.records import Artifact, Kind, Severity
from artifacts.rules import check_rules

LEFT_OUT = re.compile(r"(^|/)(tests?|testdata|fixtures?|__tests__|e2e|invalid|node_modules|vendor|_?archived?)(/|$)", re.I)
SUFFIXES = re.compile(r"(ockerfile[\w.-]*|Containerfile|\.ya?ml|\.tf|\.json)$")
LARGEST = 256 * 1024
KINDS = tuple(kind for kind in Kind if kind not in (Kind.OTHER, Kind.DOCKERIGNORE))


def files_of(repository: Path) -> Iterator[Artifact]:
    """Yield the infrastructure files of one repository."""
    for path in sorted(repository.rglob("*")):
        name = path.relative_to(repository).as_posix()
        if (
            LEFT_OUT.search(name)
            or name.endswith((".template", ".ex", ".j2", ".tpl"))
            or not SUFFIXES.search(name)
            or not path.is_file()
            or path.stat().st_size > LARGEST
        ):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        kind = kind_of(name, text)
        if kind in KINDS and not name.endswith((".tfvars", ".tftest.hcl")):
            yield Artifact(name, text, kind)


def neighbours(artifact: Artifact, artifacts: list[Artifact]) -> tuple[Artifact, ...]:
    """Return what stands beside a file: the rest of its folder, and for a Compose file the Dockerfiles it may build."""
    folder = artifact.path.rpartition("/")[0]
    return tuple(
        other
        for other in artifacts
        if other.path.rpartition("/")[0] == folder or (artifact.kind is Kind.COMPOSE and other.kind is Kind.DOCKERFILE)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", action="store_true", help="print every error")
    parser.add_argument("--each", type=int, default=200, help="at most so many files of a kind from one repository")
    parser.add_argument("--kind", action="append", choices=[kind.value for kind in KINDS])
    options = parser.parse_args()
    files: Counter[Kind] = Counter()
    flagged: Counter[Kind] = Counter()
    unreadable: Counter[Kind] = Counter()
    rules: dict[Kind, Counter[str]] = defaultdict(Counter)
    repositories = sorted(path for path in options.folder.iterdir() if path.is_dir())
    started = time.process_time()
    for repository in repositories:
        artifacts = list(files_of(repository))
        taken: Counter[Kind] = Counter()
        for artifact in artifacts:
            if taken[artifact.kind] >= options.each or (options.kind and artifact.kind.value not in options.kind):
                continue
            taken[artifact.kind] += 1
            files[artifact.kind] += 1
            faults = comparer_of(artifact.kind).faults(artifact.content)
            if faults:
                unreadable[artifact.kind] += 1
                if options.list:
                    print(f"{repository.name}/{artifact.path}:{faults[0].line}: unreadable: {faults[0].message[:160]}")
                continue
            errors = [finding for finding in check_rules(artifact, neighbours(artifact, artifacts)) if finding.severity is Severity.ERROR]
            flagged[artifact.kind] += bool(errors)
            rules[artifact.kind].update({finding.rule for finding in errors})
            if options.list:
                for finding in errors:
                    print(f"{repository.name}/{finding.path}:{finding.line}: {finding.rule}: {finding.message[:160]}")
    print("| kind | files | with an error | share | unreadable | rules |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in [kind for kind in KINDS if files[kind]]:
        named = ", ".join(f"{rule} {count}" for rule, count in rules[kind].most_common()) or "-"
        print(f"| {kind.value} | {files[kind]} | {flagged[kind]} | {flagged[kind] / files[kind]:.1%} | {unreadable[kind]} | {named} |")
    total = sum(files.values())
    print(
        f"\n{total} files of {len(repositories)} repositories, {sum(flagged.values()) / max(1, total):.2%} with an error, "
        f"{time.process_time() - started:.0f} CPU seconds"
    )


if __name__ == "__main__":
    main()
