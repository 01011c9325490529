"""What comes out of a source: a file to read, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec


class Skipped(msgspec.Struct, frozen=True):
    """Something left out on purpose: hidden, or not a picture."""

    path: str
    reason: str


class Failure(msgspec.Struct, frozen=True):
    """Something that should have become an asset but could not."""

    path: str
    error: str


@dataclass(frozen=True, slots=True)
class Item:
    """A file to take in.

    Attributes:
        path: Where its bytes lie, until `close`.
        source: Where they came from: an absolute path, "archive!member" or a URL.
        folder: The catalogue folder it belongs in, below the one that the caller chooses.
        temporary: The file was made for this item alone.
    """

    path: Path
    filename: str
    source: str
    folder: str = ""
    temporary: bool = False

    def close(self) -> None:
        """Remove the file if it is temporary."""
        if self.temporary:
            self.path.unlink(missing_ok=True)


Found = Item | Skipped | Failure
"""One thing found in a source."""
