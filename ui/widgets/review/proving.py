"""Proof on the Review page: really build the images, start them shut off, and put what happened into the evidence."""

from __future__ import annotations

import streamlit as st

from artifacts.records import Kind
from engine.proof_report import proof_data
from engine.prove import with_proof
from engine.proving.job import ProofJob, ProofState
from engine.proving.records import STEP_LABELS, ImageProof, Outcome, Proof
from providers.records import Verdict
from ui import state
from ui.bridge import BRIDGE, BridgeBusyError
from ui.text import label, plain
from ui.widgets.review import history

LOOKING_S = 0.5
SHOWN_LINES = 14
MARKS = {
    Outcome.RUNNING: ":blue[:material/progress_activity:]",
    Outcome.PASSED: ":green[:material/check_circle:]",
    Outcome.FAILED: ":red[:material/cancel:]",
    Outcome.NOT_CHECKED: ":gray[:material/help:]",
}
EXPLAINED = (
    "Builds every Dockerfile of the verdict in a copy of your folder with docker or podman, starts each image without a network, "
    "waits for its health, asks its port, sees who it runs as and whether it stays up, stops it, and removes everything. "
    "A build runs what the Dockerfile says and may load packages."
)


def panel(verdict: Verdict) -> None:
    """Offer the proof, show it while it goes on, and what it found when it is over."""
    if not any(artifact.kind is Kind.DOCKERFILE for artifact in verdict.artifacts):
        return
    job = _job(verdict)
    if job is not None and not job.over:
        with st.container(border=True, key="proof_progress"):
            _watch()
        return
    with st.container(border=True, key="proof_panel"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(label(_told(job, verdict), most=400))
            with st.popover("Prove it" if job is None else "Prove it again", icon=":material/science:"):
                st.caption(EXPLAINED)
                st.button("Build and start it", key=state.PROVE, type="primary", on_click=_start, args=(verdict,), disabled=_barred())
                if _missing():
                    st.caption("Open the workspace this run was made for first.")
                elif _barred():
                    st.caption("The folder is Restricted. Trust it in the sidebar or on the Deliver page first.")
        if job is not None and job.problem:
            st.error(label(job.problem, most=400), icon=":material/error:")
        if job is not None and job.proof is not None:
            _result(job.proof)


def collect() -> None:
    """Take a finished proof into the evidence of the verdict, once, where it is still about the verdict's files."""
    page = state.page()
    job = page.proving
    if job is None or not job.over or job.taken or job.proof is None:
        return
    job.taken = True
    if page.verdict is None or page.verdict.run_id != job.run_id:
        return
    if page.verdict.artifacts == job.artifacts:
        history.changed(with_proof(page.verdict, job.proof, page.expectations))
    else:
        job.problem = "The files were changed while they were proved, so the proof is not in their evidence. Prove them again."


def _job(verdict: Verdict) -> ProofJob | None:
    job = state.page().proving
    return job if job is not None and job.run_id == verdict.run_id else None


def _barred() -> bool:
    workspace = state.page().workspace
    return _missing() or workspace is None or not workspace.trusted


def _missing() -> bool:
    page = state.page()
    again = page.shown_again
    return page.workspace is None or (again is not None and again.summary.workspace != page.workspace.location)


def _told(job: ProofJob | None, verdict: Verdict) -> str:
    if job is None:
        return "Not proved yet: no image was built from these files."
    if job.state is ProofState.STOPPED:
        return "The proof was stopped; what it made is being removed." if job.cleaning else "The proof was stopped and left nothing behind."
    if job.proof is None:
        return "The proof did not end."
    if job.proof.not_proved and not job.proof.images:
        return f"Not proved: {job.proof.not_proved}"
    about = "" if job.artifacts == verdict.artifacts else " Files were changed since."
    facts = [fact for image in job.proof.images for fact in image.facts]
    missed = next((fact.text for fact in facts if fact.outcome is Outcome.NOT_CHECKED), "")
    if any(fact.outcome is Outcome.FAILED for fact in facts):
        word = "Not everything stood the proof"
    elif not job.proof.ok:
        return f"Not proved: {missed or 'something could not be looked at'}.{about}"
    else:
        word = "Proved"
    return f"{word} with {job.proof.engine} in {job.proof.seconds:.0f} s.{about}"


def _start(verdict: Verdict) -> None:
    page = state.page()
    if page.workspace is None:
        return
    job = ProofJob(verdict.run_id, verdict.artifacts)
    try:
        job.attach(BRIDGE.submit(job.run(page.workspace, page.profile)).cancel)
    except BridgeBusyError as problem:
        page.review_problem = str(problem)
        return
    page.proving = job


def _cancel() -> None:
    job = state.page().proving
    if job is not None:
        job.cancel()


@st.fragment(run_every=LOOKING_S)
def _watch() -> None:
    job = state.page().proving
    if job is None or job.over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(":material/science: Proving")
        st.button("Cancel", key=state.PROVE_CANCEL, icon=":material/stop_circle:", on_click=_cancel)
    for event in job.steps:
        where = f"{label(event.path)}: " if event.path else ""
        took = "" if event.seconds is None else f" :gray[{event.seconds:.1f} s]"
        st.markdown(f"{MARKS[event.outcome]} {where}{STEP_LABELS[event.step]} :gray[{label(event.text, most=200)}]{took}")
    if job.lines:
        st.code("\n".join(job.lines[-SHOWN_LINES:]), language=None, height=260)


def _result(proof: Proof) -> None:
    for image in proof.images:
        with st.expander(f"{label(image.path)}: {_short(image)}", expanded=not image.ok, type="compact"):
            for fact in image.facts:
                st.markdown(f"{MARKS[fact.outcome]} {STEP_LABELS[fact.step]}: {label(fact.text, most=400)}")
            if image.log:
                st.code("\n".join(image.log[-40:]), language=None, height=240)
    for note in proof.notes:
        st.caption(label(note, most=300))
    if proof.images:
        st.download_button(
            "Export the proof",
            data=lambda: _json(proof),
            file_name="proof.json",
            mime="application/json",
            key="export_proof",
            on_click="ignore",
        )


def _short(image: ImageProof) -> str:
    """Say in a line what was measured."""
    if not image.built:
        return "did not build"
    parts = [f"built in {image.build_seconds:.0f} s" if image.build_seconds is not None else "built"]
    if image.size is not None:
        parts.append(f"{image.size / 1e6:.0f} MB")
    if image.start_seconds is not None:
        parts.append(f"started in {image.start_seconds:.1f} s")
    if image.healthy is not None:
        parts.append("healthy" if image.healthy else "not healthy")
    if image.user is not None:
        parts.append(f"runs as uid {image.user}")
    return plain(", ".join(parts), 200)


def _json(proof: Proof) -> bytes:
    import orjson

    return orjson.dumps(proof_data(proof), option=orjson.OPT_INDENT_2)
