"""The Generate page in Streamlit's own test runner: what a user without a key meets from the first visit to the verdict."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from config import settings
from tests.support.pages import unfold
from ui.bridge import BRIDGE
from ui.sessions import REGISTRY
from ui.widgets import generating

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples" / "sample-shop"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch, tmp_path):
    for name in [
        name for name in os.environ if name.startswith(("OPENAI_", "GEMINI_", "WATSONX_", "OLLAMA_", "OMNI_", "ENSEMBLE_", "PRESETS_"))
    ]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    monkeypatch.setenv("OMNI_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    REGISTRY.close_all()
    BRIDGE.stop()
    settings.cache_clear()


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60).run()


def opened(page: AppTest, folder: Path = SAMPLE) -> AppTest:
    page.text_input(key="workspace_path").set_value(str(folder))
    return page.button(key="open_workspace").click().run()


def finished(page: AppTest) -> AppTest:
    """Wait for the run of the only session, then show the page as its browser would."""
    (session,) = REGISTRY._sessions.values()
    assert session.run is not None
    assert session.run.wait(60)
    return page.run()


def texts(page: AppTest) -> str:
    return "\n".join(
        str(element.value) for kind in ("markdown", "caption", "error", "warning", "text", "info") for element in page.get(kind)
    )


def test_a_first_visit_teaches_and_offers_the_sample(page):
    assert not page.exception
    assert "try the sample" in texts(page)
    assert "Works without a key" in texts(page)
    assert page.button(key="open_sample")
    assert page.radio(key="preset").value == "balanced"
    assert "stands in" in texts(page)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("", "No folder was given"),
        ("/does/not/exist", "does not exist"),
        ("relative/path", "relative path"),
        (str(ROOT / "app.py"), "is a file"),
        ("/proc", "operating system"),
        ("\0", "not a path"),
        ("/" + "x" * 4090, "cannot be opened"),
    ],
)
def test_a_bad_path_gets_a_sentence_with_a_next_step(page, path, sentence):
    page.text_input(key="workspace_path").set_value(path)
    page.button(key="open_workspace").click().run()
    assert not page.exception
    assert sentence in page.error[0].value.replace("\\", "")


def test_an_empty_folder_is_not_opened(page, tmp_path):
    (tmp_path / "empty").mkdir()
    opened(page, tmp_path / "empty")
    assert "is empty" in page.error[0].value


def test_a_folder_that_was_replaced_is_not_generated_for_and_can_be_opened_again(page, tmp_path):
    folder = tmp_path / "shop"
    shutil.copytree(SAMPLE, folder)
    page = opened(page, folder)
    shutil.rmtree(folder)
    page.button(key="generate").click().run()
    assert "cannot be opened any more" in texts(page)
    (session,) = REGISTRY._sessions.values()
    assert session.run is None
    shutil.copytree(SAMPLE, folder)
    page = page.button(key="open_workspace").click().run()
    assert "cannot be opened any more" not in texts(page)
    page = finished(page.button(key="generate").click().run())
    assert any(tab.label == "Dockerfile" for tab in page.tabs)


def test_the_main_job_without_a_key(page):
    opened(page)
    assert not page.exception
    assert "sample\\-shop" in texts(page)
    assert "3 members" in texts(page)
    page.button(key="generate").click().run()
    finished(page)
    assert not page.exception
    shown = texts(page)
    assert "Best of n" in shown
    assert "why:" in shown
    assert any("FROM python:3.12" in block.value for block in page.code)
    assert any("postgres" in block.value for block in page.code)
    assert len(page.dataframe[0].value) == 3


def test_a_run_that_ends_while_the_page_is_drawn_is_shown_at_once(page, monkeypatch):
    """No council stands there yet that could tell the page of the end."""
    opened(page)
    shown = generating.explorer

    def slowly() -> None:
        shown()
        (session,) = REGISTRY._sessions.values()
        if session.run is not None:
            assert session.run.wait(60)

    monkeypatch.setattr(generating, "explorer", slowly)
    page.button(key="generate").click().run()
    assert "Best of n" in texts(page)
    assert not [button for button in page.button if button.key == "stop"]


def test_the_sample_is_one_click_and_a_copy(page, tmp_path):
    page.button(key="open_sample").click().run()
    assert not page.exception
    assert page.text_input(key="workspace_path").value.startswith(str(tmp_path / "data" / "samples"))


def test_without_a_target_nothing_can_be_generated_and_the_page_says_so(page):
    opened(page)
    page.get("button_group")[0].set_value([]).run()
    assert page.button(key="generate").disabled
    assert "No target is chosen" in texts(page)


def test_the_exact_prompt_can_be_read_before_it_is_sent(page):
    opened(page)
    page.text_area(key="instruction").set_value("use Alpine, please").run()
    page.button(key="see_prompt").click().run()
    assert any("use Alpine, please" in block.value and "gunicorn" in block.value for block in page.code)


def test_ensemble_mode_off_asks_one_member(page):
    opened(page)
    unfold(page)
    page.toggle(key="ensemble_mode").set_value(False).run()
    assert "1 member" in texts(page)
    page.selectbox(key="single_member").set_value(1).run()
    page.button(key="generate").click().run()
    finished(page)
    assert len(page.dataframe[0].value) == 1
    assert "hardened" in texts(page)


def test_a_preset_brings_its_strategy_and_a_later_choice_holds(page):
    unfold(page)
    page.radio(key="preset").set_value("quality").run()
    assert page.selectbox(key="strategy").value == "consensus"
    page.selectbox(key="strategy").set_value("voting").run()
    assert page.selectbox(key="strategy").value == "voting"
    page.radio(key="preset").set_value("diverse").run()
    assert page.selectbox(key="strategy").value == "voting"
    page.radio(key="preset").set_value("balanced").run()
    assert page.selectbox(key="strategy").value == "best_of_n"


def test_folded_parameters_are_not_drawn_and_hold_all_the_same(page):
    page.run()
    assert not [field for field in page.number_input if field.key == "timeout"]
    unfold(page)
    page.number_input(key="timeout").set_value(77).run()
    page.number_input(key="temperature").set_value(0.4).run()
    page.toggle(key="async_mode").set_value(False).run()
    page.selectbox(key="execution").set_value("cascade").run()
    page.session_state["advanced"] = False
    page.run().run()
    assert not [field for field in page.number_input if field.key == "timeout"]
    held = {key: page.session_state[key] for key in ("timeout", "temperature", "async_mode", "execution")}
    assert held == {"timeout": 77, "temperature": 0.4, "async_mode": False, "execution": "cascade"}
    unfold(page)
    assert (page.number_input(key="timeout").value, page.selectbox(key="execution").value) == (77, "cascade")


def test_the_parameters_stay_open_on_another_page(page):
    unfold(page)
    page.switch_page("../pages/monitor.py").run()
    assert page.number_input(key="timeout").value == 180


def test_a_preset_that_is_chosen_with_the_parameters_folded_brings_its_own(page):
    page.run()
    page.radio(key="preset").set_value("quality").run()
    unfold(page)
    assert page.selectbox(key="strategy").value == "consensus"


def test_a_follow_up_starts_from_the_verdict(page):
    opened(page)
    page.button(key="generate").click().run()
    finished(page)
    page.text_input(key="follow_up").set_value("use Alpine").run()
    page.button(key="refine").click().run()
    finished(page)
    assert any("alpine" in block.value for block in page.code)


def test_a_bad_file_of_presets_is_said_on_the_page(monkeypatch, tmp_path):
    bad = tmp_path / "mine.yaml"
    bad.write_text("presets: {mine: {members: [{vendor: nobody}]}}\n")
    monkeypatch.setenv("PRESETS_FILE", str(bad))
    settings.cache_clear()
    page = AppTest.from_file(str(ROOT / "ui" / "main.py"), default_timeout=60).run()
    assert not page.exception
    assert any("nobody" in error.value for error in page.error)


def test_a_folder_that_is_not_understood_is_not_guessed_at(page, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "todo.txt").write_text("buy milk\n")
    opened(page, tmp_path / "notes")
    assert not page.exception
    assert page.button(key="generate").disabled
    assert page.warning


def test_every_way_of_calling_is_offered_with_the_numbers_that_have_an_effect(page):
    def numbers() -> set[str]:
        return {entry.key.removeprefix("knob_") for entry in page.number_input if (entry.key or "").startswith("knob_")}

    unfold(page)
    assert page.toggle(key="async_mode").value
    assert page.selectbox(key="execution").options == ["Parallel", "Quorum", "Hedged"]
    assert numbers() == {"early_stop_threshold"}
    page.selectbox(key="execution").set_value("hedged").run()
    assert numbers() == {"hedge_delay_ms", "max_hedges"}
    page.toggle(key="async_mode").set_value(False).run()
    assert page.selectbox(key="execution").options == ["Sequential", "Cascade"]
    assert page.selectbox(key="execution").value == "sequential"
    page.selectbox(key="execution").set_value("cascade").run()
    page.selectbox(key="strategy").set_value("consensus").run()
    assert numbers() == {"consensus_threshold", "confidence_threshold"}
    page.radio(key="preset").set_value("fast").run()
    assert (page.toggle(key="async_mode").value, page.selectbox(key="execution").value) == (True, "parallel")
    assert not page.exception


def test_a_cascade_asks_one_after_the_other(page):
    opened(page)
    unfold(page)
    page.toggle(key="async_mode").set_value(False).run()
    page.selectbox(key="execution").set_value("cascade").run()
    page.number_input(key="knob_confidence_threshold").set_value(0.1).run()
    page.button(key="generate").click().run()
    finished(page)
    verdict = page.session_state["omni_page"].verdict
    assert verdict.execution == "cascade"
    assert [str(candidate.status) for candidate in verdict.candidates] == ["success", "skipped", "skipped"]
