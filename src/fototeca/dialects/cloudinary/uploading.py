"""`upload` and `explicit`: files in, by form, data URI, URL or in parts, and everything that is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Asset, Kind, Publication, Status
from fototeca.catalog import AssetPatch
from fototeca.dialects.cloudinary import breakpoints, chunks, derived, naming, presets, render, texts, tokens
from fototeca.dialects.cloudinary.cloud import Cloud, signed, unsigned
from fototeca.dialects.cloudinary.description import changes, clamped, refuse_add_ons
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.dialects.cloudinary.resources import by_public_id, kind_of
from fototeca.errors import Conflict, FetchError, InvalidInput
from fototeca.http import Router, answering, context_of, decoded, kept
from fototeca.query import How, Match, Page, Query

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

AUTO = "auto"
TEXT = "text"
DELIVERIES = ("upload", "private", "authenticated")

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,10}://")
_HINT = 6


class _Source(NamedTuple):
    """A file to be taken in: where its bytes are, what it is called, and where it came from."""

    content: Path | bytes
    filename: str
    origin: str | None = None


@router.post("/{resource_type}/upload")
def upload(request: Request, sent: Sent, cloud: str, resource_type: str) -> Response:
    """Take in a file."""
    by_preset = presets.is_unsigned(sent, has_credentials="authorization" in request.headers)
    asking = unsigned(request, cloud) if by_preset else signed(request, cloud, "upload", sent)
    sent = presets.applied(asking, sent, unsigned=by_preset)
    refuse_add_ons(sent)
    breakpoints.settings_of(sent)
    part, file = chunks.part_of(request), sent.files.get("file")
    with ExitStack() as stack:
        if part is None or file is None:
            source = stack.enter_context(_sent_file(asking, sent))
        else:
            whole = chunks.keep(asking, part, file)
            if not part.last:
                waiting = {"done": False, "bytes": part.end, "kind": "upload", "resource_type": resource_type}
                return answer(request, waiting)
            stack.callback(whole.unlink, missing_ok=True)
            source = _Source(whole, _basename(file.filename))
        asset, existed = _taken_in(asking, sent, source, resource_type)
    body = answer_of(request, asking, asset, sent)
    if existed is not None:
        body[existed] = True
    if sent.flag("async"):
        names = ("resource_type", "type", "public_id")
        batch = sent.text("batch_id") or uuid4().hex
        return answer(request, {"status": "pending", **{name: body[name] for name in names}, "batch_id": batch})
    return answer(request, body)


@router.post("/image/text")
def text(request: Request, sent: Sent, cloud: str) -> Response:
    """Make a picture of a text, and take it in."""
    asking = signed(request, cloud, "text", sent)
    source = _Source(texts.drawn(sent), "text.png")
    asset, _ = _taken_in(asking, sent, source, "image", TEXT)
    return answer(request, answer_of(request, asking, asset, sent))


@router.post("/{resource_type}/explicit")
def explicit(request: Request, sent: Sent, cloud: str, resource_type: str) -> Response:
    """Say something of an asset that is there, or have something made of it."""
    asking = signed(request, cloud, "explicit", sent)
    refuse_add_ons(sent)
    kind = kind_of(resource_type)
    derived.check(sent.text("eager"), kind)
    breakpoints.settings_of(sent)
    asset = by_public_id(asking, sent.required("public_id"), kind, sent.text("type", "upload"))
    asking.library.update([asset.id], **changes(asking, asset, sent))
    return answer(request, answer_of(request, asking, asking.library.get(asset.id), sent))


def answer_of(request: Request, cloud: Cloud, asset: Asset, sent: Parameters) -> dict[str, Any]:
    """Return what a call that changes an asset answers, with everything that it asks to be told or made."""
    secret = context_of(request).authority.secret_of(cloud.api_key) if cloud.api_key else ""
    body: dict[str, Any] = {}
    if sent.has("eager") and asset.kind is not Kind.RAW:
        body["eager"] = derived.made_in_advance(cloud, asset, sent.text("eager"))
        asset = cloud.library.get(asset.id)
    body = {**render.uploaded(cloud, asset, secret), **body}
    if sent.has("responsive_breakpoints"):
        body["responsive_breakpoints"] = breakpoints.found_for(cloud, asset, breakpoints.settings_of(sent))
    flags = {flag for flag in render.ASKED if sent.flag(flag)}
    if sent.has("face_coordinates"):
        flags |= {"faces", "coordinates"}
    if sent.has("custom_coordinates"):
        flags.add("coordinates")
    body |= render.asked(asset, flags)
    if sent.flag("return_delete_token"):
        body["delete_token"] = tokens.make(cloud, asset)
    return body


# --- where the bytes come from


@contextmanager
def _sent_file(cloud: Cloud, sent: Parameters) -> Iterator[_Source]:
    """The file of a request: a part of its form, a data URI, or what a URL leads to."""
    file = sent.files.get("file")
    if file is not None:
        with kept(file.file, file.size or 0) as content:
            yield _Source(content, _basename(file.filename))
        return
    text = sent.text("file")
    if text.startswith("data:"):
        yield _Source(decoded(text, "file"), "file")
    elif _REMOTE.match(text):
        try:
            with cloud.library.fetched(text) as download:
                yield _Source(download.path, download.filename, download.url)
        except FetchError as error:
            raise InvalidInput(f"Error in loading {text[:500]} - {error.message}", field="file") from error
    elif text:
        raise InvalidInput("Unsupported source URL", field="file", allowed="a file, a data URI, or an http(s) URL")
    else:
        raise InvalidInput("Missing required parameter - file", field="file")


def _basename(filename: str | None) -> str:
    return PurePosixPath((filename or "file").replace("\\", "/")).name or "file"


# --- what becomes of them


def _taken_in(
    cloud: Cloud, sent: Parameters, source: _Source, resource_type: str, delivery: str | None = None
) -> tuple[Asset, str | None]:
    """Return the asset, and "existing" or "overwritten" where its public id was there already."""
    wanted = None if resource_type == AUTO else kind_of(resource_type)
    delivery = delivery or _delivery(sent)
    filename = sent.text("filename_override") or source.filename
    content, filename = derived.incoming(cloud, sent, source.content, filename)
    source = _Source(content, filename, source.origin)
    kind = wanted or cloud.library.kind_of(content)
    derived.check(sent.text("eager"), kind)
    name = naming.chosen(sent, filename, kind)
    there = cloud.library.find_public([name], kind, delivery).get(name)
    if there is not None and there.status is Status.TRASHED:
        # What is in the trash stays there, under its id; its name is free.
        cloud.library.update([there.id], public_id=None)
        there = None
    if there is None:
        return _added(cloud, sent, source, (name, delivery, kind)), None
    if not sent.flag("overwrite", default=True):
        return there, "existing"
    return _overwritten(cloud, sent, source, there), "overwritten"


def _added(cloud: Cloud, sent: Parameters, source: _Source, named: tuple[str, str, Kind]) -> Asset:
    name, delivery, kind = named
    given = changes(cloud, None, sent)
    publication = given.pop("publication", Publication())
    publication = msgspec.structs.replace(
        publication, uploaded_by=cloud.api_key[:_HINT] or None, backup=sent.flag("backup")
    )
    title = given.pop("title", None)
    if sent.flag("use_filename_as_display_name") and not title:
        title = PurePosixPath(source.filename).stem
    folder = naming.asset_folder(sent, name, fixed=cloud.fixed_folders)
    if sent.flag("unique_display_name") and not cloud.fixed_folders:
        title = _free_title(cloud, folder, title or name.rpartition("/")[2])
    try:
        asset, _ = cloud.library.upload(
            source.content,
            source.filename,
            copy=True,
            kind=kind,
            public_id=name,
            delivery=delivery,
            publication=publication,
            folder=folder,
            title=title,
            source=source.origin,
            **given,
        )
    except Conflict:
        raise Conflict(f"Resource {name} already exists") from None
    return _within(cloud, asset, sent)


def _free_title(cloud: Cloud, folder: str, title: str) -> str:
    """Return a title, with something random behind it where another asset of the folder has it."""
    there = Match("folder", folder, How.EXACT) & Match("display_name", title, How.EXACT)
    taken = cloud.library.answer(Query(where=there, page=Page(0))).total
    return f"{title}_{naming.random_name(6)}" if taken else title


def _overwritten(cloud: Cloud, sent: Parameters, source: _Source, there: Asset) -> Asset:
    library = cloud.library
    given = changes(cloud, there, sent)  # before anything is replaced, since it may be refused
    asset = library.replace(there.id, source.content, source.filename, copy=True, kind=there.kind)
    publication = given.pop("publication", asset.publication)
    given["publication"] = msgspec.structs.replace(publication, uploaded=render.after(there))
    if not cloud.fixed_folders and (sent.has("asset_folder") or sent.has("folder")):
        given["folder"] = naming.asset_folder(sent, there.public_id or "", fixed=False)
    library.update([asset.id], filename=source.filename, **given)
    return _within(cloud, library.get(asset.id), sent)


def _within(cloud: Cloud, asset: Asset, sent: Parameters) -> Asset:
    """Bound face coordinates that came with a file by the picture's size, now that it is known."""
    faces = asset.publication.faces
    if not (sent.has("face_coordinates") and faces and asset.width):
        return asset
    publication = msgspec.structs.replace(asset.publication, faces=clamped(faces, asset.width, asset.height))
    cloud.library.records.assets.update([asset.id], AssetPatch(publication=publication))
    return cloud.library.get(asset.id)


def _delivery(sent: Parameters) -> str:
    delivery = sent.text("type", "upload")
    if delivery not in DELIVERIES:
        allowed = ", ".join(DELIVERIES)
        raise InvalidInput(f"Illegal value {delivery[:50]} for type; allowed: {allowed}", field="type", allowed=allowed)
    return delivery
