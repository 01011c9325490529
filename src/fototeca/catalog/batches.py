"""Batches: assets that came into a collection together."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import delete, func, select, update

from fototeca.assets import Batch
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, fields_of, many, one
from fototeca.catalog.inputs import BatchPatch, checked_name

_COUNT = (
    select(func.count())
    .select_from(t.memberships.join(t.assets, t.memberships.c.asset_id == t.assets.c.id))
    .where(t.memberships.c.batch_id == t.batches.c.id, t.assets.c.trashed.is_(None))
    .correlate(t.batches)
    .scalar_subquery()
)
_PLAIN = select(*fields_of(t.batches, Batch))
_BATCH = _PLAIN.add_columns(_COUNT.label("count"))


class Batches:
    """The batches of a workspace. Assets come into one through `Collections.put`; counts leave out the trash."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(self, name: str, collection_id: int | None = None, stage: str = "collecting") -> Batch:
        """Make an empty batch.

        Raises:
            NotFound: There is no such collection.
            InvalidInput: The name is empty or too long.
        """
        name = checked_name(name, "batch")
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.collections, collection_id)
            at = transaction.at
            id_ = transaction.insert(
                t.batches, uuid=uuid4().hex, name=name, collection_id=collection_id, stage=stage, created=at
            )
        return self.get(id_)

    def ensure(self, name: str, collection_id: int) -> Batch:
        """The first batch of this name in a collection; made if there is none, by one of those who ask at once.

        Raises:
            NotFound: There is no such collection.
            InvalidInput: The name is empty or too long.
        """
        name = checked_name(name, "batch")
        here = (t.batches.c.collection_id == collection_id, t.batches.c.name == name)
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.collections, collection_id)
            id_ = transaction.connection.scalar(select(t.batches.c.id).where(*here).order_by(t.batches.c.id).limit(1))
            if id_ is None:
                values = {"name": name, "collection_id": collection_id, "stage": "collecting"}
                id_ = transaction.insert(t.batches, uuid=uuid4().hex, created=transaction.at, **values)
        return self.get(id_)

    def get(self, key: int | str) -> Batch:
        """A batch by its id or UUID.

        Raises:
            NotFound: There is none.
        """
        match = t.batches.c.id == key if isinstance(key, int) else t.batches.c.uuid == key
        with self._database.read() as connection:
            statement = _BATCH.where(match, t.batches.c.workspace_id == self._workspace_id)
            return one(connection, Batch, statement, f"batch {key}")

    def all(self, collection_id: int | None = None, *, counted: bool = True) -> list[Batch]:
        """The batches of a collection, or of all, the oldest first; counting large ones takes a while."""
        plain = _BATCH if counted else _PLAIN
        statement = plain.where(t.batches.c.workspace_id == self._workspace_id).order_by(t.batches.c.id)
        if collection_id is not None:
            statement = statement.where(t.batches.c.collection_id == collection_id)
        with self._database.read() as connection:
            return many(connection, Batch, statement)

    def update(self, batch_id: int, patch: BatchPatch) -> Batch:
        """Change a batch; its assets follow where its name changes.

        Raises:
            NotFound: There is no such batch.
            InvalidInput: The name is empty or too long.
        """
        values = patch.given()
        if "name" in values:
            values["name"] = checked_name(values["name"], "batch")
        members = select(t.memberships.c.asset_id).where(t.memberships.c.batch_id == batch_id)
        with self._database.write(self._workspace_id) as transaction:
            transaction.update(t.batches, batch_id, **values)
            if "name" in values:
                transaction.log("asset", "updated", members, reason="membership")
        return self.get(batch_id)

    def assign(self, batch_id: int, collection_id: int) -> Batch:
        """Move a batch with its assets to another collection.

        An asset that is in that collection already keeps what is said of it there, and joins the batch.

        Raises:
            NotFound: There is no such batch or collection.
        """
        rows = t.memberships
        here = select(rows.c.asset_id).where(rows.c.collection_id == collection_id)
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.collections, collection_id)
            members = select(rows.c.asset_id).where(rows.c.batch_id == batch_id)
            concerned = list(transaction.connection.scalars(members))
            transaction.update(t.batches, batch_id, collection_id=collection_id)
            both = (rows.c.batch_id == batch_id, rows.c.collection_id != collection_id, rows.c.asset_id.in_(here))
            already = list(transaction.connection.scalars(delete(rows).where(*both).returning(rows.c.asset_id)))
            joined = (rows.c.collection_id == collection_id, among(rows.c.asset_id))
            transaction.connection.execute(update(rows).where(*joined).values(batch_id=batch_id), {"ids": already})
            moved = update(rows).where(rows.c.batch_id == batch_id).values(collection_id=collection_id)
            transaction.connection.execute(moved)
            transaction.touch(concerned, "membership")
        return self.get(batch_id)

    def delete(self, batch_id: int) -> None:
        """Remove a batch; its assets stay in their collection.

        Raises:
            NotFound: There is no such batch.
        """
        members = select(t.memberships.c.asset_id).where(t.memberships.c.batch_id == batch_id)
        with self._database.write(self._workspace_id) as transaction:
            concerned = transaction.connection.scalars(members).all()
            transaction.delete(t.batches, batch_id)
            transaction.touch(concerned, "membership")
