"""The expression language: what it reads, what it means, and that nothing can upset it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.assets import Asset, Camera, Colour, Face, Facts, Gps, MetadataField, Publication, Status
from fototeca.dialects.cloudinary.expression import parse, translate
from fototeca.dialects.cloudinary.expression.parser import MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH
from fototeca.dialects.cloudinary.expression.syntax import Clause, Every, FreeText, Negated, Presence, Scalar, Some
from fototeca.dialects.cloudinary.query import understood
from fototeca.engine import Index
from fototeca.engine.documents import Document, Upsert
from fototeca.errors import InvalidInput, LimitExceeded, QueryError
from fototeca.query import All, How, Match, Page, Query, fields
from tests.dialects.cloudinary import random_expressions
from tests.dialects.cloudinary.random_expressions import FIELDS, NOW, asset

SKU = MetadataField(id=1, external_id="sku", label="SKU", type="string")
EXPIRES = MetadataField(id=2, external_id="exp", label="Expires", type="date")
STOCK = MetadataField(id=3, external_id="n", label="Stock", type="integer")


def made(number: int, **values: object) -> Asset:
    """Make an asset that differs from a plain one in what is given."""
    plain = asset(Random(1), number)
    base = Asset(
        id=number,
        uuid=f"{number:032x}",
        workspace="w",
        sha256="0" * 64,
        filename="plain.jpg",
        format="jpg",
        mime="image/jpeg",
        bytes=1_000,
        created=NOW - timedelta(days=100),
        updated=NOW,
        public_id=f"plain{number}",
    )
    del plain
    return msgspec.structs.replace(base, **values)


ASSETS = [
    made(1, tags=("kitten",), bytes=2**21, created=NOW - timedelta(hours=5), width=1200, height=800),
    made(2, tags=("shirt", "red"), format="png", width=1000, height=500, folder="products"),
    made(3, tags=("Shirt-XL", "blue"), folder="products/summer", public_id="folder/search_test0_12345"),
    made(4, metadata={"context.caption": "A Red Dress", "sku": "A1", "exp": "2021-05-05", "n": 3}),
    made(
        5,
        facts=Facts(
            colors=(Colour(name="blue", hex="#0000ff", share=0.3), Colour(name="azure", hex="#00aaff", share=0.1)),
            tags={"EXIF:Make": "Canon", "EXIF:ISO": 200},
            camera=Camera(make="Canon"),
            gps=Gps(latitude=37.43, longitude=-122.09),
            md5="abc123",
        ),
        faces=(Face(id=1, uuid="f", asset_id=5, box=(0, 0, 1, 1)),),
    ),
    made(6, kind="video", format="mp4", duration=45.0, tags=("full-analysis",), created=NOW - timedelta(weeks=2)),
    made(7, status=Status.TRASHED, title="An exact phrase, here"),
    made(8, publication=Publication(moderation_kind="manual", moderation_status="rejected"), folder="products"),
    made(9, width=1920, height=1080, public_id="dir/sub-1_a", tags=("1stStringXa", "1stStringXb")),
]

EXAMPLES: dict[str, set[int]] = {
    "resource_type:image AND tags=kitten AND uploaded_at>1d AND bytes>1m": {1},
    "tags:shirt AND -tags:blue": {2},
    '(format=jpg OR format=png) AND width>=1000 AND aspect_ratio>"4:3"': {1, 2, 9},
    "public_id=folder/search_test0_12345": {3},
    "created_at:[4w TO 1w]": {6},
    'asset_folder:"products/*" AND NOT moderation_status=rejected': {2, 3},
    'context.caption:"red dress" OR metadata.sku=A1  -tags': {4},
    "colors.blue>=20 AND face_count>0 AND transparent:false": {5},
    'image_metadata.Make=Canon AND location:"37.42,-122.08 5km"': {5},
    "duration:[30s TO 2m] AND resource_type=video": {6},
    '"exact phrase" AND status:(active OR deleted)': {7},
    # what the rest of the specification says
    "status=deleted OR active": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "tags:analysis": {6},
    "tags=analysis": set(),
    "1stStringX*": {9},
    "tags=1stStringX*": {9},
    "aspect_ratio=16:9": {9},
    'aspect_ratio="16:9"': {9},
    "aspect_ratio < 1.3": set(),
    "public_id: plain2": {2},
    "public_id=dir/sub-1_a": {9},
    "folder=dir": {9},
    "folder:products/*": {2, 3, 8},
    "asset_folder=products": {2, 8},
    "asset_folder:prod*": {2, 3, 8},
    'asset_folder=""': {1, 4, 5, 6, 7, 9},
    'asset_folder:"*" tags': {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "-tags": {4, 5, 7, 8},
    "tags": {1, 2, 3, 6, 9},
    "context:caption": {4},
    "context=caption": {4},
    "context.caption:red*": {4},
    'context."caption":dress': {4},
    "metadata.exp>2021-01-01": {4},
    "metadata.n:[1 TO 5]": {4},
    "metadata.n:{3 TO 5]": set(),
    "metadata.unknown=1": set(),
    "-metadata.unknown=1": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "nonsense:x": set(),
    "colors:blue": {5},
    "colors.lightblue>=10": {5},
    "image_analysis.face_count=1": {5},
    "image_analysis.colors.blue>=2": {5},
    "image_metadata.ISO>=200": {5},
    "image_metadata.make=Canon": set(),
    'location:"38,-123|37,-122"': {5},
    'location:"38,-123|37,-122.5|37,-121"': {5},
    'location:"38,-123 | 38,-122 | 37.9,-122"': set(),
    "etag=abc123": {5},
    "moderation_kind:manual": {8},
    "format=PNG": {2},
    "bytes=1000": {2, 3, 4, 5, 6, 7, 8, 9},
    "bytes:[500 TO 1kb]": {2, 3, 4, 5, 6, 7, 8, 9},
    "bytes:[2mb TO *]": {1},
    "bytes:{1000 TO *]": {1},
    "kitten dog": {1},
    "+tags=red kitten": {2},
    "kitten -tags=kitten": set(),
    "NOT NOT tags=kitten": {1},
    "tags=(kitten OR blue)": {1, 3},
    "tags=(shirt AND red)": {2},
    "tags=(shirt red)": {2},
    "format=(jpg png) tags=kitten": {1, 2, 3, 4, 5, 7, 8, 9},
    "tags\\=kitten": set(),
    "": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    f"created_at={(NOW - timedelta(weeks=2)).date()}": {6},
    f"created_at={int((NOW - timedelta(weeks=2)).timestamp())}": {6},
    f'created_at>="{(NOW - timedelta(hours=6)).isoformat()}"': {1},
    "created_at>1y": {1, 2, 3, 4, 5, 6, 7, 8, 9},
    "created_at>3m AND created_at<1d": {6},
}

MISTAKES = [
    ("tags=moderation:pending", 16),
    ("*", 1),
    ("tags:*", 6),
    ("tags=*x", 6),
    ("tags=a*b", 7),
    ("a?", 2),
    ("(a", 1),
    ("a)", 2),
    ("()", 1),
    ("a AND", 6),
    ("OR a", 1),
    ("tags=", 6),
    ('tags="a', 6),
    ("bytes>abc", 7),
    ("bytes>10zb", 7),
    ("width=ten", 7),
    ("tags>a", 6),
    ("tags:[a TO b]", 6),
    ("bytes:[1 TO 2", 7),
    ("bytes:[1 2]", 10),
    ("bytes>[1 TO 2]", 7),
    ("transparent:maybe", 13),
    ("created_at>yesterday", 12),
    ("created_at:2024-13-01", 12),
    ("resource_type:im*", 15),
    ("width>1*", 7),
    ("aspect_ratio=wide", 14),
    ('location:"somewhere"', 10),
    ('location:"1,2|3,4|5,600"', 10),
    ('tags:a OR location:"80,0|80,120|80,-120"', 20),
    ('tags:"a*b"', 8),
    ("a & b", 3),
    ("a ^ b", 3),
    ("tags=a\\", 7),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    index = Index.open(tmp_path_factory.mktemp("spec"))
    index.apply([Upsert(Document(item.id, fields.values(item))) for item in ASSETS], 1)
    yield index
    index.close()


def ids(index: Index, text: str, known: dict[str, MetadataField]) -> set[int]:
    """Return what an expression finds."""
    where = understood(text, NOW, known).where
    return {hit.id for hit in index.search(Query(where=where, page=Page(500))).hits}


@pytest.mark.parametrize(("text", "expected"), EXAMPLES.items())
def test_examples_find_what_they_should(index: Index, text: str, expected: set[int]) -> None:
    known = {field.external_id: field for field in (SKU, EXPIRES, STOCK)}
    assert ids(index, text, known) == expected


@pytest.mark.parametrize(("text", "position"), MISTAKES)
def test_mistakes_are_told_with_their_position(text: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        understood(text, NOW, {})
    assert caught.value.message.startswith(f"Query Error (at position {position}) '{text[: position - 1]} ")


def test_the_form_of_an_error_is_cloudinarys() -> None:
    with pytest.raises(QueryError, match=r"^Query Error \(at position 16\) 'tags=moderation :pending'"):
        understood("tags=moderation:pending", NOW, {})


def test_structure() -> None:
    assert parse("") == Every(())
    assert parse("tags") == Presence("tags")
    assert parse("red*") == FreeText(Scalar("red", prefix=True))
    a, b, c = (FreeText(Scalar(name, position=at)) for name, at in (("a", 0), ("b", 5), ("c", 9)))
    assert parse("a AND b  c".replace("b  c", "b c")) is not None
    assert parse("a OR b") == Some((a, FreeText(Scalar("b", position=5))))
    assert parse("a AND b") == Every((a, FreeText(Scalar("b", position=6))))
    assert parse("-a") == Negated(FreeText(Scalar("a", position=1)))
    assert parse("x=1") == Clause("x", "=", Scalar("1", position=2), 2)
    del b, c


def test_words_that_look_like_operators_are_text_in_lower_case() -> None:
    assert isinstance(parse("a and b"), Some)
    assert parse("\\AND") == FreeText(Scalar("AND"))


def test_only_wanted_words_rank() -> None:
    found = translate(parse('red AND "blue sky" AND -green tags=x'), NOW, {})
    assert found.words == ("red", "blue sky")
    assert translate(parse(""), NOW, {}).where == All()


def test_bounds() -> None:
    with pytest.raises(LimitExceeded):
        parse("a" * (MAX_LENGTH + 1))
    with pytest.raises(LimitExceeded):
        parse("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(LimitExceeded):
        parse("a " * (MAX_CLAUSES + 1))
    with pytest.raises(LimitExceeded):
        parse(" ".join(["NOT"] * 10) + "(" * MAX_DEPTH)


def test_random_expressions_mean_what_they_say(tmp_path: Path) -> None:
    random = Random(2024)
    assets = [asset(random, number) for number in range(1, 81)]
    index = Index.open(tmp_path / "index")
    index.apply([Upsert(Document(item.id, fields.values(item))) for item in assets], 1)
    found_some = 0
    for _ in range(2_000):
        text, test = random_expressions.expression(random)
        expected = {item.id for item in assets if test(item)}
        assert ids(index, text, FIELDS) == expected, text
        found_some += 0 < len(expected) < len(assets)
    index.close()
    assert found_some > 1_000  # most of them tell assets apart


def test_no_text_gives_anything_but_an_answer_or_a_clear_error() -> None:
    random = Random(7)
    pieces = [
        "tags",
        "bytes",
        ":",
        "=",
        "<=",
        ">",
        "(",
        ")",
        "[",
        "]",
        "{",
        " TO ",
        " AND ",
        " OR ",
        "NOT ",
        "-",
        "+",
        '"',
        "\\",
    ]
    pieces += [
        "*",
        "16:9",
        "1d",
        "2024-01-01",
        "location",
        "context.",
        "metadata.x",
        "é",
        "\0",
        "\ud800",
        " ",
        "a",
        "1kb",
        "|",
    ]
    refused = 0
    for number in range(100_000):
        if number % 2:
            text = random.randbytes(random.randrange(24)).decode("latin-1")
        else:
            text = "".join(random.choices(pieces, k=random.randrange(1, 9)))
        try:
            translate(parse(text), NOW, FIELDS)
        except InvalidInput:
            refused += 1
    assert 0 < refused < 100_000


def test_dates_far_away_are_no_trouble() -> None:
    for text in ("created_at>999999y", "created_at<99999999999", "created_at>999999w", "taken_at:0001-01-01"):
        translate(parse(text), datetime(2024, 2, 29, tzinfo=UTC), {})


@given(st.text(min_size=1, max_size=40))
def test_quoting_makes_any_text_a_value(text: str) -> None:
    """What the guide tells those who put their users' words into expressions."""
    quoted = re.sub(r'(["\\\\*])', r"\\\1", text)
    assert translate(parse(f'tags="{quoted}"'), NOW, {}).where == Match("tag", text, How.EXACT)
