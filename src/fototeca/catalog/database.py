"""Connections and transactions: how the catalogue reaches SQLite or PostgreSQL, and how it writes.

A write transaction of a workspace starts by locking the workspace's row (on SQLite, the database), so writers of one
workspace take turns. That makes the change log gapless and in commit order, lets a writer look before it inserts, and
leaves no two writers to deadlock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    create_engine,
    delete,
    event,
    exc,
    func,
    insert,
    literal,
    make_url,
    select,
    update,
)

from fototeca.catalog import columns, tables
from fototeca.errors import Conflict, FototecaError, InvalidInput, NotFound, StorageError

R = TypeVar("R", bound=msgspec.Struct)

BUSY_SECONDS = 60
"""How long a writer waits for its turn on SQLite."""

_LOCK = select(tables.workspaces.c.id).where(tables.workspaces.c.id == bindparam("id")).with_for_update(key_share=True)
_ALLOCATE = (
    update(tables.workspaces)
    .where(tables.workspaces.c.id == bindparam("workspace"))
    .values(sequence=tables.workspaces.c.sequence + bindparam("count"))
    .returning(tables.workspaces.c.sequence)
)
_ORIGINALS = 0x464F544F_0001
"""Number of the advisory lock on PostgreSQL that guards the bytes of originals."""
_LISTED = select(columns.items("ids").c.value)


class Database:
    """A pool of connections to one catalogue.

    Args:
        url: `sqlite:///path`, or `postgresql://user:password@host/name` (also spelled `postgres://`).

    Raises:
        InvalidInput: The URL is not of these.
    """

    def __init__(self, url: str) -> None:
        self.url = _parse_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # The driver never begins by itself: reads need no transaction, and a write begins as its database needs it.
        self.engine = create_engine(
            self.url,
            isolation_level="AUTOCOMMIT",
            pool_size=8,
            max_overflow=56,
            connect_args={"timeout": BUSY_SECONDS} if self.is_sqlite else {},
        )
        self._begin = "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"
        if self.is_sqlite:
            event.listen(self.engine, "connect", _configure_sqlite)

    def close(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection whose statements each see what is committed."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose statements are committed together, or not at all if an error leaves the block."""
        with _translated(), self.engine.connect() as connection:
            connection.exec_driver_sql(self._begin)
            yield connection
            connection.commit()

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """A transaction in which SQLite does not follow references: it drops a table by deleting its rows.

        Raises:
            StorageError: Afterwards something refers to a row that is not there; nothing is changed.
        """
        with _translated(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            try:
                connection.exec_driver_sql(self._begin)
                yield connection
                if self.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StorageError("a new form of the catalogue would lose references")
                connection.commit()
            finally:
                connection.invalidate()  # it must not be used again without references

    @contextmanager
    def write(self, workspace_id: int) -> Iterator[Transaction]:
        """A transaction that changes one workspace and logs what it changes.

        Raises:
            NotFound: There is no such workspace.
        """
        with self.transaction() as connection:
            if connection.scalar(_LOCK, {"id": workspace_id}) is None:
                raise NotFound(f"there is no workspace {workspace_id}")
            # Taken with the lock held, so that times grow with the log.
            yield Transaction(connection, workspace_id, columns.now())


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a writer holds: a connection in a transaction, the workspace and the time that it writes at."""

    connection: Connection
    workspace_id: int
    at: datetime

    def log(self, entity: str, action: str, ids: Collection[int] | Select[int], **detail: Any) -> None:
        """Append one change-log entry for each id, in order of the ids, which may be a query for them."""
        if isinstance(ids, Select):
            query, bound = ids, {}
            count = self.connection.scalar(select(func.count()).select_from(ids.subquery())) or 0
        else:
            unique = set(ids)
            query, bound, count = _LISTED, {"ids": sorted(unique)}, len(unique)
        if not count:
            return
        last = self.connection.execute(_ALLOCATE, {"workspace": self.workspace_id, "count": count}).scalar_one()
        chosen = query.subquery()
        row = {
            "workspace_id": literal(self.workspace_id),
            "sequence": literal(last - count) + func.row_number().over(order_by=chosen.c[0]),
            "entity": literal(entity),
            "entity_id": chosen.c[0],
            "action": literal(action),
            "at": literal(self.at, columns.Moment),
            "detail": literal(detail, columns.Json()),
        }
        self.connection.execute(insert(tables.changes).from_select(list(row), select(*row.values())), bound)

    def log_each(self, entity: str, action: str, details: Mapping[int, dict[str, Any]]) -> None:
        """Append one change-log entry for each id, with a detail of its own, in order of the ids.

        What a follower must know of a row that is gone, such as its UUID, can only be told here.
        """
        if not details:
            return
        count = {"workspace": self.workspace_id, "count": len(details)}
        first = self.connection.execute(_ALLOCATE, count).scalar_one() - len(details) + 1
        rows = [
            {
                "workspace_id": self.workspace_id,
                "sequence": first + place,
                "entity": entity,
                "entity_id": id_,
                "action": action,
                "at": self.at,
                "detail": details[id_],
            }
            for place, id_ in enumerate(sorted(details))
        ]
        self.connection.execute(insert(tables.changes), rows)

    def log_gone(self, table: Table, ids: Sequence[int], **details: Mapping[int, Any]) -> None:
        """Log that rows are about to go, each with its UUID, and with more details by id."""
        statement = select(table.c.id, table.c.uuid).where(columns.among(table.c.id))
        gone = {
            id_: {"uuid": uuid, **{name: values.get(id_) for name, values in details.items()}}
            for id_, uuid in self.connection.execute(statement, {"ids": ids})
        }
        self.log_each(table.info["entity"], "deleted", gone)

    def guard_originals(self, *, alone: bool) -> None:
        """Wait until nobody removes originals' bytes, or, to remove some, until nobody refers to more of them.

        Workspaces share the bytes. On SQLite there is one writer at a time anyway.
        """
        if self.connection.dialect.name == "postgresql":
            lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
            self.connection.execute(select(lock(_ORIGINALS)))

    def touch(self, ids: Sequence[int], reason: str, children: int = 0) -> None:
        """Log that assets changed, move their `updated`, and note kinds of children that they now have."""
        known = tables.assets.c.children
        statement = update(tables.assets).where(columns.among(tables.assets.c.id))
        bits = known.bitwise_or(children) if children else known
        self.connection.execute(statement.values(updated=self.at, children=bits), {"ids": ids})
        self.log("asset", "updated", ids, reason=reason)

    def existing(self, table: Table, ids: Sequence[int]) -> list[int]:
        """Those of the ids that are rows of the workspace, in their order."""
        statement = select(table.c.id).where(columns.among(table.c.id), table.c.workspace_id == self.workspace_id)
        found = set(self.connection.scalars(statement, {"ids": ids}))
        return [id_ for id_ in dict.fromkeys(ids) if id_ in found]

    def require(self, table: Table, *ids: int | None) -> None:
        """Check that rows are there.

        Raises:
            NotFound: One of them, unless `None`, is not a row of the workspace.
        """
        wanted = [id_ for id_ in dict.fromkeys(ids) if id_ is not None]
        if missing := set(wanted) - set(self.existing(table, wanted)):
            raise NotFound(f"there is no {table.info['entity']} {min(missing)}")

    def insert(self, table: Table, **values: Any) -> int:
        """Add a row to the workspace and log it; returns its id."""
        statement = insert(table).values(workspace_id=self.workspace_id, **values).returning(table.c.id)
        id_: int = self.connection.execute(statement).scalar_one()
        self.log(table.info["entity"], "created", [id_])
        return id_

    def update(self, table: Table, id_: int, **values: Any) -> None:
        """Change a row and log it.

        Raises:
            NotFound: It is not a row of the workspace.
        """
        self.require(table, id_)
        if values:
            moved = {"updated": self.at} if "updated" in table.c else {}
            self.connection.execute(update(table).where(table.c.id == id_).values(**values, **moved))
            self.log(table.info["entity"], "updated", [id_], fields=sorted(values))

    def delete(self, table: Table, id_: int) -> None:
        """Remove a row and log it.

        Raises:
            NotFound: It is not a row of the workspace.
        """
        self.require(table, id_)
        if "uuid" in table.c:
            self.log_gone(table, [id_])
        else:
            self.log(table.info["entity"], "deleted", [id_])
        self.connection.execute(delete(table).where(table.c.id == id_))

    def refuse_taken(self, what: str, condition: ColumnElement[bool]) -> None:
        """Check that nothing is there yet.

        Raises:
            Conflict: A row meets the condition.
        """
        if self.connection.scalar(select(literal(1)).where(condition).limit(1)):
            raise Conflict(f"{what} already exists")


def fields_of(table: Table, kind: type[msgspec.Struct]) -> list[ColumnElement[Any]]:
    """The columns of a table that are named like the attributes of a record."""
    return [table.c[name] for name in kind.__struct_fields__ if name in table.c]


def one(connection: Connection, kind: type[R], statement: Select[*tuple[Any, ...]], what: str, **bound: Any) -> R:
    """The only row of a query, as a record whose attributes are named like the columns.

    Args:
        connection: What to ask.
        kind: Of record.
        statement: The query; one that is made once, and only bound for each call, is much cheaper.
        what: Is looked for, for the error.
        bound: Values of the statement's parameters.

    Raises:
        NotFound: There is no row.
    """
    row = connection.execute(statement, bound).one_or_none()
    if row is None:
        raise NotFound(f"there is no {what}")
    return kind(**row._mapping)  # noqa: SLF001 - the documented way to a row's names


def many(connection: Connection, kind: type[R], statement: Select[*tuple[Any, ...]], **bound: Any) -> list[R]:
    """The rows of a query, as records; see `one`."""
    result = connection.execute(statement, bound)
    names = list(result.keys())
    return [kind(**dict(zip(names, row, strict=True))) for row in result]


def _parse_url(text: str) -> URL:
    try:
        url = make_url(text)
    except exc.ArgumentError as error:
        raise InvalidInput(f"{text!r} is not the URL of a catalogue") from error
    if url.drivername == "sqlite" and url.database:
        return url
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    raise InvalidInput(
        f"a catalogue cannot be at a {url.drivername!r} URL", allowed="sqlite:///path or postgresql://user@host/name"
    )


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    # A page of results reads rows from all over the file: mapped into memory, they need neither copies nor calls.
    connection.execute("PRAGMA mmap_size = 2147418112")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the errors of databases and drivers into ours."""
    try:
        yield
    except exc.IntegrityError as error:
        if "unique" in str(error.orig).lower():
            raise Conflict("something of this name or id already exists") from error
        raise InvalidInput(f"a value is missing or refers to nothing: {error.orig}") from error
    except exc.DataError as error:
        raise InvalidInput(f"a value cannot be stored: {error.orig}") from error
    except exc.StatementError as error:
        if isinstance(error.orig, FototecaError):
            raise error.orig from error.orig.__cause__
        raise StorageError(f"the catalogue failed: {error.orig}") from error
    except exc.SQLAlchemyError as error:
        raise StorageError(f"the catalogue failed: {error}") from error
    except OverflowError as error:
        raise InvalidInput("a number is out of range") from error
