"""Rules between structured metadata fields."""

from __future__ import annotations

from typing import Any

import pytest

from fototeca.assets import MetadataField
from fototeca.dialects.cloudinary.rules import Rule, check_condition, check_result, holds, mentions, settled
from fototeca.errors import InvalidInput

DISABLED = {"default_disabled": True}


def field(name: str, kind: str = "string", **values: Any) -> MetadataField:
    """Make a field; lists have the values a, b and c."""
    source = tuple({"external_id": each, "value": each.upper()} for each in "abc") if kind in {"enum", "set"} else ()
    return MetadataField(id=1, external_id=name, label=name, type=kind, datasource=source, **values)


FIELDS = {
    "kind": field("kind", "enum"),
    "team": field("team", "enum"),
    "sizes": field("sizes", "set"),
    "note": field("note"),
    "hidden": field("hidden", settings=DISABLED),
}
KIND_A = {"metadata_field_id": "kind", "equals": "a"}
KIND_SET = {"metadata_field_id": "kind", "populated": True}


def rule(name: str, condition: dict[str, Any] = KIND_A, **result: Any) -> Rule:
    """Make a rule about a field."""
    return Rule(field=name, condition=condition, result=check_result(result, FIELDS[name]))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"metadata_field_id": "kind", "equals": "a"}, True),
        ({"metadata_field_id": "kind", "equals": ["a"]}, True),
        ({"metadata_field_id": "kind", "equals": "b"}, False),
        ({"metadata_field_id": "sizes", "equals": ["b", "a"]}, True),
        ({"metadata_field_id": "sizes", "equals": "a"}, False),
        ({"metadata_field_id": "sizes", "includes": ["a"]}, True),
        ({"metadata_field_id": "sizes", "includes": ["a", "c"]}, False),
        ({"metadata_field_id": "count", "equals": 5}, True),
        ({"metadata_field_id": "count", "equals": "5"}, True),
        ({"metadata_field_id": "note", "populated": False}, True),
        ({"metadata_field_id": "note", "populated": True}, False),
        ({"metadata_field_id": "note", "equals": []}, False),
        ({"and": [KIND_A, {"metadata_field_id": "sizes", "includes": ["b"]}]}, True),
        ({"and": [KIND_A, {"or": [{"metadata_field_id": "note", "populated": True}]}]}, False),
        ({"or": [{"metadata_field_id": "kind", "equals": "c"}, {"and": [KIND_A]}]}, True),
    ],
)
def test_conditions(condition: dict[str, Any], expected: bool) -> None:
    fields = ["kind", "sizes", "count", "note"]
    check_condition(condition, fields)
    assert holds(condition, {"kind": "a", "sizes": ["a", "b"], "count": 5}) is expected


NESTED: Any = KIND_A
for _ in range(20):
    NESTED = {"and": [NESTED]}


@pytest.mark.parametrize(
    "condition",
    [
        None,
        "kind",
        [],
        {},
        {"metadata_field_id": "kind"},
        {"metadata_field_id": "nothing", "equals": "a"},
        {"metadata_field_id": "kind", "populated": "yes"},
        {"metadata_field_id": "kind", "includes": []},
        {"metadata_field_id": "kind", "includes": "a"},
        {"metadata_field_id": "kind", "equals": {"a": 1}},
        {"metadata_field_id": "kind", "equals": "a", "populated": True},
        {"and": []},
        {"and": [KIND_A], "or": [KIND_A]},
        {"or": [KIND_A, {"metadata_field_id": "kind"}]},
        {"and": [KIND_A] * 101},
        NESTED,
    ],
)
def test_bad_conditions(condition: Any) -> None:
    with pytest.raises(InvalidInput) as told:
        check_condition(condition, FIELDS)
    assert told.value.field == "condition"


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("note", {}),
        ("note", "all"),
        ("note", {"enable": "yes"}),
        ("note", {"set_mandatory": 1}),
        ("note", {"explode": True}),
        ("note", {"activate_values": "all"}),
        ("kind", {"activate_values": []}),
        ("kind", {"activate_values": {"external_ids": ["z"]}}),
        ("kind", {"activate_values": {"external_ids": ["a"], "exclusive": "yes"}}),
        ("kind", {"apply_value": "a"}),
        ("kind", {"apply_value": {"value": "z", "mode": "default"}}),
        ("kind", {"apply_value": {"value": "a", "mode": "append"}}),
        ("kind", {"apply_value": {"value": "a", "mode": "always"}}),
    ],
)
def test_bad_results(name: str, result: Any) -> None:
    with pytest.raises(InvalidInput):
        check_result(result, FIELDS[name])


def test_a_value_is_applied_where_there_is_none() -> None:
    rules = [rule("team", apply_value={"value": "b"})]
    assert settled(rules, FIELDS, {"kind": "a"}, ["kind"]) == {"kind": "a", "team": "b"}
    assert settled(rules, FIELDS, {"kind": "a", "team": "c"}, ["kind"]) == {"kind": "a", "team": "c"}
    assert settled(rules, FIELDS, {"kind": "b"}, ["kind"]) == {"kind": "b"}


def test_values_are_appended_once() -> None:
    rules = [rule("sizes", apply_value={"value": ["a", "b"], "mode": "append"})]
    assert settled(rules, FIELDS, {"kind": "a", "sizes": ["b", "c"]}, [])["sizes"] == ["b", "c", "a"]
    assert settled(rules, FIELDS, {"kind": "a"}, [])["sizes"] == ["a", "b"]


def test_rules_see_what_those_before_them_set() -> None:
    after = {"metadata_field_id": "team", "equals": "b"}
    rules = [rule("team", apply_value={"value": "b"}), rule("note", after, apply_value={"value": "told"})]
    assert settled(rules, FIELDS, {"kind": "a"}, []) == {"kind": "a", "team": "b", "note": "told"}


def test_a_value_that_the_field_no_longer_takes_is_not_applied() -> None:
    rules = [rule("team", apply_value={"value": "b"})]
    fields = {**FIELDS, "team": MetadataField(id=1, external_id="team", label="", type="enum")}
    assert settled(rules, fields, {"kind": "a"}, []) == {"kind": "a"}


def test_a_rule_makes_a_field_mandatory() -> None:
    rules = [rule("note", set_mandatory=True)]
    with pytest.raises(InvalidInput, match=r'Missing mandatory metadata fields: \["note"\]'):
        settled(rules, FIELDS, {"kind": "a"}, ["kind"])
    assert settled(rules, FIELDS, {"kind": "b"}, ["kind"]) == {"kind": "b"}
    assert settled(rules, FIELDS, {"kind": "a", "note": "x"}, ["kind"])["note"] == "x"


def test_only_activated_values_can_be_chosen() -> None:
    rules = [rule("team", activate_values={"external_ids": ["a"]}), rule("sizes", activate_values="all")]
    assert settled(rules, FIELDS, {"kind": "a", "team": "a", "sizes": ["b"]}, ["team", "sizes"])["team"] == "a"
    with pytest.raises(InvalidInput, match="'b' is not valid for field 'team'"):
        settled(rules, FIELDS, {"kind": "a", "team": "b"}, ["team"])
    assert settled(rules, FIELDS, {"kind": "a", "team": "b"}, ["kind"])["team"] == "b", "what was there stays"
    assert settled(rules, FIELDS, {"kind": "a", "team": "b"}, ["kind"], clear_invalid=True) == {"kind": "a"}
    more = [*rules, rule("team", KIND_SET, activate_values={"external_ids": ["b"], "exclusive": False})]
    assert settled(more, FIELDS, {"kind": "a", "team": "b"}, ["team"])["team"] == "b"


def test_fields_are_enabled_and_disabled() -> None:
    rules = [rule("hidden", enable=True), rule("note", enable=False)]
    assert settled(rules, FIELDS, {"kind": "a", "hidden": "x"}, ["hidden"])["hidden"] == "x"
    for metadata in ({"kind": "b", "hidden": "x"}, {"kind": "a", "note": "x"}):
        with pytest.raises(InvalidInput, match="is disabled by a metadata rule"):
            settled(rules, FIELDS, metadata, list(metadata))
    assert settled([], FIELDS, {"hidden": "x"}, ["hidden"]) == {"hidden": "x"}, "no rule speaks of it"
    later = [*rules, rule("note", KIND_SET, enable=True)]
    assert settled(later, FIELDS, {"kind": "a", "note": "x"}, ["note"])["note"] == "x", "the last rule counts"


def test_what_a_rule_mentions() -> None:
    kept = {"metadata_field_id": "note", "condition": {"and": [{"or": [KIND_A]}, KIND_SET]}}
    assert [mentions(kept, name) for name in ("note", "kind", "team")] == [True, True, False]
