"""Draws every target in every flavour and style for every example and prints what its validators find: a table, and each error.

`every_target.py [EXAMPLES ...] [--target otel] [--markdown]`: each EXAMPLES holds one repository a folder; default: those of the tests.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from architect import render
from architect.blueprints import BLUEPRINTS
from architect.errors import ArchitectError
from architect.expectations import expectations
from architect.profile import Profile
from architect.profiler import profile
from architect.request import Request, Style, Target
from artifacts.judge import assess_artifacts
from artifacts.records import CheckStatus, Severity
from engine.generate import TARGETS
from tests.support.folder_tree import FolderTree

ROOT = Path(__file__).resolve().parent.parent
OWN = (ROOT / "tests" / "examples", ROOT / "examples")
WITH = {"otel": ("compose", "kubernetes"), "dockerfile": ("compose",), "grafana": ("prometheus",)}
"""What is drawn in the same request, so that files are held against those they belong to."""


def variants(target: str) -> Iterator[dict[str, str]]:
    """Yield every combination of a target's options."""
    options = BLUEPRINTS[target].options
    for choices in product(*([choice for choice, _ in option.choices] for option in options)):
        yield dict(zip((option.id for option in options), choices, strict=True))


async def judge(found: Profile, target: str, options: dict[str, str], style: Style) -> tuple[Counter[str], list[str]]:
    """Draw one variant and count its files and findings; errors and warnings also in words."""
    asked = [Target("dockerfile"), *(Target(other) for other in WITH.get(target, ()) if other != target)]
    targets = (*(other for other in asked if other.id != target), Target(target, options))
    request = Request(profile=found, targets=targets)
    rendering = render(request, style)
    assessment = await assess_artifacts(rendering.artifacts, expectations(request), timeout_s=60)
    own = {artifact.path for artifact in render(Request(profile=found, targets=(Target(target, options),)), style).artifacts}
    own |= {artifact.path for artifact in rendering.artifacts} if target == "otel" else set()
    count: Counter[str] = Counter(files=len(own))
    words = []
    for finding in assessment.findings:
        if finding.path in own:
            count[finding.severity.value] += 1
            if finding.severity is not Severity.HINT:
                words.append(f"{finding.severity.value} {finding.rule} {finding.path}:{finding.line} {finding.message[:160]}")
    missing = set(expectations(request).files) - {artifact.path for artifact in rendering.artifacts}
    words += [f"missing {path}" for path in sorted(missing)]
    count["missing"] += len(missing)
    for check in assessment.checks:
        if check.status is CheckStatus.NOT_CHECKED and "not installed" not in check.reason:
            words.append(f"not checked {check.validator}: {check.reason[:160]}")
            count["unchecked"] += 1
    return count, words


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=Path, nargs="*", default=OWN)
    parser.add_argument("--target", action="append", choices=TARGETS)
    parser.add_argument("--style", action="append", choices=[*Style])
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    chosen = parser.parse_args()
    folders = sorted(folder for base in chosen.examples for folder in base.iterdir() if folder.is_dir())
    profiles = {folder.name: profile(FolderTree(folder)) for folder in folders}
    mark, edge = (" | ", "| ") if chosen.markdown else ("  ", "")
    print(f"{edge}{mark.join(['target', 'flavour', 'files', 'errors', 'warnings', 'hints', 'missing', 'not checked'])}{edge[::-1]}")
    if chosen.markdown:
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for target in chosen.target or TARGETS:
        for options in variants(target):
            row: Counter[str] = Counter()
            for name, found in profiles.items():
                for style in [Style(given) for given in chosen.style or Style]:
                    try:
                        count, words = await judge(found, target, options, style)
                    except ArchitectError as error:
                        print(f"{name} {target} {options} {style}: {error}", file=sys.stderr)
                        continue
                    row.update(count)
                    for word in words:
                        print(f"{name:26} {target} {', '.join(options.values())} {style.value}: {word}", file=sys.stderr)
            numbers = [str(row[name]) for name in ("files", "error", "warning", "hint", "missing", "unchecked")]
            print(f"{edge}{mark.join([target, ', '.join(options.values()) or '-', *numbers])}{edge[::-1]}", flush=True)
    print(f"\n{len(profiles)} repositories, {len(chosen.style or list(Style))} styles")


if __name__ == "__main__":
    asyncio.run(main())
