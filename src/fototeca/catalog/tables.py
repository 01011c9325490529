"""The tables of the catalogue. Changing one needs a revision under `migrations/versions`.

Every table belongs to a workspace, directly or through its parent, and goes with it. `info["entity"]` is the name under
which the change log speaks of a table's rows.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from fototeca.assets import Facts, JobState, Kind, Owner, Publication, Scope, Status, Word
from fototeca.catalog.columns import BigId, Choice, Json, Moment, Words

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

Polygon = tuple[tuple[float, float], ...]


def _id() -> Column[int]:
    return Column("id", BigId, Identity(), primary_key=True)


def _uuid() -> Column[str]:
    return Column("uuid", Words, nullable=False, unique=True)


def _parent(name: str, table: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    """A reference to a row that takes this one with it, or that is set to null where it may be missing."""
    gone = "SET NULL" if nullable else "CASCADE"
    return Column(name, BigId, ForeignKey(f"{table}.id", ondelete=gone), nullable=nullable, index=index)


def _text(name: str) -> Column[str]:
    return Column(name, Words, nullable=False)


def _moment(name: str) -> Column[Any]:
    return Column(name, Moment, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _box(*, nullable: bool = False) -> list[Column[Any]]:
    """Left, top, width and height, as shares of the displayed picture."""
    return [Column(name, Double, nullable=nullable) for name in ("x", "y", "width", "height")]


def _table(name: str, *parts: Any, entity: str | None = None, **options: Any) -> Table:
    # Without AUTOINCREMENT SQLite gives the id of a deleted last row to the next one.
    numbered = any(isinstance(part, Column) and part.name == "id" for part in parts)
    return Table(name, metadata, *parts, info={"entity": entity}, sqlite_autoincrement=numbered, **options)


workspaces = _table(
    "workspaces",
    _id(),
    Column("name", Words, nullable=False, unique=True),
    _moment("created"),
    Column("sequence", BigInteger, nullable=False),
)

changes = _table(
    "changes",
    Column("workspace_id", BigId, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    _text("entity"),
    Column("entity_id", BigInteger, nullable=False),
    _text("action"),
    _moment("at"),
    Column("detail", Json(), nullable=False),
    sqlite_with_rowid=False,
)

keys = _table(
    "keys",
    _id(),
    _parent("workspace_id", "workspaces", index=True),
    _text("name"),
    Column("scope", Choice(Scope), nullable=False),
    Column("digest", Words, nullable=False, unique=True),
    _text("hint"),
    _moment("created"),
    Column("expires", Moment),
    Column("revoked", Moment),
    entity="key",
)

folders = _table(
    "folders",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces"),
    # A folder is only ever deleted empty: a cascade here would hide a mistake.
    Column("parent_id", BigId, ForeignKey("folders.id"), index=True),
    _text("path"),
    _moment("created"),
    _moment("updated"),
    UniqueConstraint("workspace_id", "path"),
    entity="folder",
)

assets = _table(
    "assets",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces"),
    _text("sha256"),
    _text("filename"),
    Column("kind", Choice(Kind), nullable=False),
    Column("status", Choice(Status), nullable=False),
    _text("format"),
    _text("mime"),
    Column("bytes", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("duration", Double),
    Column("folder_id", BigId, ForeignKey("folders.id"), index=True),
    Column("title", Words),
    Column("description", Words),
    Column("rating", Integer),
    _flag("favorite"),
    Column("tags", Json(tuple[str, ...]), nullable=False),
    Column("metadata", Json(), nullable=False),
    # The camera's clock reading in microseconds as if it were UTC, and its offset in seconds where it is known.
    Column("taken", BigInteger),
    Column("taken_offset", Integer),
    _moment("created"),
    _moment("updated"),
    Column("trashed", Moment),
    Column("device", Words),
    Column("device_asset_id", Words),
    Column("source", Words),
    Column("version", Integer, nullable=False),
    # Bits of `loading.Children`: which kinds of child rows to look for.
    Column("children", Integer, nullable=False),
    Column("facts", Json(Facts), nullable=False),
    Column("text", Words),
    Column("public_id", Words),
    _text("delivery"),
    Column("publication", Json(Publication), nullable=False),
    # By SHA-256 first, because blobs are shared by workspaces and deleting asks who else has one. Not unique: a copy
    # of what is there already is made where a client asks for one.
    Index(None, "sha256", "workspace_id"),
    Index(None, "workspace_id", "id"),
    Index(None, "workspace_id", "public_id", "kind", "delivery", unique=True),
    entity="asset",
)

versions = _table(
    "versions",
    _id(),
    _uuid(),
    _parent("asset_id", "assets"),
    Column("number", Integer, nullable=False),
    Column("sha256", Words, nullable=False, index=True),
    _text("filename"),
    _text("format"),
    _text("mime"),
    Column("bytes", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    _text("kind"),
    _moment("created"),
    UniqueConstraint("asset_id", "number"),
)

collections = _table(
    "collections",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces"),
    _text("name"),
    _text("slug"),
    Column("type", Words),
    Column("description", Words),
    Column("settings", Json(), nullable=False),
    _moment("created"),
    _moment("updated"),
    Column("trashed", Moment),
    UniqueConstraint("workspace_id", "slug"),
    entity="collection",
)

batches = _table(
    "batches",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces", index=True),
    Column("collection_id", BigId, ForeignKey("collections.id", ondelete="CASCADE"), index=True),
    _text("name"),
    _text("stage"),
    _moment("created"),
    entity="batch",
)

memberships = _table(
    "memberships",
    Column("collection_id", BigId, ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
    Column("asset_id", BigId, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("split", Words),
    _flag("split_locked"),
    _parent("batch_id", "batches", nullable=True, index=True),
    Column("annotation_status", Words),
    _flag("in_dataset"),
    sqlite_with_rowid=False,
)

albums = _table(
    "albums",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces", index=True),
    _text("name"),
    Column("description", Words),
    _parent("cover_asset_id", "assets", nullable=True, index=True),
    _moment("created"),
    _moment("updated"),
    entity="album",
)

album_assets = _table(
    "album_assets",
    Column("album_id", BigId, ForeignKey("albums.id", ondelete="CASCADE"), primary_key=True),
    Column("asset_id", BigId, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

annotations = _table(
    "annotations",
    _id(),
    _parent("asset_id", "assets", index=True),
    Column("collection_id", BigId, ForeignKey("collections.id", ondelete="CASCADE"), index=True),
    _text("label"),
    _text("type"),
    *_box(nullable=True),
    Column("polygon", Json(Polygon)),
    _text("source"),
    Column("confidence", Double),
    _moment("created"),
)

frames = _table(
    "frames",
    _id(),
    _parent("asset_id", "assets", index=True),
    Column("seconds", Double, nullable=False),
)

objects = _table(
    "objects",
    _id(),
    _parent("asset_id", "assets", index=True),
    _parent("frame_id", "frames", nullable=True, index=True),
    _text("label"),
    *_box(),
    Column("score", Double, nullable=False),
)

people = _table(
    "people",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces", index=True),
    Column("name", Words),
    _flag("hidden"),
    _flag("favorite"),
    Column("birth_date", Words),
    # No reference: it would be circular. Readers look whether the face is still there.
    Column("cover_face_id", BigInteger),
    _moment("created"),
    _moment("updated"),
    entity="person",
)

faces = _table(
    "faces",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces", index=True),
    _parent("asset_id", "assets", index=True),
    _parent("frame_id", "frames", nullable=True, index=True),
    _parent("person_id", "people", nullable=True, index=True),
    *_box(),
    Column("score", Double, nullable=False),
    Column("quality", Double),
    Column("source", Words),
    _flag("confirmed"),
    _moment("created"),
    _moment("updated"),
    entity="face",
)

spaces = _table(
    "spaces",
    _id(),
    _parent("workspace_id", "workspaces"),
    _text("name"),
    Column("dimension", Integer, nullable=False),
    Column("owner", Choice(Owner), nullable=False),
    _text("model"),
    _flag("current"),
    _moment("created"),
    UniqueConstraint("workspace_id", "name"),
    entity="space",
)

embeddings = _table(
    "embeddings",
    Column("space_id", BigId, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("owner_id", BigInteger, primary_key=True, autoincrement=False),
    _parent("asset_id", "assets"),
    Column("vector", LargeBinary, nullable=False),
    Index(None, "asset_id", "space_id"),
)

enrichments = _table(
    "enrichments",
    Column("asset_id", BigId, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True),
    Column("stage", Words, primary_key=True),
    # Names and digests of the models that looked, and the asset's version that they saw.
    _text("maker"),
    Column("version", Integer, nullable=False),
    # Looks that failed, and why the last one did; none where there is no error.
    Column("attempts", Integer, nullable=False),
    Column("error", Words),
    _moment("at"),
    sqlite_with_rowid=False,
)

words = _table(
    "words",
    Column("asset_id", BigId, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("words", Json(tuple[Word, ...]), nullable=False),
)

metadata_fields = _table(
    "metadata_fields",
    _id(),
    _parent("workspace_id", "workspaces"),
    _text("external_id"),
    _text("label"),
    _text("type"),
    _flag("mandatory"),
    Column("default", Json(Any)),
    Column("validation", Json()),
    Column("datasource", Json(tuple[dict[str, Any], ...]), nullable=False),
    Column("position", Integer, nullable=False),
    Column("settings", Json(), nullable=False),
    UniqueConstraint("workspace_id", "external_id"),
    entity="metadata_field",
)

devices = _table(
    "devices",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces"),
    _text("identifier"),
    Column("name", Words),
    Column("settings", Json(), nullable=False),
    _moment("created"),
    Column("seen", Moment),
    UniqueConstraint("workspace_id", "identifier"),
    entity="device",
)

jobs = _table(
    "jobs",
    _id(),
    _uuid(),
    _parent("workspace_id", "workspaces", index=True),
    _text("kind"),
    Column("state", Choice(JobState), nullable=False),
    Column("payload", Json(), nullable=False),
    Column("result", Json()),
    Column("error", Words),
    Column("attempts", Integer, nullable=False),
    # When it may be claimed: at once, after a pause, or when its worker's lease has run out.
    Column("due", Moment),
    _moment("created"),
    _moment("updated"),
    Index(None, "due"),
)

entries = _table(
    "entries",
    _id(),
    _parent("workspace_id", "workspaces"),
    _text("kind"),
    _text("key"),
    Column("value", Json(), nullable=False),
    _moment("created"),
    _moment("updated"),
    # By kind and key first, because some keys are looked up before their workspace is known.
    UniqueConstraint("kind", "key", "workspace_id"),
)
