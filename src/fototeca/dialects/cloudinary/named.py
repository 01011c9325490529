"""Small named things that a cloud keeps: upload presets, named transformations, mappings and triggers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import uuid4

from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Entry
from fototeca.dialects.cloudinary import presets, transformations
from fototeca.dialects.cloudinary.cloud import Cloud, Managing, Reading
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.pages import page_of
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.errors import Conflict, NotFound
from fototeca.http import Router, answering

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

TRANSFORMATION = "cloudinary.transformation"
_MAPPING, _TRIGGER = "cloudinary.upload_mapping", "cloudinary.trigger"
_DEFAULT, _MOST = 10, 500
_LONGEST_KEY = 255
_NOT_KEPT = frozenset({"name", "unsigned", "disallow_public_id", "live", "timestamp", "signature", "api_key"})


# --- upload presets


@router.get("/upload_presets")
def all_presets(request: Request, asking: Managing, sent: Sent) -> Response:
    """List the upload presets."""
    page, cursor = _page(asking, presets.KIND, sent)
    return answer(request, {"presets": [_preset(entry) for entry in page], **_next(cursor)})


@router.post("/upload_presets")
def create_preset(request: Request, asking: Managing, sent: Sent) -> Response:
    """Make an upload preset."""
    name = sent.text("name") or uuid4().hex[:8]
    value = {"unsigned": sent.flag("unsigned"), "settings": _settings(sent)}
    _create(asking, presets.KIND, name, value)
    return answer(request, {"message": "created", "name": name})


@router.get("/upload_presets/{name:path}")
def one_preset(request: Request, asking: Managing, name: str) -> Response:
    """Show an upload preset."""
    return answer(request, _preset(_get(asking, presets.KIND, name, "upload preset")))


@router.put("/upload_presets/{name:path}")
def update_preset(request: Request, asking: Managing, sent: Sent, name: str) -> Response:
    """Change an upload preset; what is not mentioned stays."""
    known = _get(asking, presets.KIND, name, "upload preset").value
    unsigned = sent.flag("unsigned", default=known["unsigned"])
    value = {"unsigned": unsigned, "settings": {**known["settings"], **_settings(sent)}}
    asking.library.entries.put(presets.KIND, name, value)
    return answer(request, {"message": "updated"})


@router.delete("/upload_presets/{name:path}")
def delete_preset(request: Request, asking: Managing, name: str) -> Response:
    """Remove an upload preset."""
    _delete(asking, presets.KIND, name, "upload preset")
    return answer(request, {"message": "deleted"})


# --- transformations: named in the path or, by most clients, in a parameter


@router.get("/transformations")
def all_transformations(request: Request, asking: Reading, sent: Sent) -> Response:
    """List the transformations that have a name, or show one."""
    if sent.has("transformation"):
        return one_transformation(request, asking, sent, "")
    page, cursor = _page(asking, TRANSFORMATION, sent)
    return answer(request, {"transformations": [_transformation(entry) for entry in page], **_next(cursor)})


@router.get("/transformations/{name:path}")
def one_transformation(request: Request, asking: Reading, sent: Sent, name: str) -> Response:
    """Show a transformation, and where it was made in advance."""
    entry = _named(asking, name or sent.text("transformation"))
    return answer(request, {**_transformation(entry), "derived": []})


@router.post("/transformations")
def create_transformation(request: Request, asking: Managing, sent: Sent) -> Response:
    """Give a transformation a name."""
    return create_transformation_at(request, asking, sent, sent.required("name"))


@router.post("/transformations/{name:path}")
def create_transformation_at(request: Request, asking: Managing, sent: Sent, name: str) -> Response:
    """Give a transformation a name."""
    text = sent.required("transformation")
    transformations.parse(text)
    _create(asking, TRANSFORMATION, f"t_{name.removeprefix('t_')}", {"text": text, "allowed": False})
    return answer(request, {"message": "created"})


@router.put("/transformations")
def update_transformation(request: Request, asking: Managing, sent: Sent) -> Response:
    """Allow a transformation, or change what a name stands for."""
    return update_transformation_at(request, asking, sent, sent.required("transformation"))


@router.put("/transformations/{name:path}")
def update_transformation_at(request: Request, asking: Managing, sent: Sent, name: str) -> Response:
    """Allow a transformation, or change what a name stands for."""
    entry = _named(asking, name)
    value = dict(entry.value)
    if sent.has("unsafe_update"):
        transformations.parse(sent.text("unsafe_update"))
        value["text"] = sent.text("unsafe_update")
    if sent.has("allowed_for_strict"):
        value["allowed"] = sent.flag("allowed_for_strict")
    asking.library.entries.put(TRANSFORMATION, entry.key, value)
    return answer(request, {"message": "updated"})


@router.delete("/transformations")
def delete_transformation(request: Request, asking: Managing, sent: Sent) -> Response:
    """Forget a transformation."""
    return delete_transformation_at(request, asking, sent.required("transformation"))


@router.delete("/transformations/{name:path}")
def delete_transformation_at(request: Request, asking: Managing, name: str) -> Response:
    """Forget a transformation."""
    asking.library.entries.delete(TRANSFORMATION, _named(asking, name).key)
    return answer(request, {"message": "deleted"})


# --- upload mappings


@router.get("/upload_mappings")
def mappings(request: Request, asking: Managing, sent: Sent) -> Response:
    """List the mappings, or show the one of a folder."""
    if sent.has("folder"):
        return answer(request, _mapping(_get(asking, _MAPPING, sent.text("folder"), "mapping")))
    page, cursor = _page(asking, _MAPPING, sent)
    return answer(request, {"mappings": [_mapping(entry) for entry in page], **_next(cursor)})


@router.post("/upload_mappings")
def create_mapping(request: Request, asking: Managing, sent: Sent) -> Response:
    """Note which address a folder stands for."""
    folder = sent.required("folder")
    _create(asking, _MAPPING, folder, {"template": sent.required("template")})
    return answer(request, {"message": "created", "folder": folder})


@router.put("/upload_mappings")
def update_mapping(request: Request, asking: Managing, sent: Sent) -> Response:
    """Change a mapping."""
    folder = sent.required("folder")
    _get(asking, _MAPPING, folder, "mapping")
    asking.library.entries.put(_MAPPING, folder, {"template": sent.required("template")})
    return answer(request, {"message": "updated"})


@router.delete("/upload_mappings")
def delete_mapping(request: Request, asking: Managing, sent: Sent) -> Response:
    """Remove a mapping."""
    _delete(asking, _MAPPING, sent.required("folder"), "mapping")
    return answer(request, {"message": "deleted"})


# --- triggers: kept and listed; nobody is notified


@router.get("/triggers")
def triggers(request: Request, asking: Managing, sent: Sent) -> Response:
    """List the triggers."""
    kind = sent.text("event_type")
    found = [_trigger(entry) for entry in asking.library.entries.all(_TRIGGER)]
    return answer(request, {"triggers": [each for each in found if not kind or each["event_type"] == kind]})


@router.post("/triggers")
def create_trigger(request: Request, asking: Managing, sent: Sent) -> Response:
    """Note an address that wants to know of an event."""
    value = {"uri": sent.required("uri"), "event_type": sent.required("event_type")}
    if any(entry.value == value for entry in asking.library.entries.all(_TRIGGER)):
        raise Conflict("trigger already exists")
    return answer(request, _trigger(asking.library.entries.create(_TRIGGER, uuid4().hex, value)))


@router.put("/triggers/{trigger_id}")
def update_trigger(request: Request, asking: Managing, sent: Sent, trigger_id: str) -> Response:
    """Change a trigger's address."""
    entry = _get(asking, _TRIGGER, trigger_id, "trigger")
    value = {**entry.value, "uri": sent.text("new_uri") or sent.required("uri")}
    return answer(request, _trigger(asking.library.entries.put(_TRIGGER, trigger_id, value)))


@router.delete("/triggers/{trigger_id}")
def delete_trigger(request: Request, asking: Managing, trigger_id: str) -> Response:
    """Remove a trigger."""
    _delete(asking, _TRIGGER, trigger_id, "trigger")
    return answer(request, {"message": "deleted", "id": trigger_id})


def note_use(cloud: Cloud, text: str) -> None:
    """Keep a transformation that an upload has asked for, so that listings show it."""
    try:
        entry = _named(cloud, text)
    except NotFound:
        if len(text) <= _LONGEST_KEY:
            cloud.library.entries.put(TRANSFORMATION, text, {"text": text, "allowed": False, "used": True})
        return
    if not entry.value.get("used"):
        cloud.library.entries.put(TRANSFORMATION, entry.key, {**entry.value, "used": True})


# --- what they share


def _page(cloud: Cloud, kind: str, sent: Parameters) -> tuple[Sequence[Entry], str | None]:
    entries = cloud.library.entries.all(kind)
    return page_of(entries, sent, kind, default=_DEFAULT, most=_MOST, key=lambda entry: entry.key)


def _next(cursor: str | None) -> dict[str, str]:
    return {"next_cursor": cursor} if cursor else {}


def _create(cloud: Cloud, kind: str, name: str, value: dict[str, Any]) -> None:
    try:
        cloud.library.entries.create(kind, name, value)
    except Conflict:
        raise Conflict(f"{name} already exists") from None


def _get(cloud: Cloud, kind: str, name: str, what: str) -> Entry:
    try:
        return cloud.library.entries.get(kind, name)
    except NotFound:
        raise NotFound(f"Can't find {what} {name[:200]}") from None


def _delete(cloud: Cloud, kind: str, name: str, what: str) -> None:
    _get(cloud, kind, name, what)
    cloud.library.entries.delete(kind, name)


def _named(cloud: Cloud, text: str) -> Entry:
    """A transformation by its name, with or without "t_", or by what it says."""
    for entry in cloud.library.entries.all(TRANSFORMATION):
        if text in {entry.key, entry.key.removeprefix("t_"), entry.value["text"]}:
            return entry
    raise NotFound(f"Can't find transformation {text[:200]}")


def _settings(sent: Parameters) -> dict[str, Any]:
    settings = {name: value for name, value in sent.values.items() if name not in _NOT_KEPT and value is not None}
    if "transformation" in settings:
        transformations.parse(sent.text("transformation"))
    return settings


def _preset(entry: Entry) -> dict[str, Any]:
    settings = dict(entry.value["settings"])
    for name in ("tags", "allowed_formats"):
        if isinstance(settings.get(name), str):
            settings[name] = settings[name].split(",")
    return {"name": entry.key, "unsigned": entry.value["unsigned"], "settings": settings}


def _transformation(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.key,
        "named": entry.key.startswith("t_"),
        "used": bool(entry.value.get("used")),
        "allowed_for_strict": entry.value["allowed"],
        "info": transformations.described(entry.value["text"]),
    }


def _mapping(entry: Entry) -> dict[str, Any]:
    return {"folder": entry.key, "template": entry.value["template"]}


def _trigger(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.key,
        "product_environment_id": entry.workspace,
        "uri": entry.value["uri"],
        "event_type": entry.value["event_type"],
        "uri_type": "poll" if entry.value["uri"].startswith("poll://") else "webhook",
        "created_at": entry.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": entry.updated.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
