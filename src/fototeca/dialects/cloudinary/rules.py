"""What rules between structured metadata fields make of an asset's values.

A rule speaks of one field: what becomes of it where a condition on the asset's values holds. Rules take their turns in
order of their positions, and each sees what those before it have set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fototeca.assets import Entry, MetadataField
from fototeca.dialects.cloudinary import metadata_values
from fototeca.errors import InvalidInput

MAX_PARTS = 100
"""Conditions within one rule."""
DEEPEST = 10

_RESULTS = frozenset({"enable", "activate_values", "apply_value", "set_mandatory"})
_MODES = ("default", "append")


KIND = "cloudinary.metadata_rule"
"""Of the entries that keep them."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is in force.

    Attributes:
        field: External id of the field that it speaks of.
        condition: When it holds; see `check_condition`.
        result: What it does then; see `check_result`.
    """

    field: str
    condition: dict[str, Any]
    result: dict[str, Any]


def in_force(entries: Iterable[Entry]) -> list[Rule]:
    """Return the rules of entries that are active, in order."""
    ordered = sorted(entries, key=lambda entry: entry.id)
    return [
        Rule(field=value["metadata_field_id"], condition=value["condition"], result=value["result"])
        for value in (entry.value for entry in ordered)
        if value["state"] == "active"
    ]


# --- what a rule may say


def check_condition(condition: Any, fields: Collection[str]) -> None:
    """Check that a condition is one that can be judged.

    It is `{"metadata_field_id": ID}` with one of `"equals"` (a value, or a list of them), `"includes"` (a list) and
    `"populated"` (true or false), or `{"and": […]}` or `{"or": […]}` over further ones.

    Raises:
        InvalidInput: It is something else, too large, or speaks of a field that does not exist.
    """
    parts, depth = [condition], 0
    count = 0
    while parts:
        count, depth, inner = count + len(parts), depth + 1, []
        if count > MAX_PARTS or depth > DEEPEST:
            raise _bad("condition", f"up to {MAX_PARTS} conditions, {DEEPEST} deep")
        for part in parts:
            inner += _checked_part(part, fields)
        parts = inner


def _checked_part(part: Any, fields: Collection[str]) -> list[Any]:
    """Check one condition without those that are inside it, which are returned."""
    match part:
        case {"and": [_, *_] as inner} | {"or": [_, *_] as inner} if len(part) == 1:
            return list(inner)
        case {"metadata_field_id": str(name), "equals": str() | int() | list()}:
            pass
        case {"metadata_field_id": str(name), "includes": [_, *_]}:
            pass
        case {"metadata_field_id": str(name), "populated": bool()}:
            pass
        case _:
            raise _bad("condition", "metadata_field_id with equals, includes or populated; and, or with a list")
    if len(part) != 2:
        raise _bad("condition", "one of equals, includes and populated")
    if name not in fields:
        raise InvalidInput(f"Metadata field {name[:100]} does not exist", field="condition")
    return []


def check_result(result: Any, field: MetadataField) -> dict[str, Any]:
    """Return what a rule does, checked; a value that it applies as the field keeps it.

    It is one or more of `"enable"` and `"set_mandatory"` (true or false), `"activate_values"` (`"all"`, or
    `{"external_ids": […], "exclusive": true or false}`) and `"apply_value"` (`{"value": V, "mode": M}`, where the mode
    is "default", for a field without a value, or "append").

    Raises:
        InvalidInput: It is something else, or does not suit the field.
    """
    if not isinstance(result, dict) or not result or not set(result) <= _RESULTS:
        raise _bad("result", ", ".join(sorted(_RESULTS)))
    for name in ("enable", "set_mandatory"):
        if not isinstance(result.get(name, False), bool):
            raise _bad("result", f"{name} is true or false")
    if "activate_values" in result:
        _check_activated(result["activate_values"], field)
    if "apply_value" not in result:
        return result
    return {**result, "apply_value": _checked_value(result["apply_value"], field)}


def _check_activated(given: Any, field: MetadataField) -> None:
    if field.type not in {"enum", "set"}:
        raise _bad("result", "activate_values only for a field of type enum or set")
    match given:
        case "all":
            return
        case {"external_ids": [_, *_] as names} if isinstance(given.get("exclusive", True), bool):
            missing = [name for name in names if name not in {entry["external_id"] for entry in field.datasource}]
            if missing:
                raise InvalidInput(
                    f"External ids do not exist: {', '.join(map(str, missing))[:300]}", field="activate_values"
                )
            return
    raise _bad("result", 'activate_values is "all" or {"external_ids": […], "exclusive": true}')


def _checked_value(given: Any, field: MetadataField) -> dict[str, Any]:
    match given:
        case {"value": value} if given.get("mode", "default") in _MODES:
            mode = given.get("mode", "default")
            if mode == "append" and field.type != "set":
                raise _bad("result", "apply_value appends to a field of type set only")
            return {"value": metadata_values.value_of(field, value), "mode": mode}
    raise _bad("result", f"apply_value is an object with value and mode ({', '.join(_MODES)})")


def mentions(rule: Mapping[str, Any], external_id: str) -> bool:
    """Whether a rule, as it is kept, speaks of a field or asks about it."""
    parts = [rule["condition"]]
    for part in parts:
        parts += [*part.get("and", ()), *part.get("or", ())]
    return external_id in {rule["metadata_field_id"], *(part.get("metadata_field_id") for part in parts)}


# --- what becomes of values


def settled(
    rules: Sequence[Rule],
    fields: Mapping[str, MetadataField],
    metadata: Mapping[str, Any],
    given: Collection[str],
    *,
    clear_invalid: bool = False,
) -> dict[str, Any]:
    """Return an asset's metadata after the rules have had their say.

    Args:
        rules: Those in force, in order.
        fields: The workspace's fields.
        metadata: As it would be without rules.
        given: Fields that the request sets; what others hold is not judged anew.
        clear_invalid: Take away what rules forbid, of all fields, instead of refusing it.

    Raises:
        InvalidInput: A field that is given is disabled or does not take its value now, or one that a rule makes
            mandatory has none.
    """
    found = dict(metadata)
    holding: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.field in fields and holds(rule.condition, found):
            holding.setdefault(rule.field, []).append(rule)
            if apply := rule.result.get("apply_value"):
                _apply(found, fields[rule.field], apply)
    spoken_of = {rule.field for rule in rules if "enable" in rule.result}
    for name in [name for name in found if name in fields and (clear_invalid or name in given)]:
        problem = _problem(fields[name], found[name], holding.get(name, ()), disableable=name in spoken_of)
        if problem and not clear_invalid:
            raise InvalidInput(problem, field="metadata")
        if problem:
            del found[name]
    demanded = [name for name, some in holding.items() if any(rule.result.get("set_mandatory") for rule in some)]
    missing = [name for name in demanded if found.get(name) is None]
    if missing:
        raise metadata_values.missing(missing)
    return found


def holds(condition: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    """Whether a condition holds of an asset's values."""
    match condition:
        case {"and": parts}:
            return all(holds(part, metadata) for part in parts)
        case {"or": parts}:
            return any(holds(part, metadata) for part in parts)
    held = _texts(metadata.get(condition["metadata_field_id"]))
    match condition:
        case {"populated": wanted}:
            return bool(held) is wanted
        case {"includes": wanted}:
            return set(_texts(wanted)) <= set(held)
    return bool(held) and set(_texts(condition["equals"])) == set(held)


def _apply(found: dict[str, Any], field: MetadataField, apply: Mapping[str, Any]) -> None:
    """Set or extend a value, unless the field has changed meanwhile and no longer takes what the rule gives."""
    name, present = field.external_id, found.get(field.external_id)
    try:
        value = metadata_values.value_of(field, apply["value"])
    except InvalidInput:
        return
    if present is None:
        found[name] = value
    elif apply["mode"] == "append":
        found[name] = [*present, *(item for item in value if item not in present)]


def _problem(field: MetadataField, value: Any, rules: Iterable[Rule], *, disableable: bool) -> str | None:
    """Say why a field cannot have its value, given the rules about it that hold.

    A field that is disabled by default is so until a rule enables it; of rules that disagree the last one counts.
    """
    enabled = not (disableable and field.settings.get("default_disabled"))
    active, limited = set[str](), False
    for rule in rules:
        enabled = rule.result.get("enable", enabled)
        activated = rule.result.get("activate_values")
        if activated == "all":
            active |= {entry["external_id"] for entry in field.datasource}
        elif activated:
            active |= set(activated["external_ids"])
            limited = limited or activated.get("exclusive", True)
    if not enabled:
        return f"Metadata field {field.external_id} is disabled by a metadata rule"
    return metadata_values.refusal(field, value) if limited and not set(_texts(value)) <= active else None


def _texts(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _bad(name: str, allowed: str) -> InvalidInput:
    return InvalidInput(f"Invalid value for parameter {name}; allowed: {allowed}", field=name, allowed=allowed)
