"""hadolint: check Dockerfiles of the workspace."""

from __future__ import annotations

from workspace.command_line import Kind, Template, Tool, Value, flag, named, one_of

TOOL = Tool(
    id="hadolint",
    label="hadolint",
    get="Install it from github.com/hadolint/hadolint (macOS: brew install hadolint), and try again.",
    templates=(
        Template(
            (),
            "Check Dockerfiles",
            "hadolint Dockerfile",
            options=(
                named("--ignore", expression="(DL|SC)[0-9]{4}", meant="a rule like DL3008"),
                one_of("-f", "--format", choices="tty json checkstyle sarif"),
                flag("--no-color"),
                flag("--no-fail"),
            ),
            arguments=(Value(Kind.FILE, meant="a Dockerfile"),),
            least=1,
            most=20,
            limit_s=60,
        ),
    ),
)
