"""`/api/people`: who is in the photos."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends
from pydantic import Field
from starlette.responses import Response

from fototeca.assets import Face, Person
from fototeca.catalog import PersonPatch
from fototeca.dialects.gumnut import identifiers, links
from fototeca.dialects.gumnut.albums import Name, album_of
from fototeca.dialects.gumnut.assets import asset_of
from fototeca.dialects.gumnut.clusters import Clusters
from fototeca.dialects.gumnut.errors import BadRequest, answer, done, invalid
from fototeca.dialects.gumnut.paging import cut
from fototeca.dialects.gumnut.render import Json
from fototeca.dialects.gumnut.render import person as rendered
from fototeca.dialects.gumnut.requests import (
    MAX_IDS,
    Body,
    Ids,
    Names,
    Paged,
    Params,
    Reader,
    Remover,
    Routes,
    Writer,
    from_body,
    from_query,
)
from fototeca.dialects.gumnut.scope import Shelf, resolve
from fototeca.errors import Conflict, NotFound
from fototeca.http import Caller
from fototeca.library import Library
from fototeca.query import And, Facet, Match, Page, Query

router = Routes()

_EVERYBODY = 10_000
_METRICS = "cluster_metrics"


class Including(Params):
    """Which further parts to answer with."""

    include: Names = Field(default_factory=list)


class PersonList(Paged, Including):
    """Which people to list."""

    ids: Ids = Field(default_factory=list)
    album_id: str | None = None
    asset_id: str | None = None
    name: str | None = None
    name_filter: Literal["named", "unnamed", "all"] | None = None
    include_hidden: bool | None = None
    sort: Literal[
        "created_at_desc", "created_at_asc", "name_asc", "name_desc", "asset_count_desc", "asset_count_asc"
    ] = "created_at_desc"


class Change(Body):
    """What a client says of a person."""

    name: Name | None = None
    birth_date: date | None = None
    is_favorite: bool | None = None
    is_hidden: bool | None = None
    thumbnail_face_id: str | None = None


class NewPerson(Change):
    """A person to be."""

    library_id: str | None = None


class OneChange(Body):
    """A change to one of several people."""

    id: str
    change: Change


class Changes(Body):
    """Changes to several people, all of them or none."""

    updates: Annotated[list[OneChange], Field(max_length=MAX_IDS)]


class Sources(Body):
    """People whose faces another one gets."""

    source_person_ids: Annotated[Ids, Field(min_length=1)]


@router.get("/api/people")
def list_people(caller: Reader, asked: Annotated[PersonList, Depends(from_query(PersonList))]) -> Response:
    """List people; by default those with a name who are not hidden, the newest first."""
    shelf = resolve(caller.library, asked.library_id)
    people = sorted(_wanted(caller.library, shelf, asked), key=lambda person: _place(asked.sort, person))
    page, more = cut(people, asked.limit, _after(caller.library, asked), lambda person: _place(asked.sort, person))
    return answer({"data": _shown(caller, page, asked.include), "has_more": more})


@router.get("/api/people/{person_id}")
def get_person(caller: Reader, person_id: str, asked: Annotated[Including, Depends(from_query(Including))]) -> Response:
    """Return a person."""
    return answer(_shown(caller, [person_of(caller.library, person_id)], asked.include)[0])


@router.post("/api/people")
def create_person(caller: Writer, body: Annotated[NewPerson, Depends(from_body(NewPerson))]) -> Response:
    """Make a person; one of the same name of whom the same is said is returned instead."""
    library = caller.library
    resolve(library, body.library_id)
    patch = patch_of(library, body)
    known = _named(library, body.name)
    if known is not None:
        given = patch.given()
        given.pop("name")
        if any(getattr(known, name) != value for name, value in given.items()):
            raise Conflict(f'a person "{known.name}" exists, of whom something else is said')
        return answer(_shown(caller, [known], ())[0])
    return answer(_shown(caller, [library.people.create(patch)], ())[0], 201)


@router.post("/api/people/bulk-update")
def change_people(caller: Writer, body: Annotated[Changes, Depends(from_body(Changes))]) -> Response:
    """Change several people in order, all of them or none."""
    library = caller.library
    patches: dict[int, PersonPatch] = {}
    names: dict[str, int] = {person.name.casefold(): person.id for person in library.people.all() if person.name}
    for update in body.updates:
        person = person_of(library, update.id)
        if person.id in patches:
            raise invalid("body", "updates", "a person is changed once", update.id)
        patches[person.id] = patch_of(library, update.change)
        if "name" in update.change.model_fields_set:
            _rename(names, person, update.change.name)
    library.people.update_each(patches)
    return done()


@router.patch("/api/people/{person_id}")
def change_person(caller: Writer, person_id: str, body: Annotated[Change, Depends(from_body(Change))]) -> Response:
    """Change what is said of a person; `null` clears name and birth date."""
    library = caller.library
    person = person_of(library, person_id)
    known = _named(library, body.name)
    if known is not None and known.id != person.id:
        raise Conflict(f'a person "{known.name}" exists')
    return answer(_shown(caller, [library.people.update(person.id, patch_of(library, body))], ())[0])


@router.delete("/api/people/{person_id}")
def delete_person(caller: Remover, person_id: str) -> Response:
    """Remove a person; their faces stay, nobody's."""
    caller.library.people.delete(person_of(caller.library, person_id).id)
    return done()


@router.post("/api/people/{person_id}/merge")
def merge_people(caller: Writer, person_id: str, body: Annotated[Sources, Depends(from_body(Sources))]) -> Response:
    """Give the faces of some people to one, and remove the others."""
    library = caller.library
    target = person_of(library, person_id)
    sources = [person_of(library, each) for each in dict.fromkeys(body.source_person_ids)]
    everybody = [target, *sources]
    empty = all(each.name is None and not library.records.faces.of_person(each.id, limit=1) for each in everybody)
    library.people.merge(target.id, [source.id for source in sources])
    if empty:
        return Response(status_code=204)
    return answer(_shown(caller, [library.people.get(target.id)], ())[0])


def person_of(library: Library, text: str) -> Person:
    """Return the person with this id.

    Raises:
        NotFound: There is none.
    """
    return library.people.get(identifiers.decode(identifiers.PERSON, text))


def patch_of(library: Library, change: Change) -> PersonPatch:
    """Turn what a client says into a patch.

    Raises:
        NotFound: There is no such face for the thumbnail.
    """
    values: dict[str, Any] = change.given("name")
    if "birth_date" in change.model_fields_set:
        values["birth_date"] = None if change.birth_date is None else change.birth_date.isoformat()
    if change.is_favorite is not None:
        values["favorite"] = change.is_favorite
    if change.is_hidden is not None:
        values["hidden"] = change.is_hidden
    if "thumbnail_face_id" in change.model_fields_set:
        uuid = change.thumbnail_face_id and identifiers.decode(identifiers.FACE, change.thumbnail_face_id)
        values["cover_face_id"] = library.records.faces.get(uuid).id if uuid else None
    return PersonPatch(**values)


def _shown(caller: Caller, people: Sequence[Person], include: Sequence[str]) -> list[Json]:
    clusters = Clusters(caller.library) if _METRICS in include else None
    return [_person(caller, person, clusters) for person in people]


def _person(caller: Caller, person: Person, clusters: Clusters | None) -> Json:
    metrics = None if clusters is None else clusters.metrics(person)
    cover = _cover(caller.library, person)
    if cover is None:
        return rendered(person, cluster_metrics=metrics)
    asset = caller.library.get(cover.asset_id)
    return rendered(person, links.of_face(caller, asset.uuid, cover), cover.uuid, cluster_metrics=metrics)


def _cover(library: Library, person: Person) -> Face | None:
    """Return the face that was chosen to stand for a person, else their newest one."""
    chosen = library.records.faces.load([person.cover_face_id]) if person.cover_face_id is not None else []
    found = chosen or library.records.faces.newest(limit=1, person_id=person.id)
    return found[0] if found else None


def _wanted(library: Library, shelf: Shelf, asked: PersonList) -> list[Person]:
    people = library.people.all()
    names = asked.name_filter or ("all" if asked.ids else "named")
    if names == "unnamed" and asked.sort.startswith("name"):
        raise invalid("query", "sort", "people without a name cannot be sorted by it", asked.sort)
    if names != "all":
        people = [person for person in people if (person.name is not None) == (names == "named")]
    hidden = asked.include_hidden if asked.include_hidden is not None else bool(asked.ids) or names == "all"
    if not hidden:
        people = [person for person in people if not person.hidden]
    if asked.ids:
        uuids = set(identifiers.known(identifiers.PERSON, asked.ids))
        people = [person for person in people if person.uuid in uuids]
    if asked.name:
        part = asked.name.casefold()
        people = [person for person in people if person.name and part in person.name.casefold()]
    return _who_are_in(library, shelf, asked, people)


def _who_are_in(library: Library, shelf: Shelf, asked: PersonList, people: list[Person]) -> list[Person]:
    """Leave those who are in an asset, an album and a library; somebody without a face is in every library."""
    if asked.asset_id is not None:
        shown = {face.person_id for face in asset_of(library, asked.asset_id).faces}
        people = [person for person in people if person.id in shown]
    if asked.album_id is not None:
        inside = _faces_in(library, And((Match("album_id", str(album_of(library, asked.album_id).id)),)))
        people = [person for person in people if person.id in inside]
    if not shelf.alone:
        here = _faces_in(library, And((shelf.where,)))
        people = [person for person in people if person.id in here or not person.count]
    return people


def _faces_in(library: Library, where: And) -> set[int]:
    found = library.answer(Query(where, facets=(Facet("person_id", limit=_EVERYBODY),), page=Page(0)))
    return {int(value) for value, _ in found.facets["person_id"].values}


def _place(sort: str, person: Person) -> tuple[Any, ...]:
    """Return a person's place in an order, so that it ascends; ties by age, and those without a name last."""
    sign = -1 if sort.endswith("_desc") else 1
    if sort.startswith("created"):
        return (sign * person.id,)
    if sort.startswith("asset_count"):
        return sign * (person.count or 0), sign * person.id
    name = (person.name or "").casefold()
    spelt = tuple(sign * ord(letter) for letter in name) + ((_END,) if sign < 0 else ())
    return person.name is None, spelt, sign * person.id


_END = 1
"""Stands behind a name in the descending order: "anna" comes before "ann" there."""


def _after(library: Library, asked: PersonList) -> tuple[Any, ...] | None:
    if asked.starting_after_id is None:
        return None
    try:
        return _place(asked.sort, person_of(library, asked.starting_after_id))
    except NotFound as error:
        raise BadRequest(f"starting_after_id: {error.message}") from None


def _named(library: Library, name: str | None) -> Person | None:
    if name is None:
        return None
    wanted = name.casefold()
    return next((each for each in library.people.all() if each.name and each.name.casefold() == wanted), None)


def _rename(names: dict[str, int], person: Person, name: str | None) -> None:
    """Follow a change of name, so that a later one may take the name that was freed."""
    if person.name is not None:
        names.pop(person.name.casefold(), None)
    if name is not None:
        if names.get(name.casefold(), person.id) != person.id:
            raise Conflict(f'a person "{name}" exists')
        names[name.casefold()] = person.id
