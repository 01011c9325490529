"""Meaning and likeness: what a two-tower model says of a library's pictures, kept as vectors and asked for by them.

A space belongs to one model. A library searches the one that is current; another model's vectors are made beside it and
become current when every asset has one, so that an answer never mixes two models.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.assets import Asset, Owner
from fototeca.blobs import Blobs
from fototeca.catalog import Records, Space
from fototeca.errors import InvalidInput, ModelError, NotFound, StorageError
from fototeca.ingest import Failure
from fototeca.library import files
from fototeca.library.following import Progress
from fototeca.query import Vector

if TYPE_CHECKING:  # the model runtime is only loaded where there is a model
    from fototeca.vision import TwoTower

LEAST_RELEVANCE = 0.25
"""What is less relevant than this is no answer to a text, unless the caller says otherwise: "nothing fits" is one too.

About two robust standard deviations above what the text is like to a random picture of the library."""

_log = logging.getLogger(__name__)
_BATCH = 32
_READ_AHEAD = 2
_TEXTS_KEPT = 1024
_EVERY = 1 << 62

Picture = npt.NDArray[np.uint8]
Models = Callable[[str | None], "TwoTower | None"]
"""Gives the model that made a space, or the one in use."""


class Enriched(msgspec.Struct, kw_only=True):
    """What became of the assets that had no vector.

    Attributes:
        embedded: How many have one now.
        failed: Which could not get one, and why.
    """

    embedded: int = 0
    failed: list[Failure] = []


class Meanings:
    """One library's way to its model and its vectors."""

    def __init__(self, records: Records, blobs: Blobs, model: Models) -> None:
        self._records = records
        self._blobs = blobs
        self._model = model
        self._texts: dict[tuple[str, str], bytes] = {}
        self._lock = Lock()

    def of_text(self, words: str, least: float) -> Vector | None:
        """Return the rank that a text stands for; `None` where there is no model, or no vectors of it yet.

        A model that is broken is logged and counts as none: the text is still matched as words.
        """
        try:
            ready = self._ready()
            return None if ready is None else self._of_text(*ready, words, least)
        except ModelError as error:
            _log.warning("texts are matched as words only: %s", error.message)
            return None

    def _of_text(self, model: TwoTower, space: Space, words: str, least: float) -> Vector:
        with self._lock:
            known = self._texts.get((space.name, words))
        if known is None:
            known = model.embed_texts([words])[0].astype("<f4").tobytes()
            with self._lock:
                if len(self._texts) >= _TEXTS_KEPT:
                    self._texts.clear()
                self._texts[space.name, words] = known
        return Vector(space.name, known, least)

    def of_picture(self, data: bytes) -> Vector:
        """Return the rank that a picture stands for, given as one of our own renditions.

        Raises:
            InvalidInput: There is no model, or no asset has a vector of it yet.
            ModelError: The model is broken.
        """
        ready = self._ready()
        if ready is None:
            raise InvalidInput("searching by a picture needs vectors: install a model, then enrich", field="picture")
        model, space = ready
        return Vector(space.name, model.embed_images([_pixels(data)])[0].astype("<f4").tobytes())

    def mean(self, words: str, like: Sequence[int], picture: Vector | None) -> Vector | None:
        """Return the mean of the unit vectors of a text (if a model is there), of assets and of a picture.

        Raises:
            InvalidInput: One of the assets has no vector.
        """
        text = self.of_text(words, 0.0) if words else None
        units = [_unit(np.frombuffer(each.embedding, "<f4")) for each in (text, picture) if each is not None]
        if like:
            space = self.space()
            known = self._records.embeddings.load(space, like)
            for asset_id in like:
                if asset_id not in known:
                    raise InvalidInput(f"asset {asset_id} has no vector to compare with", field="like")
                units.append(_unit(np.frombuffer(known[asset_id][0].vector, "<f2")))
        elif units:
            space = next(each.space for each in (text, picture) if each is not None)
        return Vector.of(space, np.mean(units, axis=0).tolist()) if units else None

    def space(self) -> str:
        """Return the name of the space that likeness is asked of.

        Raises:
            InvalidInput: No asset has a vector.
        """
        space = self._records.spaces.current()
        if space is None:
            raise InvalidInput("searching by likeness needs vectors, and no model is installed", field="like")
        return space.name

    def enrich(self, progress: Progress | None = None) -> Enriched:
        """Give a vector to every asset that has none of the installed model. It may be stopped and run again.

        Raises:
            ModelError: There is no model, or it is broken.
        """
        model = self._model(None)
        if model is None:
            raise ModelError("no model is installed; see `fototeca models list`")
        name = space_of(model)
        space = self._records.spaces.create(name, dimension=model.dimension, owner=Owner.ASSET, model=name)
        missing = self._records.embeddings.missing(name, limit=_EVERY)
        report, done = Enriched(), 0
        for batch in self._pictures(missing):
            good = {asset.id: picture for asset, picture in batch if not isinstance(picture, str)}
            report.failed += [Failure(asset.filename, reason) for asset, reason in batch if isinstance(reason, str)]
            if good:
                vectors = model.embed_images(list(good.values())).astype("<f2")
                self._put(name, {asset_id: vector.tobytes() for asset_id, vector in zip(good, vectors, strict=True)})
            report.embedded += len(good)
            done += len(batch)
            if progress is not None:
                progress(done, len(missing))
        if not space.current:
            self._records.spaces.make_current(name)
        return report

    def _ready(self) -> tuple[TwoTower, Space] | None:
        """Return the current space and the model that made it, which need not be the one in use: see `enrich`."""
        space = self._records.spaces.current()
        model = None if space is None else self._model(space.model)
        return None if model is None or space is None else (model, space)

    def _put(self, space: str, vectors: dict[int, bytes]) -> None:
        """Store vectors; assets that were deleted meanwhile need none."""
        try:
            self._records.embeddings.put(space, vectors)
        except NotFound:
            for asset_id, vector in vectors.items():
                with suppress(NotFound):
                    self._records.embeddings.put(space, {asset_id: vector})

    def _pictures(self, ids: Sequence[int]) -> Iterator[list[tuple[Asset, Picture | str]]]:
        """Read the assets' pictures batch by batch, a little ahead of the model; of a bad one say what is wrong."""
        batches = [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]
        with ThreadPoolExecutor(_READ_AHEAD) as pool:
            waiting = [pool.submit(self._read, batch) for batch in batches[:_READ_AHEAD]]
            for ahead in range(_READ_AHEAD, len(batches) + _READ_AHEAD):
                if not waiting:
                    return
                yield waiting.pop(0).result()
                if ahead < len(batches):
                    waiting.append(pool.submit(self._read, batches[ahead]))

    def _read(self, ids: Sequence[int]) -> list[tuple[Asset, Picture | str]]:
        found: list[tuple[Asset, Picture | str]] = []
        for asset in self._records.assets.load(ids):
            try:
                file = files.find(self._blobs, asset, "1440")
                found.append((asset, _pixels(b"".join(file.read(0, file.size))) if file else "it has no rendition"))
            except (OSError, StorageError) as error:
                found.append((asset, f"its rendition cannot be read: {error}"))
        return found


def space_of(model: TwoTower) -> str:
    """Return the name of the space that a model's vectors are in."""
    return f"{model.name}@{model.digest}"


def _unit(vector: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    wide = vector.astype(np.float64)
    return wide / (float(np.linalg.norm(wide)) or 1.0)


def _pixels(data: bytes) -> Picture:
    """Decode one of our own renditions to RGB, on white where it is transparent."""
    with Image.open(io.BytesIO(data), formats=("JPEG", "WEBP")) as image:
        if image.mode == "RGBA":
            white = Image.new("RGBA", image.size, "white")
            return np.asarray(Image.alpha_composite(white, image).convert("RGB"))
        return np.asarray(image.convert("RGB"))
