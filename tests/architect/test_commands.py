"""Start commands, ports in them, and example environments."""

import pytest

from architect.commands import argv, env_examples, env_port, is_secret, merged, port_in, procfile, with_port
from architect.profile import Variable
from architect.reading import Folder
from architect.startup import readme_commands, readme_port, script_commands
from tests.support.folder_tree import TextTree


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("exec gunicorn app:app", ("gunicorn", "app:app")),
        ("node 'my server.js'", ("node", "my server.js")),
        ("a && b", None),
        ("A=1 b", None),
        ("echo $HOME", None),
        ("unclosed 'quote", None),
        ("", None),
    ],
)
def test_a_command_is_split_only_where_no_shell_is_needed(text, parts):
    assert argv(text) == parts


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("gunicorn --bind 0.0.0.0:8001 app", 8001),
        ("gunicorn -b [::]:5000 app", 5000),
        ("uvicorn app --port=9000", 9000),
        ("streamlit run a.py --server.port 8600", 8600),
        ("serve -p 4000", 4000),
        ("uvicorn a --port ${PORT:-7000}", 7000),
        ("python manage.py runserver 0.0.0.0:8000", 8000),
        ("python app.py", None),
        ("gunicorn --bind 0.0.0.0:99999 app", None),
    ],
)
def test_the_port_of_a_command_line_is_found(text, port):
    assert port_in(text) == port


def test_the_default_written_in_a_command_wins_over_the_given_port():
    assert with_port("x --port ${PORT:-7000}", 1) == "x --port 7000"
    assert with_port("x --port $PORT", 1) == "x --port 1"


@pytest.mark.parametrize("name", ["SECRET_KEY", "DB_PASSWORD", "STRIPE_API_KEY", "DATABASE_URL", "GITHUB_TOKEN", "SENTRY_DSN"])
def test_secret_names_are_recognised(name):
    assert is_secret(name)


@pytest.mark.parametrize("name", ["PUBLIC_KEY_PATH", "TOKEN_EXPIRE_MINUTES", "PORT", "LOG_LEVEL", "API_URL", "KEYBOARD"])
def test_ordinary_names_are_not_taken_for_secrets(name):
    assert not is_secret(name)


def test_example_environments_keep_no_value_of_a_secret():
    folder = Folder(TextTree({".env.example": "PORT=8080\nSECRET_KEY=abc123\nexport NAME='x' # note\n"}))
    found = {variable.name: variable for variable in env_examples(folder)}
    assert (found["SECRET_KEY"].default, found["SECRET_KEY"].secret) == (None, True)
    assert "abc123" not in str(found["SECRET_KEY"].evidence)
    assert found["NAME"].default == "x"
    port = env_port(folder)
    assert port is not None
    assert (port.value, str(port.evidence[0])) == (8080, ".env.example:1")


def test_merged_variables_keep_the_first_mention_and_gain_a_default():
    joined = merged((Variable("A"),), (Variable("A", "1"), Variable("B")))
    assert [(one.name, one.default) for one in joined] == [("A", "1"), ("B", None)]


def test_a_procfile_names_its_lines():
    entries = procfile(Folder(TextTree({"Procfile": "# web\nweb: gunicorn app:app\nworker: rq worker\n"})))
    assert (entries["web"][0], str(entries["web"][1])) == ("gunicorn app:app", "Procfile:2")
    assert set(entries) == {"web", "worker"}


def test_start_scripts_have_their_variables_filled_with_defaults():
    text = '#!/bin/sh\nHOST="${HOST:-0.0.0.0}"\nPORT=${PORT:-9090}\nexec uwsgi --http $HOST:$PORT app.ini\nexec uwsgi --http $OTHER\n'
    found = list(script_commands(Folder(TextTree({"bootstrap.sh": text})), "uwsgi"))
    assert [(command, str(evidence)) for command, evidence in found] == [("uwsgi --http 0.0.0.0:9090 app.ini", "bootstrap.sh:4")]


def test_a_readme_tells_commands_and_the_first_port_that_is_not_a_database():
    text = "Run `uvicorn app:app --port 8100`\n\nPostgres is at localhost:5432.\nThe page is at http://localhost:8100/.\n"
    folder = Folder(TextTree({"README.md": text}))
    assert [command for command, _ in readme_commands(folder, "uvicorn")] == ["uvicorn app:app --port 8100"]
    port = readme_port(folder)
    assert port is not None
    assert (port.value, port.evidence[0].line) == (8100, 4)
