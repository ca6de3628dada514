"""The runs under way."""

from __future__ import annotations

import time

import streamlit as st

from ui.html import show, tag
from ui.text import count, plain, seconds
from ui.widgets.monitor.view import View

MOST = 20


def panel(view: View) -> None:
    """List what runs now, oldest first; nothing where nothing does."""
    running = sorted(view.figures.active, key=lambda run: run.began)
    if not running:
        return
    st.markdown(f"**Running now** · {count(len(running), 'run')}")
    now = time.time()
    rows = [
        tag(
            "tr",
            tag("td", tag("span", "●", class_="good"), f" {seconds(max(0.0, now - run.began) * 1000)}"),
            tag("td", f"{run.strategy.replace('_', ' ')}, {run.execution.replace('_', ' ')}"),
            tag("td", plain(", ".join(run.members), 200), class_="say soft"),
        )
        for run in running[:MOST]
    ]
    show(tag("div", tag("div", tag("table", *rows), class_="scroll"), class_="omni findings"))
