"""How long a process takes from opening an index to its first answer, and how much memory it then has of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.engines.data import DIMENSION, SPACE
from fototeca.engine import Index
from fototeca.query.expressions import Query, Vector


def measured(folder: Path) -> dict[str, float]:
    """Return milliseconds from opening to the first answer, and megabytes after one search by vector."""
    command = [sys.executable, "-m", "benchmarks.engines.opening", str(folder)]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return {"open_ms": float(found[0]), "anonymous_mb": float(found[1])}


def main() -> None:
    """Print both."""
    started = time.perf_counter()
    index = Index.open(Path(sys.argv[1]))
    index.search(Query())
    opened = (time.perf_counter() - started) * 1000
    index.search(Query(rank=Vector.of(SPACE, np.ones(DIMENSION).tolist())))
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))
    print(f"{opened:.1f} {kilobytes / 1024:.0f}")


if __name__ == "__main__":
    main()
