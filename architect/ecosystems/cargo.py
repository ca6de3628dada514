"""Cargo: packages, workspaces and their programs, the toolchain, and how Rust code states ports and routes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from architect.code import Source
from architect.profile import Basis, Evidence, Fact
from architect.reading import Document, Folder, line_at
from architect.sockets import PortRule
from architect.versions import tool_version

DEFAULT_VERSION = "1.95"
FRAMEWORKS = (
    ("axum", 3000),
    ("actix-web", 8080),
    ("rocket", 8000),
    ("warp", 3030),
    ("poem", 3000),
    ("salvo", 5800),
    ("tide", 8080),
    ("ntex", 8080),
    ("loco-rs", 5150),
    ("leptos_axum", 3000),
    ("leptos_actix", 3000),
    ("viz", 3000),
    ("gotham", 7878),
    ("trillium-tokio", 8080),
    ("trillium-smol", 8080),
    ("tonic", None),
    ("hyper", None),
)
TOOLS = re.compile(
    r"(?i)(^|[-_])(xtask|bench\w*|fuzz\w*|example\w*|test\w*|macros?|derive|codegen|gen|cli|tool\w*|mock|e2e|migrat\w*|seed|client|generator)($|[-_])"
)
SYSTEM: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    # crate in the lock file: packages to build with, packages to run with, why
    "openssl-sys": (("pkg-config", "libssl-dev"), ("libssl3",), "OpenSSL"),
    "pq-sys": (("libpq-dev",), ("libpq5",), "the PostgreSQL client library"),
    "mysqlclient-sys": (("pkg-config", "libmariadb-dev-compat"), ("libmariadb3",), "the MySQL client library"),
    "prost-build": (("protobuf-compiler",), (), "the protocol buffer compiler"),
    "tonic-build": (("protobuf-compiler",), (), "the protocol buffer compiler"),
    "rdkafka-sys": (("cmake", "make", "g++", "zlib1g-dev"), ("zlib1g",), "librdkafka, built from source"),
    "aws-lc-sys": (("cmake", "make", "g++"), (), "a C library, built from source"),
    "bindgen": (("clang", "libclang-dev"), (), "bindings are generated with clang"),
    "libgit2-sys": (("cmake", "make", "pkg-config"), (), "libgit2, built from source"),
    "rocksdb": (("clang", "libclang-dev", "make", "g++"), ("libstdc++6",), "RocksDB, built from source"),
    "librocksdb-sys": (("clang", "libclang-dev", "make", "g++"), ("libstdc++6",), "RocksDB, built from source"),
    "tikv-jemalloc-sys": (("make",), (), "jemalloc, built from source"),
    "jemalloc-sys": (("make",), (), "jemalloc, built from source"),
    "zmq-sys": (("pkg-config", "libzmq3-dev"), ("libzmq5",), "ZeroMQ"),
    "libz-sys": (("make",), (), "zlib, built from source"),
}
_HOST = r"(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::1?\]|\{\}|\{[\w.:?]*\})"
_NAME = r"(?i:(?:default|http|server|app|web|api|listen|service)?_?(?:http)?_?port)"
_BETWEEN = r"(?:(?:///[^\n]*|#\[[^\]]*\])\s*)*"
PORT_RULES: tuple[PortRule, ...] = tuple(
    PortRule(re.compile(pattern), bound=bound)
    for bound, pattern in (
        (True, rf"\.?\bbind(?:_rustls\w*|_auto\w*|_openssl)?\s*\(\s*&?\(?\s*\"{_HOST}(?::|\"\s*,\s*)(\d{{2,5}})"),
        (True, rf"\bbind\s*\(\s*&?\"{_HOST}:(\d{{2,5}})\""),
        (True, r"(?:from|new)\s*\(\s*\(?\s*\[\s*\d+\s*,\s*\d+\s*,\s*\d+\s*,\s*\d+\s*\]\s*,\s*(\d{2,5})"),
        (True, r"SocketAddr(?:V4)?::new\([^;\n]{0,80}?,\s*(\d{2,5})\s*\)"),
        (True, r"\.run\(\s*\(?\s*\[[\d, ]+\]\s*,\s*(\d{2,5})"),
        (False, rf"var(?:_os)?\(\s*\"\w*?{_NAME}\"\s*\)[^;]{{0,160}}?\"?(?<![\w.])(\d{{2,5}})\b"),
        (False, rf"var\(\s*\"\w*(?:ADDR|ADDRESS|BIND|LISTEN|HOST)\w*\"\s*\)[^;]{{0,160}}?\"{_HOST}:(\d{{2,5}})\""),
        (
            False,
            rf"(?s)#\[(?:arg|clap|structopt|command)\([^\]]{{0,200}}?default_value(?:_t)?\s*=\s*\"?(?:{_HOST}:)?(\d{{2,5}})[^\]]{{0,160}}?\]\s*{_BETWEEN}(?:pub\s+)?\w*(?:port|addr|bind|listen)",
        ),
        (
            False,
            r"(?s)#\[(?:arg|clap|structopt)\([^\]]{0,200}?env\s*=\s*\"\w*PORT\"[^\]]{0,200}?default_value(?:_t)?\s*=\s*\"?(\d{2,5})",
        ),
        (False, rf"\b{_NAME}\b[\"']?\s*(?::\s*(?:u16|u32|usize|i32|&(?:'static )?str|String)\s*)?[=:,]\s*(?:Some\()?\"?(\d{{2,5}})\b"),
        (
            False,
            rf"(?s)#\[[\w(]*?(?i:default)\s*[(=]\s*(?:value\s*=\s*)?\"?(\d{{2,5}})\"?[\s)]*\]\s*{_BETWEEN}(?:pub\s+)?(?:http_|server_|web_|listen_)?port\s*:",
        ),
        (False, rf"\"{_HOST}:(\d{{2,5}})\"\s*(?:\.|;|\)|,|$)"),
    )
)
HEALTH_ROUTE = (
    r"(?:\.(?:route|at|service|push|nest_service)\(\s*|web::(?:resource|scope)\(\s*|#\[(?:get|head|route)\(\s*"
    r"|Router::with_path\(\s*|path\(\s*|at\s*=\s*)$"
)
VARIABLES = (
    r"env::var(?:_os)?\(\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"\s*\)(?:\s*\.(?:unwrap_or(?:_else)?|map_or)\((?:\|_?\w*\|\s*)?\"(?P<default>[^\"]*)\")?",
    r"(?:dotenvy?::var|env_var|get_env)\(\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"",
    r"#\[(?:arg|clap|structopt)\([^\]\n]*\benv\s*=\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"(?:[^\]\n]*default_value\s*=\s*\"(?P<default>[^\"]*)\")?",
)


@dataclass(frozen=True, slots=True)
class Package:
    """A Cargo package: its folder, manifest, programs by name, and run-time dependencies with their lines."""

    folder: Folder
    manifest: Document
    programs: Mapping[str, str]
    dependencies: Mapping[str, Evidence]

    @property
    def name(self) -> str:
        """Return the package's name."""
        return self.manifest.text_at("package", "name") or self.folder.label

    @property
    def program(self) -> str | None:
        """Return the program `cargo run` would start; the package's own name, the default, or the only one."""
        wanted = self.manifest.text_at("package", "default-run")
        if wanted in self.programs:
            return wanted
        if self.name in self.programs:
            return self.name
        return next(iter(self.programs), None)

    @property
    def framework(self) -> tuple[Fact[str], int | None] | None:
        """Return the web framework among the dependencies and its default port."""
        for name, port in FRAMEWORKS:
            if name in self.dependencies:
                return Fact(name, Basis.DECLARED, (self.dependencies[name],)), port
        return None

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the folders of crates of the same repository that this package builds on, from the repository's root."""
        outer = next(
            (document for place in self.folder.upwards() if (document := place.toml("Cargo.toml")) and "workspace" in document.data), None
        )
        found = []
        for alias, value in self.manifest.table("dependencies").items():
            place = self.folder.root
            if isinstance(value, dict) and value.get("workspace") and outer:
                value, place = outer.get("workspace", "dependencies", alias), outer.path.rpartition("/")[0]
            if isinstance(value, dict) and isinstance(value.get("path"), str):
                found.append(posixpath.normpath(posixpath.join(place or ".", value["path"])))
        return tuple(path for path in found if not path.startswith(".."))

    @property
    def features(self) -> tuple[str, ...]:
        """Return the database features that must be chosen because none is on by default."""
        table = self.manifest.table("features")
        known = [name for name in table if name in ("sqlite", "mysql", "postgres", "postgresql")]
        return tuple(known) if known and not table.get("default") else ()


def package(folder: Folder) -> Package | None:
    """Read the package of this folder; None when there is none (a virtual manifest is none)."""
    manifest = folder.toml("Cargo.toml")
    if manifest is None or not manifest.table("package"):
        return None
    return Package(folder, manifest, _programs(folder, manifest), _dependencies(folder, manifest))


def workspace(folder: Folder) -> tuple[Folder, tuple[str, ...]] | None:
    """Return the workspace this folder belongs to: its folder and the members' folders relative to it (itself as "")."""
    for place in folder.upwards():
        manifest = place.toml("Cargo.toml")
        if manifest is None or "workspace" not in manifest.data:
            continue
        members = _members(place, manifest)
        relative = posixpath.relpath(folder.root or ".", place.root or ".")
        if relative == "." or relative in members:
            return place, members
    return None


def packages(place: Folder, members: Sequence[str]) -> dict[str, Package]:
    """Return the packages of a workspace by folder, that of the root ("") among them."""
    found: dict[str, Package] = {}
    for member in ("", *members):
        known = package(Folder(place.tree, place.path(member) if member else place.root))
        if known:
            found[member] = known
    return found


def toolchain(folder: Folder) -> Fact[str] | None:
    """Return the channel a toolchain file asks for, here or above."""
    for place in folder.upwards():
        document = place.toml("rust-toolchain.toml")
        channel = document.text_at("toolchain", "channel") if document else None
        if document and channel:
            return Fact(channel, Basis.DECLARED, (document.at("toolchain", "channel"),))
        plain = place.find("rust-toolchain", r"^\s*(?:channel\s*=\s*[\"'])?([\w.-]+)[\"']?\s*$")
        if plain and plain.value != "toolchain":
            return Fact(plain.value, Basis.DECLARED, (plain.evidence,))
    return tool_version(folder, "rust")


def least(own: Package, place: Folder | None) -> Fact[str] | None:
    """Return the least release a package declares (`rust-version`), its own or its workspace's."""
    value = own.manifest.text_at("package", "rust-version")
    if value:
        return Fact(value, Basis.DECLARED, (own.manifest.at("package", "rust-version"),))
    outer = place.toml("Cargo.toml") if place else None
    shared = outer.text_at("workspace", "package", "rust-version") if outer else None
    if outer and shared and own.manifest.get("package", "rust-version"):
        return Fact(shared, Basis.DECLARED, (outer.at("workspace", "package", "rust-version"),))
    return None


def locked(folder: Folder, name: str) -> tuple[str, Evidence] | None:
    """Return the version of a crate in Cargo.lock and its line."""
    text = folder.tree.read(folder.path("Cargo.lock"), 4_000_000)
    hit = re.search(rf'(?m)^name = "{re.escape(name)}"\nversion = "([^"]+)"', text) if text else None
    return (hit[1], line_at(folder.path("Cargo.lock"), text or "", hit.start())) if hit else None


def locked_names(folder: Folder) -> Mapping[str, Evidence]:
    """Return the crates of Cargo.lock that need a C library or a tool, with their lines."""
    text = folder.tree.read(folder.path("Cargo.lock"), 4_000_000) or ""
    found: dict[str, Evidence] = {}
    for hit in re.finditer(r'(?m)^name = "([\w-]+)"', text):
        if hit[1] in SYSTEM or hit[1] in ("openssl-src", "rustls"):
            found.setdefault(hit[1], line_at(folder.path("Cargo.lock"), text, hit.start()))
    return found


def _programs(folder: Folder, manifest: Document) -> dict[str, str]:
    name = manifest.text_at("package", "name") or folder.label
    found: dict[str, str] = {}
    listed = manifest.get("bin")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            found[entry["name"]] = str(entry.get("path") or "")
    if (
        folder.has("src/main.rs")
        and not any(path == "src/main.rs" for path in found.values())
        and manifest.get("package", "autobins") is not False
    ):
        found.setdefault(name, "src/main.rs")
    for extra in sorted(folder.files("*.rs", depth=3)):
        hit = re.fullmatch(r"src/bin/([\w-]+)(?:/main)?\.rs", extra)
        if hit and extra not in found.values():
            found.setdefault(hit[1], extra)
    return found


def _dependencies(folder: Folder, manifest: Document) -> dict[str, Evidence]:
    tables: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [(("dependencies",), manifest.table("dependencies"))]
    for target, content in manifest.table("target").items():
        if isinstance(content, dict) and isinstance(content.get("dependencies"), dict):
            tables.append((("target", target, "dependencies"), content["dependencies"]))
    outer: Document | None = None
    for place in folder.upwards():
        document = place.toml("Cargo.toml")
        if document and "workspace" in document.data:
            outer = document
            break
    found: dict[str, Evidence] = {}
    for keys, table in tables:
        for alias, value in table.items():
            name = value.get("package", alias) if isinstance(value, dict) else alias
            if isinstance(value, dict) and value.get("optional"):
                continue
            line, source = manifest.at(*keys, alias), manifest
            if isinstance(value, dict) and value.get("workspace") and outer and outer.get("workspace", "dependencies", alias):
                line, value = outer.at("workspace", "dependencies", alias), outer.get("workspace", "dependencies", alias)
                source = outer
            found[str(name)] = _with_features(line, source, value)
    return found


def _with_features(line: Evidence, document: Document, value: Any) -> Evidence:
    """Return the line with the features that stand on the lines after it."""
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list) or line.line is None or re.search(r"features\s*=\s*\[[^\]]*\]", line.excerpt):
        return line
    after = " ".join(" ".join(document.text.split("\n")[line.line - 1 : line.line + 24]).split())
    end = after.find("]", max(after.find("features"), 0))
    return Evidence(line.path, line.line, after[: end + 1 if end >= 0 else None][:400])


def _members(place: Folder, manifest: Document) -> tuple[str, ...]:
    listed = manifest.get("workspace", "members")
    patterns = [str(item).strip("/").removeprefix("./") for item in listed] if isinstance(listed, list) else []
    left_out = manifest.get("workspace", "exclude")
    excluded = {str(item).strip("/") for item in left_out} if isinstance(left_out, list) else set()
    folders = sorted({name.rpartition("/")[0] for name in place.files("Cargo.toml", depth=5) if "/" in name})
    found = [
        folder
        for folder in folders
        if folder not in excluded and any(folder == pattern or _matches(folder, pattern) for pattern in patterns)
    ]
    if not patterns and manifest.table("package"):
        found = [folder for folder in folders if folder not in excluded]
    return tuple(found)


def _matches(folder: str, pattern: str) -> bool:
    return "*" in pattern and folder.count("/") == pattern.count("/") and fnmatchcase(folder, pattern)


_ENUM = re.compile(
    r"#\[derive\([^)]*\b(Subcommand|Parser)\b[^)]*\)\](?:\s*#\[[^\]]*\])*\s*(?:pub(?:\([^)]*\))?\s+)?enum\s+(\w+)\s*\{(.*?)^\}", re.S | re.M
)
_PARSER = re.compile(
    r"#\[derive\([^)]*\bParser\b[^)]*\)\](?:\s*#\[[^\]]*\])*\s*(?:pub(?:\([^)]*\))?\s+)?struct\s+\w+\s*\{(.*?)^\}", re.S | re.M
)


def subcommand(files: Sequence[Source]) -> Fact[str] | None:
    """Return the subcommand that serves, where clap demands one: of an enum that is the parser, or a field of it that is not optional."""
    files = [source for source in files if "#[derive(" in source.text and re.search(r"\b(?:Parser|Subcommand)\b", source.text)]
    fields = "".join(hit[1] for source in files for hit in _PARSER.finditer(source.text))
    for source in files:
        for hit in _ENUM.finditer(source.text):
            verb = re.search(r"(?m)^ {1,8}(Serve|Server|Start|Run|Web|Http|Daemon|Up)\b\s*(?:[,({]|$)", hit[3])
            demanded = hit[1] == "Parser" or re.search(rf":\s*(?:\w+::)*{hit[2]}\s*,", fields)
            if verb and demanded:
                return Fact(verb[1].lower(), Basis.CODE, (line_at(source.path, source.text, hit.start(3) + verb.start(1)),))
    return None


def config_host(files: Sequence[Source]) -> tuple[str, str, Evidence] | None:
    """Return the variable that makes a program with the crate `config` listen outside: name, value, line."""
    for source in files:
        loopback = re.search(
            r"set_default\(\s*\"((?:\w+\.)?(?:host|address|bind|addr))\"\s*,\s*\"(?:127\.0\.0\.1|localhost)\"", source.text
        )
        prefix = re.search(r"Environment::with_prefix\(\s*\"(\w+)\"\s*\)((?:\s*\.\w+\([^)\n]*\))*)", source.text)
        if loopback and prefix:
            chain = dict(re.findall(r"\.(separator|prefix_separator)\(\s*\"([^\"]*)\"", prefix[2]))
            inner = chain.get("separator", "")
            if "." in loopback[1] and not inner:
                continue
            name = prefix[1] + (chain.get("prefix_separator") or inner or "_") + loopback[1].replace(".", inner)
            return name.upper(), "0.0.0.0", line_at(source.path, source.text, loopback.start())  # noqa: S104 - inside the container
    return None
