"""Reading assets: rows to complete `Asset` records, as fast as a search result needs them.

An asset's children are only asked for where its row says that there may be some, and every statement is fixed, so
that it is compiled once and prepared once whatever the number of ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import IntFlag
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, bindparam, select

from fototeca.assets import Annotation, Asset, Face, Membership, Object
from fototeca.catalog import tables as t
from fototeca.catalog.columns import among, from_wall
from fototeca.catalog.database import fields_of
from fototeca.catalog.jobs import MAX_ATTEMPTS

C = TypeVar("C")


class Children(IntFlag):
    """Kinds of child rows that an asset has, or once had: a bit is never cleared, which costs a query at most."""

    MEMBERSHIPS = 1
    ALBUMS = 2
    ANNOTATIONS = 4
    OBJECTS = 8
    FACES = 16
    SEEN = 32


_PLAIN = fields_of(t.assets, Asset)
_PLAIN.remove(t.assets.c.taken)
_NAMES = [column.name for column in _PLAIN]
_ID = _NAMES.index("id")
_CHILDREN = -3
_BASE = select(
    *_PLAIN,
    t.assets.c.taken,
    t.assets.c.taken_offset,
    t.assets.c.children,
    t.folders.c.path,
    t.workspaces.c.name,
).select_from(
    t.assets.join(t.workspaces, t.assets.c.workspace_id == t.workspaces.c.id).outerjoin(
        t.folders, t.assets.c.folder_id == t.folders.c.id
    )
)
_IN_WORKSPACE = t.assets.c.workspace_id == bindparam("workspace")
# Adding nothing keeps SQLite from going through the workspace's index to rows whose ids it has.
BY_IDS = _BASE.where(among(t.assets.c.id), t.assets.c.workspace_id + 0 == bindparam("workspace"))
BY_UUID = _BASE.where(t.assets.c.uuid == bindparam("uuid"), _IN_WORKSPACE)
AFTER_ID = (
    _BASE.where(_IN_WORKSPACE, t.assets.c.id > bindparam("after")).order_by(t.assets.c.id).limit(bindparam("limit"))
)


def _box(table: Any) -> list[Any]:
    return [table.c.x, table.c.y, table.c.width, table.c.height]


def _of_assets(table: Any, *fields: Any, source: Any = None) -> Select[*tuple[Any, ...]]:
    """A query for children whose first column is the asset's id."""
    order = [table.c.asset_id, *table.primary_key.columns]
    origin = table if source is None else source
    return select(table.c.asset_id, *fields).select_from(origin).where(among(table.c.asset_id)).order_by(*order)


def _membership(row: Sequence[Any]) -> Membership:
    _, collection_id, collection, split, locked, batch_id, batch, status, in_dataset = row
    return Membership(
        collection_id=collection_id,
        collection=collection,
        split=split,
        split_locked=locked,
        batch_id=batch_id,
        batch=batch,
        annotation_status=status,
        in_dataset=in_dataset,
    )


def annotation(row: Sequence[Any]) -> Annotation:
    """An annotation from a row of `ANNOTATIONS`."""
    _, id_, label, collection_id, type_, x, y, width, height, polygon, source, confidence, created = row
    return Annotation(
        id=id_,
        label=label,
        collection_id=collection_id,
        type=type_,
        box=None if x is None else (x, y, width, height),
        polygon=polygon,
        source=source,
        confidence=confidence,
        created=created,
    )


def region(row: Sequence[Any]) -> Object:
    """An object from a row of `OBJECTS`."""
    asset_id, id_, label, x, y, width, height, score, frame_id = row
    return Object(id=id_, asset_id=asset_id, label=label, box=(x, y, width, height), score=score, frame_id=frame_id)


def face(row: Sequence[Any]) -> Face:
    """A face from a row of `FACES`."""
    asset_id, id_, uuid, x, y, width, height, score, quality, person_id, person, confirmed, *rest = row
    frame_id, source, created, updated = rest
    return Face(
        id=id_,
        uuid=uuid,
        asset_id=asset_id,
        box=(x, y, width, height),
        score=score,
        quality=quality,
        person_id=person_id,
        person=person,
        confirmed=confirmed,
        frame_id=frame_id,
        source=source,
        created=created,
        updated=updated,
    )


MEMBERSHIPS = _of_assets(
    t.memberships,
    t.memberships.c.collection_id,
    t.collections.c.name,
    t.memberships.c.split,
    t.memberships.c.split_locked,
    t.memberships.c.batch_id,
    t.batches.c.name,
    t.memberships.c.annotation_status,
    t.memberships.c.in_dataset,
    source=t.memberships.join(t.collections, t.memberships.c.collection_id == t.collections.c.id).outerjoin(
        t.batches, t.memberships.c.batch_id == t.batches.c.id
    ),
)
ALBUMS = _of_assets(
    t.album_assets,
    t.albums.c.id,
    t.albums.c.name,
    source=t.album_assets.join(t.albums, t.album_assets.c.album_id == t.albums.c.id),
)
ANNOTATIONS = _of_assets(
    t.annotations,
    t.annotations.c.id,
    t.annotations.c.label,
    t.annotations.c.collection_id,
    t.annotations.c.type,
    *_box(t.annotations),
    t.annotations.c.polygon,
    t.annotations.c.source,
    t.annotations.c.confidence,
    t.annotations.c.created,
)
OBJECT_FIELDS = (
    t.objects.c.asset_id,
    t.objects.c.id,
    t.objects.c.label,
    *_box(t.objects),
    t.objects.c.score,
    t.objects.c.frame_id,
)
OBJECTS = _of_assets(t.objects, *OBJECT_FIELDS[1:])
FACE_FIELDS = (
    t.faces.c.asset_id,
    t.faces.c.id,
    t.faces.c.uuid,
    *_box(t.faces),
    t.faces.c.score,
    t.faces.c.quality,
    t.faces.c.person_id,
    t.people.c.name,
    t.faces.c.confirmed,
    t.faces.c.frame_id,
    t.faces.c.source,
    t.faces.c.created,
    t.faces.c.updated,
)
FACES_AND_PEOPLE = t.faces.outerjoin(t.people, t.faces.c.person_id == t.people.c.id)
FACES = _of_assets(t.faces, *FACE_FIELDS[1:], source=FACES_AND_PEOPLE)
SEEN = _of_assets(
    t.enrichments,
    t.enrichments.c.stage,
    t.enrichments.c.error.is_(None),
    source=t.enrichments.join(t.assets, t.enrichments.c.asset_id == t.assets.c.id),
).where(
    t.enrichments.c.version == t.assets.c.version,
    t.enrichments.c.error.is_(None) | (t.enrichments.c.attempts >= MAX_ATTEMPTS),
)

_KINDS: tuple[tuple[Children, str, Select[*tuple[Any, ...]], Any], ...] = (
    (Children.MEMBERSHIPS, "memberships", MEMBERSHIPS, _membership),
    (Children.ALBUMS, "albums", ALBUMS, tuple),
    (Children.ANNOTATIONS, "annotations", ANNOTATIONS, annotation),
    (Children.OBJECTS, "objects", OBJECTS, region),
    (Children.FACES, "faces", FACES, face),
    (Children.SEEN, "seen", SEEN, tuple),
)


def load(connection: Connection, statement: Select[*tuple[Any, ...]], parameters: dict[str, Any]) -> list[Asset]:
    """The assets that `BY_IDS`, `BY_UUID` or `AFTER_ID` finds, complete, in the order of the rows."""
    rows = connection.execute(statement, parameters).all()
    children: dict[int, dict[str, Any]] = defaultdict(dict)
    bits = [(row[_ID], row[_CHILDREN]) for row in rows]
    for kind, name, query, build in _KINDS:
        bit = kind.value
        ids = [id_ for id_, present in bits if present & bit]
        if ids:
            for id_, found in _grouped(connection, query, ids, build).items():
                children[id_][name] = tuple(found)
    return [_asset(row, children.get(row[_ID], {})) for row in rows]


def _grouped(
    connection: Connection, query: Select[*tuple[Any, ...]], ids: list[int], build: Any
) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(query, {"ids": ids}).all():
        groups[row[0]].append(build(row))
    return groups


def _asset(row: Sequence[Any], children: dict[str, Any]) -> Asset:
    *_, taken, offset, _bits, folder, workspace = row
    if albums := children.get("albums"):
        children["album_ids"] = tuple(album[1] for album in albums)
        children["albums"] = tuple(album[2] for album in albums)
    if looks := children.get("seen"):
        children["seen"] = tuple(stage for _, stage, good in looks if good)
        children["failed"] = tuple(stage for _, stage, good in looks if not good)
    plain = dict(zip(_NAMES, row, strict=False))
    return Asset(taken=from_wall(taken, offset), folder=folder or "", workspace=workspace, **plain, **children)
