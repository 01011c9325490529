"""Faces: regions of assets that show somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import bindparam, delete, insert, select, update

from fototeca.assets import Face, Owner
from fototeca.catalog import embeddings, loading
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, Transaction
from fototeca.catalog.inputs import Box, NewFace, box_columns
from fototeca.catalog.loading import FACES_AND_PEOPLE, Children
from fototeca.errors import NotFound

_FACE = select(*loading.FACE_FIELDS).select_from(loading.FACES_AND_PEOPLE)

_SAME = 0.5
"""Faces in one asset whose boxes overlap so much, as intersection over union, are the same."""


class GroupedFace(NamedTuple):
    """A face as it is grouped into people; its vector is little-endian float16."""

    id: int
    asset_id: int
    person_id: int | None
    confirmed: bool
    quality: float | None
    vector: bytes


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
        """Say whose faces these are: person ids by face ids, `None` for nobody's. No model changes that afterwards.

        Raises:
            NotFound: One of the faces or people does not exist; nothing changes.
        """
        if not people:
            return
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.faces, *people)
            transaction.require(t.people, *people.values())
            give(transaction, people, confirmed=True)

    def grouping(self, space: str) -> list[GroupedFace]:
        """Every face that has a vector in a space, with what grouping into people needs to know of it."""
        statement = (
            select(
                t.faces.c.id,
                t.faces.c.asset_id,
                t.faces.c.person_id,
                t.faces.c.confirmed,
                t.faces.c.quality,
                t.embeddings.c.vector,
            )
            .join(t.embeddings, t.embeddings.c.owner_id == t.faces.c.id)
            .join(t.spaces, t.embeddings.c.space_id == t.spaces.c.id)
            .where(t.spaces.c.workspace_id == self._workspace_id, t.spaces.c.name == space)
            .order_by(t.faces.c.id)
        )
        with self._database.read() as connection:
            return [GroupedFace(*row) for row in connection.execute(statement)]

    def gather(self, known: Mapping[int, int], groups: Sequence[Sequence[int]]) -> int:
        """Give faces that nobody has and nobody has spoken for to people, and make a new person of each group.

        Args:
            known: People by faces; who is gone by now gets none.
            groups: Faces that show one person who is not known yet.

        Returns:
            How many faces have a person now.
        """
        with self._database.write(self._workspace_id) as transaction:
            people = transaction.existing(t.people, list(known.values()))
            given = {face: person for face, person in known.items() if person in people}
            free = (among(t.faces.c.id), t.faces.c.person_id.is_(None), ~t.faces.c.confirmed)
            statement = select(t.faces.c.id).where(*free, t.faces.c.workspace_id == self._workspace_id)
            wanted = [*given, *(face for group in groups for face in group)]
            here = set(transaction.connection.scalars(statement, {"ids": wanted}))
            for group in groups:
                if len(here.intersection(group)) > 1:
                    at = transaction.at
                    values = {"uuid": uuid4().hex, "hidden": False, "favorite": False, "created": at, "updated": at}
                    given |= dict.fromkeys(group, transaction.insert(t.people, **values))
            placed = {face: person for face, person in given.items() if face in here}
            give(transaction, placed)
        return len(placed)

    def delete(self, ids: Sequence[int]) -> list[int]:
        """Remove faces and their vectors; returns those that there were."""
        with self._database.write(self._workspace_id) as transaction:
            found = transaction.existing(t.faces, ids)
            concerned = _assets_of(transaction, found)
            _remove(transaction, found)
            transaction.touch(concerned, "faces")
        return found


def give(transaction: Transaction, people: Mapping[int, int | None], **also: Any) -> None:
    """Write whose faces these are."""
    changes = _changes(transaction, people)
    rows = [{"face": face, "person": person} for face, person in people.items()]
    if rows:
        statement = update(t.faces).where(t.faces.c.id == bindparam("face"))
        values = statement.values(person_id=bindparam("person"), updated=transaction.at, **also)
        transaction.connection.execute(values, rows)
    transaction.log_each("face", "updated", changes)
    transaction.touch(_assets_of(transaction, list(people)), "faces")


def _add(transaction: Transaction, asset_id: int, new: Sequence[NewFace], source: str | None) -> list[int]:
    transaction.require(t.assets, asset_id)
    transaction.require(t.people, *(face.person_id for face in new))
    ids = _insert(transaction, asset_id, new, source)
    transaction.touch([asset_id], "faces", Children.FACES)
    return ids


def _insert(transaction: Transaction, asset_id: int, new: Sequence[NewFace], source: str | None) -> list[int]:
    rows = [_row(transaction, asset_id, face, source) for face in new]
    ids: list[int] = []
    if rows:
        statement = insert(t.faces).returning(t.faces.c.id, sort_by_parameter_order=True)
        ids = list(transaction.connection.scalars(statement, rows))
    transaction.log("face", "created", ids)
    return ids


def renew(transaction: Transaction, asset_id: int, new: Sequence[NewFace], source: str, space: str | None) -> None:
    """Store all faces that a model found in an asset, in the place of those that models found before.

    A face that lies where one was keeps its identity, and so its person and its vectors in other spaces; one that lies
    where a person has drawn one is not stored beside it. The caller logs the change to the asset.
    """
    known = [loading.face(row) for row in transaction.connection.execute(loading.FACES, {"ids": [asset_id]})]
    same = _same(known, new)
    _remove(transaction, [face.id for face in known if face.source is not None and face.id not in same.values()])
    ids: dict[int, int] = {}
    for place, face in enumerate(new):
        if place in same:
            ids[place] = same[place]
            values = {"score": face.score, "quality": face.quality, "source": source, **box_columns(face.box)}
            found = (t.faces.c.id == same[place], t.faces.c.source.is_not(None))
            transaction.connection.execute(update(t.faces).where(*found).values(values))
    fresh = [place for place in range(len(new)) if place not in same]
    ids |= zip(fresh, _insert(transaction, asset_id, [new[place] for place in fresh], source), strict=True)
    if space is not None:
        vectors = {ids[place]: face.vector for place, face in enumerate(new) if face.vector is not None}
        embeddings.put(transaction, space, vectors)


def _same(known: Sequence[Face], new: Sequence[NewFace]) -> dict[int, int]:
    """Which new faces, by their places, lie where known ones are: the best overlaps first, each face once."""
    pairs = [(_overlap(face.box, old.box), place, old.id) for place, face in enumerate(new) for old in known]
    same: dict[int, int] = {}
    for overlap, place, old in sorted(pairs, reverse=True):
        if overlap >= _SAME and place not in same and old not in same.values():
            same[place] = old
    return same


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(wide, 0.0) * max(high, 0.0)
    return shared / max(one[2] * one[3] + other[2] * other[3] - shared, 1e-12)


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
        "confirmed": source is None and face.person_id is not None,
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
