"""Near-duplicates: groups of assets that show the same photo, though their bytes differ.

Three steps, each on far fewer pairs than the one before. *Candidates* are pairs whose perceptual hashes are near, or,
where there are vectors, that are among the nearest of one of them. What they look like from afar, which their
ThumbHashes tell, and their shapes must then agree. Only what is left is *compared* in the small renditions: see
`media.same`. A group is the best picture, and all that are the same as that very picture, so that no chain of small
steps joins different photos.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import msgspec
import numpy as np
import numpy.typing as npt

from fototeca.assets import Kind
from fototeca.blobs import Blobs
from fototeca.catalog import Look, Records
from fototeca.errors import StorageError
from fototeca.library import files
from fototeca.library.candidates import near_hashes, near_vectors
from fototeca.library.following import Progress
from fototeca.media.hashes import coarse
from fototeca.media.same import Sketch, same, sketch

LIKE_IN_LIGHT = 0.6
"""Least correlation of the luminance of two pictures seen from afar."""
UNLIKE_IN_COLOUR = 0.09
"""Largest difference of their colours, as a root mean square of shares."""
STRETCHED = 0.12
"""Largest difference of their aspect ratios, as a logarithm."""

_EVEN = 0.01
"""Strength of the luminance below which a picture looks even from afar, and its luminance tells nothing."""
_AT_ONCE = 5_000
"""Vectors that are read at a time."""
_CHANGES = 10_000
"""Entries of the change log that are read to see whether pictures have changed."""
_PAIRS = 64
"""Pairs that are compared at a time."""
_SKETCHES = 4_096
_VERDICTS = 500_000
_READERS = 4

Pairs = npt.NDArray[np.int64]


class DuplicateGroup(msgspec.Struct, frozen=True):
    """Assets that show the same photo.

    Attributes:
        ids: The best one first: most pixels, then one that has EXIF, then most bytes.
        spare: Bytes of all but the first.
    """

    ids: tuple[int, ...]
    spare: int


class Duplicates:
    """One library's near-duplicates. May be used from many threads; they take turns.

    What hangs together is found once for the whole library, and again when pictures or vectors are added; what two
    pictures were found to be is remembered for as long as this object lives. So trashing one copy after the other costs
    no more than looking.
    """

    def __init__(self, records: Records, blobs: Blobs) -> None:
        self._records = records
        self._blobs = blobs
        self._sketches: OrderedDict[str, Sketch | None] = OrderedDict()
        self._verdicts: dict[tuple[str, str], bool] = {}
        self._together: list[list[Look]] = []
        self._head = -1
        self._lock = Lock()

    def among(self, ids: Iterable[int], progress: Progress | None = None) -> list[DuplicateGroup]:
        """Find the groups among some assets, in order of their first ids."""
        wanted = frozenset(ids)
        with self._lock:
            head = self._records.changes.head()
            if self._head < 0 or not self._looks_the_same(head):
                self._together = self._found(progress)
            self._head = head
            groups = [
                group for some in self._together for group in self._groups([look for look in some if look.id in wanted])
            ]
        return sorted(groups, key=lambda group: group.ids[0])

    def _looks_the_same(self, head: int) -> bool:
        """Whether no change since the last time has to do with pictures or vectors."""
        if head - self._head > _CHANGES:
            return False
        return not any(
            change.entity == "space"
            or change.action == "created"
            or change.detail.get("reason") in {"replaced", "embeddings"}
            for change in self._records.changes.since(self._head, _CHANGES)
            if change.entity in {"asset", "space"}
        )

    def _found(self, progress: Progress | None) -> list[list[Look]]:
        """Everything, in the trash or not, that hangs together; in each set the best comes first."""
        looks = sorted(self._records.assets.looks(), key=_worst_last)
        pairs = self._candidates(looks)
        verdicts = self._compare([(looks[one], looks[other]) for one, other in pairs.tolist()], progress)
        return [[looks[place] for place in places] for places in _connected(pairs[verdicts].tolist())]

    def _groups(self, members: Sequence[Look]) -> Iterator[DuplicateGroup]:
        """Divide what hangs together, the best first, into those that are each the same as the best of their group."""
        while len(members) > 1:
            first, *others = members
            verdicts = self._compare([(first, other) for other in others], None)
            group = [other for other, verdict in zip(others, verdicts, strict=True) if verdict]
            if group:
                ids = (first.id, *(look.id for look in group))
                yield DuplicateGroup(ids, sum(look.bytes for look in group))
            members = [other for other, verdict in zip(others, verdicts, strict=True) if not verdict]

    def _candidates(self, looks: Sequence[Look]) -> Pairs:
        """Pairs of places in `looks`, the lower first, that may be the same photo. A video never goes with a still."""
        vectors = dict(self._vectors())
        found = [np.empty((0, 2), np.int64)]
        for video in (False, True):
            at = [
                i
                for i, look in enumerate(looks)
                if (look.kind is Kind.VIDEO) == video and look.phash and look.thumbhash
            ]
            some = [looks[i] for i in at]
            pairs = [near_hashes([look.phash or "" for look in some]), near_vectors([vectors.get(k.id) for k in some])]
            both = np.unique(np.concatenate(pairs), axis=0)
            found.append(np.array(at, np.int64)[_alike(some, both)])
        return np.concatenate(found)

    def _vectors(self) -> Iterator[tuple[int, npt.NDArray[np.float16]]]:
        space = self._records.spaces.current()
        last = 0
        while space and (some := self._records.embeddings.iterate(space.name, last, _AT_ONCE)):
            last = some[-1].owner_id
            yield from ((one.owner_id, np.frombuffer(one.vector, "<f2")) for one in some)

    def _compare(self, pairs: Sequence[tuple[Look, Look]], progress: Progress | None) -> npt.NDArray[np.bool_]:
        """Whether the two of each pair are the same photo; pairs that were compared before are known."""
        names = [(one.sha256, other.sha256) for one, other in pairs]
        unknown = sorted({name for name in names if name not in self._verdicts})
        if len(self._verdicts) + len(unknown) > _VERDICTS:
            unknown = sorted(set(names))
            self._verdicts.clear()
        with ThreadPoolExecutor(_READERS) as pool:
            for start in range(0, len(unknown), _PAIRS):
                chunk = unknown[start : start + _PAIRS]
                self._read(pool, {sha256 for name in chunk for sha256 in name})
                drawn = [(self._sketches[one], self._sketches[other]) for one, other in chunk]
                both = [(one, other) for one, other in drawn if one is not None and other is not None]
                verdicts = iter(same([one for one, _ in both], [other for _, other in both]).tolist())
                self._verdicts |= {
                    name: None not in pair and next(verdicts) for name, pair in zip(chunk, drawn, strict=True)
                }
                if progress is not None:
                    progress(start + len(chunk), len(unknown))
        return np.array([self._verdicts[name] for name in names], np.bool_)

    def _read(self, pool: ThreadPoolExecutor, sha256s: set[str]) -> None:
        """Have the sketches of some pictures ready; the ones not used for longest are forgotten."""
        for sha256 in sha256s & self._sketches.keys():
            self._sketches.move_to_end(sha256)
        missing = list(sha256s - self._sketches.keys())
        self._sketches |= zip(missing, pool.map(self._sketch, missing), strict=True)
        while len(self._sketches) > _SKETCHES:
            self._sketches.popitem(last=False)

    def _sketch(self, sha256: str) -> Sketch | None:
        """The sketch of a picture; `None` where its small rendition is gone."""
        try:
            picture = files.picture(self._blobs, sha256, "256")
        except (OSError, StorageError):
            return None
        return None if picture is None else sketch(picture)


def _worst_last(look: Look) -> tuple[int, bool, int, int]:
    return -look.width * look.height, not look.exif, -look.bytes, look.id


def _alike(looks: Sequence[Look], pairs: Pairs) -> Pairs:
    """Those of the pairs whose shapes, lengths and ThumbHashes agree as well."""
    if not len(pairs):
        return pairs
    seen = coarse([look.thumbhash or "" for look in looks]).reshape(len(looks), 3, -1)
    light = seen[:, 0] - seen[:, 0].mean(1, keepdims=True)
    strength = np.linalg.norm(light, axis=1, keepdims=True)
    light /= np.maximum(strength, _EVEN)
    even = strength[:, 0] < _EVEN
    shape = np.log([max(look.width, 1) / max(look.height, 1) for look in looks])
    seconds = np.array([look.duration or 0.0 for look in looks])
    one, other = pairs.T
    agree = np.abs(shape[one] - shape[other]) <= STRETCHED
    agree &= np.abs(seconds[one] - seconds[other]) <= np.maximum(1, 0.02 * seconds[one])
    agree &= ((light[one] * light[other]).sum(1) >= LIKE_IN_LIGHT) | even[one] | even[other]
    agree &= np.sqrt(((seen[one, 1:] - seen[other, 1:]) ** 2).mean((1, 2))) <= UNLIKE_IN_COLOUR
    agreeing: Pairs = pairs[agree]
    return agreeing


def _connected(pairs: Sequence[Sequence[int]]) -> list[list[int]]:
    """The sets of places that pairs join, each in order."""
    parents: dict[int, int] = {}

    def root(place: int) -> int:
        while (parent := parents.setdefault(place, place)) != place:
            parents[place] = parents[parent]
            place = parent
        return place

    for one, other in pairs:
        parents[root(one)] = root(other)
    sets: dict[int, list[int]] = {}
    for place in sorted(parents):
        sets.setdefault(root(place), []).append(place)
    return list(sets.values())
