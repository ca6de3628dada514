"""Static pages that a JavaScript build leaves: one-page applications and site generators."""

from __future__ import annotations

import re
from collections.abc import Mapping

from architect.profile import Role
from architect.reading import Folder
from architect.stacks.node.kinds import Keep, Kind, config_file
from architect.stacks.node.package import Package

_GENERATORS: Mapping[str, tuple[str, str]] = {
    "gatsby": ("gatsby", "public"),
    "@docusaurus/core": ("docusaurus", "build"),
    "vitepress": ("vitepress", "docs/.vitepress/dist"),
    "vuepress": ("vuepress", "docs/.vuepress/dist"),
    "@11ty/eleventy": ("eleventy", "_site"),
    "hexo": ("hexo", "public"),
    "react-scripts": ("create-react-app", "build"),
    "@vue/cli-service": ("vue-cli", "dist"),
    "@craco/craco": ("create-react-app", "build"),
    "ember-cli": ("ember", "dist"),
    "@quasar/app-vite": ("quasar", "dist/spa"),
    "@ionic/angular": ("ionic", "www"),
    "expo": ("expo", "dist"),
    "vite": ("vite", "dist"),
    "parcel": ("parcel", "dist"),
    "@rsbuild/core": ("rsbuild", "dist"),
    "rspack": ("rspack", "dist"),
    "@umijs/max": ("umi", "dist"),
    "umi": ("umi", "dist"),
    "preact-cli": ("preact", "build"),
    "elm": ("elm", "dist"),
    "webpack": ("webpack", "dist"),
    "esbuild": ("esbuild", "dist"),
}
_PAGES_ONLY = frozenset({"vite", "parcel", "webpack", "esbuild", "@rsbuild/core", "rspack", "elm"})
_VIEWS = {"vue": "vue", "react": "react", "svelte": "svelte", "preact": "preact", "solid-js": "solid", "lit": "lit"}


def pages(folder: Folder, package: Package) -> Kind | None:
    """Return the static pages a build leaves, for a package that starts no server of its own."""
    for name, (label, output) in _GENERATORS.items():
        if not package.has(name) or (name in _PAGES_ONLY and not _has_page(folder, package)):
            continue
        if name == "expo" and not package.has("react-native-web"):
            continue
        proof = package.proof(name)
        config = (
            config_file(folder, "vite.config") if name == "vite" else config_file(folder, "webpack.config") if name == "webpack" else None
        )
        stated = (
            folder.find(config, r"\boutDir\s*:\s*(?:path\.\w+\([^\n]*?)?[\"'](?:\.?/)?([\w./-]+)[\"']")
            if config and name == "vite"
            else None
        )
        if stated and not stated.value.startswith(".."):
            output, proof = stated.value.strip("/"), (*proof, stated.evidence)
        built = re.search(r"--out(?:Dir|-dir)[= ](\S+)", package.scripts.get("build", ""))
        if built and not built[1].startswith(".."):
            output = built[1].strip("./").rstrip("/") or output
        if name in ("vitepress", "vuepress"):
            place = re.search(rf"{name} build\s+([\w./-]+)", package.scripts.get("build", "") or package.scripts.get("docs:build", ""))
            output = f"{place[1]}/.{name}/dist" if place else f".{name}/dist" if folder.has_folder(f".{name}") else output
        view = next((short for package_name, short in _VIEWS.items() if package.has(package_name)), None)
        label = f"{label}-{view}" if view and name == "vite" else label
        single = name not in ("gatsby", "@docusaurus/core", "vitepress", "vuepress", "@11ty/eleventy", "hexo")
        return Kind(label, Keep.PAGES, proof, output=output, fallback=single, role=Role.STATIC)
    return None


def _has_page(folder: Folder, package: Package) -> bool:
    """Tell whether there is a page to serve, rather than a library that is only bundled."""
    if "build" not in package.scripts:
        return False
    places = (
        "index.html",
        "src/index.html",
        "public/index.html",
        "app/index.html",
        "client/index.html",
        "web/index.html",
        "static/index.html",
    )
    return folder.has(*places) is not None
