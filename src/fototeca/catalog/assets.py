"""Assets: adding, finding, changing and removing the rows that everything else hangs on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from fototeca.assets import Asset, Kind, NewAsset, Status
from fototeca.catalog import albums, folders, loading, versions
from fototeca.catalog import tables as t
from fototeca.catalog.columns import Json, among, to_wall
from fototeca.catalog.database import Database, Transaction
from fototeca.catalog.faces import log_gone as log_gone_faces
from fototeca.catalog.inputs import AssetPatch
from fototeca.errors import Conflict, InvalidInput, NotFound

_UUID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMPUTED = {"tags", "add_tags", "remove_tags", "metadata", "merge_metadata", "remove_metadata"}


class Added(NamedTuple):
    """What became of a new asset: its identity, or that of the asset which has the same bytes already."""

    id: int
    uuid: str
    status: Status
    duplicate: bool


class Look(NamedTuple):
    """What an asset looks like, and what tells which of two copies is the better one.

    Attributes:
        exif: Whether the file tells of its camera or its moment.
    """

    id: int
    sha256: str
    kind: Kind
    bytes: int
    width: int
    height: int
    duration: float | None
    phash: str | None
    thumbhash: str | None
    exif: bool


class _LookFacts(msgspec.Struct):
    """The few facts of a look: the rest of the JSON is passed over."""

    phash: str | None = None
    thumbhash: str | None = None
    camera: dict[str, Any] = {}
    taken: str | None = None


class Deleted(NamedTuple):
    """The assets that are gone, and the SHA-256 keys of originals that no record of any workspace refers to now."""

    ids: list[int]
    unreferenced: list[str]


class Assets:
    """The assets of a workspace."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def add(self, new: Sequence[NewAsset], *, copies: bool = False) -> list[Added]:
        """Store new assets in one transaction; folders that are missing are created.

        An asset whose SHA-256 the workspace has already, or that comes twice in `new`, is not stored again, and the one
        that is there does not change; unless `copies` are wanted, for clients to whom the same bytes under two names
        are two things. Their digests must differ among themselves.

        Returns:
            One entry for each of `new`, in order.

        Raises:
            InvalidInput: A SHA-256, UUID, folder or text is not valid; nothing is stored.
            Conflict: A chosen UUID or public id is taken; nothing is stored.
        """
        fresh: dict[str, NewAsset] = {}
        for asset in new:
            _check_identity(asset)
            fresh.setdefault(asset.sha256, asset)
        with self._database.write(self._workspace_id) as transaction:
            transaction.guard_originals(alone=False)
            known = {} if copies else _by_sha256(transaction.connection, self._workspace_id, list(fresh))
            for sha256 in known:
                del fresh[sha256]
            created = _insert(transaction, list(fresh.values())) if fresh else {}
        results = []
        for asset in new:
            if asset.sha256 in known:
                results.append(known[asset.sha256])
            else:
                results.append(created[asset.sha256])
                known[asset.sha256] = created[asset.sha256]._replace(duplicate=True)
        return results

    def load(self, ids: Sequence[int]) -> list[Asset]:
        """Complete records in the order of the ids; ids that the workspace does not have are left out."""
        with self._database.read() as connection:
            found = loading.load(connection, loading.BY_IDS, {"ids": ids, "workspace": self._workspace_id})
        by_id = {asset.id: asset for asset in found}
        return [by_id[id_] for id_ in ids if id_ in by_id]

    def get(self, key: int | str) -> Asset:
        """One asset by its id or UUID.

        Raises:
            NotFound: The workspace does not have it.
        """
        statement, name = (loading.BY_IDS, "ids") if isinstance(key, int) else (loading.BY_UUID, "uuid")
        with self._database.read() as connection:
            value = [key] if isinstance(key, int) else key
            found = loading.load(connection, statement, {name: value, "workspace": self._workspace_id})
        if not found:
            raise NotFound(f"there is no asset {key}")
        return found[0]

    def by_public_id(self, public_ids: Sequence[str], kind: Kind, delivery: str) -> dict[str, int]:
        """The ids of assets by the names that clients gave them, trashed ones included; unknown names are left out."""
        named = select(t.assets.c.public_id, t.assets.c.id).where(
            t.assets.c.workspace_id == self._workspace_id,
            among(t.assets.c.public_id, "names", Text),
            t.assets.c.kind == kind,
            t.assets.c.delivery == delivery,
        )
        with self._database.read() as connection:
            return dict(connection.execute(named, {"names": public_ids}).all())

    def iterate(self, after_id: int = 0, limit: int = 1000) -> list[Asset]:
        """The first `limit` assets whose ids are above `after_id`, in order of the ids: for walking through all."""
        with self._database.read() as connection:
            parameters = {"workspace": self._workspace_id, "after": after_id, "limit": limit}
            return loading.load(connection, loading.AFTER_ID, parameters)

    def count(self, status: Status | None = None) -> int:
        """How many assets there are, of one status or of any."""
        statement = select(func.count()).where(t.assets.c.workspace_id == self._workspace_id)
        if status is not None:
            statement = statement.where(t.assets.c.status == status)
        with self._database.read() as connection:
            return connection.execute(statement).scalar_one()

    def total_bytes(self, collection_id: int | None = None) -> int:
        """The size of all current originals together, or of a collection's, in bytes, the trash included."""
        statement = select(func.coalesce(func.sum(t.assets.c.bytes), 0)).where(
            t.assets.c.workspace_id == self._workspace_id
        )
        if collection_id is not None:
            members = select(t.memberships.c.asset_id).where(t.memberships.c.collection_id == collection_id)
            statement = statement.where(t.assets.c.id.in_(members))
        with self._database.read() as connection:
            return int(connection.execute(statement).scalar_one())

    def originals(self) -> dict[int, str]:
        """The SHA-256 of every asset's current original, by the asset's id."""
        statement = select(t.assets.c.id, t.assets.c.sha256).where(t.assets.c.workspace_id == self._workspace_id)
        with self._database.read() as connection:
            return dict(connection.execute(statement).all())

    def looks(self) -> list[Look]:
        """What there is to compare every asset by, in order of the ids; those in the trash are included."""
        with self._database.read() as connection:
            rows = connection.execute(
                _LOOK.where(t.assets.c.workspace_id == self._workspace_id).order_by(t.assets.c.id)
            )
            return [
                Look._make((*asset, facts.phash, facts.thumbhash, bool(facts.camera or facts.taken)))
                for *asset, facts in rows
            ]

    def by_sha256(self, keys: Sequence[str]) -> dict[str, int]:
        """The ids of assets by the SHA-256 of their originals, trashed ones included; unknown keys are left out."""
        with self._database.read() as connection:
            return {key: found.id for key, found in _by_sha256(connection, self._workspace_id, keys).items()}

    def by_uuid(self, uuids: Sequence[str]) -> dict[str, int]:
        """The ids of assets by their UUIDs, trashed ones included; unknown UUIDs are left out."""
        with self._database.read() as connection:
            return dict(connection.execute(_BY_UUID, {"uuids": uuids, "workspace": self._workspace_id}).all())

    def uuids(self, ids: Sequence[int]) -> dict[int, str]:
        """The UUIDs of assets by their ids, for links to them; ids that the workspace does not have are left out."""
        with self._database.read() as connection:
            return dict(connection.execute(_UUIDS, {"ids": ids, "workspace": self._workspace_id}).all())

    def update(self, ids: Sequence[int], patch: AssetPatch) -> list[int]:
        """Apply one patch to many assets.

        Returns:
            The ids that the workspace has.

        Raises:
            InvalidInput: A value of the patch is not valid; nothing changes.
        """
        with self._database.write(self._workspace_id) as transaction:
            found = transaction.existing(t.assets, ids)
            _patch(transaction, found, patch)
        return found

    def update_each(self, patches: Mapping[int, AssetPatch]) -> None:
        """Apply to each asset a patch of its own, all of them or none.

        Raises:
            NotFound: The workspace does not have one of the assets; nothing changes.
            InvalidInput: A value of a patch is not valid; nothing changes.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.assets, *patches)
            for id_, patch in patches.items():
                _patch(transaction, [id_], patch)

    def trash(self, ids: Sequence[int]) -> list[int]:
        """Put assets into the trash; returns those that were not in it."""
        return self._set_status(ids, Status.TRASHED, "trashed", t.assets.c.status != Status.TRASHED)

    def restore(self, ids: Sequence[int]) -> list[int]:
        """Take assets out of the trash; returns those that were in it."""
        return self._set_status(ids, Status.ACTIVE, "restored", t.assets.c.status == Status.TRASHED)

    def activate(self, ids: Sequence[int]) -> list[int]:
        """End the waiting of pending assets; returns those that were pending."""
        return self._set_status(ids, Status.ACTIVE, "activated", t.assets.c.status == Status.PENDING)

    def _set_status(self, ids: Sequence[int], status: Status, reason: str, condition: ColumnElement[bool]) -> list[int]:
        with self._database.write(self._workspace_id) as transaction:
            here = (among(t.assets.c.id), t.assets.c.workspace_id == self._workspace_id, condition)
            at = transaction.at if status is Status.TRASHED else None
            changed = update(t.assets).where(*here).values(status=status, trashed=at, updated=transaction.at)
            found = sorted(transaction.connection.scalars(changed.returning(t.assets.c.id), {"ids": ids}))
            transaction.log("asset", "updated", found, reason=reason)
        return found

    def replace(self, asset_id: int, new: NewAsset, *, copies: bool = False) -> None:
        """Give an asset another original, as a new version. What people said of it stays: title, tags, folder, faces.

        The bytes that it has already make no new version.

        Raises:
            NotFound: The workspace does not have the asset.
            Conflict: Another asset has these bytes, and `copies` are not wanted.
            InvalidInput: A value is not valid.
        """
        _check_identity(new)
        with self._database.write(self._workspace_id) as transaction:
            transaction.guard_originals(alone=False)
            transaction.require(t.assets, asset_id)
            current = select(t.assets.c.sha256).where(t.assets.c.id == asset_id)
            if transaction.connection.scalar(current) != new.sha256:
                holder = _by_sha256(transaction.connection, self._workspace_id, [new.sha256]).get(new.sha256)
                if holder is not None and not copies:
                    raise Conflict(f"asset {holder.id} has these bytes already")
                versions.append(transaction, asset_id, new)

    def delete(self, ids: Sequence[int]) -> Deleted:
        """Remove assets for ever, with all that belongs to them.

        Unreferenced originals may be removed once this has returned, unless the same bytes have been added anew.
        """
        with self._database.write(self._workspace_id) as transaction:
            connection = transaction.connection
            found = transaction.existing(t.assets, ids)
            current = select(t.assets.c.sha256).where(among(t.assets.c.id))
            every = current.union(select(t.versions.c.sha256).where(among(t.versions.c.asset_id)))
            keys = list(connection.scalars(every, {"ids": found}))
            faces = connection.scalars(select(t.faces.c.id).where(among(t.faces.c.asset_id)), {"ids": found}).all()
            log_gone_faces(transaction, faces)
            albums.log_left(transaction, found)
            transaction.log_gone(t.assets, found)
            connection.execute(delete(t.assets).where(among(t.assets.c.id)), {"ids": found})
            return Deleted(found, versions.unreferenced(connection, keys))

    def discard(self, keys: Sequence[str], remove: Callable[[list[str]], None]) -> None:
        """Have the bytes removed of those originals that still no record refers to.

        No asset is added while `remove` runs: whoever adds one either has its record stored before, which keeps the
        bytes, or afterwards, and then has to check that they are still there.
        """
        if keys:
            with self._database.write(self._workspace_id) as transaction:
                transaction.guard_originals(alone=True)
                remove(versions.unreferenced(transaction.connection, keys))


_LOOK = select(
    *(t.assets.c[name] for name in ("id", "sha256", "kind", "bytes", "width", "height", "duration")),
    type_coerce(t.assets.c.facts, Json(_LookFacts)),
)
_MOVE_UPDATED = update(t.assets).where(among(t.assets.c.id)).values(updated=bindparam("at"))
_BY_SHA256 = (
    select(t.assets.c.sha256, t.assets.c.id, t.assets.c.uuid, t.assets.c.status)
    .where(among(t.assets.c.sha256, "keys", Text), t.assets.c.workspace_id == bindparam("workspace"))
    .order_by(t.assets.c.id.desc())
)

_UUIDS = select(t.assets.c.id, t.assets.c.uuid).where(
    among(t.assets.c.id), t.assets.c.workspace_id + 0 == bindparam("workspace")
)
_BY_UUID = select(t.assets.c.uuid, t.assets.c.id).where(
    among(t.assets.c.uuid, "uuids", Text), t.assets.c.workspace_id == bindparam("workspace")
)


def _check_identity(asset: NewAsset) -> None:
    if not _SHA256.fullmatch(asset.sha256):
        raise InvalidInput(f"{asset.sha256!r} is not a SHA-256 in hex", field="sha256")
    if asset.uuid is not None and not _UUID.fullmatch(asset.uuid):
        raise InvalidInput(f"{asset.uuid!r} is not a UUID of 32 lower-case hex digits", field="uuid")


def _by_sha256(connection: Connection, workspace_id: int, keys: Sequence[str]) -> dict[str, Added]:
    rows = connection.execute(_BY_SHA256, {"keys": keys, "workspace": workspace_id})  # of copies, the first wins
    return {sha256: Added(id_, uuid, status, duplicate=True) for sha256, id_, uuid, status in rows}


def _insert(transaction: Transaction, new: Sequence[NewAsset]) -> dict[str, Added]:
    folder_ids = folders.ensure(transaction, {asset.folder for asset in new})
    rows = [_row(transaction, asset, folder_ids[asset.folder]) for asset in new]
    statement = insert(t.assets).returning(t.assets.c.sha256, t.assets.c.id)
    ids: dict[str, int] = dict(transaction.connection.execute(statement, rows).all())
    versions.first(transaction, [(ids[asset.sha256], asset) for asset in new])
    transaction.log("asset", "created", ids.values())
    return {row["sha256"]: Added(ids[row["sha256"]], row["uuid"], row["status"], duplicate=False) for row in rows}


def _row(transaction: Transaction, asset: NewAsset, folder_id: int | None) -> dict[str, Any]:
    row = msgspec.structs.asdict(asset)
    del row["folder"]
    row["taken"], row["taken_offset"] = to_wall(asset.taken)
    row["tags"] = tuple(dict.fromkeys(asset.tags))
    return row | {
        "uuid": asset.uuid or uuid4().hex,
        "workspace_id": transaction.workspace_id,
        "folder_id": folder_id,
        "created": transaction.at,
        "updated": transaction.at,
        "trashed": transaction.at if asset.status is Status.TRASHED else None,
        "version": 1,
        "children": 0,
    }


def _patch(transaction: Transaction, ids: Sequence[int], patch: AssetPatch) -> None:
    given = patch.given()
    if not given or not ids:
        return
    same = _same_for_all(transaction, given)
    if same:
        statement = update(t.assets).where(among(t.assets.c.id)).values(**same)
        transaction.connection.execute(statement, {"ids": ids})
    if given.keys() & _COMPUTED:
        _update_computed(transaction.connection, ids, patch)
    transaction.connection.execute(_MOVE_UPDATED, {"ids": ids, "at": transaction.at})
    transaction.log("asset", "updated", ids, reason="details", fields=sorted(given))


def _same_for_all(transaction: Transaction, given: dict[str, Any]) -> dict[str, Any]:
    """The column values of a patch that do not depend on what an asset had before."""
    values = {name: value for name, value in given.items() if name not in _COMPUTED}
    if "folder" in values:
        folder = values.pop("folder")
        values["folder_id"] = folders.ensure(transaction, [folder])[folder]
    if "taken" in values:
        values["taken"], values["taken_offset"] = to_wall(values["taken"])
    return values


def _update_computed(connection: Connection, ids: Sequence[int], patch: AssetPatch) -> None:
    before = select(t.assets.c.id, t.assets.c.tags, t.assets.c.metadata).where(among(t.assets.c.id))
    after = [
        {"row": id_, "new_tags": _tags(tags, patch), "new_metadata": _metadata(metadata, patch)}
        for id_, tags, metadata in connection.execute(before, {"ids": ids})
    ]
    row = update(t.assets).where(t.assets.c.id == bindparam("row"))
    connection.execute(row.values(tags=bindparam("new_tags"), metadata=bindparam("new_metadata")), after)


def _tags(tags: Iterable[str], patch: AssetPatch) -> tuple[str, ...]:
    kept = dict.fromkeys([*(patch.tags if patch.tags is not msgspec.UNSET else tags), *(patch.add_tags or ())])
    removed = set(patch.remove_tags or ())
    return tuple(tag for tag in kept if tag not in removed)


def _metadata(metadata: dict[str, Any], patch: AssetPatch) -> dict[str, Any]:
    kept = (patch.metadata if patch.metadata is not msgspec.UNSET else metadata) | (patch.merge_metadata or {})
    removed = set(patch.remove_metadata or ())
    return {name: value for name, value in kept.items() if name not in removed}
