"""Ruby: gems and their groups, the release, puma's settings, and how Ruby code states ports and routes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from architect import sockets
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find_all, line_at
from architect.versions import default, newest, numbers, tool_version, version_file, workflow_versions

DEFAULT_VERSION = "3.4"
KNOWN = ("3.4", "4.0", "3.3", "3.2", "3.1", "3.0", "2.7", "2.6")
FRAMEWORKS = (
    ("rails", 3000),
    ("hanami", 2300),
    ("sinatra", 4567),
    ("roda", 9292),
    ("grape", 9292),
    ("padrino", 3000),
    ("cuba", 9292),
    ("rage-rb", 3000),
)
SERVERS = ("puma", "falcon", "unicorn", "thin", "iodine", "agoo", "passenger")
SYSTEM: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # gem: packages to build with, packages to run with
    "pg": (("libpq-dev",), ("libpq5",)),
    "mysql2": (("default-libmysqlclient-dev",), ("libmariadb3",)),
    "trilogy": (("libssl-dev",), ()),
    "sqlite3": (("libsqlite3-dev",), ("libsqlite3-0",)),
    "ruby-vips": ((), ("libvips42",)),
    "image_processing": ((), ("libvips42",)),
    "mini_magick": ((), ("imagemagick",)),
    "rmagick": (("libmagickwand-dev",), ("imagemagick", "libmagickwand-6.q16-6")),
    "rugged": (("cmake",), ()),
    "charlock_holmes": (("libicu-dev",), ("libicu72",)),
    "curb": (("libcurl4-openssl-dev",), ("libcurl4",)),
    "typhoeus": ((), ("libcurl4",)),
    "ethon": ((), ("libcurl4",)),
    "idn-ruby": (("libidn-dev",), ("libidn12",)),
    "ffi": (("libffi-dev",), ()),
    "streamio-ffmpeg": ((), ("ffmpeg",)),
    "ruby-filemagic": (("libmagic-dev",), ("libmagic1",)),
    "tiny_tds": (("freetds-dev",), ("libsybdb5",)),
    "wicked_pdf": ((), ("wkhtmltopdf",)),
    "execjs": ((), ("nodejs",)),
    "therubyracer": (("python3",), ()),
}
_ENV = r"ENV(?:\.fetch\(\s*|\[\s*)[\"'](?:(?:APP|SERVER|HTTP|WEB|PUMA)_)?PORT[\"']"
PUMA_PORT = re.compile(
    rf"^[ \t]*(?:port|PORT[ \t]*=)[ \t(]*[\"']?(?:{_ENV}[^\d\n]*)?[\"']?(\d{{2,5}})"
    rf"|^[ \t]*bind[ \t(]*[\"']tcp://[\w.\[\]:]*?:(?:#\{{[^\n]*?{_ENV}[^\d\n]*)?(\d{{2,5}})"
    rf"|^[ \t]*port[ \t]*=[ \t]*{_ENV}[^\d\n]*(\d{{2,5}})",
    re.M,
)
VARIABLES = (
    r"ENV(?:\.fetch\(\s*|\[\s*)[\"'](?P<name>[A-Z][A-Z0-9_]+)[\"'](?:\s*,\s*[\"']?(?P<default>[^\"'\s)]+)[\"']?\s*\))?",
    r"ENV\.fetch\(\s*[\"'](?P<name>[A-Z][A-Z0-9_]+)[\"']\s*\)\s*\{\s*[\"']?(?P<default>[^\"'}]+?)[\"']?\s*\}",
)
_SPEC_DEPENDENCY = re.compile(r"^[ \t]*\w+\.add_(?:runtime_)?dependency[ \t(]+[\"']([\w.-]+)[\"']", re.M)
HEALTH_ROUTE = r"(?:^\s*(?:get|match|head|route)\s*\(?\s*|mount\s+[\w:]+(?:\s*,\s*at:|\s*=>)\s*)$"
HEALTH_BLOCK = r"^\s*(?:namespace|scope)\s*\(?\s*(?:path:\s*)?[\"':](?P<path>/?[\w/-]*)[\"']?.*\bdo\b"


@dataclass(frozen=True, slots=True)
class Gems:
    """The gems an application runs with, by name, each with its line; `text` is the Gemfile."""

    path: str
    text: str
    names: Mapping[str, Evidence]
    local: tuple[str, ...]
    lock: str | None

    def has(self, *names: str) -> Evidence | None:
        """Return the line of the first of these gems."""
        return next((self.names[name] for name in names if name in self.names), None)

    def locked(self, name: str) -> str | None:
        """Return the version of a gem in the lock file."""
        hit = re.search(rf"(?m)^    {re.escape(name)} \(([^)\s]+)\)", self.lock or "")
        return hit[1] if hit else None


def gems(folder: Folder) -> Gems | None:
    """Read the Gemfile, and the gemspec it points to; gems of development and test groups are left out."""
    name = folder.has("Gemfile", "gems.rb")
    text = folder.read(name) if name else None
    if name is None or text is None:
        return None
    path = folder.path(name)
    found: dict[str, Evidence] = {}
    local: list[str] = []
    depth_of_aside: list[bool] = []
    position = 0
    for raw in text.split("\n"):
        line = raw.split("#", 1)[0].rstrip() if not re.search(r"[\"'][^\"']*#[^\"']*[\"']", raw) else raw.rstrip()
        group = re.match(r"\s*group\s*\(?\s*(.+?)\)?\s+do\b", line)
        if group:
            listed = re.findall(r":(\w+)|[\"'](\w+)[\"']", group[1])
            depth_of_aside.append(
                {a or b for a, b in listed} <= {"development", "test", "ci", "lint", "docs", "doc", "rubocop", "deployment"}
            )
        elif re.search(r"\bdo(\s*\|\w*\|)?\s*$", line) or re.match(r"\s*(if|unless|case|def|begin)\b", line):
            depth_of_aside.append(False)
        elif re.match(r"\s*end\b", line) and depth_of_aside:
            depth_of_aside.pop()
        hit = re.match(r"\s*gem\s*\(?\s*[\"']([\w.-]+)[\"'](.*)$", line)
        if hit and not any(depth_of_aside) and not _aside(hit[2]):
            found.setdefault(hit[1], line_at(path, text, position + len(raw) - len(raw.lstrip())))
        at = re.search(r"\bpath:?\s*(?:=>)?\s*[\"']([\w./-]+)[\"']", line)
        if at and not at[1].startswith(("/", "..")):
            local.append(at[1].removeprefix("./").rstrip("/"))
        position += len(raw) + 1
    if re.search(r"^[ \t]*gemspec\b", text, re.M):
        for name in folder.files("*.gemspec", depth=0):
            for needs in find_all(folder.path(name), folder.read(name) or "", _SPEC_DEPENDENCY):
                found.setdefault(needs.value, needs.evidence)
    lock = folder.read("Gemfile.lock") or folder.read("gems.locked")
    return Gems(path, text, found, tuple(dict.fromkeys(local)), lock)


def runtime(folder: Folder, known: Gems | None) -> Fact[str]:
    """Return the release for the image tag: exact where the Gemfile insists on one patch, else its series."""
    if known:
        line = next(find_all(known.path, known.text, r"^[ \t]*ruby[ \t(]+([\"'][^\"'\n]+[\"'](?:[ \t]*,[ \t]*[\"'][^\"'\n]+[\"'])*)"), None)
        if line:
            text = re.sub(r"[\"']", "", line.value)
            if re.fullmatch(r"\d+\.\d+\.\d+", text):
                return Fact(text, Basis.DECLARED, (line.evidence,), "Bundler refuses any other patch release")
            if re.fullmatch(r"\d+\.\d+", text):
                return Fact(text, Basis.DECLARED, (line.evidence,))
            release = newest(text, KNOWN)
            if release:
                return Fact(release, Basis.DECLARED, (line.evidence,), f"the newest settled release that {text} permits")
        by_file = re.search(r"^[ \t]*ruby[ \t(]+file:[ \t]*[\"']([\w./-]+)[\"']", known.text, re.M)
        if by_file:
            fact = version_file(folder, by_file[1]) if by_file[1] != ".tool-versions" else tool_version(folder, "ruby")
            exact = re.search(r"\d+\.\d+(\.\d+)?", fact.value) if fact else None
            if fact and exact:
                return Fact(exact[0], Basis.DECLARED, fact.evidence, "Bundler refuses any other patch release")
    for fact in (version_file(folder, ".ruby-version"), tool_version(folder, "ruby")):
        plain = re.search(r"(?:^|ruby-|-)(\d+\.\d+)", fact.value) if fact else None
        if fact and plain:
            return Fact(plain[1], Basis.DECLARED, fact.evidence)
    if known and known.lock:
        hit = next(find_all(f"{known.path}.lock", known.lock, r"^RUBY VERSION\n\s+ruby (\d+\.\d+)"), None)
        if hit:
            return Fact(hit.value, Basis.DECLARED, (hit.evidence,))
    tested = sorted(
        (fact for fact in workflow_versions(folder, "ruby-version") if len(numbers(fact.value)) > 1), key=lambda fact: numbers(fact.value)
    )
    if tested:
        return Fact(".".join(map(str, numbers(tested[-1].value)[:2])), Basis.DECLARED, tested[-1].evidence, tested[-1].note)
    rails = numbers((known.locked("rails") if known else None) or "")
    if rails and rails < (7,):
        return default(
            "2.7" if rails < (6, 1) else "3.0", f"no file names a Ruby release; Rails {rails[0]}.{rails[1]} does not run on newer ones"
        )
    return default(DEFAULT_VERSION, "no file names a Ruby release; the newest settled one is used")


def puma(folder: Folder) -> tuple[str, Fact[int] | None] | None:
    """Return puma's settings file and the port it binds."""
    for name in ("config/puma/production.rb", "config/puma.rb", "puma.rb", "config/puma/puma.rb"):
        text = folder.read(name)
        if text is None:
            continue
        hit = next(find_all(folder.path(name), text, PUMA_PORT), None)
        return name, sockets.port_of(hit, Basis.DECLARED) if hit else None
    return None


def _aside(options: str) -> bool:
    found = re.search(r"groups?:?\s*(?:=>)?\s*(\[[^\]]*\]|%i\[[^\]]*\]|:\w+)", options)
    return bool(found) and set(re.findall(r"\w+", re.sub(r"^%i", "", found[1] if found else ""))) <= {"development", "test", "ci"}


def order(names: Sequence[str]) -> list[str]:
    """Sort files so that those which start or route come first."""
    return sorted(
        names, key=lambda name: (not re.search(r"(routes|config\.ru|puma|application|app|production)\b", name), name.count("/"), name)
    )
