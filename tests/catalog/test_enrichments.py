"""What stages have seen, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from fototeca.assets import Asset, Kind, Owner, Word
from fototeca.catalog import Catalog, Findings, NewFace, NewObject, PersonPatch, Records, Wanted, schema
from fototeca.catalog.database import Database
from fototeca.catalog.jobs import MAX_ATTEMPTS
from fototeca.errors import InvalidInput
from tests.catalog.conftest import new_asset

Add = Callable[..., int]
Logged = Callable[[Callable[[], Any]], list[tuple[str, int, str]]]

IMAGES = frozenset({Kind.IMAGE})
FACES = Wanted("faces", "eyes@1", IMAGES)
BOX = (0.1, 0.1, 0.4, 0.4)


def seen(records: Records, asset_id: int, **found: Any) -> int:
    return records.enrichments.store("faces", "eyes@1", [(records.assets.get(asset_id), Findings(**found))])


def missing(records: Records, wanted: Wanted = FACES, **how: Any) -> list[int]:
    return records.enrichments.missing([wanted], **how)


def test_what_is_missing_depends_on_stage_maker_version_and_kind(records: Records, add: Add) -> None:
    a, b, video, trashed = add(), add(), add(kind=Kind.VIDEO), add()
    records.assets.trash([trashed])
    assert missing(records) == [a, b]
    assert records.enrichments.count_missing(FACES) == 2
    assert missing(records, FACES._replace(kinds={Kind.IMAGE, Kind.VIDEO})) == [a, b, video]
    assert missing(records, ids=[b, trashed]) == missing(records, after_id=a, limit=1) == [b]
    assert seen(records, a) == 1
    assert records.assets.get(a).seen == ("faces",)
    assert missing(records) == [b]
    assert missing(records, FACES._replace(maker="eyes@2")) == [a, b]
    assert missing(records, FACES._replace(stage="objects")) == [a, b]
    records.assets.replace(a, new_asset())
    assert missing(records) == [a, b]
    assert records.assets.get(a).seen == ()
    assert records.enrichments.missing([]) == []


def test_a_look_at_what_is_gone_or_another_stores_nothing(records: Records, add: Add) -> None:
    a, b = add(), add()
    looks: list[tuple[Asset, Findings]] = [
        (asset, Findings(objects=(NewObject(label="dog", box=BOX, score=0.5),)))
        for asset in records.assets.load([a, b])
    ]
    records.assets.replace(a, new_asset())
    records.assets.delete([b])
    assert records.enrichments.store("objects", "eyes@1", looks) == 0
    assert records.assets.get(a).objects == ()
    records.enrichments.fail("objects", "eyes@1", [(asset, "late") for asset, _ in looks], final=True)
    assert records.enrichments.given_up() == []


def test_findings_are_stored_whole_and_logged_once(records: Records, add: Add, logged: Logged) -> None:
    a = add()
    before = records.assets.get(a).updated
    records.spaces.create("eyes", dimension=2, owner=Owner.FACE, model="eyes")
    face = NewFace(box=BOX, score=0.9, quality=0.8, vector=b"\0\x3c\0\0")
    entries = logged(
        lambda: seen(records, a, space="eyes", faces=(face,), words=(Word(text="STOP", box=BOX, confidence=0.9),))
    )
    assert [entry for entry in entries if entry[0] == "asset"] == [("asset", a, "updated")]
    asset = records.assets.get(a)
    assert (asset.text, asset.updated, [found.source for found in asset.faces]) == ("STOP", before, ["eyes@1"])
    assert [(one.id, one.vector) for one in records.faces.grouping("eyes")] == [(asset.faces[0].id, face.vector)]
    with pytest.raises(InvalidInput, match="bytes"):
        seen(records, a, space="eyes", faces=(NewFace(box=BOX, vector=b"\0\0"),))
    assert records.assets.get(a).faces == asset.faces, "all or nothing"


def test_a_vector_of_something_that_is_gone_is_no_finding(records: Records, add: Add) -> None:
    a = add()
    records.spaces.create("things", dimension=1, owner=Owner.OBJECT, model="eyes")
    [thing] = records.objects.replace(a, [NewObject(label="dog", box=BOX, score=0.5)])
    records.objects.replace(a, [])
    assert seen(records, a, space="things", vectors={thing.id: b"\0\x3c"}) == 0
    assert missing(records) == [a]


def test_another_stage_may_have_to_look_again(records: Records, add: Add) -> None:
    a = add()
    asset = records.assets.get(a)
    records.enrichments.store("regions", "eyes@1", [(asset, Findings())])
    records.enrichments.store("objects", "eyes@1", [(asset, Findings(objects=()))], renews=("regions",))
    assert records.assets.get(a).seen == ("objects",)


def test_after_so_many_failures_an_asset_is_given_up(records: Records, other: int, catalog: Catalog, add: Add) -> None:
    a = add()
    for attempt in range(MAX_ATTEMPTS):
        assert missing(records) == [a]
        assert records.assets.get(a).failed == ()
        records.enrichments.fail("faces", "eyes@1", [(records.assets.get(a), f"no {attempt}")])
    assert missing(records) == []
    assert records.assets.get(a).failed == ("faces",)
    [look] = records.enrichments.given_up("faces")
    assert (look.asset_id, look.attempts, look.error) == (a, MAX_ATTEMPTS, "no 2")
    assert records.enrichments.count_given_up() == {"faces": 1}
    assert catalog.records(other).enrichments.given_up() == []
    assert catalog.records(other).enrichments.forgive() == []
    assert records.enrichments.forgive("objects") == records.enrichments.forgive("faces", [a + 1]) == []
    assert records.enrichments.forgive("faces", [a]) == [a]
    assert missing(records) == [a]
    seen(records, a)
    assert (records.assets.get(a).seen, records.assets.get(a).failed) == (("faces",), ())


def test_a_face_keeps_its_identity_and_its_person(records: Records, add: Add) -> None:
    a = add()
    drawn = records.faces.add(a, [NewFace(box=(0.6, 0.6, 0.3, 0.3))])[0]
    seen(records, a, faces=(NewFace(box=BOX, score=0.5), NewFace(box=(0.6, 0.1, 0.2, 0.2))))
    kept, gone = (face for face in records.assets.get(a).faces if face.source)
    ann = records.people.create(PersonPatch(name="Ann"))
    records.faces.assign({kept.id: ann.id})
    seen(records, a, faces=(NewFace(box=(0.6, 0.6, 0.31, 0.3)), NewFace(box=(0.12, 0.1, 0.4, 0.4), score=0.7)))
    faces = {face.id: face for face in records.assets.get(a).faces}
    assert set(faces) == {drawn.id, kept.id}
    assert (faces[kept.id].person, faces[kept.id].score, faces[kept.id].box[0]) == ("Ann", 0.7, 0.12)
    assert faces[drawn.id].source is None
    assert gone.id not in faces


def test_faces_are_gathered_where_nobody_has_spoken(records: Records, add: Add) -> None:
    one, two, three, four = records.faces.add(add(), [NewFace(box=BOX) for _ in range(4)], "eyes@1")
    ann = records.people.create(PersonPatch(name="Ann"))
    records.faces.assign({four.id: None})
    assert records.faces.gather({one.id: ann.id, two.id: 999, four.id: ann.id}, [[two.id, three.id, four.id]]) == 3
    whose = [face.person for face in records.faces.load([one.id, two.id, three.id, four.id])]
    assert whose == ["Ann", None, None, None]
    _, stranger = records.people.all()
    assert [face.id for face in records.faces.of_person(stranger.id)] == [two.id, three.id]
    assert records.faces.gather({one.id: stranger.id}, []) == 0, "who has somebody keeps them"


def test_jobs_are_spread_over_assets_once(records: Records, catalog: Catalog, workspace: int, other: int) -> None:
    assert records.jobs.spread("enrich", [1, 2, 3], 2) == 3
    assert records.jobs.spread("enrich", [3, 4], 2) == 1
    assert [job.payload for job in records.jobs.all()] == [{"assets": [4]}, {"assets": [3]}, {"assets": [1, 2]}]
    records.jobs.once("people")
    records.jobs.once("people")
    assert records.jobs.open(["enrich", "people"]) == 4
    assert catalog.queue.claim(["enrich"], timedelta(minutes=1), other) is None
    job = catalog.queue.claim(["enrich"], timedelta(minutes=1), workspace)
    assert job is not None
    catalog.queue.release(job)
    again = catalog.queue.claim(["enrich"], timedelta(minutes=1), workspace)
    assert again is not None
    assert again.attempts == 1
    catalog.queue.drop(again)
    assert len(records.jobs.all(kind="enrich")) == 2
    records.jobs.remove([job.id for job in records.jobs.all()])
    assert records.jobs.open(["enrich", "people"]) == 0
    assert records.jobs.spread("enrich", [9], 2, pause=timedelta(minutes=1)) == 1
    assert catalog.queue.claim(["enrich"], timedelta(minutes=1)) is None


def test_a_person_is_split(records: Records, add: Add, other: int, catalog: Catalog) -> None:
    one, two = records.faces.add(add(), [NewFace(box=BOX, quality=0.2), NewFace(box=BOX, quality=0.9)], "eyes@1")
    ann = records.people.create(PersonPatch(name="Ann"))
    records.faces.assign({one.id: ann.id, two.id: ann.id})
    assert records.people.get(ann.id).cover_face_id == two.id, "the best one"
    bo = records.people.split(ann.id, [two.id], PersonPatch(name="Bo"))
    assert (bo.name, records.faces.get(two.id).person, records.people.get(ann.id).cover_face_id) == ("Bo", "Bo", one.id)


BEFORE = f"""
INSERT INTO workspaces (id, name, created, sequence) VALUES (1, 'home', 0, 0);
INSERT INTO assets (id, uuid, workspace_id, sha256, filename, kind, status, format, mime, bytes, width, height,
    favorite, tags, metadata, created, updated, version, children, facts) VALUES
    (1, '{1:032x}', 1, '{1:064x}', 'a', 'image', 'active', 'jpg', 'image/jpeg', 1, 1, 1,
    0, '[]', '{{}}', 0, 0, 1, 0, '{{}}'),
    (2, '{2:032x}', 1, '{2:064x}', 'b', 'image', 'active', 'jpg', 'image/jpeg', 1, 1, 1,
    0, '[]', '{{}}', 0, 0, 1, 0, '{{}}');
INSERT INTO spaces (id, workspace_id, name, dimension, owner, model, current, created) VALUES
    (1, 1, 'clip@1', 1, 'asset', 'clip@1', 1, 0);
INSERT INTO embeddings (space_id, owner_id, asset_id, vector) VALUES (1, 1, 1, x'003c')
"""


def test_vectors_from_before_count_as_seen(tmp_path: Path) -> None:
    """A catalogue that was written before stages were noted does not have everything embedded again."""
    database = Database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for statement in BEFORE.split(";"):
            connection.exec_driver_sql(statement)
    database.close()
    catalog = Catalog(f"sqlite:///{tmp_path / 'old.sqlite'}")
    records = catalog.records(1)
    assert [records.assets.get(n).seen for n in (1, 2)] == [("meaning",), ()]
    assert missing(records, Wanted("meaning", "clip@1", IMAGES)) == [2]
    catalog.close()
