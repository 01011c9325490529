"""Collections and their folder trees, as CoreViz sees what the workspace holds.

Each collection of the workspace is one of CoreViz's; beside them there is the Library, which holds everything. A
collection's tree is the part of the workspace's folder tree below the folder that is named by the collection's slug,
and the Library's tree is all of it. A member that lies elsewhere is shown at the top of its collection.
"""

from __future__ import annotations

from dataclasses import dataclass

from fototeca.assets import Asset, Collection, Folder
from fototeca.dialects.coreviz.ids import library_id, normalised
from fototeca.dialects.coreviz.tree import Tree
from fototeca.errors import InvalidInput, NotFound
from fototeca.library import Library
from fototeca.query import All, Expression, How, Match


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

    def trail(self, tree: Tree, path: str) -> str:
        """Spell the way to a folder of the catalogue."""
        inside = tree.trail(path, self.root) if self.inside(path) else ()
        return ".".join([self.uuid, *(folder.uuid for folder in inside)])

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
    folder = Tree.of(library).find(labels[-1])
    return folder.path if folder is not None and here.inside(folder.path) else None
