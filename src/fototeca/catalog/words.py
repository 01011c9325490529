"""The words read in assets' pictures, each with its place; the text that they make is `Asset.text`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from fototeca.assets import Word
from fototeca.catalog import tables as t
from fototeca.catalog.database import Database, Transaction


class ReadWords:
    """What was read in the assets of a workspace."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def of_asset(self, asset_id: int) -> list[Word]:
        """The words of an asset in reading order; none if nothing was read, or nobody looked."""
        statement = (
            select(t.words.c.words)
            .join(t.assets, t.words.c.asset_id == t.assets.c.id)
            .where(t.words.c.asset_id == asset_id, t.assets.c.workspace_id == self._workspace_id)
        )
        with self._database.read() as connection:
            return list(connection.scalars(statement).one_or_none() or ())


def renew(transaction: Transaction, asset_id: int, words: Sequence[Word]) -> None:
    """Give an asset the words that are in it now, and its text with them. The caller logs the change."""
    transaction.connection.execute(delete(t.words).where(t.words.c.asset_id == asset_id))
    if words:
        transaction.connection.execute(insert(t.words), [{"asset_id": asset_id, "words": tuple(words)}])
    text = text_of(words) or None
    transaction.connection.execute(update(t.assets).where(t.assets.c.id == asset_id).values(text=text))


def text_of(words: Sequence[Word]) -> str:
    """The words as one text, a line for each line."""
    lines: dict[int, list[str]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word.text)
    return "\n".join(" ".join(line) for line in lines.values())
