"""Python applications: facts with the lines that prove them, and plans in three styles."""

import pytest

from architect.plan import Family
from architect.profile import Basis, Role
from architect.profiler import profile
from architect.request import Style
from architect.stacks import stack
from tests.support.folder_tree import TextTree
from tests.support.stages import commands, copies, environment, installs_before_sources, packages


def found(files):
    """Return the only component of a repository written in the test."""
    components = profile(TextTree(files)).components
    assert len(components) == 1
    return components[0]


def plan(component, style=Style.LEAN):
    return stack(component.stack).plan(component, style)


def test_flask_with_pip_is_told_from_its_files(example):
    flask = example("python-flask-pip").components[0]
    assert (flask.language.value, flask.framework.value, flask.package_manager.value) == ("python", "flask", "pip")
    assert (flask.runtime.value, flask.runtime.where()) == ("3.12", ".python-version:1")
    assert (flask.port.value, flask.port.where()) == (5050, "app.py:16")
    assert flask.start.value == ("gunicorn", "--bind", "0.0.0.0:5050", "--workers", "3", "app:app")
    assert flask.start.where() == "Procfile:1"
    assert (flask.health.value, flask.health.where()) == ("/healthz", "app.py:10")
    assert [process.argv for process in flask.processes] == [("python", "jobs.py")]
    assert [service.value for service in flask.services] == ["postgres", "redis"]


def test_variables_know_defaults_and_secrets(example):
    variables = {variable.name: variable for variable in example("python-flask-pip").components[0].variables}
    assert (variables["GREETING"].default, variables["GREETING"].secret) == ("hello", False)
    assert (variables["SECRET_KEY"].default, variables["SECRET_KEY"].secret) == (None, True)
    assert str(variables["SECRET_KEY"].evidence[0]) == "app.py:7"


def test_fastapi_in_a_src_layout_finds_module_port_and_prefixed_health_path(example):
    orders = example("python-fastapi-uv").components[0]
    assert orders.start.value == ("uvicorn", "orders.main:app", "--host", "0.0.0.0", "--port", "8085")
    assert (orders.port.value, orders.port.where()) == (8085, "src/orders/settings.py:5")
    assert orders.health.value == "/api/system/health"
    assert (orders.runtime.value, orders.runtime.where()) == ("3.13", "pyproject.toml:4")
    assert orders.lockfile == "uv.lock"
    assert environment(plan(orders).stages[-1])["PYTHONPATH"] == "/app/src"


def test_django_with_poetry_collects_static_files_with_a_stand_in_secret(example):
    shop = example("python-django-poetry").components[0]
    assert shop.start.value == ("gunicorn", "--bind", "0.0.0.0:8000", "shop.wsgi:application")
    assert shop.health.value == "/health/"
    assert shop.processes[0].argv == ("celery", "-A", "shop", "worker", "--loglevel=INFO")
    assert shop.build.where() == "shop/settings.py:5"
    made = plan(shop, Style.HARDENED)
    assert "SECRET_KEY=build-only python manage.py collectstatic --noinput" in commands(made)
    assert "SECRET_KEY" not in environment(made.stages[-1])
    assert "poetry install --no-interaction --no-ansi --only main --no-root" in commands(made)


def test_streamlit_runs_the_page_the_readme_names_on_the_configured_port(example):
    page = example("python-streamlit").components[0]
    assert page.framework.value == "streamlit"
    assert page.start.value[:3] == ("streamlit", "run", "dashboard/Home.py")
    assert page.start.where() == "README.md:4"
    assert (page.port.value, page.port.where()) == (8600, ".streamlit/config.toml:2")
    assert page.health.value == "/_stcore/health"


def test_a_celery_repository_is_a_worker_without_port(example):
    mail = example("python-worker-celery").components[0]
    assert (mail.role, mail.port, mail.start.value[:3]) == (Role.WORKER, None, ("celery", "-A", "tasks_app"))


def test_a_library_and_its_examples_start_nothing(example):
    shapes = example("python-library")
    assert shapes.components == ()
    assert "library" in shapes.questions[0]


SLUGS = ("python-flask-pip", "python-fastapi-uv", "python-django-poetry", "python-streamlit")


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("style", Style)
def test_every_plan_builds_apart_and_runs_slim(example, slug, style):
    component = example(slug).components[0]
    made = plan(component, style)
    assert len(made.stages) >= 2
    assert made.stages[-1].image.reference.startswith(f"python:{component.runtime.value}-")
    assert any(copy.stage == "build" and copy.sources == ("/opt/venv",) for copy in copies(made.stages[-1]))
    assert installs_before_sources(made)
    assert made.port == component.port.value
    assert made.health_path or made.health_command


@pytest.mark.parametrize("slug", SLUGS)
def test_the_three_styles_differ(example, slug):
    component = example(slug).components[0]
    plans = [plan(component, style) for style in Style]
    assert plans[0].stages != plans[1].stages != plans[2].stages != plans[0].stages


def test_lean_is_alpine_only_where_every_package_fits(example):
    assert plan(example("python-flask-pip").components[0]).stages[-1].image.family is Family.ALPINE
    assert plan(example("python-streamlit").components[0]).stages[-1].image.family is Family.DEBIAN


def test_a_driver_that_compiles_brings_headers_to_the_build_and_its_library_to_the_image(example):
    made = plan(example("python-flask-pip").components[0], Style.HARDENED)
    assert {"gcc", "libpq-dev"} <= packages(made.stages[0])
    assert packages(made.stages[-1]) == {"libpq5"}


def test_a_development_server_is_replaced_by_a_pinned_production_server_with_a_reason():
    component = found({"app.py": "from flask import Flask\napp = Flask(__name__)\n", "requirements.txt": "flask\n"})
    assert component.start.value == ("gunicorn", "--bind", "0.0.0.0:5000", "app:app")
    assert "gunicorn is added" in component.start.note
    assert "pip install gunicorn==27.0.1" in commands(plan(component))


def test_a_factory_is_called_by_the_server():
    files = {
        "shop/__init__.py": "from flask import Flask\n\n\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n",
        "requirements.txt": "flask\ngunicorn\n",
    }
    assert found(files).start.value[-1] == "shop:create_app()"


def test_what_a_main_block_makes_is_not_named_to_a_server_that_imports_the_module():
    made = "from flask import Flask\n\n\ndef create_app():\n    app = Flask(__name__)\n    return app\n\n\n"
    text = made + 'if __name__ == "__main__":\n    app = create_app()\n    app.run(host="0.0.0.0", port=8090)\n'
    component = found({"help.py": text, "requirements.txt": "flask\ngunicorn\n"})
    assert component.start.value == ("gunicorn", "--bind", "0.0.0.0:8090", "help:create_app()")


def test_the_port_the_code_asks_its_settings_for_is_read_from_them():
    text = (
        "from flask import Flask\nfrom finder import ask\n\napp = Flask(__name__)\n\n\ndef run():\n    app.run(port=ask('server.port'))\n"
    )
    settings = "general:\n  port: 1\nserver:\n  # overwritten by the environment\n  host: 127.0.0.1\n\n  port: 8888\n"
    component = found(
        {
            "finder/__init__.py": "",
            "finder/webapp.py": text,
            "finder/settings.yml": settings,
            "tests/settings.yml": "server:\n  port: 2222\n",
            "requirements.txt": "flask\n",
        }
    )
    assert (component.port.value, component.port.where()) == (8888, "finder/settings.yml:7")


def test_an_object_made_by_an_imported_factory_takes_its_framework_from_the_dependencies():
    files = {
        "shop/app.py": "from shop.make import create_app\n\napplication = create_app()\n",
        "shop/__init__.py": "",
        "requirements.txt": "starlette\nuvicorn\n",
    }
    component = found(files)
    assert (component.framework.value, component.start.value[1]) == ("starlette", "shop.app:application")


@pytest.mark.parametrize(
    ("files", "version", "where"),
    [
        ({"runtime.txt": "python-3.11.4\n"}, "3.11", "runtime.txt:1"),
        ({".tool-versions": "python 3.10.1\n"}, "3.10", ".tool-versions:1"),
        ({"Pipfile": '[packages]\nflask = "*"\n[requires]\npython_version = "3.9"\n'}, "3.9", "Pipfile:4"),
        ({"requirements.txt": "flask\nnumpy==1.21.4\n"}, "3.10", "requirements.txt:2"),
        ({"requirements.txt": "Django==3.2.18\n"}, "3.10", "requirements.txt:1"),
        (
            {".github/workflows/ci.yml": "      python-version: '3.11'\n", "requirements.txt": "flask\n"},
            "3.11",
            ".github/workflows/ci.yml:1",
        ),
    ],
)
def test_the_python_release_comes_from_the_file_that_implies_it(files, version, where):
    component = found({"app.py": "from flask import Flask\napp = Flask(__name__)\n", **files})
    assert (component.runtime.value, component.runtime.where()) == (version, where)


def test_nothing_declared_is_a_default_that_says_so():
    component = found({"app.py": "from flask import Flask\napp = Flask(__name__)\n", "requirements.txt": "flask\n"})
    assert component.runtime.basis is Basis.DEFAULT
    assert "no Python version" in component.runtime.note


def test_locked_wheels_hold_the_release_back():
    lock = 'version = 1\nwheels = [{ url = "https://x.test/asyncpg-0.29.0-cp312-cp312-manylinux_2_17_x86_64.whl" }]\n'
    project = '[project]\nname = "a"\nrequires-python = ">=3.10"\ndependencies = ["fastapi", "asyncpg", "uvicorn"]\n'
    component = found({"pyproject.toml": project, "uv.lock": lock, "main.py": "from fastapi import FastAPI\napp = FastAPI()\n"})
    assert component.runtime.value == "3.12"
    assert "asyncpg" in component.runtime.note


def test_a_uv_workspace_member_is_built_from_the_repository_root():
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["services/*"]\n',
        "uv.lock": "version = 1\n",
        "services/api/pyproject.toml": '[project]\nname = "api"\ndependencies = ["fastapi", "uvicorn"]\n',
        "services/api/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    }
    component = found(files)
    assert (component.root, component.build_context, component.lockfile) == ("services/api", "", "uv.lock")
    made = plan(component)
    assert "uv sync --frozen --no-dev --no-install-workspace --package api" in commands(made)
    assert copies(made.stages[-1])[-1].sources == ("services/api/",)


def test_a_health_route_on_a_router_of_unknown_prefix_is_not_guessed():
    files = {
        "main.py": "from fastapi import FastAPI\nfrom routes import router\nimport cfg\n"
        "app = FastAPI()\napp.include_router(router, prefix=cfg.prefix())\n",
        "routes.py": "from fastapi import APIRouter\nrouter = APIRouter()\n\n@router.get('/health')\ndef health(): ...\n",
        "requirements.txt": "fastapi\nuvicorn\n",
    }
    component = found(files)
    assert component.health is None
    assert plan(component).health_command


def test_a_grpc_server_is_a_service_with_the_port_it_adds():
    files = {
        "server.py": "import os\nport = os.environ.get('PORT', '8090')\nserver.add_insecure_port('[::]:' + port)\n"
        "if __name__ == '__main__':\n    go()\n",
        "requirements.txt": "grpcio==1.70.0\n",
    }
    component = found(files)
    assert (component.port.value, component.start.value, component.role) == (8090, ("python", "server.py"), Role.WEB)


def test_a_bot_is_a_worker_with_an_init_since_python_ignores_sigterm_as_pid_1():
    files = {"bot.py": "import discord\nclient = discord.Client()\nclient.run('x')\n", "requirements.txt": "discord.py\n"}
    component = found(files)
    assert (component.role, component.start.value) == (Role.WORKER, ("python", "bot.py"))
    assert plan(component).init


def test_an_asset_build_gets_a_stage_of_its_own():
    files = {
        "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n',
        "requirements.txt": "django==5.1\ngunicorn==23.0.0\n",
        "package.json": '{"scripts": {"build": "tailwindcss -o out.css"}, "devDependencies": {"tailwindcss": "3"}}',
        "package-lock.json": "{}",
    }
    made = plan(found(files))
    assert made.stages[0].name == "assets"
    assert "npm run build" in commands(made.stages[0])
    assert any(copy.stage == "assets" for copy in copies(made.stages[-1]))


def test_python_without_a_manifest_does_not_claim_another_languages_repository():
    files = {"package.json": '{"name": "x", "scripts": {"start": "node a.js"}}', "a.js": "", "api.py": "print(1)\n"}
    assert found(files).stack == "node"


def test_source_that_does_not_parse_is_passed_over():
    files = {
        "app.py": "from flask import Flask\napp = Flask(__name__)\n",
        "main.py": "def broken(:\n Flask(",
        "requirements.txt": "flask\n",
    }
    assert found(files).framework.value == "flask"


FLASK = "from flask import Flask\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    ("listed", "declared", "install"),
    [
        ("flask>=3\n", '["flask", "loguru"]', "uv pip install -r requirements.txt -r pyproject.toml"),
        ("flask>=3\nloguru\n", '["flask", "loguru"]', "pip install --no-compile -r requirements.txt"),
        ("flask>=3\n", '["flask", "strenum; python_version < \'3.11\'"]', "pip install --no-compile -r requirements.txt"),
        ("flask==2.0.1\n", '["flask>=3", "loguru"]', "uv pip install -r pyproject.toml"),
    ],
    ids=["lacks one", "complete", "lacks only what an old Python needs", "contradicts the project"],
)
def test_a_requirements_file_that_leaves_out_what_the_project_needs_is_completed(listed, declared, install):
    project = f'[project]\nname = "digest"\nversion = "1"\ndependencies = {declared}\n'
    component = found({"app.py": FLASK, "requirements.txt": listed, "pyproject.toml": project})
    assert install in commands(plan(component))


def test_the_applications_of_a_migration_script_and_of_a_queue_are_not_the_one_to_serve():
    script = "from alembic import context\nfrom shop.app import create_app\napp = create_app()\n"
    factory = "from flask import Flask\n\n\ndef create_app():\n    return Flask(__name__)\n\n\ncelery_app = create_celery_app()\n"
    files = {"requirements.txt": "flask\ngunicorn\nalembic\n", "db/env.py": script, "shop/__init__.py": "", "shop/app.py": factory}
    assert found(files).start.value[-1] == "shop.app:create_app()"


def test_a_program_that_serves_streamlits_application_is_started_itself_and_reachable():
    """`st.App` under a main block is a launcher: `streamlit run` would run it as a page; its host is opened by the variable it reads."""
    launcher = found(
        {
            "requirements.txt": "streamlit==1.67.0\nuvicorn==0.40.0\npydantic-settings==2.10.0\n",
            "config.py": (
                "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
                '    shop_host: str = "127.0.0.1"\n    shop_port: int = 8511\n    cache_host: str = "127.0.0.1"\n'
            ),
            "app.py": (
                "import socket\n\nimport streamlit as st\nimport uvicorn\nfrom config import Settings\n\nS = Settings()\n"
                "app = st.App('ui/main.py')\n\n"
                "def main():\n    bound = socket.socket()\n    bound.bind((S.shop_host, S.shop_port))\n    bound.listen(2048)\n"
                "    uvicorn.Server(uvicorn.Config(app)).run(sockets=[bound])\n\n\n"
                'if __name__ == "__main__":\n    main()\n'
            ),
            "ui/main.py": "import streamlit as st\n\nst.title('Shop')\n",
        }
    )
    assert launcher.start.value == ("python", "app.py")
    assert (launcher.port.value, launcher.port.where()) == (8511, "config.py:6")
    drawn = environment(plan(launcher).stages[-1])
    assert drawn["SHOP_HOST"] == "0.0.0.0"
    assert "CACHE_HOST" not in drawn
