"""The originals that an asset has had: one of them is current, and its file is what the asset's row tells of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, Text, bindparam, delete, exists, func, insert, select, update

from fototeca.assets import NewAsset, Version
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among, items, to_wall
from fototeca.catalog.database import Database, Transaction, fields_of, many, one
from fototeca.errors import Conflict, NotFound

_OF_FILE = ("sha256", "filename", "format", "mime", "bytes", "width", "height")
_SECOND = timedelta(seconds=1)
_HERE = t.assets.c.workspace_id == bindparam("workspace")
_WITH_ASSETS = t.versions.join(t.assets, t.versions.c.asset_id == t.assets.c.id)
_VERSION = select(*fields_of(t.versions, Version)).select_from(_WITH_ASSETS).where(_HERE)
_OF_ASSETS = _VERSION.where(among(t.versions.c.asset_id)).order_by(t.versions.c.asset_id, t.versions.c.number)
_BY_UUID = _VERSION.where(t.versions.c.uuid == bindparam("uuid"))
_COUNTS = (
    select(t.versions.c.asset_id, func.count())
    .select_from(_WITH_ASSETS)
    .where(_HERE, among(t.versions.c.asset_id))
    .group_by(t.versions.c.asset_id)
)


class Versions:
    """The originals of a workspace's assets. `Assets.replace` makes new ones."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def of_asset(self, asset_id: int) -> list[Version]:
        """Every original that an asset has had and that was not removed, the first one first.

        Raises:
            NotFound: The workspace does not have the asset.
        """
        found = self.of_assets([asset_id])
        if not found:
            raise NotFound(f"there is no asset {asset_id}")
        return found[asset_id]

    def of_assets(self, asset_ids: Sequence[int]) -> dict[int, list[Version]]:
        """The same of several assets, by their ids; assets that the workspace does not have are left out."""
        with self._database.read() as connection:
            rows = many(connection, Version, _OF_ASSETS.params(ids=asset_ids, workspace=self._workspace_id))
        found: dict[int, list[Version]] = defaultdict(list)
        for version in rows:
            found[version.asset_id].append(version)
        return dict(found)

    def count(self, asset_ids: Sequence[int]) -> dict[int, int]:
        """How many originals each of some assets has."""
        with self._database.read() as connection:
            return dict(connection.execute(_COUNTS, {"ids": asset_ids, "workspace": self._workspace_id}).all())

    def originals(self) -> list[tuple[int, str]]:
        """The asset and the SHA-256 of every original, earlier ones included."""
        statement = select(t.versions.c.asset_id, t.versions.c.sha256).select_from(_WITH_ASSETS).where(_HERE)
        with self._database.read() as connection:
            rows = connection.execute(statement, {"workspace": self._workspace_id})
            return [(asset_id, sha256) for asset_id, sha256 in rows]

    def get(self, uuid: str) -> Version:
        """One version by its UUID.

        Raises:
            NotFound: No asset of the workspace has it.
        """
        with self._database.read() as connection:
            return one(connection, Version, _BY_UUID.params(uuid=uuid, workspace=self._workspace_id), f"version {uuid}")

    def choose(self, version: Version, file: NewAsset) -> None:
        """Make a version its asset's current one. The asset's record then tells of its file, as after a replacement.

        Args:
            version: One of the workspace's.
            file: What the version's file says, read anew: its row does not keep all of it.

        Raises:
            NotFound: The version is gone.
            Conflict: The file is not this version's.
        """
        if version.sha256 != file.sha256:
            raise Conflict(f"version {version.number} of asset {version.asset_id} has other bytes")
        with self._database.write(self._workspace_id) as transaction:
            if _current(transaction, version) != version.number:
                _show(transaction, version.asset_id, version.number, file)

    def remove(self, version: Version) -> list[str]:
        """Remove a version that is not its asset's current one.

        Returns:
            Its SHA-256, if no record of any workspace refers to these bytes now: for `Assets.discard`.

        Raises:
            NotFound: The version is gone.
            Conflict: It is the current one.
        """
        with self._database.write(self._workspace_id) as transaction:
            if _current(transaction, version) == version.number:
                raise Conflict(f"version {version.number} is the current one of asset {version.asset_id}")
            transaction.connection.execute(delete(t.versions).where(t.versions.c.uuid == version.uuid))
            # The next version may get this number: what was seen in the one that is gone must not count for it.
            looks = t.enrichments.c
            seen = (looks.asset_id == version.asset_id, looks.version == version.number)
            transaction.connection.execute(delete(t.enrichments).where(*seen))
            transaction.touch([version.asset_id], "versions")
            return unreferenced(transaction.connection, [version.sha256])


def first(transaction: Transaction, assets: Sequence[tuple[int, NewAsset]]) -> None:
    """Record the originals that new assets come with."""
    transaction.connection.execute(insert(t.versions), [_row(transaction, id_, 1, asset) for id_, asset in assets])


def append(transaction: Transaction, asset_id: int, new: NewAsset) -> None:
    """Make a file an asset's newest version, and the current one."""
    newest = select(func.max(t.versions.c.number)).where(t.versions.c.asset_id == asset_id)
    number = transaction.connection.execute(newest).scalar_one() + 1
    transaction.connection.execute(insert(t.versions), _row(transaction, asset_id, number, new))
    _show(transaction, asset_id, number, new)


def unreferenced(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Those of some SHA-256 digests that no record of any workspace refers to."""
    key = items("keys", Text).c.value
    used = exists().where(t.assets.c.sha256 == key) | exists().where(t.versions.c.sha256 == key)
    return list(connection.scalars(select(key).where(~used).order_by(key), {"keys": keys}))


def _current(transaction: Transaction, version: Version) -> int:
    """The number of the current version of a version's asset, which has that version still."""
    current = select(t.assets.c.version).select_from(_WITH_ASSETS).where(t.versions.c.uuid == version.uuid, _HERE)
    number: int | None = transaction.connection.scalar(current, {"workspace": transaction.workspace_id})
    if number is None:
        raise NotFound(f"there is no version {version.uuid}")
    return number


def _show(transaction: Transaction, asset_id: int, number: int, file: NewAsset) -> None:
    """Make a file's facts the asset's; what models saw in another one no longer counts, as its number differs."""
    row = t.assets.c.id == asset_id
    before = select(t.assets.c.publication, t.assets.c.created).where(row)
    publication, created = transaction.connection.execute(before).one()
    values = {name: getattr(file, name) for name in (*_OF_FILE, "kind", "duration", "facts")}
    values["taken"], values["taken_offset"] = to_wall(file.taken)
    # In a later second than the one before: clients name what they have fetched by it.
    came = max(transaction.at, (publication.uploaded or created) + _SECOND)
    values["publication"] = msgspec.structs.replace(publication, uploaded=came)
    changed = update(t.assets).where(row).values(**values, version=number, updated=transaction.at)
    transaction.connection.execute(changed)
    transaction.log("asset", "updated", [asset_id], reason="replaced")


def _row(transaction: Transaction, asset_id: int, number: int, asset: NewAsset) -> dict[str, Any]:
    kind = "original" if number == 1 else "edit"
    given = {"uuid": uuid4().hex, "asset_id": asset_id, "number": number, "kind": kind, "created": transaction.at}
    return given | {name: getattr(asset, name) for name in _OF_FILE}
