"""Three pictures of a run: the calls in time, who agrees with whom, and how the members streamed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st

from providers.council import Resonance
from providers.records import Candidate, Moment, Status, Verdict
from ui.components.minutes import minutes
from ui.html import Piece, show, tag
from ui.text import count, plain, seconds

WAITING, FIRST, ANSWERING, FAILED = "before its call", "until its first token", "answering", "failed"
CLASSES = {WAITING: "waiting", FIRST: "first", ANSWERING: "answering", FAILED: "failed"}
TICKS = 5
LEAST_SHARE = 0.005


def timeline(verdict: Verdict) -> None:
    """Draw each member's call: when it was made, when its first token came, when it ended, how often it was tried."""
    ends = [candidate.started_ms + candidate.latency_ms for candidate in verdict.candidates if candidate.latency_ms is not None]
    if not ends or max(ends) <= 0:
        return
    whole = max(ends)
    st.markdown("**Calls in time**")
    seen = {phase for candidate in verdict.candidates for phase, start, to in phases(candidate) if to - start >= LEAST_SHARE * whole}
    legend = [tag("span", tag("i", class_=CLASSES[phase]), phase) for phase in CLASSES if phase in seen]
    ticks = [tag("span", _mark(at, whole), style=f"left:{at / whole:.2%}") for at in scale(whole)]
    show(
        tag(
            "div",
            *(_row(candidate, whole) for candidate in verdict.candidates),
            tag("div", tag("span"), tag("div", *ticks, class_="ticks"), tag("span"), class_="row", aria_hidden="true"),
            tag("div", *legend, class_="legend"),
            class_="omni times",
        )
    )


def agreement(verdict: Verdict) -> None:
    """Draw how alike the members' answers are, pair by pair, as a heat map with its numbers."""
    matrix = verdict.similarity
    members = [plain(candidate.member.label, 40) for candidate in verdict.candidates]
    answered = [candidate.status is Status.SUCCESS for candidate in verdict.candidates]
    if sum(answered) < 2 or len(matrix) != len(members):
        return
    st.markdown("**Who agrees with whom**")
    places = [place for place, good in enumerate(answered) if good]
    head = tag("tr", tag("th"), *(tag("th", members[place], scope="col", title=members[place]) for place in places))
    rows = [
        tag("tr", tag("th", members[one], scope="row", title=members[one]), *(_cell(matrix[one][other], one == other) for other in places))
        for one in places
    ]
    show(tag("div", tag("div", tag("table", head, *rows), class_="scroll"), class_="omni heat"))


def council(verdict: Verdict) -> None:
    """Draw the live council as it was: energy, diversity, and where the members converged or diverged."""
    kept = verdict.council
    if kept is None or len(kept.members) < 2 or len(kept.moments) < 2:
        return
    known = [place for place, moment in enumerate(kept.moments) if moment.energy is not None or moment.agreement is not None]
    moments = kept.moments[max(0, known[0] - 1) :]
    if len(moments) < 2:
        return
    st.markdown("**The council in time**")
    minutes(key="minutes", moments=[asdict(moment) for moment in moments], told=told(moments))


def told(moments: Sequence[Moment]) -> dict[str, str]:
    """Say in words how the members streamed: their energy, their diversity, whether they converged."""
    energies = [(moment.energy, moment.at_ms) for moment in moments if moment.energy is not None]
    diversities = [moment.diversity for moment in moments if moment.diversity is not None]
    compared = [moment for moment in moments if moment.agreement is not None]
    least, at = min(energies, default=(0.0, 0.0))
    share = sum(moment.resonance == Resonance.CONVERGING for moment in compared) / max(1, len(compared))
    mean_energy = sum(energy for energy, _ in energies) / max(1, len(energies))
    mean_diversity = sum(diversities) / max(1, len(diversities))
    return {
        "energy": f"energy {mean_energy:.2f} on average, lowest {least:.2f} at {seconds(at)}" if energies else "energy not known",
        "diversity": f"diversity {mean_diversity:.2f} on average" if diversities else "diversity not known",
        "resonance": f"converged for {share:.0%} of the time in which they could be compared" if compared else "nothing to compare",
    }


def phases(candidate: Candidate) -> tuple[tuple[str, float, float], ...]:
    """Return the parts of a call as (what, from, to) in milliseconds since the run began; none where no call was made."""
    if candidate.latency_ms is None:
        return ()
    began, ended = candidate.started_ms, candidate.started_ms + candidate.latency_ms
    if candidate.status is not Status.SUCCESS:
        parts = [(WAITING, 0.0, began), (FAILED, began, ended)]
    else:
        first = min(ended, began + candidate.first_token_ms) if candidate.first_token_ms is not None else ended
        parts = [(WAITING, 0.0, began), (FIRST, began, first), (ANSWERING, first, ended)]
    return tuple(part for part in parts if part[2] > part[1])


def scale(whole: float) -> tuple[float, ...]:
    """Return round marks from 0 up to a duration in milliseconds, TICKS of them or so."""
    rough = whole / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return tuple(step * number for number in range(int(whole / step) + 1))


def _mark(at: float, whole: float) -> str:
    """Write a mark of the scale, all in one unit."""
    return f"{at / 1000:g} s" if whole >= 1000 else f"{at:g} ms"


def _row(candidate: Candidate, whole: float) -> Piece:
    parts = [part for part in phases(candidate) if part[2] - part[1] >= LEAST_SHARE * whole]
    words = [f"{phase} {seconds(to - start)}" for phase, start, to in parts]
    bars = [
        tag("i", class_=CLASSES[phase], style=f"left:{start / whole:.3%};width:{(to - start) / whole:.3%}", title=word)
        for (phase, start, to), word in zip(parts, words, strict=True)
    ]
    name = plain(candidate.member.label, 60)
    tried = f"{name}: {', '.join(words) or 'not asked'}" + (f", {count(candidate.attempts, 'attempt')}" if candidate.attempts > 1 else "")
    took = "not asked" if candidate.latency_ms is None else seconds(candidate.latency_ms)
    after = f" · {candidate.attempts}×" if candidate.attempts > 1 else ""
    return tag(
        "div",
        tag("span", name, class_="who", title=name),
        tag("div", *bars, class_="track", role="img", aria_label=tried),
        tag("span", took + after, class_="took soft", title=tried),
        class_="row",
    )


def _cell(alike: float, same: bool) -> Piece:
    if same:
        return tag("td", "–", class_="soft", title="the same answer")
    share = min(1.0, max(0.0, alike))
    return tag("td", f"{share:.0%}", style=f"background:rgba(9,105,218,{0.06 + 0.5 * share * share:.2f})")
