"""pwd, answered by this program itself."""

from __future__ import annotations

from workspace.command_line import Template, Tool

TOOL = Tool(
    id="pwd",
    label="pwd",
    templates=(Template((), "Show where commands are run", "pwd"),),
    within=lambda workspace, _options, _values: workspace.location,
)
