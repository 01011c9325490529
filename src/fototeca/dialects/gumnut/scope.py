"""Libraries, and which one a request is about.

A Gumnut library is a collection of the type "library". Every asset belongs to one: what is in none of them, however it
came, is in the default library, which every workspace has. So a photo added through any other API is found here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from fototeca.assets import Asset, Collection, Entry
from fototeca.catalog import CollectionPatch
from fototeca.dialects.gumnut import identifiers
from fototeca.dialects.gumnut.errors import BadRequest
from fototeca.errors import Conflict, NotFound
from fototeca.library import Library
from fototeca.query import All, Expression, Match, Not, Or

COLLECTION_TYPE = "library"
LIBRARIES = "gumnut.library"
"""Kind of the entry that describes the default library."""
ALBUM_PLACES = "gumnut.album"
"""Kind of the entries that hold an album's library, by the album's UUID, where that is not the default one."""
_DEFAULT = "default"
_DEFAULT_NAME = "My Library"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One Gumnut library.

    Attributes:
        collection_id: The collection that it is; `None` for the default library.
        where: Which assets are in it.
        alone: Whether it is the only library that there is, so that everything is in it.
    """

    uuid: str
    name: str
    description: str | None
    created: datetime
    updated: datetime
    trashed: datetime | None
    collection_id: int | None
    where: Expression
    alone: bool

    @property
    def id(self) -> str:
        """The id that clients know."""
        return identifiers.encode(identifiers.LIBRARY, self.uuid)

    def holds(self, asset: Asset) -> bool:
        """Whether an asset is in it."""
        if self.alone:
            return True
        inside = {place.collection_id for place in asset.memberships}
        if self.collection_id is not None:
            return self.collection_id in inside
        return not any(str(id_) in _excluded(self.where) for id_ in inside)


def shelves(library: Library) -> list[Shelf]:
    """Return every library, trashed ones included, the default one first."""
    others = library.collections.of_type(COLLECTION_TYPE)
    return [_default(library, others), *(_of_collection(each) for each in others)]


def resolve(library: Library, library_id: str | None, *, trashed: bool = False) -> Shelf:
    """Return the library that a request is about.

    Args:
        library: The caller's own.
        library_id: What the request says.
        trashed: Whether one in the trash will do.

    Raises:
        NotFound: There is none of this id, or it is in the trash.
        BadRequest: The request names none, and there are several.
    """
    found = [shelf for shelf in shelves(library) if trashed or shelf.trashed is None]
    if library_id is not None:
        uuid = identifiers.decode(identifiers.LIBRARY, library_id)
        for shelf in found:
            if shelf.uuid == uuid:
                return shelf
        raise NotFound(f'there is no library "{library_id}"')
    if len(found) != 1:
        raise BadRequest("several libraries exist: say which one with library_id")
    return found[0]


def change(library: Library, shelf: Shelf, patch: CollectionPatch) -> Shelf:
    """Change a library's name, description or place in the trash."""
    if shelf.collection_id is None:
        entry = library.entries.get(LIBRARIES, _DEFAULT)
        given = patch.given()
        if "trashed" in given:
            given["trashed"] = None if given["trashed"] is None else given["trashed"].isoformat()
        library.entries.put(LIBRARIES, _DEFAULT, entry.value | given)
    else:
        library.collections.update(shelf.collection_id, patch)
    return next(each for each in shelves(library) if each.uuid == shelf.uuid)


def album_home(library: Library, album_uuid: str) -> str | None:
    """Return the UUID of an album's library; `None` for the default one."""
    entry = library.entries.find(ALBUM_PLACES, album_uuid)
    return None if entry is None else str(entry.value["library"])


def _default(library: Library, others: list[Collection]) -> Shelf:
    entry = library.entries.find(LIBRARIES, _DEFAULT) or _create_default(library)
    value = entry.value
    not_in = Or(tuple(Match("collection_id", str(other.id)) for other in others))
    return Shelf(
        uuid=value["uuid"],
        name=value["name"],
        description=value.get("description"),
        created=entry.created,
        updated=entry.updated,
        trashed=None if value.get("trashed") is None else datetime.fromisoformat(value["trashed"]).astimezone(UTC),
        collection_id=None,
        where=Not(not_in) if others else All(),
        alone=not others,
    )


def _create_default(library: Library) -> Entry:
    try:
        return library.entries.create(LIBRARIES, _DEFAULT, {"uuid": uuid4().hex, "name": _DEFAULT_NAME})
    except Conflict:  # another request was first
        return library.entries.get(LIBRARIES, _DEFAULT)


def _of_collection(collection: Collection) -> Shelf:
    return Shelf(
        uuid=collection.uuid,
        name=collection.name,
        description=collection.description,
        created=collection.created,
        updated=collection.updated,
        trashed=collection.trashed,
        collection_id=collection.id,
        where=Match("collection_id", str(collection.id)),
        alone=False,
    )


def _excluded(where: Expression) -> set[str]:
    """The collections that the default library leaves out."""
    parts = where.part.parts if isinstance(where, Not) and isinstance(where.part, Or) else ()
    return {str(part.value) for part in parts if isinstance(part, Match)}
