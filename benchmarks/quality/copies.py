"""Whether copies of a photo are found, and nothing else: precision and recall over pairs.

Every other photo of the captioned, the clothing and the objects photos is put into a real library, with copies that are
made here: smaller (to a quarter), compressed (JPEG of quality 30 to 95), cropped (up to 8 % of each side's length, and
exactly 8 %), converted to WebP, lighter or darker, and all of that at once. No copy keeps metadata. A pair in one group
is right if both are of one photo. The limits of `media.same` were chosen on the other half.
Moved: the photo with a part of it, three tenths of its shorter side long, moved by 8 % as if something had moved
between two shots; such a picture should not count as a copy.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from benchmarks.quality.figures import SHARED, Figure
from fototeca.library import Installation, Library
from fototeca.settings import Settings

LONGEST = 640
"""Photos are reduced to this first."""


def photos(half: int) -> list[Path]:
    """Every other photo."""
    folder = SHARED / "photos"
    paths = [*(folder / "captioned").glob("*.jpg"), *(folder / "clothing").rglob("*.jpg")]
    paths += (folder / "objects/images").glob("*.jpg")
    return sorted(paths)[half::2]


def copies(photo: Image.Image, random: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """Copies of a photo: what was done, and the file."""
    shrink, quality = random.uniform(0.25, 1), int(random.uniform(30, 95))
    yield "resized", _saved(_resized(photo, shrink))
    yield "compressed", _saved(photo, quality=quality)
    yield "cropped", _saved(_cropped(photo, random.uniform(0, 0.08), random.uniform(0, 0.08), random))
    yield "cropped by 8 %", _saved(_cropped(photo, 0.08, 0.08, random))
    yield "converted", _saved(photo, "WEBP", 80)
    yield "brightness", _saved(ImageEnhance.Brightness(photo).enhance(random.uniform(0.8, 1.2)))
    changed = _cropped(photo, random.uniform(0, 0.08), random.uniform(0, 0.08), random)
    changed = ImageEnhance.Brightness(_resized(changed, random.uniform(0.25, 1))).enhance(random.uniform(0.8, 1.2))
    yield "all at once", _saved(changed, quality=int(random.uniform(30, 95)))


def moved(photo: Image.Image, random: np.random.Generator) -> bytes:
    """The photo with a part of it moved."""
    pixels = np.asarray(photo).copy()
    side, by = int(0.3 * min(photo.size)), max(2, int(0.08 * min(photo.size)))
    y, x = (int(random.integers(0, length - side - by)) for length in pixels.shape[:2])
    pixels[y + by : y + by + side, x + by : x + by + side] = np.asarray(photo)[y : y + side, x : x + side]
    return _saved(Image.fromarray(pixels))


def fill(folder: Path, half: int) -> dict[str, tuple[int, str]]:
    """Write photos and copies to a folder; return which photo each file shows, and what was done to it."""
    random = np.random.default_rng(half)
    shows = {}
    for number, path in enumerate(photos(half)):
        photo = Image.open(path).convert("RGB")
        photo.thumbnail((LONGEST, LONGEST))
        files = [("original", _saved(photo, quality=95)), *copies(photo, random), ("moved", moved(photo, random))]
        for done, data in files:
            name = f"{number} {done}.{'webp' if done == 'converted' else 'jpg'}"
            (folder / name).write_bytes(data)
            shows[name] = number, done
    return shows


def judge(library: Library, shows: dict[str, tuple[int, str]], what: str) -> list[Figure]:
    """Precision and recall of the groups that a library finds."""
    start = time.perf_counter()
    groups = library.duplicates()
    took = time.perf_counter() - start
    of = {asset.id: shows[asset.filename] for asset in library.walk()}
    wrong, right, strange = 0, 0, 0
    found: dict[str, int] = defaultdict(int)
    for group in groups:
        for (one, done), (other, also) in combinations((of[id_] for id_ in group.ids), 2):
            if "moved" in {done, also}:
                strange += one == other and "original" in {done, also}
                wrong += one != other
            else:
                right += one == other
                wrong += one != other
                if one == other and "original" in {done, also}:
                    found[also if done == "original" else done] += 1
    count = len({number for number, _ in of.values()})
    kinds = dict.fromkeys(done for _, done in shows.values() if done not in {"original", "moved"})
    pairs = count * (len(kinds) + 1) * len(kinds) // 2
    return [
        Figure(f"{what}: precision of pairs", right / (right + wrong), 0.99, ".2%"),
        Figure(f"{what}: recall of pairs", right / pairs, 0.9),
        *(Figure(f"{what}: found with the original, {done}", found[done] / count) for done in kinds),
        Figure(f"{what}: taken for a copy though a part moved", strange / count),
        Figure(f"{what}: seconds for {len(of):,} pictures", took, form=".1f"),
    ]


def measure(half: int = 1) -> list[Figure]:
    """Figures by hash alone, then with vectors too."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "photos"
        folder.mkdir()
        shows = fill(folder, half)
        settings = Settings.from_environment(
            Path(place) / "data", {"FOTOTECA_MODELS": str((SHARED / "models").resolve())}
        )
        with Installation(settings) as installation:
            library = installation.library("demo")
            library.add(folder)
            figures = judge(library, shows, "by hash")
        with Installation(settings) as installation:  # anew, so that nothing is known yet
            library = installation.library("demo")
            library.enrich()
            return figures + judge(library, shows, "with vectors")


def _saved(photo: Image.Image, kind: str = "JPEG", quality: int = 90) -> bytes:
    target = io.BytesIO()
    photo.save(target, kind, quality=quality)
    return target.getvalue()


def _resized(photo: Image.Image, by: float) -> Image.Image:
    return photo.resize((max(1, round(photo.width * by)), max(1, round(photo.height * by))), Image.Resampling.LANCZOS)


def _cropped(photo: Image.Image, across: float, along: float, random: np.random.Generator) -> Image.Image:
    width, height = round(photo.width * (1 - across)), round(photo.height * (1 - along))
    left, top = (int(random.integers(0, spare + 1)) for spare in (photo.width - width, photo.height - height))
    return photo.crop((left, top, left + width, top + height))
