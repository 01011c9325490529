"""Collections and their folder trees, as CoreViz sees what the workspace holds.

Each collection of the workspace is one of CoreViz's; beside them there is the Library, which holds everything. A
collection's tree is the part of the workspace's folder tree below the folder that is named by the collection's slug,
and the Library's tree is all of it. A member that lies elsewhere is shown at the top of its collection.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fototeca.assets import Asset, Collection, Folder
from fototeca.dialects.coreviz.ids import library_id, normalised
from fototeca.errors import InvalidInput, NotFound
from fototeca.library import Library
from fototeca.query import All, Expression, How, Match

FOLDERS = "coreviz_folder"
"""Kind of the entries that keep, under a folder's UUID, what the catalogue has no place for: `name` and `metadata`."""
_SLASH, _LOOKALIKE = "/", "\u2215"


@dataclass(frozen=True, slots=True)
class Place:
    """A collection.

    Attributes:
        uuid: Its id.
        collection: The workspace's own; `None` for the Library.
        root: The catalogue's folder that its tree is below.
    """

    uuid: str
    name: str
    icon: str | None = None
    collection: Collection | None = None
    root: str = ""

    @property
    def scope(self) -> Expression:
        """What belongs to it."""
        return All() if self.collection is None else Match("collection_id", str(self.collection.id), How.EXACT)

    def holds(self, asset: Asset) -> bool:
        """Whether an asset belongs to it."""
        here = self.collection
        return here is None or any(member.collection_id == here.id for member in asset.memberships)

    def inside(self, path: str) -> bool:
        """Whether a folder of the catalogue lies in its tree, below the top."""
        return path.startswith(f"{self.root}/") if self.root else bool(path)


def the_library(library: Library) -> Place:
    """Return the collection that holds everything."""
    return Place(library_id(library.workspace.name), "Library")


def of_collection(collection: Collection) -> Place:
    """Return one of the workspace's collections."""
    icon = collection.settings.get("icon")
    return Place(collection.uuid, collection.name, icon if isinstance(icon, str) else None, collection, collection.slug)


def places(library: Library) -> list[Place]:
    """Return every collection, the Library first."""
    known = library.collections.all(counted=False)
    return [the_library(library), *(of_collection(collection) for collection in known if collection.trashed is None)]


def place(library: Library, id_: str) -> Place:
    """Return a collection by its id.

    Raises:
        NotFound: The workspace has none.
    """
    wanted = normalised(id_)
    if wanted == library_id(library.workspace.name):
        return the_library(library)
    try:
        collection = library.collections.get(wanted, counted=False)
    except NotFound:
        collection = None
    if collection is None or collection.uuid != wanted or collection.trashed is not None:
        raise NotFound("Collection not found")
    return of_collection(collection)


def home(library: Library, asset: Asset) -> Place:
    """Return the collection that an asset is shown in where none is named: its first one, else the Library."""
    known = {c.id: c for c in library.collections.all(counted=False) if c.trashed is None} if asset.memberships else {}
    return next(
        (of_collection(known[m.collection_id]) for m in asset.memberships if m.collection_id in known),
        the_library(library),
    )


def home_of_folder(library: Library, folder: Folder) -> Place:
    """Return the collection whose tree a folder is in, else the Library."""
    return next((p for p in places(library)[1:] if p.inside(folder.path)), the_library(library))


def container(library: Library, here: Place, path: str | None) -> str | None:
    """Return the catalogue's folder that a path names; `None` where there is no such folder.

    Raises:
        InvalidInput: The path does not begin with the collection.
    """
    labels = [normalised(label) for label in (path or here.uuid).split(".")]
    if labels[0] != here.uuid:
        raise InvalidInput("path must begin with the collection's id", field="path")
    if len(labels) == 1:
        return here.root
    folder = library.folders.by_uuid([labels[-1]]).get(labels[-1])
    return folder.path if folder is not None and here.inside(folder.path) else None


def part_of(name: str) -> str:
    """Return a folder's name as one part of a path of the catalogue."""
    return name.replace(_SLASH, _LOOKALIKE)


class Names:
    """What folders are called, and what else is said of them."""

    def __init__(self, library: Library) -> None:
        self._said: dict[str, dict[str, Any]] = {e.key: e.value for e in library.entries.all(FOLDERS)}

    @property
    def tagged(self) -> bool:
        """Whether any folder has tags."""
        return any("tags" in said.get("metadata", {}) for said in self._said.values())

    def name(self, folder: Folder) -> str:
        """Return a folder's name."""
        said: str | None = self._said.get(folder.uuid, {}).get("name")
        return said or folder.path.rpartition("/")[2].replace(_LOOKALIKE, _SLASH)

    def metadata(self, folder: Folder) -> dict[str, Any]:
        """Return a folder's metadata."""
        said: dict[str, Any] = self._said.get(folder.uuid, {}).get("metadata", {})
        return said


def say(library: Library, folder: Folder, **said: Any) -> None:
    """Keep a folder's name or metadata; `None` forgets one."""
    try:
        before = library.entries.get(FOLDERS, folder.uuid).value
    except NotFound:
        before = {}
    after = {key: value for key, value in (before | said).items() if value is not None}
    if after != before:
        library.entries.put(FOLDERS, folder.uuid, after)


class Trails:
    """Spells the paths of items in one collection; all their folders are looked up at once."""

    def __init__(self, library: Library, here: Place, paths: Iterable[str]) -> None:
        self._here = here
        above = {path[:end] for path in paths if here.inside(path) for end in _ends(path) if here.inside(path[:end])}
        self._folders = library.folders.by_path(sorted(above))

    def to(self, path: str) -> str:
        """Return the trail to a folder of the catalogue."""
        if not self._here.inside(path):
            return self._here.uuid
        inside = (path[:end] for end in _ends(path))
        return ".".join([self._here.uuid, *(self._folders[p].uuid for p in inside if p in self._folders)])


def _ends(path: str) -> list[int]:
    return [at for at, character in enumerate(path) if character == "/"] + [len(path)]
