"""Pictures beside the user's own words: a whiteboard, a drawing, a screen, with a word on which members are shown them."""

from __future__ import annotations

import streamlit as st

from config import settings
from engine.assemble import assemble
from engine.pictures import NotAPicture, admit
from providers.ensemble import EnsembleProvider
from providers.errors import ConfigurationError
from providers.pictures import MOST_PICTURES
from providers.records import Member
from providers.vendors import find
from ui import folds, state
from ui.components.still import still, taken
from ui.text import count, label
from ui.widgets import sidebar

TYPES = ("png", "jpg", "jpeg", "webp")
COLUMNS = 3


def add_a_picture() -> None:
    """Offer to add pictures, folded until there is one; show what will be sent, and to whom."""
    record = state.page()
    title = f"{count(len(record.pictures), 'picture')} added" if record.pictures else "Add a picture"
    opened = bool(record.pictures)
    with st.expander(title, icon=":material/add_photo_alternate:", key=state.PICTURES, expanded=opened, on_change="rerun") as fold:
        if folds.drawn(fold, state.PICTURES):
            _pictures()


def _pictures() -> None:
    record = state.page()
    _previews()
    if record.picture_problem:
        st.error(label(record.picture_problem, most=300), icon=":material/error:")
    full = len(record.pictures) >= MOST_PICTURES
    still(key=state.PICTURE_STILL, full=full, on_still=_take)
    key = f"{state.PICTURE_FILE}_{record.picture_edition}"
    st.file_uploader(
        "Or a file",
        type=list(TYPES),
        key=key,
        on_change=_upload,
        args=(key,),
        disabled=full,
        label_visibility="collapsed",
        width="stretch",
    )
    st.caption(_where_it_goes())


def _previews() -> None:
    record = state.page()
    if not record.pictures:
        return
    for at, (column, shown) in enumerate(zip(st.columns(COLUMNS), record.pictures, strict=False)):
        with column:
            st.image(shown.picture.data, width="stretch")
            st.caption(label(f"{shown.source}, {shown.width} x {shown.height}, {len(shown.picture.data) // 1024:,} KB", most=120))
            st.button("Remove", key=f"{state.PICTURE_REMOVE}{at}", icon=":material/close:", type="tertiary", on_click=_remove, args=(at,))


def _where_it_goes() -> str:
    """Say which members of the chosen preset are shown the pictures and which are not."""
    try:
        ensemble, _ = assemble(sidebar.resolved().preset, settings(), state.page().keys, sidebar.tuning())
    except ConfigurationError:
        return "OpenAI, Gemini and local models that see, such as llava, are shown it. Only your session holds it, until you remove it."
    seeing, blind = told_apart(ensemble)
    kept = "Only this browser session holds it: not the history, not the log, not your colleagues."
    others = f" {label(', '.join(blind), most=200)} {'do' if len(blind) > 1 else 'does'} not see it." if blind else ""
    if not seeing:
        return (
            "No member of this run sees pictures, so it would be sent to nobody. Choose a preset with OpenAI, Gemini or a local model that "
            f"sees, such as llava. {kept}"
        )
    return f"It is sent to {label(' and '.join(seeing), most=200)}.{others} {kept}"


def told_apart(ensemble: EnsembleProvider) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the members that are shown pictures and those that are not, each by vendor and model, once."""
    seeing: dict[str, None] = {}
    blind: dict[str, None] = {}
    for member in ensemble.members:
        (seeing if _sees(member) else blind)[f"{find(member.vendor).label}: {member.model}"] = None
    return tuple(seeing), tuple(blind)


def _sees(member: Member) -> bool:
    return find(member.vendor).sees(member.model)


def _take() -> None:
    found = taken(st.session_state.get(state.PICTURE_STILL))
    if found is not None:
        _add(*found)


def _upload(key: str) -> None:
    record, given = state.page(), st.session_state.get(key)
    record.picture_edition += 1  # a fresh field, which holds no copy of the file
    if given is not None:
        _add(given.getvalue(), str(given.name))


def _add(data: bytes, source: str) -> None:
    record = state.page()
    if len(record.pictures) >= MOST_PICTURES:
        record.picture_problem = f"{MOST_PICTURES} pictures are the most. Remove one first."
        return
    try:
        record.pictures = (*record.pictures, admit(data, source))
        record.picture_problem = ""
    except NotAPicture as problem:
        record.picture_problem = str(problem)


def _remove(at: int) -> None:
    record = state.page()
    record.pictures = tuple(shown for place, shown in enumerate(record.pictures) if place != at)
    record.picture_problem = ""
