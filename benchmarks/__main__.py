"""Run benchmarks one after the other, each in its own process: `python -m benchmarks [NAME ...]`, by default all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = (
    "query",
    "engine",
    "catalog",
    "media",
    "ingest",
    "server",
    "gallery",
    "coreviz",
    "quality",
    "durability",
    "engines",
    "engines.track",
)


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES:
            sys.exit(f'there is no benchmark "{name}"; there are {", ".join(NAMES)}')
        print(f"\n== {name}\n", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True, cwd=Path(__file__).parent.parent)


if __name__ == "__main__":
    main()
