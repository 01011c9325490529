"""What was measured, as JSON, as a table and as plots."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.engines.measure import LEAST_RECALL, Figure

DOCS = Path(__file__).parents[2] / "docs"
OURS = "fototeca"
GOALS = {
    "Q1": 10, "Q2": 4, "Q3": 3, "Q4": 5, "Q5_50": 5, "Q5_10": 5, "Q5_1": 5, "Q5_001": 5, "Q6": 1.5, "Q8": 1, "Q9": 5,
}  # fmt: skip
"""How many times faster than the best peer each question is meant to be."""
WHAT = {
    "Q1": "filter, newest 50, exact total",
    "Q2": "tags and projects, by size, exact total",
    "Q3": "three facets under a 30 % filter",
    "Q4": "nearest 50",
    "Q5_50": "nearest 50 of 50 %",
    "Q5_10": "nearest 50 of 10 %",
    "Q5_1": "nearest 50 of 1 %",
    "Q5_001": "nearest 50 of 0.01 %",
    "Q6": "BM25 of two words, filtered",
    "Q7": "words and vector, filtered",
    "Q8": "subtree, a page deep inside",
    "Q9": "walk by cursor, a row",
    "Q10": "one upsert, visible",
    "Q10_batch": "batch of upserts, a row",
}


def order(name: str) -> int:
    """Return where a question stands in the report."""
    return list(WHAT).index(name)


def ratios(figures: dict[str, dict[str, Figure]]) -> dict[str, float | None]:
    """Return how many times faster than the best peer whose answers were right, or recall the same, this engine is."""
    return {
        question: _ratio(by_engine, [figure.ms for figure in peers(by_engine) if figure.good])
        for question, by_engine in figures.items()
    }


def lenient(figures: dict[str, dict[str, Figure]]) -> dict[str, float | None]:
    """Return the same against whichever peer was fastest at a recall of no more than had to be reached."""
    return {
        question: _ratio(
            by_engine, [ms for figure in peers(by_engine) for recall, ms in figure.curve if recall >= LEAST_RECALL]
        )
        for question, by_engine in figures.items()
        if any(figure.curve for figure in by_engine.values())
    }


def peers(by_engine: dict[str, Figure]) -> list[Figure]:
    """Return the figures of all others."""
    return [figure for engine, figure in by_engine.items() if engine != OURS]


def _ratio(by_engine: dict[str, Figure], others: Sequence[float]) -> float | None:
    ours = by_engine.get(OURS)
    return round(min(others) / ours.ms, 2) if ours is not None and ours.good and others else None


def write(rows: int, figures: dict[str, dict[str, Figure]], own: dict[str, float]) -> None:
    """Write `docs/benchmarks.json`, keeping what other sizes have there, and the table and plots made of it."""
    path = DOCS / "benchmarks.json"
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"sizes": {}}
    content["sizes"][str(rows)] = {
        "ratios": ratios(figures),
        f"ratios_at_{LEAST_RECALL}": lenient(figures),
        "figures": {question: _plain(by_engine) for question, by_engine in figures.items()},
        "own": own,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }
    largest = max(content["sizes"], key=int)
    track = {name: ratio for name, ratio in content.get("ratios", {}).items() if name == "filtered_track"}
    content["rows"], content["ratios"] = int(largest), content["sizes"][largest]["ratios"] | track
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    _table(content)
    _plots(content)


def _plain(by_engine: dict[str, Figure]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(by_engine)
    for figure in plain.values():
        figure |= {name: None for name in ("ms", "p95") if math.isnan(figure[name])}
    return plain


def _table(content: dict[str, Any]) -> None:
    """Put one table for each size between the marks in `docs/benchmarks.md`."""
    start, end = "<!-- engines -->", "<!-- end of engines -->"
    path = DOCS / "benchmarks.md"
    before, _, rest = path.read_text().partition(start)
    after = rest.partition(end)[2] if end in rest else rest
    parts = [_of_size(rows, content["sizes"][rows]) for rows in sorted(content["sizes"], key=int, reverse=True)]
    path.write_text(f"{before.rstrip()}\n\n{start}\n{''.join(parts)}{end}\n{after.lstrip()}")


def _of_size(rows: str, measured: dict[str, Any]) -> str:
    figures = measured["figures"]
    engines = sorted({e for by_engine in figures.values() for e in by_engine}, key=lambda e: (e != OURS, e))
    ratio = f"best peer / {OURS} | goal | at {LEAST_RECALL}"
    lines = [f"\n### {int(rows):,} rows\n\n| question | {' | '.join(engines)} | {ratio} |"]
    lines.append("|" + "---|" * (len(engines) + 4))
    for question in sorted(figures, key=order):
        cells = [_cell(figures[question].get(engine)) for engine in engines]
        ratio, goal = measured["ratios"].get(question), GOALS.get(question)
        goals = "" if goal is None else f"{goal}"
        easier = measured.get(f"ratios_at_{LEAST_RECALL}", {}).get(question) or ""
        lines.append(f"| {question} {WHAT[question]} | {' | '.join(cells)} | {ratio or '-'} | {goals} | {easier} |")
    own = measured["own"]
    if own:
        lines.append(f"\nFrom opening to the first answer {own['open_ms']} ms; own memory {own['anonymous_mb']} MB.")
    return "\n".join(lines) + "\n"


def _cell(figure: dict[str, Any] | None) -> str:
    if figure is None or figure["ms"] is None:
        return "-"
    shown = f"{figure['ms']:.2g}" if figure["ms"] < 10 else f"{figure['ms']:.0f}"
    recall = figure["recall"]
    return shown + (f" @{recall:.3f}" if recall is not None and recall < 1 else "") + ("" if figure["good"] else " ✗")


def _plots(content: dict[str, Any]) -> None:
    """Draw latency by question and engine, recall against latency, and growth; nothing without matplotlib."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - a development dependency
    except ImportError:
        return
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "fototeca"
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figures = content["sizes"][str(content["rows"])]["figures"]
    engines = sorted({e for by_engine in figures.values() for e in by_engine}, key=lambda e: (e != OURS, e))
    questions = sorted(figures, key=order)
    drawing, (bars, curves, growth) = plt.subplots(1, 3, figsize=(18, 5))
    for place, engine in enumerate(engines):
        heights = [(figures[q].get(engine) or {}).get("ms") or np.nan for q in questions]
        bars.bar(np.arange(len(questions)) + place / (len(engines) + 1), heights, 1 / (len(engines) + 1), label=engine)
        for question, style in (("Q4", "-"), ("Q5_10", "--")):
            curve = (figures.get(question, {}).get(engine) or {}).get("curve") or []
            if curve:
                curves.plot(*zip(*curve, strict=True), style, marker="o", label=f"{engine}, {question}")
    bars.set(yscale="log", ylabel="ms", title=f"Median by question, {content['rows']:,} rows")
    bars.set_xticks(np.arange(len(questions)), questions, rotation=60)
    bars.legend(fontsize=7)
    curves.set(yscale="log", xlabel="recall@50", ylabel="ms", title="Recall against time")
    curves.legend(fontsize=7)
    sizes = sorted(map(int, content["sizes"]))
    for question in ("Q1", "Q2", "Q4", "Q6", "Q10"):
        measured = [
            (content["sizes"][str(size)]["figures"].get(question, {}).get(OURS) or {}).get("ms") for size in sizes
        ]
        if None not in measured:
            growth.plot(sizes, measured, marker="o", label=question)
    growth.set(xscale="log", yscale="log", xlabel="rows", ylabel="ms", title=f"Growth of {OURS}")
    growth.legend(fontsize=7)
    drawing.tight_layout()
    drawing.savefig(DOCS / "benchmarks.svg", metadata={"Date": None})
