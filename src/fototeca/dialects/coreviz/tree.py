"""The folders of a workspace: what they are called, what is said of them, and in which order they come.

Whoever browses asks for folders again and again, and seldom changes them. So all are read at once and kept until the
change log speaks of a folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fototeca.assets import Folder
from fototeca.errors import NotFound
from fototeca.library import Library
from fototeca.query.fields import SORTED_CHARACTERS
from fototeca.query.words import fold

FOLDERS = "coreviz_folder"
"""Kind of the entries that keep, under a folder's UUID, what the catalogue has no place for: `name` and `metadata`."""
_SLASH, _LOOKALIKE = "/", "\u2215"


@dataclass(frozen=True, slots=True)
class Sorted:
    """A folder and what it is sorted by; `None` comes last."""

    value: Any
    folder: Folder


class Tree:
    """Every folder of a workspace, as of one moment."""

    def __init__(self, folders: Iterable[Folder], said: Mapping[str, Mapping[str, Any]]) -> None:
        self._said = said
        self._by_path = {folder.path: folder for folder in folders}
        self._by_uuid = {folder.uuid: folder for folder in self._by_path.values()}
        self._children: dict[str, list[Folder]] = defaultdict(list)
        for folder in self._by_path.values():
            self._children[folder.path.rpartition("/")[0]].append(folder)
        self._orders: dict[tuple[str, bool], list[Sorted]] = {}

    @classmethod
    def of(cls, library: Library) -> Tree:
        """Return a workspace's folders as they are now."""

        def read() -> Tree:
            return cls(library.folders.tree(), {entry.key: entry.value for entry in library.entries.all(FOLDERS)})

        return library.kept(FOLDERS, ("folder", "entry"), read)

    @cached_property
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

    def find(self, uuid: str) -> Folder | None:
        """Return a folder by its UUID."""
        return self._by_uuid.get(uuid)

    def trail(self, path: str, root: str) -> list[Folder]:
        """Return the folders from below a root to a path, the path's own included."""
        ends = [at for at, character in enumerate(path) if character == "/" and at > len(root)] + [len(path)]
        return [self._by_path[path[:end]] for end in ends if path[:end] in self._by_path]

    def children(self, path: str, sort: str, *, descending: bool) -> list[Sorted]:
        """Return the folders directly inside a path, in order."""
        return self._in_order(self._children.get(path, ()), sort, descending=descending)

    def below(self, path: str, sort: str, *, descending: bool) -> list[Sorted]:
        """Return every folder inside a path, however deep, in one order."""
        order = self._orders.get((sort, descending))
        if order is None:
            order = self._in_order(self._by_path.values(), sort, descending=descending)
            self._orders[sort, descending] = order
        inside = f"{path}/"
        return [each for each in order if each.folder.path.startswith(inside)] if path else [*order]

    def only(self, folder: Folder, sort: str) -> Sorted:
        """Return a folder with what it is sorted by."""
        return Sorted(self._value(folder, sort), folder)

    def _in_order(self, folders: Iterable[Folder], sort: str, *, descending: bool) -> list[Sorted]:
        keyed = [self.only(folder, sort) for folder in folders]
        present = [each for each in keyed if each.value is not None]
        absent = [each for each in keyed if each.value is None]
        present.sort(key=lambda each: (each.value, each.folder.id), reverse=descending)
        absent.sort(key=lambda each: each.folder.id, reverse=descending)
        return present + absent

    def _value(self, folder: Folder, sort: str) -> Any:
        match sort:
            case "createdAt":
                return folder.created
            case "name":
                return fold(self.name(folder))
            case "type":
                return "folder"
        said = self.metadata(folder).get(sort)
        if not isinstance(said, str) or not said:
            return None
        return fold(said)[:SORTED_CHARACTERS] if sort == "description" else said


def part_of(name: str) -> str:
    """Return a folder's name as one part of a path of the catalogue."""
    return name.replace(_SLASH, _LOOKALIKE)


def say(library: Library, folder: Folder, **said: Any) -> None:
    """Keep a folder's name or metadata; `None` forgets one."""
    try:
        before = library.entries.get(FOLDERS, folder.uuid).value
    except NotFound:
        before = {}
    after = {key: value for key, value in (before | said).items() if value is not None}
    if after != before:
        library.entries.put(FOLDERS, folder.uuid, after)
