"""ShellCheck: check shell scripts of the workspace."""

from __future__ import annotations

from workspace.command_line import Kind, Template, Tool, Value, named, one_of

TOOL = Tool(
    id="shellcheck",
    label="ShellCheck",
    get="Install it from www.shellcheck.net (Debian, Ubuntu, Fedora: the package shellcheck), and try again.",
    templates=(
        Template(
            (),
            "Check shell scripts",
            "shellcheck entrypoint.sh",
            options=(
                one_of("-s", "--shell", choices="sh bash dash ksh"),
                one_of("-S", "--severity", choices="error warning info style"),
                one_of("-f", "--format", choices="tty gcc json checkstyle"),
                named("-e", "--exclude", expression="SC[0-9]{4}", meant="a rule like SC2086"),
            ),
            arguments=(Value(Kind.FILE, meant="a script"),),
            least=1,
            most=20,
            limit_s=60,
            always=("--norc",),
        ),
    ),
)
