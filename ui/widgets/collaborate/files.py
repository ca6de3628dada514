"""The session's files: whose they are, how they stand to yours, and the choice where two people changed the same one."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime

import streamlit as st

from artifacts.kinds import kind_of
from collaboration.client import Held
from engine.shared import taken_over
from ui import sharing, state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.shared import Clash
from ui.sharing import text_of
from ui.text import ago, label, plain
from ui.widgets.together import is_viewer
from ui.widgets.verdict import LANGUAGES, show_code

JUDGE_S = 30.0


def clashes(names: dict[str, str]) -> None:
    """Show each file that somebody else changed first: mine, theirs, the difference, and the ways to decide."""
    for clash in list(state.page().shared.clashes.values()):
        _clash(clash, names.get(clash.by, "A colleague"))


def listed(names: dict[str, str]) -> None:
    """Show the files of the session, each with the way to look at it and to take it over."""
    st.markdown("**Files of the session**")
    found = sharing.listed()
    if not found:
        st.caption("No file has been shared yet. What you generate appears here for everybody.")
        return
    verdict = state.page().verdict
    mine = {artifact.path: artifact.content for artifact in (verdict.artifacts if verdict is not None else ())}
    paths = sorted(found)
    # how it stands is said below: a box keeps showing the words it was chosen by, also when they have changed
    chosen = st.selectbox("File", paths, key=state.SHARED_FILE, format_func=lambda path: plain(path, most=60), label_visibility="collapsed")
    if chosen is None:
        return
    held = found[chosen]
    text = text_of(held)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        when = ago(datetime.fromtimestamp(held.at / 1000, UTC), datetime.now(UTC))
        st.caption(f"by {label(names.get(held.by, 'somebody'), most=40)}, {when} · {_stands(held, mine.get(chosen))}")
        if mine.get(chosen) != text:
            st.button(
                "Take this one", key="take_shared", icon=":material/file_download_done:", disabled=is_viewer(), on_click=_take,
                args=(chosen, text, names.get(held.by, "a colleague")),
                help="It becomes part of your verdict, is validated again, and can be reviewed and applied.",
            )  # fmt: skip
    view = st.segmented_control("View", ["File", "Against mine"], key=state.SHARED_VIEW, default="File", label_visibility="collapsed")
    if view == "Against mine":
        _difference(mine.get(chosen, ""), text, "mine", "the session's")
    else:
        show_code(text, _language(chosen, text))


def _clash(clash: Clash, by: str) -> None:
    with st.container(border=True, key=f"clash_{clash.rev}"):
        st.markdown(
            f":orange[:material/call_split:] **{label(clash.path, most=80)}**: {label(by, most=40)} changed it while you did. "
            "Neither version is lost; choose one, or merge them."
        )
        mine, theirs, merged = st.tabs(["Difference", "Theirs", "Merge by hand"])
        with mine:
            _difference(clash.mine, clash.theirs, "mine", "theirs")
        with theirs:
            show_code(clash.theirs, _language(clash.path, clash.theirs))
        with merged:
            key = f"{state.MERGED}_{clash.path}_{clash.rev}"
            st.session_state.setdefault(key, clash.mine)
            st.text_area("Merged file", key=key, height=260, label_visibility="collapsed", max_chars=128 * 1024)
            st.button("Keep the merged file", key=f"{key}_keep", disabled=is_viewer(), on_click=_merge, args=(clash, key))
        with st.container(horizontal=True):
            st.button("Keep mine", key=f"mine_{clash.rev}", disabled=is_viewer(), on_click=_keep, args=(clash, clash.mine, "Kept mine"))
            st.button("Take theirs", key=f"theirs_{clash.rev}", on_click=_keep, args=(clash, clash.theirs, f"Took {by}'s"))


def _keep(clash: Clash, text: str, said: str) -> None:
    record = state.page()
    if text == clash.mine:
        sharing.take_file(clash.path, clash.theirs)
        record.shared.said.pop(sharing.GEN + clash.path, None)  # it is shared again, now over the revision that was seen
    elif _judged({clash.path: text}, f"{said} version of {clash.path}."):
        sharing.take_file(clash.path, clash.theirs)


def _merge(clash: Clash, key: str) -> None:
    text = str(st.session_state.get(key) or "")
    if _judged({clash.path: text if text.endswith("\n") else text + "\n"}, f"Merged {clash.path} by hand."):
        sharing.take_file(clash.path, clash.theirs)


def _take(path: str, text: str, by: str) -> None:
    now = sharing.files().get(path)
    if now is not None and text_of(now) != text:
        state.page().shared.notice = f"{path} has been changed again a moment ago and was not taken. Look at it, then take it."
    elif _judged({path: text}, f"Took {path} from {by}."):
        sharing.take_file(path, text)


def _judged(files: dict[str, str], reason: str) -> bool:
    """Make the files part of the verdict, validated here; False, with the reason told, where that cannot be now."""
    record, held = state.page(), state.session()
    if held.run is not None and not held.run.over:
        record.shared.notice = "A run of yours is going on. Wait for it or stop it, then decide."
        return False
    try:
        verdict = BRIDGE.call(taken_over(files, record.expectations, (reason,), record.verdict), JUDGE_S)
    except (TimeoutError, BridgeBusyError) as problem:
        record.shared.notice = f"The file could not be validated in time and was not taken: {problem}"
        return False
    held.run = None  # else its verdict would take the place of this one
    record.verdict, record.reopened = verdict, None
    return True


def _difference(before: str, after: str, old: str, new: str) -> None:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm=""))
    if not lines:
        st.caption("Both are the same.")
        return
    show_code("\n".join(lines), "diff")


def _stands(held: Held, mine: str | None) -> str:
    if mine is None:
        return "not in your verdict"
    return "same as yours" if mine == text_of(held) else "yours differs"


def _language(path: str, text: str) -> str | None:
    return LANGUAGES.get(kind_of(path, text))
