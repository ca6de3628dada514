"""Dockerfile text to structure, by the builder's rules."""

from __future__ import annotations

import pytest

from artifacts.dockerfile import image_of, read_dockerfile
from artifacts.dockerfile.installs import installs, leftovers
from artifacts.dockerfile.words import resolve, split_words, substitute


def test_lines_count_the_file_as_written() -> None:
    text = (
        "# syntax=docker/dockerfile:1\n\nFROM a:1 AS build\nRUN one && \\\n  # a comment inside\n  two && \\\n\n  three\nFROM b:2\nCMD x\n"
    )
    dockerfile = read_dockerfile(text)
    assert [(i.op, i.line, i.end_line) for i in dockerfile.instructions] == [("FROM", 3, 3), ("RUN", 4, 8), ("FROM", 9, 9), ("CMD", 10, 10)]
    assert dockerfile.instructions[1].rest.split() == ["one", "&&", "two", "&&", "three"]
    assert dockerfile.directives == (("syntax", "docker/dockerfile:1"),)
    assert not dockerfile.faults


def test_the_escape_directive_changes_the_continuation() -> None:
    dockerfile = read_dockerfile("# escape=`\nFROM a:1\nRUN dir `\n  C:\\\nCMD x\n")
    assert [instruction.op for instruction in dockerfile.instructions] == ["FROM", "RUN", "CMD"]
    windows = read_dockerfile("# escape=`\nFROM a:1\nCOPY src\\app\\ .\nENV P=C:\\x\n")
    assert not windows.faults
    assert windows.stages[0].instructions[0].words() == ("src\\app\\", ".")
    assert windows.stages[0].instructions[1].pairs() == (("P", "C:\\x"),)


def test_here_documents_are_not_instructions() -> None:
    text = "FROM a:1\nRUN <<EOF\nFROM nowhere\nexport A=1\nEOF\nCOPY <<-'ONE' <<TWO /x/\n\tfirst\n\tONE\nsecond\nTWO\nCMD [\"x\"]\n"
    dockerfile = read_dockerfile(text)
    run, copy, cmd = dockerfile.stages[0].instructions
    assert not dockerfile.faults
    assert run.heredocs[0].body == "FROM nowhere\nexport A=1"
    assert [(doc.name, doc.body, doc.expand) for doc in copy.heredocs] == [("ONE", "first", False), ("TWO", "second", True)]
    assert copy.sources() == ()
    assert cmd.argv == ("x",)


def test_exec_form_is_json_and_everything_else_is_shell_form() -> None:
    stage = read_dockerfile('FROM a:1\nCMD [ "a", "b c" ]\nENTRYPOINT [\'a\']\nRUN ["x"]\n').stages[0]
    assert [instruction.argv for instruction in stage.instructions] == [("a", "b c"), None, ("x",)]


def test_arguments_before_the_first_from_fill_in_base_images() -> None:
    dockerfile = read_dockerfile("ARG V=3.12\nARG T=${V}-slim\nFROM python:${T} AS b\nFROM ${MISSING:-debian:12}\nFROM $UNSET\nFROM b\n")
    assert [stage.base for stage in dockerfile.stages] == ["python:3.12-slim", "debian:12", "$UNSET", "b"]
    assert [stage.index for stage in dockerfile.chain(dockerfile.stages[3])] == [0, 3]


def test_the_final_image_inherits_from_the_stages_it_is_built_on() -> None:
    image = image_of(
        read_dockerfile(
            'FROM node:22 AS base\nENV PORT=3000 NODE_ENV=production\nWORKDIR /srv\nUSER node\nCMD ["node"]\nHEALTHCHECK CMD true\n'
            "FROM base AS build\nRUN npm ci\nFROM base\nARG EXTRA=9\nWORKDIR app\nEXPOSE $PORT ${EXTRA}001/udp "
            '7000-7002\nENTRYPOINT ["tini"]\n'
        )
    )
    assert image is not None
    assert (image.root, image.user, image.workdir) == ("node:22", "node", "/srv/app")
    assert [(port.number, port.protocol) for port in image.ports] == [
        (3000, "tcp"),
        (9001, "udp"),
        (7000, "tcp"),
        (7001, "tcp"),
        (7002, "tcp"),
    ]
    assert image.cmd is None, "an ENTRYPOINT of its own drops the CMD of the stages below"
    assert image.health is not None
    assert dict(image.env) == {"PORT": "3000", "NODE_ENV": "production"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "no FROM"),
        ("# only a comment\n", 1, "no FROM"),
        ("RUN x\nFROM a:1\n", 1, "before the first FROM"),
        ("FROM a:1\nRUNN x\n", 2, "RUN was perhaps meant"),
        ("FROM a:1\nCOPY x\n", 2, "source and a destination"),
        ("FROM a:1\nENV A\n", 2, "no value"),
        ("FROM a:1\nENV A=1 B\n", 2, "equals sign"),
        ("FROM a:1\nEXPOSE http\n", 2, "not a port"),
        ("FROM a:1\nEXPOSE 70000\n", 2, "outside"),
        ("FROM a:1\nRUN <<EOF\necho\n", 2, "not closed"),
        ("FROM a:1\nHEALTHCHECK --interval=5 CMD x\n", 2, "not a duration"),
        ("FROM a:1\nHEALTHCHECK curl x\n", 2, "CMD or NONE"),
        ("FROM a:1 as 1x\n", 1, "not a name for a stage"),
        ("FROM a b\n", 1, "FROM takes"),
        ("FROM a:1\nCOPY --from=late x y\nFROM b:1 AS late\n", 2, "defined later"),
        ("FROM a:1\nCOPY --from=1 x y\n", 2, "not defined before"),
        ("FROM a:1\nCOPY --form=x y z\n", 2, "does not know the flag"),
        ("FROM a:1\nRUN\n", 2, "at least one argument"),
        ("FROM a:1\nSHELL bash\n", 2, "JSON array"),
        ("FROM a:1\nONBUILD FROM x\n", 2, "not allowed"),
        ("ARG E\nFROM ${E:+x}\n", 2, "is empty"),
        ("# escape=x\nFROM a:1\n", 1, "escape directive"),
    ],
)
def test_what_a_builder_refuses_is_a_fault_with_its_line(text: str, line: int, words: str) -> None:
    faults = read_dockerfile(text).faults
    assert any(fault.line == line and words in fault.message for fault in faults), faults


@pytest.mark.parametrize(
    "text",
    [
        "FROM a:1\nEXPOSE ${PORT:-3000}\n",
        "FROM a:1\nEXPOSE 8080:8080\n",
        "from a:1\nrun x\n",
        "FROM --platform=$BUILDPLATFORM a:1 AS x\nCOPY --from=nginx:1 --chown=1:1 --link a b\n",
        "FROM a:1\nENV A hello world\nLABEL a=\"b c\" d='e f'\n",
        "FROM a:1\nRUN --mount=type=cache,target=/x,sharing=locked --network=none make\n",
        'FROM a:1\nRUN cat <<A > x && cat <<"B" > y\na\nA\nb\nB\n',
        'FROM a:1\nRUN echo $((1<<3)) "<<EOF"\n',
        "FROM a:1\nHEALTHCHECK --interval=1m30s --start-interval=500ms CMD x\n",
        "FROM a:1\nADD --checksum=sha256:0 https://x/y /z\n",
        "\ufeffFROM a:1\r\nRUN x \\\r\n  y\r\n",
        "FROM a:1\nRUN a \\\n\n\n  b\n",
        "FROM a:1\nONBUILD RUN <<EOF\nx\nEOF\n",
        "ARG A\nFROM x AS y\nARG A\nFROM y\n",
    ],
)
def test_what_a_builder_accepts_has_no_fault(text: str) -> None:
    assert read_dockerfile(text).faults == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A", "1"),
        ("${A}b", "1b"),
        ("${B:-x$A}", "x1"),
        ("${A:+set}", "set"),
        ("${B:+set}", ""),
        ("'$A'", "$A"),
        ('"$A b"', "1 b"),
        ("\\$A", "$A"),
        ("a\\ b", "a b"),
        ("${", "${"),
        ("$", "$"),
        ("${A", "${A"),
    ],
)
def test_variables_and_quotes_follow_the_builder(text: str, value: str) -> None:
    assert resolve(text, {"A": "1"}) == value


def test_words_keep_quotes_and_escapes() -> None:
    assert split_words("a='b c' \"d e\"f  g\\ h") == ["a='b c'", '"d e"f', "g\\ h"]
    assert substitute("$X", {}, keep_unset=True) == "$X"


@pytest.mark.parametrize(
    ("command", "manager", "of_project", "locked"),
    [
        ("pip install --no-cache-dir -r requirements.txt", "pip", True, None),
        ("python -m pip install --upgrade pip", "pip", False, None),
        ("uv sync --locked --no-dev", "uv", True, True),
        ("uv sync", "uv", True, False),
        ("poetry install --only main", "poetry", True, True),
        ("npm ci --omit=dev", "npm", True, True),
        ("npm install", "npm", True, False),
        ("npm install -g pnpm", "npm", False, None),
        ("corepack enable && pnpm install --frozen-lockfile", "pnpm", True, True),
        ("yarn", "yarn", True, False),
        ("bun ci", "bun", True, True),
        ("cd app && go mod download", "go", True, True),
        ("cargo build --release --locked", "cargo", True, True),
        ("bundle config set --local deployment true && bundle install", "bundler", True, True),
        ("./mvnw -B package", "maven", True, None),
        ("composer install --no-dev", "composer", True, True),
        ("apt-get update && apt-get install -y --no-install-recommends curl", "apt-get", False, None),
    ],
)
def test_installs_are_understood(command: str, manager: str, of_project: bool, locked: bool | None) -> None:
    found = installs(read_dockerfile(f"FROM a:1\nRUN {command}\n"))
    assert [(item.manager, item.of_project, item.locked) for item in found] == [(manager, of_project, locked)]


@pytest.mark.parametrize(
    ("run", "left"),
    [
        ("apt-get update && apt-get install -y x", ("apt lists",)),
        ("apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*", ()),
        ("--mount=type=cache,target=/var/cache/apt apt-get install -y x", ()),
        ("apk add curl", ("apk cache",)),
        ("apk add --no-cache curl", ()),
        ("pip install x", ("pip cache",)),
        ("npm ci", ("npm cache",)),
        ("npm ci && npm cache clean --force", ()),
    ],
)
def test_leftovers_of_installs_are_seen(run: str, left: tuple[str, ...]) -> None:
    assert leftovers(read_dockerfile(f"FROM a:1\nRUN {run}\n").stages[0].instructions[0], {}) == left
