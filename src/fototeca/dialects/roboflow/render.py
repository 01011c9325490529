"""Records as this dialect shows them. Moments are epoch milliseconds, except a project's, which are seconds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from fototeca.assets import Annotation, Asset, Batch, Entry, Kind
from fototeca.dialects.roboflow.facts import own
from fototeca.dialects.roboflow.projects import ANNOTATED, Project, Projects, counts, place
from fototeca.http import Caller

if TYPE_CHECKING:
    from fototeca.engine import Hit

WORKSPACE_FIELDS = ("filename", "tags", "projects")
"""What a search of the workspace shows unless it is told otherwise."""
PROJECT_FIELDS = ("id", "created")
"""The same for a search of a project."""


def milliseconds(moment: datetime) -> int:
    """Return a moment as epoch milliseconds."""
    return round(moment.timestamp() * 1000)


def stamp(moment: datetime) -> dict[str, int]:
    """Return a moment in the form of the product's database."""
    return {"_seconds": int(moment.timestamp()), "_nanoseconds": moment.microsecond * 1000}


# --- projects -------------------------------------------------------------------------------------------------


def workspace(caller: Caller) -> dict[str, Any]:
    """Return a workspace without its projects."""
    name = caller.principal.workspace.name
    return {"name": name, "url": name, "members": 1}


def project(caller: Caller, shown: Project, said: dict[int, dict[str, int]]) -> dict[str, Any]:
    """Return a project with all that the SDK's constructor needs."""
    counted = counts(caller.library, shown, said)
    collection = shown.collection
    return {
        "id": f"{caller.principal.workspace.name}/{shown.slug}",
        "type": shown.type,
        "name": collection.name,
        "created": collection.created.timestamp(),
        "updated": collection.updated.timestamp(),
        "images": counted.images,
        "unannotated": counted.unannotated,
        "annotation": shown.group,
        "versions": 0,
        "public": False,
        "splits": counted.splits,
        "colors": {name: _colour(name) for name in counted.classes},
        "classes": counted.classes,
        "multilabel": shown.multilabel,
    }


def _colour(name: str) -> str:
    """Return a class's colour: always the same, and never too dark to see."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=3).digest()
    return "#" + "".join(f"{64 + value * 191 // 255:02X}" for value in digest)


def batch(shown: Batch, jobs: Iterable[Entry]) -> dict[str, Any]:
    """Return a batch."""
    return {
        "id": shown.uuid,
        "name": shown.name,
        "numJobs": sum(job.value["batch"] == shown.uuid for job in jobs),
        "images": shown.count or 0,
        "uploaded": stamp(shown.created),
    }


def job(caller: Caller, entry: Entry, home: Project) -> dict[str, Any]:
    """Return an annotation job with how far it is."""
    value = entry.value
    places = [place(asset, home) for asset in caller.library.load(value["images"])]
    annotated = sum(each is not None and each.annotation_status == ANNOTATED for each in places)
    unannotated = sum(each is not None for each in places) - annotated
    owner = caller.principal.workspace.name
    return {
        "id": entry.key,
        "name": value["name"],
        "project": home.slug,
        "sourceBatch": f"{home.slug}/{value['batch']}",
        "status": "assigned" if unannotated else "complete",
        "labeler": value["labeler"],
        "reviewer": value["reviewer"],
        "owner": owner,
        "createdBy": owner,
        "instructionsText": value["instructions"],
        "numImages": annotated + unannotated,
        "annotated": annotated,
        "unannotated": unannotated,
        "approved": 0,
        "rejected": 0,
        "created": stamp(entry.created),
    }


# --- images ---------------------------------------------------------------------------------------------------


def tags(asset: Asset) -> list[str]:
    """Return the tags that `tag:` finds an image by: its own, and the keywords written into the file."""
    return list(dict.fromkeys([*asset.tags, *asset.facts.keywords]))


def labels(said: Iterable[Annotation]) -> list[str]:
    """Return the different classes of annotations, in their order."""
    return list(dict.fromkeys(each.label for each in said))


def summary(said: Sequence[Annotation]) -> dict[str, Any]:
    """Return how many annotations there are, in all and of each class."""
    return {"count": len(said), "classes": dict(Counter(each.label for each in said))}


def url(caller: Caller, asset: Asset, variant: str = "original") -> str:
    """Return a link to an image's bytes that works without a key until it expires."""
    return caller.origin + caller.context.links.sign(asset.workspace, asset.uuid, variant)


class Images:
    """Shows the images of one page, with the fields asked for.

    Args:
        caller: Who asks.
        projects: All projects.
        wanted: Names of fields; what is not known is ignored.
        home: The project that is searched; none for the whole workspace.
        cosine: Whether scores are cosines; clients expect those plus 1.
    """

    def __init__(
        self, caller: Caller, projects: Projects, wanted: Sequence[str], home: Project | None, *, cosine: bool
    ) -> None:
        self._caller = caller
        self._projects = projects
        self._wanted = frozenset(wanted)
        self._home = home
        self._cosine = cosine

    def page(self, hits: Sequence[Hit]) -> list[dict[str, Any]]:
        """Return the images of hits in their order, without those that are gone meanwhile."""
        found = {asset.id: asset for asset in self._caller.library.load([hit.id for hit in hits])}
        vectors = embeddings(self._caller, list(found)) if "embedding" in self._wanted else {}
        return [self._image(hit, found[hit.id], vectors.get(hit.id)) for hit in hits if hit.id in found]

    def _image(self, hit: Hit, asset: Asset, vector: list[float] | None) -> dict[str, Any]:
        said = asset.annotations if self._home is None else self._projects.annotations(asset, self._home)
        made: dict[str, Callable[[], Any]] = {
            "filename": lambda: asset.filename,
            "name": lambda: asset.filename,
            "tags": lambda: tags(asset),
            "width": lambda: asset.width,
            "height": lambda: asset.height,
            "aspectRatio": lambda: round(asset.width / asset.height, 4) if asset.height else None,
            "projects": lambda: [self._projects.by_id[each.collection_id].slug for each in self._places(asset)],
            "annotations": lambda: summary(said),
            "labels": lambda: labels(said),
            "user_metadata": lambda: own(asset.metadata),
            "embedding": lambda: vector,
            "created": lambda: milliseconds(asset.created),
            "owner": lambda: asset.workspace,
        }
        image: dict[str, Any] = {"id": asset.uuid, "mediaType": "video" if asset.kind is Kind.VIDEO else "image"}
        image |= {name: make() for name, make in made.items() if name in self._wanted}
        if "split" in self._wanted:
            image |= self._split(asset)
        if "url" in self._wanted:
            video = asset.kind is Kind.VIDEO
            image["url"] = url(self._caller, asset, "1440" if video else "original")
            image |= {"videoUrl": url(self._caller, asset)} if video else {}
        if "score" in self._wanted and hit.score is not None:
            image["score"] = round(1 + (hit.score if self._cosine else hit.relevance or 0.0), 6)
        return image

    def _split(self, asset: Asset) -> dict[str, Any]:
        if self._home is not None:
            here = place(asset, self._home)
            return {"split": here.split if here else None}
        data = {
            self._projects.by_id[each.collection_id].slug: {"split": each.split or "none", "inDataset": each.in_dataset}
            for each in self._places(asset)
        }
        return {"projectData": data}

    def _places(self, asset: Asset) -> list[Any]:
        """Return the asset's places in projects that are not in the trash."""
        return [each for each in asset.memberships if each.collection_id in self._projects.by_id]


def details(caller: Caller, asset: Asset, said: Sequence[Annotation], split: str | None) -> dict[str, Any]:
    """Return everything of an image in a project; boxes are in pixels, `x` and `y` their centre."""
    image: dict[str, Any] = {
        "id": asset.uuid,
        "name": asset.filename,
        "labels": labels(said),
        "split": split,
        "tags": tags(asset),
        "created": milliseconds(asset.created),
        "metadata": own(asset.metadata),
        "urls": {"original": url(caller, asset), "thumb": url(caller, asset, "256")},
        "embedding": embeddings(caller, [asset.id]).get(asset.id, []),
    }
    if said:
        boxes = [_box(each, asset.width, asset.height) for each in said]
        image["annotation"] = {"key": asset.uuid, "width": asset.width, "height": asset.height, "boxes": boxes}
    return image


def _box(said: Annotation, width: int, height: int) -> dict[str, Any]:
    box: dict[str, Any] = {"label": said.label}
    if said.box is not None:
        left, top, across, down = said.box
        box |= {"x": _pixels(left + across / 2, width), "y": _pixels(top + down / 2, height)}
        box |= {"width": _pixels(across, width), "height": _pixels(down, height)}
    if said.polygon:
        box["points"] = [[_pixels(x, width), _pixels(y, height)] for x, y in said.polygon]
    if said.confidence is not None:
        box["confidence"] = said.confidence
    return box


def _pixels(share: float, size: int) -> float:
    return round(share * size, 3)


def embeddings(caller: Caller, asset_ids: Sequence[int]) -> dict[int, list[float]]:
    """Return the vectors of assets in the space that is searched, by asset."""
    records = caller.library.records
    space = records.spaces.current()
    found = {} if space is None else records.embeddings.load(space.name, asset_ids)
    return {id_: np.frombuffer(vectors[0].vector, "<f2").astype(float).tolist() for id_, vectors in found.items()}
