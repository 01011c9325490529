"""Structured metadata fields (`/metadata_fields`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from fastapi import Request
from starlette.responses import Response

from fototeca.assets import MetadataField
from fototeca.catalog import MetadataFieldPatch
from fototeca.dialects.cloudinary import metadata_rules, metadata_values
from fototeca.dialects.cloudinary.cloud import Cloud, Managing, Reading
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from fototeca.http import Router, answering
from fototeca.query import Exists, Match, Query

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

MAX_FIELDS = 100

_SETTINGS = ("restrictions", "default_disabled", "allow_dynamic_list_values")
_LISTS = frozenset({"enum", "set"})


@router.get("/metadata_fields")
def all_fields(request: Request, asking: Reading) -> Response:
    """List the fields, in order."""
    return answer(request, {"metadata_fields": [_shown(field) for field in asking.fields.values()]})


@router.post("/metadata_fields")
def create(request: Request, asking: Managing, sent: Sent) -> Response:
    """Define a field."""
    external_id = sent.text("external_id") or uuid4().hex[:20]
    if external_id.startswith("context."):
        raise InvalidInput("external_id cannot begin with context.", field="external_id")
    if len(asking.fields) >= MAX_FIELDS:
        raise LimitExceeded(f"there can be at most {MAX_FIELDS} metadata fields")
    kind, label = sent.required("type"), sent.required("label")
    field = MetadataField(id=0, external_id=external_id, label=label, type=kind)
    patch = _patch(field, sent)
    if kind in _LISTS and not sent.has("datasource"):
        raise InvalidInput("datasource is missing", field="datasource", allowed='{"values": [{"value": "red"}]}')
    try:
        made = asking.library.metadata_fields.create(external_id, label, kind, patch)
    except Conflict:
        raise InvalidInput(f"external id {external_id} already exists", field="external_id") from None
    return answer(request, _shown(made))


@router.put("/metadata_fields/order")
def reorder(request: Request, asking: Managing, sent: Sent) -> Response:
    """Put the fields into an order."""
    order = sent.required("order_by")
    fields = list(asking.fields.values())
    match order:
        case "label":
            fields.sort(key=lambda field: field.label)
        case "external_id":
            fields.sort(key=lambda field: field.external_id)
        case "created_at":
            fields.sort(key=lambda field: field.id)
        case _:
            allowed = "label, external_id, created_at"
            raise InvalidInput(f"Illegal value {order[:50]} for order_by", field="order_by", allowed=allowed)
    names = [field.external_id for field in fields]
    asking.library.metadata_fields.reorder(names[::-1] if _descending(sent) else names)
    return answer(request, {"metadata_fields": [_shown(field) for field in asking.library.metadata_fields.all()]})


@router.get("/metadata_fields/{external_id}")
def one(request: Request, asking: Reading, external_id: str) -> Response:
    """Show a field."""
    return answer(request, _shown(_field(asking, external_id)))


@router.put("/metadata_fields/{external_id}")
def update(request: Request, asking: Managing, sent: Sent, external_id: str) -> Response:
    """Change a field; its id and type stay."""
    field = _field(asking, external_id)
    patch = _patch(field, sent, label=sent.text("label") or field.label)
    return answer(request, _shown(asking.library.metadata_fields.update(external_id, patch)))


@router.delete("/metadata_fields/{external_id}")
def delete(request: Request, asking: Managing, external_id: str) -> Response:
    """Remove a field, the values that assets have, and the rules that mention it."""
    _field(asking, external_id)
    for status in ("active", "pending", "trashed"):
        holding = Exists(f"metadata.{external_id}") & Match("status", status)
        asking.library.update(asking.library.ids(Query(where=holding)), remove_metadata=(external_id,))
    asking.library.metadata_fields.delete(external_id)
    metadata_rules.forget(asking, external_id)
    return answer(request, {"message": "ok"})


@router.put("/metadata_fields/{external_id}/datasource")
def update_values(request: Request, asking: Managing, sent: Sent, external_id: str) -> Response:
    """Add values to a list, or rename those whose ids are given; the others stay as they are."""
    field = _list_field(asking, external_id)
    given = _values(sent.json("values"))
    known = {entry["external_id"]: dict(entry) for entry in field.datasource}
    for entry in given:
        known[entry["external_id"]] = known.get(entry["external_id"], {}) | entry
    return _kept(request, asking, field, list(known.values()))


@router.delete("/metadata_fields/{external_id}/datasource")
def delete_values(request: Request, asking: Managing, sent: Sent, external_id: str) -> Response:
    """Let values no longer be chosen; they can be restored."""
    return _with_state(request, asking, sent, external_id, "inactive")


@router.post("/metadata_fields/{external_id}/datasource_restore")
def restore_values(request: Request, asking: Managing, sent: Sent, external_id: str) -> Response:
    """Let values be chosen again."""
    return _with_state(request, asking, sent, external_id, "active")


@router.post("/metadata_fields/{external_id}/datasource/order")
@router.put("/metadata_fields/{external_id}/datasource/order")
def order_values(request: Request, asking: Managing, sent: Sent, external_id: str) -> Response:
    """Put a list's values into alphabetical order."""
    field = _list_field(asking, external_id)
    order = sent.required("order_by")
    if order != "value":
        raise InvalidInput(f"Illegal value {order[:50]} for order_by", field="order_by", allowed="value")
    ordered = sorted(field.datasource, key=lambda entry: str(entry["value"]), reverse=_descending(sent))
    return _kept(request, asking, field, ordered)


@router.get("/metadata_fields/{external_id}/datasource/search")
def search_values(request: Request, asking: Reading, sent: Sent, external_id: str) -> Response:
    """Find a list's values that hold a text."""
    term = sent.text("term").lower()
    field = _list_field(asking, external_id)
    found = [entry for entry in _active(field.datasource) if term in entry["value"].lower()]
    return answer(request, {"values": found})


# --- fields


def _field(cloud: Cloud, external_id: str) -> MetadataField:
    try:
        return cloud.fields[external_id]
    except KeyError:
        raise NotFound(f"Metadata field with external id {external_id[:100]} was not found") from None


def _list_field(cloud: Cloud, external_id: str) -> MetadataField:
    field = _field(cloud, external_id)
    if field.type not in _LISTS:
        raise InvalidInput(f"a field of type {field.type} has no datasource", field="datasource")
    return field


def _patch(field: MetadataField, sent: Parameters, **values: Any) -> MetadataFieldPatch:
    """What a request says of a field; the default value must be one that the field takes."""
    if sent.given("mandatory"):
        values["mandatory"] = sent.flag("mandatory")
    if "validation" in sent.values:
        values["validation"] = sent.json("validation")
        if values["validation"] is not None:
            metadata_values.check_rules(values["validation"])
    if sent.has("datasource") and field.type in _LISTS:
        source = sent.json("datasource")
        values["datasource"] = tuple(_values(source.get("values") if isinstance(source, dict) else None))
    settings = {name: sent.json(name) for name in _SETTINGS if sent.given(name)}
    if settings:
        values["settings"] = {**field.settings, **settings}
    after = MetadataField(
        id=field.id,
        external_id=field.external_id,
        label=field.label,
        type=field.type,
        validation=values.get("validation", field.validation),
        datasource=values.get("datasource", field.datasource),
    )
    default = sent.json("default_value") if field.type == "set" else sent.values.get("default_value")
    if "default_value" in sent.values:
        values["default"] = None if default in (None, "", []) else _default(after, default)
    return MetadataFieldPatch(**values)


def _default(field: MetadataField, value: Any) -> Any:
    try:
        return metadata_values.value_of(field, value)
    except InvalidInput:
        raise InvalidInput(f"default_value is invalid: '{str(value)[:100]}'", field="default_value") from None


def _shown(field: MetadataField) -> dict[str, Any]:
    shown = {
        "type": field.type,
        "external_id": field.external_id,
        "label": field.label,
        "mandatory": field.mandatory,
        "default_value": field.default,
        "validation": field.validation,
        "restrictions": field.settings.get("restrictions", {"readonly_ui": False}),
        "default_disabled": bool(field.settings.get("default_disabled", False)),
        "allow_dynamic_list_values": bool(field.settings.get("allow_dynamic_list_values", False)),
    }
    if field.type in _LISTS:
        shown["datasource"] = {
            "values": [{**entry, "state": entry.get("state", "active")} for entry in field.datasource]
        }
    return shown


# --- lists of values


def _values(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(entry, dict) and entry.get("value") for entry in given):
        raise InvalidInput(
            "datasource values are invalid", field="values", allowed='[{"external_id": "r", "value": "Red"}]'
        )
    if len(given) > metadata_values.MAX_VALUES:
        raise LimitExceeded(f"a datasource has at most {metadata_values.MAX_VALUES} values")
    return [
        {"external_id": str(entry.get("external_id") or uuid4().hex), "value": str(entry["value"])} for entry in given
    ]


def _active(datasource: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"external_id": entry["external_id"], "value": entry["value"]}
        for entry in datasource
        if entry.get("state", "active") == "active"
    ]


def _with_state(request: Request, cloud: Cloud, sent: Parameters, external_id: str, state: str) -> Response:
    field = _list_field(cloud, external_id)
    named = sent.texts("external_ids")
    missing = set(named) - {entry["external_id"] for entry in field.datasource}
    if missing or not named:
        raise InvalidInput(f"External ids do not exist: {', '.join(sorted(missing))[:300]}", field="external_ids")
    changed = [{**entry, "state": state} if entry["external_id"] in named else entry for entry in field.datasource]
    return _kept(request, cloud, field, changed)


def _kept(request: Request, cloud: Cloud, field: MetadataField, datasource: Sequence[dict[str, Any]]) -> Response:
    if len(datasource) > metadata_values.MAX_VALUES:
        raise LimitExceeded(f"a datasource has at most {metadata_values.MAX_VALUES} values")
    cloud.library.metadata_fields.update(field.external_id, MetadataFieldPatch(datasource=tuple(datasource)))
    return answer(request, {"values": _active(datasource)})


def _descending(sent: Parameters) -> bool:
    direction = sent.text("direction", "asc").lower()
    if direction not in {"asc", "desc"}:
        raise InvalidInput(f"Illegal value {direction[:50]} for direction", field="direction", allowed="asc, desc")
    return direction == "desc"
