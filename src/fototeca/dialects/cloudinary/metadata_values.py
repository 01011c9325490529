"""Values of structured metadata fields: what a field takes, and what it makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import regex

from fototeca.assets import MetadataField
from fototeca.errors import InvalidInput

MAX_VALUES = 3_000
"""Values of one field's list."""

_LONGEST_PATTERN = 1_000
_LONGEST_CHOICE = 255
_PATTERN_SECONDS = 0.05
"""Some patterns take for ever on some texts; a value that cannot be checked in this time is refused."""


def checked(
    given: Mapping[str, Any], fields: Mapping[str, MetadataField], *, clear_invalid: bool = False
) -> dict[str, Any]:
    """Return values as they are kept, by external id; `None` for those that are to be removed.

    Args:
        given: As sent: texts, numbers, lists, or lists as JSON.
        fields: The workspace's fields.
        clear_invalid: Remove what is not valid instead of refusing it.

    A mandatory field from which its value is taken has its default again.

    Raises:
        InvalidInput: A field does not exist, does not take its value, or is mandatory and would be left without one.
    """
    unknown = [name for name in given if name not in fields]
    if unknown:
        raise InvalidInput(
            f"Metadata External IDs do not exist: {msgspec.json.encode(unknown).decode()}", field="metadata"
        )
    values: dict[str, Any] = {}
    for name, value in given.items():
        try:
            values[name] = None if value in (None, "", []) else value_of(fields[name], value)
        except InvalidInput:
            if not clear_invalid:
                raise
            values[name] = None
    cleared = {name: fields[name] for name, value in values.items() if value is None and fields[name].mandatory}
    values |= defaults(cleared)
    demand(values, cleared)
    return values


def demand(values: Mapping[str, Any], fields: Mapping[str, MetadataField]) -> None:
    """Check that each mandatory field has a value.

    Raises:
        InvalidInput: One has none.
    """
    without = [name for name, known in fields.items() if known.mandatory and values.get(name) is None]
    if without:
        raise missing(without)


def missing(names: Sequence[str]) -> InvalidInput:
    """Return the error for mandatory fields that have no value."""
    return InvalidInput(f"Missing mandatory metadata fields: {msgspec.json.encode(names).decode()}", field="metadata")


def refusal(field: MetadataField, value: Any) -> str:
    """Say that a field does not take a value, as Cloudinary does."""
    return f"'{str(value)[:100]}' is not valid for field '{field.external_id}'"


def defaults(fields: Mapping[str, MetadataField]) -> dict[str, Any]:
    """Return the values that a new asset has without being told."""
    return {
        name: known.default
        for name, known in fields.items()
        if known.default is not None and not known.settings.get("default_disabled")
    }


def value_of(field: MetadataField, value: Any) -> Any:
    """Return a value as it is kept: text, whole number, ISO day, external id, or a list of these.

    Raises:
        InvalidInput: The field does not take it.
    """
    match field.type:
        case "integer":
            kept: Any = _integer(field, value)
        case "date":
            kept = _day(field, value)
        case "enum":
            kept = _choice(field, value)
        case "set":
            kept = [_choice(field, item) for item in _listed(field, value)]
        case _:
            kept = value if isinstance(value, str) else _refuse(field, value)
    if field.validation is not None and not _passes(field.validation, kept):
        _refuse(field, value)
    return kept


def check_rules(rules: Any) -> None:
    """Check that a field's validation is one that can be kept.

    Raises:
        InvalidInput: It is of a type that is not known, or its parts are missing.
    """
    kind = rules.get("type") if isinstance(rules, dict) else None
    match kind:
        case "greater_than" | "less_than" if rules.get("value") is not None:
            return
        case "strlen" if any(isinstance(rules.get(bound), int) for bound in ("min", "max")):
            return
        case "strregex" if isinstance(rules.get("value"), str) and _is_pattern(rules["value"]):
            return
        case "and" if isinstance(rules.get("rules"), list) and rules["rules"]:
            for rule in rules["rules"]:
                check_rules(rule)
            return
    raise InvalidInput(
        "validation is invalid", field="validation", allowed="greater_than, less_than, strlen, strregex, and"
    )


def _passes(rules: Mapping[str, Any], value: Any) -> bool:
    match rules.get("type"):
        case "and":
            return all(_passes(rule, value) for rule in rules["rules"])
        case "greater_than" | "less_than" as order:
            bound = rules["value"]
            if type(bound) is not type(value):
                return False
            if value == bound:
                return bool(rules.get("equals"))
            return bool(value > bound) is (order == "greater_than")
        case "strlen":
            low, high = rules.get("min"), rules.get("max")
            return (low is None or len(value) >= low) and (high is None or len(value) <= high)
        case "strregex":
            return _matches(rules["value"], value)
    return True


def _is_pattern(text: str) -> bool:
    try:
        regex.compile(text)
    except regex.error:
        return False
    return len(text) <= _LONGEST_PATTERN


def _matches(pattern: str, value: str) -> bool:
    """Whether a pattern is found in a value; one that takes too long to say is not."""
    try:
        return regex.search(pattern, value, timeout=_PATTERN_SECONDS) is not None
    except TimeoutError:
        return False


def _integer(field: MetadataField, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,15}", value.strip()):
        return int(value)
    return _refuse(field, value)


def _day(field: MetadataField, value: Any) -> Any:
    text = str(value).strip()
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    return _refuse(field, value)


def _choice(field: MetadataField, value: Any) -> Any:
    states = {entry["external_id"]: entry.get("state", "active") for entry in field.datasource}
    grows = field.settings.get("allow_dynamic_list_values") and 0 < len(str(value)) <= _LONGEST_CHOICE
    state = states.get(str(value), "active" if grows else None)
    return str(value) if state == "active" else _refuse(field, value)


def added(field: MetadataField, value: Any) -> list[dict[str, Any]]:
    """Return the entries that a value adds to the datasource of a field that takes values which are not in it yet."""
    if field.type not in {"enum", "set"} or value is None:
        return []
    known = {entry["external_id"] for entry in field.datasource}
    chosen = value if isinstance(value, list) else [value]
    return [{"external_id": each, "value": each} for each in dict.fromkeys(chosen) if each not in known]


def _listed(field: MetadataField, value: Any) -> Any:
    if isinstance(value, str):
        if not value.startswith("["):
            return value.split(",")
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            _refuse(field, value)
    return value if isinstance(value, list) else _refuse(field, value)


def _refuse(field: MetadataField, value: Any) -> Any:
    raise InvalidInput(refusal(field, value), field="metadata")
