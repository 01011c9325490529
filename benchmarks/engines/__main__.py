"""Measure every engine that is installed: `python -m benchmarks.engines [ROWS ...] [ENGINE ...]`.

Data and what each engine made of it are kept in a cache folder (`FOTOTECA_BENCH_CACHE`), so an interrupted run goes on
where it stopped. Figures are taken anew each time, the engines in turns, question by question, on one thread, and
written to `docs/benchmarks.json`, with a table in `docs/benchmarks.md` and plots beside it.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.engines import opening, report
from benchmarks.engines.data import Catalogue, cache
from benchmarks.engines.measure import LEAST_RECALL, Figure, Session, ask, same
from benchmarks.engines.questions import Questions

ENGINES = ("ours", "tantivy_", "duck", "sqlite", "faiss_", "lance", "postgres")
ROUNDS = 21
_REHEARSED = 101
"""Seed of the parameters with which engines warm up."""
SIZES = (10_000, 100_000, 1_000_000)


_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> None:
    """Load what is not loaded yet, ask everything, and write the report; by default at three sizes."""
    sizes = [int(word.replace("_", "")) for word in sys.argv[1:] if word[0].isdigit()]
    names = [word for word in sys.argv[1:] if not word[0].isdigit()]
    for size in sizes or SIZES:
        run(size, names or ENGINES)


def run(size: int, names: Sequence[str]) -> None:
    """Measure at one size."""
    data = Catalogue.of(size)
    questions, rehearsal = Questions(data, ROUNDS), Questions(data, ROUNDS, _REHEARSED)
    engines = [engine for name in names if (engine := opened(name, data)) is not None]
    own = opening.measured(cache() / f"ours-{size}") if "ours" in names else {}
    print(f"{size:,} rows {own}", flush=True)
    figures: dict[str, dict[str, Figure]] = {}
    for question in report.WHAT:
        by_engine: dict[str, Figure] = {}
        for engine in engines:
            ours = by_engine.get(report.OURS)
            session = Session(engine, questions, rehearsal, LEAST_RECALL if ours is None else same(ours.recall))
            try:
                figure = ask(session, question)
            except Exception as error:  # noqa: BLE001 - of whichever engine; the others are measured all the same
                print(f"{question:10} {engine.name:22} failed: {error!r:.200}", flush=True)
                continue
            if figure is not None:
                by_engine[engine.name] = figure
                print(
                    f"{question:10} {engine.name:22} {figure.ms:10.4f} ms  recall or right {figure.recall}", flush=True
                )
        figures[question] = by_engine
    for engine in engines:
        engine.close()
    report.write(data.rows, figures, own)


def opened(name: str, data: Catalogue) -> Any:
    """Return an engine with the catalogue in it; `None`, and why, where it is not installed."""
    try:
        module = importlib.import_module(f"benchmarks.engines.{name}")
    except ImportError as error:
        print(f"left out: {name} ({error})")
        return None
    folder = cache() / f"{name}-{data.rows}"
    engine, loaded = module.Engine(folder, data), cache() / f"{name}-{data.rows}.loaded"
    if not loaded.exists() or getattr(engine, "empty", False):
        started = time.perf_counter()
        engine.load()
        loaded.write_text(f"{time.perf_counter() - started:.1f} s")
        print(f"{name}: loaded in {loaded.read_text()}", flush=True)
    return engine


if __name__ == "__main__":
    if any(name not in os.environ for name in _THREADS):  # one for each query; numpy reads this when it is imported
        os.environ |= dict.fromkeys(_THREADS, "1")
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.engines", *sys.argv[1:]])
    main()
