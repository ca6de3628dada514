"""Which folders of a repository are services, and what is asked where nothing is known."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architect.overrides import apply_overrides
from architect.profile import Basis, Override
from architect.profiler import profile
from architect.stacks import STACKS, stack
from tests.architect.stacks.conftest import EXAMPLES
from tests.support.folder_tree import FolderTree, TextTree

FLASK = {"app.py": "from flask import Flask\napp = Flask(__name__)\n", "requirements.txt": "flask\n"}


def below(folder, files):
    return {f"{folder}/{path}": text for path, text in files.items()}


def test_a_monorepo_gives_its_services_and_not_its_documents_examples_or_libraries():
    found = profile(FolderTree(EXAMPLES / "monorepo"))
    assert [(one.name, one.root, one.stack) for one in found.components] == [
        ("api", "apps/api", "node"),
        ("web", "apps/web", "node"),
        ("reports", "services/reports", "python"),
    ]


def test_an_application_in_a_sub_folder_is_found():
    found = profile(TextTree({"README.md": "", **below("backend", FLASK)}))
    assert [(one.name, one.root) for one in found.components] == [("backend", "backend")]


@pytest.mark.parametrize("folder", ["docs", "examples/web", "tests/app", "vendor/thing", "third_party/x", ".github/app"])
def test_folders_beside_an_application_that_are_not_services_are_left_out(folder):
    found = profile(TextTree({**FLASK, **below(folder, FLASK)}))
    assert [one.root for one in found.components] == [""]


def test_a_front_end_beside_a_server_is_a_component_of_its_own():
    page = {"package.json": '{"name": "f", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "6"}}', "index.html": ""}
    found = profile(TextTree({**FLASK, **below("frontend", page)}))
    assert [(one.root, one.stack) for one in found.components] == [("", "python"), ("frontend", "node")]


def test_a_front_end_that_the_server_builds_itself_is_part_of_it():
    server = {
        "package.json": json.dumps(
            {"scripts": {"start": "node s.js", "build": "npm run build --prefix client"}, "dependencies": {"express": "4"}}
        ),
        "s.js": "app.listen(3000)",
    }
    page = {"package.json": '{"name": "f", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "6"}}', "index.html": ""}
    found = profile(TextTree({**server, **below("client", page)}))
    assert [one.root for one in found.components] == [""]


def test_an_example_alone_is_shown_with_a_question():
    found = profile(TextTree(below("examples/web", FLASK)))
    assert [one.root for one in found.components] == ["examples/web"]
    assert "example" in found.questions[0]


def test_two_folders_of_one_name_get_names_apart():
    found = profile(TextTree({**below("shop/api", FLASK), **below("mail/api", FLASK)}))
    assert sorted(one.name for one in found.components) == ["mail-api", "shop-api"]


def test_nothing_understood_is_a_sentence_and_not_a_guess():
    found = profile(FolderTree(EXAMPLES / "not-understood"))
    assert not found.understood
    assert "No application was recognised" in found.questions[0]
    assert profile(TextTree({})).questions == ("The repository is empty.",)


def test_a_known_foreign_platform_is_named():
    assert "Meteor" in profile(TextTree({".meteor/release": "METEOR@3\n", "package.json": "{}"})).questions[0]


def test_a_broken_manifest_is_a_question():
    found = profile(TextTree({**FLASK, "pyproject.toml": "[project\n"}))
    assert [one.stack for one in found.components] == ["python"]
    assert any("pyproject.toml" in question for question in found.questions)


def test_existing_files_are_listed_by_target():
    files = {**FLASK, "Dockerfile": "FROM x\n", "compose.yaml": "", ".github/workflows/ci.yml": "", "k8s/web.yaml": "", "infra/main.tf": ""}
    existing = profile(TextTree(files)).existing
    assert existing["dockerfile"] == ("Dockerfile",)
    assert existing["compose"] == ("compose.yaml",)
    assert set(existing) == {"dockerfile", "compose", "ci", "kubernetes", "terraform"}


def test_few_files_of_a_large_repository_are_read():
    files = {**FLASK, **{f"pkg/module_{n}/part_{m}.py": "x = 1\n" for n in range(40) for m in range(40)}}
    found = profile(TextTree(files))
    assert len(found.files) > 1600
    assert found.files_read < 150


def test_every_stack_file_is_in_the_table():
    folder = EXAMPLES.parents[1] / "architect" / "stacks"
    names = {path.stem for path in folder.iterdir() if not path.name.startswith("_") and (path.is_dir() or path.suffix == ".py")}
    assert names == {one.id for one in STACKS}
    with pytest.raises(KeyError, match="known are"):
        stack("cobol")


def corrected(field, value, files=None):
    found = profile(TextTree(files or FLASK, "shop"))
    return apply_overrides(found, [Override("shop", field, value)]).component("shop")


def test_a_corrected_port_moves_in_the_start_command_too():
    component = corrected("port", "9100")
    assert (component.port.value, component.port.basis) == (9100, Basis.USER)
    assert "0.0.0.0:9100" in component.start.value


def test_other_corrections_are_facts_of_the_user():
    assert corrected("runtime", "3.11").runtime.value == "3.11"
    assert corrected("start", "gunicorn -w 2 app:app").start.value == ("gunicorn", "-w", "2", "app:app")
    assert corrected("start", "a && b").start.value == ("sh", "-c", "a && b")
    assert corrected("health", "/live").health.value == "/live"
    assert corrected("health", "").health is None
    assert [fact.value for fact in corrected("services", "PostgreSQL, redis").services] == ["postgres", "redis"]


@pytest.mark.parametrize(
    ("component", "field", "value", "says"),
    [
        ("shop", "port", "eighty", "whole number"),
        ("shop", "port", "70000", "whole number"),
        ("shop", "runtime", "3.12; rm -rf", "version"),
        ("shop", "health", "no slash", "path"),
        ("shop", "services", "sharepoint", "not a known service"),
        ("shop", "colour", "red", "cannot be overridden"),
        ("nobody", "port", "1", "no component"),
    ],
)
def test_a_bad_correction_is_refused_with_a_sentence(component, field, value, says):
    found = profile(TextTree(FLASK, "shop"))
    with pytest.raises(ValueError, match=says):
        apply_overrides(found, [Override(component, field, value)])


MANIFESTS = (
    "package.json", "pyproject.toml", "Pipfile", "requirements.txt", "setup.py", "Procfile", "app.py", "index.js", "angular.json",
    "tsconfig.json", ".nvmrc", ".python-version", "runtime.txt", ".tool-versions", "mise.toml", "pnpm-workspace.yaml", "Staticfile",
    "manage.py", "poetry.lock", "next.config.js", "README.md", "start.sh", "gunicorn.conf.py", ".env.example", "go.mod", "pom.xml",
    "Cargo.toml", "Gemfile", "composer.json", "mix.exs", "build.gradle", "deno.json", "App.csproj", "CMakeLists.txt", "build.sbt",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "scripts", "start", "dependencies", "workspaces", "engines", "node", "packageManager", "main", "project", "build"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TEXTS = (
    st.text(max_size=200)
    | JSON.map(json.dumps)
    | st.sampled_from(["[project]\nname = 1\n", "[tool.poetry]\ndependencies = 3\n", "{", "[[["])
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(MANIFESTS), TEXTS, max_size=6))
def test_no_content_of_manifests_makes_the_profiler_raise(files):
    found = profile(TextTree(files))
    assert found.understood or found.questions


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_no_shape_of_a_package_json_makes_the_profiler_raise(data):
    profile(TextTree({"package.json": json.dumps(data), "index.js": "app.listen(3000)", "package-lock.json": "{}"}))
