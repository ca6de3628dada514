"""The commands panel: a line from the catalogue, what it will run exactly, its output as it comes, and what was run before."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import streamlit as st

from engine.activity import Area
from engine.job import Job
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import count, excerpt, label, plain, seconds
from workspace.command_line import Planned, Template
from workspace.command_plan import plan
from workspace.command_run import Result, run_command
from workspace.commands import TOOLS
from workspace.errors import WorkspaceError
from workspace.files import Workspace
from workspace.processes import TAIL_LINES

LOOKING_S = 0.4
KEPT = 20
TALL = 18


def panel(workspace: Workspace) -> None:
    """Show the panel, or why there is none."""
    if not workspace.trusted:
        st.info("No command is run in a Restricted folder. Trust the folder first.", icon=":material/lock:")
        return
    _collect()
    page = state.page()
    job = page.command_job
    if job is not None and not job.over:
        with st.container(border=True, key="command_progress"):
            _watch()
    else:
        _line(workspace)
    if page.command_problem:
        st.error(label(page.command_problem, most=600), icon=":material/error:")
    for place, result in enumerate(page.command_results):
        _result(result, newest=place == 0)


def _line(workspace: Workspace) -> None:
    templates = {template.example: (tool.label, template) for tool in TOOLS.values() for template in tool.templates}
    left, right = st.columns([5, 7], vertical_alignment="bottom")
    left.selectbox(
        "From the catalogue",
        list(templates),
        index=None,
        key=state.COMMAND_TOOL,
        format_func=lambda example: f"{templates[str(example)][0]}: {templates[str(example)][1].about}",
        placeholder="Choose what to do, or type it",
        on_change=_take,
    )
    text = right.text_input(
        "Command", key=state.COMMAND, placeholder="docker build -t shop:dev .", max_chars=2_000, persist_state="session"
    )
    if not text:
        st.caption("One program a line, no shell: pipes, redirections and variables do not work. Paths stay inside the workspace.")
        return
    try:
        planned = plan(workspace, text)
    except WorkspaceError as problem:
        st.warning(label(problem.message, most=900), icon=":material/block:")
        return
    _confirm(workspace, planned)


def _confirm(workspace: Workspace, planned: Planned) -> None:
    """Show exactly what will run, and run it on a click."""
    with st.container(border=True, key="command_confirm"):
        inside = planned.tool.within is not None
        st.code(shlex.join(planned.argv), language="bash", wrap_lines=True)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(label(_about(planned.template, inside), most=400))
            st.button(
                "Run", key=state.COMMAND_RUN, type="primary", icon=":material/play_arrow:", on_click=_start, args=(workspace, planned)
            )


def _about(template: Template, inside: bool) -> str:
    if inside:
        return "Answered by this program itself; nothing is started."
    return f"Runs in the workspace, for at most {count(round(template.limit_s / 60), 'minute')}. {template.warns}".strip()


def _take() -> None:
    chosen = state.value(state.COMMAND_TOOL)
    if chosen:
        st.session_state[state.COMMAND] = str(chosen)


def _start(workspace: Workspace, planned: Planned) -> None:
    page = state.page()
    job: Job[tuple[str, ...], Result] = Job(planned.text, (), (WorkspaceError,))

    async def work(tell: Callable[[tuple[str, ...]], None]) -> Result:
        lines: list[str] = []

        def hear(line: str) -> None:
            lines.append(line)
            del lines[:-TAIL_LINES]
            tell(tuple(lines))

        async with page.activity.during(Area.COMMAND, planned.title, workspace.location) as outcome:
            result = await run_command(workspace, planned, hear)
            outcome.failed, outcome.summary = not result.ok, f"{planned.title}: {_ending(result)}"
            outcome.detail |= {"command": planned.text, "output": result.output[-2_000:]}
        return result

    page.command_problem = ""
    try:
        job.attach(BRIDGE.submit(job.run(work)).cancel)
    except BridgeBusyError as problem:
        page.command_problem = str(problem)
        return
    page.command_job = job


def _collect() -> None:
    page = state.page()
    job = page.command_job
    if job is None or not job.over or job.taken:
        return
    job.taken = True
    if job.result is not None:
        page.command_results = (job.result, *page.command_results)[:KEPT]
    page.command_problem = job.problem or ("" if job.result is not None else f"Stopped: {job.name}")
    page.version += 1


@st.fragment(run_every=LOOKING_S)
def _watch() -> None:
    job = state.page().command_job
    if job is None or job.over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f":material/terminal: {label(job.name, most=200)}")
        st.button("Cancel", key=state.COMMAND_CANCEL, icon=":material/stop_circle:", on_click=job.cancel)
    shown, _ = excerpt(job.progress[-TALL:])
    st.code(shown or "no output yet", language=None)


def _result(result: Result, *, newest: bool) -> None:
    icon = ":green[:material/check_circle:]" if result.ok else ":red[:material/cancel:]"
    title = f"{icon} {label(plain(result.text, 90))} · :gray[{_ending(result)}]"
    with st.expander(title, expanded=newest):
        lines = result.output.splitlines()
        shown, missing = excerpt(lines)
        st.code(shown or "(no output)", language=None, height=420 if len(lines) > TALL else "content")
        notes = [missing] if missing else []
        notes += ["the output was cut at 1 MiB"] if result.truncated else []
        st.caption(". ".join([*notes, f"Ran {label(shlex.join(result.argv), most=300)}"]))


def _ending(result: Result) -> str:
    took = seconds(result.seconds * 1000)
    if result.status is None:
        return f"stopped at its deadline after {took}"
    return f"done in {took}" if result.ok else f"exit status {result.status} after {took}"
