"""The one secret of an installation, from which all others are derived."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from fototeca.errors import StorageError

_BYTES = 32


@dataclass(frozen=True, slots=True)
class MasterSecret:
    """Random bytes that are never stored beside what they protect, never logged and never sent.

    Derived secrets need no storage: the same purpose and name always give the same secret.
    """

    _bytes: bytes = field(repr=False)

    @classmethod
    def load(cls, file: Path, text: str | None = None) -> MasterSecret:
        """Return the secret given as text, else the one in the file, made at the first call and readable by its owner.

        Raises:
            StorageError: The file cannot be read or written, or holds too little.
        """
        if text is None:
            try:
                text = _read_or_create(file)
            except OSError as error:
                raise StorageError(f"cannot keep the master secret in {file}: {error.strerror}") from error
        secret = text.strip().encode()
        if len(secret) < _BYTES:
            raise StorageError(f"the master secret must have at least {_BYTES} characters")
        return cls(secret)

    def derive(self, purpose: str, name: str = "") -> bytes:
        """Return 32 bytes for one purpose (HMAC-SHA256 as a key derivation function, RFC 5869's expand step)."""
        return hmac.digest(self._bytes, f"{purpose}\0{name}".encode(), hashlib.sha256)


def _read_or_create(file: Path) -> str:
    """Read the file, or write a new secret so that of several processes starting at once exactly one wins."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(_BYTES), encoding="ascii")
        try:
            os.link(draft, file)  # fails where another process was first, and is never seen half written
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii")
