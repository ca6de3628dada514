"""Static pages that a JavaScript build leaves: one-page applications and site generators."""

from __future__ import annotations

import re
from collections.abc import Mapping

from architect.profile import Role
from architect.reading import Folder, Found
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
_BUNDLES = (
    "webpack.config.js", "webpack.config.mjs", "webpack.config.cjs", "webpack.config.ts", "webpack.prod.js", "webpack.config.prod.js",
    "config/webpack.config.js", "config/webpack.prod.js", "webpack.common.js", "Gruntfile.js", "gulpfile.js",
)  # fmt: skip
"""Where webpack's settings are, also those of a task runner that runs it."""
_VIEWS = {"vue": "vue", "react": "react", "svelte": "svelte", "preact": "preact", "solid-js": "solid", "lit": "lit"}


def pages(folder: Folder, package: Package) -> Kind | None:
    """Return the static pages a build leaves, for a package that starts no server of its own."""
    for name, (label, output) in _GENERATORS.items():
        if not package.has(name) or (name in _PAGES_ONLY and not _has_page(folder, package)):
            continue
        if name == "expo" and not package.has("react-native-web"):
            continue
        proof = package.proof(name)
        config = config_file(folder, "vite.config") if name == "vite" else None
        stated = folder.find(config, r"\boutDir\s*:\s*(?:path\.\w+\([^\n]*?)?[\"'](?:\.?/)?([\w./-]+)[\"']") if config else None
        if stated and not stated.value.startswith(".."):
            output, proof = stated.value.strip("/"), (*proof, stated.evidence)
        bundled = _bundled(folder) if name == "webpack" else None
        if bundled:
            output, proof = bundled.value.strip("/"), (*proof, bundled.evidence)
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


def _bundled(folder: Folder) -> Found | None:
    """Return the folder that webpack's settings name for its output, those for production first."""
    for name in (*(path for path in _BUNDLES if "prod" in path), *_BUNDLES):
        found = folder.find(
            name, r"^[ \t]*path\s*:\s*(?:path\.\w+\(\s*__dirname\s*,\s*|__dirname\s*\+\s*)[\"'](?:\.?/)?([\w-][\w./-]*)[\"']"
        )
        if found:
            return found
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
    if folder.has(*places) is not None:
        return True
    made = (folder.find(name, r"\btemplate\s*:\s*[\"'](?:\.?/)?([\w./-]+\.(?:html|ejs|pug|hbs))[\"']") for name in _BUNDLES)
    return package.has("html-webpack-plugin") is not None and any(page and folder.has(page.value) for page in made)
