"""Devices: provisioning tokens and keys, and what a device does with its own."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias

import msgspec
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from fototeca.assets import Batch, Entry
from fototeca.catalog import BatchPatch, DevicePatch
from fototeca.dialects.acusight import batches, render, shapes
from fototeca.dialects.acusight.annotations import Said, home_of, to_store
from fototeca.dialects.acusight.errors import DeviceExists, InvalidToken, TokenExpired, refuse
from fototeca.dialects.acusight.organization import organization_id
from fototeca.dialects.acusight.requests import DEVICE_KEYS, Admin, DeviceCaller, FromDevice, Id, digest
from fototeca.dialects.acusight.uploads import store
from fototeca.errors import Conflict, InvalidInput, NotFound, UnsupportedMedia
from fototeca.http import Router, answering, context_of
from fototeca.library import Library

router = Router(route_class=answering(refuse), tags=["devices"])

TOKENS = "acusight_provisioning"
"""Kind of the entries that keep provisioning tokens, under their SHA-256."""
USED = "acusight_provisioned"
"""Kind of the entries that mark a token for one device as used."""
DEVICES = "acusight_device"
"""Kind of the entries that say of a device that it has a key."""
OPEN_BATCHES = "acusight_open_batch"
"""Kind of the entries that keep, under a device, the batch that its images go into."""
BATCH_LIFE = timedelta(minutes=30)
BATCH_IMAGES = 1_000
MAX_IMAGE = 50 * 2**20
_MOST_ANNOTATIONS = 10_000

_Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


class NewToken(BaseModel):
    """A provisioning token to make; `expires_in_days` of `null` is never."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "line 1", "expires_in_days": 30}})

    name: _Name
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = 30
    single_use: StrictBool = False


class DeviceInfo(BaseModel):
    """What a new device says of itself."""

    device_id: _Name
    name: Annotated[str, Field(max_length=255)] = ""
    ip_address: Annotated[str, Field(max_length=255)] = ""
    agent_version: Annotated[str, Field(max_length=255)] = ""


class Provisioning(BaseModel):
    """A device asks for its key."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"token": "apt_…", "device_info": {"device_id": "cam-01", "name": "Line 1"}}}
    )

    token: Annotated[str, Field(max_length=200)]
    device_info: DeviceInfo


class Checkin(BaseModel):
    """A device says how it is."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "ok", "metrics": {"cpu": 0.2}}})

    status: Annotated[str, Field(max_length=255)] = ""
    metrics: Annotated[dict[str, Any], Field(max_length=100)] = Field(default_factory=dict)


class Metadata(BaseModel):
    """What a device says of an image that it sends."""

    model_id: str | int | None = None
    model_version: str | int | None = None
    annotations: Annotated[list[Said], Field(max_length=_MOST_ANNOTATIONS)] = Field(default_factory=list)


# --- provisioning


@router.post(
    "/api/provisioning-tokens",
    operation_id="createProvisioningToken",
    summary="Make a provisioning token",
    status_code=201,
    responses={201: {"model": shapes.One[shapes.ProvisioningToken]}},
)
@router.post("/api/core/provisioning-tokens", include_in_schema=False)
def create_token(caller: Admin, body: NewToken) -> Response:
    """Make a token with which devices get their keys; it is told this once."""
    token = f"apt_{secrets.token_hex(20)}"
    value: dict[str, Any] = {"name": body.name, "single_use": body.single_use}
    if body.expires_in_days is not None:
        value["expires_at"] = render.moment(datetime.now(UTC) + timedelta(days=body.expires_in_days))
    shown = _token(caller.library.entries.create(TOKENS, digest(token), value))
    info = '{"token": "%s", "device_info": {"device_id": "NAME"}}' % token  # noqa: UP031 - braces are JSON's
    command = f"curl -X POST {caller.origin}/api/devices/provision -H 'Content-Type: application/json' -d '{info}'"
    return render.one(shown | {"token": token, "setup_command": command}, 201)


@router.get(
    "/api/provisioning-tokens",
    operation_id="listProvisioningTokens",
    summary="List provisioning tokens",
    responses={200: {"model": shapes.Many[shapes.ProvisioningToken]}},
)
@router.get("/api/core/provisioning-tokens", include_in_schema=False)
def list_tokens(caller: Admin) -> Response:
    """Return the tokens, without what they are."""
    tokens = [_token(entry) for entry in caller.library.entries.all(TOKENS)]
    return render.many(tokens, limit=len(tokens), offset=0, total=len(tokens))


@router.delete(
    "/api/provisioning-tokens/{id}",
    operation_id="deleteProvisioningToken",
    summary="Revoke a provisioning token",
    responses={200: {"model": shapes.One[shapes.Removed]}},
)
@router.delete("/api/core/provisioning-tokens/{id}", include_in_schema=False)
def delete_token(caller: Admin, id: Id) -> Response:  # noqa: A002 - named as in the description
    """Revoke a token; devices that got their keys with it keep them."""
    entries = caller.library.entries
    found = next((entry for entry in entries.all(TOKENS) if entry.id == id), None)
    if found is None:
        raise NotFound(f"there is no provisioning token {id}")
    entries.delete(TOKENS, found.key)
    return render.one({"id": id})


@router.post(
    "/api/devices/provision",
    operation_id="provisionDevice",
    summary="Get a device's key",
    status_code=201,
    responses={201: {"model": shapes.One[shapes.Provisioned]}},
)
@router.post("/api/core/devices/provision", include_in_schema=False, status_code=201)
def provision(request: Request, body: Provisioning) -> Response:
    """Give a new device its key, which is told this once."""
    context = context_of(request)
    entry = context.installation.catalog.find_entry(TOKENS, digest(body.token))
    if entry is None:
        raise InvalidToken("the provisioning token is not known")
    expires = entry.value.get("expires_at")
    if expires is not None and datetime.fromisoformat(expires) <= datetime.now(UTC):
        raise TokenExpired("the provisioning token has expired")
    library = context.installation.library(entry.workspace)
    info = body.device_info
    _claim(library, entry, info)
    device = library.devices.see(info.device_id)
    patch = {"settings": device.settings | info.model_dump(include={"ip_address", "agent_version"})}
    library.devices.update(device.id, DevicePatch(**(patch | ({"name": info.name} if info.name else {}))))  # type: ignore[arg-type]
    key = f"adk_{secrets.token_hex(20)}"
    library.entries.create(DEVICE_KEYS, digest(key), {"device_id": info.device_id})
    return render.one(
        {
            "device_id": info.device_id,
            "endpoint_id": info.device_id,
            "api_key": key,
            "api_endpoint": f"{context.origin(request)}/api",
        },
        201,
    )


# --- what devices do


@router.get(
    "/api/device/self",
    operation_id="getDevice",
    summary="Get the device itself",
    responses={200: {"model": shapes.One[shapes.Device]}},
)
@router.get("/api/core/device/self", include_in_schema=False)
def this_device(device: FromDevice) -> Response:
    """Return what is known of the device whose key is sent."""
    found = device.library.devices.see(device.identifier)
    shown: shapes.Device = {
        "device_id": device.identifier,
        "endpoint_id": device.identifier,
        "organization_id": organization_id(device.library),
        "status": "approved",
    }
    if found.name:
        shown["name"] = found.name
    return render.one(shown)


@router.post(
    "/api/device/checkin",
    operation_id="checkin",
    summary="Say that a device is there",
    responses={200: {"model": shapes.One[shapes.Actions]}},
)
@router.post("/api/core/device/checkin", include_in_schema=False)
def checkin(device: FromDevice, body: Checkin) -> Response:
    """Keep how a device is; there is never anything that it is asked to do."""
    found = device.library.devices.see(device.identifier)
    said = {"status": body.status, "metrics": body.metrics}
    device.library.devices.update(found.id, DevicePatch(settings=found.settings | said))
    return render.one({"actions": []})


_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "image": {"type": "string", "format": "binary"},
                        "metadata": {"type": "string", "description": "JSON: model_id, model_version, annotations."},
                    },
                    "required": ["image"],
                }
            }
        },
    }
}


@router.post(
    "/api/device/images/upload",
    operation_id="uploadFromDevice",
    summary="Send an image from a device",
    status_code=201,
    responses={200: {"model": shapes.One[shapes.Stored]}, 201: {"model": shapes.One[shapes.Stored]}},
    openapi_extra=_UPLOAD,
)
@router.post("/api/core/device/images/upload", include_in_schema=False)
async def upload(request: Request, device: FromDevice) -> Response:
    """Store a JPEG or PNG with the device's annotations in the device's open batch."""
    async with request.form() as form:
        return await run_in_threadpool(_upload, device, form)


def _upload(device: DeviceCaller, form: FormData) -> Response:
    image = form.get("image")
    if not isinstance(image, UploadFile):
        raise InvalidInput("the form needs an image", field="image")
    said = _metadata(form.get("metadata"))
    library = device.library
    _check_format(image)
    device_ = library.devices.see(device.identifier)
    asset, duplicate = store(
        device.context,
        library,
        _open_batch(library, device_.identifier),
        image,
        image.filename or "image",
        most=MAX_IMAGE,
        device=device_.identifier,
        metadata=_facts(said),
    )
    if not duplicate and said.annotations:
        home = home_of(library, asset)
        library.annotations.add(asset.id, [to_store(_by_model(each, said), home) for each in said.annotations])
    batch_id = next((m.batch_id for m in asset.memberships if m.batch_id is not None), "")
    stored = {"image_id": str(asset.id), "batch_id": str(batch_id), "storage_key": render.storage_key(asset)}
    return render.one(stored, 200 if duplicate else 201)


def _metadata(text: Any) -> Metadata:
    """Read what comes with an image, and check that all of it can be stored before anything is."""
    if not isinstance(text, str) or not text.strip():
        return Metadata()
    try:
        said = Metadata.model_validate(msgspec.json.decode(text))
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput("metadata must be a JSON object", field="metadata") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"metadata: {where}: {first['msg']}", field="metadata") from error
    for each in said.annotations:
        to_store(each, None)
    return said


def _check_format(image: UploadFile) -> None:
    """Check that a file begins as a JPEG or PNG does; what follows is checked by whoever reads it."""
    head = image.file.read(8)
    image.file.seek(0)
    if not head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise UnsupportedMedia("a device sends images as JPEG or PNG")


def _facts(said: Metadata) -> dict[str, Any]:
    named = {"model_id": said.model_id, "model_version": said.model_version}
    return {name: value for name, value in named.items() if value is not None}


def _by_model(each: Said, said: Metadata) -> Said:
    """Name the model as the source of an annotation that names none."""
    if "source" in each.model_fields_set:
        return each
    source = str(said.model_id) if said.model_id not in {None, ""} else "model"
    return each.model_copy(update={"source": source[:255]})


def _open_batch(library: Library, device: str) -> Batch:
    """Return the batch that a device's images go into: a new one where the last is old, full, or was moved on."""
    with suppress(NotFound):
        batch = library.records.batches.get(int(library.entries.get(OPEN_BATCHES, device).value["batch_id"]))
        if batch.stage == "collecting":
            if datetime.now(UTC) - batch.created < BATCH_LIFE and (batch.count or 0) < BATCH_IMAGES:
                return batch
            library.records.batches.update(batch.id, BatchPatch(stage="complete"))
    name = f"{device[:200]} {datetime.now(UTC):%Y-%m-%d %H:%M}"
    batch = batches.create(library, name, None, "collecting")
    library.entries.put(batches.DEVICES, str(batch.id), {"device_id": device})
    library.entries.put(OPEN_BATCHES, device, {"batch_id": batch.id})
    return batch


def _claim(library: Library, token: Entry, info: DeviceInfo) -> None:
    """Take a device's identifier, and a token that is for one device only; whoever is second is refused.

    Raises:
        DeviceExists: The device has a key already.
        InvalidToken: The token was used.
    """
    try:
        library.entries.get(DEVICES, info.device_id)
    except NotFound:
        pass
    else:
        raise DeviceExists(f'the device "{info.device_id}" has a key already')
    if token.value["single_use"]:
        try:
            library.entries.create(USED, token.key, {"device_id": info.device_id})
        except Conflict:
            raise InvalidToken("the provisioning token has been used") from None
    try:
        library.entries.create(DEVICES, info.device_id, {"provisioned_with": token.id})
    except Conflict:
        raise DeviceExists(f'the device "{info.device_id}" has a key already') from None


def _token(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "created_at": render.moment(entry.created), **entry.value}
