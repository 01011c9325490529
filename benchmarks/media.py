"""Reading photos: everything that `media.read` finds, against a bare loop that finds nothing.

The bare loop opens a file, decodes it with `draft`, turns it upright, writes two renditions and takes the SHA-256. Both
read the same files in one process, file by file in turns, so that a busy machine slows both alike.

    python benchmarks/media.py [FOLDER ...]

Without folders: the shared photos. A set of synthetic 12-megapixel JPEGs always comes last.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from fototeca.media import read

SETS = ("clothing", "phones", "exif-samples", "objects")
REPEAT = 3


def bare(path: Path) -> None:
    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    image = Image.open(io.BytesIO(data))
    scale = min(1.0, 1440 / max(image.size))
    target = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    image.draft(image.mode, target)
    large = image if image.size == target else image.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)
    large = ImageOps.exif_transpose(large)
    for side in (1440, 256):
        large.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
        large.save(io.BytesIO(), "JPEG", quality=82)


def full(path: Path) -> None:
    read(path, filename=path.name)


def synthetic(folder: Path, count: int = 8) -> list[Path]:
    """JPEGs of 4000x3000 with the size of a phone's, from noise at several scales."""
    random = np.random.default_rng(1)
    paths = []
    for number in range(count):
        layers = [
            Image.fromarray(random.integers(0, 256, (3000 // scale, 4000 // scale, 3), np.uint8)).resize(
                (4000, 3000), Image.Resampling.BICUBIC
            )
            for scale in (1, 8, 100)
        ]
        picture = Image.blend(Image.blend(layers[2], layers[1], 0.3), layers[0], 0.08)
        path = folder / f"{number}.jpg"
        picture.save(path, "JPEG", quality=88)
        paths.append(path)
    return paths


def measure(paths: list[Path]) -> tuple[float, float]:
    """Seconds of the bare loop and of `read` for all files, the best of several passes."""
    best = [float("inf"), float("inf")]
    for _ in range(REPEAT):
        spent = [0.0, 0.0]
        for path in paths:
            for number, work in enumerate((bare, full)):
                start = time.perf_counter()
                work(path)
                spent[number] += time.perf_counter() - start
        best = [min(pair) for pair in zip(best, spent, strict=True)]
    return best[0], best[1]


def main() -> None:
    shared = Path(os.environ.get("FOTOTECA_SHARED", "../shared")) / "photos"
    folders = [Path(name) for name in sys.argv[1:]] or [shared / name for name in SETS]
    with tempfile.TemporaryDirectory() as temporary:
        sets = {folder.name: sorted(path for path in folder.rglob("*.jp*g")) for folder in folders}
        sets["12 megapixels"] = synthetic(Path(temporary))
        print(f"{'photos':<16}{'files':>6}{'MB each':>9}{'bare/s':>9}{'read/s':>9}{'share':>7}")
        for name, paths in sets.items():
            if not paths:
                continue
            read(paths[0], filename="warm up")
            size = sum(path.stat().st_size for path in paths) / len(paths) / 1e6
            before, after = measure(paths)
            rates = f"{len(paths) / before:>9.1f}{len(paths) / after:>9.1f}{before / after:>7.2f}"
            print(f"{name:<16}{len(paths):>6}{size:>9.2f}{rates}")


if __name__ == "__main__":
    main()
