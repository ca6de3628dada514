"""echo, answered by this program itself: words come back as they are."""

from __future__ import annotations

from workspace.command_line import Template, Tool, Value

TOOL = Tool(
    id="echo",
    label="echo",
    templates=(
        Template(
            (),
            "Repeat words",
            'echo "hello"',
            arguments=(Value(expression=r"(?s).{0,1000}", meant="a text of at most 1,000 characters"),),
            most=50,
        ),
    ),
    within=lambda _workspace, _options, values: " ".join(values),
)
