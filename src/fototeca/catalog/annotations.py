"""Annotations: what people and models say that an asset shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, delete, func, insert, select, update

from fototeca.assets import Annotation
from fototeca.catalog import loading
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among
from fototeca.catalog.database import Database, Transaction
from fototeca.catalog.inputs import NewAnnotation, box_columns, checked_name
from fototeca.catalog.loading import Children
from fototeca.errors import NotFound


class Annotations:
    """The annotations of a workspace. They are read with their asset."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def add(self, asset_id: int, new: Sequence[NewAnnotation]) -> list[int]:
        """Store annotations of an asset; returns their ids.

        Raises:
            NotFound: There is no such asset or collection.
            InvalidInput: A label is empty or too long.
        """
        with self._database.write(self._workspace_id) as transaction:
            return _add(transaction, asset_id, new)

    def replace(self, asset_id: int, collection_id: int | None, new: Sequence[NewAnnotation]) -> list[int]:
        """Store annotations in the place of all that the asset has in a collection, or outside of any (`None`).

        The collection of each of `new` is this one, whatever it says.

        Raises:
            NotFound: There is no such asset or collection.
            InvalidInput: A label is empty or too long.
        """
        said = t.annotations.c
        here = (said.asset_id == asset_id, said.collection_id.is_not_distinct_from(collection_id))
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.assets, asset_id)
            transaction.connection.execute(delete(t.annotations).where(*here))
            moved = [msgspec.structs.replace(annotation, collection_id=collection_id) for annotation in new]
            return _add(transaction, asset_id, moved)

    def update(self, annotation_id: int, new: NewAnnotation) -> None:
        """Say an annotation anew; it keeps its id.

        Raises:
            NotFound: There is no such annotation or collection.
            InvalidInput: The label is empty or too long.
        """
        with self._database.write(self._workspace_id) as transaction:
            found = _existing(transaction, [annotation_id])
            if not found:
                raise NotFound(f"there is no annotation {annotation_id}")
            transaction.require(t.collections, new.collection_id)
            statement = update(t.annotations).where(t.annotations.c.id == annotation_id).values(**_row(new))
            transaction.connection.execute(statement)
            transaction.touch(list(found.values()), "annotations", Children.ANNOTATIONS)

    def delete(self, ids: Sequence[int]) -> list[int]:
        """Remove annotations; returns those that there were."""
        with self._database.write(self._workspace_id) as transaction:
            found = _existing(transaction, ids)
            statement = delete(t.annotations).where(among(t.annotations.c.id))
            transaction.connection.execute(statement, {"ids": list(found)})
            transaction.touch(sorted(set(found.values())), "annotations")
        return list(found)

    def counts(self) -> dict[int, dict[str, int]]:
        """How many annotations of each label every collection has, by the collection's id; the trash is left out."""
        said = t.annotations.c
        statement = (
            select(said.collection_id, said.label, func.count())
            .join(t.assets, said.asset_id == t.assets.c.id)
            .where(t.assets.c.workspace_id == self._workspace_id, t.assets.c.trashed.is_(None))
            .where(said.collection_id.is_not(None))
            .group_by(said.collection_id, said.label)
            .order_by(said.collection_id, said.label)
        )
        counts: dict[int, dict[str, int]] = {}
        with self._database.read() as connection:
            for collection_id, label, count in connection.execute(statement):
                counts.setdefault(collection_id, {})[label] = count
        return counts

    def get(self, annotation_id: int) -> tuple[int, Annotation]:
        """An annotation and the id of its asset.

        Raises:
            NotFound: There is none.
        """
        statement = _select(annotation_id, self._workspace_id)
        with self._database.read() as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            raise NotFound(f"there is no annotation {annotation_id}")
        return row[0], loading.annotation(row)


def _select(annotation_id: int, workspace_id: int) -> Select[*tuple[Any, ...]]:
    owned = t.assets.c.workspace_id == workspace_id
    return (
        select(*loading.ANNOTATIONS.selected_columns)
        .join(t.assets, t.annotations.c.asset_id == t.assets.c.id)
        .where(t.annotations.c.id == annotation_id, owned)
    )


def _existing(transaction: Transaction, ids: Sequence[int]) -> dict[int, int]:
    """Asset ids by the annotation ids that are of the workspace."""
    said = t.annotations.c
    statement = (
        select(said.id, said.asset_id)
        .join(t.assets, said.asset_id == t.assets.c.id)
        .where(among(said.id), t.assets.c.workspace_id == transaction.workspace_id)
        .order_by(said.id)
    )
    return dict(transaction.connection.execute(statement, {"ids": ids}).all())


def _add(transaction: Transaction, asset_id: int, new: Sequence[NewAnnotation]) -> list[int]:
    transaction.require(t.assets, asset_id)
    transaction.require(t.collections, *(annotation.collection_id for annotation in new))
    rows = [{**_row(annotation), "asset_id": asset_id, "created": transaction.at} for annotation in new]
    ids: list[int] = []
    if rows:
        statement = insert(t.annotations).returning(t.annotations.c.id, sort_by_parameter_order=True)
        ids = list(transaction.connection.scalars(statement, rows))
    transaction.touch([asset_id], "annotations", Children.ANNOTATIONS)
    return ids


def _row(annotation: NewAnnotation) -> dict[str, Any]:
    row = msgspec.structs.asdict(annotation)
    return row | box_columns(row.pop("box")) | {"label": checked_name(annotation.label, "label")}
