"""What is told of an ingest, while it runs and when it ends."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from fototeca.ingest.items import Failure, Skipped


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Where an ingest is. Everything counted here is safely stored.

    Attributes:
        done: Things dealt with, in whatever way.
        total: About how many there will be, where that is known; never less than `done`.
        bytes: Size of the originals added.
    """

    done: int
    total: int | None
    added: int
    duplicates: int
    failed: int
    skipped: int
    bytes: int


OnProgress = Callable[[Progress], None]
"""Called in the thread that adds, at most a few times a second."""


class Report(msgspec.Struct, kw_only=True):
    """What became of everything that was found.

    Attributes:
        added: How many assets are new.
        duplicates: How many files were there already, byte for byte.
        failed: What could not become an asset, and why.
        skipped: What was left out on purpose, and why.
        ids: Of the assets added, in the order in which they were stored.
        in_trash: Sources of those duplicates whose asset is in the trash; it stays there.
        bytes: Size of the originals added.
        interrupted: Stopped before everything was looked at; running it again completes the rest.
    """

    added: int = 0
    duplicates: int = 0
    failed: list[Failure] = []
    skipped: list[Skipped] = []
    ids: list[int] = []
    in_trash: list[str] = []
    bytes: int = 0
    interrupted: bool = False

    def progress(self, total: int | None) -> Progress:
        """Where things stand, given about how many there will be."""
        done = self.added + self.duplicates + len(self.failed) + len(self.skipped)
        return Progress(
            done=done,
            total=None if total is None else max(total, done),
            added=self.added,
            duplicates=self.duplicates,
            failed=len(self.failed),
            skipped=len(self.skipped),
            bytes=self.bytes,
        )
