"""From recorded runs to figures: accuracy with its interval, percentiles, cost, the curve over size, the ablation, and the words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations, islice

from engine.experiments.grading import graded
from engine.experiments.records import Alone, Best, Outcome, Point, Question, Recorded, Replayed, Results, Row, Share
from providers.records import Status
from providers.replay import NOT_REPLAYED, REPLAYED, Replay
from providers.strategy import AGREEMENT_THRESHOLD
from telemetry.figures import percentile

Z = 1.959964
"""The normal quantile of a 95 % interval."""
MOST_CHOICES = 24
"""Choices of members looked at for one size; of more, this many evenly spread ones."""
FEW = 30
"""Below so many questions the width of the interval is said in words."""
VALUE_MARGIN = 0.05
"""How far below the best accuracy a configuration may be to count as best value."""


def wilson(right: int, of: int) -> Share:
    """Return the share with its 95 % score interval (E. B. Wilson 1927), which also holds where few were asked or all were right."""
    if of == 0:
        return Share(0, 0, None, 0.0, 1.0)
    share, square = right / of, Z * Z
    centre = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return Share(right, of, share, max(0.0, centre - half), min(1.0, centre + half))


def asked(recorded: Sequence[Recorded]) -> list[Recorded]:
    """Return those that were asked."""
    return [entry for entry in recorded if entry.outcome is not Outcome.NOT_ASKED]


def row(name: str, recorded: Sequence[Recorded], questions: Mapping[str, Question], notes: Sequence[str] = ()) -> Row:
    """Return the figures of one configuration that need no answer to be combined anew."""
    made = asked(recorded)
    answered = [entry for entry in made if entry.outcome is not Outcome.FAILED]
    times = [entry.latency_ms for entry in answered if entry.latency_ms is not None]
    agreed = [entry.consensus for entry in answered if entry.consensus is not None]
    scores = [entry.measure for entry in made if questions[entry.question].of_files]
    unpriced = sum(entry.cost_usd is None for entry in made)
    return Row(
        configuration=name,
        accuracy=wilson(sum(entry.outcome is Outcome.RIGHT for entry in made), len(made)),
        failed=len(made) - len(answered),
        not_asked=len(recorded) - len(made),
        consensus=sum(agreed) / len(agreed) if agreed else None,
        p50_ms=percentile(times, 0.50),
        p95_ms=percentile(times, 0.95),
        cost_usd=sum(entry.cost_usd or 0.0 for entry in made) if made and not unpriced else None,
        unpriced=unpriced,
        score=sum(scores) / len(scores) if scores else None,
        notes=tuple(notes),
    )


async def replayed(
    recorded: Sequence[Recorded],
    questions: Mapping[str, Question],
    strategy: str,
    *,
    threshold: float = AGREEMENT_THRESHOLD,
    weights_given: bool = False,
) -> tuple[tuple[Point, ...], tuple[Replayed, ...], tuple[Alone, ...], tuple[str, ...]]:
    """Return the curve over ensemble size, the ablation, every member alone, and what has to be said about them. Nothing is called."""
    made = asked(recorded)
    complete = [entry for entry in made if entry.candidates and all(_ended(candidate.status) for candidate in entry.candidates)]
    size = max((len(entry.candidates) for entry in complete), default=0)
    usable = [entry for entry in complete if len(entry.candidates) == size]
    if size < 2 or not usable:
        why = "This execution did not wait for every member, so nothing can be said about other sizes and strategies."
        return (), (), (), (why,) if any(len(entry.candidates) > 1 for entry in made) else ()
    notes = [] if len(usable) == len(made) else [f"Curve and ablation are of the {len(usable)} of {len(made)} runs that all members ended."]
    plays = [
        (
            questions[entry.question],
            Replay(
                entry.candidates,
                normalization=questions[entry.question].normalization,
                threshold=threshold,
                weights_given=weights_given,
            ),
        )
        for entry in usable
    ]
    ablation = []
    for name in REPLAYED:
        right = none = 0
        for question, play in plays:
            choice = await play.choose(name)
            none += choice is None
            right += choice is not None and _right(question, choice.text, choice.winner)
        ablation.append(Replayed(strategy=name, share=wilson(right, len(plays)), none=none, used=name == strategy))
    alone = []
    for place, candidate in enumerate(sorted(usable[0].candidates, key=lambda entry: entry.member.index)):
        right = 0
        for question, play in plays:
            choice = await play.choose("best_of_n", [place])
            right += choice is not None and _right(question, choice.text, choice.winner)
        alone.append(Alone(member=candidate.member.id, share=wilson(right, len(plays))))
    curve: list[Point] = []
    if strategy in NOT_REPLAYED:
        notes.append(f"{strategy} asks a member again, so its reliability at other sizes is not computed from what was recorded.")
    else:
        for many in range(1, size + 1):
            choices = _choices(size, many)
            right = 0
            for question, play in plays:
                for places in choices:
                    choice = await play.choose(strategy, places)
                    right += choice is not None and _right(question, choice.text, choice.winner)
            curve.append(Point(size=many, value=right / (len(plays) * len(choices)), choices=len(choices)))
    return tuple(curve), tuple(ablation), tuple(alone), tuple(notes)


def words(
    recorded: Sequence[Recorded], names: Sequence[str], questions: Mapping[str, Question]
) -> tuple[tuple[Best, ...], tuple[str, ...]]:
    """Return fastest, cheapest, most reliable and best value over the questions that all of those were asked, and what limits them."""
    by_name = {name: asked([entry for entry in recorded if entry.configuration == name]) for name in names}
    running = {name: made for name, made in by_name.items() if made}
    if len(running) < 2:
        return (), ("Fastest, cheapest, most reliable and best value need two configurations that were asked the same questions.",)
    common = set.intersection(*({entry.question for entry in made} for made in running.values()))
    if not common:
        return (), ("No question was asked of every configuration, so none of them is called the fastest or the best.",)
    rows = [row(name, [entry for entry in made if entry.question in common], questions) for name, made in running.items()]
    over = (
        f"over the {len(common)} questions that all {len(rows)} were asked" if len(common) > 1 else "over the one question all were asked"
    )
    notes = []
    least = min(rows, key=lambda entry: entry.accuracy.value or 0.0)
    best = max(rows, key=_reliable)
    if least.accuracy.right < best.accuracy.right and least.accuracy.high >= best.accuracy.low:
        notes.append(
            f"The intervals of {best.configuration} and {least.configuration} overlap: with {len(common)} "
            f"{'question' if len(common) == 1 else 'questions'} the difference in accuracy may be chance."
        )
    return (_fastest(rows, over), _cheapest(rows, over), _most_reliable(rows, over), _best_value(rows, over)), tuple(notes)


def in_words(found: Share) -> str:
    """Return what an accuracy of few questions is worth: `6 of 8 right; with so few the true share lies between 41 % and 93 % ...`."""
    if found.value is None:
        return "No question was asked."
    told = f"{found.right} of {found.of} right ({found.value:.0%})"
    if found.of >= FEW:
        return f"{told}, 95 % interval {found.low:.0%} to {found.high:.0%}."
    return f"{told}; with so few questions that means {found.low:.0%} to {found.high:.0%} (95 % Wilson interval)."


def notes_of(results: Results) -> tuple[str, ...]:
    """Return everything a reader has to know about the figures, each sentence once."""
    whose: dict[str, list[str]] = {}
    for entry in results.rows:
        for note in (*((in_words(entry.accuracy),) if 0 < entry.accuracy.of < FEW else ()), *entry.notes):
            whose.setdefault(note, []).append(entry.configuration)
    return (*results.notes, *(f"{', '.join(names)}: {note}" for note, names in whose.items()))


def _fastest(rows: Sequence[Row], over: str) -> Best:
    timed = [entry for entry in rows if entry.p50_ms is not None]
    how = f"Lowest median time of a run that gave an answer, {over}."
    if not timed:
        return Best("Fastest", "", "", "No run gave an answer.")
    best = min(timed, key=lambda entry: entry.p50_ms or 0.0)
    return Best("Fastest", best.configuration, f"{best.p50_ms:.0f} ms", how)


def _cheapest(rows: Sequence[Row], over: str) -> Best:
    priced = [entry for entry in rows if entry.cost_usd is not None]
    if not priced:
        return Best("Cheapest", "", "", "No configuration has a known price for every answer.")
    least = min(entry.cost_usd or 0.0 for entry in priced)
    same = [entry for entry in priced if entry.cost_usd == least]
    left_out = f" {len(rows) - len(priced)} of unknown price are left out." if len(priced) < len(rows) else ""
    figure = "free" if least == 0 else f"${least:.4f}"
    if len(same) > 1 and len(same) == len(rows):
        return Best("Cheapest", "", figure, f"All {len(rows)} cost the same, {over}.")
    best = max(same, key=_reliable)
    among = f" Of {len(same)} that cost the same, the most reliable." if len(same) > 1 else ""
    return Best("Cheapest", best.configuration, figure, f"Lowest sum of what the calls cost by the price lists, {over}.{among}{left_out}")


def _most_reliable(rows: Sequence[Row], over: str) -> Best:
    best = max(rows, key=_reliable)
    same = [entry for entry in rows if (entry.accuracy.right, entry.accuracy.of) == (best.accuracy.right, best.accuracy.of)]
    if len(same) == len(rows) and len({entry.failed for entry in rows}) == 1:
        return Best("Most reliable", "", f"{best.accuracy.value or 0.0:.0%}", f"All {len(rows)} were right equally often, {over}.")
    how = (
        "Highest lower end of the 95 % interval of accuracy, so that luck with few questions counts little; then fewer failures, then "
        f"higher consensus, {over}."
    )
    return Best("Most reliable", best.configuration, f"{best.accuracy.value or 0.0:.0%}, at least {best.accuracy.low:.0%}", how)


def _best_value(rows: Sequence[Row], over: str) -> Best:
    priced = [entry for entry in rows if entry.cost_usd is not None and entry.accuracy.right and entry.p50_ms is not None]
    if not priced:
        return Best("Best value", "", "", "No configuration with a known price was right at all.")
    top = max(entry.accuracy.value or 0.0 for entry in rows)
    near = [entry for entry in priced if (entry.accuracy.value or 0.0) >= top - VALUE_MARGIN - 1e-9]
    how = f"The cheapest of those within {VALUE_MARGIN * 100:.0f} points of the best accuracy, of equally cheap ones the fastest, {over}."
    if not near:
        return Best("Best value", "", "", f"Those within {VALUE_MARGIN * 100:.0f} points of the best accuracy are of unknown price.")
    best = min(near, key=lambda entry: (entry.cost_usd or 0.0, entry.p50_ms or 0.0))
    each = (best.cost_usd or 0.0) / best.accuracy.right
    return Best(
        "Best value", best.configuration, f"{best.accuracy.value:.0%}, {'free' if not each else f'${each:.4f} a right answer'}", how
    )


def _reliable(entry: Row) -> tuple[float, int, float]:
    return entry.accuracy.low if entry.accuracy.of else -1.0, -entry.failed, entry.consensus or 0.0


def _right(question: Question, text: str, winner: object) -> bool:
    return graded(question, text, getattr(winner, "assessment", None))[0] is Outcome.RIGHT


def _ended(status: Status) -> bool:
    return status in (Status.SUCCESS, Status.ERROR)


def _choices(size: int, many: int) -> list[tuple[int, ...]]:
    step = max(1, -(-math.comb(size, many) // MOST_CHOICES))
    return list(islice(combinations(range(size), many), 0, None, step))
