"""C and C++: targets of CMake and Meson, the packages their libraries come in, and how C++ code states ports and routes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from architect.code import Source
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find, find_all
from architect.sockets import PortRule

_ASIDE = re.compile(r"(?i)(^|[-_/])(tests?|unit_?tests?|bench\w*|examples?|demo|sample|fuzz\w*|tools?|docs?)($|[-_/])")
LIBRARIES: Mapping[str, tuple[str, str]] = {
    # find_package name, lower case: Debian's package, Alpine's
    "openssl": ("libssl-dev", "openssl-dev"),
    "boost": ("libboost-all-dev", "boost-dev"),
    "curl": ("libcurl4-openssl-dev", "curl-dev"),
    "libcurl": ("libcurl4-openssl-dev", "curl-dev"),
    "zlib": ("zlib1g-dev", "zlib-dev"),
    "postgresql": ("libpq-dev", "libpq-dev"),
    "libpq": ("libpq-dev", "libpq-dev"),
    "libpqxx": ("libpqxx-dev", "libpqxx-dev"),
    "sqlite3": ("libsqlite3-dev", "sqlite-dev"),
    "nlohmann_json": ("nlohmann-json3-dev", "nlohmann-json"),
    "fmt": ("libfmt-dev", "fmt-dev"),
    "spdlog": ("libspdlog-dev", "spdlog-dev"),
    "protobuf": ("libprotobuf-dev", "protobuf-dev"),
    "grpc": ("libgrpc++-dev", "grpc-dev"),
    "jsoncpp": ("libjsoncpp-dev", "jsoncpp-dev"),
    "yaml-cpp": ("libyaml-cpp-dev", "yaml-cpp-dev"),
    "hiredis": ("libhiredis-dev", "hiredis-dev"),
    "mysql": ("default-libmysqlclient-dev", "mariadb-connector-c-dev"),
    "poco": ("libpoco-dev", "poco-dev"),
    "cpprestsdk": ("libcpprest-dev", "cpprestsdk-dev"),
    "libuv": ("libuv1-dev", "libuv-dev"),
    "eigen3": ("libeigen3-dev", "eigen-dev"),
    "asio": ("libasio-dev", "asio-dev"),
    "crow": ("libasio-dev", "asio-dev"),
    "libevent": ("libevent-dev", "libevent-dev"),
    "libxml2": ("libxml2-dev", "libxml2-dev"),
    "uuid": ("uuid-dev", "util-linux-dev"),
    "rdkafka": ("librdkafka-dev", "librdkafka-dev"),
    "libmicrohttpd": ("libmicrohttpd-dev", "libmicrohttpd-dev"),
    "qt5": ("qtbase5-dev", "qt5-qtbase-dev"),
    "opencv": ("libopencv-dev", "opencv-dev"),
    "lua": ("liblua5.4-dev", "lua5.4-dev"),
    "zstd": ("libzstd-dev", "zstd-dev"),
    "brotli": ("libbrotli-dev", "brotli-dev"),
    "httplib": ("libcpp-httplib-dev", "cpp-httplib-dev"),
}
BUILT_IN = frozenset(
    {"threads", "openmp", "git", "pkgconfig", "doxygen", "gtest", "catch2", "python3", "python", "perl", "benchmark", "ccache"}
)
FRAMEWORKS = (
    ("oatpp", r"oatpp/|\boatpp::"),
    ("drogon", r"<drogon/|drogon::"),
    ("crow", r"[<\"]crow(?:\.h|/)|crow::SimpleApp"),
    ("cpp-httplib", r"[<\"]httplib\.h"),
    ("pistache", r"<pistache/"),
    ("boost.beast", r"<boost/beast"),
    ("restinio", r"<restinio/"),
    ("cpprestsdk", r"<cpprest/"),
    ("poco", r"<Poco/Net/HTTPServer"),
    ("userver", r"<userver/"),
    ("mongoose", r"\"mongoose\.h\""),
    ("libmicrohttpd", r"<microhttpd\.h>"),
    ("grpc", r"<grpcpp/"),
    ("workflow", r"WFHttpServer"),
)
PORT_RULES: tuple[PortRule, ...] = tuple(
    PortRule(re.compile(pattern), bound=bound)
    for bound, pattern in (
        (True, r"\{\s*\"(?:0\.0\.0\.0|localhost|127\.0\.0\.1|::)\"\s*,\s*(\d{2,5})"),
        (True, r"(?:addListener|listen|bind_to_port|listen_after_bind|Listen)\s*\(\s*\"[\w.:]*\"\s*,\s*(\d{2,5})"),
        (True, r"\.port\(\s*(\d{2,5})\s*\)"),
        (True, r"\bhtons\(\s*(\d{2,5})\s*\)"),
        (True, r"(?:ServerSocket|HTTPServer|Address|Port|endpoint)\w*\s*(?:\w+)?\s*[({](?:[^;\n]{0,60}?,)?\s*(?:Port\()?(\d{4,5})\b"),
        (True, r"\"(?:https?|tcp)://(?:0\.0\.0\.0|localhost|\*|127\.0\.0\.1):(\d{2,5})"),
        (True, r"\"(?:0\.0\.0\.0|\[::\]|localhost):(\d{2,5})\""),
        (False, r"getenv\(\s*\"(?:\w+_)?PORT\"[^;]{0,120}?(?<![\w.])(\d{2,5})\b"),
        (False, r"(?i)\b(?:#define\s+)?\w*port\w*\s*[=({ ]\s*\"?(\d{2,5})\"?\s*[;,)}\n]"),
        (True, r"\.start\(\s*(\d{4,5})|start\(\s*(\d{4,5})\s*\)"),
    )
)
HEALTH_ROUTE = (
    r"(?:\.(?:Get|Options|registerHandler|route|get)\(\s*|CROW_ROUTE\(\s*\w+\s*,\s*|ENDPOINT\(\s*\"GET\"\s*,\s*"
    r"|ADD_METHOD_TO\([^,]+,\s*|METHOD_ADD\([^,]+,\s*|Routes::Get\([^,]+,\s*)$"
)
VARIABLES = (r"\bgetenv\(\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"",)


@dataclass(frozen=True, slots=True)
class Target:
    """A program of the build: its name, the folder its build leaves it in (relative to the build folder), its line."""

    name: str
    folder: str
    evidence: Evidence


def cmake_files(folder: Folder) -> tuple[Source, ...]:
    """Return the CMake lists of the project, the top one first, tests and examples left out."""
    names = sorted((name for name in folder.files("CMakeLists.txt", depth=4)), key=lambda name: (name.count("/"), name))
    names = [
        name
        for name in names
        if not _ASIDE.search(name.rpartition("/")[0]) and not re.match(r"(third_?party|external|extern|vendor|deps|lib)/", name)
    ]
    return tuple(Source(folder.path(name), text) for name in names[:30] if (text := _bare(folder.read(name) or "")))


def cmake_targets(folder: Folder, files: Sequence[Source]) -> Iterator[Target]:
    """Yield the programs that CMake builds, in reading order."""
    project = cmake_project(files)
    for source in files:
        place = source.path[len(folder.root) :].strip("/").rpartition("/")[0]
        for hit in find_all(source.path, source.text, r"(?i)\b(?:qt_|llvm_)?add_executable\s*\(\s*([\w${}.+-]+)"):
            name = _filled(hit.match[1], source.text, project)
            if name and not _ASIDE.search(name):
                output = re.search(rf"set_target_properties\s*\(\s*{re.escape(hit.match[1])}[^)]*OUTPUT_NAME\s+\"?([\w.+-]+)", source.text)
                yield Target(output[1] if output else name, place, hit.evidence)


def cmake_project(files: Sequence[Source]) -> str | None:
    """Return the name of the top project."""
    found = re.search(r"(?i)\bproject\s*\(\s*\"?([\w.+-]+)", files[0].text) if files else None
    return found[1] if found else None


def meson_targets(folder: Folder) -> Iterator[Target]:
    """Yield the programs that Meson builds."""
    for name in sorted(folder.files("meson.build", depth=3), key=lambda name: (name.count("/"), name)):
        place = name.rpartition("/")[0]
        if _ASIDE.search(place) or place.startswith("subprojects"):
            continue
        text = folder.read(name) or ""
        for hit in find_all(folder.path(name), text, r"\bexecutable\s*\(\s*(?:'([\w.+-]+)'|meson\.project_name\(\))"):
            project = find(folder.path(name), folder.read("meson.build") or "", r"\bproject\s*\(\s*'([\w.+-]+)'")
            target = hit.match[1] or (project.value if project else "")
            if target and not _ASIDE.search(target):
                yield Target(target, place, hit.evidence)


def choose(targets: Sequence[Target], project: str | None, repository: str) -> Target | None:
    """Return the program the repository is about: the one named like the project, a server, else the first."""

    def weight(item: tuple[int, Target]) -> tuple[int, int, int]:
        position, target = item
        name = target.name.lower()
        rank = (
            0
            if name in ((project or "").lower(), repository.lower())
            else 1
            if re.search(r"server|app|service|api|main|exe$|d$", name)
            else 2
        )
        return rank, target.folder.count("/"), position

    return min(enumerate(targets), key=weight)[1] if targets else None


def wanted(files: Sequence[Source], meson: Source | None) -> dict[str, Evidence]:
    """Return the libraries the build looks for, lower case, with their lines."""
    found: dict[str, Evidence] = {}
    for source in files:
        for hit in find_all(source.path, source.text, r"(?i)\bfind_package\s*\(\s*([\w.+-]+)"):
            found.setdefault(hit.match[1].lower(), hit.evidence)
        for hit in find_all(
            source.path,
            source.text,
            r"(?i)\bpkg_(?:check_modules|search_module)\s*\(\s*\w+\s+(?:REQUIRED\s+)?(?:IMPORTED_TARGET\s+)?([\w.+-]+)",
        ):
            found.setdefault(hit.match[1].lower(), hit.evidence)
    for hit in find_all(meson.path, meson.text, r"\bdependency\s*\(\s*'([\w.+-]+)'") if meson else ():
        found.setdefault(hit.match[1].lower(), hit.evidence)
    return {name: line for name, line in found.items() if name not in BUILT_IN}


def installer(folder: Folder, missing: Sequence[str]) -> Fact[str] | None:
    """Return a script of the repository that installs libraries no distribution packages."""
    for name in folder.files("*install*.sh", depth=2):
        text = folder.read(name) or ""
        if missing and any(re.search(rf"(?i)\b{re.escape(library)}\b", text) for library in missing):
            return Fact(name, Basis.CODE, (Evidence(folder.path(name)),))
    return None


def compiled_paths(files: Sequence[Source]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return paths that are compiled into the program: those of the source folder, and tails of paths of installed libraries."""
    text = "\n".join(source.text for source in files)
    own = re.findall(r"-D\w+=\\?\"?\$\{(?:CMAKE_CURRENT_SOURCE_DIR|CMAKE_SOURCE_DIR|PROJECT_SOURCE_DIR)\}/([\w./-]+)", text)
    installed = re.findall(r"\$\{[\w-]+_INCLUDE_DIRS?\}/(?:\.\./)*([\w-][\w./-]*)", text)
    return tuple(dict.fromkeys(path.strip("/") for path in own)), tuple(dict.fromkeys(path.strip("/") for path in installed))


def _bare(text: str) -> str:
    """Blank out comments, keeping the lines."""
    return re.sub(r"(?m)(?<!\")#[^\n]*$", "", text)


def _filled(name: str, text: str, project: str | None) -> str | None:
    value = re.sub(r"\$\{(?:CMAKE_)?PROJECT_NAME\}", project or "", name)
    for _ in range(3):
        variable = re.search(r"\$\{(\w+)\}", value)
        if variable is None:
            break
        found = re.search(rf"(?i)\bset\s*\(\s*{re.escape(variable[1])}\s+\"?([\w.+-]+)", text)
        value = value.replace(variable[0], found[1] if found else "")
    return value or None
