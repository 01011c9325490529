"""Values of structured metadata fields."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fototeca.assets import MetadataField
from fototeca.dialects.cloudinary.metadata_values import check_rules, checked, defaults, value_of
from fototeca.errors import InvalidInput


def field(kind: str, **values: Any) -> MetadataField:
    """Make a field."""
    source = ({"external_id": "r", "value": "Red"}, {"external_id": "o", "value": "Old", "state": "inactive"})
    return MetadataField(id=1, external_id="f", label="F", type=kind, datasource=source, **values)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("string", "x", "x"),
        ("integer", 5, 5),
        ("integer", "5", 5),
        ("date", "2024-02-29", "2024-02-29"),
        ("enum", "r", "r"),
        ("set", ["r"], ["r"]),
        ("set", '["r"]', ["r"]),
        ("set", "r", ["r"]),
    ],
)
def test_good_values(kind: str, given: Any, kept: Any) -> None:
    assert value_of(field(kind), given) == kept


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("string", 5),
        ("integer", True),
        ("integer", "5.5"),
        ("date", "2023-02-29"),
        ("date", "yesterday"),
        ("enum", "o"),
        ("enum", "Red"),
        ("set", ["r", "x"]),
        ("set", "[r"),
        ("set", {"r": 1}),
    ],
)
def test_bad_values(kind: str, given: Any) -> None:
    with pytest.raises(InvalidInput, match="is not valid for field 'f'"):
        value_of(field(kind), given)


@pytest.mark.parametrize(
    ("rules", "kind", "good", "bad"),
    [
        ({"type": "greater_than", "value": 3}, "integer", 4, 3),
        ({"type": "greater_than", "value": 3, "equals": True}, "integer", 3, 2),
        ({"type": "less_than", "value": "2024-01-01"}, "date", "2023-01-01", "2024-01-01"),
        ({"type": "strlen", "min": 2, "max": 3}, "string", "ab", "abcd"),
        ({"type": "strregex", "value": "^[A-Z]{2}-[0-9]+$"}, "string", "AB-17", "AB-17x"),
        ({"type": "strregex", "value": "(a+)+$"}, "string", "aaa", "a" * 60 + "b"),
        (
            {"type": "and", "rules": [{"type": "greater_than", "value": 1}, {"type": "less_than", "value": 5}]},
            "integer",
            3,
            5,
        ),
    ],
)
def test_validation(rules: dict[str, Any], kind: str, good: Any, bad: Any) -> None:
    check_rules(rules)
    assert value_of(field(kind, validation=rules), good) == good
    with pytest.raises(InvalidInput):
        value_of(field(kind, validation=rules), bad)


@pytest.mark.parametrize(
    "rules",
    [None, {}, {"type": "x"}, {"type": "strlen"}, {"type": "and", "rules": []}, {"type": "strregex", "value": "("}],
)
def test_rules_that_cannot_be_kept(rules: Any) -> None:
    with pytest.raises(InvalidInput, match="validation"):
        check_rules(rules)


def test_many_values() -> None:
    fields = {"f": field("integer", default=3), "g": field("string", default="x", settings={"default_disabled": True})}
    assert checked({"f": ""}, fields) == {"f": None}
    assert checked({"f": "x"}, fields, clear_invalid=True) == {"f": None}
    assert defaults(fields) == {"f": 3}
    fields = {name: msgspec.structs.replace(known, mandatory=True) for name, known in fields.items()}
    assert checked({"f": "", "g": "y"}, fields) == {"f": 3, "g": "y"}
    assert checked({"f": "x"}, fields, clear_invalid=True) == {"f": 3}
    with pytest.raises(InvalidInput, match=r'Missing mandatory metadata fields: \["g"\]'):
        checked({"g": ""}, fields)
    with pytest.raises(InvalidInput, match=r'Metadata External IDs do not exist: \["h"\]'):
        checked({"h": 1}, fields)
