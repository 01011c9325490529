"""What the tests with Gumnut's SDK share: uploads, and records made in bulk."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count

from gumnut import Gumnut
from gumnut.types import AssetResponse

from fototeca.assets import NewAsset
from fototeca.library import Library
from tests.server.conftest import Served
from tests.server.helpers import picture

WHEN = datetime(2024, 3, 2, 10, tzinfo=UTC)
_colours = count(1)


def connect(served: Served, key: str) -> Gumnut:
    return Gumnut(base_url=served.origin, api_key=key, _strict_response_validation=True, max_retries=0)


def bytes_of(size: tuple[int, int] = (64, 48), colour: tuple[int, int, int] | None = None) -> bytes:
    number = next(_colours)
    return picture(colour or (number % 256, number // 256, 99), size)


def upload(client: Gumnut, data: bytes | None = None, name: str = "photo.jpg", when: datetime = WHEN) -> AssetResponse:
    return client.assets.create(
        asset_data=(name, data or bytes_of(), "image/png"),
        device_asset_id=f"{name}-1",
        device_id="sdk",
        file_created_at=when,
        file_modified_at=when,
    )


def add_records(library: Library, number: int, start: int = 0) -> list[int]:
    """Put records straight into the catalogue: thousands of uploads would take minutes."""
    taken = datetime(2020, 1, 1)
    new = [
        NewAsset(
            sha256=hashlib.sha256(f"{library.workspace.name}/{each}".encode()).hexdigest(),
            filename=f"{each}.jpg",
            format="jpg",
            mime="image/jpeg",
            bytes=each,
            width=4,
            height=3,
            taken=taken + timedelta(minutes=each // 3),  # of three, each has the same moment
        )
        for each in range(start, start + number)
    ]
    return [added.id for added in library.records.assets.add(new)]
