"""The Settings page: keys that are never shown again, addresses that are refused, model lists, presets."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from config import settings
from engine.assemble import presets_file
from providers import presets, vendors
from providers.errors import AuthenticationFailed
from tests.support.pages import Frame
from ui.widgets.settings import asking_models

KEY = "sk-canary-0123456789abcdef"


def opened() -> Frame:
    """Settings with both tabs and every vendor looked at."""
    page = Frame("settings")
    page.unfold("settings_vendors", "settings_presets", *(f"vendor_{spec.id}" for spec in vendors.VENDORS))
    return page


@pytest.fixture
def page(clean_settings) -> Frame:
    return opened()


def fill(page: Frame, vendor: str, **values: str) -> None:
    for name, value in values.items():
        page.test.text_input(key=f"vendor_{vendor}_{name}").set_value(value)
    page.click(f"use_{vendor}")


def everything(page: Frame) -> str:
    """Return all that the server sent to the browser."""
    widgets = [*page.test.text_input, *page.test.selectbox, *page.test.button]
    return page.words() + "".join(str(widget.proto) for widget in widgets)


def test_a_key_makes_its_vendor_ready_and_is_never_seen_again(page):
    fill(page, "openai", api_key=KEY)
    assert page.state.keys == {"openai": {"api_key": KEY}}
    assert KEY not in repr(page.state)
    assert KEY not in everything(page)
    assert page.test.text_input(key="vendor_openai_api_key").placeholder == "set for this page"
    assert "OpenAI gpt-4o · ready" in page.words()


def test_a_key_of_the_server_is_said_to_be_there_and_never_shown(clean_settings, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    settings.cache_clear()
    page = opened()
    assert page.test.text_input(key="vendor_openai_api_key").placeholder == "set on the server"
    assert page.test.text_input(key="vendor_openai_base_url").placeholder == "http://127.0.0.1:9/v1"
    assert KEY not in everything(page)
    fill(page, "openai", base_url="http://127.0.0.1:10/v1")
    assert page.test.text_input(key="vendor_openai_api_key").placeholder == "not set"  # the server's key goes to the server's address only


def test_a_key_can_be_forgotten(page):
    fill(page, "openai", api_key=KEY)
    page.click("forget_openai")
    assert page.state.keys == {}
    assert "OpenAI gpt-4o · no key" in page.words()


def test_a_second_value_is_added_to_the_first(page):
    fill(page, "watsonx", api_key=KEY)
    assert "project id" in page.words()
    fill(page, "watsonx", project_id="p-1")
    assert page.state.keys["watsonx"] == {"api_key": KEY, "project_id": "p-1"}


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://10.0.0.1/v1", "not encrypted"),
        ("http://169.254.169.254/latest", "metadata"),
        (KEY, "must start with https"),
        ("https://user:pass@example.org", "user name or password"),
        ("https://example.org/?x=1", "must not contain"),
    ],
)
def test_an_address_that_must_not_be_called_is_refused_and_nothing_is_kept(page, address, why):
    fill(page, "openai", api_key=KEY, base_url=address)
    assert page.state.keys == {}
    (said,) = page.said("error")
    assert why in said
    assert address not in said
    assert KEY not in everything(page)


def test_nothing_typed_is_said(page):
    page.click("use_openai")
    assert "Nothing was typed" in page.said("error")[0]


def answering(page: Frame, vendor: str, monkeypatch, answer) -> None:
    """Let the vendor's list be this, and look at the page until it has come."""

    async def models(spec, config):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(asking_models, "_models", models)
    page.click(f"models_{vendor}")
    deadline = time.monotonic() + 20
    while page.state.asked_models and time.monotonic() < deadline:
        page.run()
        time.sleep(0.02)
    page.run()


def test_the_models_a_vendor_offers_are_listed_and_offered_for_presets(page, monkeypatch):
    fill(page, "openai", api_key=KEY)
    answering(page, "openai", monkeypatch, ("gpt-9", "gpt-9-mini"))
    assert list(page.test.dataframe[0].value["model"]) == ["gpt-9", "gpt-9-mini"]
    assert page.test.selectbox(key="new_member_model_openai").options == ["gpt-9", "gpt-9-mini"]


def test_a_refused_key_is_said_with_the_way_out(page, monkeypatch):
    fill(page, "openai", api_key=KEY)
    answering(page, "openai", monkeypatch, AuthenticationFailed("OpenAI refused the key (401).", vendor="openai"))
    (said,) = page.said("error")
    assert said.startswith("OpenAI refused the key (401). ")
    assert not page.test.button(key="models_openai").disabled


def test_a_fault_of_ours_is_said_by_its_id_alone(page, monkeypatch):
    fill(page, "openai", api_key=KEY)
    answering(page, "openai", monkeypatch, RuntimeError(f"secret {KEY}"))
    (said,) = page.said("error")
    assert "error id" in said
    assert KEY not in everything(page)


def test_a_vendor_that_is_not_set_up_cannot_be_asked(page):
    assert page.test.button(key="models_openai").disabled


def name(page: Frame, wanted: str, preset: str = "balanced") -> None:
    page.test.text_input(key=f"preset_name_{preset}").set_value(wanted)


def test_a_preset_is_saved_under_a_new_name_chosen_and_removed(page):
    name(page, "mine")
    page.test.text_input(key="preset_description_balanced").set_value("for me")
    page.test.selectbox(key="preset_strategy_balanced").set_value("voting")
    page.test.toggle(key="preset_record_balanced").set_value(True)
    page.click("save_preset")
    assert "Saved mine." in page.said("success")[0]
    saved = presets.load(presets_file(settings()))["mine"]
    assert (saved.description, saved.strategy, saved.weights, len(saved.members)) == ("for me", "voting", "record", 3)
    assert page.test.selectbox(key="preset_edited").value == "mine"
    assert "mine" in [option.lower() for option in page.test.radio(key="preset").options]
    page.click("remove_preset")
    assert presets.load(presets_file(settings())) == {}
    assert page.test.selectbox(key="preset_edited").value == "balanced"


def test_a_built_in_preset_can_be_replaced_and_comes_back(page):
    page.test.selectbox(key="preset_strategy_balanced").set_value("voting")
    page.click("save_preset")
    assert page.test.selectbox(key="preset_strategy_balanced").value == "voting"
    page.click("remove_preset")
    assert "is back" in page.said("success")[0]
    assert page.test.selectbox(key="preset_strategy_balanced").value == "best_of_n"


def test_how_many_answers_are_needed_and_how_texts_are_compared_can_be_set(page):
    page.test.number_input(key="preset_answers_balanced").set_value(3)
    page.test.selectbox(key="preset_compared_balanced").set_value("numeric")
    page.click("save_preset")
    saved = presets.load(presets_file(settings()))["balanced"]
    assert (saved.min_responses, saved.normalization) == (3, "numeric")
    page.test.number_input(key="preset_answers_balanced").set_value(None)
    page.click("save_preset")
    assert presets.load(presets_file(settings()))["balanced"].min_responses is None


def test_another_preset_is_added_as_a_member_but_not_within_itself(page):
    def add(wanted: str) -> None:
        page.test.selectbox(key="new_member_vendor").set_value("ensemble").run()
        page.test.selectbox(key="new_member_model_ensemble").set_value(wanted).run()
        page.click("add_member")
        page.click("save_preset")

    name(page, "nested")
    add("fast")
    saved = presets.load(presets_file(settings()))["nested"]
    assert [(member.vendor, member.model) for member in saved.members][-1] == ("ensemble", "fast")
    page.test.selectbox(key="preset_edited").set_value("fast").run()
    add("nested")
    assert "fast > nested > fast" in page.said("error")[0]
    assert "fast" not in presets.load(presets_file(settings()))


def test_a_member_is_added_from_what_a_vendor_offers(page):
    page.test.selectbox(key="new_member_vendor").set_value("architect").run()
    page.test.selectbox(key="new_member_model_architect").set_value("lean").run()
    page.click("add_member")
    name(page, "mine")
    page.click("save_preset")
    saved = presets.load(presets_file(settings()))["mine"]
    assert [(member.vendor, member.model) for member in saved.members][-1] == ("architect", "lean")


def test_what_was_typed_is_kept_while_another_page_is_looked_at(page):
    name(page, "half-typed")
    page.run()
    page.go("review")
    page.go("settings")
    assert page.test.text_input(key="preset_name_balanced").value == "half-typed"


@pytest.mark.parametrize("bad", ["My Team", "", "9lives", "a.b", "../../x"])
def test_a_name_that_cannot_be_an_id_is_refused_with_the_rule(page, bad):
    name(page, bad)
    page.click("save_preset")
    assert "small letters" in page.said("error")[0]
    assert not presets_file(settings()).exists()


def broken(text: str) -> Path:
    path = presets_file(settings())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "why"), [("presets: [\n", "not valid YAML"), ("presets:\n  x:\n    members: [{vendor: nobody}]\n", "nobody")]
)
def test_a_broken_file_is_said_left_as_it_is_and_the_built_in_presets_work(page, text, why):
    path = broken(text)
    page.run()
    assert any(why in said for said in page.said("error"))
    name(page, "mine")
    page.click("save_preset")
    assert any("Nothing was saved" in said and "presets.yaml" in said for said in page.said("error"))
    assert path.read_text() == text
    assert page.test.radio(key="preset").options[:4] == ["Balanced", "Fast", "Quality", "Diverse"]


def test_every_vendor_with_fields_is_there(page):
    shown = {key.split("_")[1] for widget in page.test.text_input if (key := widget.key or "").startswith("vendor_")}
    assert shown == {spec.id for spec in vendors.VENDORS if not spec.built_in}


def test_settings_say_where_speech_goes_or_how_to_get_a_recogniser(clean_settings, monkeypatch):
    assert "TRANSCRIPTION_BASE_URL" in Frame("settings").words()
    for url, said in (("http://127.0.0.1:9/v1", "speech is sent to"), ("http://169.254.169.254/v1", "is not usable")):
        monkeypatch.setenv("TRANSCRIPTION_BASE_URL", url)
        settings.cache_clear()
        assert said in Frame("settings").words()


def test_what_nobody_looked_at_is_not_drawn_and_what_was_opened_once_stays(clean_settings):
    page = Frame("settings")
    assert not page.test.text_input
    page.test.session_state["vendor_openai"] = True
    page.run()
    assert {field.key for field in page.test.text_input} == {"vendor_openai_api_key", "vendor_openai_base_url"}
    page.test.session_state["vendor_openai"] = False
    page.run()
    assert len(page.test.text_input) == 2  # a key that is typed and not yet used is not lost by folding


def test_a_fold_stays_open_when_its_vendor_becomes_ready(clean_settings):
    page = Frame("settings")
    page.test.session_state["vendor_openai"] = True
    page.run()
    fill(page, "openai", api_key=KEY)
    assert page.test.session_state["vendor_openai"] is True
    page.click("forget_openai")
    assert page.test.session_state["vendor_openai"] is True
