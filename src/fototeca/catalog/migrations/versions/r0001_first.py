"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "workspaces",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.UniqueConstraint("name", name="uq_workspaces_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "changes",
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_changes_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "sequence", name="pk_changes"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "collections",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("trashed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_collections_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
        sa.UniqueConstraint("uuid", name="uq_collections_uuid"),
        sa.UniqueConstraint("workspace_id", "slug", name="uq_collections_workspace_id_slug"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "devices",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_devices_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.UniqueConstraint("uuid", name="uq_devices_uuid"),
        sa.UniqueConstraint("workspace_id", "identifier", name="uq_devices_workspace_id_identifier"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "folders",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("parent_id", _ID, nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["folders.id"], name="fk_folders_parent_id"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_folders_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_folders"),
        sa.UniqueConstraint("uuid", name="uq_folders_uuid"),
        sa.UniqueConstraint("workspace_id", "path", name="uq_folders_workspace_id_path"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_folders_parent_id", "folders", ["parent_id"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_jobs_workspace_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("uuid", name="uq_jobs_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_due", "jobs", ["due"], unique=False)
    op.create_index("ix_jobs_workspace_id", "jobs", ["workspace_id"], unique=False)
    op.create_table(
        "keys",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_keys_workspace_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("digest", name="uq_keys_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_keys_workspace_id", "keys", ["workspace_id"], unique=False)
    op.create_table(
        "metadata_fields",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("default", sa.Text(), nullable=True),
        sa.Column("validation", sa.Text(), nullable=True),
        sa.Column("datasource", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_metadata_fields_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_metadata_fields"),
        sa.UniqueConstraint("workspace_id", "external_id", name="uq_metadata_fields_workspace_id_external_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "people",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("favorite", sa.Boolean(), nullable=False),
        sa.Column("birth_date", sa.Text(), nullable=True),
        sa.Column("cover_face_id", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_people_workspace_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("uuid", name="uq_people_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_people_workspace_id", "people", ["workspace_id"], unique=False)
    op.create_table(
        "spaces",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_spaces_workspace_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_spaces"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_spaces_workspace_id_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "assets",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("folder_id", _ID, nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("favorite", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=True),
        sa.Column("taken_offset", sa.Integer(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("trashed", sa.BigInteger(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("device_asset_id", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["folder_id"], ["folders.id"], name="fk_assets_folder_id"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_assets_workspace_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_assets"),
        sa.UniqueConstraint("sha256", "workspace_id", name="uq_assets_sha256_workspace_id"),
        sa.UniqueConstraint("uuid", name="uq_assets_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_assets_folder_id", "assets", ["folder_id"], unique=False)
    op.create_index("ix_assets_workspace_id_id", "assets", ["workspace_id", "id"], unique=False)
    op.create_table(
        "batches",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("collection_id", _ID, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name="fk_batches_collection_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_batches_workspace_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.UniqueConstraint("uuid", name="uq_batches_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_batches_collection_id", "batches", ["collection_id"], unique=False)
    op.create_index("ix_batches_workspace_id", "batches", ["workspace_id"], unique=False)
    op.create_table(
        "albums",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("cover_asset_id", _ID, nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cover_asset_id"], ["assets.id"], name="fk_albums_cover_asset_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_albums_workspace_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_albums"),
        sa.UniqueConstraint("uuid", name="uq_albums_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_albums_cover_asset_id", "albums", ["cover_asset_id"], unique=False)
    op.create_index("ix_albums_workspace_id", "albums", ["workspace_id"], unique=False)
    op.create_table(
        "annotations",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("asset_id", _ID, nullable=False),
        sa.Column("collection_id", _ID, nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("x", sa.Double(), nullable=True),
        sa.Column("y", sa.Double(), nullable=True),
        sa.Column("width", sa.Double(), nullable=True),
        sa.Column("height", sa.Double(), nullable=True),
        sa.Column("polygon", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_annotations_asset_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name="fk_annotations_collection_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_annotations"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_annotations_asset_id", "annotations", ["asset_id"], unique=False)
    op.create_index("ix_annotations_collection_id", "annotations", ["collection_id"], unique=False)
    op.create_table(
        "embeddings",
        sa.Column("space_id", _ID, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asset_id", _ID, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_embeddings_asset_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_embeddings_space_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("space_id", "owner_id", name="pk_embeddings"),
    )
    op.create_index("ix_embeddings_asset_id_space_id", "embeddings", ["asset_id", "space_id"], unique=False)
    op.create_table(
        "frames",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("asset_id", _ID, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_frames_asset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_frames"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_frames_asset_id", "frames", ["asset_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("collection_id", _ID, nullable=False),
        sa.Column("asset_id", _ID, nullable=False),
        sa.Column("split", sa.Text(), nullable=True),
        sa.Column("split_locked", sa.Boolean(), nullable=False),
        sa.Column("batch_id", _ID, nullable=True),
        sa.Column("annotation_status", sa.Text(), nullable=True),
        sa.Column("in_dataset", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_memberships_asset_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_memberships_batch_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name="fk_memberships_collection_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection_id", "asset_id", name="pk_memberships"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_memberships_asset_id", "memberships", ["asset_id"], unique=False)
    op.create_index("ix_memberships_batch_id", "memberships", ["batch_id"], unique=False)
    op.create_table(
        "versions",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("asset_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_versions_asset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("asset_id", "number", name="uq_versions_asset_id_number"),
        sa.UniqueConstraint("uuid", name="uq_versions_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_versions_sha256", "versions", ["sha256"], unique=False)
    op.create_table(
        "album_assets",
        sa.Column("album_id", _ID, nullable=False),
        sa.Column("asset_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["album_id"], ["albums.id"], name="fk_album_assets_album_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_album_assets_asset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("album_id", "asset_id", name="pk_album_assets"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_album_assets_asset_id", "album_assets", ["asset_id"], unique=False)
    op.create_table(
        "faces",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("workspace_id", _ID, nullable=False),
        sa.Column("asset_id", _ID, nullable=False),
        sa.Column("frame_id", _ID, nullable=True),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("width", sa.Double(), nullable=False),
        sa.Column("height", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("quality", sa.Double(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_faces_asset_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["frame_id"], ["frames.id"], name="fk_faces_frame_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_faces_person_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name="fk_faces_workspace_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_faces"),
        sa.UniqueConstraint("uuid", name="uq_faces_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_faces_asset_id", "faces", ["asset_id"], unique=False)
    op.create_index("ix_faces_frame_id", "faces", ["frame_id"], unique=False)
    op.create_index("ix_faces_person_id", "faces", ["person_id"], unique=False)
    op.create_index("ix_faces_workspace_id", "faces", ["workspace_id"], unique=False)
    op.create_table(
        "objects",
        sa.Column("id", _ID, sa.Identity(), nullable=False),
        sa.Column("asset_id", _ID, nullable=False),
        sa.Column("frame_id", _ID, nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("width", sa.Double(), nullable=False),
        sa.Column("height", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_objects_asset_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["frame_id"], ["frames.id"], name="fk_objects_frame_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_objects"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_objects_asset_id", "objects", ["asset_id"], unique=False)
    op.create_index("ix_objects_frame_id", "objects", ["frame_id"], unique=False)
