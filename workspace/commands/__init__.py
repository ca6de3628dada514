"""The tools that commands may start, one file a tool; the order is that of the work: build, deploy, check, look."""

from __future__ import annotations

from workspace.command_line import Tool
from workspace.commands import cat, docker, echo, git, hadolint, helm, kubectl, ls, promtool, pwd, shellcheck, terraform

TOOLS: dict[str, Tool] = {
    module.TOOL.id: module.TOOL for module in (docker, kubectl, terraform, helm, hadolint, shellcheck, promtool, git, ls, cat, pwd, echo)
}
