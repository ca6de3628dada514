"""Plain words become typed changes; what is not understood is said, never dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from architect.changes import Changes
from architect.instructions import Wish, understand
from architect.plan import Family
from architect.profile import Component, Process
from tests.support.plans import express, flask, profile_of


def hear(words: str, *components: Component) -> Wish:
    """Understand words about a Flask service, or about the given components."""
    return understand(words, profile_of(*(components or (flask(),))))


def missed(wish: Wish) -> list[str]:
    """Return what was not honoured."""
    return [note.removeprefix("Not honoured by the architect: ") for note in wish.notes if note.startswith("Not honoured")]


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("use Alpine", "family", Family.ALPINE),
        ("use Alpine because it is smaller", "family", Family.ALPINE),
        ("please use a distroless image", "family", Family.DISTROLESS),
        ("Debian based image", "family", Family.DEBIAN),
        ("no alpine", "family", Family.DEBIAN),
        ("do not use Alpine", "family", Family.DEBIAN),
        ("use Alpine. No, use Debian instead of Alpine", "family", Family.DEBIAN),
        ("no health check", "health", False),
        ("remove the healthcheck", "health", False),
        ("run as user 1001", "user", 1001),
        ("uid 2000", "user", 2000),
        ("multi-arch", "platforms", ("linux/amd64", "linux/arm64")),
        ("amd64 and arm64", "platforms", ("linux/amd64", "linux/arm64")),
        ("add label team=core", "labels", (("team", "core"),)),
        ('add the label org.x/owner="the core team"', "labels", (("org.x/owner", "the core team"),)),
        ("label a=1, label a=2", "labels", (("a", "2"),)),
        ("no compose volumes", "volumes", False),
        ("expose metrics 9090", "ports", (9090,)),
        ("also expose port 9100", "ports", (9100,)),
        ("set env FOO=bar", "environment", (("FOO", "bar"),)),
        ('environment variable GREETING="good day"', "environment", (("GREETING", "good day"),)),
        ("use tini", "init", True),
        ("read-only root file system", "read_only", True),
        ("install packages ffmpeg and libvips", "packages", ("ffmpeg", "libvips")),
    ],
)
def test_wishes_about_the_files(words: str, field: str, value: Any) -> None:
    """Each is one typed change and leaves nothing unread."""
    wish = hear(words)
    assert getattr(wish.changes, field) == value
    assert missed(wish) == []


def test_wishes_about_facts_are_the_users_own() -> None:
    """Port, version, start command and health path become facts of the profile, stated by the user."""
    wish = hear("Python 3.11, port 9000; start with `python -m shop --port 9000`. Health check at /ready")
    component = wish.profile.components[0]
    assert (component.runtime and component.runtime.value) == "3.11"
    assert (component.port and component.port.value) == 9000
    assert (component.start and component.start.value) == ("python", "-m", "shop", "--port", "9000")
    assert (component.health and component.health.value) == "/ready"
    assert component.port
    assert component.port.basis == "user"
    assert missed(wish) == []


def test_the_number_of_workers_goes_into_the_start_command() -> None:
    """An earlier number is replaced; a server that does not run is not invented."""
    start = hear("use gunicorn with 4 workers").profile.components[0].start
    assert start
    assert start.value == ("gunicorn", "--bind", "0.0.0.0:8000", "shop:app", "--workers", "4")
    again = understand("8 workers", profile_of(flask(start=start))).profile.components[0].start
    assert again
    assert again.value[-2:] == ("--workers", "8")
    assert missed(hear("use uvicorn with 2 workers"))


def test_services_come_and_go() -> None:
    """Adding what is there changes nothing; instead of means both."""
    services = lambda words: [fact.value for fact in hear(words).profile.components[0].services]  # noqa: E731
    assert services("add Redis") == ["postgres", "redis"]
    assert services("add Redis and RabbitMQ") == ["postgres", "redis", "rabbitmq"]
    assert services("use MySQL instead of Postgres") == ["redis", "mysql"]
    assert services("without redis") == ["postgres"]
    assert services("do not add redis") == ["postgres"]


def test_a_worker_is_added_where_it_is_missing() -> None:
    """The Celery application is looked for where the web server finds its own."""
    assert hear("add a Celery worker").profile.components[0].processes == flask().processes
    processes = hear("add a celery worker", flask(processes=())).profile.components[0].processes
    assert processes == (Process("worker", ("celery", "-A", "shop", "worker", "--loglevel", "info")),)
    processes = hear("add a mail worker running `python mails.py`", flask(processes=())).profile.components[0].processes
    assert processes == (Process("mail", ("python", "mails.py")),)


def test_with_several_components_one_must_be_named() -> None:
    """A port that could belong to two is asked back; with a name it is clear."""
    (reason,) = missed(hear("port 9000", flask(), express()))
    assert "shop, api" in reason
    wish = hear("port 9000 for api", flask(), express())
    assert [component.port and component.port.value for component in wish.profile.components] == [8000, 9000]
    assert missed(wish) == []


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("make the logs JSON", "make the logs JSON"),
        ("use Alpine and sign the image with cosign", "sign the image with cosign"),
        ("use node 20", "no part of the repository runs node"),
        ("set env SECRET_KEY=abc", "SECRET_KEY"),
        ("run as root", "root"),
        ("port 99999", "99999"),
        ("run as user 0", "root"),
        ("do not use port 8000", "do not use port 8000"),
        ("Python 2.x", "Python 2.x"),
        ("9999 workers", "9999"),
    ],
)
def test_what_is_not_honoured_is_said(words: str, part: str) -> None:
    """The sentence quotes the words or gives the reason."""
    reasons = missed(hear(words))
    assert any(part in reason for reason in reasons), reasons


def test_no_words_no_notes() -> None:
    """Without an instruction nothing changes and nothing is said."""
    profile = profile_of(flask())
    assert understand("  \n", profile) == Wish(profile, Changes())


PIECES = ["use", "alpine", "port", "9000", "add", "redis", "not", "`x", "y`", "label", "a=b", ".", ",", "and", "python", "3."]
PIECES += ["worker", "env", "A=", "health", "/x", "user", "1"]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)))
def test_any_words_are_taken_calmly(words: str) -> None:
    """Whatever is typed, the answer is a wish and never an exception."""
    wish = hear(words)
    assert wish.profile.components
    assert all("\0" not in note for note in wish.notes)
