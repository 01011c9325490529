"""IPTC out of whole, odd and hostile records."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from fototeca.media.metadata.iptc import from_photoshop, parse, tags

UTF8 = b"\x1c\x01\x5a\x00\x03\x1b%G"


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    return bytes([0x1C, record, number]) + len(value).to_bytes(2, "big") + value


def resource(code: int, data: bytes, name: bytes = b"") -> bytes:
    pascal = bytes([len(name)]) + name
    padded = pascal + bytes(len(pascal) % 2)
    return b"8BIM" + code.to_bytes(2, "big") + padded + len(data).to_bytes(4, "big") + data + bytes(len(data) % 2)


def test_datasets_repeat() -> None:
    records = parse(dataset(25, b"sea") + dataset(25, b"sky") + dataset(120, b"a caption"))
    assert records == {"Keywords": ["sea", "sky"], "Caption-Abstract": ["a caption"]}
    assert tags(records) == {"IPTC:Keywords": ["sea", "sky"], "IPTC:Caption-Abstract": "a caption"}


def test_encodings() -> None:
    assert parse(UTF8 + dataset(105, "grüße".encode())) == {"Headline": ["grüße"]}
    assert parse(dataset(105, "grüße".encode())) == {"Headline": ["grüße"]}
    assert parse(dataset(105, "grüße".encode("cp1252"))) == {"Headline": ["grüße"]}


def test_extended_length() -> None:
    value = b"x" * 40_000
    data = b"\x1c\x02\x78\x80\x04" + len(value).to_bytes(4, "big") + value
    assert parse(data + dataset(5, b"title")) == {"Caption-Abstract": [value.decode()], "ObjectName": ["title"]}


def test_reading_stops_at_nonsense_and_keeps_the_rest() -> None:
    good = dataset(5, b"title")
    for bad in (b"junk", b"\x1c\x02\x05\xff", b"\x1c\x02\x05\x00\x09short"):
        assert parse(good + bad) == {"ObjectName": ["title"]}
    assert parse(dataset(5, b"other record", record=7) + dataset(201, b"unknown")) == {}


def test_photoshop_resources() -> None:
    block = dataset(25, b"odd")
    data = resource(1005, b"123") + resource(1036, b"12", b"name") + resource(1028, block) + resource(1, b"")
    assert from_photoshop(data) == block
    assert from_photoshop(resource(1005, b"123")) == b""
    assert from_photoshop(b"8BIM\4\4") == b""


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20))), st.binary(max_size=50), st.integers(0, 200))
def test_any_bytes_give_tags_fit_for_json(sets: list[tuple[int, bytes]], noise: bytes, cut: int) -> None:
    whole = b"".join(dataset(number, value) for number, value in sets)
    for data in (noise, b"\x1c" + noise, whole[:cut] + noise + whole[cut:], from_photoshop(b"8BIM" + noise)):
        assert "\0" not in json.dumps(tags(parse(data)), allow_nan=False)
