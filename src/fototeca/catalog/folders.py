"""Folders: a tree of paths. The root has no row; its path is ""."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Select, String, and_, delete, exists, func, literal, select, update

from fototeca.assets import Folder
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among, check_text
from fototeca.catalog.database import Database, Transaction, fields_of, many, one
from fototeca.errors import Conflict, InvalidInput, NotFound

MAX_PATH_BYTES = 1024
MAX_PART_LENGTH = 255

_FOLDER = select(*fields_of(t.folders, Folder))
_IN_FOLDERS = select(t.assets.c.id).where(among(t.assets.c.folder_id)).order_by(t.assets.c.id)


class Folders:
    """The folders of a workspace."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(self, path: str) -> Folder:
        """Make a folder, and those above it; one that is there already is returned as it is.

        Raises:
            InvalidInput: The path is not one, see `normalize`.
        """
        path = _below_root(path)
        with self._database.write(self._workspace_id) as transaction:
            ensure(transaction, [path])
        return self.get(path)

    def get(self, key: int | str) -> Folder:
        """A folder by its id or its path, with its `count`.

        Raises:
            NotFound: There is none.
        """
        match = t.folders.c.id == key if isinstance(key, int) else t.folders.c.path == normalize(key)
        statement = _counted().where(match, t.folders.c.workspace_id == self._workspace_id)
        with self._database.read() as connection:
            return one(connection, Folder, statement, f"folder {key}")

    def children(self, path: str = "") -> list[Folder]:
        """The folders directly inside a path, in order of their paths, with their `count`.

        Raises:
            NotFound: There is no such folder.
        """
        parent = self.get(path).id if normalize(path) else None
        statement = _counted().where(
            t.folders.c.workspace_id == self._workspace_id, t.folders.c.parent_id.is_not_distinct_from(parent)
        )
        with self._database.read() as connection:
            return sorted(many(connection, Folder, statement), key=lambda folder: folder.path)

    def by_uuid(self, uuids: Sequence[str]) -> dict[str, Folder]:
        """Folders by their UUIDs; those that the workspace does not have are left out."""
        return {folder.uuid: folder for folder in self._among(t.folders.c.uuid, uuids)}

    def by_path(self, paths: Sequence[str]) -> dict[str, Folder]:
        """Folders by their paths, as they are stored; paths that lead to no folder are left out."""
        return {folder.path: folder for folder in self._among(t.folders.c.path, paths)}

    def below(self, path: str) -> list[Folder]:
        """Every folder inside a path, however deep, each after the one that holds it.

        Raises:
            NotFound: There is no such folder.
        """
        if not normalize(path):
            return self.tree()
        top = self.get(path)
        statement = _FOLDER.join(inside := _subtree(top.id).subquery(), inside.c.id == t.folders.c.id)
        with self._database.read() as connection:
            found = many(connection, Folder, statement.where(t.folders.c.id != top.id))
        return sorted(found, key=lambda folder: folder.path.split("/"))

    def tree(self) -> list[Folder]:
        """Every folder, each after the one that holds it."""
        with self._database.read() as connection:
            found = many(connection, Folder, _FOLDER.where(t.folders.c.workspace_id == self._workspace_id))
        return sorted(found, key=lambda folder: folder.path.split("/"))

    def move(self, path: str, to: str) -> Folder:
        """Give a folder another path, and with it everything below; folders above the new path are created.

        Raises:
            NotFound: There is no such folder.
            Conflict: The new path is taken.
            InvalidInput: The new path is inside the folder itself.
        """
        path, to = _below_root(path), _below_root(to)
        if to.startswith(path + "/"):
            raise InvalidInput("a folder cannot move into itself", field="path")
        with self._database.write(self._workspace_id) as transaction:
            moved = _id_of(transaction, path)
            if to != path:
                _move(transaction, moved, path, to)
        return self.get(to)

    def delete(self, path: str) -> None:
        """Remove an empty folder.

        Raises:
            NotFound: There is no such folder.
            Conflict: It holds assets, trashed ones included, or folders.
        """
        with self._database.write(self._workspace_id) as transaction:
            id_ = _id_of(transaction, _below_root(path))
            held = exists().where(t.assets.c.folder_id == id_) | exists().where(t.folders.c.parent_id == id_)
            if transaction.connection.scalar(select(held)):
                raise Conflict(f"the folder {path!r} is not empty")
            transaction.delete(t.folders, id_)

    def dissolve(self, path: str) -> None:
        """Remove a folder with every folder below; the assets in them, trashed ones included, move to its parent.

        Raises:
            NotFound: There is no such folder.
        """
        with self._database.write(self._workspace_id) as transaction:
            top = _id_of(transaction, _below_root(path))
            parent = transaction.connection.scalar(select(t.folders.c.parent_id).where(t.folders.c.id == top))
            subtree: dict[int, str] = dict(transaction.connection.execute(_subtree(top)).all())
            inside = list(transaction.connection.scalars(_IN_FOLDERS, {"ids": list(subtree)}))
            moved = update(t.assets).where(among(t.assets.c.id)).values(folder_id=parent)
            transaction.connection.execute(moved, {"ids": inside})
            transaction.touch(inside, "folder")
            # One level at a time, the deepest first: a folder that holds another one cannot go.
            for depth in sorted({path.count("/") for path in subtree.values()}, reverse=True):
                ids = [id_ for id_, path in subtree.items() if path.count("/") == depth]
                transaction.connection.execute(delete(t.folders).where(among(t.folders.c.id)), {"ids": ids})
            transaction.log("folder", "deleted", list(subtree))

    def _among(self, column: ColumnElement[str], values: Sequence[str]) -> list[Folder]:
        statement = _FOLDER.where(t.folders.c.workspace_id == self._workspace_id, among(column, "values", String))
        with self._database.read() as connection:
            return many(connection, Folder, statement.params(values=list(values))) if values else []


def normalize(path: str) -> str:
    """A path without slashes at its ends.

    Raises:
        InvalidInput: A part is empty, ".", ".." or longer than 255 characters, the whole is longer than 1024 bytes, or
            it holds a character that cannot be stored.
    """
    check_text(path)
    path = path.strip("/")
    parts = path.split("/") if path else []
    if any(part in {"", ".", ".."} or len(part) > MAX_PART_LENGTH for part in parts):
        raise InvalidInput(f"{path!r} is not a path of folders: a part is empty, dots or too long", field="folder")
    if len(path.encode()) > MAX_PATH_BYTES:
        raise InvalidInput(f"a path of folders has at most {MAX_PATH_BYTES} bytes", field="folder")
    return path


def ensure(transaction: Transaction, paths: Iterable[str]) -> dict[str, int | None]:
    """The id of each path's folder, made where missing. The keys are the paths as given; the root's id is `None`."""
    given = {path: normalize(path) for path in paths}
    wanted = sorted(
        {
            "/".join(parts[:depth])
            for path in given.values()
            for parts in [path.split("/")]
            for depth in range(1, len(parts) + 1)
        }
        - {""}
    )
    known: dict[str, int | None] = {"": None}
    statement = select(t.folders.c.path, t.folders.c.id).where(
        t.folders.c.workspace_id == transaction.workspace_id, among(t.folders.c.path, "paths", String)
    )
    known |= dict(transaction.connection.execute(statement, {"paths": wanted}).all())
    for path in wanted:
        if path not in known:
            parent = known[path.rpartition("/")[0]]
            known[path] = transaction.insert(
                t.folders, uuid=uuid4().hex, path=path, parent_id=parent, created=transaction.at, updated=transaction.at
            )
    return {path: known[clean] for path, clean in given.items()}


def _move(transaction: Transaction, moved: int, path: str, to: str) -> None:
    folders = t.folders
    taken = and_(folders.c.workspace_id == transaction.workspace_id, folders.c.path == to)
    transaction.refuse_taken(f"the folder {to!r}", taken)
    parent = ensure(transaction, [to.rpartition("/")[0]])[to.rpartition("/")[0]]
    subtree: dict[int, str] = dict(transaction.connection.execute(_subtree(moved)).all())
    for old in subtree.values():
        normalize(to + old[len(path) :])
    ids = list(subtree)
    renamed = literal(to) + func.substr(folders.c.path, len(path) + 1)
    statement = update(folders).where(among(folders.c.id)).values(path=renamed, updated=transaction.at)
    transaction.connection.execute(statement, {"ids": ids})
    transaction.connection.execute(update(folders).where(folders.c.id == moved).values(parent_id=parent))
    transaction.log("folder", "updated", ids, fields=["path"])
    inside = select(t.assets.c.id).where(t.assets.c.folder_id.in_(select(_subtree(moved).subquery().c.id)))
    transaction.log("asset", "updated", inside, reason="folder")


def _subtree(id_: int) -> Select[int, str]:
    """The ids and paths of a folder and all below it."""
    folders = t.folders
    top = select(folders.c.id, folders.c.path).where(folders.c.id == id_).cte("subtree", recursive=True)
    below = select(folders.c.id, folders.c.path).join(top, folders.c.parent_id == top.c.id)
    tree = top.union_all(below)
    return select(tree.c.id, tree.c.path)


def _counted() -> Select[*tuple[Any, ...]]:
    assets = select(func.count()).where(t.assets.c.folder_id == t.folders.c.id, t.assets.c.trashed.is_(None))
    return _FOLDER.add_columns(assets.scalar_subquery().label("count"))


def _id_of(transaction: Transaction, path: str) -> int:
    match = (t.folders.c.workspace_id == transaction.workspace_id, t.folders.c.path == path)
    id_ = transaction.connection.scalar(select(t.folders.c.id).where(*match))
    if id_ is None:
        raise NotFound(f"there is no folder {path!r}")
    return int(id_)


def _below_root(path: str) -> str:
    path = normalize(path)
    if not path:
        raise InvalidInput("the root is not a folder of its own", field="path")
    return path
