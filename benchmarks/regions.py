"""What the detectors find in real photos and how fast: objects, faces, and whose faces they are.

    python benchmarks/regions.py

Objects: average precision at an overlap of 0.5 (AP50: area under the interpolated precision-recall curve at 101
recalls, as COCO's own evaluation has it), averaged over the classes that the photos show. Faces: the area under the ROC
curve of the cosines of labelled pairs, and pairwise F1 of the people that come out of `assign`, all at once and photo
by photo in several orders. Speeds are of a picture already decoded, on all cores.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.vision.boxes import overlaps
from fototeca.vision.faces import DetectedFace, FaceDetector, FaceEmbedder
from fototeca.vision.objects import LABELS, THRESHOLD, DetectedObject, ObjectDetector
from fototeca.vision.people import LIKE, assign

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Truth = tuple[int, Floats]

ORDERS = 20


def load(path: Path) -> Picture:
    return np.asarray(Image.open(path).convert("RGB"))


def truths(path: Path) -> list[Truth]:
    """Class and corners, as shares, of the objects in a label file in YOLO form; a photo of nothing has none."""
    if not path.is_file():
        return []
    rows = [[float(word) for word in line.split()] for line in path.read_text().splitlines()]
    return [(int(kind), _corners((x - w / 2, y - h / 2, w, h))) for kind, x, y, w, h in rows]


def _corners(box: tuple[float, float, float, float]) -> Floats:
    left, top, width, height = box
    return np.array([left, top, left + width, top + height], np.float32)


def average_precision(found: Sequence[Sequence[DetectedObject]], true: Sequence[Sequence[Truth]], kind: int) -> float:
    """AP50 of one class over photos; an object counts once, for the surest box that overlaps it enough."""
    wanted = [[box for of, box in photo if of == kind] for photo in true]
    boxes = [
        (thing.score, photo, _corners(thing.box))
        for photo, things in enumerate(found)
        for thing in things
        if thing.label == LABELS[kind]
    ]
    hits = np.zeros(len(boxes))
    for place, (_, photo, box) in enumerate(sorted(boxes, key=lambda item: -item[0])):
        if wanted[photo]:
            alike = overlaps(box, np.array(wanted[photo]))
            if alike.max() >= 0.5:
                hits[place] = 1
                wanted[photo].pop(int(alike.argmax()))
    recall = hits.cumsum() / sum(kind == of for photo in true for of, _ in photo)
    precision = hits.cumsum() / np.arange(1, len(hits) + 1)
    best = [max(precision[recall >= level], default=0.0) for level in np.linspace(0, 1, 101)]
    return float(np.mean(best))


def mean_average_precision(found: Sequence[Sequence[DetectedObject]], true: Sequence[Sequence[Truth]]) -> float:
    kinds = {kind for photo in true for kind, _ in photo}
    return float(np.mean([average_precision(found, true, kind) for kind in sorted(kinds)]))


def labelled_pairs(path: Path) -> list[tuple[str, str, bool]]:
    with path.open() as file:
        rows = [row for row in csv.reader(file) if row[2] in {"Yes", "No"}]
    return [(one, other, same == "Yes") for one, other, same in rows]


def area_under_curve(same: Floats, different: Floats) -> float:
    """How often a pair of one person is more alike than a pair of two."""
    return float((same[:, None] > different).mean())


def pairwise_f1(whose: Mapping[str, int], pairs: Sequence[tuple[str, str, bool]]) -> float:
    """F1 of "these two show the same person" over labelled pairs of photos."""
    said = [(whose[one] == whose[other], same) for one, other, same in pairs]
    true = sum(a and b for a, b in said)
    return 2 * true / (sum(a for a, _ in said) + sum(b for _, b in said))


def people_of(names: Sequence[str], vectors: Floats, step: int) -> dict[str, int]:
    """Whose face each is, when so many come at a time."""
    known: dict[int, Floats] = {}
    whose: dict[str, int] = {}
    for start in range(0, len(names), step):
        new = vectors[start : start + step]
        given = assign(known, new)
        given.known.update({row: len(known) + k for k, group in enumerate(given.groups) for row in group})
        for row, person in given.known.items():
            known[person] = np.concatenate([known.get(person, new[:0]), new[row : row + 1]])
            whose[names[start + row]] = person
    return whose


def rate(work: Callable[[Picture], object], pictures: Sequence[Picture]) -> float:
    """Pictures per second."""
    work(pictures[0])
    start = time.perf_counter()
    for picture in pictures:
        work(picture)
    return len(pictures) / (time.perf_counter() - start)


def objects(shared: Path) -> None:
    detector = ObjectDetector.open(shared / "models/yolox-nano/model.onnx")
    paths = sorted((shared / "photos/objects/images").glob("*.jpg"))
    pictures = [load(path) for path in paths]
    true = [truths(path.parent.parent / "labels" / f"{path.stem}.txt") for path in paths]
    for threshold in (0.001, 0.1, THRESHOLD):
        found = [detector.detect(picture, threshold) for picture in pictures]
        print(
            f"objects, score >= {threshold:<6} AP50 {mean_average_precision(found, true):.3f}  "
            f"{sum(map(len, found))} found of {sum(map(len, true))} in {len(paths)} photos"
        )
    print(f"objects, speed            {rate(detector.detect, pictures):.1f} photos/s")


def faces(shared: Path) -> None:
    paths = sorted((shared / "photos/faces").glob("*.jpg"))
    pictures = [load(path) for path in paths]
    large = [np.asarray(Image.fromarray(picture).resize((1280, 960))) for picture in pictures[:16]]
    for name in ("dynamic", "model"):
        detector = FaceDetector.open(shared / f"models/yunet/{name}.onnx")
        found = [detector.detect(picture) for picture in pictures]
        print(
            f"faces, yunet/{name:<12} {sum(map(bool, found))} of {len(paths)} portraits have a face, "
            f"{sum(map(len, found))} faces  {rate(detector.detect, large):.1f} photos of 1280x960/s"
        )
        embedder = FaceEmbedder.open(shared / "models/mobilefacenet/model.onnx")
        portraits = [max(some, key=_area) for some in found]
        vectors = np.concatenate([embedder.embed(p, [face]) for p, face in zip(pictures, portraits, strict=True)])
        people(shared, [path.name for path in paths], vectors)
    print(f"faces, embedding          {rate(lambda p: embedder.embed(p, portraits[:1]), large):.1f} faces/s")


def _area(face: DetectedFace) -> float:
    return face.box[2] * face.box[3]


def people(shared: Path, names: Sequence[str], vectors: Floats) -> None:
    pairs = labelled_pairs(shared / "photos/faces/pairs.csv")
    of = dict(zip(names, vectors, strict=True))
    same, different = (np.array([of[a] @ of[b] for a, b, is_ in pairs if is_ == want]) for want in (True, False))
    print(
        f"  {len(same)} same pairs from {same.min():.3f}, {len(different)} different pairs to {different.max():.3f} "
        f"(line at {LIKE}), AUC {area_under_curve(same, different):.4f}"
    )
    whose = people_of(names, vectors, len(names))
    random = np.random.default_rng(1)
    orders = [random.permutation(len(names)) for _ in range(ORDERS)]
    later = [people_of([names[i] for i in order], vectors[order], 1) for order in orders]
    one_by_one = [pairwise_f1(some, pairs) for some in later]
    every = [(a, b, whose[a] == whose[b]) for a, b in combinations(names, 2)]
    print(
        f"  people: {len(set(whose.values()))}, pairwise F1 {pairwise_f1(whose, pairs):.3f} at once, "
        f"{min(one_by_one):.3f} or more one by one in {ORDERS} orders (with all at once they agree by F1 "
        f"{min(pairwise_f1(some, every) for some in later):.3f} or more)"
    )


def main() -> None:
    shared = Path(os.environ.get("FOTOTECA_SHARED", "../shared"))
    objects(shared)
    faces(shared)


if __name__ == "__main__":
    main()
