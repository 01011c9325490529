"""Asking an engine every question that it can answer, checking what it says, and taking the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from benchmarks.engines.questions import Questions, first, same_order

LEAST_RECALL = 0.95
_SECONDS = 40.0
"""For one question of one engine; at least five parameter sets are asked however long it takes."""
_LEAST_ROUNDS = 5
_SINGLE, _BATCH = 30, 2_000


class Figure(msgspec.Struct):
    """How one engine did with one question.

    Attributes:
        ms: Median time in milliseconds; of Q9 and Q10_batch for one row.
        p95: 95th percentile.
        recall: Mean share of the true nearest, where these were asked for.
        good: Whether every answer was right, or recall high enough.
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


def asked(engine: Any, questions: Questions) -> dict[str, Callable[[], Figure]]:
    """Return for each question that an engine can answer how to measure it."""
    data = questions.data
    plain: dict[str, tuple[str, Sequence[Any], Any, int]] = {
        "Q1": ("newest", questions.newest, data.created, 0),
        "Q2": ("boolean", questions.boolean, data.bytes, 0),
        "Q8": ("subtree", questions.subtree, data.created, 1),
    }
    tasks: dict[str, Callable[[], Figure]] = {}
    for name, (method, some, key, deep) in plain.items():
        if hasattr(engine, method):
            tasks[name] = lambda m=method, s=some, k=key, d=deep: _pages(engine, m, s, k, d, questions)  # type: ignore[misc]
    if hasattr(engine, "counts"):
        tasks["Q3"] = lambda: _counted(engine, questions)
    for name in questions.near if hasattr(engine, "near") else ():
        tasks[name] = lambda n=name: _nearest(engine, n, questions)  # type: ignore[misc]
    for name, method in (("Q6", "words"), ("Q7", "hybrid")):
        if hasattr(engine, method):
            tasks[name] = lambda n=name, m=method: _worded(engine, m, questions, total=n == "Q6")  # type: ignore[misc]
    if hasattr(engine, "walk"):
        tasks["Q9"] = lambda: _walked(engine, questions)
    if hasattr(engine, "upsert"):
        tasks["Q10"] = lambda: _written(engine, [range(row, row + 1) for row in _rows(data.rows, _SINGLE)])
        start = data.rows // 2
        tasks["Q10_batch"] = lambda: _written(engine, [range(start, start + min(_BATCH, start))])
    return tasks


def _rows(size: int, count: int) -> list[int]:
    rows: list[int] = np.random.default_rng(5).choice(size, count, replace=False).tolist()
    return rows


def _timed(action: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = action()
    return time.perf_counter() - started, answer


def _pages(engine: Any, method: str, some: Sequence[Any], key: Any, deep: int, questions: Questions) -> Figure:
    def right(place: int, answer: tuple[Sequence[int], int]) -> float:
        (ids, total), question = answer, some[place]
        mask = question.mask(questions.data)
        expected = first(mask, key, question.offset if deep else 0)
        return float(total == np.count_nonzero(mask) and same_order(ids, expected, key))

    return _figure(getattr(engine, method), some, right)


def _counted(engine: Any, questions: Questions) -> Figure:
    def right(place: int, counts: Sequence[Sequence[int]]) -> float:
        expected = questions.counts[place].answer(questions.data)
        return float([list(c) for c in counts] == [[n for n in e if n] for e in expected])

    return _figure(engine.counts, questions.counts, right)


def _worded(engine: Any, method: str, questions: Questions, *, total: bool) -> Figure:
    def right(place: int, answer: tuple[Sequence[int], int]) -> float:
        (ids, count), question = answer, questions.words[place]
        mask = question.matching(questions.data) if total else question.mask(questions.data)
        matching = bool(ids) and bool(mask[np.array(ids, np.int64) - 1].all())
        return float(matching and (not total or count == np.count_nonzero(mask)))

    return _figure(getattr(engine, method), questions.words, right)


def _figure(ask: Callable[[Any], Any], some: Sequence[Any], quality: Quality, *, least: float = 1.0) -> Figure:
    """Ask one question after the other until time is up, and look at the answers afterwards.

    The first question warms up and does not count.
    """
    ask(some[0])
    started, spent, answers = time.perf_counter(), [], []
    for question in some[1:]:
        seconds, answer = _timed(lambda q=question: ask(q))  # type: ignore[misc]
        spent.append(seconds * 1000)
        answers.append(answer)
        if time.perf_counter() - started > _SECONDS and len(spent) >= _LEAST_ROUNDS:
            break
    good = float(np.mean([quality(place, answer) for place, answer in enumerate(answers, 1)]))
    return Figure(float(np.median(spent)), float(np.percentile(spent, 95)), good, good >= least)


def _nearest(engine: Any, name: str, questions: Questions) -> Figure:
    """Ask with more and more effort until recall is high enough."""

    def recall(place: int, ids: Sequence[int]) -> float:
        true = questions.nearest(place, questions.near[name][place].mask(questions.data))
        return len(true.intersection(ids)) / len(true) if true else 1.0

    curve: list[tuple[float, float]] = []
    figure = None
    for effort in getattr(engine, "efforts", (None,)):
        if effort is not None:
            engine.effort = effort
        try:
            figure = _figure(engine.near, questions.near[name], recall, least=LEAST_RECALL)
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
