"""How long the native language takes to parse and to print: best of several runs, in microseconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from fototeca.query import parse, to_text

QUERIES = {
    "one word": "beach",
    "words and a tag": "red shoes tag:holiday",
    "numbers and dates": "width>=2000 taken:2023-06 rating:3..5",
    "typical": (
        'beach tag:holiday (camera:"Canon" OR camera:Nikon) -person:"Ann" width>=2000 '
        "taken:[2023-06-01 TO 2023-09-01] like:1234 has:faces sort:taken-"
    ),
    "1000 tags": "tag:(" + ",".join(f"tag{n}" for n in range(1000)) + ")",
}
RUNS, REPEATS = 30, 100


def best(call: Callable[[], object], repeats: int) -> float:
    """Return the seconds of one call in the fastest of several runs, so that other processes count little."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        times.append((time.perf_counter() - start) / repeats)
    return min(times)


def main() -> None:
    print(f"{'query':20}{'characters':>12}{'parse us':>12}{'print us':>12}")
    for name, text in QUERIES.items():
        query = parse(text)
        repeats = max(1, REPEATS * 20 // len(text))
        reading = best(lambda text=text: parse(text), repeats)  # type: ignore[misc] # binds the loop's value
        writing = best(lambda query=query: to_text(query), repeats)  # type: ignore[misc] # binds the loop's value
        print(f"{name:20}{len(text):>12}{reading * 1e6:>12.1f}{writing * 1e6:>12.1f}")


if __name__ == "__main__":
    main()
