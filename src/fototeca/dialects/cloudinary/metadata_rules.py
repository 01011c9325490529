"""Rules between structured metadata fields (`/metadata_rules`); what they do is in `rules`."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_OID, uuid3, uuid4

import msgspec
from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Entry
from fototeca.dialects.cloudinary import rules
from fototeca.dialects.cloudinary.cloud import Cloud, Managing, Reading
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.errors import InvalidInput, LimitExceeded, NotFound
from fototeca.http import Router, answering

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

MAX_RULES = 100
_STATES = ("active", "inactive")


@router.get("/metadata_rules")
def all_rules(request: Request, asking: Reading) -> Response:
    """List the rules, those about one field together."""
    entries = sorted(
        asking.library.entries.all(rules.KIND), key=lambda each: (each.value["metadata_field_id"], each.id)
    )
    return answer(request, {"metadata_rules": [_shown(entry) for entry in entries]})


@router.post("/metadata_rules")
def create(request: Request, asking: Managing, sent: Sent) -> Response:
    """Add a rule, behind those that are there."""
    entries = asking.library.entries
    if len(entries.all(rules.KIND)) >= MAX_RULES:
        raise LimitExceeded(f"there can be at most {MAX_RULES} metadata rules")
    return answer(request, _shown(entries.create(rules.KIND, uuid4().hex, _said(asking, sent, {}))))


@router.put("/metadata_rules/{external_id}")
def update(request: Request, asking: Managing, sent: Sent, external_id: str) -> Response:
    """Change a rule; what is not mentioned stays."""
    known = _get(asking, external_id).value
    return answer(request, _shown(asking.library.entries.put(rules.KIND, external_id, _said(asking, sent, known))))


@router.delete("/metadata_rules/{external_id}")
def delete(request: Request, asking: Managing, external_id: str) -> Response:
    """Remove a rule."""
    _get(asking, external_id)
    asking.library.entries.delete(rules.KIND, external_id)
    return answer(request, {"success": True})


def forget(cloud: Cloud, field: str) -> None:
    """Remove the rules that mention a field which is gone."""
    for entry in cloud.library.entries.all(rules.KIND):
        if rules.mentions(entry.value, field):
            cloud.library.entries.delete(rules.KIND, entry.key)


def _get(cloud: Cloud, external_id: str) -> Entry:
    try:
        return cloud.library.entries.get(rules.KIND, external_id)
    except NotFound:
        raise NotFound(f"Can't find metadata rule {external_id[:200]}") from None


def _said(cloud: Cloud, sent: Parameters, known: dict[str, Any]) -> dict[str, Any]:
    """Return a rule as it is kept: what was known of it, and what a request says."""
    said = {name: sent.json(name) for name in ("condition", "result") if sent.has(name)}
    said |= {name: sent.text(name) for name in ("name", "metadata_field_id", "state") if sent.has(name)}
    rule: dict[str, Any] = {"name": None, "state": "active", **known, **said}
    for name in ("metadata_field_id", "condition", "result"):
        if not rule.get(name):
            raise InvalidInput(f"Missing required parameter - {name}", field=name)
    if rule["state"] not in _STATES:
        raise InvalidInput(f"Illegal value {rule['state'][:50]} for state", field="state", allowed=", ".join(_STATES))
    field = cloud.fields.get(rule["metadata_field_id"])
    if field is None:
        name = rule["metadata_field_id"][:100]
        raise InvalidInput(f"Metadata field {name} does not exist", field="metadata_field_id")
    rules.check_condition(rule["condition"], cloud.fields)
    return {**rule, "result": rules.check_result(rule["result"], field)}


def _shown(entry: Entry) -> dict[str, Any]:
    signature = uuid3(NAMESPACE_OID, msgspec.json.encode(entry.value["condition"], order="sorted").decode())
    return {"external_id": entry.key, "position": entry.id, "condition_signature": str(signature), **entry.value}
