"""Groups of assets that show the same photo."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from skimage import data

from fototeca.assets import Kind, NewAsset
from fototeca.blobs import rendition_key
from fototeca.catalog import Look
from fototeca.library import Installation, Library, files
from fototeca.library.duplicates import Duplicates, Pairs
from fototeca.settings import Settings

NAMES = ("astronaut", "chelsea", "coffee", "rocket")


def photo(name: str, side: int = 400) -> Image.Image:
    picture = Image.fromarray(getattr(data, name)()).convert("RGB")
    picture.thumbnail((side, side))
    return picture


def saved(picture: Image.Image, kind: str = "JPEG", *, camera: str = "", quality: int = 85) -> bytes:
    target, exif = io.BytesIO(), Image.Exif()
    if camera:
        exif[ExifTags.Base.Model] = camera
    picture.save(target, kind, quality=quality, exif=exif)
    return target.getvalue()


def put(library: Library, name: str, content: bytes) -> int:
    return library.upload(content, name)[0].id


def copies(library: Library, name: str) -> tuple[int, ...]:
    """The ids of a photo and its copies, the best first, added in another order."""
    picture = photo(name)
    small = put(library, "small.jpg", saved(picture.resize((picture.width // 2, picture.height // 2))))
    poor = put(library, "poor.jpg", saved(picture, quality=50))
    original = put(library, "original.jpg", saved(picture, camera="Some Camera"))
    converted = put(library, "converted.webp", saved(picture, "WEBP", quality=60))
    crop = put(library, "crop.jpg", saved(picture.crop((8, 6, picture.width, picture.height - 8))))
    sizes = {asset.id: asset.bytes for asset in library.load([poor, converted])}
    return original, *sorted(sizes, key=lambda id_: -sizes[id_]), crop, small


def test_copies_are_grouped_the_best_first(library: Library) -> None:
    expected = [copies(library, name) for name in NAMES]
    groups = library.duplicates()
    assert [group.ids for group in groups] == expected
    assert groups[0].spare == sum(asset.bytes for asset in library.load(expected[0][1:]))


def test_different_photos_are_not_grouped(filled: Library) -> None:
    for name in NAMES:
        put(filled, f"{name}.jpg", saved(photo(name)))
    assert filled.duplicates() == []
    assert filled.duplicates("nothing") == []


def test_what_is_trashed_or_not_asked_for_is_left_out(library: Library) -> None:
    ids = copies(library, "coffee")
    large = [asset.id for asset in library.load(ids) if asset.width > 300 and asset.format == "jpg"]
    assert len(large) == 3
    assert [group.ids for group in library.duplicates("format:jpg width>300")] == [tuple(large)]
    library.trash(ids[1:4])
    assert [group.ids for group in library.duplicates()] == [(ids[0], ids[4])]
    assert [len(group.ids) for group in library.duplicates("status:trashed")] == [3]
    library.trash([ids[4]])
    assert library.duplicates() == []
    library.restore(ids)
    assert [group.ids for group in library.duplicates()] == [ids]


def test_nothing_is_compared_twice(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    copies(library, "chelsea")
    calls: list[tuple[int, int]] = []
    library.duplicates(progress=lambda done, total: calls.append((done, total)))
    assert calls[-1][0] == calls[-1][1] > 0
    calls.clear()
    put(library, "other.jpg", saved(photo("rocket")))
    library.duplicates(progress=lambda done, total: calls.append((done, total)))
    assert calls == []


def test_only_other_pictures_or_vectors_are_looked_for_anew(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = copies(library, "astronaut")
    assert len(library.duplicates()) == 1
    looked: list[int] = []
    candidates = Duplicates._candidates

    def counted(self: Duplicates, looks: Sequence[Look]) -> Pairs:
        looked.append(len(looks))
        return candidates(self, looks)

    monkeypatch.setattr(Duplicates, "_candidates", counted)
    library.trash(ids[2:])
    library.update([ids[0]], title="one")
    library.delete([ids[4]])
    assert [group.ids for group in library.duplicates()] == [ids[:2]]
    assert looked == []
    put(library, "again.jpg", saved(photo("astronaut"), quality=40))
    assert [len(group.ids) for group in library.duplicates()] == [3]
    assert looked == [5]


def test_pictures_that_look_even_from_afar_have_copies_too(library: Library) -> None:
    tiles = np.random.default_rng(2).permutation(np.arange(32 * 32) % 2).reshape(32, 32)
    smooth = np.kron(np.block([[tiles, 1 - tiles], [1 - tiles, tiles]]), np.ones((4, 4))) * 60 + 90
    picture = Image.fromarray(smooth.astype(np.uint8))
    expected = put(library, "one.png", saved(picture, "PNG")), put(library, "two.jpg", saved(picture, quality=50))
    assert [set(group.ids) for group in library.duplicates()] == [set(expected)]


def test_black_and_plain_pictures_are_no_duplicates(library: Library) -> None:
    noise = np.random.default_rng(1)
    for level in (0, 0, 4, 255):
        frame = noise.normal(level, 1.2, (180, 320)).clip(0, 255).astype(np.uint8)
        put(library, f"{level}.png", saved(Image.fromarray(frame), "PNG"))
    for level in (0, 1, 200):
        put(library, f"plain {level}.png", saved(Image.new("RGB", (320, 180), (level, level, level)), "PNG"))
    assert library.duplicates() == []


def test_videos_go_with_videos_of_their_length(library: Library, installation: Installation) -> None:
    """A video is compared by its poster; a still is not the video that it was taken from."""
    still = library.get(put(library, "still.jpg", saved(photo("astronaut"))))
    ids = []
    for number, seconds in enumerate((10.0, 10.3, 60.0)):
        sha256 = f"{number:064x}"
        poster = installation.blobs.get(rendition_key(still.sha256, "256", "jpg"))
        installation.blobs.put_rendition(sha256, "256", poster, extension="jpg")
        asset = NewAsset(
            sha256=sha256,
            filename=f"{number}.mp4",
            kind=Kind.VIDEO,
            format="mp4",
            mime="video/mp4",
            bytes=1000 - number,
            width=1920,
            height=1080,
            duration=seconds,
            facts=still.facts,
        )
        [added] = library.records.assets.add([asset])
        ids.append(added.id)
    assert [group.ids for group in library.duplicates()] == [(ids[0], ids[1])]


def test_a_picture_whose_rendition_is_gone_is_in_no_group(library: Library, installation: Installation) -> None:
    ids = copies(library, "coffee")
    files.remove(installation.blobs, [library.get(ids[0]).sha256])
    [group] = library.duplicates()
    assert ids[0] not in group.ids


def test_workspaces_do_not_see_each_other(library: Library, installation: Installation) -> None:
    other = installation.library(installation.create("other").name)
    put(library, "one.jpg", saved(photo("coffee")))
    put(other, "two.jpg", saved(photo("coffee"), quality=50))
    assert library.duplicates() == other.duplicates() == []


def test_vectors_find_what_the_hash_does_not(tmp_path: Path, shared: Path) -> None:
    shutil.copytree(shared / "models/mini-dual", tmp_path / "models/mini-dual")
    with Installation(Settings.from_environment(tmp_path, {})) as installation:
        library = installation.library("demo")
        pairs = []
        for path in sorted((shared / "photos/captioned").glob("*.jpg"))[:60]:
            picture = Image.open(path)
            crop = picture.crop((18, 18, picture.width, picture.height))
            pairs.append((put(library, path.name, path.read_bytes()), put(library, f"crop {path.name}", saved(crop))))
        by_hash = {group.ids for group in library.duplicates()}
        library.enrich()
        by_both = {group.ids for group in library.duplicates()}
        assert by_hash < by_both <= set(pairs)
        assert len(by_both) >= 57


def test_an_empty_library_has_none(installation: Installation) -> None:
    assert installation.library(installation.create("empty").name).duplicates() == []
