"""Workspaces: the tenants of a catalogue."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select

from fototeca.assets import Workspace
from fototeca.catalog import columns
from fototeca.catalog import tables as t
from fototeca.catalog.database import Database, fields_of, many, one
from fototeca.catalog.inputs import checked_name
from fototeca.errors import Conflict

_WORKSPACE = select(*fields_of(t.workspaces, Workspace))
_BY_ID = _WORKSPACE.where(t.workspaces.c.id == bindparam("key"))
_BY_NAME = _WORKSPACE.where(t.workspaces.c.name == bindparam("key"))


class Workspaces:
    """The workspaces of a catalogue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str) -> Workspace:
        """Make a workspace.

        Raises:
            Conflict: There is one of this name.
            InvalidInput: The name is empty or too long.
        """
        name = checked_name(name, "workspace")
        try:
            with self._database.transaction() as connection:
                connection.execute(insert(t.workspaces).values(name=name, created=columns.now(), sequence=0))
        except Conflict as error:
            raise Conflict(f"there is a workspace {name!r} already") from error
        return self.get(name)

    def get(self, key: int | str) -> Workspace:
        """A workspace by its id or its name.

        Raises:
            NotFound: There is none.
        """
        statement = _BY_ID if isinstance(key, int) else _BY_NAME
        with self._database.read() as connection:
            return one(connection, Workspace, statement, f"workspace {key}", key=key)

    def all(self) -> list[Workspace]:
        """All of them, the oldest first."""
        with self._database.read() as connection:
            return many(connection, Workspace, _WORKSPACE.order_by(t.workspaces.c.id))
