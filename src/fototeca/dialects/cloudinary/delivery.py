"""Originals, and what transformations make of them, at the addresses that Cloudinary's clients build."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from fototeca.access import signatures
from fototeca.assets import Asset, Kind, Status
from fototeca.dialects.cloudinary import derived, transformations
from fototeca.dialects.cloudinary.cloud import Cloud, public, secrets
from fototeca.dialects.cloudinary.errors import refuse
from fototeca.dialects.cloudinary.named import TRANSFORMATION
from fototeca.errors import Forbidden, NotFound
from fototeca.http import Router, answering, send
from fototeca.media.transform import MIME

router = Router(route_class=answering(refuse), include_in_schema=False)

_SIGNED = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
_ATTACHMENT = re.compile(r"fl_attachment(:.*)?")
_VERSION = re.compile(r"v[0-9]{1,12}")
_PUBLIC = ("upload", "text")
_FOR_EVER, _SHORTLY = "public, max-age=2592000", "public, max-age=600"
_SAFE = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}


class Address(NamedTuple):
    """What the path of a delivery URL says.

    Attributes:
        signature: Of what follows it, if there is one.
        transformation: Components joined with "/", or "".
        versioned: Whether it names a version, so that what it leads to never changes.
        name: The public id, with or without an extension.
        signed: What a signature covers.
    """

    signature: str
    transformation: str
    versioned: bool
    name: str
    signed: str


# Each kind by its name: a path of any four parts would be another surface's.
@router.get("/{cloud}/image/{delivery}/{path:path}")
@router.head("/{cloud}/image/{delivery}/{path:path}")
def image(request: Request, cloud: str, delivery: str, path: str) -> Response:
    """Send an image, or what a transformation makes of it."""
    return _delivered(request, cloud, (Kind.IMAGE, delivery), path)


@router.get("/{cloud}/video/{delivery}/{path:path}")
@router.head("/{cloud}/video/{delivery}/{path:path}")
def video(request: Request, cloud: str, delivery: str, path: str) -> Response:
    """Send a video, or a still of it."""
    return _delivered(request, cloud, (Kind.VIDEO, delivery), path)


@router.get("/{cloud}/raw/{delivery}/{path:path}")
@router.head("/{cloud}/raw/{delivery}/{path:path}")
def raw(request: Request, cloud: str, delivery: str, path: str) -> Response:
    """Send a file of any other kind."""
    return _delivered(request, cloud, (Kind.RAW, delivery), path)


def _delivered(request: Request, cloud: str, of: tuple[Kind, str], path: str) -> Response:
    kind, delivery = of
    asking = public(request, cloud)
    address = read(path)
    asset = _asset(asking, address.name, kind, delivery)
    if delivery not in _PUBLIC or asset.publication.access_mode != "public":
        _allow(request, asking, address)
    extension = _extension(asset, address.name)
    cache = _FOR_EVER if address.versioned else _SHORTLY
    text, attached = _attached(_spelled_out(asking, address.transformation))
    if not text and extension in {"", asset.format}:
        return send(request, asking.library, asset, "original", cache=cache, attached=attached)
    accept = request.headers.get("accept", "")
    plan, made = derived.of_asset(asking, asset, text, accept=accept, asked=extension)
    headers = {**_SAFE, "Cache-Control": cache, "Content-Length": str(len(made.data)), "Vary": "Accept"}
    if attached:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{_stem(asset)}.{plan.format}')}"
    body = b"" if request.method == "HEAD" else made.data
    return Response(body, headers=headers, media_type=MIME[plan.format])


def read(path: str) -> Address:
    """Take the path behind the delivery type apart: signature, transformation, version, public id."""
    parts = path.split("/")
    found = _SIGNED.fullmatch(parts[0])
    signature = found[1] if found else ""
    if found:
        parts = parts[1:]
    components: list[str] = []
    while len(parts) > 1 and transformations.is_component(parts[0]):
        components.append(parts.pop(0))
    versioned = len(parts) > 1 and _VERSION.fullmatch(parts[0]) is not None
    if versioned:
        parts = parts[1:]
    name = "/".join(parts)
    return Address(signature, "/".join(components), versioned, name, "/".join([*components, name]))


def _asset(cloud: Cloud, name: str, kind: Kind, delivery: str) -> Asset:
    """The asset of a name as it stands, or of what stands before its extension."""
    head, dot, extension = name.rpartition(".")
    stem = head if dot and "/" not in extension and kind is not Kind.RAW else name
    there = cloud.library.find_public(list(dict.fromkeys([name, stem])), kind, delivery)
    asset = there.get(name) or there.get(stem)
    if asset is None or asset.status is Status.TRASHED:
        raise NotFound(f"Resource not found - {name[:300]}")
    return asset


def _extension(asset: Asset, name: str) -> str:
    """The extension that an address asks for; none where it is part of the public id."""
    known = asset.public_id or asset.uuid
    extension = name[len(known) + 1 :].lower() if name != known else ""
    return "jpg" if extension in {"jpeg", "jpe"} else extension


def _allow(request: Request, cloud: Cloud, address: Address) -> None:
    if not address.signature:
        raise Forbidden("this asset is only sent to signed URLs")
    signatures.check_delivery(address.signed, address.signature, secrets(request, cloud))


def _attached(text: str) -> tuple[str, bool]:
    """A transformation without the flag by which a browser saves what it gets, and whether that was there."""
    kept = [[each for each in part.split(",") if not _ATTACHMENT.fullmatch(each)] for part in text.split("/")]
    rest = "/".join(filter(None, map(",".join, kept)))
    return rest, rest != text


def _stem(asset: Asset) -> str:
    return PurePosixPath(asset.filename).stem


def _spelled_out(cloud: Cloud, text: str) -> str:
    """A transformation with names replaced by what they stand for."""
    parts = text.split("/")
    if not any(part.startswith("t_") for part in parts):
        return text
    known = {entry.key: entry.value["text"] for entry in cloud.library.entries.all(TRANSFORMATION)}
    return "/".join(known.get(part, part) for part in parts)
