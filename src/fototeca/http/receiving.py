"""Files that come in with requests."""

from __future__ import annotations

import base64
import binascii
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fototeca.errors import InvalidInput

_IN_MEMORY = 2**20
"""Bytes up to which a file needs no temporary file."""


@contextmanager
def kept(file: IO[bytes], size: int) -> Iterator[Path | bytes]:
    """Give a form's file as bytes if it is small, else under a name that reader processes can open."""
    if size <= _IN_MEMORY:
        yield file.read()
        return
    with tempfile.NamedTemporaryFile(prefix="fototeca-") as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield Path(copy.name)


def decoded(data: str, field: str) -> bytes:
    """Decode base64, also as a data URI.

    Raises:
        InvalidInput: It is something else.
    """
    if data.startswith("data:"):
        head, comma, data = data.partition(",")
        if not comma or not head.endswith(";base64"):
            raise InvalidInput("a data URI must be in base64", field=field, allowed="data:image/jpeg;base64,…")
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("the data is not base64", field=field) from error
