"""Structured metadata fields: what a workspace expects in `Asset.metadata`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from fototeca.assets import MetadataField
from fototeca.catalog import tables as t
from fototeca.catalog.database import Database, Transaction, fields_of, many, one
from fototeca.catalog.inputs import MetadataFieldPatch, checked_name
from fototeca.errors import InvalidInput, NotFound

TYPES = ("string", "integer", "date", "enum", "set")

_FIELD = select(*fields_of(t.metadata_fields, MetadataField))


class MetadataFields:
    """The structured metadata fields of a workspace, in their order. They do not touch the values that assets have."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(
        self,
        external_id: str,
        label: str,
        type: str,  # noqa: A002 - named as in the record
        patch: MetadataFieldPatch = MetadataFieldPatch(),  # noqa: B008 - immutable
    ) -> MetadataField:
        """Define a field, after the others.

        Raises:
            Conflict: The external id is taken.
            InvalidInput: The external id or the label is empty or too long, or the type is unknown.
        """
        if type not in TYPES:
            raise InvalidInput(f"{type!r} is not a type of field", field="type", allowed=", ".join(TYPES))
        external_id = checked_name(external_id, "metadata field")
        fields = t.metadata_fields.c
        values: dict[str, Any] = {"mandatory": False, "datasource": (), "settings": {}, "label": label}
        values |= patch.given()
        values["label"] = checked_name(values["label"], "metadata field")
        with self._database.write(self._workspace_id) as transaction:
            here = fields.workspace_id == self._workspace_id
            transaction.refuse_taken(f"the metadata field {external_id!r}", here & (fields.external_id == external_id))
            last = transaction.connection.scalar(select(func.max(fields.position)).where(here))
            position = 0 if last is None else last + 1
            transaction.insert(t.metadata_fields, external_id=external_id, type=type, position=position, **values)
        return self.get(external_id)

    def get(self, external_id: str) -> MetadataField:
        """A field by its external id.

        Raises:
            NotFound: There is none.
        """
        fields = t.metadata_fields.c
        statement = _FIELD.where(fields.external_id == external_id, fields.workspace_id == self._workspace_id)
        with self._database.read() as connection:
            return one(connection, MetadataField, statement, f"metadata field {external_id!r}")

    def all(self) -> list[MetadataField]:
        """Every field, in order."""
        fields = t.metadata_fields.c
        statement = _FIELD.where(fields.workspace_id == self._workspace_id).order_by(fields.position, fields.id)
        with self._database.read() as connection:
            return many(connection, MetadataField, statement)

    def update(self, external_id: str, patch: MetadataFieldPatch) -> MetadataField:
        """Change a field.

        Raises:
            NotFound: There is no such field.
            InvalidInput: The label is empty or too long.
        """
        values = patch.given()
        if "label" in values:
            values["label"] = checked_name(values["label"], "metadata field")
        with self._database.write(self._workspace_id) as transaction:
            transaction.update(t.metadata_fields, _id_of(transaction, external_id), **values)
        return self.get(external_id)

    def reorder(self, external_ids: Sequence[str]) -> None:
        """Put the fields into this order.

        Raises:
            InvalidInput: These are not all of the fields, each once.
        """
        fields = t.metadata_fields.c
        with self._database.write(self._workspace_id) as transaction:
            here = select(fields.external_id, fields.id).where(fields.workspace_id == self._workspace_id)
            known: dict[str, int] = dict(transaction.connection.execute(here).all())
            if sorted(external_ids) != sorted(known):
                raise InvalidInput("an order names every metadata field once", field="external_ids")
            for position, external_id in enumerate(external_ids):
                moved = update(t.metadata_fields).where(fields.id == known[external_id])
                transaction.connection.execute(moved.values(position=position))
            transaction.log("metadata_field", "updated", list(known.values()), fields=["position"])

    def delete(self, external_id: str) -> None:
        """Remove a field; the values that assets have stay.

        Raises:
            NotFound: There is no such field.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.delete(t.metadata_fields, _id_of(transaction, external_id))


def _id_of(transaction: Transaction, external_id: str) -> int:
    fields = t.metadata_fields.c
    match = (fields.external_id == external_id, fields.workspace_id == transaction.workspace_id)
    id_ = transaction.connection.scalar(select(fields.id).where(*match))
    if id_ is None:
        raise NotFound(f"there is no metadata field {external_id!r}")
    return int(id_)
