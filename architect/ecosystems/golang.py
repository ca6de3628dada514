"""Go: what go.mod declares, which packages are programs, and how Go code states ports, routes and settings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from architect import code
from architect.assets import Frontend, frontend
from architect.code import Source
from architect.profile import Basis, Evidence, Fact
from architect.reading import Folder, find, find_all
from architect.sockets import PortRule
from architect.versions import declared, numbers

DEFAULT_VERSION = "1.26"
FRAMEWORKS = (
    ("gin", "github.com/gin-gonic/gin", 8080),
    ("echo", "github.com/labstack/echo", None),
    ("fiber", "github.com/gofiber/fiber", None),
    ("chi", "github.com/go-chi/chi", None),
    ("gorilla/mux", "github.com/gorilla/mux", None),
    ("beego", "github.com/beego/beego", 8080),
    ("beego", "github.com/astaxie/beego", 8080),
    ("iris", "github.com/kataras/iris", 8080),
    ("buffalo", "github.com/gobuffalo/buffalo", 3000),
    ("revel", "github.com/revel/revel", 9000),
    ("go-zero", "github.com/zeromicro/go-zero", None),
    ("kratos", "github.com/go-kratos/kratos", None),
    ("huma", "github.com/danielgtaylor/huma", None),
    ("fuego", "github.com/go-fuego/fuego", 9999),
    ("pocketbase", "github.com/pocketbase/pocketbase", 8090),
    ("encore", "encore.dev", None),
    ("connect", "connectrpc.com/connect", None),
    ("fasthttp", "github.com/valyala/fasthttp", None),
    ("httprouter", "github.com/julienschmidt/httprouter", None),
    ("grpc", "google.golang.org/grpc", None),
)
CGO_MODULES = (
    "github.com/mattn/go-sqlite3",
    "github.com/confluentinc/confluent-kafka-go",
    "github.com/h2non/bimg",
    "github.com/davidbyttow/govips",
    "github.com/libgit2/git2go",
    "github.com/marcboeker/go-duckdb",
    "github.com/tecbot/gorocksdb",
    "gopkg.in/gographics/imagick",
)
PURE_SQLITE = ("modernc.org/sqlite", "github.com/glebarez/sqlite", "github.com/ncruces/go-sqlite3", "gorm.io/driver/sqlite")

_NAME = r"(?:(?:http|server|app|web|api|listen|service|default|main|rest)[-_.]?){0,3}"
_PORT_NAME = rf"(?:{_NAME}port(?:[-_.]?number)?)"
_ADDR_NAME = rf"(?:{_NAME}(?:listen[-_.]?)?(?:addr(?:ess)?|bind|listen)(?:[-_.]?addr(?:ess)?)?)"
_HOST = r"(?:[\w.\[\]*]*|\[::\]):"
_CALL = r"(?:http\.|fasthttp\.|\w+\.)(?:ListenAndServe(?:TLS)?|Run|RunTLS|Listen|Start|StartTLS|Serve)"
PORT_RULES: tuple[PortRule, ...] = tuple(
    PortRule(re.compile(pattern), bound=bound)
    for bound, pattern in (
        (True, rf"\b{_CALL}\(\s*\"{_HOST}(\d{{2,5}})\""),
        (True, rf"net\.Listen\(\s*\"tcp[46]?\",\s*\"{_HOST}(\d{{2,5}})\""),
        (True, rf"\bAddr:\s*\"{_HOST}(\d{{2,5}})\""),
        (True, rf"\b{_CALL}\(\s*(?:fmt\.Sprintf\([^)\n]*\"|\"[\w.]*:\"\s*\+\s*)[^)\n]*?(?:[eE]nv\w*\([^)\n]*,\s*\"(\d{{2,5}})\")"),
        # getEnv("PORT", "8080") and the like, in whatever a project calls the helper
        (False, rf"(?i)\b\w*(?:env|lookup|getstring|getint|or\w*default|config)\w*\(\s*\"\w*?{_PORT_NAME}\"\s*,\s*\"?:?(\d{{2,5}})\"?"),
        (False, rf"(?i)\b\w*(?:env|lookup|getstring|or\w*default|config)\w*\(\s*\"\w*?{_ADDR_NAME}\"\s*,\s*\"{_HOST}(\d{{2,5}})\""),
        # flag.Int("port", 8080, ...), fs.StringVar(&addr, "listen", ":8080", ...), pflag's IntP("port", "p", 8080, ...)
        (
            False,
            rf"(?i)\b(?:U?Int(?:16|32|64)?|String)(?:Var)?P?\(\s*(?:&?[\w.]+,\s*)?\"{_PORT_NAME}\"\s*,\s*(?:\"\w?\",\s*)?\"?:?(\d{{2,5}})\"?",
        ),
        (False, rf"(?i)\bString(?:Var)?P?\(\s*(?:&?[\w.]+,\s*)?\"{_ADDR_NAME}\"\s*,\s*(?:\"\w?\",\s*)?\"{_HOST}(\d{{2,5}})\""),
        (False, rf"(?i)SetDefault\(\s*\"(?:[\w-]+\.)*{_PORT_NAME}\"\s*,\s*\"?:?(\d{{2,5}})\"?"),
        (False, rf"(?i)SetDefault\(\s*\"(?:[\w-]+\.)*{_ADDR_NAME}\"\s*,\s*\"{_HOST}(\d{{2,5}})\""),
        # struct tags of envconfig, caarlos0/env, cleanenv, kong, go-flags
        (False, r"(?i)`[^`\n]*\"(?:\w*_)?(?:PORT|ADDR|ADDRESS|LISTEN|BIND)\"[^`\n]*\b(?:env)?-?default:\"(?:[\w.]*:)?(\d{2,5})\""),
        (False, r"(?i)\b\w*(?:port|addr(?:ess)?|listen|bind)\s+[\w.]+\s+`[^`\n]*\b(?:env)?-?default:\"(?:[\w.]*:)?(\d{2,5})\""),
        # cli.IntFlag{Name: "port", Value: 8080}
        (False, rf"(?is)Flag\{{[^}}]{{0,200}}?Name:\s*\"{_PORT_NAME}\"[^}}]{{0,200}}?Value:\s*\"?:?(\d{{2,5}})"),
        (False, rf"(?is)Flag\{{[^}}]{{0,200}}?Name:\s*\"{_ADDR_NAME}\"[^}}]{{0,200}}?Value:\s*\"{_HOST}(\d{{2,5}})\""),
        # a table of settings: "LISTEN_ADDR": {..., rawValue: "127.0.0.1:8080"}
        (
            False,
            rf"(?is)\"(?:\w+_)?(?:LISTEN_ADDR|HTTP_ADDR|SERVER_ADDR|BIND_ADDR)(?:ESS)?\"\s*:\s*(?:\{{[^}}]{{0,160}}?)?\"{_HOST}(\d{{2,5}})\"",
        ),
        # const port = "8080"; port := 8080; if port == "" { port = "8080" }; defaultAddress = ":9090"; Port: 8080
        (False, rf"(?i)\b(?:\w+\.)?{_PORT_NAME}\s*(?:string|u?int(?:16|32|64)?)?\s*:?=\s*\"?:?(\d{{2,5}})\"?\s*(?:$|[;,/)\n])"),
        (False, rf"(?i)\b(?:\w+\.)?{_ADDR_NAME}\s*(?:string)?\s*:?=\s*\"{_HOST}(\d{{2,5}})\""),
        (False, r"\bPort:\s*\"?:?(\d{2,5})\"?\s*,"),
        (False, r"(?i)\b(?:return|:?=)\s*\"(?:0\.0\.0\.0|localhost|127\.0\.0\.1)?:(\d{2,5})\""),
    )
)
CONFIG_RULES = (
    PortRule(re.compile(rf"(?i)^[ \t]*[\"']?(?:{_PORT_NAME})[\"']?\s*[:=]\s*[\"']?:?(\d{{2,5}})\b", re.M), Basis.DECLARED),
    PortRule(re.compile(rf"(?i)^[ \t]*[\"']?(?:{_ADDR_NAME})[\"']?\s*[:=]\s*[\"']?[\w.]*:(\d{{2,5}})\b", re.M), Basis.DECLARED),
)
HEALTH_ROUTE = (
    r"(?:(?P<on>[\w.]+)\.)?(?:HandleFunc|HandlerFunc|Handle|GET|Get|HEAD|Any|All|Path|Method|Route|Add)\(\s*"
    r"(?:http\.MethodGet,\s*|\"GET\",\s*|[\w.]+\s*\+\s*|[\w.]*(?i:path|prefix)\w*\()?$|[\"`]GET $"
)
HEALTH_BLOCK = r"\.(?:Route|Group|PartyFunc)\(\s*\"(?P<path>/?[\w/-]*)\"\s*,\s*func\("
HEALTH_PREFIX = r"(?P<name>\w+)\s*:?=\s*(?:\w+\.)*(?:Group|Route|PathPrefix|Party)\(\s*\"(?P<path>/[\w/-]*)\""
VARIABLES = (
    r"os\.(?:Getenv|LookupEnv)\(\s*\"(?P<name>[A-Z][A-Z0-9_]+)\"",
    r"[eE][nN][vV]\w*\(\s*(?:[\w&.]+,\s*)?\"(?P<name>[A-Z][A-Z0-9_]{2,})\"\s*(?:,\s*\"(?P<default>[^\"]*)\")?",
    r"`[^`\n]*\benv(?:config)?:\"(?P<name>[A-Z][A-Z0-9_]+)[\",](?:[^`\n]*(?:env)?-?[dD]efault:\"(?P<default>[^\"]*)\")?",
)
EMBEDS = re.compile(r"(?i)(^|/)(?:[\w-]*(?:embed|assets?|static|dist|frontend|bundle)[\w-]*|ui|web|fs)\.go$")
SERVER_NAMES = ("server", "api", "app", "web", "http", "httpd", "service", "backend", "main", "gateway", "apiserver", "rest")
WORKER_NAMES = re.compile(r"(^|[-_])(worker|consumer|scheduler|cron|queue|jobs?|processor|subscriber|listener)s?$")
TOOL_NAMES = re.compile(
    r"(^|[-_])(cli|ctl|tool|gen|generate|generator|codegen|migrate|migrations?|seed|seeder|lint|client|bench|example|demo|mock)s?$|cli$|ctl$"
)
SERVES = re.compile(
    r"\.ListenAndServe|net\.Listen\(|\.(?:Run|Start|Listen|RunTLS)\(\s*(?:\"|:|addr|address|port|fmt|os\.|cfg|conf|c\.|\))|http\.Serve\(|grpc\.NewServer|rest\.MustNewServer"
)


@dataclass(frozen=True, slots=True)
class GoModule:
    """A go.mod: its module path, version facts, direct requirements and the lines that say so."""

    path: str
    module: str
    version: Fact[str] | None
    requires: Mapping[str, Evidence] = field(default_factory=dict)
    indirect: frozenset[str] = frozenset()
    local_replaces: tuple[str, ...] = ()
    evidence: Evidence | None = None

    @property
    def program(self) -> str:
        """Return the name `go build` would give the module's own program."""
        parts = [part for part in self.module.split("/") if not re.fullmatch(r"v\d+", part)]
        return re.sub(r"[^\w.-]", "", parts[-1]) if parts else "app"

    def requirement(self, prefix: str) -> Evidence | None:
        """Return the line of a direct requirement whose path starts with `prefix` (any major version)."""
        return next((line for name, line in self.requires.items() if name == prefix or name.startswith(prefix + "/")), None)


@dataclass(frozen=True, slots=True)
class Program:
    """A package main: its folder relative to the module, the line of its main function, its files' texts."""

    folder: str
    evidence: Evidence
    files: tuple[Source, ...]

    @property
    def name(self) -> str:
        """Return the last part of the folder, "" for the module's root."""
        return self.folder.rpartition("/")[2]


def module(folder: Folder) -> GoModule | None:
    """Read go.mod of this folder; None when there is none or it names no module."""
    text = folder.read("go.mod")
    path = folder.path("go.mod")
    name = find(path, text, r"^module[ \t]+\"?([^\s\"]+)") if text else None
    if text is None or name is None:
        return None
    requires: dict[str, Evidence] = {}
    indirect: set[str] = set()
    for hit in find_all(path, text, r"^(?:require[ \t]+|[ \t]+)([\w.~-]+(?:/[\w.~-]+)*)[ \t]+v\d[^\s]*([ \t]*// indirect)?"):
        if hit.match[2]:
            indirect.add(hit.match[1])
        else:
            requires[hit.match[1]] = hit.evidence
    replaces = tuple(hit.match[1] for hit in find_all(path, text, r"=>[ \t]+(\.\.?/[^\s]*)"))
    return GoModule(path, name.value, _version(path, text), requires, frozenset(indirect), replaces, name.evidence)


def programs(folder: Folder, names: Sequence[str]) -> tuple[Program, ...]:
    """Return the packages main among these Go files, shallow ones first; files that a build tag switches off are left out."""
    by_folder: dict[str, list[Source]] = {}
    for name in names:
        text = folder.read(name)
        if text and re.search(r"^package main\b", text, re.M) and not re.search(r"^//(?:go:build|[ \t]*\+build)[ \t]+ignore\b", text, re.M):
            by_folder.setdefault(name.rpartition("/")[0], []).append(Source(folder.path(name), text[: code.MAX_CHARS]))
    found = []
    for place, files in by_folder.items():
        main = code.first(files, re.compile(r"^func main\(\)", re.M))
        if main and not re.search(r"(^|/)internal/", place):
            found.append(Program(place, main.evidence, tuple(files)))
    return tuple(sorted(found, key=lambda program: (program.folder.count("/") + bool(program.folder), program.folder)))


def choose(found: Sequence[Program], module_name: str, repository: str) -> Program | None:
    """Return the program a repository is about: its root's, the one named like the module, a server, else the only one left."""
    if not found:
        return None
    names = {module_name.lower(), repository.lower()}

    def weight(program: Program) -> tuple[int, int, str]:
        name = program.name.lower()
        serves = any(SERVES.search(file.text) for file in program.files)
        if TOOL_NAMES.search(name) or WORKER_NAMES.search(name):
            rank = 6
        elif not program.folder:
            rank = 0
        elif name in names:
            rank = 1
        elif name in SERVER_NAMES or any(
            name.endswith(f"{mark}{end}") for end in ("server", "api", "service", "web") for mark in ("-", "_", "")
        ):
            rank = 2 if serves else 3
        else:
            rank = 4 if serves else 5
        return rank, program.folder.count("/"), program.folder

    return min(found, key=weight)


def subcommand(files: Sequence[Source]) -> Fact[str] | None:
    """Return the subcommand that serves, where the program's root command does nothing by itself (cobra, urfave/cli)."""
    verbs = r"serve|server|start|web|http|api|run|daemon|up"
    tagged = code.first(files, rf"`[^`\n]*\bcommand:\"({verbs})\"[^`\n]*`")
    if tagged and not code.first(files, r"SubcommandsOptional\s*=\s*true|subcommands-optional"):
        return Fact(tagged.value, Basis.CODE, (tagged.evidence,))
    files = [source for source in files if "cobra.Command" in source.text or "cli.Command" in source.text]
    found = code.first(files, rf"\b(?:Use|Name):\s*\"((?:{verbs}))(?:[ \"])")
    if found is None:
        return None
    for source in files:
        block = re.search(r"(?s)\b(?:root\w*|\w*Root\w*)\s*(?::?=|\w*\s*=)\s*&?cobra\.Command\{(.*?)\n\t?\}", source.text)
        if block and re.search(r"\bRunE?:", block[1]):
            return None
        if re.search(r"(?s)cli\.(?:App|NewApp)\b.{0,1500}?\bAction\s*[:=]", source.text) and "cobra.Command" not in source.text:
            return None
    return Fact(found.value, Basis.CODE, (found.evidence,))


def rooted(code_files: Sequence[Source]) -> list[Source]:
    """Leave out files whose routes another file may mount below a path of its own."""
    mounts = re.compile(r"\.Mount\w*\((?!\s*\"/\")")
    if not any(mounts.search(source.text) for source in code_files):
        return list(code_files)
    return [source for source in code_files if re.search(r"\.Mount\(|\.ListenAndServe|^package main\b", source.text, re.M)]


def embedded(code_files: Sequence[Source]) -> set[str]:
    """Return the folders that `//go:embed` takes into the program."""
    lines = [line for source in code_files for line in re.findall(r"^//go:embed ([^\n]+)", source.text, re.M)]
    return {part.strip("\"'`").split("/")[0] for line in lines for part in line.split()}


def embedded_build(folder: Folder, code_files: Sequence[Source]) -> tuple[Frontend, str, str] | None:
    """Return the front end whose build the program embeds: what builds it, the script, and the folder that is embedded."""
    homes = [name.rpartition("/")[0] for name in folder.files("package.json", depth=2) if "/" in name and "node_modules" not in name]
    for source in code_files if homes else ():
        place = source.path[len(folder.root) :].strip("/").rpartition("/")[0]
        for line in re.findall(r"^//go:embed ([^\n]+)", source.text, re.M):
            for part in line.split():
                target = posixpath.normpath(posixpath.join(place, re.sub(r"^all:", "", part.strip("\"'`")).split("*")[0].rstrip("/")))
                for home in homes:
                    found = _builds(folder, home, target)
                    if found:
                        return *found, target
    return None


def _builds(folder: Folder, home: str, target: str) -> tuple[Frontend, str] | None:
    """Return the front end in `home` and its script when its build fills the folder `target`."""
    found = frontend(folder, home)
    if found is None or found.script is None or target == home or target.startswith(f"{home}/src"):
        return None
    relative = posixpath.relpath(target, home)
    for name, command in found.scripts.items():
        if relative in command:
            return found, name
    settings = "".join(
        folder.read(f"{home}/{name}") or "" for name in ("vite.config.ts", "vite.config.js", "vite.config.mts", "vue.config.js")
    )
    inside = target.startswith(f"{home}/") and not folder.has_folder(target)
    return (found, found.script) if relative in settings or inside else None


def neighbours(folder: Folder, module: GoModule) -> tuple[Source, ...]:
    """Return telling code of the modules of the repository that replace required ones: a shared module may run the server."""
    found: list[Source] = []
    for target in module.local_replaces:
        place = posixpath.normpath(posixpath.join(folder.root or ".", target))
        if place.startswith("..") or place == folder.root:
            continue
        there = Folder(folder.tree, "" if place == "." else place)
        names = [name for name in code.own_files(there, "*.go", boundary=("go.mod",)) if not name.endswith("_test.go")]
        found += code.sources(there, [name for name in names if not code.telling(name)], 40)
    return tuple(found)


def loopback(port: Fact[int], files: Sequence[Source]) -> tuple[str, Evidence] | None:
    """Return the variable that a settings table gives a loopback address (`"LISTEN_ADDR": {... "127.0.0.1:8080"`), with its line."""
    if not port.evidence or not re.search(r"(?:localhost|127\.0\.0\.1):", port.evidence[0].excerpt):
        return None
    source = next((source for source in files if source.path == port.evidence[0].path), None)
    lines = source.text.split("\n") if source else []
    for number in range((port.evidence[0].line or 0) - 1, max((port.evidence[0].line or 0) - 6, -1), -1):
        hit = re.search(r"\"((?:[A-Z]+_)*(?:LISTEN|ADDR|ADDRESS|BIND)(?:_[A-Z]+)*)\"", lines[number]) if number < len(lines) else None
        if hit and source:
            return hit[1], Evidence(source.path, number + 1, lines[number].strip()[:160])
    return None


def workspace(folder: Folder) -> tuple[Folder, tuple[str, ...]] | None:
    """Return the folder above (or here) whose go.work lists this module, and all the modules it lists."""
    for place in folder.upwards():
        text = place.read("go.work")
        if not text:
            continue
        relative = posixpath.normpath(posixpath.relpath(folder.root or ".", place.root or "."))
        found = find_all(place.path("go.work"), text, r"^(?:use[ \t]+|[ \t]+)\"?(\.[\w./-]*)\"?[ \t]*$")
        listed = tuple(posixpath.normpath(hit.match[1]) for hit in found)
        if relative in listed:
            return place, listed
    return None


def _version(path: str, text: str) -> Fact[str] | None:
    version = declared(path, text, r"^go[ \t]+(\d+\.\d+(?:\.\d+)?)")
    toolchain = declared(path, text, r"^toolchain[ \t]+go(\d+\.\d+(?:\.\d+)?)")
    if version and toolchain:
        return toolchain if numbers(toolchain.value) >= numbers(version.value) else version
    return version or toolchain
