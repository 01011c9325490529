"""Collections, and the places that assets have in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, String, bindparam, delete, func, insert, select, update

from fototeca.assets import Collection
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, Transaction, fields_of, many, one
from fototeca.catalog.inputs import CollectionPatch, MembershipPatch, checked_name
from fototeca.catalog.loading import Children
from fototeca.errors import Conflict, InvalidInput

_SLUG = re.compile(r"[a-z0-9]+([_-]+[a-z0-9]+)*")
_COUNT = (
    select(func.count())
    .select_from(t.memberships.join(t.assets, t.memberships.c.asset_id == t.assets.c.id))
    .where(t.memberships.c.collection_id == t.collections.c.id, t.assets.c.trashed.is_(None))
    .correlate(t.collections)
    .scalar_subquery()
)
_UNCOUNTED = select(*fields_of(t.collections, Collection))
_COLLECTION = _UNCOUNTED.add_columns(_COUNT.label("count"))
_HERE = t.collections.c.workspace_id == bindparam("workspace")
_ID = t.collections.c.id == bindparam("key")
_UUID = t.collections.c.uuid == bindparam("key", type_=String)
_SLUG_OR_UUID = (t.collections.c.slug == bindparam("key", type_=String)) | _UUID
_FORMS = {True: _COLLECTION.where(_HERE), False: _UNCOUNTED.where(_HERE)}
_BY_ID = {counted: form.where(_ID) for counted, form in _FORMS.items()}
# A slug may look like the UUID of another collection: the UUID is the stronger name.
_BY_NAME = {counted: form.where(_SLUG_OR_UUID).order_by(~_UUID).limit(1) for counted, form in _FORMS.items()}


class Collections:
    """The collections of a workspace. Counts leave out assets in the trash."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(
        self,
        name: str,
        *,
        slug: str | None = None,
        type: str | None = None,  # noqa: A002 - named as in the record
        description: str | None = None,
        settings: dict[str, Any] | None = None,
    ) -> Collection:
        """Make an empty collection. Without a slug it gets one from its name, with a number if that is taken.

        Raises:
            Conflict: The slug is taken.
            InvalidInput: The name or the slug is not valid.
        """
        values = {"type": type, "description": description, "settings": settings or {}}
        values["name"] = checked_name(name, "collection")
        with self._database.write(self._workspace_id) as transaction:
            values["slug"] = _free_slug(transaction, name) if slug is None else _checked_slug(transaction, slug)
            at = transaction.at
            id_ = transaction.insert(t.collections, uuid=uuid4().hex, created=at, updated=at, **values)
        return self.get(id_)

    def get(self, key: int | str, *, counted: bool = True) -> Collection:
        """A collection by its id, UUID or slug; counting the members of a large one takes a while.

        Raises:
            NotFound: There is none.
        """
        statement = (_BY_ID if isinstance(key, int) else _BY_NAME)[counted]
        bound = {"workspace": self._workspace_id, "key": key}
        with self._database.read() as connection:
            return one(connection, Collection, statement, f"collection {key}", **bound)

    def all(self, *, counted: bool = True) -> list[Collection]:
        """Every collection, trashed ones included, the oldest first; counting takes time by their assets."""
        statement = _COLLECTION if counted else _UNCOUNTED
        here = t.collections.c.workspace_id == self._workspace_id
        with self._database.read() as connection:
            return many(connection, Collection, statement.where(here).order_by(t.collections.c.id))

    def of_type(self, type: str) -> list[Collection]:  # noqa: A002 - named as in the record
        """Every collection of a type, trashed ones included, the oldest first; not counted, which takes a while."""
        c = t.collections.c
        here = (c.workspace_id == self._workspace_id, c.type == type)
        with self._database.read() as connection:
            return many(connection, Collection, _UNCOUNTED.where(*here).order_by(c.id))

    def update(self, collection_id: int, patch: CollectionPatch) -> Collection:
        """Change a collection; its assets follow where its name changes.

        Raises:
            NotFound: There is no such collection.
            Conflict: The slug is taken.
            InvalidInput: The name or the slug is not valid.
        """
        values = patch.given()
        if "name" in values:
            values["name"] = checked_name(values["name"], "collection")
        with self._database.write(self._workspace_id) as transaction:
            if "slug" in values:
                _checked_slug(transaction, values["slug"], collection_id)
            transaction.update(t.collections, collection_id, **values)
            if "name" in values:
                transaction.log("asset", "updated", _members(collection_id), reason="membership")
        return self.get(collection_id)

    def delete(self, collection_id: int) -> None:
        """Remove a collection with its batches, memberships and annotations; its assets stay.

        Raises:
            NotFound: There is no such collection.
        """
        annotated = select(t.annotations.c.asset_id).where(t.annotations.c.collection_id == collection_id)
        with self._database.write(self._workspace_id) as transaction:
            concerned = transaction.connection.scalars(_members(collection_id).union(annotated)).all()
            transaction.delete(t.collections, collection_id)
            transaction.touch(concerned, "membership")

    def put(
        self,
        collection_id: int,
        asset_ids: Sequence[int],
        patch: MembershipPatch = MembershipPatch(),  # noqa: B008 - immutable
    ) -> list[int]:
        """Make assets members of a collection, and apply a patch to their membership.

        Returns:
            The ids that the workspace has.

        Raises:
            NotFound: There is no such collection, or no such batch.
            InvalidInput: The batch belongs to another collection.
        """
        values = patch.given()
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.collections, collection_id)
            _check_batch(transaction, collection_id, values.get("batch_id"))
            found = transaction.existing(t.assets, asset_ids)
            members = select(t.memberships.c.asset_id).where(*_rows(collection_id))
            inside = set(transaction.connection.scalars(members, {"ids": found}))
            new = [_new_row(collection_id, id_) for id_ in found if id_ not in inside]
            if new:
                transaction.connection.execute(insert(t.memberships), new)
            if values:
                change = update(t.memberships).where(*_rows(collection_id)).values(**values)
                transaction.connection.execute(change, {"ids": found})
            changed = found if values else [row["asset_id"] for row in new]
            transaction.touch(changed, "membership", Children.MEMBERSHIPS)
        return found

    def remove(self, collection_id: int, asset_ids: Sequence[int]) -> list[int]:
        """Take assets out of a collection, with what was annotated there; returns those that were in it.

        Raises:
            NotFound: There is no such collection.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.collections, collection_id)
            gone = delete(t.memberships).where(*_rows(collection_id)).returning(t.memberships.c.asset_id)
            removed = transaction.connection.scalars(gone, {"ids": asset_ids}).all()
            said = delete(t.annotations).where(t.annotations.c.collection_id == collection_id)
            transaction.connection.execute(said.where(among(t.annotations.c.asset_id)), {"ids": removed})
            transaction.touch(removed, "membership")
        return sorted(removed)

    def asset_ids(self, collection_id: int) -> list[int]:
        """The members of a collection, trashed assets included, in order of the ids.

        Raises:
            NotFound: There is no such collection.
        """
        self.get(collection_id)
        with self._database.read() as connection:
            return sorted(connection.scalars(_members(collection_id)))


def _rows(collection_id: int) -> tuple[Any, ...]:
    return t.memberships.c.collection_id == collection_id, among(t.memberships.c.asset_id)


def _members(collection_id: int) -> Select[int]:
    return select(t.memberships.c.asset_id).where(t.memberships.c.collection_id == collection_id)


def _new_row(collection_id: int, asset_id: int) -> dict[str, Any]:
    return {"collection_id": collection_id, "asset_id": asset_id, "split_locked": False, "in_dataset": False}


def _check_batch(transaction: Transaction, collection_id: int, batch_id: int | None) -> None:
    transaction.require(t.batches, batch_id)
    owner = select(t.batches.c.collection_id).where(t.batches.c.id == batch_id)
    if batch_id is not None and transaction.connection.scalar(owner) != collection_id:
        raise InvalidInput(f"batch {batch_id} is not of collection {collection_id}", field="batch_id")


def _checked_slug(transaction: Transaction, slug: str, holder: int | None = None) -> str:
    if not _SLUG.fullmatch(slug) or len(slug) > 255:
        raise InvalidInput(f"{slug!r} is not a slug: lower-case letters, digits, hyphens", field="slug")
    if _slug_holder(transaction, slug) not in {None, holder}:
        raise Conflict(f"there is a collection {slug!r} already")
    return slug


def _free_slug(transaction: Transaction, name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "collection"
    slug, number = base, 1
    while _slug_holder(transaction, slug) is not None:
        number += 1
        slug = f"{base}-{number}"
    return slug


def _slug_holder(transaction: Transaction, slug: str) -> int | None:
    c = t.collections.c
    held = select(c.id).where(c.workspace_id == transaction.workspace_id, c.slug == slug)
    return transaction.connection.scalar(held)
