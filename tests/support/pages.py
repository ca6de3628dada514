"""The pages in Streamlit's own test runner: one frame, driven by keys and by what stands in it."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from ui.state import PageState
from workspace.files import open_workspace
from workspace.trust import OPEN, Gate

ROOT = Path(__file__).resolve().parents[2]
WORDS = ("markdown", "caption", "error", "warning", "text", "info", "success", "html")


class Frame:
    """A visitor at one page. `state` is what the session remembers."""

    def __init__(self, page: str) -> None:
        self.test = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60).run()
        self.go(page)

    @property
    def state(self) -> PageState:
        return self.test.session_state["omni_page"]

    def go(self, page: str) -> None:
        self.test.switch_page(f"../pages/{page}.py")
        self.run()

    def run(self) -> None:
        self.test.run()
        assert not self.test.exception

    def open(self, folder: Path, gate: Gate = OPEN) -> None:
        """Open a workspace as the Generate page does, and trust it."""
        self.state.workspace = open_workspace(str(folder), gate=gate)

    def click(self, key: str) -> None:
        self.test.button(key=key).click()
        self.run()

    def unfold(self, *names: str) -> None:
        """Open these folds and tabs, or Advanced parameters: what is in them is drawn only then."""
        if not names:
            unfold(self.test)
        self.state.unfolded.update(names)
        self.run()

    def words(self) -> str:
        """Return every word of the page, without the escapes of Markdown."""
        return "\n".join(str(element.value) for kind in WORDS for element in self.test.get(kind)).replace("\\", "")

    def said(self, kind: str) -> list[str]:
        return [str(element.value).replace("\\", "") for element in self.test.get(kind)]

    def codes(self) -> list[str]:
        return [block.value for block in self.test.code]


def unfold(test: AppTest) -> None:
    """Open Advanced parameters of any page."""
    test.session_state["advanced"] = True
    test.run()
    assert not test.exception
