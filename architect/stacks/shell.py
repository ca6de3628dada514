"""Shell scripts: a repository whose start is a script and nothing else."""

from __future__ import annotations

import re

from architect.finishing import finished
from architect.plan import Copy, Family, Image, ImagePlan, Packages, Stage, Step, Workdir
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder
from architect.request import Style
from architect.tree import Tree

SCRIPTS = ("start.sh", "run.sh", "main.sh", "entrypoint.sh", "app.sh")
SHELLS = ("sh", "bash", "zsh", "dash", "ash", "ksh")


class Shell:
    """A folder with start.sh or the like, and no manifest that another stack knows."""

    id = "shell"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the script; its first line names the shell."""
        folder = Folder(tree, root)
        script = folder.has(*SCRIPTS)
        text = folder.read(script) if script else None
        if script is None or text is None:
            return None
        first = text.split("\n", 1)[0]
        named = re.match(r"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?|\S*/)(\w+)", first)
        shell = named[1] if named and named[1] in SHELLS else "sh"
        line = Evidence(folder.path(script), 1, first[:160])
        return Component(
            name=folder.label,
            stack=self.id,
            root=folder.root,
            role=Role.JOB,
            language=Fact("shell", Basis.DECLARED if named else Basis.CONVENTION, (line,)),
            start=Fact((shell, script), Basis.CONVENTION, (line,), "the only script that looks like a start"),
            details={"shell": shell},
        )

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Put the scripts into a small image that has the shell."""
        shell = component.details.get("shell") or "sh"
        alpine = style is not Style.CACHED
        image = (
            Image("alpine:3.22", Family.ALPINE, probe="wget", why="a few megabytes")
            if alpine
            else Image("debian:bookworm-slim", Family.DEBIAN, probe="bash", why="the usual tools")
        )
        gather = Stage("files", image, (Copy((".",), "/app/", why="the scripts and what they read"),))
        steps: list[Step] = [Workdir("/app")]
        if shell not in ("sh", "ash", "dash") and not (shell == "bash" and not alpine):
            steps.append(Packages((shell,), (shell,), why="the shell the script is written for"))
        steps.append(Copy(("/app",), "/app", stage="files", owned=style is not Style.HARDENED, why="the scripts and what they read"))
        stages = (gather, Stage("runtime", image, tuple(steps)))
        why = "a shell does not pass signals on, so an init does"
        return finished(component, stages, None, start=(shell, "start.sh"), why_start=why, init=True)
