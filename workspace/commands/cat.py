"""cat, answered by this program itself: text files of the workspace, none of those that hold secrets."""

from __future__ import annotations

from workspace.command_line import Kind, Template, Tool, Value
from workspace.files import Workspace


def _show(workspace: Workspace, _: tuple[str, ...], places: tuple[str, ...]) -> str:
    return "".join(workspace.read_text(place) for place in places)


TOOL = Tool(
    id="cat",
    label="cat",
    templates=(Template((), "Show files", "cat Dockerfile", arguments=(Value(Kind.FILE, meant="a file"),), least=1, most=10),),
    within=_show,
)
