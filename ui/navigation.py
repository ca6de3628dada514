"""The pages in their order, and the way from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.navigation.page import Page as StreamlitPage

FOLDER = Path(__file__).resolve().parent.parent / "pages"


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One page: its id is its file's name and its address."""

    id: str
    title: str
    icon: str

    @property
    def file(self) -> Path:
        """Return the page's script."""
        return FOLDER / f"{self.id}.py"


# The order of the work: make it, judge it, put it where it belongs; what is set once comes last.
PAGES: tuple[PageSpec, ...] = (
    PageSpec("generate", "Generate", ":material/bolt:"),
    PageSpec("review", "Review", ":material/rate_review:"),
    PageSpec("deliver", "Deliver", ":material/save:"),
    PageSpec("ask", "Ask", ":material/forum:"),
    PageSpec("collaborate", "Collaborate", ":material/group:"),
    PageSpec("monitor", "Monitor", ":material/monitoring:"),
    PageSpec("experiments", "Experiments", ":material/science:"),
    PageSpec("settings", "Settings", ":material/settings:"),
)


def streamlit_pages() -> list[StreamlitPage]:
    """Return the pages for st.navigation; the first one is where a sign-in link arrives."""
    import streamlit as st

    return [
        st.Page(spec.file, title=spec.title, icon=spec.icon, url_path=None if spec is PAGES[0] else spec.id, default=spec is PAGES[0])
        for spec in PAGES
    ]


def has(page_id: str) -> bool:
    """Tell whether there is such a page."""
    return any(spec.id == page_id for spec in PAGES)


def go(page_id: str) -> None:
    """Leave for another page."""
    import streamlit as st

    spec = next(spec for spec in PAGES if spec.id == page_id)
    st.switch_page(spec.file)
