"""An asset's original is replaced, an earlier one chosen again, and one removed, with all that follows from it."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime

import pytest
from PIL import Image

from fototeca.assets import Asset, Gps, Kind, Version
from fototeca.blobs import original_key, rendition_key
from fototeca.errors import Conflict, NotFound
from fototeca.library import Installation, Library
from fototeca.library.doctor import examine
from fototeca.library.files import VERSION
from fototeca.library.positions import positioned
from fototeca.media import Plan, Step
from tests.pictures import picture

RED, BLUE, GREEN = picture("red", (40, 20)), picture("blue", (60, 90)), picture("green", (30, 30))


@pytest.fixture
def asset(library: Library) -> Asset:
    """Red, then blue, then green."""
    asset, _ = library.upload(RED, "red.jpg", tags=("kept",))
    library.replace(asset.id, BLUE, "blue.jpg")
    return library.replace(asset.id, GREEN, "green.jpg")


def content(library: Library, asset: Asset, variant: str) -> bytes:
    file = library.file(asset, variant)
    assert file is not None
    return b"".join(file.read(0, file.size))


def versions(library: Library, asset: Asset) -> list[Version]:
    return library.records.versions.of_asset(asset.id)


def found(library: Library, query: str) -> list[int]:
    return [hit.asset.id for hit in library.search(query)]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_what_an_asset_shows_follows_the_chosen_version(library: Library, asset: Asset) -> None:
    assert found(library, "color:green") == [asset.id]
    first = versions(library, asset)[0]
    chosen = library.choose_version(first.uuid)
    assert (chosen.id, chosen.uuid, chosen.version, chosen.tags) == (asset.id, asset.uuid, 1, ("kept",))
    assert (chosen.sha256, chosen.filename, chosen.bytes) == (digest(RED), "red.jpg", len(RED))
    assert (chosen.width, chosen.height, chosen.facts.colors[0].name) == (40, 20, "red")
    assert (found(library, "color:red width:40"), found(library, "color:green")) == ([asset.id], [])
    assert content(library, chosen, "original") == RED
    assert Image.open(io.BytesIO(content(library, chosen, "256"))).getpixel((5, 5)) == pytest.approx((254, 0, 0), abs=3)
    made = library.made(chosen, Plan(steps=(Step(mode="scale", width=10),), format="png"))
    assert Image.open(io.BytesIO(made.data)).size == (10, 5)
    assert [each.number for each in versions(library, asset)] == [1, 2, 3]
    assert library.choose_version(first.uuid) == chosen, "nothing to do"


def test_the_files_of_every_version_are_within_reach(library: Library, asset: Asset) -> None:
    for version, data in zip(versions(library, asset), (RED, BLUE, GREEN), strict=True):
        variant = f"{VERSION}{version.uuid}"
        assert content(library, asset, variant) == data
        small, original = library.file(asset, f"{variant}-256"), library.file(asset, variant)
        assert small is not None
        assert original is not None
        assert (small.sha256, small.filename) == (digest(data), f"{version.filename[:-4]}-256.jpg")
        assert (original.sha256, original.filename, original.mime) == (digest(data), version.filename, "image/jpeg")
    for unknown in (f"{VERSION}1", f"{VERSION}{'0' * 32}", f"{variant}-99"):
        assert library.file(asset, unknown) is None


def test_renditions_that_were_lost_are_made_again(library: Library, installation: Installation, asset: Asset) -> None:
    installation.blobs.delete(rendition_key(digest(RED), "256", "jpg"))
    chosen = library.choose_version(versions(library, asset)[0].uuid)
    assert content(library, chosen, "256")


def test_removing_a_version_removes_its_bytes(library: Library) -> None:
    asset, _ = library.upload(picture("red", (41, 21)), "red.jpg")  # bytes that no other workspace has
    library.replace(asset.id, picture("blue", (42, 21)), "blue.jpg")
    first, second = versions(library, asset)
    assert library.remove_version(first.uuid) == library.get(asset.id)
    assert versions(library, asset) == [second]
    assert not library.has_original(first.sha256)
    assert library.has_original(second.sha256)
    with pytest.raises(NotFound):
        library.remove_version(first.uuid)


def test_removing_the_current_version_selects_the_one_before_it(library: Library, asset: Asset) -> None:
    first, second, third = versions(library, asset)
    after = library.remove_version(third.uuid)
    assert (after.version, after.sha256, after.width) == (2, digest(BLUE), 60)
    assert found(library, "color:blue") == [asset.id]
    library.choose_version(first.uuid)
    after = library.remove_version(first.uuid)
    assert (after.version, after.sha256) == (2, digest(BLUE)), "before the first one there is none: the next one"
    with pytest.raises(Conflict, match="only version"):
        library.remove_version(second.uuid)
    assert library.get(asset.id) == after


def test_bytes_that_another_asset_has_stay(library: Library, asset: Asset) -> None:
    other, _ = library.upload(RED, "again.jpg")
    assert other.id != asset.id
    first, second, _ = versions(library, asset)
    assert library.choose_version(first.uuid).sha256 == other.sha256, "a choice is no upload: both may show it"
    library.choose_version(second.uuid)
    library.remove_version(first.uuid)
    assert content(library, other, "original") == RED


def test_a_file_that_is_kept_as_it_is_can_be_chosen_again(library: Library) -> None:
    asset, _ = library.upload(b"some words", "notes.txt", kind=Kind.RAW)
    library.replace(asset.id, RED, "red.jpg")
    chosen = library.choose_version(versions(library, asset)[0].uuid)
    assert (chosen.kind, chosen.format, chosen.width) == (Kind.RAW, "txt", 0)
    assert content(library, chosen, "original") == b"some words"
    assert library.file(chosen, "256") is None


def test_a_version_without_its_bytes_cannot_be_chosen(library: Library, installation: Installation) -> None:
    asset, _ = library.upload(picture("red", (43, 21)), "red.jpg")
    asset = library.replace(asset.id, BLUE, "blue.jpg")
    first, _ = versions(library, asset)
    installation.blobs.delete(original_key(first.sha256))
    with pytest.raises(NotFound):
        library.choose_version(first.uuid)
    assert library.get(asset.id) == asset
    *_, originals = examine(library)
    assert (originals.ok, originals.detail) == (False, f"2 originals; 1 lost: [{asset.id}]")


def test_another_workspace_has_no_part_in_it(library: Library, installation: Installation, asset: Asset) -> None:
    stranger = installation.library(installation.create("stranger").name)
    first = versions(library, asset)[0]
    for refused in (stranger.choose_version, stranger.remove_version):
        with pytest.raises(NotFound):
            refused(first.uuid)
    assert library.get(asset.id) == asset


def test_what_people_said_of_moment_and_place_stays(library: Library) -> None:
    asset, _ = library.upload(RED, "red.jpg")
    said, rome = datetime(2020, 5, 6, 7, 8), Gps(latitude=41.9, longitude=12.5)
    library.update([asset.id], taken=said)
    library.records.assets.update([asset.id], positioned(library.get(asset.id), rome))
    library.replace(asset.id, BLUE, "blue.jpg")
    chosen = library.choose_version(versions(library, asset)[0].uuid)
    assert (chosen.taken, chosen.facts.gps, chosen.facts.taken) == (said, rome, None)
    assert chosen.facts.place is not None
    library.records.assets.update([asset.id], positioned(chosen, None))
    assert library.get(asset.id).facts.gps is None, "what the file says"
