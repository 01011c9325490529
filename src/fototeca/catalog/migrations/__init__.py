"""The catalogue's schema over time: an Alembic environment and its revisions."""
