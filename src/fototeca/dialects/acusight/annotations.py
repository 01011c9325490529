"""Annotations: say, change and take back what an image shows."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from fototeca.assets import Asset
from fototeca.catalog import NewAnnotation
from fototeca.dialects.acusight import inbox, render, shapes
from fototeca.dialects.acusight.errors import refuse
from fototeca.dialects.acusight.images import found
from fototeca.dialects.acusight.requests import Id, Reader, Writer
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import Router, answering
from fototeca.library import Library

router = Router(route_class=answering(refuse), prefix="/api/data", tags=["data"])

_MOST_NUMBERS = 20_000
_Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Label: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
_Geometry: TypeAlias = Annotated[list[_Share], Field(max_length=_MOST_NUMBERS)]
_Type: TypeAlias = Literal["bbox", "polygon", "classification"]
_Source: TypeAlias = Annotated[str, Field(min_length=1, max_length=255)]


class Said(BaseModel):
    """A class and where it is: a box as `[x_center, y_center, width, height]`, a polygon as `[x1, y1, x2, y2, …]`."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"class_value": "cap", "type": "bbox", "geometry": [0.52, 0.48, 0.2, 0.1]}}
    )

    class_value: _Label
    type: _Type = "bbox"
    geometry: _Geometry = Field(default_factory=list)
    confidence: _Share | None = None
    source: _Source = render.MANUAL


class SaidOf(Said):
    """An annotation to store with an image."""

    image_id: Annotated[int, Field(ge=0, le=2**63 - 1)]


class AnnotationUpdate(BaseModel):
    """A change to an annotation."""

    model_config = ConfigDict(json_schema_extra={"example": {"class_value": "cap"}})

    class_value: _Label = "-"
    type: _Type = "bbox"
    geometry: _Geometry = Field(default_factory=list)
    confidence: _Share | None = None
    source: _Source = render.MANUAL


def to_store(said: Said, collection_id: int | None) -> NewAnnotation:
    """Return an annotation as the catalogue takes it.

    Raises:
        InvalidInput: The geometry does not fit the type.
    """
    box, polygon = None, None
    numbers = said.geometry
    match said.type:
        case "bbox":
            if len(numbers) != 4:
                raise InvalidInput("the geometry of a bbox is [x_center, y_center, width, height]", field="geometry")
            x, y, width, height = numbers
            box = (x - width / 2, y - height / 2, width, height)
        case "polygon":
            if len(numbers) < 6 or len(numbers) % 2:
                raise InvalidInput("the geometry of a polygon is [x1, y1, x2, y2, x3, y3, …]", field="geometry")
            polygon = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        case _:
            if numbers:
                raise InvalidInput("a classification has no geometry", field="geometry")
    source = "user" if said.source == render.MANUAL else said.source
    return NewAnnotation(
        label=said.class_value,
        collection_id=collection_id,
        type=said.type,
        box=box,
        polygon=polygon,
        source=source,
        confidence=said.confidence,
    )


def home_of(library: Library, asset: Asset) -> int | None:
    """Return the project that an image's annotations are made for, if it has one."""
    membership = inbox.chief(asset, inbox.find(library))
    return None if membership is None else membership.collection_id


@router.post(
    "/annotations",
    operation_id="createAnnotation",
    summary="Annotate an image",
    status_code=201,
    responses={201: {"model": shapes.One[shapes.Annotation]}},
)
def create_annotation(caller: Writer, body: SaidOf) -> Response:
    """Store an annotation with an image."""
    library = caller.library
    asset = found(library, body.image_id)
    [id_] = library.annotations.add(asset.id, [to_store(body, home_of(library, asset))])
    return render.one(_shown(library, asset.id, id_), 201)


@router.get(
    "/annotations/{id}",
    operation_id="getAnnotation",
    summary="Get an annotation",
    responses={200: {"model": shapes.One[shapes.Annotation]}},
)
def get_annotation(caller: Reader, id: Id) -> Response:  # noqa: A002 - named as in the description
    """Return an annotation."""
    image_id, _ = _found(caller.library, id)
    return render.one(_shown(caller.library, image_id, id))


@router.patch(
    "/annotations/{id}",
    operation_id="updateAnnotation",
    summary="Change an annotation",
    responses={200: {"model": shapes.One[shapes.Annotation]}},
)
def update_annotation(caller: Writer, id: Id, body: AnnotationUpdate) -> Response:  # noqa: A002 - as above
    """Change what is given of an annotation."""
    library = caller.library
    given = body.model_fields_set & set(AnnotationUpdate.model_fields)
    if not given:
        raise InvalidInput("give something to change", field="body")
    image_id, collection_id = _found(library, id)
    shown = _shown(library, image_id, id)
    before = {name: shown[name] for name in AnnotationUpdate.model_fields if name in shown}  # type: ignore[literal-required]
    known = Said.model_construct(**(before | {name: getattr(body, name) for name in given}))
    known.geometry = known.geometry or []
    if "type" in given and "geometry" not in given and known.type == "classification":
        known.geometry = []
    library.annotations.update(id, to_store(known, collection_id))
    return render.one(_shown(library, image_id, id))


@router.delete(
    "/annotations/{id}",
    operation_id="deleteAnnotation",
    summary="Remove an annotation",
    responses={200: {"model": shapes.One[shapes.Removed]}},
)
def delete_annotation(caller: Writer, id: Id) -> Response:  # noqa: A002 - as above
    """Remove an annotation for good."""
    _found(caller.library, id)
    caller.library.annotations.delete([id])
    return render.one({"id": id})


def _found(library: Library, id_: int) -> tuple[int, int | None]:
    """Return the image of an annotation, and the project that it is for."""
    try:
        image_id, said = library.annotations.get(id_)
    except NotFound:
        raise NotFound(f"there is no annotation {id_}") from None
    return found(library, image_id).id, said.collection_id


def _shown(library: Library, image_id: int, id_: int) -> shapes.Annotation:
    for at, said in enumerate(library.get(image_id).annotations):
        if said.id == id_:
            return render.annotation(image_id, said, at)
    raise NotFound(f"there is no annotation {id_}")
