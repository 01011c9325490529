"""Videos found by what happens in them, with a real, small model."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from PIL import Image

from fototeca.assets import Kind
from fototeca.library import Installation, Library
from fototeca.settings import Settings
from tests.videos import still, video

SECONDS = 2


@pytest.fixture(scope="module")
def pictures(shared: Path) -> list[Path]:
    """A few photos that look very different from each other."""
    root = shared / "photos/clothing"
    return [next(iter(sorted(folder.iterdir()))) for folder in sorted(root.iterdir()) if folder.is_dir()][:6]


def shown(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB").resize((320, 240))


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("data")
    shutil.copytree(shared / "models/mini-dual", data / "models/mini-dual")
    with Installation(Settings.from_environment(data, {})) as installation:
        yield installation


@pytest.fixture(scope="module")
def library(installation: Installation, pictures: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Two videos of three scenes each, and the photos that the scenes were made of."""
    folder = tmp_path_factory.mktemp("given")
    for number in (0, 1):
        scenes = [shown(path) for path in pictures[3 * number : 3 * number + 3]]
        clip = video(chain.from_iterable(still(scene, 25 * SECONDS) for scene in scenes))
        (folder / f"clip{number}.mp4").write_bytes(clip)
    installation.create("home")
    library = installation.library("home")
    library.add(folder, *pictures)
    report = library.enrich()
    assert report.failed == []
    assert (report.seen["meaning"], report.seen["frames"]) == (8, 2)
    return library


def videos(library: Library) -> dict[str, int]:
    return {hit.asset.filename: hit.asset.id for hit in library.search("kind:video")}


def test_a_video_has_a_frame_for_each_scene(library: Library) -> None:
    frames = library.records.frames.of_assets(list(videos(library).values()))
    assert [frame.seconds for frame in frames] == pytest.approx([0, 2, 4, 0, 2, 4], abs=0.2)


@pytest.mark.parametrize("number", range(6))
def test_a_video_is_found_by_a_picture_of_any_scene_and_the_hit_names_the_moment(
    library: Library, pictures: list[Path], number: int
) -> None:
    found = library.search("kind:video", picture=pictures[number].read_bytes(), min_relevance=0)
    best = found.hits[0]
    assert best.asset.filename == f"clip{number // 3}.mp4"
    assert best.moments[0].seconds == pytest.approx(number % 3 * SECONDS, abs=0.2)
    assert best.moments[0].likeness > 0.6
    assert list(best.moments) == sorted(best.moments, key=lambda moment: -moment.likeness)


def test_likeness_to_a_photo_and_words_name_moments_too(library: Library, pictures: list[Path]) -> None:
    [photo] = library.search(f'filename:"{pictures[4].name}"').hits
    like = library.search("kind:video", like=[photo.asset.id], min_relevance=0).hits[0]
    assert like.moments[0].seconds == pytest.approx(2, abs=0.2)
    words = library.search("a shirt kind:video", min_relevance=0).hits
    assert all(hit.moments for hit in words)


def test_what_is_only_filtered_or_no_video_has_no_moments(library: Library) -> None:
    assert all(not hit.moments for hit in library.search("kind:video"))
    assert all(not hit.moments for hit in library.search("a shirt kind:image", min_relevance=0))


def test_enriching_again_keeps_the_frames(library: Library, installation: Installation) -> None:
    ids = list(videos(library).values())
    before = library.records.frames.of_assets(ids)
    library.enricher.retry()
    assert library.enrich().seen == {}
    assert library.records.frames.of_assets(ids) == before


def test_a_video_that_is_lost_is_a_failure_of_its_own(
    library: Library, installation: Installation, pictures: list[Path]
) -> None:
    clip = video(still(shown(pictures[0]), 10), sound=True)
    asset, _ = library.upload(clip, "lost.mp4", kind=Kind.VIDEO)
    for key in list(installation.blobs.list("originals")):
        if asset.sha256 in key:
            installation.blobs.delete(key)
    report = library.enrich()
    assert any("lost.mp4" in failure.path and failure.error.startswith("frames:") for failure in report.failed)
    library.delete([asset.id])
