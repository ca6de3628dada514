"""Scores the architect on public repositories that nobody looked at while its rules were written.

`architect_unseen.py CHECKOUTS [--style lean] [--half study|held-out|both] [--misses] [--keep DIR] [--rubric rubric.py]`: CHECKOUTS
holds one checkout a folder, named by the `id` in `unseen_repositories.json`, each at the commit that is written there. The repository's
own Dockerfiles, Compose files and deployment folders are hidden before the architect reads it: the right answers were taken from them.

Five facts a repository (four a component, and the services together): the language of the image, the runtime's version, the port it
exposes, the command it starts, and the backing services of the Compose file, where one too many is as wrong as one too few.
The misses of the held-out half are shown only when asked for by name (`--half held-out --misses`): a rule written from them would end
what that half is for.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from architect.request import Style
from benchmarks.architect_examples import draw, hadolint, load
from tests.support.folder_tree import FolderTree

FACTS = ("language", "version", "port", "start", "services")
DATA = Path(__file__).with_name("unseen_repositories.json")
HIDDEN = re.compile(
    r"(^|/)([^/]*dockerfile[^/]*|containerfile[^/]*|[^/]*compose[^/]*\.ya?ml|\.dockerignore|fly\.toml|render\.yaml|skaffold\.ya?ml|cloudbuild\.ya?ml"
    r"|docker-bake\.hcl|captain-definition|app\.json|heroku\.yml)$"
    r"|(^|/)(\.devcontainer|charts?|helm[^/]*|k8s|kubernetes|kubernetes-manifests|kustomize|terraform|deploy|\.docker)/"
    r"|\.github/workflows/[^/]*(docker|release|cd|deploy|image|publish|push|helm|terraform)[^/]*$",
    re.I,
)
_JVM = re.compile(r"(?:temurin|openjdk|corretto|liberica|zulu|jdk|jre)\D*?:?(\d+(?:\.\d+)*)")
IMAGES: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(r"python:?(\d+(?:\.\d+)*)"),
    "node": re.compile(r"\bnode:(\d+(?:\.\d+)*)"),
    "bun": re.compile(r"oven/bun:(\d+(?:\.\d+)*)"),
    "go": re.compile(r"golang:(\d+(?:\.\d+)*)"),
    "rust": re.compile(r"rust:(\d+(?:\.\d+)*)"),
    "java": _JVM,
    "kotlin": _JVM,
    "scala": _JVM,
    "clojure": re.compile(r"(?:clojure|temurin|jre)\D*(\d+(?:\.\d+)*)"),
    "dotnet": re.compile(r"dotnet/[^ :]+:(\d+(?:\.\d+)*)"),
    "php": re.compile(r"(?:\bphp:|frankenphp:\S*php)(\d+(?:\.\d+)*)"),
    "ruby": re.compile(r"\bruby:(\d+(?:\.\d+)*)"),
    "elixir": re.compile(r"elixir:(\d+(?:\.\d+)*)"),
    "deno": re.compile(r"denoland/deno:\D*(\d+(?:\.\d+)*)"),
    "crystal": re.compile(r"crystal:(\d+(?:\.\d+)*)"),
    "dart": re.compile(r"\bdart:(\d+(?:\.\d+)*|stable)"),
    "swift": re.compile(r"\bswift:(\d+(?:\.\d+)*)"),
    "haskell": re.compile(r"haskell:(\d+(?:\.\d+)*)"),
    "cpp": re.compile(r"(?:gcc|alpine|debian|ubuntu)\S*:\D*(\d+(?:\.\d+)*)"),
    "static": re.compile(r"(?:nginx|caddy|httpd|hugo)\S*:\D*(\d+(?:\.\d+)*)"),
}
SERVICES = {
    "postgres": r"postgres|postgis|pgvector|timescale",
    "mysql": r"mysql|mariadb",
    "mssql": r"mssql|sql-edge",
    "mongodb": r"mongo",
    "redis": r"redis|valkey",
    "rabbitmq": r"rabbit",
    "kafka": r"kafka|redpanda",
    "elasticsearch": r"elasticsearch|opensearch",
    "mailpit": r"mailpit|mailhog",
    **{name: name for name in ("memcached", "clickhouse", "minio", "couchdb", "cassandra")},
}


class HiddenTree(FolderTree):
    """A checkout without the files in which its authors wrote the answers down."""

    def paths(self) -> Sequence[str]:
        """Return what is left, shallow folders first."""
        return [path for path in super().paths() if not HIDDEN.search(path)]

    def read(self, path: str, limit: int = 262_144) -> str | None:
        """Return a file's text; None where it is hidden."""
        return None if HIDDEN.search(path) else super().read(path, limit)


class Image:
    """What a Dockerfile says: the images it begins from, the ports it exposes and the command it starts."""

    def __init__(self, text: str) -> None:
        values: dict[str, str] = {}
        self.bases: list[str] = []
        self.ports: set[int] = set()
        self.command = ""
        entry = run = ""
        for line in re.sub(r"\\\n\s*", " ", text).splitlines():
            word, _, rest = line.strip().partition(" ")
            if word == "ARG" and "=" in rest:
                name, _, value = rest.partition("=")
                values[name.strip()] = value.strip().strip('"')
            elif word == "FROM":
                self.bases.append(re.sub(r"\$\{?(\w+)(?::-[^}]*)?\}?", lambda m: values.get(m[1], m[0]), rest))
                self.ports, entry, run = set(), "", ""
            elif word == "EXPOSE":
                self.ports |= {int(port) for port in re.findall(r"\d+", rest)}
            elif word == "ENTRYPOINT":
                entry = rest
            elif word == "CMD":
                run = rest
        words = f"{entry} {run}".strip() or (self.bases[-1] if self.bases else "")
        self.command = re.sub(r"[\"',\[\]]+\s*", " ", words)


def right_version(accepted: Any, found: Sequence[str]) -> bool:
    """Tell whether one of the versions found is among the accepted: prefixes, or a range of major and minor."""
    for version in found:
        if isinstance(accepted, dict):
            pieces = [int(piece) for piece in re.findall(r"\d+", version)[:2]]
            low, high = ([int(piece) for piece in accepted[end].split(".")] for end in ("min", "max"))
            if pieces and pieces >= low[: len(pieces)] and pieces[: len(high)] <= high:
                return True
        elif any(version == prefix or version.startswith(prefix + ".") for prefix in accepted):
            return True
    return False


def judged(wanted: Mapping[str, Any], text: str | None) -> Iterator[tuple[str, bool, str]]:
    """Yield each fact of one component, whether it is right, and what was said."""
    image = Image(text or "")
    language = wanted["language"]
    pattern = IMAGES[language]
    static = wanted["ports"] == "any" and any(re.search(r"nginx|caddy|httpd", base) for base in image.bases)
    known = any(pattern.search(base) for base in image.bases)
    yield "language", bool(text) and (known or (static and language == "node")), "; ".join(image.bases) or "no Dockerfile"
    if wanted["version"]:
        found = [match for base in image.bases for match in pattern.findall(base)]
        yield "version", right_version(wanted["version"], found), "; ".join(image.bases)
    if wanted["ports"]:
        right = bool(image.ports) if wanted["ports"] == "any" else bool(image.ports & set(wanted["ports"]))
        yield "port", right, str(sorted(image.ports))
    yield "start", bool(text) and re.search(wanted["start"], image.command) is not None, image.command


def services(wanted: Mapping[str, Any], compose: str) -> tuple[bool, str]:
    """Tell whether the Compose file runs every service that is required and none that is neither required nor optional."""
    images = re.findall(r"(?m)^\s+image:\s*[\"']?([^\s\"']+)", compose)
    found = {name for name, pattern in SERVICES.items() if any(re.search(pattern, image) for image in images)}
    required, optional = set(wanted["required"]), set(wanted["optional"])
    return required <= found and found <= required | optional, f"{sorted(found)}, required {sorted(required)}"


def score(entry: Mapping[str, Any], out: Path) -> list[tuple[str, str, bool, str]]:
    """Return (fact, language, right, what was said) for everything that is known of one repository."""
    facts = []
    dockerfiles = sorted(path.relative_to(out).as_posix() for path in out.rglob("Dockerfile"))
    for wanted in entry.get("components") or [entry]:
        places = [f"{wanted['path']}/Dockerfile"] if wanted.get("path") else []
        if "components" not in entry:
            places += ["Dockerfile", *(dockerfiles if len(dockerfiles) == 1 else [])]
        place = next((place for place in places if place in dockerfiles), None)
        text = (out / place).read_text() if place else None
        facts += [(fact, wanted["language"], right, said) for fact, right, said in judged(wanted, text)]
    compose = "\n".join(path.read_text() for path in sorted(out.glob("*compose*.y*ml")))
    right, said = services(entry["services"], compose)
    language = (entry.get("components") or [entry])[0]["language"]
    return [*facts, ("services", language, right, said)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--style", choices=list(Style), default="lean", type=Style)
    parser.add_argument("--half", choices=["study", "held-out", "both"], default="both")
    parser.add_argument("--misses", action="store_true", help="say what is wrong in the study half, in the held-out half when it is named")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--rubric", type=Path, help="a script with the criteria of a production-grade Dockerfile")
    parser.add_argument("--keep", type=Path, help="where to leave the drawn files")
    options = parser.parse_args()
    entries = json.loads(DATA.read_text())["entries"]
    halves = ("study", "held-out") if options.half == "both" else (options.half,)
    for half in halves:
        chosen = [entry for entry in entries if entry["split"] == half and (not options.only or entry["id"] in options.only)]
        missing = [entry["id"] for entry in chosen if not (options.checkouts / entry["id"]).is_dir()]
        chosen = [entry for entry in chosen if entry["id"] not in missing]
        if missing:
            print(f"{half}: no checkout of {', '.join(missing)}")
        if chosen:
            measure(half, chosen, options, tell=options.misses and (half == "study" or options.half == half))


def measure(half: str, entries: Sequence[Mapping[str, Any]], options: argparse.Namespace, *, tell: bool) -> None:
    """Draw every repository of one half and print the tables."""
    rubric = load(options.rubric)
    per_fact: dict[str, list[bool]] = defaultdict(list)
    per_language: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    scores: list[float] = []
    findings: list[int] = []
    errors = 0
    marks: list[float] = []
    with tempfile.TemporaryDirectory() as temporary:
        for entry in entries:
            out = (options.keep or Path(temporary)) / entry["id"]
            out.mkdir(parents=True, exist_ok=True)
            folder = options.checkouts / entry["id"] / entry.get("subdir", "")
            _, rendering, _ = draw(HiddenTree(folder, entry.get("subdir", entry["id"]).rsplit("/", 1)[-1]), options.style, out)
            facts = score(entry, out)
            scores.append(sum(right for _, _, right, _ in facts) / len(facts))
            for fact, language, right, said in facts:
                per_fact[fact].append(right)
                per_language[language][fact].append(right)
                if tell and not right:
                    print(f"  {entry['id']}: {fact}: {said}")
            ignored = next((file.content for file in rendering.artifacts if file.path.endswith(".dockerignore")), None)
            for artifact in rendering.artifacts:
                if artifact.path.endswith("Dockerfile"):
                    remarks = hadolint(out / artifact.path)
                    findings.append(len(remarks))
                    errors += sum(remark["level"] == "error" for remark in remarks)
                    if rubric is not None:
                        marks.append(rubric.score(rubric.check(artifact.content, ignored)))
    print(f"\n{half}: {len(entries)} repositories, {options.style} style, score {sum(scores) / len(scores):.3f}")
    print("| language | " + " | ".join(FACTS) + " |\n| --- |" + " --- |" * len(FACTS))
    for language, found in sorted(per_language.items()):
        print(f"| {language} | " + " | ".join(f"{sum(found[fact])}/{len(found[fact])}" if found[fact] else "" for fact in FACTS) + " |")
    print("| **all** | " + " | ".join(f"{sum(per_fact[fact])}/{len(per_fact[fact])}" for fact in FACTS) + " |")
    if findings:
        judged_by = f", criteria {sum(marks) / len(marks):.3f}" if marks else ""
        print(f"{len(findings)} Dockerfiles: hadolint {errors} errors, {sum(findings) / len(findings):.2f} findings a file{judged_by}")


if __name__ == "__main__":
    main()
