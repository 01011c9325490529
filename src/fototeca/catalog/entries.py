"""Entries: small named things that only one dialect or page knows, such as an upload preset or a saved search."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from fototeca.assets import Entry
from fototeca.catalog import tables as t
from fototeca.catalog.database import Database, Transaction, fields_of, many, one
from fototeca.catalog.inputs import checked_name
from fototeca.errors import Conflict, NotFound

_ENTRY = select(*fields_of(t.entries, Entry), t.workspaces.c.name.label("workspace")).join(
    t.workspaces, t.entries.c.workspace_id == t.workspaces.c.id
)


class Entries:
    """The entries of a workspace, each named by its kind and a key.

    The change log speaks of all of them as "entry", with `kind` and `key` in the detail.
    """

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(self, kind: str, key: str, value: dict[str, Any]) -> Entry:
        """Add an entry.

        Raises:
            Conflict: The key is taken.
            InvalidInput: The key is empty or too long.
        """
        with self._database.write(self._workspace_id) as transaction:
            if transaction.connection.scalar(select(t.entries.c.id).where(*self._at(kind, key))) is not None:
                raise Conflict(f"there is a {kind} {key!r} already")
            self._insert(transaction, kind, key, value)
        return self.get(kind, key)

    def put(self, kind: str, key: str, value: dict[str, Any]) -> Entry:
        """Give an entry another value; add it if there is none.

        Raises:
            InvalidInput: The key is empty or too long.
        """
        with self._database.write(self._workspace_id) as transaction:
            changed = update(t.entries).where(*self._at(kind, key)).values(value=value, updated=transaction.at)
            known = transaction.connection.scalar(changed.returning(t.entries.c.id))
            if known is None:
                self._insert(transaction, kind, key, value)
            else:
                transaction.log("entry", "updated", [known], kind=kind, key=key)
        return self.get(kind, key)

    def get(self, kind: str, key: str) -> Entry:
        """An entry by its key.

        Raises:
            NotFound: There is none.
        """
        with self._database.read() as connection:
            return one(connection, Entry, _ENTRY.where(*self._at(kind, key)), f"{kind} {key!r}")

    def find(self, kind: str, key: str) -> Entry | None:
        """An entry by its key, if there is one."""
        with self._database.read() as connection:
            return next(iter(many(connection, Entry, _ENTRY.where(*self._at(kind, key)))), None)

    def all(self, kind: str) -> list[Entry]:
        """Every entry of a kind, the oldest first."""
        here = (t.entries.c.workspace_id == self._workspace_id, t.entries.c.kind == kind)
        with self._database.read() as connection:
            return many(connection, Entry, _ENTRY.where(*here).order_by(t.entries.c.id))

    def delete(self, kind: str, key: str) -> None:
        """Remove an entry.

        Raises:
            NotFound: There is none.
        """
        with self._database.write(self._workspace_id) as transaction:
            gone = delete(t.entries).where(*self._at(kind, key)).returning(t.entries.c.id)
            known = transaction.connection.scalar(gone)
            if known is None:
                raise NotFound(f"there is no {kind} {key!r}")
            transaction.log("entry", "deleted", [known], kind=kind, key=key)

    def _at(self, kind: str, key: str) -> tuple[ColumnElement[bool], ...]:
        return t.entries.c.workspace_id == self._workspace_id, t.entries.c.kind == kind, t.entries.c.key == key

    def _insert(self, transaction: Transaction, kind: str, key: str, value: dict[str, Any]) -> None:
        row = {"workspace_id": self._workspace_id, "kind": kind, "key": checked_name(key, kind), "value": value}
        at = transaction.at
        statement = insert(t.entries).values(**row, created=at, updated=at).returning(t.entries.c.id)
        made: int = transaction.connection.execute(statement).scalar_one()
        transaction.log("entry", "created", [made], kind=kind, key=key)


def find_entry(database: Database, kind: str, key: str) -> Entry | None:
    """The entry of this kind and key in whichever workspace, for keys that nobody can guess."""
    statement = _ENTRY.where(t.entries.c.kind == kind, t.entries.c.key == key).order_by(t.entries.c.id).limit(1)
    with database.read() as connection:
        return next(iter(many(connection, Entry, statement)), None)
