"""What Alembic runs for every command: the revisions, on the connection that it was given."""

from __future__ import annotations

from alembic import context

from fototeca.catalog.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
