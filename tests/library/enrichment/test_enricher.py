"""Everything is looked at once by every stage, whatever happens to stages, pictures, models and workers."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from fototeca.assets import Asset, Owner
from fototeca.catalog.jobs import MAX_ATTEMPTS
from fototeca.errors import ModelError, NoDirection
from fototeca.ingest.storing import new_asset
from fototeca.library import Installation, Library, files
from fototeca.library.enrichment import looking, planning
from fototeca.library.enrichment.stage import Opener
from fototeca.library.models import Models
from fototeca.library.pictures import Picture
from tests.library.enrichment.stages import Colours
from tests.pictures import picture
from tests.vision import tiny_models as tiny

HUES = ("red", "lime", "blue", "darkred", "green", "navy")


def fill(library: Library, count: int = 6) -> list[int]:
    made = [library.upload(picture(HUES[n % 6], (40 + n, 30)), f"{HUES[n % 6]} {n}.jpg")[0] for n in range(count)]
    return [asset.id for asset in made]


def replace(library: Library, asset_id: int, data: bytes) -> None:
    media = library._reader.read(data, "new.jpg")
    library._pipeline._store.keep(data, media)
    library.records.assets.replace(asset_id, new_asset(media))


def labels(library: Library, asset_id: int) -> list[str]:
    return [thing.label for thing in library.get(asset_id).objects]


def test_every_stage_sees_every_asset_once(library: Library, colours: Colours, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(library, 34)
    decoded: list[int] = []
    views = library.enricher._views
    read = views.picture

    def counted(asset: Asset) -> Picture:
        decoded.append(asset.id)
        return read(asset)

    monkeypatch.setattr(views, "picture", counted)
    assert library.search("missing:embedding").total == library.search("-seen:objects").total == 34
    report = library.enrich()
    assert report.seen == {"meaning": 34, "objects": 34, "regions": 34, "faces": 34}
    assert report.failed == []
    assert sorted(decoded) == sorted(colours.looked) == ids, "each picture is decoded and shown once"
    assert library.search("missing:embedding").total == library.search("-seen:objects").total == 0
    assert library.search("object:red>=1 seen:faces").total == 12
    assert library.enrich().seen == {}
    assert library.records.jobs.all() == []


def test_a_version_that_is_chosen_again_is_looked_at_again(library: Library, colours: Colours) -> None:
    [asset_id] = fill(library, 1)
    library.replace(asset_id, picture("blue"), "blue.jpg")
    library.enrich()
    assert labels(library, asset_id) == ["blue"]
    first, second = library.records.versions.of_asset(asset_id)
    assert library.choose_version(first.uuid).seen == ()
    library.enrich()
    assert labels(library, asset_id) == ["red"]
    library.choose_version(second.uuid)
    library.remove_version(second.uuid)
    assert labels(library, asset_id) == ["red"]
    assert set(library.get(asset_id).seen) == {"meaning", "objects", "regions", "faces"}, "the same file as was seen"
    assert library.enrich().seen == {}


def test_what_was_added_since_is_the_only_work(library: Library, colours: Colours) -> None:
    fill(library)
    library.enrich()
    colours.looked.clear()
    asset, _ = library.upload(picture("yellow"), "yellow.jpg")
    assert library.enricher.pending()
    library.enrich()
    assert colours.looked == [asset.id]
    assert not library.enricher.pending()


def test_assets_can_be_seen_at_once(library: Library) -> None:
    ids = fill(library)
    assert library.see(ids[:2]).seen == {"meaning": 2, "objects": 2, "regions": 2, "faces": 2}
    assert library.get(ids[0]).seen == ("faces", "meaning", "objects", "regions")
    assert library.get(ids[2]).seen == ()
    assert library.enrich().seen["meaning"] == 4


def test_a_picture_that_fails_is_given_up_and_stops_no_other(library: Library, colours: Colours) -> None:
    ids = fill(library)
    colours.fails = {"lime 1.jpg"}
    report = library.enrich()
    assert [(failure.path, failure.error) for failure in report.failed] == [
        ("lime 1.jpg", "objects: ValueError: what a strange picture")
    ]
    assert report.seen["objects"] == 5
    assert [(look.asset_id, look.stage, look.attempts) for look in library.records.enrichments.given_up()] == [
        (ids[1], "objects", MAX_ATTEMPTS)
    ]
    assert [hit.asset.id for hit in library.search("failed:objects")] == [ids[1]]
    assert library.enrich().failed == [], "it is not tried for ever"
    assert library.enricher.standing().stages["objects"].failed == 1
    colours.fails = set()
    assert library.enricher.retry("objects") == 1
    assert library.enrich().seen == {"objects": 1, "regions": 1}
    assert library.search("has:failed").total == 0
    assert labels(library, ids[1]) == ["green"]


def test_a_picture_without_a_direction_stops_no_other(library: Library, colours: Colours) -> None:
    fill(library)
    colours.fails, colours.error = {"lime 1.jpg"}, NoDirection("the model makes nothing of it")
    report = library.enrich()
    assert (report.seen["objects"], report.waiting.get("objects")) == (5, None)
    assert [failure.path for failure in report.failed] == ["lime 1.jpg"]


def test_a_picture_that_cannot_be_read_is_given_up(library: Library) -> None:
    [asset_id] = fill(library, 1)
    files.remove(library._blobs, [library.get(asset_id).sha256])
    report = library.enrich()
    assert {failure.error.partition(": ")[2] for failure in report.failed} == {"it has no rendition"}
    assert set(library.get(asset_id).failed) == {"meaning", "objects", "regions", "faces"}


def test_a_broken_stage_is_reported_and_held_against_nobody(library: Library, colours: Colours) -> None:
    fill(library)
    colours.broken = True
    report = library.enrich()
    assert report.waiting["objects"] == "the colours are broken"
    assert report.seen["meaning"] == 6
    colours.broken = False
    assert library.enrich().seen["objects"] == 6


def test_a_missing_model_is_waited_for(
    library: Library, colours: Colours, openers: dict[str, Opener], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_models: Models) -> Colours:
        raise ModelError("there are no colours")

    fill(library)
    monkeypatch.setitem(openers, "objects", missing)
    assert library.enrich().waiting == {"objects": "there are no colours"}
    assert library.search("-seen:objects").total == 6
    assert library.enricher.standing().waiting == {"objects": "there are no colours"}
    assert not library.enricher.pending()
    monkeypatch.setitem(openers, "objects", colours.open)
    assert library.enricher.pending()
    assert library.enrich().seen["objects"] == 6


def test_another_original_is_seen_anew(library: Library) -> None:
    ids = fill(library)
    library.enrich()
    vector = library.records.embeddings.load(current(library), ids[:1])[ids[0]][0].vector
    replace(library, ids[0], picture("blue", (99, 99)))
    assert [hit.asset.id for hit in library.search("missing:embedding")] == [ids[0]]
    assert library.enrich().seen == {"meaning": 1, "objects": 1, "regions": 1, "faces": 1}
    assert labels(library, ids[0]) == ["blue"]
    assert library.records.embeddings.load(current(library), ids[:1])[ids[0]][0].vector != vector
    assert len(library.get(ids[0]).faces) == 1


def test_a_better_detector_looks_again(library: Library, colours: Colours) -> None:
    ids = fill(library)
    library.enrich()
    before = library.get(ids[0]).objects
    colours.maker = "colours@2"
    assert library.enrich().seen == {"objects": 6, "regions": 6}
    assert library.get(ids[0]).objects[0].id != before[0].id
    assert library.search("among:objects red", min_relevance=0).total == 6, "the new objects have vectors"


def current(library: Library, owner: Owner = Owner.ASSET) -> str:
    space = library.records.spaces.current(owner)
    assert space is not None
    return space.name


def test_another_model_fills_its_spaces_beside_the_old_ones(library: Library, installation: Installation) -> None:
    ids = fill(library)
    library.enrich()
    before = current(library), current(library, Owner.OBJECT)
    tiny.write(installation.settings.models / "second", textual_model=tiny.textual(weights=2))
    installation.use_model("second")
    library.see(ids[:5])
    assert (current(library), current(library, Owner.OBJECT)) == before, "one asset is still missing"
    assert library.search(like=[ids[0]]).total == 6
    library.enrich()
    after = current(library), current(library, Owner.OBJECT)
    assert [name.startswith("second@") for name in after] == [True, True]
    assert library.search("red among:objects", min_relevance=0).total == library.search(like=[ids[0]]).total == 6
    installation.use_model("tiny")


def test_a_removed_space_leaves_the_index(library: Library) -> None:
    fill(library)
    library.enrich()
    library.catch_up()
    space = current(library)
    assert space in library.index._snapshot.spaces
    library.records.spaces.delete(space)
    library.catch_up()
    assert space not in library.index._snapshot.spaces
    assert library.search(f"has:vector.{space}").total == 0


def test_workers_side_by_side_share_the_work(library: Library, colours: Colours) -> None:
    ids = fill(library, 34)
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(library.enricher.run())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(colours.looked) == ids
    assert sum(report.seen.get("meaning", 0) for report in reports) == 34


def test_a_batch_whose_workers_are_lost_is_taken_apart(library: Library, installation: Installation) -> None:
    ids = fill(library, 3)
    library.records.jobs.spread(planning.ENRICH, ids, 16)
    lose(library, installation)
    planner = planning.Planner(library.records)
    wanted = [looking.wanted(stage) for stage in installation._eyes.stages().ready]
    planner.plan(wanted)
    assert [job.payload for job in library.records.jobs.all()] == [{"assets": [id_]} for id_ in reversed(ids)]
    for _ in ids:
        lose(library, installation)
    planner.plan(wanted)
    assert {look.error for look in library.records.enrichments.given_up()} == {"its worker was lost in every attempt"}
    assert library.search("failed:meaning failed:faces").total == 3
    assert library.enricher.retry() == 3
    assert library.enrich().seen["meaning"] == 3


def lose(library: Library, installation: Installation) -> None:
    """Claim the oldest job with workers that die, until nobody wants it."""
    for _ in range(MAX_ATTEMPTS):
        assert installation.catalog.queue.claim([planning.ENRICH], timedelta())
    jobs = [job for job in library.records.jobs.all() if job.state == "running"]
    installation.catalog.queue.claim(["nothing", planning.ENRICH] if len(jobs) < 2 else ["nothing"], timedelta())


def test_progress_and_interruption(library: Library) -> None:
    fill(library, 34)
    told: list[tuple[str, int, int]] = []
    report = library.enricher.run(lambda *step: told.append(step), stopping=lambda: any(done for _, done, _ in told))
    assert report.interrupted
    assert report.seen["meaning"] == planning.BATCH
    assert ("meaning", planning.BATCH, 34) in told
    assert {job.state for job in library.records.jobs.all()} == {"queued"}, "no job is left claimed"
    assert library.enrich().seen["meaning"] == 34 - planning.BATCH


def test_assets_in_the_trash_and_of_others_are_left_alone(library: Library, installation: Installation) -> None:
    ids = fill(library)
    installation.create("others")
    stranger, _ = installation.library("others").upload(picture("red"), "red.jpg")
    library.trash(ids[:1])
    assert library.enrich().seen["meaning"] == 5
    assert installation.library("others").get(stranger.id).seen == ()
    library.restore(ids[:1])
    assert library.enrich().seen["meaning"] == 1


def test_no_stage_at_all(library: Library, openers: dict[str, Opener], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_models: Models) -> Colours:
        raise ModelError("nothing is installed")

    for name in openers:
        monkeypatch.setitem(openers, name, missing)
    with pytest.raises(ModelError, match="nothing is installed"):
        library.enrich()
    assert not library.enricher.pending()
    assert isinstance(library.upload(picture("red"), "red.jpg")[0], Asset)
