"""Static pages: a folder with an index.html and nothing to build, served by an unprivileged nginx."""

from __future__ import annotations

import re
from dataclasses import replace

from architect.plan import Copy, Family, Image, ImagePlan, Run, Stage
from architect.profile import Basis, Component, Evidence, Fact, Role
from architect.reading import Folder
from architect.request import Style
from architect.tree import Tree

PORT = 8080
PLACES = ("", "public", "site", "www", "html", "dist", "build", "_site", "docs")
_SOURCE = re.compile(r"""<script\b[^>]*\bsrc\s*=\s*["'][^"']+\.(?:[cm]?tsx?|jsx|vue|svelte)["']""", re.I)
"""A script no browser can run: such a page is what a build begins with, not what it leaves."""

SERVE = ("nginx", "-g", "daemon off;")


class Static:
    """HTML files as they are."""

    id = "static"

    def detect(self, tree: Tree, root: str) -> Component | None:
        """Find the folder that holds index.html; a Staticfile may name it."""
        folder = Folder(tree, root)
        places: tuple[str, ...] = PLACES
        named = folder.find("Staticfile", r"^root:[ \t]*[\"']?([\w./-]+)")
        if named:
            places = (named.value.strip("/").removeprefix("./"), *PLACES)
        for place in places:
            page = f"{place}/index.html" if place else "index.html"
            if folder.has(page) and not _SOURCE.search(folder.read(page) or ""):
                seen = (Evidence(folder.path(page)),) + ((named.evidence,) if named and place == places[0] else ())
                return Component(
                    name=folder.label,
                    stack=self.id,
                    root=folder.root,
                    role=Role.STATIC,
                    language=Fact("html", Basis.CODE, seen),
                    start=Fact(SERVE, Basis.DEFAULT, (), "nginx serves the files as they are"),
                    port=Fact(PORT, Basis.DEFAULT, (), "an unprivileged server cannot bind ports below 1024"),
                    health=Fact("/", Basis.CODE, seen),
                    details={"public": place},
                )
        return None

    def plan(self, component: Component, style: Style) -> ImagePlan:
        """Copy the pages into an unprivileged nginx; a first stage leaves out what is not a page."""
        public = component.details.get("public") or ""
        gather = Stage(
            "site",
            Image("alpine:3.22", Family.ALPINE, why="only gathers files"),
            (
                Copy((f"{public}/" if public else ".",), "/site/", why="the pages", evidence=component.language.evidence),
                Run("find /site -mindepth 1 -name '.*' -prune -exec rm -rf {} +", why="hidden files are not for visitors"),
            ),
        )
        return served(component, style, gather, "/site/")


def served(component: Component, style: Style, build: Stage, folder: str, *, fallback: bool = False) -> ImagePlan:
    """Return the plan of a build stage's folder behind nginx as a normal user; `fallback` sends unknown paths to index.html."""
    port = component.port.value if component.port else PORT
    if style is Style.HARDENED:
        image = Image("nginxinc/nginx-unprivileged:1.28-bookworm", Family.DEBIAN, user="nginx", probe="curl", why="never runs as root")
    else:
        image = Image(
            "nginxinc/nginx-unprivileged:1.29-alpine3.22-slim", Family.ALPINE, user="nginx", probe="wget", why="small, never runs as root"
        )
    lines = (
        "server {",
        f"  listen {port};",
        "  server_tokens off;",
        "  root /usr/share/nginx/html;",
        "  gzip on;",
        "  gzip_types text/css application/javascript application/json image/svg+xml;",
        "  add_header X-Content-Type-Options nosniff always;",
        f"  location / {{ try_files $uri $uri/ {'/index.html' if fallback else '$uri.html =404'}; }}",
        "}",
    )
    write = "printf '%s\\n' " + " ".join(f"'{line}'" for line in lines) + " > /tmp/site.conf"
    why = "one-page applications answer unknown paths with index.html" if fallback else "plain files, unknown paths are 404"
    build = replace(build, steps=(*build.steps, Run(write, why=why)))
    return ImagePlan(
        stages=(
            build,
            Stage(
                "runtime",
                image,
                (
                    Copy(("/tmp/site.conf",), "/etc/nginx/conf.d/default.conf", stage=build.name, why="listens on the unprivileged port"),  # noqa: S108
                    Copy((folder,), "/usr/share/nginx/html/", stage=build.name, why="only the finished files"),
                ),
            ),
        ),
        start=component.start.value if component.start else SERVE,
        port=port,
        health_path=component.health.value if component.health else "/",
        health_start_period=5,
        writable=("/tmp",),  # noqa: S108
        stop_signal="SIGQUIT",
        why_start="nginx in the foreground is PID 1; SIGQUIT lets open requests finish",
        why_port=component.port.note if component.port else "",
        port_evidence=component.port.evidence if component.port else (),
    )
