"""What real models see in real photos, and the guide that tells of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fototeca.assets import Owner
from fototeca.catalog import PersonPatch
from fototeca.library import Installation, Library, Region
from fototeca.settings import Settings
from tests.pictures import album
from tests.vision import tiny_models as tiny

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "seeing.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)

PORTRAITS = ("img1.jpg", "img2.jpg", "img4.jpg", "img5.jpg", "img14.jpg", "img15.jpg", "img56.jpg", "img57.jpg")
DOGS = "000000008690.jpg"
THINGS = (DOGS, "000000012748.jpg", "000000011511.jpg", "000000007281.jpg")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Library]:
    """Some portraits and some photos of things, seen by every model."""
    settings = Settings.from_environment(tmp_path_factory.mktemp("data"), {"FOTOTECA_MODELS": str(shared / "models")})
    with Installation(settings) as installation:
        installation.create("home")
        library = installation.library("home")
        library.add(*(shared / "photos" / "faces" / name for name in PORTRAITS))
        library.add(*(path for name in THINGS for path in (shared / "photos" / "objects").rglob(name)))
        report = library.enrich()
        assert (report.failed, report.waiting) == ([], {})
        assert set(report.seen.values()) == {len(PORTRAITS) + len(THINGS)}
        yield library


def test_things_are_counted_and_have_a_place(library: Library) -> None:
    assert [hit.asset.filename for hit in library.search("object:dog>=1")] == [DOGS]
    [dog, *_] = [thing for thing in library.search("object:dog").hits[0].asset.objects if thing.label == "dog"]
    hits = library.search(f"like.object:{dog.id}").hits
    assert (hits[0].asset.filename, hits[0].matched[0].owner) == (DOGS, Owner.OBJECT)
    again = library.search(region=Region(dog.asset_id, dog.box)).hits[0]
    assert (again.asset.id, again.matched[0].id) == (dog.asset_id, dog.id)
    assert again.matched[0].score > 0.98


def test_words_find_the_thing_that_fits(library: Library) -> None:
    best = library.search("a horse among:objects", min_relevance=0).hits[0]
    labels = {thing.id: thing.label for thing in best.asset.objects}
    assert labels[best.matched[0].id] == "horse"


def test_portraits_of_somebody_are_together(library: Library, shared: Path) -> None:
    people = {hit.asset.filename: hit.asset.faces[0].person_id for hit in library.search("faces=1", limit=50)}
    assert people["img1.jpg"] == people["img2.jpg"] == people["img4.jpg"] is not None
    ann = people["img1.jpg"]
    assert ann is not None
    library.people.update(ann, PersonPatch(name="Ann"))
    assert {"img1.jpg", "img2.jpg", "img4.jpg"} <= {hit.asset.filename for hit in library.search("only:Ann")}
    data = (shared / "photos" / "faces" / "img6.jpg").read_bytes()
    best = library.search(picture=data, among=Owner.FACE).hits[0]
    assert "Ann" in {face.person for face in best.asset.faces}, "a portrait from elsewhere finds the person"


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_guide_run(example: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    tiny.write(data / "models" / "tiny")
    with Installation(Settings.from_environment(data, {})) as installation:
        installation.library("demo").add(album(tmp_path / "photos"))
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_guide_names_commands_that_there_are() -> None:
    source = (ROOT / "src" / "fototeca" / "cli" / "app.py").read_text(encoding="utf-8")
    commands = set(re.findall(r"@app\.command\(\)\ndef (\w+)", source))
    commands |= {f"{group} {name}" for group, name in re.findall(r'@(\w+)\.command\("(\w+)"\)', source)}
    written = re.findall(r"^    fototeca (\w+) (\S+)", GUIDE, re.MULTILINE)
    assert len(written) > 4
    assert {f"{name} {word}" for name, word in written if {name, f"{name} {word}"}.isdisjoint(commands)} == set()
