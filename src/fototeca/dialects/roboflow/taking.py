"""Taking images into a project, and saying what they show: what a single upload and a whole data set have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fototeca.assets import Asset, Status
from fototeca.catalog import AssetPatch, MembershipPatch, NewAnnotation, NewObject
from fototeca.dialects.roboflow.annotations.shapes import Frame, Shape
from fototeca.dialects.roboflow.projects import ANNOTATED, Project, place
from fototeca.errors import Conflict
from fototeca.library import Library

DEFAULT_BATCH = "Uploaded via API"
DEFAULT_SPLIT = "train"
Upload = Callable[..., tuple[Asset, bool]]


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of an image that is uploaded.

    Attributes:
        split: The part of the data set that it belongs to.
        batch: Name of the batch that it comes in.
        tags: Its tags.
        metadata: Key/value facts.
    """

    split: str = DEFAULT_SPLIT
    batch: str = DEFAULT_BATCH
    tags: tuple[str, ...] = ()
    metadata: dict[str, str | int | float | bool] = field(default_factory=dict)


def take(library: Library, home: Project, upload: Upload, given: Given) -> tuple[Asset, bool]:
    """Add an image to a project; return it, and whether the workspace had its bytes already.

    An image that is there already joins the project and gets the tags and facts beside those that it has; what it is
    in the project, its split and its batch, it keeps. So the same upload may be sent again and again.

    Args:
        library: Where to.
        home: The project.
        upload: `Library.upload` or `Library.upload_url` with what it is about.
        given: What is said of the image.

    Raises:
        MediaError: The file cannot be read.
        FetchError: It is to be fetched, and cannot.
    """
    asset, duplicate = upload(tags=given.tags, metadata=given.metadata)
    if asset.status is Status.TRASHED:
        library.restore([asset.id])
    if duplicate and (given.tags or given.metadata):
        merged = AssetPatch(add_tags=given.tags, merge_metadata=given.metadata)
        library.records.assets.update([asset.id], merged)
    here = place(asset, home)
    missing: dict[str, object] = {}
    if here is None or here.split is None:
        missing["split"] = given.split
    if here is None or here.batch_id is None:
        missing["batch_id"] = library.records.batches.ensure(given.batch, home.id).id
    if missing:
        library.collections.put(home.id, [asset.id], MembershipPatch(**missing))  # type: ignore[arg-type] # by their names
    return asset, duplicate


def annotate(
    library: Library, home: Project, asset: Asset, shapes: Sequence[Shape], *, overwrite: bool, into_dataset: bool
) -> None:
    """Say what an image shows; with no shapes, that it shows nothing.

    Raises:
        Conflict: Somebody has said so before in this project, and that must not be overwritten.
    """
    here = place(asset, home)
    if here is not None and here.annotation_status == ANNOTATED and not overwrite:
        raise Conflict("This image is already annotated; send overwrite=true to replace its annotations.")
    library.annotations.replace(asset.id, home.id, [_annotation(shape) for shape in shapes])
    status = MembershipPatch(annotation_status=ANNOTATED)
    inside = MembershipPatch(annotation_status=ANNOTATED, in_dataset=True)
    library.collections.put(home.id, [asset.id], inside if into_dataset else status)


def predict(library: Library, asset: Asset, shapes: Sequence[Shape]) -> None:
    """Keep what a model found: objects, which are no annotations and make nothing part of a data set."""
    whole = (0.0, 0.0, 1.0, 1.0)
    found = [
        NewObject(
            label=shape.label, box=shape.box or whole, score=1.0 if shape.confidence is None else shape.confidence
        )
        for shape in shapes
    ]
    library.records.objects.add(asset.id, found)


def frame_of(asset: Asset) -> Frame:
    """Return the size that the coordinates of an image's annotations are given in."""
    return Frame(asset.width or 1, asset.height or 1)


def _annotation(shape: Shape) -> NewAnnotation:
    kind = "polygon" if shape.polygon else "bbox" if shape.box else "classification"
    return NewAnnotation(
        label=shape.label, type=kind, box=shape.box, polygon=shape.polygon, confidence=shape.confidence
    )
