"""People: who the faces belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, delete, func, select, update

from fototeca.assets import Person
from fototeca.catalog import faces
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, fields_of, many, one
from fototeca.catalog.faces import give
from fototeca.catalog.inputs import PersonPatch, checked_name
from fototeca.errors import InvalidInput, NotFound

_COUNT = (
    select(func.count(t.assets.c.id.distinct()))
    .select_from(t.faces.join(t.assets, t.faces.c.asset_id == t.assets.c.id))
    .where(t.faces.c.person_id == t.people.c.id, t.assets.c.trashed.is_(None))
    .correlate(t.people)
    .scalar_subquery()
)
_CHOSEN = select(t.faces.c.id).where(t.faces.c.id == t.people.c.cover_face_id).correlate(t.people).scalar_subquery()
_BEST = (
    select(t.faces.c.id)
    .where(t.faces.c.person_id == t.people.c.id)
    .order_by(func.coalesce(t.faces.c.quality, 0).desc(), t.faces.c.id)
    .limit(1)
    .correlate(t.people)
    .scalar_subquery()
)
_PERSON = select(
    *(column for column in fields_of(t.people, Person) if column.name != "cover_face_id"),
    func.coalesce(_CHOSEN, _BEST).label("cover_face_id"),
    _COUNT.label("count"),
)


class People:
    """The people of a workspace. Counts are of assets that are not in the trash; names need not be unique."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(self, patch: PersonPatch = PersonPatch()) -> Person:  # noqa: B008 - immutable
        """Make a person without faces; whoever is not given a name has none yet.

        Raises:
            InvalidInput: The name is empty or too long.
            NotFound: There is no such face for the cover.
        """
        values = {"hidden": False, "favorite": False} | _values(patch)
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.faces, values.get("cover_face_id"))
            at = transaction.at
            id_ = transaction.insert(t.people, uuid=uuid4().hex, created=at, updated=at, **values)
        return self.get(id_)

    def get(self, key: int | str) -> Person:
        """A person by id or UUID.

        Raises:
            NotFound: There is none.
        """
        match = t.people.c.id == key if isinstance(key, int) else t.people.c.uuid == key
        with self._database.read() as connection:
            statement = _PERSON.where(match, t.people.c.workspace_id == self._workspace_id)
            return one(connection, Person, statement, f"person {key}")

    def all(self) -> list[Person]:
        """Everybody, hidden people included, the oldest record first."""
        with self._database.read() as connection:
            statement = _PERSON.where(t.people.c.workspace_id == self._workspace_id).order_by(t.people.c.id)
            return many(connection, Person, statement)

    def load(self, ids: Sequence[int]) -> list[Person]:
        """People in the order of the ids; ids that the workspace does not have are left out."""
        statement = _PERSON.where(among(t.people.c.id), t.people.c.workspace_id == self._workspace_id)
        with self._database.read() as connection:
            found = {person.id: person for person in many(connection, Person, statement.params(ids=ids))}
        return [found[id_] for id_ in ids if id_ in found]

    def update(self, person_id: int, patch: PersonPatch) -> Person:
        """Change a person; the assets that show them follow where the name changes.

        Raises:
            NotFound: There is no such person, or no such face for the cover.
            InvalidInput: The name is empty or too long.
        """
        self.update_each({person_id: patch})
        return self.get(person_id)

    def update_each(self, patches: Mapping[int, PersonPatch]) -> None:
        """Change several people in order, all of them or none.

        Raises:
            NotFound: There is no such person, or no such face for a cover; nothing changes.
            InvalidInput: A name is empty or too long; nothing changes.
        """
        with self._database.write(self._workspace_id) as transaction:
            for person_id, patch in patches.items():
                values = _values(patch)
                transaction.require(t.faces, values.get("cover_face_id"))
                transaction.update(t.people, person_id, **values)
                if "name" in values:
                    transaction.log("asset", "updated", _shown([person_id]), reason="person")

    def merge(self, target_id: int, source_ids: Sequence[int]) -> Person:
        """Give the faces of some people to another one, and remove those people.

        Raises:
            NotFound: One of them does not exist.
            InvalidInput: The target is one of the sources.
        """
        if target_id in source_ids:
            raise InvalidInput("a person cannot be merged into themselves", field="source_ids")
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.people, target_id, *source_ids)
            connection = transaction.connection
            concerned = connection.scalars(_shown(source_ids)).all()
            transaction.log_each("face", "updated", faces.given_away(transaction, source_ids, target_id))
            moving = update(t.faces).where(among(t.faces.c.person_id))
            values = {"person_id": target_id, "updated": transaction.at}
            connection.execute(moving.values(values), {"ids": source_ids})
            transaction.log_gone(t.people, source_ids)
            connection.execute(delete(t.people).where(among(t.people.c.id)), {"ids": source_ids})
            transaction.touch(concerned, "faces")
        return self.get(target_id)

    def split(self, person_id: int, face_ids: Sequence[int], patch: PersonPatch = PersonPatch()) -> Person:  # noqa: B008 - immutable
        """Make another person of some of somebody's faces; no model puts them back.

        Raises:
            NotFound: There is no such person, or one of the faces is not theirs.
            InvalidInput: The name is empty or too long.
        """
        values = {"hidden": False, "favorite": False} | _values(patch)
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.people, person_id)
            theirs = select(t.faces.c.id).where(among(t.faces.c.id), t.faces.c.person_id == person_id)
            faces = transaction.connection.scalars(theirs, {"ids": face_ids}).all()
            if missing := set(face_ids) - set(faces):
                raise NotFound(f"person {person_id} has no face {min(missing)}")
            at = transaction.at
            id_ = transaction.insert(t.people, uuid=uuid4().hex, created=at, updated=at, **values)
            give(transaction, dict.fromkeys(faces, id_), confirmed=True)
        return self.get(id_)

    def delete(self, person_id: int) -> None:
        """Remove a person; the faces stay, nobody's.

        Raises:
            NotFound: There is no such person.
        """
        with self._database.write(self._workspace_id) as transaction:
            concerned = transaction.connection.scalars(_shown([person_id])).all()
            transaction.log_each("face", "updated", faces.given_away(transaction, [person_id], None))
            transaction.delete(t.people, person_id)
            transaction.touch(concerned, "faces")


def _values(patch: PersonPatch) -> dict[str, Any]:
    values = patch.given()
    if values.get("name") is not None:
        values["name"] = checked_name(values["name"], "person")
    return values


def _shown(person_ids: Sequence[int]) -> Select[int]:
    """The assets that show any of these people."""
    return select(t.faces.c.asset_id).where(t.faces.c.person_id.in_(person_ids)).distinct()
