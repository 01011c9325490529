"""What is made of assets by transformations: on the way in, in advance, and when it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from fototeca.assets import Asset, Kind
from fototeca.catalog import AssetPatch
from fototeca.dialects.cloudinary import render, transformations
from fototeca.dialects.cloudinary.cloud import Cloud
from fototeca.dialects.cloudinary.named import note_use
from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.errors import InvalidInput, MediaError
from fototeca.media import HEAD_BYTES, Made, Plan, sniff

MAX_EAGER = 20


def split(eager: str) -> list[tuple[str, str]]:
    """Split transformations joined with "|" into pairs of a transformation and an extension, which may be "".

    Raises:
        InvalidInput: They are too many.
    """
    wanted = [part.strip().strip("/") for part in eager.split("|") if part.strip()]
    if len(wanted) > MAX_EAGER:
        raise InvalidInput(f"at most {MAX_EAGER} eager transformations are made", field="eager")
    return [_pair(text) for text in wanted]


def _pair(text: str) -> tuple[str, str]:
    chain, _, last = text.rpartition("/")
    return (text, "") if transformations.is_component(last) else (chain, last)


def check(eager: str, kind: Kind = Kind.IMAGE) -> None:
    """Check what is to be made in advance of an asset of a kind, before anything is stored.

    Raises:
        InvalidInput: A transformation is not known here, or there are too many.
    """
    for text, extension in split(eager):
        transformation = transformations.parse(text)
        if kind is Kind.IMAGE:
            transformation.plan("jpg", asked=extension)
        elif kind is Kind.VIDEO:
            transformation.still(None, extension)


def made_in_advance(cloud: Cloud, asset: Asset, eager: str) -> list[dict[str, Any]]:
    """Make what an upload asks for, note it on the asset, and return what was made."""
    pairs = split(eager)
    shown = [shown_of(cloud, asset, text, extension) for text, extension in pairs]
    for text, _ in pairs:
        note_use(cloud, text)
    texts = [f"{text}/{extension}" if extension else text for text, extension in pairs]
    known = tuple(dict.fromkeys([*asset.publication.eager, *texts]))
    publication = msgspec.structs.replace(asset.publication, eager=known)
    cloud.library.records.assets.update([asset.id], AssetPatch(publication=publication))
    return shown


def shown_of(cloud: Cloud, asset: Asset, text: str, extension: str) -> dict[str, Any]:
    """Return what a transformation makes of an asset, as answers to uploads list it."""
    plan, made = of_asset(cloud, asset, text, asked=extension)
    address = render.url(cloud, asset, text, extension or plan.format)
    return {
        "transformation": text,
        "width": made.width,
        "height": made.height,
        "bytes": len(made.data),
        "format": plan.format,
        "url": address,
        "secure_url": address,
    }


def listed(cloud: Cloud, asset: Asset, made: Sequence[str]) -> list[dict[str, Any]]:
    """Return some of what was made of an asset in advance, as its details list it."""
    found = []
    for text, extension in map(_pair, made):
        entry = shown_of(cloud, asset, text, extension)
        entry["id"] = hashlib.md5(f"{asset.uuid}/{text}/{extension}".encode()).hexdigest()  # noqa: S324 - only a name
        found.append({name: entry[name] for name in ("transformation", "format", "bytes", "id", "url", "secure_url")})
    return found


def of_asset(cloud: Cloud, asset: Asset, text: str, *, accept: str = "", asked: str = "") -> tuple[Plan, Made]:
    """Return what a transformation makes of an image, or of a frame of a video.

    Raises:
        InvalidInput: The transformation is not known here, or is not for this kind of asset.
    """
    transformation = transformations.parse(text)
    match asset.kind:
        case Kind.IMAGE:
            plan = transformation.plan(asset.format, accept, asked)
            if asset.width and asset.height:
                size = (asset.width, asset.height, asset.width, asset.height)
                faces = (
                    tuple(part / side for part, side in zip(box, size, strict=True)) for box in render.faces(asset)
                )
                plan = msgspec.structs.replace(plan, faces=tuple(faces))
        case Kind.VIDEO:
            plan = transformation.still(asset.duration, asked)
        case _:
            raise InvalidInput("only images and videos are transformed", field="transformation")
    return plan, cloud.library.made(asset, plan)


def incoming(cloud: Cloud, sent: Parameters, content: Path | bytes, filename: str) -> tuple[Path | bytes, str]:
    """Return a file and its name after what an upload asks to be done before it is kept.

    Raises:
        InvalidInput: Its format is not one that is allowed.
    """
    wanted, allowed = sent.text("format"), sent.texts("allowed_formats")
    text = sent.text("transformation")
    if wanted or text:
        if cloud.library.kind_of(content) is Kind.VIDEO:
            raise InvalidInput("videos are kept as they are: they take no format or transformation", field="format")
        plan = transformations.parse(text).plan(format_of(content) or "jpg", asked=wanted)
        content = cloud.library.transformed(content, plan)
        filename = f"{PurePosixPath(filename).stem}.{plan.format}"
    found = format_of(content) or PurePosixPath(filename).suffix.lstrip(".").lower()
    if allowed and found not in [name.replace("jpeg", "jpg") for name in allowed]:
        raise InvalidInput(
            f"Image file format {found} not allowed", field="allowed_formats", allowed=", ".join(allowed)
        )
    return content, filename


def format_of(content: Path | bytes) -> str:
    """Return the format of an image or video by its first bytes; "" for any other file."""
    if isinstance(content, Path):
        with content.open("rb") as file:
            head = file.read(HEAD_BYTES)
    else:
        head = content[:HEAD_BYTES]
    try:
        return sniff(head).name
    except MediaError:
        return ""
