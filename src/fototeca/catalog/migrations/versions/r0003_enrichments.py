"""What models have seen in which asset, and which faces a person has spoken for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SEEN = 32
"""`loading.Children.SEEN`, as it was when this was written."""


def upgrade() -> None:
    """Make the table, and let the vectors that there are count as seen."""
    op.create_table(
        "enrichments",
        sa.Column("asset_id", _ID, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_enrichments_asset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("asset_id", "stage", name="pk_enrichments"),
        sqlite_with_rowid=False,
    )
    op.add_column("faces", sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "INSERT INTO enrichments (asset_id, stage, maker, version, attempts, error, at) "
        "SELECT assets.id, 'meaning', spaces.model, assets.version, 0, NULL, assets.updated FROM embeddings "
        "JOIN spaces ON spaces.id = embeddings.space_id JOIN assets ON assets.id = embeddings.owner_id "
        "WHERE spaces.owner = 'asset' AND spaces.current"
    )
    op.execute(
        f"UPDATE assets SET children = children + {_SEEN} "  # noqa: S608 - a number of ours
        "WHERE id IN (SELECT asset_id FROM enrichments)"
    )
