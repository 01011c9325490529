"""Images: list, get, change, and stream by a signed link."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool
from starlette.responses import Response

from fototeca.assets import Asset
from fototeca.catalog import MembershipPatch
from fototeca.dialects.acusight import inbox, render, shapes
from fototeca.dialects.acusight.errors import refuse
from fototeca.dialects.acusight.query import PARAMETERS, PENDING, SPLITS, asked
from fototeca.dialects.acusight.requests import FLAG, Id, Parameters, Reader, Writer, query
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import Caller, Router, answering, context_of, send
from fototeca.library import Library

router = Router(route_class=answering(refuse), prefix="/api/data/images", tags=["data"])

_NO_SPLIT = ("none", "")
_MAX_AGE = 3600


class ImageUpdate(BaseModel):
    """What a person decides of an image."""

    model_config = ConfigDict(json_schema_extra={"example": {"annotation_status": "completed", "split": "train"}})

    annotation_status: Annotated[str, Field(min_length=1, max_length=255)] = PENDING
    split: Annotated[str, Field(max_length=20)] = ""
    split_locked: StrictBool = False


def found(library: Library, id_: int) -> Asset:
    """Return an image that is not in the trash.

    Raises:
        NotFound: There is none of this id.
    """
    try:
        asset = library.get(id_)
    except NotFound:
        asset = None
    if asset is None or asset.trashed is not None:
        raise NotFound(f"there is no image {id_}")
    return asset


@router.get(
    "",
    operation_id="listImages",
    summary="List images",
    responses={200: {"model": shapes.Many[shapes.Image]}},
    openapi_extra=query(**PARAMETERS),
)
def list_images(request: Request, caller: Reader) -> Response:
    """Return the images that fit every filter, one page of them, with the exact number of all."""
    question = asked(caller.library, Parameters(request))
    results = caller.library.answer(question.query)
    unassigned = inbox.find(caller.library)
    images = [
        render.image(
            caller,
            asset,
            question.wanted.shown(asset, unassigned),
            unassigned,
            with_url=question.with_url,
            with_annotations=question.with_annotations,
        )
        for asset in caller.library.load([hit.id for hit in results.hits])
    ]
    return render.many(images, limit=question.limit, offset=question.offset, total=results.total)


@router.get(
    "/{id}",
    operation_id="getImage",
    summary="Get an image",
    responses={200: {"model": shapes.One[shapes.Image]}},
    openapi_extra=query(include_image_url=FLAG),
)
def get_image(request: Request, caller: Reader, id: Id) -> Response:  # noqa: A002 - named as in the description
    """Return an image with its annotations."""
    return _answer(caller, found(caller.library, id), with_url=Parameters(request).flag("include_image_url"))


@router.patch(
    "/{id}",
    operation_id="updateImage",
    summary="Change an image",
    responses={200: {"model": shapes.One[shapes.Image]}},
)
def update_image(caller: Writer, id: Id, body: ImageUpdate) -> Response:  # noqa: A002 - as above
    """Change an image's annotation status, split or lock; a split set by hand is locked unless told otherwise."""
    library = caller.library
    asset = found(library, id)
    patch = _patch(body)
    library.collections.put(inbox.to_chief(library, asset).collection_id, [asset.id], patch)
    return _answer(caller, library.get(asset.id), with_url=False)


@router.head("/{id}/stream", include_in_schema=False)
@router.get("/{id}/stream", include_in_schema=False)
def stream(
    request: Request,
    id: Id,  # noqa: A002 - as above
    account: str = "",
    expires: str = "",
    signature: str = "",
) -> Response:
    """Send an image's bytes to whoever has a signed link that is still good."""
    context = context_of(request)
    left = context.links.check(account, str(id), "original", expires, signature)
    library = context.installation.library(account)
    asset = found(library, id)
    return send(request, library, asset, "original", cache=f"private, max-age={min(left, _MAX_AGE)}")


def _answer(caller: Caller, asset: Asset, *, with_url: bool) -> Response:
    unassigned = inbox.find(caller.library)
    membership = inbox.chief(asset, unassigned)
    return render.one(render.image(caller, asset, membership, unassigned, with_url=with_url, with_annotations=True))


def _patch(body: ImageUpdate) -> MembershipPatch:
    given = body.model_fields_set
    if not given:
        raise InvalidInput("give an annotation_status, a split or a split_locked", field="body")
    values: dict[str, str | bool | None] = {}
    if "annotation_status" in given:
        values["annotation_status"] = None if body.annotation_status == PENDING else body.annotation_status
    if "split" in given:
        if body.split not in (*SPLITS, *_NO_SPLIT):
            raise InvalidInput(f"split must be one of {', '.join(SPLITS)}, none", field="split")
        values["split"] = SPLITS.get(body.split)
        values["split_locked"] = body.split in SPLITS
    if "split_locked" in given:
        values["split_locked"] = body.split_locked
    return MembershipPatch(**values)  # type: ignore[arg-type] # each under its own name
