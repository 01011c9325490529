"""Public ids: names that clients choose, and copies of the same bytes under several of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns, and let several assets of a workspace have the same bytes."""
    with op.batch_alter_table("assets", table_kwargs={"sqlite_autoincrement": True}) as assets:
        assets.add_column(sa.Column("public_id", sa.Text(), nullable=True))
        assets.add_column(sa.Column("delivery", sa.Text(), nullable=False, server_default="upload"))
        assets.add_column(sa.Column("publication", sa.Text(), nullable=False, server_default="{}"))
        assets.drop_constraint("uq_assets_sha256_workspace_id", type_="unique")
    with op.batch_alter_table("assets", table_kwargs={"sqlite_autoincrement": True}) as assets:
        assets.alter_column("delivery", server_default=None)
        assets.alter_column("publication", server_default=None)
    op.create_index("ix_assets_sha256_workspace_id", "assets", ["sha256", "workspace_id"], unique=False)
    op.create_index(
        "ix_assets_workspace_id_public_id_kind_delivery",
        "assets",
        ["workspace_id", "public_id", "kind", "delivery"],
        unique=True,
    )
