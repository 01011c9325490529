"""What the detectors find in real photos and how fast: objects, faces, and whose faces they are.

Objects: average precision (area under the interpolated precision-recall curve at 101 recalls, as COCO's own evaluation
has it), averaged over the classes that the photos show. Faces: the area under the ROC curve of the cosines of labelled
pairs, and pairwise F1 of the people that come out of `assign`, all at once and photo by photo in several orders. Speeds
are of a picture already decoded, on all cores.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality.figures import SHARED, Figure, Floats, Picture, load
from fototeca.vision.boxes import overlaps
from fototeca.vision.faces import DetectedFace, FaceDetector, FaceEmbedder
from fototeca.vision.objects import LABELS, THRESHOLD, DetectedObject, ObjectDetector
from fototeca.vision.people import assign

Truth = tuple[int, Floats]

ORDERS = 20
ALL = 0.001
"""Score from which boxes count for the mean average precision."""
LOSS = 0.01


def truths(path: Path) -> list[Truth]:
    """Class and corners, as shares, of the objects in a label file in YOLO form; a photo of nothing has none."""
    if not path.is_file():
        return []
    rows = [[float(word) for word in line.split()] for line in path.read_text().splitlines()]
    return [(int(kind), _corners((x - w / 2, y - h / 2, w, h))) for kind, x, y, w, h in rows]


def _corners(box: tuple[float, float, float, float]) -> Floats:
    left, top, width, height = box
    return np.array([left, top, left + width, top + height], np.float32)


def average_precision(
    found: Sequence[Sequence[DetectedObject]], true: Sequence[Sequence[Truth]], kind: int, least: float
) -> float:
    """AP of one class over photos; an object counts once, for the surest box that overlaps it enough."""
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
            if alike.max() >= least:
                hits[place] = 1
                wanted[photo].pop(int(alike.argmax()))
    recall = hits.cumsum() / sum(kind == of for photo in true for of, _ in photo)
    precision = hits.cumsum() / np.arange(1, len(hits) + 1)
    best = [max(precision[recall >= level], default=0.0) for level in np.linspace(0, 1, 101)]
    return float(np.mean(best))


def mean_average_precision(
    found: Sequence[Sequence[DetectedObject]], true: Sequence[Sequence[Truth]], least: float = 0.5
) -> float:
    """The mean over the classes that the photos show."""
    kinds = {kind for photo in true for kind, _ in photo}
    return float(np.mean([average_precision(found, true, kind, least) for kind in sorted(kinds)]))


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


def mean_over_overlaps(found: Sequence[Sequence[DetectedObject]], true: Sequence[Sequence[Truth]]) -> float:
    """mAP: the mean over overlaps from 0.5 to 0.95, as COCO has it."""
    return float(np.mean([mean_average_precision(found, true, least) for least in np.arange(0.5, 1, 0.05)]))


def objects() -> list[Figure]:
    """Figures of the object detector."""
    detector = ObjectDetector.open(SHARED / "models/yolox-nano/model.onnx")
    paths = sorted((SHARED / "photos/objects/images").glob("*.jpg"))
    pictures = [load(path) for path in paths]
    true = [truths(path.parent.parent / "labels" / f"{path.stem}.txt") for path in paths]
    every = [detector.detect(picture, ALL) for picture in pictures]
    usual = [[thing for thing in some if thing.score >= THRESHOLD] for some in every]
    return [
        Figure("objects: mAP at an overlap of 0.5", mean_average_precision(every, true), 0.49 - LOSS),
        Figure("objects: mAP over overlaps 0.5 to 0.95", mean_over_overlaps(every, true), 0.34 - LOSS),
        Figure(f"objects: mAP at 0.5 of those kept (score >= {THRESHOLD})", mean_average_precision(usual, true)),
        Figure("objects: photos a second", rate(detector.detect, pictures[:64]), form=".1f"),
    ]


def faces() -> list[Figure]:
    """Figures of the face detector and the face embedder, and of the people that come of them."""
    paths = sorted((SHARED / "photos/faces").glob("*.jpg"))
    pictures = [load(path) for path in paths]
    detector = FaceDetector.open(SHARED / "models/yunet/dynamic.onnx")
    embedder = FaceEmbedder.open(SHARED / "models/mobilefacenet/model.onnx")
    found = [detector.detect(picture) for picture in pictures]
    seen = [
        (path.name, picture, max(some, key=_area))
        for path, picture, some in zip(paths, pictures, found, strict=True)
        if some
    ]
    vectors = np.concatenate([embedder.embed(picture, [face]) for _, picture, face in seen])
    return [
        Figure("faces: portraits in which one is found", len(seen) / len(paths), 1.0),
        *people([name for name, _, _ in seen], vectors),
        Figure("faces: photos a second", rate(detector.detect, pictures[:32]), form=".1f"),
    ]


def _area(face: DetectedFace) -> float:
    return face.box[2] * face.box[3]


def people(names: Sequence[str], vectors: Floats) -> list[Figure]:
    """How well faces are told apart, pair by pair and as people."""
    pairs = [pair for pair in labelled_pairs(SHARED / "photos/faces/pairs.csv") if set(pair[:2]) <= set(names)]
    of = dict(zip(names, vectors, strict=True))
    same, different = (np.array([of[a] @ of[b] for a, b, is_ in pairs if is_ == want]) for want in (True, False))
    whose = people_of(names, vectors, len(names))
    random = np.random.default_rng(1)
    orders = [random.permutation(len(names)) for _ in range(ORDERS)]
    later = [people_of([names[i] for i in order], vectors[order], 1) for order in orders]
    return [
        Figure("faces: area under the ROC curve of labelled pairs", area_under_curve(same, different), 0.99, ".3f"),
        Figure("people: pairwise F1, all photos at once", pairwise_f1(whose, pairs), form=".3f"),
        Figure(
            f"people: the same, photo by photo, worst of {ORDERS} orders",
            min(pairwise_f1(some, pairs) for some in later),
            form=".3f",
        ),
    ]


def measure() -> list[Figure]:
    """Figures of both."""
    return objects() + faces()
