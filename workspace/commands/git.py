"""Git, to look: status, differences, the log, branches. It is started like everywhere here, hardened against the repository."""

from __future__ import annotations

from workspace.command_line import Kind, Template, Tool, Value, flag, named

_PLACES = (Value(Kind.PATH, meant="a file or folder"),)
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all")
_COUNT = named("-n", "--max-count", expression="[0-9]{1,4}", meant="a number of commits")
_SIZE = (flag("--stat"), flag("--name-only"), flag("--name-status"))

TOOL = Tool(
    id="git",
    label="Git",
    get="Install Git (Debian, Ubuntu, Fedora: the package git; macOS: xcode-select --install).",
    templates=(
        Template(
            ("status",),
            "Show what differs",
            "git status --short --branch",
            options=(flag("-s", "--short"), flag("-b", "--branch")),
            always=("--ignore-submodules=all",),
        ),
        Template(
            ("diff",),
            "Show the differences",
            "git diff --stat",
            options=(flag("--cached", "--staged"), *_SIZE),
            arguments=_PLACES,
            most=20,
            always=_PLAIN,
        ),
        Template(
            ("log",),
            "Show the commits",
            "git log --oneline --graph -n 20",
            options=(flag("--oneline"), flag("--graph"), flag("--all"), _COUNT, *_SIZE),
            always=("--no-show-signature", *_PLAIN),
        ),
        Template(
            ("show",),
            "Show the last commit, or one by its id",
            "git show --stat",
            options=_SIZE,
            arguments=(Value(expression="[0-9a-f]{7,40}", meant="a commit's id"),),
            most=1,
            always=("--no-show-signature", *_PLAIN),
        ),
        Template(
            ("branch",), "List the branches", "git branch", options=(flag("-a", "--all"), flag("-v", "--verbose")), always=("--list",)
        ),
        Template(("remote",), "List the remotes by name", "git remote"),
    ),
)
