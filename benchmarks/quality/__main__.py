"""Measures quality, section by section, and writes the table and the contact sheets of docs/quality.md if asked to.

    python -m benchmarks.quality [--write] [--model FOLDER] [SECTION ...]

A figure that is not what it should be ends the program with status 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.quality import copies, cut, meaning, regions, sheets
from benchmarks.quality.figures import SHARED, Figure, table

PAGE = Path(__file__).resolve().parents[2] / "docs/quality.md"
NEEDED = ("models/mini-dual", "models/yunet", "models/mobilefacenet", "models/yolox-nano", "photos/captioned")


def main() -> None:
    """Run what was asked for, by default everything."""
    given = _arguments()
    missing = [name for name in NEEDED if not (SHARED / name).exists()]
    if missing:
        print(f"skipped: {SHARED} has no {missing[0]}; FOTOTECA_SHARED names the folder of models and photos for tests")
        return
    sections: dict[str, Callable[[], list[Figure]]] = {
        "meaning": lambda: meaning.measure(given.model),
        "cut": cut.measure,
        "regions": regions.measure,
        "copies": copies.measure,
    }
    if unknown := set(given.sections) - sections.keys():
        sys.exit(f'there is no section "{min(unknown)}"; there are {", ".join(sections)}')
    measured = []
    for name in given.sections or sections:
        figures = sections[name]()
        measured += figures
        print(f"\n{name}\n\n{table(figures)}", flush=True)
        if given.write:
            _write(name, figures)
    if given.write:
        sheets.write(PAGE.parent / "pictures")
    if bad := [figure.name for figure in measured if not figure.good]:
        sys.exit(f"less than it should be: {', '.join(bad)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="meaning, cut, regions, copies; by default all")
    parser.add_argument("--write", action="store_true", help="write the tables and contact sheets of docs/quality.md")
    parser.add_argument(
        "--model", type=Path, default=SHARED / "models/mini-dual", help="folder of the two-tower model to measure"
    )
    return parser.parse_args()


def _write(section: str, figures: list[Figure]) -> None:
    """Put a table in its place on the page."""
    mark = f"<!-- {section} -->"
    text = PAGE.read_text(encoding="utf-8")
    changed, count = re.subn(
        f"{re.escape(mark)}.*?<!-- end -->",
        lambda _: f"{mark}\n{table(figures)}\n<!-- end -->",
        text,
        flags=re.DOTALL,
    )
    if count != 1:
        sys.exit(f"{PAGE} has no place for {section}")
    PAGE.write_text(changed, encoding="utf-8")


if __name__ == "__main__":
    main()
