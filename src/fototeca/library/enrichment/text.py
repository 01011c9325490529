"""The words in pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fototeca.catalog import Findings
from fototeca.library.enrichment.stage import PICTURES, Look, StageSpace
from fototeca.library.models import Models
from fototeca.vision.text import version

if TYPE_CHECKING:
    from fototeca.vision.text import TextReader


class Text:
    """Reads the words in pictures, and in the posters of videos."""

    name = "text"
    kinds = PICTURES
    renews: tuple[str, ...] = ()
    space: StageSpace | None = None

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self.maker = version()

    def look(self, looks: Sequence[Look]) -> list[Findings]:
        """Read each picture."""
        return [Findings(words=tuple(self._reader.read(look.picture))) for look in looks]


def open_stage(models: Models) -> Text:
    """Open the stage.

    Raises:
        ModelError: The reader is not installed, not asked for, or broken.
    """
    return Text(models.text())
