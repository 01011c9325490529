"""Words in pictures: read by the stage of enrichment, found by any part of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from fototeca.errors import ModelError
from fototeca.library import Installation, Library
from fototeca.settings import Settings

pytest.importorskip("rapidocr", reason="needs the extra fototeca[ocr]")

SIGNS = {"plate.png": "RE16 TGK", "menu.png": "Soup of the day", "wall.png": ""}


def sign(path: Path, words: str) -> None:
    image = Image.new("RGB", (400, 120), (60, 80, 60))
    draw = ImageDraw.Draw(image)
    if words:
        draw.rectangle((20, 20, 380, 100), "white")
        draw.text((40, 38), words, font=ImageFont.load_default(40), fill="black")
    image.save(path)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(Settings.from_environment(tmp_path_factory.mktemp("data"), {})) as installation:
        yield installation


@pytest.fixture(scope="module")
def library(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("signs")
    for name, words in SIGNS.items():
        sign(folder / name, words)
    library = installation.library("demo")
    library.add(folder)
    with pytest.raises(ModelError, match="fototeca models use rapidocr"):
        library.enrich()
    installation.use_model("rapidocr")
    report = library.enrich()
    assert (report.seen, report.failed) == ({"text": 3}, [])
    return library


def found(library: Library, query: str) -> list[str]:
    return sorted(hit.asset.filename for hit in library.search(query))


@pytest.mark.parametrize(
    "query",
    [
        "RE16 TGK",
        "RE16",
        "re16",
        '"RE16 TGK"',
        "ocr:RE16",
        'ocr:"re16 tgk"',
        "ocr:*E16*",
        "ocr:RE1*",
        "ocr:*GK",
        "ocr:R?16",
        "*E16*",
    ],
)
def test_a_plate_is_found_by_any_part_of_it(library: Library, query: str) -> None:
    assert found(library, query) == ["plate.png"]


def test_words_are_found_in_any_form_and_not_where_they_are_not(library: Library) -> None:
    assert found(library, "ocr:soups") == ["menu.png"]
    assert found(library, "ocr:*E17*") == []
    assert found(library, "has:ocr") == ["menu.png", "plate.png"]
    assert found(library, "missing:ocr seen:text") == ["wall.png"]


def test_words_have_their_places(library: Library) -> None:
    assets = {hit.asset.filename: hit.asset for hit in library.search()}
    words = library.words(assets["plate.png"])
    assert [word.text for word in words] == ["RE16", "TGK"]
    assert assets["plate.png"].text == "RE16 TGK"
    assert all(0 <= share <= 1 for word in words for share in word.box)
    assert library.words(assets["wall.png"]) == []
    assert assets["wall.png"].text is None


def test_another_workspace_does_not_see_them(library: Library, installation: Installation) -> None:
    installation.create("other")
    [hit] = library.search("filename:plate").hits
    assert installation.library("other").words(hit.asset) == []


def test_words_go_with_their_asset(library: Library) -> None:
    [hit] = library.search("filename:menu").hits
    assert library.words(hit.asset)
    library.delete([hit.asset.id])
    assert library.words(hit.asset) == []
