"""ls, answered by this program itself: a folder of the workspace, without following links."""

from __future__ import annotations

from workspace.command_line import Kind, Template, Tool, Value, flag
from workspace.files import Workspace


def _list(workspace: Workspace, options: tuple[str, ...], places: tuple[str, ...]) -> str:
    long, hidden = any("l" in option for option in options), any("a" in option for option in options)
    lines: list[str] = []
    for place in places or (".",):
        entries = sorted(workspace.list_folder(place), key=lambda entry: entry.name)
        lines += [f"{place}:"] if len(places) > 1 else []
        for entry in entries:
            if hidden or not entry.name.startswith("."):
                name = entry.name + ("/" if entry.is_folder else "")
                lines.append(f"{entry.size if entry.size is not None else '-':>12}  {name}" if long else name)
    return "\n".join(lines)


TOOL = Tool(
    id="ls",
    label="ls",
    templates=(
        Template(
            (),
            "List a folder",
            "ls -l src",
            options=(flag("-l"), flag("-a"), flag("-la", "-al")),
            arguments=(Value(Kind.FOLDER, meant="a folder"),),
            most=10,
        ),
    ),
    within=_list,
)
