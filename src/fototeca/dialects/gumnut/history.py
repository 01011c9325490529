"""From entries of the change log to Gumnut's events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fototeca.assets import Asset, Change
from fototeca.dialects.gumnut import identifiers
from fototeca.dialects.gumnut.albums import place_id
from fototeca.dialects.gumnut.query import STACK
from fototeca.dialects.gumnut.scope import Shelf, album_home
from fototeca.dialects.gumnut.stacks import STACKS
from fototeca.errors import NotFound
from fototeca.library import Library

ENTITIES = ("asset", "album", "person", "face", "album_asset", "metadata", "stack", "exif")
_LOGGED_AS = {"metadata": "asset", "exif": "asset", "stack": "entry"}
_PREFIXES = {
    "asset": identifiers.ASSET,
    "album": identifiers.ALBUM,
    "person": identifiers.PERSON,
    "face": identifiers.FACE,
}
_UNSEEN = frozenset({"embeddings", "album", "person", "membership", "frames", "objects", "annotations"})
"""Reasons for which an asset's record changes, and nothing that Gumnut shows of the asset itself."""
_METADATA = frozenset({"description", "rating", "taken", "facts"})


@dataclass(frozen=True, slots=True)
class Event:
    """What a client is told."""

    entity: str
    entity_id: str
    name: str
    payload: dict[str, Any] | None = None


class History:
    """Reads a part of the log for one client.

    Args:
        library: Whose log.
        shelf: The library that the client follows.
        wanted: The entities that it wants to hear of; none named means all but `exif`, which is `metadata` anew.
    """

    def __init__(self, library: Library, shelf: Shelf, wanted: Sequence[str]) -> None:
        self._library = library
        self._shelf = shelf
        self._wanted = frozenset(wanted or ENTITIES[:-1])
        self.entities = tuple({_LOGGED_AS.get(name, name) for name in self._wanted})

    def read(self, changes: Sequence[Change]) -> Iterator[tuple[Change, list[tuple[int, Event]]]]:
        """Yield each entry with its events, numbered within the entry whether they are wanted or not."""
        known = self._uuids(changes)
        for change in changes:
            events = enumerate(self._events(change, known))
            yield change, [(number, event) for number, event in events if event.entity in self._wanted]

    def _events(self, change: Change, known: _Known) -> list[Event]:
        match change.entity:
            case "asset":
                return self._asset(change, known)
            case "album_asset":
                return self._place(change)
            case "entry":
                return self._stack(change)
            case _:
                return self._other(change, known)

    def _asset(self, change: Change, known: _Known) -> list[Event]:
        uuid = known.uuid(change)
        asset = known.assets.get(change.entity_id)
        if uuid is None:
            return []
        id_ = identifiers.encode(identifiers.ASSET, uuid)
        here = asset is None or self._shelf.holds(asset)
        if change.detail.get("reason") == "membership" and not self._shelf.alone:
            return [Event("asset", id_, "asset_moved_in" if here else "asset_moved_out")]
        if not here:
            return []
        if change.action == "created":
            return [Event("asset", id_, "asset_created"), *_described(id_, "created")]
        if change.action == "deleted":
            return [Event("asset", id_, "asset_deleted")]
        return _updated(change, id_, asset)

    def _place(self, change: Change) -> list[Event]:
        detail = change.detail
        if not self._holds_album(detail["album"]):
            return []
        payload = {
            "album_id": identifiers.encode(identifiers.ALBUM, detail["album"]),
            "asset_id": identifiers.encode(identifiers.ASSET, detail["asset"]),
        }
        name = "album_asset_added" if change.action == "created" else "album_asset_removed"
        return [Event("album_asset", place_id(detail["album_id"], change.entity_id), name, payload)]

    def _stack(self, change: Change) -> list[Event]:
        if change.detail.get("kind") != STACKS:
            return []
        id_ = identifiers.encode(identifiers.STACK, change.detail["key"])
        return [Event("stack", id_, f"stack_{change.action}")]

    def _other(self, change: Change, known: _Known) -> list[Event]:
        """An album, a person or a face."""
        uuid = known.uuid(change)
        if uuid is None or (change.entity == "album" and not self._holds_album(uuid)):
            return []
        payload: dict[str, Any] | None = None
        if change.entity == "face" and change.action == "updated":
            detail = change.detail
            payload = {
                "person_id": _person(detail.get("person")),
                "previous_person_id": _person(detail.get("previous")),
            }
        if change.entity == "face" and change.action == "deleted":
            payload = {"previous_person_id": _person(change.detail.get("previous"))}
        if change.entity == "album" and change.action == "updated":
            payload = {"album_cover_asset_id": known.covers.get(change.entity_id)}
        id_ = identifiers.encode(_PREFIXES[change.entity], uuid)
        return [Event(change.entity, id_, f"{change.entity}_{change.action}", payload)]

    def _holds_album(self, uuid: str) -> bool:
        if self._shelf.alone:
            return True
        home = album_home(self._library, uuid)
        return home == (None if self._shelf.collection_id is None else self._shelf.uuid)

    def _uuids(self, changes: Sequence[Change]) -> _Known:
        return _Known(self._library, changes)


class _Known:
    """What the things that entries speak of are called, those that are gone included."""

    def __init__(self, library: Library, changes: Sequence[Change]) -> None:
        ids: dict[str, set[int]] = {name: set() for name in _PREFIXES}
        for change in changes:
            if change.entity in ids and "uuid" not in change.detail:
                ids[change.entity].add(change.entity_id)
        self.assets: dict[int, Asset] = {asset.id: asset for asset in library.load(sorted(ids["asset"]))}
        faces = {face.id: face.uuid for face in library.records.faces.load(sorted(ids["face"]))}
        people = {person.id: person.uuid for person in library.people.load(sorted(ids["person"]))}
        albums = _albums(library, ids["album"])
        self._named: dict[str, dict[int, str]] = {
            "asset": {id_: asset.uuid for id_, asset in self.assets.items()},
            "face": faces,
            "person": people,
            "album": {id_: uuid for id_, (uuid, _) in albums.items()},
        }
        self.covers = {id_: cover for id_, (_, cover) in albums.items()}
        for name, named in self._named.items():
            named.update(library.changes.gone(name, sorted(ids[name] - named.keys())))

    def uuid(self, change: Change) -> str | None:
        """Return the UUID of what an entry speaks of."""
        return change.detail.get("uuid") or self._named.get(change.entity, {}).get(change.entity_id)


def _albums(library: Library, ids: set[int]) -> dict[int, tuple[str, str | None]]:
    """Return UUIDs and chosen covers of albums."""
    found = {}
    for id_ in ids:
        try:
            album = library.albums.get(id_)
        except NotFound:
            continue
        covers = [] if album.cover_asset_id is None else library.load([album.cover_asset_id])
        found[id_] = album.uuid, identifiers.encode(identifiers.ASSET, covers[0].uuid) if covers else None
    return found


def _updated(change: Change, id_: str, asset: Asset | None) -> list[Event]:
    reason = change.detail.get("reason")
    if reason in {"trashed", "restored"}:
        return [Event("asset", id_, f"asset_{reason}")]
    if reason in _UNSEEN:
        return []
    fields = set(change.detail.get("fields", ()))
    stack = None if asset is None else asset.metadata.get(STACK)
    payload = None
    if fields & {"merge_metadata", "remove_metadata"}:
        payload = {"stack_id": identifiers.encode(identifiers.STACK, stack) if isinstance(stack, str) else None}
    event = Event("asset", id_, "asset_updated", payload)
    return [event, *_described(id_, "updated")] if fields & _METADATA or reason == "replaced" else [event]


def _described(id_: str, action: str) -> list[Event]:
    """Say that the metadata of an asset are new, in the words of either generation of clients."""
    return [Event("metadata", id_, "metadata_updated"), Event("exif", id_, f"exif_{action}")]


def _person(uuid: str | None) -> str | None:
    return None if uuid is None else identifiers.encode(identifiers.PERSON, uuid)
