"""The change log: what followers of a workspace, such as its index, read to keep up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from fototeca.assets import Change
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, fields_of, many
from fototeca.errors import NotFound

_HEAD = select(t.workspaces.c.sequence).where(t.workspaces.c.id == bindparam("workspace"))
_SINCE = (
    select(*fields_of(t.changes, Change))
    .where(t.changes.c.workspace_id == bindparam("workspace"), t.changes.c.sequence > bindparam("sequence"))
    .order_by(t.changes.c.sequence)
    .limit(bindparam("limit"))
)
_DELETED = select(t.changes.c.entity_id, t.changes.c.detail).where(
    t.changes.c.workspace_id == bindparam("workspace"), t.changes.c.action == "deleted"
)


class Changes:
    """The change logs of the workspaces.

    Every change that alters what an `Asset` record shows has an entry for that asset, also where the change was made to
    a folder, a collection, an album or a person. `detail["reason"]` says which kind of change it was, and
    `detail["fields"]` which attributes it set. A "deleted" entry holds the UUID that the row had.
    """

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def head(self) -> int:
        """The sequence number of the newest entry; 0 before the first one.

        Raises:
            NotFound: There is no such workspace.
        """
        with self._database.read() as connection:
            sequence = connection.scalar(_HEAD, {"workspace": self._workspace_id})
        if sequence is None:
            raise NotFound(f"there is no workspace {self._workspace_id}")
        return int(sequence)

    def since(
        self, sequence: int, limit: int = 1000, *, entities: Sequence[str] = (), at_least: datetime | None = None
    ) -> list[Change]:
        """The first `limit` entries after `sequence`, in order.

        Args:
            sequence: Number of the last entry that the follower knows.
            limit: How many entries at most.
            entities: Only entries of these; none named means all.
            at_least: Only entries of this time or later.
        """
        statement = _SINCE.params(workspace=self._workspace_id, sequence=sequence, limit=limit)
        if entities:
            statement = statement.where(t.changes.c.entity.in_(entities))
        if at_least is not None:
            statement = statement.where(t.changes.c.at >= at_least)
        with self._database.read() as connection:
            return many(connection, Change, statement)

    def gone(self, entity: str, ids: Sequence[int]) -> dict[int, str]:
        """The UUIDs of deleted rows by their ids, as their last entries tell them."""
        if not ids:
            return {}
        ended = _DELETED.where(t.changes.c.entity == entity, among(t.changes.c.entity_id))
        with self._database.read() as connection:
            rows = connection.execute(ended, {"workspace": self._workspace_id, "ids": ids}).all()
        return {row.entity_id: row.detail["uuid"] for row in rows if "uuid" in row.detail}
