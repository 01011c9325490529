"""Ids are UUIDs in base 57, and can be read back."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.dialects.gumnut import identifiers
from fototeca.errors import NotFound

VECTORS = {
    "00000000-0000-0000-0000-000000000000": "2222222222222222222222",
    "00000000-0000-0000-0000-000000000001": "2222222222222222222223",
    "12345678-1234-5678-1234-567812345678": "5FdNqEYASQvT6ZhBtUuVoV",
    "beccf05d-87f4-48af-80ca-24fa83c6d739": "bx2GXCCs9ARcVruuupE4ta",
    "ffffffff-ffff-ffff-ffff-ffffffffffff": "oZEq7ovRbLq6UnGMPwc8B5",
}


@pytest.mark.parametrize(("uuid", "text"), VECTORS.items())
def test_known_ids(uuid: str, text: str) -> None:
    assert identifiers.encode("asset", UUID(uuid).hex) == f"asset_{text}"
    assert identifiers.decode("asset", f"asset_{text}") == UUID(uuid).hex


@given(st.uuids(), st.sampled_from(["asset", "asset_stack", "album_asset", "album", "lib"]))
def test_every_uuid_goes_there_and_back(uuid: UUID, prefix: str) -> None:
    assert identifiers.decode(prefix, identifiers.encode(prefix, uuid.hex)) == uuid.hex


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_numbers_go_there_and_back(first: int, second: int) -> None:
    text = identifiers.encode_numbers("album_asset", first, second)
    assert identifiers.decode_numbers("album_asset", text) == (first, second)


@given(st.text(max_size=40))
def test_nothing_else_is_an_id(text: str) -> None:
    for spelt in (text, f"asset_{text}"):
        with pytest.raises(NotFound):
            identifiers.decode("asset", spelt)


@pytest.mark.parametrize("text", ["album_asset_" + "2" * 22, "asset_stack_" + "2" * 22, "asset_" + "z" * 22])
def test_prefixes_that_overlap_and_numbers_that_are_too_large(text: str) -> None:
    with pytest.raises(NotFound):
        identifiers.decode("asset", text)
    assert identifiers.known("asset", [text]) == []
    with pytest.raises(NotFound):
        identifiers.decode_numbers("asset_version", "asset_version_" + VECTORS["ffffffff-ffff-ffff-ffff-ffffffffffff"])
