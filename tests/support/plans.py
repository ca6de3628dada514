"""Components and image plans written by hand, for tests of what is drawn from them."""

from __future__ import annotations

from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Process, Profile, Role, Variable
from architect.request import Style

PYTHON_SLIM = Image("python:3.12-slim-bookworm", Family.DEBIAN, probe="python", why="the version the repository asks for")
PYTHON_ALPINE = Image("python:3.12-alpine3.22", Family.ALPINE, probe="python", why="the smallest Python")
NODE_SLIM = Image("node:22-bookworm-slim", Family.DEBIAN, user="node", probe="node", why="has an account of its own")
GO = Image("golang:1.26-alpine3.22", Family.ALPINE, why="the compiler")
PROCFILE = Evidence("Procfile", 1, "web: gunicorn shop:app")
SETTING = Evidence(".env.example", 1, "DATABASE_URL=postgresql+psycopg://u:p@db/shop")
SCRATCH = Image("scratch", Family.SCRATCH, why="nothing but the program")


def flask(**changes: object) -> Component:
    """Return a Flask service with PostgreSQL, Redis and a Celery worker."""
    given: dict[str, object] = {
        "name": "shop",
        "stack": "python",
        "language": Fact("python", Basis.DECLARED, (Evidence("requirements.txt", 1, "flask"),)),
        "framework": Fact("flask", Basis.DECLARED, (Evidence("requirements.txt", 1, "flask"),)),
        "runtime": Fact("3.12", Basis.DECLARED, (Evidence(".python-version", 1, "3.12"),)),
        "start": Fact(("gunicorn", "--bind", "0.0.0.0:8000", "shop:app"), Basis.DECLARED, (PROCFILE,)),
        "port": Fact(8000, Basis.DECLARED, (PROCFILE,)),
        "health": Fact("/health", Basis.CODE, (Evidence("shop.py", 7, '@app.get("/health")'),)),
        "processes": (Process("worker", ("celery", "-A", "shop", "worker"), (Evidence("Procfile", 2, "worker: celery -A shop worker"),)),),
        "services": (
            Fact("postgres", Basis.DECLARED, (Evidence("requirements.txt", 3, "psycopg[binary]"), SETTING)),
            Fact("redis", Basis.DECLARED, (Evidence("requirements.txt", 4, "celery[redis]"),)),
        ),
        "variables": (
            Variable("DATABASE_URL", None, True, (Evidence("shop.py", 3, 'os.environ["DATABASE_URL"]'),)),
            Variable("SECRET_KEY", None, True, (Evidence("shop.py", 4, 'os.environ["SECRET_KEY"]'),)),
            Variable("CELERY_BROKER_URL", "redis://localhost:6379/0", False, (Evidence("shop.py", 5, ""),)),
        ),
    }  # fmt: skip
    return Component(**{**given, **changes})  # type: ignore[arg-type]


def express() -> Component:
    """Return an Express service with MongoDB."""
    return Component(
        name="api",
        stack="node",
        root="api",
        language=Fact("node", Basis.DECLARED, (Evidence("api/package.json", 1),)),
        framework=Fact("express", Basis.DECLARED, (Evidence("api/package.json", 9, '"express": "^5"'),)),
        runtime=Fact("22", Basis.DECLARED, (Evidence("api/package.json", 5, '"node": ">=20"'),)),
        start=Fact(("node", "src/index.js"), Basis.DECLARED, (Evidence("api/package.json", 7, '"start": "node src/index.js"'),)),
        port=Fact(3000, Basis.CODE, (Evidence("api/src/index.js", 12, "app.listen(3000)"),)),
        services=(Fact("mongodb", Basis.DECLARED, (Evidence("api/package.json", 10, '"mongoose": "^8"'),)),),
    )


def pages() -> Component:
    """Return a static site."""
    return Component(
        name="web",
        stack="static",
        root="web",
        role=Role.STATIC,
        language=Fact("html", Basis.CODE, (Evidence("web/index.html"),)),
        start=Fact(("nginx", "-g", "daemon off;"), Basis.DEFAULT, (), "nginx serves the files"),
        port=Fact(8080, Basis.DEFAULT, (), "unprivileged"),
        health=Fact("/", Basis.CODE, (Evidence("web/index.html"),)),
        details={"public": ""},
    )


def python_plan(component: Component, style: Style) -> ImagePlan:
    """Plan the Flask service: a virtual environment built in one stage and copied into the next."""
    image = PYTHON_ALPINE if style is Style.LEAN else PYTHON_SLIM
    assert component.start
    assert component.port
    return ImagePlan(
        stages=(
            Stage(
                "build",
                image,
                (
                    Env("PIP_DISABLE_PIP_VERSION_CHECK", "1", "no questions to the index that nobody reads"),
                    Packages(
                        ("gcc", "libpq-dev"),
                        ("gcc", "musl-dev"),
                        "compiles what has no wheel",
                        (Evidence("requirements.txt", 3, "psycopg"),),
                    ),
                    Workdir("/app"),
                    Run("python -m venv /venv", why="a folder that can be copied as a whole"),
                    Copy(("requirements.txt",), "./", why="dependencies change less often than code"),
                    Run("/venv/bin/pip install -r requirements.txt", ("/root/.cache/pip",), why="the dependencies"),
                ),
            ),
            Stage(
                "runtime",
                image,
                (
                    Env("PATH", "/venv/bin:$PATH"),
                    Env("PYTHONUNBUFFERED", "1", "logs appear at once"),
                    Packages(("libpq5",), ("libpq",), "the PostgreSQL client library"),
                    Workdir("/app"),
                    Copy(("/venv",), "/venv", stage="build"),
                    Copy((".",), "./"),
                ),
            ),
        ),
        start=component.start.value,
        port=component.port.value,
        health_path=component.health.value if component.health else None,
        writable=("/app/uploads", "/tmp"),
        why_start="the command of the Procfile",
        why_port="the port gunicorn binds",
        start_evidence=component.start.evidence,
        port_evidence=component.port.evidence,
    )


def node_plan(component: Component, style: Style) -> ImagePlan:
    """Plan the Express service."""
    assert component.start
    return ImagePlan(
        stages=(
            Stage(
                "deps",
                NODE_SLIM,
                (
                    Workdir("/app"),
                    Copy(("package.json", "package-lock.json"), "./", why="dependencies change less often than code"),
                    Run("npm ci --omit=dev", ("/root/.npm",), why="exactly the locked versions"),
                ),
            ),
            Stage(
                "runtime", NODE_SLIM, (Workdir("/app"), Copy(("/app/node_modules",), "./node_modules/", stage="deps"), Copy((".",), "./"))
            ),
        ),
        start=component.start.value,
        port=3000,
        health_path="/",
        why_start="what npm start runs, without npm in between",
        start_evidence=component.start.evidence,
    )


def go_plan(style: Style = Style.LEAN) -> ImagePlan:
    """Plan a Go program in an empty image, with a folder it may write."""
    return ImagePlan(
        stages=(
            Stage(
                "build",
                GO,
                (
                    Workdir("/src"),
                    Copy(("go.mod", "go.sum"), "./"),
                    Run("go mod download"),
                    Copy((".",), "./"),
                    Run("go build -o /out/app ."),
                ),
            ),
            Stage("runtime", SCRATCH, (Copy(("/out/app",), "/app", stage="build"),)),
        ),
        start=("/app",),
        port=8080,
        writable=("/data",),
    )


def profile_of(*components: Component, files: tuple[str, ...] = ()) -> Profile:
    """Return a profile of these components."""
    return Profile(name="shop", components=components, files=files)
