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
from benchmarks.engines.measure import Figure, asked
from benchmarks.engines.questions import Questions

ENGINES = ("ours", "tantivy_", "duck", "sqlite", "faiss_", "lance", "postgres")
ROUNDS = 21
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
    questions = Questions(data, ROUNDS)
    engines = [engine for name in names if (engine := opened(name, data)) is not None]
    own = opening.measured(cache() / f"ours-{size}") if "ours" in names else {}
    print(f"{size:,} rows {own}", flush=True)
    figures: dict[str, dict[str, Figure]] = {}
    tasks = {engine.name: asked(engine, questions) for engine in engines}
    for question in sorted({name for some in tasks.values() for name in some}, key=report.order):
        for engine, some in tasks.items():
            if question in some:
                try:
                    figure = some[question]()
                except Exception as error:  # noqa: BLE001 - of whichever engine; the others are measured all the same
                    print(f"{question:10} {engine:22} failed: {error!r:.200}", flush=True)
                    continue
                figures.setdefault(question, {})[engine] = figure
                print(f"{question:10} {engine:22} {figure.ms:10.4f} ms  recall or right {figure.recall}", flush=True)
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
