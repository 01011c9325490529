"""What is in a picture: annotations, frames, objects, faces and people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fototeca.assets import Owner
from fototeca.catalog import Catalog, NewAnnotation, NewFace, NewObject, PersonPatch, Records
from fototeca.errors import InvalidInput, NotFound

Add = Callable[..., int]
Logged = Callable[[Callable[[], Any]], list[tuple[str, int, str]]]

BOX = (0.1, 0.2, 0.3, 0.4)


def test_annotations_are_read_with_their_asset(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    a = add()
    triangle = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))
    new = [
        NewAnnotation(label="owl", box=BOX, confidence=0.5, source="yolo"),
        NewAnnotation(label="sky", type="polygon", polygon=triangle),
    ]
    assert logged(lambda: catalog.records(workspace).annotations.add(a, new)) == [("asset", a, "updated")]
    owl, sky = catalog.records(workspace).assets.get(a).annotations
    assert (owl.label, owl.box, owl.confidence, owl.source, owl.polygon) == ("owl", BOX, 0.5, "yolo", None)
    assert (sky.label, sky.box, sky.polygon, sky.type, sky.source) == ("sky", None, triangle, "polygon", "user")
    assert catalog.records(workspace).annotations.get(owl.id) == (a, owl)


def test_annotations_of_one_collection_are_replaced(catalog: Catalog, workspace: int, add: Add) -> None:
    a, birds = add(), catalog.records(workspace).collections.create("Birds").id
    catalog.records(workspace).annotations.add(a, [NewAnnotation(label="loose")])
    catalog.records(workspace).annotations.replace(a, birds, [NewAnnotation(label="one"), NewAnnotation(label="two")])
    catalog.records(workspace).annotations.replace(a, birds, [NewAnnotation(label="three")])
    found = [(said.label, said.collection_id) for said in catalog.records(workspace).assets.get(a).annotations]
    assert found == [("loose", None), ("three", birds)]
    catalog.records(workspace).annotations.replace(a, None, [])
    assert [said.label for said in catalog.records(workspace).assets.get(a).annotations] == ["three"]


def test_annotations_change_and_go(catalog: Catalog, workspace: int, other: int, add: Add, logged: Logged) -> None:
    a = add()
    first, second = catalog.records(workspace).annotations.add(
        a, [NewAnnotation(label="x", box=BOX), NewAnnotation(label="y")]
    )
    catalog.records(workspace).annotations.update(first, NewAnnotation(label="z"))
    said = catalog.records(workspace).assets.get(a).annotations[0]
    assert (said.id, said.label, said.box) == (first, "z", None)
    assert catalog.records(other).annotations.delete([first]) == []
    for refused in (
        lambda: catalog.records(other).annotations.update(first, NewAnnotation(label="q")),
        lambda: catalog.records(other).annotations.get(first),
        lambda: catalog.records(other).annotations.add(a, []),
        lambda: catalog.records(workspace).annotations.add(a, [NewAnnotation(label="q", collection_id=10**6)]),
    ):
        with pytest.raises(NotFound):
            refused()
    with pytest.raises(InvalidInput):
        catalog.records(workspace).annotations.add(a, [NewAnnotation(label=" ")])
    assert logged(lambda: catalog.records(workspace).annotations.delete([second, first, 10**6])) == [
        ("asset", a, "updated")
    ]
    assert catalog.records(workspace).assets.get(a).annotations == ()


def test_frames_and_objects_are_replaced(catalog: Catalog, workspace: int, other: int, add: Add) -> None:
    a, b = add(), add()
    frames = catalog.records(workspace).frames.replace(a, [2.5, 0.0])
    assert [frame.seconds for frame in frames] == [0.0, 2.5]
    assert catalog.records(other).frames.of_assets([a]) == []
    thing = NewObject(label="cat", box=BOX, score=0.9, frame_id=frames[0].id)
    found = catalog.records(workspace).objects.replace(a, [thing, NewObject(label="dog", box=BOX, score=0.5)])
    assert catalog.records(workspace).assets.get(a).objects == tuple(found)
    assert [(region.label, region.frame_id) for region in found] == [("cat", frames[0].id), ("dog", None)]
    with pytest.raises(NotFound):
        catalog.records(workspace).objects.replace(b, [thing])
    catalog.records(workspace).objects.replace(a, [])
    assert catalog.records(workspace).assets.get(a).objects == ()


def test_a_model_replaces_only_its_own_faces(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    a = add()
    drawn = catalog.records(workspace).faces.add(a, [NewFace(box=BOX)])[0]
    old = catalog.records(workspace).faces.replace(a, [NewFace(box=BOX, score=0.5, quality=0.25)], "scrfd")[0]
    log = logged(lambda: catalog.records(workspace).faces.replace(a, [NewFace(box=BOX), NewFace(box=BOX)], "scrfd"))
    faces = catalog.records(workspace).assets.get(a).faces
    assert [face.source for face in faces] == [None, "scrfd", "scrfd"]
    assert faces[0] == drawn
    assert log == [
        ("face", old.id, "deleted"),
        *(("face", face.id, "created") for face in faces[1:]),
        ("asset", a, "updated"),
    ]
    assert (old.box, old.score, old.quality, old.asset_id) == (BOX, 0.5, 0.25, a)


def test_faces_belong_to_people(catalog: Catalog, workspace: int, other: int, add: Add, logged: Logged) -> None:
    a, b = add(), add()
    x, y = (catalog.records(workspace).faces.add(asset, [NewFace(box=BOX)])[0].id for asset in (a, b))
    ann = catalog.records(workspace).people.create(PersonPatch(name="Ann", cover_face_id=x)).id
    log = logged(lambda: catalog.records(workspace).faces.assign({x: ann, y: ann}))
    assert log[-2:] == [("asset", a, "updated"), ("asset", b, "updated")]
    assert [(face.person, face.person_id) for face in catalog.records(workspace).assets.get(a).faces] == [("Ann", ann)]
    assert catalog.records(workspace).people.get(ann).count == 2
    assert [face.id for face in catalog.records(workspace).faces.of_person(ann, after_id=x)] == [y]
    catalog.records(workspace).faces.assign({y: None})
    assert [face.id for face in catalog.records(workspace).faces.of_person(None)] == [y]
    assert catalog.records(workspace).faces.get(y).person_id is None
    for refused in (
        lambda: catalog.records(workspace).faces.assign({x: 10**6}),
        lambda: catalog.records(other).faces.assign({x: None}),
        lambda: catalog.records(other).faces.get(x),
        lambda: catalog.records(other).people.get(ann),
    ):
        with pytest.raises(NotFound):
            refused()
    assert catalog.records(workspace).faces.get(x).person_id == ann


def test_a_cover_goes_with_its_face(catalog: Catalog, workspace: int, add: Add) -> None:
    face = catalog.records(workspace).faces.add(add(), [NewFace(box=BOX)])[0].id
    person = catalog.records(workspace).people.create(PersonPatch(cover_face_id=face)).id
    assert catalog.records(workspace).people.get(person).cover_face_id == face
    assert catalog.records(workspace).faces.delete([face, 10**6]) == [face]
    assert catalog.records(workspace).people.get(person).cover_face_id is None


def test_people_change(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    a, person = add(), catalog.records(workspace).people.create().id
    catalog.records(workspace).faces.add(a, [NewFace(box=BOX, person_id=person)])
    named = logged(
        lambda: catalog.records(workspace).people.update(person, PersonPatch(name=" Bo ", birth_date="2001-02-03"))
    )
    assert named == [("person", person, "updated"), ("asset", a, "updated")]
    hidden = logged(lambda: catalog.records(workspace).people.update(person, PersonPatch(hidden=True, favorite=True)))
    assert hidden == [("person", person, "updated")]
    found = catalog.records(workspace).people.all()[0]
    assert (found.name, found.hidden, found.favorite, found.birth_date) == ("Bo", True, True, "2001-02-03")
    assert catalog.records(workspace).people.update(person, PersonPatch(name=None)).name is None


def test_people_merge_and_go(catalog: Catalog, workspace: int, add: Add, logged: Logged) -> None:
    a = add()
    ann, bea = (catalog.records(workspace).people.create(PersonPatch(name=name)).id for name in ("Ann", "Bea"))
    face = catalog.records(workspace).faces.add(a, [NewFace(box=BOX, person_id=bea)])[0].id
    log = logged(lambda: catalog.records(workspace).people.merge(ann, [bea]))
    assert log == [("face", face, "updated"), ("person", bea, "deleted"), ("asset", a, "updated")]
    assert catalog.records(workspace).assets.get(a).faces[0].person == "Ann"
    with pytest.raises(InvalidInput):
        catalog.records(workspace).people.merge(ann, [ann])
    with pytest.raises(NotFound):
        catalog.records(workspace).people.merge(ann, [bea])
    assert logged(lambda: catalog.records(workspace).people.delete(ann)) == [
        ("face", face, "updated"),
        ("person", ann, "deleted"),
        ("asset", a, "updated"),
    ]
    assert catalog.records(workspace).assets.get(a).faces[0].person_id is None


@pytest.mark.parametrize("owner", list(Owner))
def test_vectors_go_with_their_owner(catalog: Catalog, workspace: int, add: Add, owner: Owner) -> None:
    a = add()
    face = catalog.records(workspace).faces.replace(a, [NewFace(box=BOX)], "m")[0].id
    frame = catalog.records(workspace).frames.replace(a, [0.0])[0].id
    thing = catalog.records(workspace).objects.replace(a, [NewObject(label="x", box=BOX, score=1.0)])[0].id
    ids = {Owner.ASSET: a, Owner.FACE: face, Owner.FRAME: frame, Owner.OBJECT: thing}
    catalog.records(workspace).spaces.create("s", dimension=1, owner=owner, model="m")
    catalog.records(workspace).embeddings.put("s", {ids[owner]: b"\0\0"})
    assert catalog.records(workspace).embeddings.load("s", [a])[a][0].owner_id == ids[owner]
    catalog.records(workspace).faces.delete([face])
    catalog.records(workspace).frames.replace(a, [])
    catalog.records(workspace).objects.replace(a, [])
    assert bool(catalog.records(workspace).embeddings.iterate("s")) == (owner is Owner.ASSET)
    catalog.records(workspace).assets.delete([a])
    assert catalog.records(workspace).embeddings.iterate("s") == []


def test_annotations_are_counted_by_collection_and_label(
    catalog: Catalog, workspace: int, other: int, add: Add
) -> None:
    records = catalog.records(workspace)
    a, b, gone = add(), add(), add()
    birds, cars = records.collections.create("Birds").id, records.collections.create("Cars").id
    for asset in (a, b, gone):
        records.annotations.add(asset, [NewAnnotation(label="owl", collection_id=birds)] * 2)
    records.annotations.add(a, [NewAnnotation(label="van", collection_id=cars), NewAnnotation(label="loose")])
    records.assets.trash([gone])
    assert records.annotations.counts() == {birds: {"owl": 4}, cars: {"van": 1}}
    assert catalog.records(other).annotations.counts() == {}


def test_objects_are_added_to_those_there_are(catalog: Catalog, workspace: int, other: int, add: Add) -> None:
    a, objects = add(), catalog.records(workspace).objects
    [dog] = objects.replace(a, [NewObject(label="dog", box=BOX, score=0.5)])
    assert [each.label for each in objects.add(a, [NewObject(label="cat", box=BOX, score=0.9)])] == ["dog", "cat"]
    assert catalog.records(workspace).assets.get(a).objects[0] == dog
    with pytest.raises(NotFound):
        catalog.records(other).objects.add(a, [])


def test_frames_and_objects_by_their_ids(catalog: Catalog, workspace: int, other: int, add: Add) -> None:
    a, records = add(), catalog.records(workspace)
    [frame] = records.frames.replace(a, [1.5])
    [thing] = records.objects.replace(a, [NewObject(label="owl", box=BOX, score=0.5, frame_id=frame.id)])
    assert (records.frames.get(frame.id), records.objects.get(thing.id)) == (frame, thing)
    for refused in (catalog.records(other).frames.get, catalog.records(other).objects.get):
        with pytest.raises(NotFound):
            refused(1)


def test_the_newest_faces_come_first_and_those_in_the_trash_not_at_all(records: Records, add: Add) -> None:
    a, b = add(), add()
    person = records.people.create().id
    first = records.faces.add(a, [NewFace(box=BOX, person_id=person), NewFace(box=BOX)])
    last = records.faces.add(b, [NewFace(box=BOX, person_id=person)])
    ids = [first[0].id, first[1].id, last[0].id]
    assert [face.id for face in records.faces.newest()] == ids[::-1]
    assert [face.id for face in records.faces.newest(ids[2], 1)] == [ids[1]]
    assert [face.id for face in records.faces.newest(person_id=person)] == [ids[2], ids[0]]
    assert [face.id for face in records.faces.newest(asset_id=a)] == [ids[1], ids[0]]
    records.assets.trash([b])
    assert [face.id for face in records.faces.newest(person_id=person)] == [ids[0]]


def test_the_log_says_whose_a_face_was(records: Records, add: Add) -> None:
    a = add()
    ann, bea = records.people.create(), records.people.create()
    face = records.faces.add(a, [NewFace(box=BOX, person_id=ann.id)])[0].id
    before = records.changes.head()
    records.faces.assign({face: bea.id})
    records.people.merge(ann.id, [bea.id])
    records.people.delete(ann.id)
    told = [c.detail for c in records.changes.since(before, entities=("face",))]
    assert [(detail["person"], detail["previous"]) for detail in told] == [
        (bea.uuid, ann.uuid),
        (ann.uuid, bea.uuid),
        (None, ann.uuid),
    ]
    assert [person.id for person in records.people.load([10**6])] == []


def test_people_change_together_or_not_at_all(records: Records) -> None:
    ann, bea = records.people.create().id, records.people.create().id
    records.people.update_each({ann: PersonPatch(name="Ann"), bea: PersonPatch(hidden=True)})
    assert [(person.name, person.hidden) for person in records.people.load([bea, ann])] == [
        (None, True),
        ("Ann", False),
    ]
    with pytest.raises(NotFound):
        records.people.update_each({ann: PersonPatch(name="Anna"), 10**6: PersonPatch(name="x")})
    assert records.people.get(ann).name == "Ann"
