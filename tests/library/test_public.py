"""Names that clients give, copies of the same bytes, and pictures that are made on demand."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from fototeca.assets import Kind
from fototeca.blobs import derived_folder
from fototeca.errors import Conflict, MediaError, NotFound
from fototeca.library import Installation, Library
from fototeca.media import Plan, Step
from tests.pictures import picture

SMALL = Plan(steps=(Step(mode="scale", width=10),), format="png")


def test_a_name_finds_an_asset_and_so_does_the_id_of_one_without(library: Library) -> None:
    named, _ = library.upload(picture("red"), "a.jpg", public_id="dir/red")
    plain, _ = library.upload(picture("blue"), "b.jpg")
    found = library.find_public(["dir/red", plain.uuid, named.uuid, "x"], Kind.IMAGE)
    assert {name: asset.id for name, asset in found.items()} == {"dir/red": named.id, plain.uuid: plain.id}
    assert library.find_public(["dir/red"], Kind.VIDEO) == {}
    assert [hit.asset.id for hit in library.search("public_id:dir/red public_name:red")] == [named.id]


def test_copies_are_assets_of_their_own(library: Library) -> None:
    first, _ = library.upload(picture("red"), "a.jpg", public_id="one", tags=("x",))
    second, duplicate = library.upload(picture("red"), "a.jpg", public_id="two", copy=True)
    assert (duplicate, first.sha256 == second.sha256, first.id == second.id) == (False, True, False)
    assert library.search("tag:x").total == 1
    library.delete([first.id])
    assert library.has_original(second.sha256)


def test_an_original_is_replaced_by_another_or_by_a_copy(library: Library) -> None:
    first, _ = library.upload(picture("red"), "a.jpg")
    second, _ = library.upload(picture("blue"), "b.jpg", tags=("kept",))
    with pytest.raises(Conflict):
        library.replace(second.id, picture("red"), "a.jpg")
    replaced = library.replace(second.id, picture("red"), "a.jpg", copy=True)
    assert (replaced.sha256, replaced.version, replaced.tags) == (first.sha256, 2, ("kept",))
    with pytest.raises(MediaError):
        library.replace(second.id, picture("red"), "a.jpg", copy=True, kind=Kind.VIDEO)


def test_a_picture_is_made_once_and_goes_with_its_original(library: Library, installation: Installation) -> None:
    blobs = installation.blobs
    asset, _ = library.upload(picture("red", (40, 20)), "a.jpg")
    made = library.made(asset, SMALL)
    assert Image.open(io.BytesIO(made.data)).size == (made.width, made.height) == (10, 5)
    kept = list(blobs.list(derived_folder(asset.sha256)))
    assert library.made(asset, SMALL) == made
    assert list(blobs.list(derived_folder(asset.sha256))) == kept
    assert len(kept) == 1
    library.delete([asset.id])
    assert list(blobs.list(derived_folder(asset.sha256))) == []
    with pytest.raises(NotFound):
        library.made(asset, SMALL)


def test_kinds_by_their_first_bytes(library: Library) -> None:
    assert library.kind_of(picture("red")) is Kind.IMAGE
    assert library.kind_of(b"words") is Kind.RAW
    assert Image.open(io.BytesIO(library.transformed(picture("red"), SMALL))).format == "PNG"
