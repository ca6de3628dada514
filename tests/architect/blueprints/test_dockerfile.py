"""A Dockerfile follows its plan: packages, clean-up, account, folders, probe and start, each line with its reason."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from architect.blueprint import Site
from architect.blueprints import BLUEPRINTS
from architect.changes import Changes
from architect.plan import Copy, Env, Family, Image, ImagePlan, Packages, Run, Stage, Step, Workdir
from architect.profile import Component, Evidence
from architect.request import Style, Target
from architect.syntax.lines import Page
from tests.support.docker_tools import hadolint
from tests.support.plans import GO, NODE_SLIM, PYTHON_ALPINE, PYTHON_SLIM, express, flask, go_plan, node_plan, profile_of, python_plan

DISTROLESS = Image("gcr.io/distroless/static-debian12:nonroot", Family.DISTROLESS, user="nonroot")
NGINX = Image("nginxinc/nginx-unprivileged:1.28-bookworm", Family.DEBIAN, user="nginx", probe="curl")


def draw(component: Component, plan: ImagePlan, style: Style = Style.LEAN, changes: Changes | None = None) -> Page:
    """Return the Dockerfile of one component."""
    site = Site(
        profile=profile_of(component), style=style, target=Target("dockerfile"), plans={component.name: plan}, changes=changes or Changes()
    )
    (page,) = BLUEPRINTS["dockerfile"].draw(site).pages
    return page


def text_of(plan: ImagePlan, style: Style = Style.LEAN, changes: Changes | None = None) -> str:
    """Return the text drawn for a plan of no particular component."""
    return draw(flask(health=None), plan, style, changes).text()


def last_stage(text: str) -> str:
    """Return what follows the last FROM."""
    return text[text.rindex("\nFROM ") :]


@pytest.mark.parametrize("style", Style)
def test_hadolint_has_nothing_to_say(style: Style, tmp_path: Path) -> None:
    """The hand-written plans draw without any finding in every style."""
    texts = [draw(flask(), python_plan(flask(), style), style).text(), draw(express(), node_plan(express(), style), style).text()]
    texts.append(text_of(go_plan(), style))
    assert hadolint(*texts, tmp=tmp_path) == [[], [], []]


@pytest.mark.parametrize("style", Style)
def test_every_line_but_comments_has_a_reason(style: Style) -> None:
    """The Review page can say of each instruction why it is there, and quotes the repository where it can."""
    page = draw(flask(), python_plan(flask(), style), style)
    reasoned = {reason.line for reason in page.reasons()}
    for number, line in enumerate(page.text().splitlines(), start=1):
        if line and not line.startswith("#"):
            assert number in reasoned, f"line {number} has no reason: {line}"
    lines = page.text().splitlines()
    start = next(reason for reason in page.reasons() if lines[reason.line - 1].startswith("CMD"))
    assert str(start.evidence[0]) == "Procfile:1"


def test_the_styles_differ_in_decisions_and_agree_on_facts() -> None:
    """Lean, hardened and cached choose differently how, never what."""
    texts = {style: draw(flask(), python_plan(flask(), style), style).text() for style in Style}
    assert "apk add --no-cache" in texts[Style.LEAN]
    assert "chmod a-s" in texts[Style.HARDENED]
    assert "--mount=type=cache,target=/root/.cache/pip" in texts[Style.CACHED]
    assert len(set(texts.values())) == 3
    for text in texts.values():
        assert "EXPOSE 8000\n" in text
        assert "USER 10001:10001\n" in text
        assert 'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "shop:app"]' in text


def test_the_syntax_line_stands_first_and_only_where_a_mount_needs_it() -> None:
    """Without a mount any builder understands the file."""
    assert text_of(python_plan(flask(), Style.CACHED), Style.CACHED).startswith("# syntax=docker/dockerfile:1\n")
    assert "# syntax" not in text_of(python_plan(flask(), Style.LEAN))
    secret = replace(
        go_plan(), stages=(replace(go_plan().stages[0], steps=(Run("cat /run/secrets/token", secrets=("token",)),)), go_plan().stages[1])
    )
    assert text_of(secret).startswith("# syntax=docker/dockerfile:1\n")
    assert "RUN --mount=type=secret,id=token \\\n    cat" in text_of(secret)


def test_nothing_is_left_behind_without_a_mount() -> None:
    """Package lists, pip's, npm's and yarn's caches do not stay in a layer."""
    assert "rm -rf /var/lib/apt/lists/*" in text_of(python_plan(flask(), Style.HARDENED), Style.HARDENED)
    assert "pip install --no-cache-dir -r requirements.txt" in text_of(python_plan(flask(), Style.LEAN))
    assert "&& npm cache clean --force" in draw(express(), node_plan(express(), Style.LEAN)).text()
    yarn = ImagePlan(
        stages=(Stage("runtime", NODE_SLIM, (Workdir("/app"), Run("yarn install --frozen-lockfile", ("/yarn",)))),), start=("node", "a")
    )
    assert "yarn install --frozen-lockfile \\\n    && yarn cache clean \\\n    && rm -rf /yarn" in text_of(yarn)


@pytest.mark.parametrize(
    ("image", "user", "created"),
    [
        (PYTHON_SLIM, "10001:10001", "useradd --uid 10001"),
        (PYTHON_ALPINE, "10001:10001", "adduser -S -D -u 10001"),
        (NODE_SLIM, "1000:1000", ""),
        (NGINX, "101:101", ""),
        (DISTROLESS, "65532:65532", ""),
        (Image("scratch", Family.SCRATCH), "10001:10001", ""),
        (Image("mcr.microsoft.com/dotnet/aspnet:9.0", Family.DEBIAN, user="app"), "1654:1654", ""),
        (Image("php:8.4-apache-bookworm", Family.DEBIAN, user="www-data"), "33:33", ""),
    ],
)
def test_the_account_fits_the_image(image: Image, user: str, created: str) -> None:
    """An image's own account is used by its number; where there is none, one is made with the family's tools."""
    text = last_stage(text_of(ImagePlan(stages=(Stage("runtime", image, (Copy(("a",), "/a", owned=True),)),), start=("/a",))))
    assert f"\nUSER {user}\n" in text
    assert f"COPY --chown={user} a /a" in text
    assert ("adduser" in text or "useradd" in text) is bool(created)
    assert created in text


def test_another_uid_can_be_asked_for() -> None:
    """The account is then created, even where the image has one of its own."""
    text = last_stage(text_of(node_plan(express(), Style.LEAN), changes=Changes(user=1001)))
    assert "useradd --uid 1001 --gid 1001" in text
    assert "\nUSER 1001:1001\n" in text


def test_root_is_taken_up_only_for_the_steps_that_need_it() -> None:
    """A base image that starts as its own user needs root for packages; the last USER is never root."""
    text = last_stage(text_of(ImagePlan(stages=(Stage("runtime", NGINX, (Packages(("curl",)),)),), start=("nginx",), port=8080)))
    assert text.index("USER 0") < text.index("apt-get") < text.index("USER 101:101")
    assert "USER 0" not in text_of(ImagePlan(stages=(Stage("runtime", NGINX, (Copy(("a",), "/a"),)),), start=("nginx",)))


def test_writable_folders_are_made_after_the_copies() -> None:
    """A copied folder would take the account's rights away again; the temporary folder needs nothing."""
    text = last_stage(text_of(python_plan(flask(), Style.LEAN)))
    assert text.index("COPY . ./") < text.index("chown -R 10001:10001 /app/uploads")
    assert "/tmp" not in text


def test_an_image_without_a_shell_gets_its_folders_from_an_earlier_stage() -> None:
    """They are made where there is a shell and copied with their owner."""
    text = text_of(go_plan())
    assert "mkdir -p /writable/data" in text
    assert "COPY --from=build --chown=10001:10001 /writable/ /" in last_stage(text)
    assert "RUN" not in last_stage(text)


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        ("python", '["python", "-c", "import http.client'),
        ("node", '["node", "-e", "require(\'http\')'),
        ("curl", '["curl", "--silent"'),
        ("wget", '["wget", "-q"'),
        ("ruby", '["ruby", "-rnet/http"'),
        ("php", '["php", "-r"'),
        ("bash", '["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8000'),
        ("bun", '["bun", "-e"'),
        ("deno", '["deno", "eval"'),
        (None, '["bash", "-c"'),
    ],
)
def test_the_health_check_uses_what_the_image_has(probe: str | None, words: str) -> None:
    """Nothing is installed only to ask whether the service is alive."""
    plan = ImagePlan(
        stages=(Stage("runtime", Image("debian:12-slim", Family.DEBIAN, probe=probe)),), start=("a",), port=8000, health_path="/healthz"
    )
    text = text_of(plan)
    assert f"CMD {words}" in text
    assert "HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3" in text


@pytest.mark.parametrize(
    "plan",
    [
        replace(go_plan(), health_path="/healthz"),
        ImagePlan(stages=(Stage("runtime", PYTHON_SLIM),), start=("celery", "worker")),
        ImagePlan(stages=(Stage("runtime", PYTHON_SLIM),), start=("python", "a.py"), port=8000),
    ],
    ids=["no tool to ask with", "a worker", "nothing to ask for"],
)
def test_without_a_probe_there_is_no_health_check(plan: ImagePlan) -> None:
    """A check that cannot work is worse than none."""
    assert "HEALTHCHECK" not in text_of(plan)


def test_a_path_the_code_has_is_asked_strictly_and_the_root_leniently() -> None:
    """`/` may answer 404 and the service be alive."""
    plan = ImagePlan(stages=(Stage("runtime", PYTHON_SLIM),), start=("a",), port=80, health_path="/up")
    assert "status >= 400" in text_of(plan)
    assert "status >= 500" in text_of(replace(plan, health_path="/"))


def test_an_own_health_command_wins_and_words_can_leave_it_out() -> None:
    """The stack knows best; the user knows better."""
    plan = ImagePlan(stages=(Stage("runtime", PYTHON_SLIM),), start=("a",), health_command=("celery", "inspect", "ping"))
    assert 'CMD ["celery", "inspect", "ping"]' in text_of(plan)
    assert "HEALTHCHECK" not in text_of(plan, changes=Changes(health=False))


def test_tini_is_installed_with_the_other_packages() -> None:
    """An init is PID 1 only where it is asked for."""
    text = last_stage(text_of(replace(python_plan(flask(), Style.HARDENED), init=True), Style.HARDENED))
    assert "install -y --no-install-recommends libpq5 tini" in text
    assert 'ENTRYPOINT ["/usr/bin/tini", "--"]\n' in text
    assert "tini" not in text_of(python_plan(flask(), Style.HARDENED), Style.HARDENED)
    assert 'ENTRYPOINT ["/sbin/tini", "--"]\n' in text_of(replace(python_plan(flask(), Style.LEAN), init=True))


def test_a_distroless_image_gets_an_entry_point() -> None:
    """Its own would otherwise stand before the command."""
    text = text_of(ImagePlan(stages=(Stage("runtime", DISTROLESS, (Copy(("a",), "/a"),)),), start=("/a", "serve")))
    assert 'ENTRYPOINT ["/a", "serve"]' in text
    assert "CMD" not in text


def test_a_pipe_fails_when_its_left_side_fails() -> None:
    """The shell is told so once, before the first pipe of the stage."""
    steps = (Run("curl -fsSL https://x.test/a.tar.gz | tar -xz"), Workdir("/a"), Run("a | b"))
    text = text_of(ImagePlan(stages=(Stage("runtime", PYTHON_SLIM, steps),), start=("a",)))
    assert text.count('SHELL ["/bin/bash", "-o", "pipefail", "-c"]') == 1
    assert "SHELL" not in text_of(ImagePlan(stages=(Stage("runtime", PYTHON_SLIM, (Run("test -f a || echo '|'"),)),), start=("a",)))


def test_words_of_the_repository_cannot_write_instructions() -> None:
    """A reason or an excerpt with a line end stays inside its comment; a value stays inside its quotes."""
    step = Env("A", 'x"\nRUN evil', why="because\nRUN evil", evidence=(Evidence("a\nRUN evil.py", 1),))
    text = text_of(ImagePlan(stages=(Stage("runtime", PYTHON_SLIM, (step,)),), start=("a",)))
    assert not re.search(r"^RUN evil", text, re.M)


NAMES = st.from_regex(r"[a-z][a-z0-9_.-]{0,12}", fullmatch=True).filter(lambda name: not name.endswith("."))
PATHS = st.builds("/".join, st.lists(NAMES, min_size=1, max_size=3))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)
IMAGES = st.sampled_from([PYTHON_SLIM, PYTHON_ALPINE, NODE_SLIM, GO, NGINX, DISTROLESS, Image("scratch", Family.SCRATCH)])
COMMANDS = st.sampled_from(["npm ci", "pip install -r a.txt", "echo 'a && b'", "(cd a && make)", "a | b", "yarn install"])
RUNS = st.builds(
    Run,
    st.lists(COMMANDS, min_size=1, max_size=3).map(" && ".join),
    st.lists(PATHS.map("/".__add__), max_size=2).map(tuple),
    st.lists(NAMES, max_size=1).map(tuple),
    WORDS,
)  # fmt: skip
SOURCES = st.one_of(PATHS, st.just("my file"), st.just("*.json"))
COPIES = st.builds(Copy, st.lists(SOURCES, min_size=1, max_size=3).map(tuple), PATHS.map("/".__add__), st.none(), st.booleans(), WORDS)
PACKAGES = st.builds(Packages, st.lists(NAMES, max_size=3).map(tuple), st.lists(NAMES, max_size=3).map(tuple), WORDS)
ENVS = st.builds(Env, st.from_regex(r"[A-Z][A-Z0-9_]{0,10}", fullmatch=True), WORDS, WORDS)
STEPS: st.SearchStrategy[Step] = st.one_of(RUNS, COPIES, PACKAGES, ENVS, PATHS.map(lambda path: Workdir(f"/{path}")))


@st.composite
def plans(draw: st.DrawFn) -> ImagePlan:
    """Build a legal plan from random pieces."""
    names = draw(st.lists(NAMES.map(lambda name: name.replace(".", "x")), min_size=1, max_size=3, unique=True))
    stages: list[Stage] = []
    for name in names:
        base = draw(st.sampled_from([None, *(stage.name for stage in stages)]))
        image = next((stage.image for stage in stages if stage.name == base), None) or draw(IMAGES)
        steps = draw(st.lists(STEPS, max_size=5))
        if stages and draw(st.booleans()):
            steps.append(Copy(("/out/",), "/in/", stage=stages[-1].name, owned=draw(st.booleans())))
        stages.append(Stage(name, image, tuple(steps), base))
    return ImagePlan(
        stages=tuple(stages),
        start=tuple(draw(st.lists(WORDS.filter(bool), min_size=1, max_size=3))),
        port=draw(st.one_of(st.none(), st.integers(1, 65535))),
        health_path=draw(st.one_of(st.none(), PATHS.map("/".__add__))),
        writable=tuple(draw(st.lists(PATHS.map("/".__add__), max_size=2))),
        stop_signal=draw(st.sampled_from([None, "SIGQUIT"])),
        init=draw(st.booleans()),
    )


@settings(
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plans(), st.sampled_from(Style))
def test_any_legal_plan_draws_a_file_hadolint_can_read(tmp_path: Path, plan: ImagePlan, style: Style) -> None:
    """However the pieces are put together, the result parses in every style, and every plan ends as a normal user."""
    text = text_of(plan, style)
    (remarks,) = hadolint(text, tmp=tmp_path)
    assert not [remark for remark in remarks if remark.startswith("DL1000")], f"{remarks}\n{text}"
    assert re.findall(r"^USER (.*)$", text, re.M)[-1] not in ("0", "root")
