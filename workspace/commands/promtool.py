"""promtool: check Prometheus configurations and rules of the workspace."""

from __future__ import annotations

from workspace.command_line import Kind, Template, Tool, Value, flag

_FILES = (Value(Kind.FILE, meant="a file"),)

TOOL = Tool(
    id="promtool",
    label="promtool",
    get="It comes with Prometheus (Debian, Ubuntu: the package prometheus; else prometheus.io/download).",
    templates=(
        Template(("check", "rules"), "Check rules", "promtool check rules rules.yaml", arguments=_FILES, least=1, most=20),
        Template(
            ("check", "config"),
            "Check a configuration",
            "promtool check config --syntax-only prometheus.yaml",
            options=(flag("--syntax-only"),),
            arguments=_FILES,
            least=1,
            most=1,
            needs=("--syntax-only",),
        ),
    ),
)
