"""Meaning and likeness with a real, small model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fototeca.errors import InvalidInput, ModelError, NotFound
from fototeca.library import Installation, Library
from fototeca.library.presence import LEAST_RELEVANCE
from fototeca.query import Page, Query
from fototeca.settings import Settings
from fototeca.vision.models import Task
from tests.pictures import picture

PHOTOS = 60


@pytest.fixture(scope="module")
def captions(shared: Path) -> dict[str, list[str]]:
    """Captions of the first photos, by file name."""
    found = json.loads((shared / "photos" / "captioned" / "captions.json").read_text())
    return {name: found[name] for name in sorted(found)[:PHOTOS]}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Installation]:
    """An installation that has one model."""
    data = tmp_path_factory.mktemp("data")
    shutil.copytree(shared / "models" / "mini-dual", data / "models" / "mini-dual")
    with Installation(Settings.from_environment(data, {})) as installation:
        yield installation


@pytest.fixture(scope="module")
def library(installation: Installation, shared: Path, captions: dict[str, list[str]]) -> Library:
    installation.create("home")
    library = installation.library("home")
    library.add(*(shared / "photos" / "captioned" / name for name in captions))
    told: list[tuple[str, int, int]] = []
    report = library.enrich(lambda *progress: told.append(progress))
    assert (report.seen, report.failed) == ({"meaning": PHOTOS}, [])
    assert told[-1] == ("meaning", PHOTOS, PHOTOS)
    assert {"objects", "regions", "faces"} <= set(report.waiting), "there are no models for these"
    return library


def test_photos_are_found_by_what_they_show(library: Library, captions: dict[str, list[str]]) -> None:
    first = sum(
        name in [hit.asset.filename for hit in library.search(said[0], limit=5, min_relevance=0)]
        for name, said in captions.items()
    )
    assert first >= PHOTOS * 0.6, "a caption's own photo is among the first five of sixty"


def test_what_fits_badly_is_no_answer(library: Library, captions: dict[str, list[str]]) -> None:
    totals = [library.search(said[0]).total for said in captions.values()]
    assert max(totals) < PHOTOS / 2
    assert all(
        hit.relevance is not None and hit.relevance >= LEAST_RELEVANCE for hit in library.search("a dog runs on grass")
    )


def test_a_phrase_behind_a_minus_turns_the_meaning_away_from_it(library: Library) -> None:
    def likeness(question: str) -> float:
        """How like a dog the first pictures are."""
        dogs = {hit.asset.id: hit.relevance or 0 for hit in library.search("a dog", limit=PHOTOS, min_relevance=0)}
        return sum(dogs[hit.asset.id] for hit in library.search(question, limit=10, min_relevance=0))

    assert likeness('an animal on grass -"a dog"') < likeness("an animal on grass") - 1


def test_a_change_by_query_concerns_what_the_search_shows(library: Library) -> None:
    found = library.search("a dog runs on grass", limit=PHOTOS)
    assert 0 < found.total < PHOTOS
    assert library.ids("a dog runs on grass") == [hit.asset.id for hit in found]
    assert len(list(library.walk("a dog runs on grass"))) == found.total


def test_enriching_again_does_nothing_and_new_photos_are_the_only_work(library: Library) -> None:
    assert library.enrich().seen == {}
    asset, _ = library.upload(picture("lime"), "lime.jpg")
    assert library.enrich().seen["meaning"] == 1
    library.delete([asset.id])


def test_likeness_by_asset_by_picture_and_against_one(library: Library, shared: Path) -> None:
    asset = library.search(sort=["id"]).hits[0].asset
    assert library.search(like=[asset.id]).hits[0].asset.id == asset.id
    data = (shared / "photos" / "captioned" / asset.filename).read_bytes()
    hits = library.search(picture=data).hits
    assert hits[0].asset.id == asset.id
    assert hits[0].score is not None
    assert hits[0].score > 0.99
    near = [hit.asset.id for hit in library.search(like=[asset.id], limit=5)]
    away = [hit.asset.id for hit in library.search(like=[asset.id], unlike=[near[1]], limit=5)]
    assert near[1] not in away[:2]
    assert library.search(f"width>1 like:{asset.id}").total == PHOTOS


def test_a_text_and_examples_give_one_direction(library: Library, shared: Path) -> None:
    by_id = library.search(sort=["id"], limit=2).hits
    first, second = (hit.asset for hit in by_id)
    data = (shared / "photos" / "captioned" / first.filename).read_bytes()
    alone = library.direction(like=[first.id])
    assert alone is not None
    mixed = library.direction(words="a dog", like=[second.id], picture=data)
    assert mixed is not None
    assert [len(each.embedding) for each in (alone, mixed)] == [1024, 1024]
    hits = library.answer(Query(rank=alone), least=0).hits
    assert hits[0].id == first.id
    assert hits[0].score == pytest.approx(1, abs=1e-3)
    words = library.direction(words="a dog")
    assert words is not None
    scores = {}
    for name, rank in {"words": words, "second": library.direction(like=[second.id]), "mixed": mixed}.items():
        scores[name] = {
            hit.id: hit.score or 0 for hit in library.answer(Query(rank=rank, page=Page(100)), least=0).hits
        }
    assert scores["mixed"][second.id] > scores["words"][second.id]
    assert scores["mixed"][first.id] > scores["second"][first.id]
    asset, _ = library.upload(picture("navy"), "navy.jpg")
    with pytest.raises(InvalidInput, match="no vector"):
        library.direction(like=[asset.id])
    library.delete([asset.id])


def test_a_text_of_another_model_is_not_mixed_in(library: Library, installation: Installation) -> None:
    other = library.records.spaces.create(
        "other@1", dimension=2, owner=library.records.spaces.all()[0].owner, model="other@1"
    )
    before = library.records.spaces.current()
    assert before is not None
    library.records.spaces.make_current(other.name)
    assert library.search("a dog runs on grass").total == 0, "words only: no file says so"
    with pytest.raises(InvalidInput, match="vectors"):
        library.search(picture=picture("red"))
    library.records.spaces.make_current(before.name)
    assert library.search("a dog runs on grass").total > 0


def test_another_model_takes_over_when_every_photo_has_its_vector(
    library: Library, installation: Installation, shared: Path
) -> None:
    before = library.records.spaces.current()
    shutil.copytree(shared / "models" / "mini-dual", installation.settings.models / "second")
    installation.use_model("second")
    assert library.search("a dog runs on grass").total > 0, "the first model goes on answering"
    assert library.records.spaces.current() == before
    assert library.enrich().seen["meaning"] == PHOTOS
    after = library.records.spaces.current()
    assert after is not None
    assert after.name.startswith("second@")
    assert library.search("a dog runs on grass").total > 0
    shutil.rmtree(installation.settings.models / "second")
    installation.use_model("mini-dual")
    assert before is not None
    library.records.spaces.make_current(before.name)


def test_a_choice_that_is_gone_is_reported(library: Library, installation: Installation) -> None:
    choice = installation.settings.data / "model"
    choice.write_text("gone")
    assert library.search("a dog runs on grass").total > 0, "the model that made the vectors is still there"
    with pytest.raises(ModelError, match='"gone" is in use'):
        library.enrich()
    with pytest.raises(NotFound, match="no model"):
        installation.use_model("gone")
    installation.use_model("mini-dual")
    assert [model.name for model in installation.models.installed() if model.task is Task.MEANING] == ["mini-dual"]
    assert library.search("a dog runs on grass").total > 0


def test_without_a_model_there_is_nothing_to_enrich_with(tmp_path: Path) -> None:
    with Installation(Settings.from_environment(tmp_path, {})) as bare:
        with pytest.raises(ModelError, match="no model"):
            bare.library("demo").enrich()
        assert bare.library("demo").direction(words="a dog") is None
