"""The change log: what followers of a workspace, such as its index, read to keep up."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from fototeca.assets import Change
from fototeca.catalog import tables as t
from fototeca.catalog.database import Database, fields_of, many
from fototeca.errors import NotFound

_HEAD = select(t.workspaces.c.sequence).where(t.workspaces.c.id == bindparam("workspace"))
_SINCE = (
    select(*fields_of(t.changes, Change))
    .where(t.changes.c.workspace_id == bindparam("workspace"), t.changes.c.sequence > bindparam("sequence"))
    .order_by(t.changes.c.sequence)
    .limit(bindparam("limit"))
)


class Changes:
    """The change logs of the workspaces.

    Every change that alters what an `Asset` record shows has an entry for that asset, also where the change was made to
    a folder, a collection, an album or a person. `detail["reason"]` says which kind of change it was, and
    `detail["fields"]` which attributes it set.
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

    def since(self, sequence: int, limit: int = 1000) -> list[Change]:
        """The first `limit` entries after `sequence`, in order."""
        with self._database.read() as connection:
            return many(connection, Change, _SINCE.params(workspace=self._workspace_id, sequence=sequence, limit=limit))
