"""The words read in pictures, with their places."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "words",
        sa.Column("asset_id", _ID, nullable=False, autoincrement=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_words_asset_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("asset_id", name="pk_words"),
    )
