"""The field registry is complete, unambiguous and true to the asset."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from fototeca.assets import Annotation, Asset, Camera, Face, Facts, Gps, Membership
from fototeca.errors import QueryError
from fototeca.query import How
from fototeca.query.dates import CATALOGUE_TIMES
from fototeca.query.fields import FAMILIES, FIELDS, FREE_TEXT, STRINGS, Field, Type, field, find, nearest, values
from fototeca.query.items import SPECIAL
from fototeca.query.lexer import HEAD

ALL = (*FIELDS, *FAMILIES.values())


def test_no_name_stands_for_two_things() -> None:
    names = Counter([name for known in ALL for name in (known.name, *known.aliases)] + list(SPECIAL))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.name)
def test_each_field_is_documented_and_can_be_typed(known: Field) -> None:
    assert known.doc
    assert not known.doc.endswith(".")
    for name in (known.name, *known.aliases):
        assert name == name.lower()
        head = HEAD.match(f"{name}:x")
        assert head is not None
        assert head[1] == name


@pytest.mark.parametrize("known", FIELDS, ids=lambda known: known.name)
def test_what_a_field_says_fits_its_type(known: Field) -> None:
    assert find(known.name) is known
    assert known.weight == 0 or known.type in STRINGS
    assert (known.how is How.WORDS) == (known.type is Type.TEXT)
    assert known.type in STRINGS or known.how is How.FOLDED
    assert not known.unit or known.type in {Type.INT, Type.FLOAT}


def test_free_text_is_what_has_a_weight() -> None:
    assert {known.name for known in FREE_TEXT} >= {"filename", "title", "description", "tag", "person", "ocr"}
    assert "text" not in {known.name for known in FREE_TEXT}


def test_catalogue_times_are_the_documented_ones() -> None:
    assert {known.name for known in FIELDS if "(UTC)" in known.doc} == CATALOGUE_TIMES


def test_families_are_found_by_their_key() -> None:
    known = field("meta.Colour of roof")
    assert (known.name, known.type) == ("metadata.Colour of roof", Type.OPEN)
    assert find("metadata.") is find("metadata") is find("unknown.key") is None


def test_an_unknown_field_comes_with_the_nearest() -> None:
    with pytest.raises(QueryError, match='unknown field "wdith"; did you mean "width"') as caught:
        field("wdith", position=3)
    assert (caught.value.position, caught.value.suggestion) == (3, "width")
    assert nearest("xyzzy", ["width"]) is None


def test_values_of_an_asset() -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    asset = Asset(
        id=7,
        uuid="0" * 32,
        workspace="w",
        sha256="ab",
        filename="a.jpg",
        format="jpg",
        mime="image/jpeg",
        bytes=10,
        width=1920,
        height=1080,
        created=now,
        updated=now,
        tags=("a", "b"),
        metadata={"k": 5, "empty": ""},
        facts=Facts(
            keywords=("b", "c"),
            camera=Camera(make="Canon", model="Canon EOS R5"),
            gps=Gps(latitude=1.0, longitude=2.0),
        ),
        faces=(Face(id=1, uuid="f", asset_id=7, box=(0, 0, 1, 1), person_id=3, person="Ann"),),
    )
    found = values(asset)
    assert found["tag"] == ["a", "b", "c"]
    assert found["aspect"] == 1.777778
    assert found["camera"] == "Canon EOS R5"
    assert found["gps"] == (1.0, 2.0)
    assert (found["person"], found["person_id"], found["people"], found["objects"]) == (["Ann"], ["3"], 1, 0)
    assert found["metadata.k"] == 5
    assert found.keys().isdisjoint({"metadata.empty", "title", "folder", "text", "rating"})


def test_what_holds_in_a_collection_stands_together() -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC)
    birds = Membership(
        collection_id=3, collection="Birds", split="train", batch_id=7, annotation_status="annotated", in_dataset=True
    )
    owl = Annotation(id=1, label="owl", collection_id=3)
    asset = Asset(
        id=7,
        uuid="0" * 32,
        workspace="w",
        sha256="ab",
        filename="a.jpg",
        format="jpg",
        mime="image/jpeg",
        bytes=10,
        created=now,
        updated=now,
        memberships=(birds, Membership(collection_id=4, collection="Cars", split="test")),
        annotations=(owl, Annotation(id=2, label="owl", collection_id=3), Annotation(id=3, label="loose")),
    )
    assert values(asset)["membership"] == [
        *("3/split/train", "3/batch/7", "3/status/annotated", "3/dataset"),
        "4/split/test",
        *("3/class/owl", "3/class/owl"),
    ]


def test_a_moment_is_the_best_that_is_known() -> None:
    added = datetime(2024, 5, 1, 8, tzinfo=UTC)
    plain = Asset(
        id=1,
        uuid="0" * 32,
        workspace="w",
        sha256="",
        filename="a",
        format="jpg",
        mime="image/jpeg",
        bytes=1,
        created=added,
        updated=added,
    )
    told = replace(plain, metadata={"file_created_at": "2024-03-02T12:00:00+02:00"})
    odd = replace(plain, metadata={"file_created_at": "yesterday"})
    captured = replace(told, taken=datetime(2024, 1, 1))
    moment, instant = field("moment"), field("instant")
    assert [moment.value(asset) for asset in (plain, odd)] == [added, added]
    assert moment.value(told) == datetime.fromisoformat("2024-03-02T12:00:00+02:00")
    assert moment.value(captured) == datetime(2024, 1, 1)
    assert instant.value(told) == datetime(2024, 3, 2, 10, tzinfo=UTC)
    assert instant.value(captured) is None
