"""Asking an engine every question that it can answer, checking what it says, and taking the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import msgspec
import numpy as np

from benchmarks.engines.questions import Questions, first, same_order

LEAST_RECALL = 0.95
_SECONDS = 40.0
"""For one question of one engine; at least five parameter sets are asked however long it takes."""
_LEAST_ROUNDS = 5
_REHEARSED = (0.5, 2.0)
"""Seconds that an engine warms up at least and at most, with questions of other parameters, before its time counts."""
_SAME = 0.99
"""A recall above which two count as the same: nobody must be exact to be compared with who is."""
_SINGLE, _BATCH = 30, 2_000


class Figure(msgspec.Struct):
    """How one engine did with one question.

    Attributes:
        ms: Median time in milliseconds; of Q9 and Q10_batch for one row.
        p95: 95th percentile.
        recall: Mean share of the true nearest, where these were asked for.
        good: Whether every answer was right, or recall as high as it was to be.
        effort: Which effort reached that recall.
        curve: Recall and median of each effort that was tried.
    """

    ms: float
    p95: float
    recall: float | None = None
    good: bool = True
    effort: int | None = None
    curve: list[tuple[float, float]] = []


Quality = Callable[[int, Any], float]
"""How good the answer to one of the questions is, by its place: 0 or 1, or a recall."""


class Session(NamedTuple):
    """One engine and what it is asked.

    Attributes:
        engine: The engine.
        questions: What counts.
        rehearsal: The same with other parameters, to warm up.
        least: Recall that is to be reached.
    """

    engine: Any
    questions: Questions
    rehearsal: Questions
    least: float = LEAST_RECALL


def same(recall: float | None) -> float:
    """Return the recall that a peer must reach to be compared with one that has this."""
    return max(LEAST_RECALL, min(recall or 0.0, _SAME))


def ask(session: Session, name: str) -> Figure | None:
    """Measure how an engine does with one of the questions; `None` where it has no answer."""
    engine, data = session.engine, session.questions.data
    pages = {"Q1": ("newest", data.created), "Q2": ("boolean", data.bytes), "Q8": ("subtree", data.created)}
    methods = {"Q3": "counts", "Q6": "words", "Q7": "hybrid", "Q9": "walk", "Q10": "upsert", "Q10_batch": "upsert"}
    method = pages[name][0] if name in pages else methods.get(name, "near")
    if not hasattr(engine, method):
        return None
    match name:
        case "Q1" | "Q2" | "Q8":
            return _pages(session, *pages[name], deep=name == "Q8")
        case "Q3":
            return _counted(session)
        case "Q6" | "Q7":
            return _worded(session, method, total=name == "Q6")
        case "Q9":
            return _walked(engine, session.questions)
        case "Q10":
            return _written(engine, [range(row, row + 1) for row in _rows(data.rows, _SINGLE)])
        case "Q10_batch":
            start = data.rows // 2
            return _written(engine, [range(start, start + min(_BATCH, start))])
        case _:
            return _nearest(session, name)


def _rows(size: int, count: int) -> list[int]:
    rows: list[int] = np.random.default_rng(5).choice(size, count, replace=False).tolist()
    return rows


def _timed(action: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = action()
    return time.perf_counter() - started, answer


def _pages(session: Session, method: str, key: Any, *, deep: bool) -> Figure:
    questions = session.questions

    def right(place: int, answer: tuple[Sequence[int], int]) -> float:
        (ids, total), question = answer, getattr(questions, method)[place]
        mask = question.mask(questions.data)
        expected = first(mask, key, question.offset if deep else 0)
        return float(total == np.count_nonzero(mask) and same_order(ids, expected, key))

    return _figure(
        getattr(session.engine, method), getattr(questions, method), getattr(session.rehearsal, method), right
    )


def _counted(session: Session) -> Figure:
    questions = session.questions

    def right(place: int, counts: Sequence[Sequence[int]]) -> float:
        expected = questions.counts[place].answer(questions.data)
        return float([list(c) for c in counts] == [[n for n in e if n] for e in expected])

    return _figure(session.engine.counts, questions.counts, session.rehearsal.counts, right)


def _worded(session: Session, method: str, *, total: bool) -> Figure:
    questions = session.questions

    def right(place: int, answer: tuple[Sequence[int], int]) -> float:
        (ids, count), question = answer, questions.words[place]
        mask = question.matching(questions.data) if total else question.mask(questions.data)
        matching = bool(ids) and bool(mask[np.array(ids, np.int64) - 1].all())
        return float(matching and (not total or count == np.count_nonzero(mask)))

    return _figure(getattr(session.engine, method), questions.words, session.rehearsal.words, right)


def _figure(
    method: Callable[[Any], Any], some: Sequence[Any], before: Sequence[Any], quality: Quality, *, least: float = 1.0
) -> Figure:
    """Warm up, ask one question after the other until time is up, and look at the answers afterwards."""
    started = time.perf_counter()
    shortest, longest = _REHEARSED
    for turn, question in enumerate(cycle(before), 1):
        method(question)
        warming = time.perf_counter() - started
        if warming > longest or (turn >= len(before) and warming > shortest):
            break
    started, spent, answers = time.perf_counter(), [], []
    for question in some:
        seconds, answer = _timed(lambda q=question: method(q))  # type: ignore[misc]
        spent.append(seconds * 1000)
        answers.append(answer)
        if time.perf_counter() - started > _SECONDS and len(spent) >= _LEAST_ROUNDS:
            break
    good = float(np.mean([quality(place, answer) for place, answer in enumerate(answers)]))
    return Figure(float(np.median(spent)), float(np.percentile(spent, 95)), good, good >= least)


def _nearest(session: Session, name: str) -> Figure:
    """Ask with more and more effort until recall is high enough."""
    engine, questions = session.engine, session.questions

    def recall(place: int, ids: Sequence[int]) -> float:
        true = questions.nearest(place, questions.near[name][place].mask(questions.data))
        return len(true.intersection(ids)) / len(true) if true else 1.0

    curve: list[tuple[float, float]] = []
    figure = None
    for effort in getattr(engine, "efforts", (None,)):
        if effort is not None:
            engine.effort = effort
        try:
            figure = _figure(
                engine.near, questions.near[name], session.rehearsal.near[name], recall, least=session.least
            )
        except NotImplementedError:
            return Figure(float("nan"), float("nan"), None, good=False)
        figure.effort = effort
        curve.append((figure.recall or 0.0, figure.ms))
        if figure.good:
            break
    if figure is None:
        raise ValueError(name)
    figure.curve = curve
    return figure


def _walked(engine: Any, questions: Questions) -> Figure:
    expected = int(np.count_nonzero(questions.walk.mask(questions.data)))
    spent = []
    right = True
    for _ in range(3):
        seconds, count = _timed(lambda: engine.walk(questions.walk))
        spent.append(seconds * 1000 / expected)
        right = right and count == expected
    return Figure(float(np.median(spent)), max(spent), None, right)


def _written(engine: Any, some: Sequence[range]) -> Figure:
    spent, right = [], True
    for rows in some:
        given = engine.prepared(rows) if hasattr(engine, "prepared") else rows
        seconds, found = _timed(lambda g=given: engine.upsert(g))  # type: ignore[misc]
        spent.append(seconds * 1000 / len(rows))
        right = right and bool(found)
    return Figure(float(np.median(spent)), float(np.percentile(spent, 95)), None, right)
