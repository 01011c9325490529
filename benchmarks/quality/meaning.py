"""How well a two-tower model finds photos by words and by likeness, and how fast it embeds them.

Retrieval is over the captioned photos, with captions without their closing full stop, as people type: a caption must
find its photo, and a photo one of its captions, among the first 1, 5 or 10. Zero-shot: a photo must be nearest to "a
photo of a" and the name of its class. Likeness: how many of a photo's nearest have its class. Throughput is set against
a bare loop that calls ONNX Runtime on tensors made before, with the same session options and batch, both in turns; the
best turn of each counts, as the least disturbed.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.quality.figures import SHARED, Figure, Picture, clothing, load
from fototeca.vision import TwoTower
from fototeca.vision.preprocessing import Preprocessing
from fototeca.vision.sessions import open_session
from fototeca.vision.two_tower import IMAGE_BATCH

PUBLISHED = {
    "text to image R@1": 0.177,
    "text to image R@5": 0.410,
    "text to image R@10": 0.538,
    "image to text R@1": 0.235,
    "image to text R@5": 0.479,
    "image to text R@10": 0.598,
}
"""What the makers of the small model have measured."""
LOSS = 0.01
DEPTHS = (1, 5, 10)
ROUNDS = 20


def captions() -> dict[str, list[str]]:
    """What people said of the captioned photos, by file name."""
    found: dict[str, list[str]] = json.loads((SHARED / "photos/captioned/captions.json").read_text())
    return {name: [caption.rstrip(" .") for caption in said] for name, said in found.items()}


def retrieval(model: TwoTower, said: dict[str, list[str]], pictures: list[Picture]) -> dict[str, float]:
    """Recall both ways."""
    texts = [caption for some in said.values() for caption in some]
    owner = np.repeat(np.arange(len(said)), [len(some) for some in said.values()])
    similarity = model.embed_texts(texts) @ model.embed_images(pictures).T
    own = similarity[np.arange(len(texts)), owner]
    photo_place = (similarity > own[:, None]).sum(axis=1)
    best = np.full(len(said), -1.0, np.float32)
    np.maximum.at(best, owner, own)
    caption_place = (similarity > best).sum(axis=0)
    return {
        f"{name} R@{depth}": float((place < depth).mean())
        for name, place in (("text to image", photo_place), ("image to text", caption_place))
        for depth in DEPTHS
    }


def classes(model: TwoTower) -> dict[str, float]:
    """Zero-shot classification, and the classes of the nearest photos, each against all others."""
    photos = clothing()
    truth = np.repeat(np.arange(len(photos)), [len(some) for some in photos.values()])
    pictures = model.embed_images([load(path) for some in photos.values() for path in some])
    likely = np.argsort(-pictures @ model.embed_texts([f"a photo of a {name}" for name in photos]).T, axis=1)
    likeness = pictures @ pictures.T
    np.fill_diagonal(likeness, -2)
    nearest = truth[np.argsort(-likeness, axis=1)]
    hits = {f"clothing, zero-shot top-{k}": (likely[:, :k] == truth[:, None]).any(1) for k in (1, 5)}
    hits |= {f"clothing, share of the {k} nearest of the same class": nearest[:, :k] == truth[:, None] for k in (5, 10)}
    return {name: float(hit.mean()) for name, hit in hits.items()}


def throughput(folder: Path, pictures: list[Picture]) -> tuple[float, float]:
    """Pictures per second of the bare loop and of `embed_images`: the best turn of each."""
    model = TwoTower.open(folder)
    model.warm_up()
    session = open_session(folder / "visual/model.onnx")
    name = session.get_inputs()[0].name
    preprocessing = msgspec.json.decode((folder / "visual/preprocess_cfg.json").read_bytes(), type=Preprocessing)
    starts = range(0, len(pictures), IMAGE_BATCH)
    ready = [preprocessing.batch(pictures[start : start + IMAGE_BATCH]) for start in starts]
    bare, ours = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for batch in ready:
            session.run(None, {name: batch})
        between = time.perf_counter()
        model.embed_images(pictures)
        bare.append(between - began)
        ours.append(time.perf_counter() - between)
    return len(pictures) / min(bare), len(pictures) / min(ours)


def measure(folder: Path) -> list[Figure]:
    """Figures of the model in a folder; the small model's are held against those of its makers."""
    model = TwoTower.open(folder)
    said = captions()
    pictures = [load(SHARED / "photos/captioned" / name) for name in said]
    published = PUBLISHED if folder.name == "mini-dual" else {}
    figures = [
        Figure(name, value, published[name] - LOSS if name in published else None)
        for name, value in (retrieval(model, said, pictures) | classes(model)).items()
    ]
    bare, ours = throughput(folder, pictures[: 4 * IMAGE_BATCH])
    figures.append(Figure("images a second", ours, form=".0f"))
    return [*figures, Figure("share of a bare ONNX Runtime loop's", ours / bare, 0.9, ".2f")]
