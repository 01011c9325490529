"""`generate_archive`: many assets as one ZIP file, sent at once or kept as a raw asset."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from fototeca.assets import Asset, Kind
from fototeca.dialects.cloudinary import derived, naming, render
from fototeca.dialects.cloudinary.cloud import Cloud, signed
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.dialects.cloudinary.resources import by_asset_ids, kind_of, living
from fototeca.dialects.cloudinary.uploading import answer_of
from fototeca.errors import InvalidInput, LimitExceeded, NotFound
from fototeca.http import Router, answering
from fototeca.query import And, Expression, How, Match, Or, Page, Prefix, Query

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

MAX_FILES, MAX_BYTES = 1_000, 2**30

_CHUNK = 2**20


@router.post("/{resource_type}/generate_archive")
@router.get("/{resource_type}/generate_archive")
def generate(request: Request, sent: Sent, cloud: str, resource_type: str) -> Response:
    """Pack assets."""
    asking = signed(request, cloud, "generate_archive", sent)
    if sent.text("target_format", "zip") != "zip":
        raise InvalidInput("only zip archives are made", field="target_format", allowed="zip")
    assets = _wanted(asking, sent, resource_type)
    file, count = _packed(asking, sent, assets)
    if sent.text("mode", "create") != "download":
        return answer(request, _kept(request, asking, sent, Path(file.name), (len(assets), count)))
    name = sent.text("target_public_id", "archive").rpartition("/")[2]
    headers = {"Content-Disposition": f'attachment; filename="{_plain(name)}.zip"'}
    return StreamingResponse(_chunks(file), headers=headers, media_type="application/zip")


def _wanted(cloud: Cloud, sent: Parameters, resource_type: str) -> Sequence[Asset]:
    """The assets that a request names by ids, tags or prefixes.

    Raises:
        NotFound: There are none.
        LimitExceeded: They are too many, or too large together.
    """
    delivery = sent.text("type", "upload")
    found: dict[int, Asset] = {}
    kinds = list(Kind) if resource_type == "all" else [kind_of(resource_type)]
    for kind in kinds:
        names = sent.texts("public_ids", split=False)[:MAX_FILES]
        found |= {asset.id: asset for asset in living(cloud.library.find_public(names, kind, delivery).values())}
    found |= {asset.id: asset for asset in living(by_asset_ids(cloud, sent.texts("asset_ids")[:MAX_FILES]))}
    asked: list[Expression] = [Match("tag", tag, How.EXACT) for tag in sent.texts("tags")]
    asked += [Prefix("public_id", prefix, folded=False) for prefix in sent.texts("prefixes")]
    if asked:
        kind_in = Or(tuple(Match("kind", str(kind)) for kind in kinds))
        where = And((Or(tuple(asked)), kind_in, Match("delivery", delivery, How.EXACT)))
        results = cloud.library.answer(Query(where=where, page=Page(MAX_FILES + 1)))
        found |= {asset.id: asset for asset in cloud.library.load([hit.id for hit in results.hits])}
    if not found:
        raise NotFound("Resources not found")
    if len(found) > MAX_FILES or sum(asset.bytes for asset in found.values()) > MAX_BYTES:
        raise LimitExceeded(f"an archive holds at most {MAX_FILES} files and {MAX_BYTES:,} bytes")
    return list(found.values())


def _packed(cloud: Cloud, sent: Parameters, assets: Sequence[Asset]) -> tuple[IO[bytes], int]:
    """The archive, in a file that vanishes when it is closed, and how many files it holds."""
    file = tempfile.NamedTemporaryFile(prefix="fototeca-", suffix=".zip")  # noqa: SIM115 - closed by whoever sends it
    flat, taken = sent.flag("flatten_folders"), set[str]()
    texts = [part for text in sent.texts("transformations", split=False) for part in text.split("|") if part]
    with zipfile.ZipFile(file, "w") as archive:  # pictures do not get smaller by packing
        for asset in assets:
            for ending, chunks in _contents(cloud, asset, texts):
                name = _unique(render.public_id(asset), ending, taken, flat=flat)
                with archive.open(name, "w", force_zip64=True) as target:
                    for chunk in chunks:
                        target.write(chunk)
    file.seek(0)
    return file, len(taken)


def _contents(cloud: Cloud, asset: Asset, texts: Sequence[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The original of an asset, or what transformations make of it, each with the ending of its name."""
    if not texts or asset.kind is not Kind.IMAGE:
        original = cloud.library.file(asset, "original")
        if original is None:
            raise NotFound(f"Resource not found - {render.public_id(asset)[:300]}")
        yield ("" if asset.kind is Kind.RAW else f".{asset.format}"), original.read(0, original.size)
    for text in texts if asset.kind is Kind.IMAGE else ():
        plan, made = derived.of_asset(cloud, asset, text)
        yield f".{plan.format}", iter((made.data,))


def _unique(public_id: str, ending: str, taken: set[str], *, flat: bool) -> str:
    """A name within the archive that no other file of it has, and that leads nowhere else."""
    parts = [part for part in public_id.split("/") if part not in {"", ".", ".."}]
    stem = parts[-1] if flat else "/".join(parts)
    name, number = f"{stem}{ending}", 1
    while name in taken:
        name, number = f"{stem}({number}){ending}", number + 1
    taken.add(name)
    return name


def _kept(request: Request, cloud: Cloud, sent: Parameters, file: Path, counted: tuple[int, int]) -> dict[str, Any]:
    name = sent.text("target_public_id") or naming.random_name(20)
    name = naming.checked(name if PurePosixPath(name).suffix else f"{name}.zip")
    made, _ = cloud.library.upload(
        file, name.rpartition("/")[2], kind=Kind.RAW, copy=True, public_id=name, tags=tuple(sent.texts("target_tags"))
    )
    counts = {"resource_count": counted[0], "file_count": counted[1]}
    return {**answer_of(request, cloud, made, Parameters()), **counts}


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _plain(name: str) -> str:
    return "".join(char if char.isalnum() and char.isascii() else "_" for char in name) or "archive"
