"""Frames and objects: the moments and regions of assets that have vectors of their own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Table, delete, insert, select

from fototeca.assets import Frame, Object, Owner
from fototeca.catalog import embeddings, loading
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, Transaction, fields_of, many, one
from fototeca.catalog.inputs import NewObject, box_columns
from fototeca.catalog.loading import Children
from fototeca.errors import NotFound

_OBJECT = select(*loading.OBJECT_FIELDS)


class Frames:
    """The frames of assets, in order of time."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def replace(self, asset_id: int, seconds: Sequence[float]) -> list[Frame]:
        """Give an asset new frames; the old ones go, and with them their vectors.

        Raises:
            NotFound: There is no such asset.
        """
        with self._database.write(self._workspace_id) as transaction:
            _remove(transaction, t.frames, Owner.FRAME, asset_id)
            rows = [{"asset_id": asset_id, "seconds": second} for second in seconds]
            if rows:
                transaction.connection.execute(insert(t.frames), rows)
            transaction.touch([asset_id], "frames")
        return self.of_assets([asset_id])

    def get(self, frame_id: int) -> Frame:
        """A frame by its id.

        Raises:
            NotFound: The workspace has none.
        """
        owned = (t.frames.c.id == frame_id, t.assets.c.workspace_id == self._workspace_id)
        statement = select(*fields_of(t.frames, Frame)).join(t.assets, t.frames.c.asset_id == t.assets.c.id)
        with self._database.read() as connection:
            return one(connection, Frame, statement.where(*owned), f"frame {frame_id}")

    def of_assets(self, asset_ids: Sequence[int]) -> list[Frame]:
        """The frames of some assets, by asset and time."""
        frames = t.frames
        statement = (
            select(*fields_of(frames, Frame))
            .join(t.assets, frames.c.asset_id == t.assets.c.id)
            .where(among(frames.c.asset_id), t.assets.c.workspace_id == self._workspace_id)
            .order_by(frames.c.asset_id, frames.c.seconds, frames.c.id)
        )
        with self._database.read() as connection:
            return many(connection, Frame, statement.params(ids=asset_ids))


def renew_frames(transaction: Transaction, asset_id: int, seconds: Sequence[float]) -> list[int]:
    """Give an asset frames at these times, and return their ids in this order. The caller logs the change.

    Frames that are at the same times already stay, with their vectors of other spaces.
    """
    mine = select(t.frames.c.id, t.frames.c.seconds).where(t.frames.c.asset_id == asset_id).order_by(t.frames.c.seconds)
    before = transaction.connection.execute(mine).all()
    if [row.seconds for row in before] != sorted(seconds):
        _remove(transaction, t.frames, Owner.FRAME, asset_id)
        rows = [{"asset_id": asset_id, "seconds": second} for second in seconds]
        if rows:
            transaction.connection.execute(insert(t.frames), rows)
        before = transaction.connection.execute(mine).all()
    at = {row.seconds: row.id for row in before}
    return [at[second] for second in seconds]


class Objects:
    """The objects that a detector found in assets. They are read with their asset."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def replace(self, asset_id: int, new: Sequence[NewObject]) -> list[Object]:
        """Give an asset new objects; the old ones go, and with them their vectors.

        Raises:
            NotFound: There is no such asset, or the frame of an object is not one of it.
        """
        with self._database.write(self._workspace_id) as transaction:
            replace_objects(transaction, asset_id, new)
            transaction.touch([asset_id], "objects", Children.OBJECTS)
            return [loading.region(row) for row in transaction.connection.execute(loading.OBJECTS, {"ids": [asset_id]})]

    def add(self, asset_id: int, new: Sequence[NewObject]) -> list[Object]:
        """Give an asset further objects, beside those that it has; returns all of them.

        Raises:
            NotFound: There is no such asset, or the frame of an object is not one of it.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.assets, asset_id)
            _add_objects(transaction, asset_id, new)
            transaction.touch([asset_id], "objects", Children.OBJECTS)
            return [loading.region(row) for row in transaction.connection.execute(loading.OBJECTS, {"ids": [asset_id]})]

    def load(self, ids: Sequence[int]) -> list[Object]:
        """Objects in the order of the ids; ids that the workspace does not have are left out."""
        found = {thing.id: thing for thing in self._find(t.objects.c.id, ids)}
        return [found[id_] for id_ in ids if id_ in found]

    def get(self, object_id: int) -> Object:
        """An object by its id.

        Raises:
            NotFound: There is none.
        """
        for thing in self.load([object_id]):
            return thing
        raise NotFound(f"there is no object {object_id}")

    def _find(self, column: Column[int], ids: Sequence[int]) -> list[Object]:
        mine = t.assets.c.workspace_id == self._workspace_id
        statement = _OBJECT.join(t.assets, t.objects.c.asset_id == t.assets.c.id).where(among(column), mine)
        with self._database.read() as connection:
            return [loading.region(row) for row in connection.execute(statement, {"ids": ids})]


def replace_objects(transaction: Transaction, asset_id: int, new: Sequence[NewObject]) -> None:
    """Store objects as `Objects.replace` does. The caller logs the change."""
    _remove(transaction, t.objects, Owner.OBJECT, asset_id)
    _add_objects(transaction, asset_id, new)


def _add_objects(transaction: Transaction, asset_id: int, new: Sequence[NewObject]) -> None:
    check_frames(transaction, asset_id, [thing.frame_id for thing in new])
    rows = [
        {
            "asset_id": asset_id,
            "frame_id": thing.frame_id,
            "label": thing.label,
            "score": thing.score,
            **box_columns(thing.box),
        }
        for thing in new
    ]
    if rows:
        transaction.connection.execute(insert(t.objects), rows)


def check_frames(transaction: Transaction, asset_id: int, frame_ids: Sequence[int | None]) -> None:
    """Check that frames are of an asset.

    Raises:
        NotFound: One of them, unless `None`, is not.
    """
    known = set(transaction.connection.scalars(select(t.frames.c.id).where(t.frames.c.asset_id == asset_id)))
    if missing := set(frame_ids) - known - {None}:
        raise NotFound(f"asset {asset_id} has no frame {missing.pop()}")


def _remove(transaction: Transaction, table: Table, owner: Owner, asset_id: int) -> None:
    transaction.require(t.assets, asset_id)
    old = transaction.connection.scalars(select(table.c.id).where(table.c.asset_id == asset_id)).all()
    embeddings.forget(transaction, owner, old)
    transaction.connection.execute(delete(table).where(table.c.asset_id == asset_id))
