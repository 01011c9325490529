"""Large files that come in several requests, each with its part of the bytes."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.requests import Request

from fototeca.dialects.cloudinary.cloud import Cloud
from fototeca.errors import InvalidInput, LimitExceeded

MAX_BYTES = 2 * 2**30
MAX_UNFINISHED = 32
"""Files of one workspace that may be waiting for their next parts."""
LIFETIME = 24 * 3600
"""Seconds after its last part at which a file that was never finished is thrown away."""

_RANGE = re.compile(r"bytes\s+([0-9]{1,15})-([0-9]{1,15})/(-1|\*|[0-9]{1,15})")


class Part(NamedTuple):
    """Which bytes of which file a request carries; `total` is `None` until the last part."""

    upload: str
    start: int
    end: int
    total: int | None

    @property
    def last(self) -> bool:
        """Whether the file is complete with it."""
        return self.total is not None and self.end == self.total


def part_of(request: Request) -> Part | None:
    """Return what the headers say of a part, or `None` for a whole file.

    Raises:
        InvalidInput: They do not make sense.
    """
    upload, header = request.headers.get("x-unique-upload-id"), request.headers.get("content-range")
    if upload is None or header is None:
        return None
    found = _RANGE.fullmatch(header.strip())
    if found is None or not 0 < len(upload) <= 200:
        raise InvalidInput("Invalid Content-Range", field="Content-Range", allowed="bytes FIRST-LAST/TOTAL")
    start, end = int(found[1]), int(found[2]) + 1
    total = int(found[3]) if found[3].isdecimal() else None
    if start >= end or (total is not None and end > total):
        raise InvalidInput("Invalid Content-Range", field="Content-Range", allowed="bytes FIRST-LAST/TOTAL")
    if max(end, total or 0) > MAX_BYTES:
        raise LimitExceeded(f"File size too large. Got {max(end, total or 0)}. Maximum is {MAX_BYTES}.")
    return Part(upload, start, end, total)


def keep(cloud: Cloud, part: Part, file: UploadFile) -> Path:
    """Add a part to its file, and return the file.

    Raises:
        InvalidInput: The parts do not come in order, or this one is not as long as it says.
        LimitExceeded: Too many files of the workspace are unfinished already.
    """
    uploads = cloud.caller.context.installation.settings.data / "uploads"
    # A folder for each workspace, so that nobody adds to another one's file or takes its room.
    folder = uploads / hashlib.sha256(cloud.name.encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / hashlib.sha256(part.upload.encode()).hexdigest()
    waiting = _unfinished(folder)
    if whole not in waiting and len(waiting) >= MAX_UNFINISHED:
        raise LimitExceeded(
            f"{MAX_UNFINISHED} files in parts are unfinished; finish one, or wait until the oldest is thrown away, "
            f"{LIFETIME // 3600} hours after its last part"
        )
    with whole.open("ab") as target:
        if target.tell() != part.start:
            if target.tell() == 0:
                whole.unlink()
            raise InvalidInput(
                f"the parts must come in order: byte {part.start} cannot follow {target.tell()} bytes",
                field="Content-Range",
            )
        shutil.copyfileobj(file.file, target)
        if target.tell() != part.end:
            target.truncate(part.start)
            raise InvalidInput("the part is not as long as its Content-Range says", field="Content-Range")
    return whole


def _unfinished(folder: Path) -> set[Path]:
    """The files that wait for their next parts; those that have waited too long are thrown away."""
    deadline, waiting = time.time() - LIFETIME, set()
    for file in folder.iterdir():
        try:
            late = file.stat().st_mtime < deadline
        except FileNotFoundError:  # finished meanwhile
            continue
        if late:
            file.unlink(missing_ok=True)
        else:
            waiting.add(file)
    return waiting
