"""Albums: named sets of assets."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import Select, and_, bindparam, delete, func, insert, or_, select

from fototeca.assets import Album
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, Transaction, fields_of, many, one
from fototeca.catalog.inputs import AlbumPatch, checked_name
from fototeca.catalog.loading import Children

_COUNT = (
    select(func.count())
    .select_from(t.album_assets.join(t.assets, t.album_assets.c.asset_id == t.assets.c.id))
    .where(t.album_assets.c.album_id == t.albums.c.id, t.assets.c.trashed.is_(None))
    .correlate(t.albums)
    .scalar_subquery()
)
_ALBUM = select(*fields_of(t.albums, Album), _COUNT.label("count"))


class Albums:
    """The albums of a workspace. Counts leave out what is in the trash; names need not be unique."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(self, name: str, description: str | None = None) -> Album:
        """Make an empty album.

        Raises:
            InvalidInput: The name is empty or too long.
        """
        name = checked_name(name, "album")
        with self._database.write(self._workspace_id) as transaction:
            at = transaction.at
            id_ = transaction.insert(
                t.albums, uuid=uuid4().hex, name=name, description=description, created=at, updated=at
            )
        return self.get(id_)

    def get(self, key: int | str) -> Album:
        """An album by its id or UUID.

        Raises:
            NotFound: There is none.
        """
        match = t.albums.c.id == key if isinstance(key, int) else t.albums.c.uuid == key
        with self._database.read() as connection:
            return one(
                connection, Album, _ALBUM.where(match, t.albums.c.workspace_id == self._workspace_id), f"album {key}"
            )

    def all(self) -> list[Album]:
        """Every album, the oldest first."""
        with self._database.read() as connection:
            statement = _ALBUM.where(t.albums.c.workspace_id == self._workspace_id).order_by(t.albums.c.id)
            return many(connection, Album, statement)

    def update(self, album_id: int, patch: AlbumPatch) -> Album:
        """Change an album; its assets follow where its name changes.

        Raises:
            NotFound: There is no such album, or no such asset for its cover.
            InvalidInput: The name is empty or too long.
        """
        values = patch.given()
        if "name" in values:
            values["name"] = checked_name(values["name"], "album")
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.assets, values.get("cover_asset_id"))
            transaction.update(t.albums, album_id, **values)
            if "name" in values:
                transaction.log("asset", "updated", _members(album_id), reason="album")
        return self.get(album_id)

    def delete(self, album_id: int) -> None:
        """Remove an album; its assets stay.

        Raises:
            NotFound: There is no such album.
        """
        with self._database.write(self._workspace_id) as transaction:
            members = transaction.connection.scalars(_members(album_id)).all()
            transaction.delete(t.albums, album_id)
            transaction.touch(members, "album")

    def add(self, album_id: int, asset_ids: Sequence[int]) -> list[int]:
        """Put assets into an album; returns those that are new to it.

        Raises:
            NotFound: There is no such album.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.albums, album_id)
            inside = set(transaction.connection.scalars(_members(album_id)))
            added = [id_ for id_ in transaction.existing(t.assets, asset_ids) if id_ not in inside]
            if added:
                rows = [{"album_id": album_id, "asset_id": id_} for id_ in added]
                transaction.connection.execute(insert(t.album_assets), rows)
                _log_places(transaction, "created", [album_id], added)
                transaction.touch(added, "album", Children.ALBUMS)
        return added

    def remove(self, album_id: int, asset_ids: Sequence[int]) -> list[int]:
        """Take assets out of an album; returns those that were in it.

        Raises:
            NotFound: There is no such album.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.albums, album_id)
            _log_places(transaction, "deleted", [album_id], asset_ids)
            gone = delete(t.album_assets).where(t.album_assets.c.album_id == album_id, among(t.album_assets.c.asset_id))
            removed = transaction.connection.scalars(
                gone.returning(t.album_assets.c.asset_id), {"ids": asset_ids}
            ).all()
            transaction.touch(removed, "album")
        return sorted(removed)

    def asset_ids(self, album_id: int) -> list[int]:
        """What is in an album, trashed assets included, in order of the ids.

        Raises:
            NotFound: There is no such album.
        """
        self.get(album_id)
        with self._database.read() as connection:
            return sorted(connection.scalars(_members(album_id)))

    def places(
        self,
        after: tuple[int, int] = (0, 0),
        limit: int = 1000,
        *,
        album_id: int | None = None,
        asset_id: int | None = None,
    ) -> list[tuple[int, int]]:
        """Which assets, outside the trash, are in which albums: pairs of an album's id and an asset's, in order.

        Args:
            after: The pair that the first one follows.
            limit: How many at most.
            album_id: Only of this album.
            asset_id: Only of this asset.
        """
        c = t.album_assets.c
        statement = (
            select(c.album_id, c.asset_id)
            .join(t.assets, c.asset_id == t.assets.c.id)
            .where(t.assets.c.workspace_id == self._workspace_id, t.assets.c.trashed.is_(None))
            .where(or_(c.album_id > after[0], and_(c.album_id == after[0], c.asset_id > after[1])))
        )
        if album_id is not None:
            statement = statement.where(c.album_id == album_id)
        if asset_id is not None:
            statement = statement.where(c.asset_id == asset_id)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(c.album_id, c.asset_id).limit(limit))
            return [(row[0], row[1]) for row in rows]


def log_left(transaction: Transaction, asset_ids: Sequence[int]) -> None:
    """Log that assets leave every album that they are in, as they are about to go."""
    inside = select(t.album_assets.c.album_id).where(among(t.album_assets.c.asset_id)).distinct()
    album_ids = transaction.connection.scalars(inside, {"ids": asset_ids}).all()
    _log_places(transaction, "deleted", sorted(album_ids), asset_ids)


def _log_places(transaction: Transaction, action: str, album_ids: Sequence[int], asset_ids: Sequence[int]) -> None:
    """Log what becomes of those of the assets that are in the albums, with the UUIDs of both."""
    c = t.album_assets.c
    inside = (
        select(c.asset_id, t.assets.c.uuid.label("asset"), t.albums.c.uuid.label("album"))
        .join(t.albums, c.album_id == t.albums.c.id)
        .join(t.assets, c.asset_id == t.assets.c.id)
        .where(c.album_id == bindparam("album_id"), among(c.asset_id))
    )
    for album_id in album_ids:
        rows = transaction.connection.execute(inside, {"album_id": album_id, "ids": asset_ids})
        details = {row.asset_id: {"album_id": album_id, "album": row.album, "asset": row.asset} for row in rows}
        transaction.log_each("album_asset", action, details)


def _members(album_id: int) -> Select[int]:
    return select(t.album_assets.c.asset_id).where(t.album_assets.c.album_id == album_id)
