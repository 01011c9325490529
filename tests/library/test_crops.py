"""Faces cut out of their pictures; positions that a person corrects."""

from __future__ import annotations

import io

from PIL import Image

from fototeca.assets import Gps
from fototeca.catalog import NewFace
from fototeca.library import Library
from fototeca.library.positions import positioned
from fototeca.media.places import place_at
from tests.pictures import picture


def test_a_face_is_cut_out_with_what_is_around_it(library: Library) -> None:
    asset, _ = library.upload(picture("red", (400, 200)), "red.jpg")
    face = library.records.faces.add(asset.id, [NewFace(box=(0.0, 0.25, 0.25, 0.5))])[0]
    file = library.file(library.get(asset.id), f"face-{face.uuid}")
    assert file is not None
    data = b"".join(file.read(0, file.size))
    with Image.open(io.BytesIO(data)) as crop:
        assert (crop.format, crop.size) == ("JPEG", (140, 181))
    assert b"".join(file.read(2, 5)) == data[2:5]
    assert library.file(library.get(asset.id), f"face-{'0' * 32}") is None


def test_a_corrected_position_names_the_place_and_can_be_taken_back(library: Library) -> None:
    asset, _ = library.upload(picture("blue"), "blue.jpg")
    paris, rome = Gps(latitude=48.8566, longitude=2.3522), Gps(latitude=41.9, longitude=12.5)
    library.records.assets.update_each({asset.id: positioned(asset, paris)})
    moved = library.get(asset.id)
    assert moved.facts.gps == paris
    assert moved.facts.place == place_at(paris)
    library.records.assets.update_each({asset.id: positioned(moved, rome)})
    library.records.assets.update_each({asset.id: positioned(library.get(asset.id), None)})
    assert library.get(asset.id).facts == asset.facts
    assert library.get(asset.id).metadata == {}


def test_what_the_file_says_of_its_position_is_not_lost(library: Library) -> None:
    asset, _ = library.upload(picture("green"), "green.jpg")
    own = Gps(latitude=1.0, longitude=2.0, altitude=3.0)
    patch = positioned(asset, own)
    library.update([asset.id], facts=patch.facts)  # as if the file had said so
    said = library.get(asset.id)
    library.records.assets.update_each({asset.id: positioned(said, Gps(latitude=5, longitude=6))})
    library.records.assets.update_each({asset.id: positioned(library.get(asset.id), None)})
    assert library.get(asset.id).facts.gps == own
