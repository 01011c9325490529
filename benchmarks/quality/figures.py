"""What a measurement gives: named figures, each with what it should reach."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SHARED = Path(os.environ.get("FOTOTECA_SHARED", "../shared"))


class Figure(NamedTuple):
    """One measured number.

    Attributes:
        value: Shares as 0..1, unless the format says otherwise.
        least: What it has to reach; `None` where nothing is asked.
        form: How it is written, such as ".1%".
    """

    name: str
    value: float
    least: float | None = None
    form: str = ".1%"

    @property
    def good(self) -> bool:
        """Whether it is what it should be."""
        return self.least is None or self.value >= self.least

    def row(self) -> str:
        """A row of a Markdown table."""
        least = "" if self.least is None else f"{self.least:{self.form}}"
        return f"| {self.name} | {self.value:{self.form}} | {least} |"


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table."""
    return "\n".join(["| what | measured | at least |", "|---|---|---|", *(figure.row() for figure in figures)])


def load(path: Path) -> Picture:
    """A photo's RGB values."""
    return np.asarray(Image.open(path).convert("RGB"))


def clothing() -> dict[str, list[Path]]:
    """Photos by the name of their class."""
    folder = SHARED / "photos/clothing"
    return {path.name: sorted(path.iterdir()) for path in sorted(folder.iterdir()) if path.is_dir()}
