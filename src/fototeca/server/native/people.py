"""`/v1/people`: who the faces belong to."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from fototeca.assets import Person
from fototeca.catalog import PersonPatch
from fototeca.errors import NotFound
from fototeca.http import Router
from fototeca.server.native.answers import answer, nothing
from fototeca.server.native.faces import EXAMPLE_FACE
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import Id, Ids, Key, Name, Strict, key_of
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/people", tags=["people"])

_EXAMPLE = {
    "id": 4,
    "uuid": "3d0c7c1be0e64d7e9f0f6a8f1d1f4c55",
    "name": "Ann",
    "cover_face_id": 12,
    "created": "2026-05-01T10:00:00Z",
    "updated": "2026-05-01T10:00:00Z",
    "count": 31,
}
_PERSON = returns(Person, _EXAMPLE, doc="The person")
_MADE = returns(Person, _EXAMPLE, status=201, doc="The new person")


class PersonChange(Strict):
    """A change to a person: what is left out stays, `null` clears."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Ann", "favorite": True}})

    name: Name | None = None
    hidden: bool = False
    favorite: bool = False
    birth_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    cover_face_id: Id | None = None

    def patch(self) -> PersonPatch:
        """Return it as the catalogue knows it."""
        return PersonPatch(**{name: value for name, value in self.given().items() if name != "faces"})


class NewPerson(PersonChange):
    """A person to be made, of faces that are nobody's or somebody else's."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Ann", "faces": [12, 15]}})

    faces: Ids | None = None


class Others(Strict):
    """People by their ids."""

    model_config = ConfigDict(json_schema_extra={"example": {"ids": [9, 14]}})

    ids: Ids


class Split(PersonChange):
    """The faces that another person is made of, and what is said of that person."""

    model_config = ConfigDict(json_schema_extra={"example": {"faces": [15], "name": "Bo"}})

    faces: Ids


@router.get("", summary="List people", responses=returns(None, {"people": [_EXAMPLE]}))
def list_people(caller: Reader, *, hidden: bool = False, named: bool | None = None) -> Response:
    """Return people, the oldest record first; hidden ones only if asked for. Counts are of assets outside the trash."""
    people = [
        person
        for person in caller.library.people.all()
        if (hidden or not person.hidden) and named in {None, person.name is not None}
    ]
    return answer({"people": people})


@router.post("", summary="Make a person", status_code=201, responses=_MADE)
def create_person(caller: Writer, body: NewPerson) -> Response:
    """Make a person; the faces named are theirs, whatever models say."""
    library = caller.library
    if body.faces and len(library.faces.load(body.faces)) < len(set(body.faces)):
        raise NotFound("one of the faces is not there")
    made = library.people.create(body.patch())
    if body.faces:
        library.faces.assign(dict.fromkeys(body.faces, made.id))
    return answer(library.people.get(made.id), 201)


@router.get("/{person}", summary="Get a person", responses=_PERSON)
def get_person(caller: Reader, person: Key) -> Response:
    """Return a person; `GET /v1/search?q=person_id:ID` finds what shows them."""
    return answer(caller.library.people.get(key_of(person)))


@router.patch("/{person}", summary="Change a person", responses=_PERSON)
def change_person(caller: Writer, person: Key, body: PersonChange) -> Response:
    """Name, hide, or mark a person as a favourite; `person:NAME` finds them by the next search."""
    people = caller.library.people
    return answer(people.update(people.get(key_of(person)).id, body.patch()))


@router.delete("/{person}", summary="Remove a person", status_code=204)
def delete_person(caller: Writer, person: Key) -> Response:
    """Remove a person; the faces stay, nobody's."""
    people = caller.library.people
    people.delete(people.get(key_of(person)).id)
    return nothing()


@router.post("/{person}/merge", summary="Merge people", responses=_PERSON)
def merge_people(caller: Writer, person: Key, body: Others) -> Response:
    """Give the faces of other people to this one, and remove those people."""
    people = caller.library.people
    return answer(people.merge(people.get(key_of(person)).id, body.ids))


@router.post("/{person}/split", summary="Split a person", status_code=201, responses=_MADE)
def split_person(caller: Writer, person: Key, body: Split) -> Response:
    """Make another person of some of this one's faces, and return that one; no model puts them back."""
    people = caller.library.people
    return answer(people.split(people.get(key_of(person)).id, body.faces, body.patch()), 201)


@router.get("/{person}/faces", summary="List a person's faces", responses=returns(None, {"faces": [EXAMPLE_FACE]}))
def list_faces(
    caller: Reader,
    person: Key,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:
    """Return the faces of a person in order of their ids, those after one id."""
    found = caller.library.people.get(key_of(person))
    return answer({"faces": caller.library.faces.of_person(found.id, after, limit)})
