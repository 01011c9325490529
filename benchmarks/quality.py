"""How well a two-tower model finds photos by words, and how fast it embeds them.

Retrieval is over the captioned photos, with captions without their closing full stop, as people type: a caption must
find its photo, and a photo one of its captions, among the first 1, 5 or 10. Zero-shot: a photo must be nearest to "a
photo of a" and the name of its class. Throughput is set against a bare loop that calls ONNX Runtime on tensors made
before, with the same session options and batch, both in turns; the best turn of each counts, as the least disturbed.

    python -m benchmarks.quality [MODEL-FOLDER]

Without a folder: the small model of the shared folder, beside the figures published for it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from fototeca.vision import TwoTower
from fototeca.vision.preprocessing import Preprocessing
from fototeca.vision.sessions import open_session
from fototeca.vision.two_tower import IMAGE_BATCH

SHARED = Path(os.environ.get("FOTOTECA_SHARED", "../shared"))
PUBLISHED = {
    "text to image R@1": 17.7,
    "text to image R@5": 41.0,
    "text to image R@10": 53.8,
    "image to text R@1": 23.5,
    "image to text R@5": 47.9,
    "image to text R@10": 59.8,
}
DEPTHS = (1, 5, 10)
ROUNDS = 20

Pictures = list[npt.NDArray[np.uint8]]


def load(paths: list[Path]) -> Pictures:
    return [np.asarray(Image.open(path).convert("RGB")) for path in paths]


def retrieval(model: TwoTower, captions: dict[str, list[str]], pictures: Pictures) -> dict[str, float]:
    texts = [caption.rstrip(" .") for some in captions.values() for caption in some]
    owner = np.repeat(np.arange(len(captions)), [len(some) for some in captions.values()])
    similarity = model.embed_texts(texts) @ model.embed_images(pictures).T
    own = similarity[np.arange(len(texts)), owner]
    photo_place = (similarity > own[:, None]).sum(axis=1)
    best = np.full(len(captions), -1.0, np.float32)
    np.maximum.at(best, owner, own)
    caption_place = (similarity > best).sum(axis=0)
    return {
        f"{name} R@{depth}": float((place < depth).mean() * 100)
        for name, place in (("text to image", photo_place), ("image to text", caption_place))
        for depth in DEPTHS
    }


def zero_shot(model: TwoTower, folder: Path) -> dict[str, float]:
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
    paths = [sorted((folder / name).iterdir()) for name in classes]
    truth = np.repeat(np.arange(len(classes)), [len(some) for some in paths])
    pictures = model.embed_images(load([path for some in paths for path in some]))
    nearest = np.argsort(-pictures @ model.embed_texts([f"a photo of a {name}" for name in classes]).T, axis=1)
    return {
        f"clothing top-{depth}": float((nearest[:, :depth] == truth[:, None]).any(1).mean() * 100) for depth in (1, 5)
    }


def throughput(folder: Path, pictures: Pictures) -> tuple[float, float]:
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


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "models/mini-dual"
    published = PUBLISHED if folder.name == "mini-dual" else {}
    captions = json.loads((SHARED / "photos/captioned/captions.json").read_text())
    pictures = load([SHARED / "photos/captioned" / name for name in captions])
    model = TwoTower.open(folder)
    figures = retrieval(model, captions, pictures) | zero_shot(model, SHARED / "photos/clothing")
    print(f"{folder.name:<24}{'measured':>10}{'published':>10}")
    for name, measured in figures.items():
        print(f"{name:<24}{measured:>9.1f}%" + (f"{published[name]:>9.1f}%" if name in published else ""))
    bare, ours = throughput(folder, pictures[: 4 * IMAGE_BATCH])
    print(f"\nimages/s: bare loop {bare:.1f}, embed_images {ours:.1f}, share {ours / bare:.2f}")


if __name__ == "__main__":
    main()
