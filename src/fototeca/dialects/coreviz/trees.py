"""Changes to folder trees: names that may repeat, moves, and the removal of a folder with everything below."""

from __future__ import annotations

from fototeca.assets import Folder
from fototeca.dialects.coreviz.places import Place
from fototeca.dialects.coreviz.tree import FOLDERS, Tree, part_of, say
from fototeca.errors import Conflict, InvalidInput
from fototeca.library import Library
from fototeca.query import And, Exists, Query, Under

_MOST_ALIKE = 1_000
"""Folders of one name in one place."""


def create_folder(library: Library, parent: str, name: str, *, reuse: bool) -> Folder:
    """Make a folder; with `reuse` the one of the same name that is there already is returned."""
    if reuse:
        tree = Tree.of(library)
        inside = (each.folder for each in tree.children(parent, "name", descending=False))
        found = next((folder for folder in inside if tree.name(folder) == name), None)
        if found is not None:
            return found
    path = free_path(library, parent, name)
    folder = library.folders.create(path)
    if path != _joined(parent, part_of(name)):
        say(library, folder, name=name)
    return folder


def free_path(library: Library, parent: str, name: str) -> str:
    """Return a path for a folder of this name that is not taken.

    Raises:
        Conflict: There are too many of the same name.
    """
    path = _joined(parent, part_of(name))
    candidates = [path, *(f"{path} ({number})" for number in range(2, _MOST_ALIKE))]
    taken = library.folders.by_path(candidates)
    free = next((each for each in candidates if each not in taken), None)
    if free is None:
        raise Conflict(f'there are too many folders named "{name}" here')
    return free


def rename_folder(library: Library, folder: Folder, name: str) -> None:
    """Give a folder another name."""
    _put(library, folder, folder.path.rpartition("/")[0], name)


def move_folder(library: Library, here: Place, folder: Folder, parent: str) -> None:
    """Put a folder, with everything below, into another one.

    Raises:
        InvalidInput: That is the folder itself, or lies in it.
    """
    if parent == folder.path or parent.startswith(f"{folder.path}/"):
        raise InvalidInput("a folder cannot move into itself", field="destinationPath")
    if parent != folder.path.rpartition("/")[0] and here.inside(folder.path):
        _put(library, folder, parent, Tree.of(library).name(folder))


def remove_folder(library: Library, folder: Folder) -> int:
    """Put everything below a folder into the trash, and remove the folders; return how many versions of files went."""
    below = library.ids(Query(And((Under("folder", folder.path), Exists("status")))))
    living = [asset for asset in library.load(below) if asset.trashed is None]
    library.trash([asset.id for asset in living])
    gone = [folder, *library.folders.below(folder.path)]
    library.folders.dissolve(folder.path)
    said = {entry.key for entry in library.entries.all(FOLDERS)}
    for each in gone:
        if each.uuid in said:
            library.entries.delete(FOLDERS, each.uuid)
    return sum(library.records.versions.count([asset.id for asset in living]).values())


def _put(library: Library, folder: Folder, parent: str, name: str) -> None:
    plain = _joined(parent, part_of(name))
    if plain == folder.path:
        path = plain
    else:
        path = free_path(library, parent, name)
        library.folders.move(folder.path, path)
    say(library, folder, name=None if path == plain else name)


def _joined(parent: str, part: str) -> str:
    return f"{parent}/{part}" if parent else part
