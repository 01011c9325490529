"""Embeddings: vectors in half precision, by the space that they are points of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update

from fototeca.assets import Embedding, Kind, Owner, Record, Status
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, Transaction, fields_of, many, one
from fototeca.catalog.inputs import checked_name
from fototeca.errors import Conflict, InvalidInput, NotFound

BYTES_PER_VALUE = 2

_OWNERS = {Owner.ASSET: t.assets, Owner.FRAME: t.frames, Owner.OBJECT: t.objects, Owner.FACE: t.faces}


class Space(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A vector space: one model and what it is applied to.

    Attributes:
        dimension: Values of a vector.
        owner: What its vectors describe.
        model: The model's name and revision.
        current: Whether searches use it; one space of each kind of owner is current.
    """

    id: int
    name: str
    dimension: int
    owner: Owner
    model: str
    current: bool = False
    created: datetime


_SPACE = select(*fields_of(t.spaces, Space))
_ALL_VECTORS = select(
    t.spaces.c.name, t.spaces.c.owner, t.embeddings.c.owner_id, t.embeddings.c.asset_id, t.embeddings.c.vector
).join(t.spaces, t.embeddings.c.space_id == t.spaces.c.id)


class Spaces:
    """The vector spaces of a workspace."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(self, name: str, *, dimension: int, owner: Owner, model: str) -> Space:
        """Make an empty space; one that is there already and equal is returned as it is.

        It is current if it is the first of its kind of owner.

        Raises:
            Conflict: There is one of this name that differs.
            InvalidInput: The name or the dimension is not valid.
        """
        name = checked_name(name, "space")
        if dimension < 1:
            raise InvalidInput("a space has at least one dimension", field="dimension")
        wanted = (dimension, owner, model)
        with self._database.write(self._workspace_id) as transaction:
            spaces = many(transaction.connection, Space, _SPACE.where(t.spaces.c.workspace_id == self._workspace_id))
            known = next((space for space in spaces if space.name == name), None)
            if known and (known.dimension, known.owner, known.model) != wanted:
                raise Conflict(f"there is another space {name!r} already")
            if not known:
                current = not any(space.owner == owner for space in spaces)
                transaction.insert(
                    t.spaces,
                    name=name,
                    dimension=dimension,
                    owner=owner,
                    model=model,
                    current=current,
                    created=transaction.at,
                )
        return self.get(name)

    def get(self, name: str) -> Space:
        """A space by its name.

        Raises:
            NotFound: There is none.
        """
        statement = _SPACE.where(t.spaces.c.name == name, t.spaces.c.workspace_id == self._workspace_id)
        with self._database.read() as connection:
            return one(connection, Space, statement, f"space {name!r}")

    def all(self) -> list[Space]:
        """Every space, the oldest first."""
        with self._database.read() as connection:
            return many(
                connection, Space, _SPACE.where(t.spaces.c.workspace_id == self._workspace_id).order_by(t.spaces.c.id)
            )

    def current(self, owner: Owner = Owner.ASSET) -> Space | None:
        """The space that searches use for one kind of owner, if there is one."""
        return next((space for space in self.all() if space.owner == owner and space.current), None)

    def make_current(self, name: str) -> None:
        """Let searches use this space instead of the others of its kind of owner.

        Raises:
            NotFound: There is none of this name.
        """
        with self._database.write(self._workspace_id) as transaction:
            space = _space(transaction, name)
            alike = (t.spaces.c.workspace_id == self._workspace_id, t.spaces.c.owner == space.owner)
            transaction.connection.execute(update(t.spaces).where(*alike).values(current=t.spaces.c.id == space.id))
            transaction.log("space", "updated", [space.id], fields=["current"])

    def delete(self, name: str) -> None:
        """Remove a space with its vectors; the assets that had some are logged, so that the index lets go of them.

        Raises:
            NotFound: There is none of this name.
        """
        with self._database.write(self._workspace_id) as transaction:
            space = _space(transaction, name)
            held = select(t.embeddings.c.asset_id).where(t.embeddings.c.space_id == space.id).distinct()
            transaction.log("asset", "updated", held, reason="embeddings", space=name)
            transaction.delete(t.spaces, space.id)


class Embeddings:
    """The vectors of a workspace, little-endian float16."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def put(self, space: str, vectors: Mapping[int, bytes]) -> None:
        """Store vectors by the ids of their owners; a vector that an owner had in this space is replaced.

        Raises:
            NotFound: There is no such space or owner; nothing is stored.
            InvalidInput: A vector has not the length of the space; nothing is stored.
        """
        with self._database.write(self._workspace_id) as transaction:
            assets = put(transaction, space, vectors)
            transaction.log("asset", "updated", assets, reason="embeddings", space=space)

    def load(self, space: str, asset_ids: Sequence[int]) -> dict[int, list[Embedding]]:
        """The vectors of assets in a space, in order of their owners; an asset that has none is left out."""
        statement = _vectors(self._workspace_id, space).where(among(t.embeddings.c.asset_id))
        groups: dict[int, list[Embedding]] = defaultdict(list)
        with self._database.read() as connection:
            for row in connection.execute(statement.order_by(t.embeddings.c.owner_id), {"ids": asset_ids}):
                groups[row.asset_id].append(_embedding(row))
        return dict(groups)

    def of_assets(self, asset_ids: Sequence[int]) -> list[Embedding]:
        """The vectors of assets in every space, in order of their owners."""
        statement = _ALL_VECTORS.where(t.spaces.c.workspace_id == self._workspace_id, among(t.embeddings.c.asset_id))
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(t.embeddings.c.owner_id), {"ids": asset_ids})
            return [_embedding(row) for row in rows]

    def iterate(self, space: str, after_owner_id: int = 0, limit: int = 1000) -> list[Embedding]:
        """The first `limit` vectors of a space whose owners' ids are above `after_owner_id`, in order of these."""
        statement = _vectors(self._workspace_id, space).where(t.embeddings.c.owner_id > after_owner_id)
        with self._database.read() as connection:
            return [
                _embedding(row) for row in connection.execute(statement.order_by(t.embeddings.c.owner_id).limit(limit))
            ]

    def missing(self, space: str, after_id: int = 0, limit: int = 1000) -> list[int]:
        """The first `limit` ids above `after_id` of images and videos, trash left out, that have no vector in a space.

        Raises:
            NotFound: There is no such space.
        """
        with self._database.read() as connection:
            named = _SPACE.where(t.spaces.c.name == space, t.spaces.c.workspace_id == self._workspace_id)
            known = one(connection, Space, named, f"space {space!r}")
            here = select(t.embeddings.c.owner_id).where(
                t.embeddings.c.space_id == known.id, t.embeddings.c.asset_id == t.assets.c.id
            )
            wanted = select(t.assets.c.id).where(
                t.assets.c.workspace_id == self._workspace_id,
                t.assets.c.id > after_id,
                t.assets.c.kind != Kind.RAW,
                t.assets.c.status != Status.TRASHED,
                ~here.exists(),
            )
            return list(connection.scalars(wanted.order_by(t.assets.c.id).limit(limit)))

    def delete(self, space: str, owner_ids: Sequence[int]) -> None:
        """Remove the vectors of some owners in a space.

        Raises:
            NotFound: There is no such space.
        """
        with self._database.write(self._workspace_id) as transaction:
            target = _space(transaction, space)
            assets = _forget(transaction, [target.id], owner_ids)
            transaction.log("asset", "updated", assets, reason="embeddings", space=space)


def put(transaction: Transaction, space: str, vectors: Mapping[int, bytes]) -> set[int]:
    """Store vectors as `Embeddings.put` does, and return the assets concerned. The caller logs the change."""
    target = _space(transaction, space)
    for owner_id, vector in vectors.items():
        if len(vector) != target.dimension * BYTES_PER_VALUE:
            raise InvalidInput(
                f"the vector of {target.owner} {owner_id} has {len(vector)} bytes, "
                f"{target.dimension} values of the space {space!r} have {target.dimension * BYTES_PER_VALUE}",
                field="vector",
            )
    assets = _asset_ids(transaction, target.owner, list(vectors))
    if missing := vectors.keys() - assets.keys():
        raise NotFound(f"there is no {target.owner} {min(missing)}")
    _forget(transaction, [target.id], list(vectors))
    rows = [
        {"space_id": target.id, "owner_id": owner_id, "asset_id": assets[owner_id], "vector": vector}
        for owner_id, vector in vectors.items()
    ]
    if rows:
        transaction.connection.execute(insert(t.embeddings), rows)
    return set(assets.values())


def all_there(transaction: Transaction, space: str, owner_ids: Sequence[int]) -> bool:
    """Whether all of these are there to have a vector in a space.

    Raises:
        NotFound: There is no such space.
    """
    return len(_asset_ids(transaction, _space(transaction, space).owner, owner_ids)) == len(owner_ids)


def forget(transaction: Transaction, owner: Owner, owner_ids: Sequence[int]) -> None:
    """Remove the vectors of owners that are about to go, in every space. The caller logs the change."""
    spaces = select(t.spaces.c.id).where(t.spaces.c.workspace_id == transaction.workspace_id, t.spaces.c.owner == owner)
    _forget(transaction, transaction.connection.scalars(spaces).all(), owner_ids)


def _forget(transaction: Transaction, space_ids: Sequence[int], owner_ids: Sequence[int]) -> set[int]:
    vectors = t.embeddings.c
    gone = delete(t.embeddings).where(among(vectors.space_id, "spaces"), among(vectors.owner_id))
    return set(
        transaction.connection.scalars(gone.returning(vectors.asset_id), {"spaces": space_ids, "ids": owner_ids})
    )


def _space(transaction: Transaction, name: str) -> Space:
    statement = _SPACE.where(t.spaces.c.name == name, t.spaces.c.workspace_id == transaction.workspace_id)
    return one(transaction.connection, Space, statement, f"space {name!r}")


def _asset_ids(transaction: Transaction, owner: Owner, owner_ids: Sequence[int]) -> dict[int, int]:
    """The assets of owners that are of the workspace."""
    table = _OWNERS[owner]
    asset_id = t.assets.c.id
    statement = select(table.c.id, asset_id).where(
        among(table.c.id), t.assets.c.workspace_id == transaction.workspace_id
    )
    if owner is not Owner.ASSET:
        statement = statement.where(table.c.asset_id == asset_id)
    return dict(transaction.connection.execute(statement, {"ids": owner_ids}).all())


def _vectors(workspace_id: int, space: str) -> Select[*tuple[Any, ...]]:
    return _ALL_VECTORS.where(t.spaces.c.workspace_id == workspace_id, t.spaces.c.name == space)


def _embedding(row: Sequence[Any]) -> Embedding:
    space, owner, owner_id, asset_id, vector = row
    return Embedding(space=space, owner=owner, owner_id=owner_id, asset_id=asset_id, vector=bytes(vector))
