"""Keys: the credentials of workspaces. Only their digests are stored."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import bindparam, select, update

from fototeca.assets import Key, Scope
from fototeca.catalog import tables as t
from fototeca.catalog.database import Database, fields_of, many, one
from fototeca.catalog.inputs import checked_name
from fototeca.errors import InvalidInput

HINT_LENGTH = 6

_KEY = select(*fields_of(t.keys, Key), t.workspaces.c.name.label("workspace")).join(
    t.workspaces, t.keys.c.workspace_id == t.workspaces.c.id
)
_BY_DIGEST = _KEY.where(t.keys.c.digest == bindparam("digest"))
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Keys:
    """The keys of a workspace."""

    def __init__(self, database: Database, workspace_id: int) -> None:
        self._database = database
        self._workspace_id = workspace_id

    def create(
        self,
        name: str,
        scope: Scope,
        *,
        digest: str,
        hint: str,
        expires: datetime | None = None,
    ) -> Key:
        """Store a key by the SHA-256 (hex) of its text, and a hint to tell it apart in a list.

        Raises:
            Conflict: There is this key already.
            InvalidInput: The name, the digest or the hint is not valid.
        """
        if not _DIGEST.fullmatch(digest):
            raise InvalidInput("the digest of a key is a SHA-256 in hex", field="digest")
        if len(hint) > HINT_LENGTH:
            raise InvalidInput(f"the hint of a key has at most {HINT_LENGTH} characters", field="hint")
        name = checked_name(name, "key")
        with self._database.write(self._workspace_id) as transaction:
            transaction.insert(
                t.keys, name=name, scope=scope, digest=digest, hint=hint, created=transaction.at, expires=expires
            )
        with self._database.read() as connection:
            return one(connection, Key, _BY_DIGEST, "key", digest=digest)

    def all(self) -> list[Key]:
        """Every key of a workspace, revoked ones included, the oldest first."""
        with self._database.read() as connection:
            return many(connection, Key, _KEY.where(t.keys.c.workspace_id == self._workspace_id).order_by(t.keys.c.id))

    def rename(self, key_id: int, name: str) -> None:
        """Give a key another name.

        Raises:
            NotFound: There is no such key.
            InvalidInput: The name is empty or too long.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.update(t.keys, key_id, name=checked_name(name, "key"))

    def revoke(self, key_id: int) -> None:
        """End a key; one that is revoked already keeps its time.

        Raises:
            NotFound: There is no such key.
        """
        with self._database.write(self._workspace_id) as transaction:
            transaction.require(t.keys, key_id)
            living = (t.keys.c.id == key_id, t.keys.c.revoked.is_(None))
            ended = update(t.keys).where(*living).values(revoked=transaction.at).returning(t.keys.c.id)
            transaction.log("key", "updated", list(transaction.connection.scalars(ended)), fields=["revoked"])


def find_key(database: Database, digest: str) -> Key | None:
    """The key of a digest, whatever its workspace, also if it is revoked or expired."""
    with database.read() as connection:
        found = many(connection, Key, _BY_DIGEST, digest=digest)
    return found[0] if found else None
