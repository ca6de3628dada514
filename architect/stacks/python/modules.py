"""What Python source says when it is parsed but not run: application objects, factories, ports, settings classes."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from architect.profile import Evidence
from architect.reading import Folder, find
from architect.stacks.python.source import App, Sources, import_root, read_texts

CONSTRUCTORS = {
    "Flask": "flask", "APIFlask": "flask", "OpenAPI": "flask", "Eve": "flask", "FlaskAPI": "flask", "FastAPI": "fastapi",
    "Starlette": "starlette", "Litestar": "litestar", "Starlite": "litestar", "Sanic": "sanic", "Quart": "quart", "Dash": "dash",
    "Bottle": "bottle", "FastHTML": "fasthtml", "fast_app": "fasthtml", "Robyn": "robyn", "BlackSheep": "blacksheep", "FastMCP": "fastmcp",
    "FlaskApp": "connexion", "AsyncApp": "connexion",
}  # fmt: skip
DOTTED = {
    ("web", "Application"): "aiohttp", ("tornado.web", "Application"): "tornado", ("falcon", "App"): "falcon", ("falcon", "API"): "falcon",
    ("falcon.asgi", "App"): "falcon", ("gr", "Blocks"): "gradio", ("gr", "Interface"): "gradio", ("gr", "ChatInterface"): "gradio",
    ("gradio", "Interface"): "gradio", ("gradio", "Blocks"): "gradio", ("bottle", "default_app"): "bottle",
}  # fmt: skip
INTERESTING = re.compile(
    r"\b(?:" + "|".join(CONSTRUCTORS) + r"|Celery|get_[wa]sgi_application|Application|Blocks|Interface|ChatInterface|default_app|API|App"
    r"|_?(?:create|make|get|build|init)_\w*(?:app|api|server)\w*|app_factory)\s*\(|^class \w+\([^)]*Settings"
    r"|(?:\.|\b)(?:run|run_app|run_server|serve|launch|listen|run_simple|run_async|add_insecure_port|add_secure_port|\w*Server)\s*\([^)]*",
    re.M,
)
_CALLS = re.compile(
    r"\.(?:run|run_app|run_server|serve|launch|listen|run_simple|run_async|add_insecure_port|add_secure_port)\("
    r"|(?:Server|TCPSite|run_simple|serve|run_app|\brun)\("
)
_MAIN = re.compile(r"^(if __name__ *== *[\"']__main__[\"'][^\n]*)", re.M)
# Alembic's own script makes an application to reach its settings; nobody serves that one.
_MIGRATES = re.compile(r"^(?:from alembic import .*\bcontext\b|import alembic\.context)", re.M)
MAX_PARSED = 120_000
FACTORY = re.compile(
    r"^(?!\w*(?:celery|worker))_?(create|make|get|build|init)_?(\w+_)?(app|application|api|server)$|^(app_)?factory$|^(create|make)_wsgi\w*$"
)
_SERVERS = ("HTTPServer", "TCPServer", "WSGIServer", "make_server", "add_insecure_port", "add_secure_port")
_RUNNING = re.compile(
    r"(^|\.)(run|run_app|run_server|serve|launch|listen|run_simple|run_async|WSGIServer|HTTPServer|TCPServer|TCPSite|make_server"
    r"|add_insecure_port|add_secure_port)$"
)
_STARTING = (".run", ".run_app", "serve", ".launch", ".run_server", ".listen", "run_simple", *_SERVERS)
_NOT_SERVING = frozenset({"subprocess", "asyncio", "anyio", "trio", "loop", "sp", "debugpy", "ptvsd", "pydevd"})
_PORT_FIELDS = frozenset({"PORT", "SERVER_PORT", "APP_PORT", "HTTP_PORT", "API_PORT", "UVICORN_PORT", "BACKEND_PORT"})


def scan(folder: Folder) -> Sources:
    """Read the likely files of a folder and collect what they say."""
    sources = read_texts(folder)
    for name, text in sources.texts.items():
        main = find(sources.paths[name], text, _MAIN)
        if main:
            sources.mains.append((name, main.evidence))
        if len(text) <= MAX_PARSED and INTERESTING.search(text) and not _MIGRATES.search(text):
            _parse(sources, folder, name, text)
    sources.apps.sort(key=lambda app: -app.score)
    return sources


def _parse(sources: Sources, folder: Folder, name: str, text: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _Reader(sources, folder, name, text).read(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return


class _Reader:
    """Walks one module's top level, its main block, and the bodies of its functions."""

    def __init__(self, sources: Sources, folder: Folder, name: str, text: str) -> None:
        self.sources, self.folder, self.name, self.text = sources, folder, name, text
        self.path = folder.path(name)
        self.lines = text.split("\n")
        self.root, self.module = import_root(folder, name, text)
        self.constants: dict[str, ast.expr] = {}

    def read(self, module: ast.Module) -> None:
        # What a main block makes is not there for a server that imports the module.
        own = {id(inner) for node in module.body if _is_main(node) for inner in ast.walk(node)}
        for node in _flat(module.body):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    self._assigned(target, node.value, importable=id(node) not in own)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(node)
            elif isinstance(node, ast.ClassDef):
                self._settings(node)
            elif isinstance(node, ast.With):
                for item in node.items:
                    if item.optional_vars is not None:
                        self._assigned(item.optional_vars, item.context_expr)
        if _CALLS.search(self.text):
            self._calls(module)

    def _calls(self, module: ast.Module) -> None:
        """Look at every call of the module for one that serves; ports may have been named anywhere before it."""
        calls = []
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                calls.append(node)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and "port" in node.targets[0].id.lower():
                self.constants.setdefault(node.targets[0].id, node.value)
        for call in calls:
            self._served(call)

    def at(self, node: ast.AST) -> Evidence:
        line = getattr(node, "lineno", 1)
        return Evidence(self.path, line, self.lines[line - 1].strip()[:160] if line <= len(self.lines) else "")

    def _assigned(self, target: ast.expr, value: ast.expr, *, importable: bool = True) -> None:
        if isinstance(target, ast.Tuple) and target.elts and isinstance(target.elts[0], ast.Name):
            target = target.elts[0]
        if not isinstance(target, ast.Name):
            return
        self.constants[target.id] = value
        framework = self._framework(value) if importable else None
        if framework == "celery":
            self.sources.celery.append(self._app("celery", target.id, value))
        elif framework:
            self.sources.apps.append(self._app(framework, target.id, value))
        elif importable and isinstance(value, ast.Attribute) and value.attr == "server" and isinstance(value.value, ast.Name):
            self._dash_server(target.id, value)

    def _dash_server(self, name: str, value: ast.expr) -> None:
        """`server = app.server` is the WSGI application of a Dash page."""
        if any(app.framework == "dash" and app.path == self.path for app in self.sources.apps):
            self.sources.apps.append(self._app("dash-server", name, value))

    def _framework(self, value: ast.expr) -> str | None:
        """Return the framework whose application an expression makes; `?` for a factory that does not say."""
        if isinstance(value, ast.IfExp):
            return self._framework(value.body)
        if not isinstance(value, ast.Call):
            return None
        called = value.func
        if isinstance(called, ast.Name):
            if called.id == "Celery":
                return "celery"
            if called.id in CONSTRUCTORS:
                return CONSTRUCTORS[called.id]
            if called.id in ("get_wsgi_application", "get_asgi_application"):
                return "django-asgi" if "asgi" in called.id else "django"
            return "?" if FACTORY.match(called.id) else None
        if isinstance(called, ast.Attribute):
            owner = ast.unparse(called.value)
            dotted = DOTTED.get((owner, called.attr))
            if dotted == "aiohttp" and "tornado" in self.text:
                return "tornado"
            if dotted:
                return dotted
            if called.attr == "Celery" and owner == "celery":
                return "celery"
            made = CONSTRUCTORS.get(called.attr)
            if made and owner.split(".")[0] in {made, "flask", "fastapi", "quart", "fasthtml", "connexion"}:
                return made
            return "?" if FACTORY.match(called.attr) else None
        return None

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function that makes and returns an application is a factory, when it needs no arguments."""
        needed = len(node.args.args) - len(node.args.defaults)
        if needed or isinstance(node, ast.AsyncFunctionDef) or not (FACTORY.match(node.name) or "app" in node.name.lower()):
            return
        made = {
            target.id: (framework, call)
            for inner in ast.walk(node)
            if isinstance(inner, ast.Assign | ast.AnnAssign) and inner.value is not None
            for target in (inner.targets if isinstance(inner, ast.Assign) else [inner.target])
            if isinstance(target, ast.Name) and (framework := self._framework(inner.value)) not in (None, "?", "celery")
            for call in (inner.value,)
        }
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return) and inner.value is not None:
                direct = self._framework(inner.value)
                named = made.get(inner.value.id) if isinstance(inner.value, ast.Name) else None
                framework = direct if direct not in (None, "?", "celery") else named[0] if named else None
                if framework:
                    self.sources.apps.append(self._app(framework, node.name, node, factory=True))
                    return

    def _settings(self, node: ast.ClassDef) -> None:
        """Fields of a pydantic settings class are environment variables."""
        bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        if not any("Settings" in base for base in bases):
            return
        prefix = re.search(r"env_prefix\s*=\s*[\"'](\w*)[\"']", ast.get_source_segment(self.text, node) or "")
        for item in node.body:
            if not (isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)) or item.target.id in ("model_config", "Config"):
                continue
            name = ((prefix[1] if prefix else "") + item.target.id).upper()
            if "ClassVar" in ast.unparse(item.annotation) or name.startswith("_"):
                continue
            value = item.value
            if isinstance(value, ast.Call) and value.args and not isinstance(value.args[0], ast.Constant | ast.Name):
                value = value.args[0]
            elif isinstance(value, ast.Call):
                value = value.args[0] if value.args else next((k.value for k in value.keywords if k.arg == "default"), value)
            known = str(value.value) if isinstance(value, ast.Constant) and value.value not in (None, ...) else None
            optional = value is not None and known is None and not (isinstance(value, ast.Constant) and value.value is ...)
            self.sources.variable(name, known if known is not None else ("" if optional else None), self.at(item))
            if name in _PORT_FIELDS and (known or "").isdigit():
                self.sources.ports.append((int(known or 0), self.at(item)))

    def _served(self, call: ast.Call) -> None:
        """Find the port of `uvicorn.run(...)`, `app.run(...)`, `web.run_app(...)`, `serve(...)`, `.launch(...)`."""
        last = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
        if not _RUNNING.search(last):
            return
        called = ast.unparse(call.func)
        if not _RUNNING.search(called) or called.rpartition(".")[0] in _NOT_SERVING:
            return
        receiver = re.escape(called.rpartition(".")[0])
        if last == "listen" and re.search(rf"\b{receiver}\s*=\s*socket\.(?:socket|create_server)\(", self.text):
            return  # a socket's backlog, not a port
        keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        port = keywords.get("port") or keywords.get("server_port")
        if port is None and called.endswith((".listen", "run_simple", "TCPSite", *_SERVERS)):
            port = next((arg for arg in call.args if self._number(arg) is not None), None)
            if port is None and call.args and isinstance(call.args[0], ast.Tuple) and len(call.args[0].elts) == 2:
                port = call.args[0].elts[1]
        elif port is None and called.endswith(".run") and len(call.args) >= 2:
            port = call.args[1]
        if called.endswith(_STARTING) or (called == "run" and "bottle" in self.text):
            self.sources.runs_server.add(self.name)
        host = keywords.get("host") or keywords.get("address")
        if isinstance(host, ast.Constant) and host.value in ("localhost", "127.0.0.1"):
            self.sources.local.append(self.at(host))
        number = self._number(port) if port is not None else None
        if port is not None and number and 1 <= number <= 65535:
            self.sources.ports.append((number, self.at(port)))

    def _number(self, node: ast.expr, depth: int = 0) -> int | None:
        """Return the port an expression means: a number, or the default of an environment lookup."""
        if depth > 4:
            return None
        if isinstance(node, ast.Constant):
            if isinstance(node.value, int) and not isinstance(node.value, bool):
                return node.value
            found = re.search(r"(?:^|:)(\d{2,5})$", node.value) if isinstance(node.value, str) else None
            return int(found[1]) if found else None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            return self._number(node.right, depth + 1)
        if isinstance(node, ast.JoinedStr) and node.values:
            return self._number(node.values[-1], depth + 1)
        if isinstance(node, ast.FormattedValue):
            return self._number(node.value, depth + 1)
        if isinstance(node, ast.BoolOp):
            return next((n for value in reversed(node.values) if (n := self._number(value, depth + 1)) is not None), None)
        if isinstance(node, ast.IfExp):
            return self._number(node.orelse, depth + 1) or self._number(node.body, depth + 1)
        if isinstance(node, ast.Name) and node.id in self.constants:
            return self._number(self.constants[node.id], depth + 1)
        if isinstance(node, ast.Call):
            values = [*node.args[-1:], *(k.value for k in node.keywords if k.arg == "default")]
            return next((n for value in reversed(values) if (n := self._number(value, depth + 1)) is not None), None)
        return None

    def _app(self, framework: str, attribute: str, node: ast.AST, *, factory: bool = False) -> App:
        stem = self.name.rpartition("/")[2].removesuffix(".py")
        usual = attribute in ("app", "application", "api", "server", "demo")
        score = (10 if usual else 0) - self.name.count("/") * 3 - (12 if factory else 0)
        score += {"wsgi": 9, "asgi": 9, "main": 8, "app": 7, "server": 6, "application": 5, "api": 4, "run": 4}.get(stem, 0)
        return App(framework, self.path, self.module, attribute, self.root, self.at(node), factory, score)


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in (text := ast.unparse(node.test)) and "__main__" in text


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module's top level, also inside `if`, `try` and `with`."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _flat(node.body)
            yield from _flat(node.orelse)
        elif isinstance(node, ast.Try | ast.With):
            yield from _flat(node.body)
