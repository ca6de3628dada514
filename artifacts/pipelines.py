"""What pipelines of any platform have in common: commands of a script and what each is for."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_LINES = 400
_NODE = r"(?:npm|pnpm|yarn|bun)(?:\s+(?:run|--\S+|-[a-zA-Z]\s+\S+))*\s+"
_PURPOSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # the order decides where a command could be two things: a `test` script of a linter is a test, an install comes before all
    (
        "install",
        re.compile(
            r"^(?:(?:npm|pnpm|bun)\s+(?:ci|i|install)\b|yarn(?:\s+install\b|\s*$|\s+--)|(?:python\d?\s+-m\s+)?pip\d?\s+install\b|uv\s+(?:sync|pip|venv)\b"
            r"|poetry\s+install\b|pdm\s+(?:install|sync)\b|pipenv\s+(?:install|sync)\b|pipx\s+install\b|bundle\s+install\b|composer\s+install\b"
            r"|go\s+mod\s+download\b|cargo\s+fetch\b|mix\s+deps\.get\b|dotnet\s+restore\b|apt(?:-get)?\s|apk\s+add\b|corepack\b|rustup\b)"
        ),
    ),
    (
        "push",
        re.compile(
            r"^(?:docker|podman|buildah)\s+(?:image\s+)?push\b|^docker\s+(?:buildx\s+)?build\b.*--push\b|^crane\s+(?:push|copy)"
            r"|^skopeo\s+copy|^docker\s+compose\s+push\b|\bkaniko\b.*--destination|buildctl.*push=true"
        ),
    ),
    ("image", re.compile(r"^(?:docker|podman|buildah)\s+(?:buildx\s+|compose\s+)?(?:build|bake|bud)\b|\bkaniko\b|buildctl")),
    (
        "scan",
        re.compile(
            r"^(?:trivy|grype|snyk|osv-scanner|pip-audit|npm\s+audit|yarn\s+(?:npm\s+)?audit|pnpm\s+audit|cargo\s+(?:audit|deny)|govulncheck"
            r"|semgrep|bandit|gitleaks|bundle(?:r)?[- ]audit|composer\s+audit|docker\s+scout|safety)\b"
        ),
    ),
    (
        "test",
        re.compile(
            rf"^(?:pytest|py\.test|tox|nox|ctest|rspec|phpunit|jest|vitest|mocha)\b|^python\d?\s+-m\s+(?:pytest|unittest|tox|nox)\b|^coverage\s+run\b|manage\.py\s+test\b"
            rf"|^{_NODE}(?:test|vitest|jest|unit|coverage)\b|^npm\s+(?:t|test)\b|^go\s+test\b|^cargo\s+(?:nextest|test|llvm-cov)\b"
            r"|(?:^|/)(?:mvnw?|mvn)\s.*\b(?:verify|test|install)\b|(?:^|/)gradlew?\s.*(?:\b|:)(?:test|check|build)\b|^sbt\s.*\btest\b|^(?:bin/)?rails\s.*\btest\b|\brake\s+(?:test|spec)\b"
            r"|^php\s+artisan\s+test\b|^vendor/bin/(?:phpunit|pest)\b|^composer\s+(?:run(?:-script)?\s+)?test\b|^mix\s+test\b|^dotnet\s+test\b|^deno\s+(?:task\s+)?test\b"
            r"|^make\s+(?:[\w-]+\s+)*(?:[\w-]*test[\w-]*|check)\b|^(?:ba|z)?sh\s+\S*/tests?(?:\.sh)?\b|^\./(?:scripts?|bin)/tests?\b|^just\s+test\b|^task\s+test\b|^playwright\b|^cypress\b"
        ),
    ),
    (
        "lint",
        re.compile(
            rf"^(?:ruff|flake8|pylint|black|isort|eslint|prettier|biome|stylelint|golangci-lint|staticcheck|rubocop|standardrb|brakeman|phpcs|hadolint|shellcheck|yamllint|actionlint|markdownlint\S*|pre-commit|mypy|pyright|basedpyright|ty|tsc|vue-tsc|codespell|djlint|swiftlint|ktlint|clang-format|clang-tidy|cppcheck|black)\b"
            rf"|^bin/(?:rubocop|brakeman|standardrb)\b|^python\d?\s+-m\s+(?:ruff|flake8|pylint|black|mypy|isort|pre_commit)\b|^{_NODE}(?:[\w:-]*lint[\w:-]*|[\w:-]*type-?check[\w:-]*|format:check|check[\w:-]*|prettier[\w:-]*|tsc|eslint|biome)\b"
            r"|^go\s+(?:vet|fmt)\b|^gofmt\b|^cargo\s+(?:fmt|clippy)\b|^mix\s+(?:format|credo|dialyzer)\b|^dotnet\s+format\b|^deno\s+(?:task\s+)?(?:lint|fmt|check)\b|^vendor/bin/(?:pint|php-cs-fixer|phpcs|phpstan|psalm)\b"
            r"|^composer\s+(?:run(?:-script)?\s+)?(?:lint|cs|stan|phpstan|analy[sz]e|check)\b|(?:^|/)gradlew?\s.*(?:ktlint|detekt|spotless|checkstyle|lint)|(?:^|/)mvnw?\s.*(?:spotless|checkstyle)|^sbt\s.*(?:scalafmt|scalafix)"
            r"|^make\s+(?:[\w-]+\s+)*(?:[\w-]*lint[\w-]*|style|fmt|format[\w-]*|typecheck|vet)\b|^(?:ba|z)?sh\s+\S*/lint(?:\.sh)?\b|^\./scripts?/lint\b|^just\s+lint\b"
        ),
    ),
    (
        "build",
        re.compile(
            rf"^{_NODE}(?:[\w:-]*build[\w:-]*|generate)\b|^go\s+build\b|^cargo\s+build\b|(?:^|/)mvnw?\s.*\b(?:package|compile)\b|(?:^|/)gradlew?\s.*(?:assemble|jar|bootJar|installDist)|^sbt\s.*(?:compile|stage|assembly)"
            r"|^dotnet\s+(?:build|publish)\b|^mix\s+(?:compile|release|assets)\b|^make\s+(?:[\w-]+\s+)*(?:build|all|compile)\b|^cmake\b|^python\d?\s+-m\s+build\b|^uv\s+build\b|^poetry\s+build\b|^next\s+build\b|^vite\s+build\b|^tsc\b"
        ),
    ),
)  # fmt: skip
_RUNNER = re.compile(
    r"^(?:(?:[A-Z_][A-Z0-9_]*=\S*\s+)|(?:uv\s+run(?:\s+--?[\w-]+(?:[= ](?!-)\S+)?)*?\s+(?=[a-z./])|uvx\s+|poetry\s+run\s+|pdm\s+run\s+"
    r"|pipenv\s+run\s+|bundle\s+exec\s+|npx\s+(?:--?\S+\s+)*"
    r"|bunx\s+|pnpm\s+(?:exec|dlx)\s+|yarn\s+(?:exec|dlx)\s+|pipx\s+run\s+|hatch\s+run\s+|xvfb-run\s+(?:-\S+\s+)*|sudo\s+|time\s+|exec\s+))+"
)
_SPLIT = re.compile(r"\s*(?:&&|\|\||;|\n)\s*")


def commands(script: str) -> Iterator[str]:
    """Yield the commands of a script, continued lines joined, comments left out."""
    text = re.sub(r"\\\n[ \t]*", " ", script[:60_000])
    text = re.sub(r"(?m)^[ \t]*#[^\n]*$", "", text)
    for number, command in enumerate(_SPLIT.split(text)):
        if number >= MAX_LINES:
            return
        words = " ".join(command.split())
        if words:
            yield words[:600]


def essence(command: str) -> str:
    """Return a command without what merely starts it: variables, `uv run`, `npx`, `bundle exec`."""
    return _RUNNER.sub("", command[:600]).strip()


def purpose_of(command: str) -> str:
    """Return what a command is for: install, lint, test, build, image, scan, push, or "" for anything else."""
    words = essence(command)
    return next((name for name, pattern in _PURPOSES if pattern.search(words)), "")


def by_purpose(script: str) -> dict[str, list[str]]:
    """Return the commands of a script by purpose, in their order; those without one are left out."""
    found: dict[str, list[str]] = {}
    for command in commands(script):
        purpose = purpose_of(command)
        if purpose:
            found.setdefault(purpose, []).append(essence(command))
    return found
