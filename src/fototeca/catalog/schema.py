"""Bringing a database to the schema of this version of Fototeca."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from fototeca.catalog.database import BUSY_SECONDS, Database
from fototeca.errors import StorageError

HEAD = "0005"
"""The newest revision in `migrations`."""

_LOCK = 0x464F544F
"""Number of the advisory lock on PostgreSQL: "FOTO"."""


def upgrade(database: Database) -> None:
    """Run the revisions that a database has not seen. Processes that start together do it once.

    Raises:
        StorageError: A newer version of Fototeca wrote this catalogue.
    """
    with database.read() as connection:
        if database.is_sqlite:
            _use_write_ahead_log(connection)
        if _revision(connection) == HEAD:
            return
    _migrate(database)


def _migrate(database: Database) -> None:
    from alembic import command  # noqa: PLC0415 - a catalogue that is up to date opens without it, a quarter second sooner
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with database.rebuilding() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StorageError("this catalogue was written by a newer version of Fototeca") from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _use_write_ahead_log(connection: Connection) -> None:
    # The switch needs the file for itself and does not wait for it, so several first starts must take turns here.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
