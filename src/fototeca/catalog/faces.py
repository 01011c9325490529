"""Faces: regions of assets that show somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, delete, insert, select, update

from fototeca.assets import Face, Owner
from fototeca.catalog import embeddings, loading
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, Transaction
from fototeca.catalog.inputs import NewFace, box_columns
from fototeca.catalog.loading import FACES_AND_PEOPLE, Children
from fototeca.errors import NotFound

_FACE = select(*loading.FACE_FIELDS).select_from(loading.FACES_AND_PEOPLE)


class Faces:
    """The faces of a workspace."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def add(self, asset_id: int, new: Sequence[NewFace], source: str | None = None) -> list[Face]:
        """Store faces that `source` found, a model by its name, or that a person drew (`None`).

        Raises:
            NotFound: There is no such asset, person or frame.
        """
        with self._database.write(self._workspace_id) as transaction:
            ids = _add(transaction, asset_id, new, source)
        return self.load(ids)

    def replace(self, asset_id: int, new: Sequence[NewFace], source: str) -> list[Face]:
        """Store faces in the place of those that the same model found in this asset before.

        Raises:
            NotFound: There is no such asset, person or frame.
        """
        with self._database.write(self._workspace_id) as transaction:
            old = select(t.faces.c.id).where(t.faces.c.asset_id == asset_id, t.faces.c.source == source)
            _remove(transaction, transaction.existing(t.faces, transaction.connection.scalars(old).all()))
            ids = _add(transaction, asset_id, new, source)
        return self.load(ids)

    def load(self, ids: Sequence[int]) -> list[Face]:
        """Faces in the order of the ids; ids that the workspace does not have are left out."""
        statement = _FACE.where(among(t.faces.c.id), t.faces.c.workspace_id == self._workspace_id)
        with self._database.read() as connection:
            found = {row.id: loading.face(row) for row in connection.execute(statement, {"ids": ids})}
        return [found[id_] for id_ in ids if id_ in found]

    def get(self, key: int | str) -> Face:
        """A face by its id or UUID.

        Raises:
            NotFound: There is none.
        """
        match = t.faces.c.id == key if isinstance(key, int) else t.faces.c.uuid == key
        with self._database.read() as connection:
            row = connection.execute(_FACE.where(match, t.faces.c.workspace_id == self._workspace_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no face {key}")
        return loading.face(row)

    def of_person(self, person_id: int | None, after_id: int = 0, limit: int = 1000) -> list[Face]:
        """The first `limit` faces of a person, or of nobody (`None`), whose ids are above `after_id`."""
        statement = _FACE.where(
            t.faces.c.workspace_id == self._workspace_id,
            t.faces.c.person_id.is_not_distinct_from(person_id),
            t.faces.c.id > after_id,
        )
        with self._database.read() as connection:
            return [loading.face(row) for row in connection.execute(statement.order_by(t.faces.c.id).limit(limit))]

    def newest(
        self,
        before_id: int | None = None,
        limit: int = 1000,
        *,
        asset_id: int | None = None,
        person_id: int | None = None,
    ) -> list[Face]:
        """The newest faces in assets outside the trash, the last one first.

        Args:
            before_id: Only faces whose ids are below this.
            limit: How many at most.
            asset_id: Only of this asset.
            person_id: Only of this person.
        """
        statement = _FACE.join(t.assets, t.faces.c.asset_id == t.assets.c.id).where(
            t.faces.c.workspace_id == self._workspace_id, t.assets.c.trashed.is_(None)
        )
        if before_id is not None:
            statement = statement.where(t.faces.c.id < before_id)
        if asset_id is not None:
            statement = statement.where(t.faces.c.asset_id == asset_id)
        if person_id is not None:
            statement = statement.where(t.faces.c.person_id == person_id)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(t.faces.c.id.desc()).limit(limit))
            return [loading.face(row) for row in rows]

    def assign(self, people: Mapping[int, int | None]) -> None:
        """Say whose faces these are: person ids by face ids, `None` for nobody's.

        Raises:
            NotFound: One of the faces or people does not exist; nothing changes.
        """
        if not people:
            return
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.faces, *people)
            transaction.require(t.people, *people.values())
            changes = _changes(transaction, people)
            statement = update(t.faces).where(t.faces.c.id == bindparam("face"))
            rows = [{"face": face, "person": person} for face, person in people.items()]
            transaction.connection.execute(
                statement.values(person_id=bindparam("person"), updated=transaction.at), rows
            )
            transaction.log_each("face", "updated", changes)
            transaction.touch(_assets_of(transaction, list(people)), "faces")

    def delete(self, ids: Sequence[int]) -> list[int]:
        """Remove faces and their vectors; returns those that there were."""
        with self._database.write(self._workspace_id) as transaction:
            found = transaction.existing(t.faces, ids)
            concerned = _assets_of(transaction, found)
            _remove(transaction, found)
            transaction.touch(concerned, "faces")
        return found


def _add(transaction: Transaction, asset_id: int, new: Sequence[NewFace], source: str | None) -> list[int]:
    transaction.require(t.assets, asset_id)
    transaction.require(t.people, *(face.person_id for face in new))
    rows = [_row(transaction, asset_id, face, source) for face in new]
    ids: list[int] = []
    if rows:
        statement = insert(t.faces).returning(t.faces.c.id, sort_by_parameter_order=True)
        ids = list(transaction.connection.scalars(statement, rows))
    transaction.log("face", "created", ids)
    transaction.touch([asset_id], "faces", Children.FACES)
    return ids


def _row(transaction: Transaction, asset_id: int, face: NewFace, source: str | None) -> dict[str, Any]:
    return {
        "uuid": uuid4().hex,
        "workspace_id": transaction.workspace_id,
        "asset_id": asset_id,
        "frame_id": face.frame_id,
        "person_id": face.person_id,
        "score": face.score,
        "quality": face.quality,
        "source": source,
        "created": transaction.at,
        "updated": transaction.at,
        **box_columns(face.box),
    }


def _remove(transaction: Transaction, ids: Sequence[int]) -> None:
    embeddings.forget(transaction, Owner.FACE, ids)
    log_gone(transaction, ids)
    transaction.connection.execute(delete(t.faces).where(among(t.faces.c.id)), {"ids": ids})


def log_gone(transaction: Transaction, ids: Sequence[int]) -> None:
    """Log that faces are about to go, and whose they were."""
    transaction.log_gone(t.faces, ids, previous=_whose(transaction, ids))


def given_away(transaction: Transaction, person_ids: Sequence[int], to: int | None) -> dict[int, dict[str, Any]]:
    """What the log tells of every face of some people that is about to be somebody else's."""
    faces = select(t.faces.c.id).where(among(t.faces.c.person_id))
    return _changes(transaction, dict.fromkeys(transaction.connection.scalars(faces, {"ids": person_ids}), to))


def _changes(transaction: Transaction, people: Mapping[int, int | None]) -> dict[int, dict[str, Any]]:
    """What the log tells of faces that are about to be given to people: whose they become and whose they were."""
    connection = transaction.connection
    named = select(t.people.c.id, t.people.c.uuid).where(among(t.people.c.id))
    wanted = [id_ for id_ in set(people.values()) if id_ is not None]
    uuids: dict[int, str] = dict(connection.execute(named, {"ids": wanted}).all())
    before = _whose(transaction, list(people))
    return {
        face: {"person_id": person, "person": uuids.get(person or 0), "previous": before.get(face)}
        for face, person in people.items()
    }


def _whose(transaction: Transaction, face_ids: Sequence[int]) -> dict[int, str | None]:
    """The UUIDs of the people whose faces these are."""
    statement = select(t.faces.c.id, t.people.c.uuid).select_from(FACES_AND_PEOPLE).where(among(t.faces.c.id))
    return dict(transaction.connection.execute(statement, {"ids": face_ids}).all())


def _assets_of(transaction: Transaction, face_ids: Sequence[int]) -> Sequence[int]:
    statement = select(t.faces.c.asset_id).where(among(t.faces.c.id)).distinct()
    return transaction.connection.scalars(statement, {"ids": face_ids}).all()
