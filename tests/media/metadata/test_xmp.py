"""XMP out of whole, odd and hostile packets."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.media.metadata.xmp import MAX_BYTES, parse, tags

NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:my="http://example.org/mine/"'
)


def packet(inside: str, attributes: str = "") -> bytes:
    return (
        '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {NAMESPACES} {attributes}>{inside}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()


@pytest.mark.parametrize(
    ("inside", "attributes", "expected"),
    [
        ("<xmp:Rating>3</xmp:Rating>", "", {"xmp:Rating": ["3"]}),
        ("", 'xmp:Rating="4"', {"xmp:Rating": ["4"]}),
        (
            "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>sky</rdf:li></rdf:Bag></dc:subject>",
            "",
            {"dc:subject": ["sea", "sky"]},
        ),
        (
            (
                '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Sea</rdf:li>'
                '<rdf:li xml:lang="de">Meer</rdf:li></rdf:Alt></dc:title>'
            ),
            "",
            {"dc:title": ["Sea"]},
        ),
        (
            '<exif:Flash rdf:parseType="Resource"><exif:Fired>True</exif:Fired></exif:Flash>',
            "",
            {"exif:FlashFired": ["True"]},
        ),
        ('<exif:Flash exif:Fired="False"/>', "", {"exif:FlashFired": ["False"]}),
        (
            "<exif:Flash><rdf:Description><exif:Fired>True</exif:Fired></rdf:Description></exif:Flash>",
            "",
            {"exif:FlashFired": ["True"]},
        ),
        ("<my:word>x</my:word>", "", {"mine:word": ["x"]}),
        ("<xmp:Rating>  </xmp:Rating>", "", {}),
    ],
)
def test_shapes_of_a_property(inside: str, attributes: str, expected: dict[str, list[str]]) -> None:
    assert parse(packet(inside, attributes)) == expected


def test_padding_and_names() -> None:
    found = parse(b"\0" + packet("<xmp:Rating>3</xmp:Rating>") + b" \n\0\0")
    assert tags(found) == {"XMP-xmp:Rating": "3"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no xml",
        packet("<xmp:Rating>3"),
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + packet("<xmp:Label>&b;</xmp:Label>"),
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + packet("<xmp:Label>&a;</xmp:Label>"),
        b'<?xml version="1.0" encoding="no-such"?>' + packet("<xmp:Rating>3</xmp:Rating>"),
        packet(f"<xmp:Label>{'x' * MAX_BYTES}</xmp:Label>"),
    ],
)
def test_nothing_to_read(data: bytes) -> None:
    assert parse(data) == {}


def test_depth_and_number_are_bounded() -> None:
    deep = "<my:a rdf:parseType='Resource'>" * 5000 + "</my:a>" * 5000
    assert parse(packet(deep)) == {}
    many = "".join(f"<my:n{number}>x</my:n{number}>" for number in range(2000))
    assert len(parse(packet(many))) == 500


@given(st.binary(max_size=100), st.integers(0, 600), st.text(max_size=30))
def test_any_bytes_give_tags_fit_for_json(noise: bytes, at: int, words: str) -> None:
    whole = packet('<dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject><exif:Flash exif:Fired="x"/>')
    for data in (noise, whole[:at] + noise + whole[at:], packet(words), packet("", f'xmp:Label="{words}"')):
        assert "\0" not in json.dumps(tags(parse(data)), allow_nan=False)
