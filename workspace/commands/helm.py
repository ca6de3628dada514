"""Helm: check a chart of the workspace and show what it renders; nothing is installed."""

from __future__ import annotations

from workspace.command_line import WORD, Kind, Template, Tool, Value, at, flag, named

_VALUES = (
    at("-f", "--values"),
    named("--set", expression=r"[A-Za-z0-9_.\[\]-]{1,200}=[A-Za-z0-9._/:@+-]{0,200}", meant="a plain name=value"),
    named("-n", "--namespace", expression=WORD),
    named("--kube-version", expression=r"v?[0-9]{1,2}(\.[0-9]{1,3}){1,2}", meant="a version like 1.31"),
)
_CHART = Value(Kind.FOLDER, meant="the chart's folder")

TOOL = Tool(
    id="helm",
    label="Helm",
    get="Install it as helm.sh/docs/intro/install says (macOS: brew install helm), and try again.",
    templates=(
        Template(
            ("lint",),
            "Check a chart",
            "helm lint charts/shop",
            options=(*_VALUES, flag("--strict"), flag("--quiet"), flag("--with-subcharts")),
            arguments=(_CHART,),
            least=1,
            most=1,
        ),
        Template(
            ("template",),
            "Show the manifests a chart renders",
            "helm template shop charts/shop",
            options=(*_VALUES, flag("--include-crds"), flag("--skip-tests")),
            arguments=(Value(expression=WORD, meant="the release's name"), _CHART),
            least=2,
            most=2,
        ),
    ),
)
