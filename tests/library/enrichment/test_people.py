"""Faces become people, and stay so as photos are added and as somebody corrects them."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from fototeca.assets import Face, Owner
from fototeca.catalog import NewFace, PersonPatch
from fototeca.errors import InvalidInput, NotFound
from fototeca.library import Library, Region
from tests.pictures import picture

CORNER = (0.0, 0.0, 0.2, 0.2)


def show(library: Library, *hues: str) -> list[int]:
    """Add photos of one face each, alike where the hues are; return the assets."""
    ids = [library.upload(picture(hue, (40 + n, 30 + n)), f"{hue} {n}.jpg")[0].id for n, hue in enumerate(hues)]
    library.enrich()
    return ids


def face_of(library: Library, asset_id: int) -> Face:
    [face] = library.get(asset_id).faces
    return face


def found(library: Library, query: str) -> list[int]:
    return sorted(hit.asset.id for hit in library.search(query))


def test_two_faces_make_a_person_and_one_waits(library: Library) -> None:
    red, darkred, blue = show(library, "red", "#f01010", "blue")
    [person] = library.people.all()
    assert (person.name, person.count) == (None, 2)
    assert person.cover_face_id in {face_of(library, red).id, face_of(library, darkred).id}
    assert face_of(library, blue).person_id is None
    assert found(library, f"person_id:{person.id}") == [red, darkred]
    assert found(library, "strangers>=1") == [blue]


def test_people_stay_who_they_are_when_photos_are_added(library: Library) -> None:
    red, _, blue = show(library, "red", "#f01010", "blue")
    ann = face_of(library, red).person_id
    assert ann is not None
    library.people.update(ann, PersonPatch(name="Ann"))
    [more, other] = show(library, "#f02020", "navy")
    assert face_of(library, more).person == "Ann"
    assert face_of(library, other).person_id == face_of(library, blue).person_id not in {None, ann}
    assert len(found(library, "person:Ann")) == 3
    assert len(library.people.all()) == 2


def test_what_a_person_says_is_not_changed_by_models(library: Library) -> None:
    red, wrong, *_ = show(library, "red", "#f01010", "#f02020")
    ann = face_of(library, red).person_id
    library.faces.assign({face_of(library, wrong).id: None})
    show(library, "#f03030")
    assert face_of(library, wrong).person_id is None, "nobody's, as somebody said"
    assert face_of(library, wrong).confirmed
    bo = library.people.create(PersonPatch(name="Bo"))
    library.faces.assign({face_of(library, wrong).id: bo.id})
    assert found(library, "person:bo") == [wrong]
    assert face_of(library, red).person_id == ann


def test_a_person_is_split_and_merged_again(library: Library) -> None:
    ids = show(library, "red", "#f01010", "#f02020", "#f03030")
    ann = library.people.all()[0]
    part = [face_of(library, id_).id for id_ in ids[:2]]
    bo = library.people.split(ann.id, part, PersonPatch(name="Bo"))
    assert (bo.name, bo.count, library.people.get(ann.id).count) == ("Bo", 2, 2)
    show(library)
    assert found(library, "person:Bo") == ids[:2], "grouping again puts nobody back"
    with pytest.raises(NotFound, match="has no face"):
        library.people.split(ann.id, part)
    assert library.people.merge(ann.id, [bo.id]).count == 4
    assert found(library, "person:Bo") == []


def test_only_these_people(library: Library) -> None:
    red, green, both, crowd = show(library, "red", "lime", "white", "gray")
    ann, bo, nobody = (library.people.create(PersonPatch(name=name)) for name in ("Ann", "Bo", None))
    library.faces.assign({face_of(library, red).id: ann.id, face_of(library, green).id: bo.id})
    for asset_id, others in ((both, [bo.id]), (crowd, [bo.id, nobody.id])):
        library.faces.assign({face_of(library, asset_id).id: ann.id})
        library.faces.add(asset_id, [NewFace(box=CORNER, person_id=person) for person in others])
    assert found(library, "only:Ann") == [red]
    assert found(library, "only:(Ann Bo)") == [both]
    assert found(library, "person:Ann person:Bo") == [both, crowd]
    assert found(library, "person:(Ann OR Bo)") == [red, green, both, crowd]
    library.faces.add(red, [NewFace(box=CORNER, quality=0.9)])
    assert found(library, "only:Ann") == [], "somebody unknown is there, too"
    library.faces.delete([face.id for face in library.get(red).faces if face.person_id is None])
    library.faces.add(red, [NewFace(box=CORNER, quality=0.1)])
    assert found(library, "only:Ann") == [red], "but for a blurred face in the background"


def test_another_original_keeps_the_person_where_the_face_still_is(library: Library) -> None:
    from tests.library.enrichment.test_enricher import replace

    red, _ = show(library, "red", "#f01010")
    before = face_of(library, red)
    replace(library, red, picture("#e01010", (77, 77)))
    library.enrich()
    after = face_of(library, red)
    assert (after.id, after.person_id, after.uuid) == (before.id, before.person_id, before.uuid)
    assert before.person_id is not None


def test_a_face_and_an_object_find_others_like_them(library: Library) -> None:
    red, darkred, blue = show(library, "red", "#f01010", "blue")
    face = face_of(library, darkred)
    hits = library.search(f"like.face:{face.id}").hits
    assert [hit.asset.id for hit in hits] == [darkred, red, blue]
    assert [(part.owner, part.id) for part in hits[0].matched] == [(Owner.FACE, face.id)]
    assert [hit.asset.id for hit in library.search(like=[face.id], of=Owner.FACE)] == [darkred, red, blue]
    [thing] = library.get(blue).objects
    best = library.search(like=[thing.id], of=Owner.OBJECT).hits[0]
    assert (best.asset.id, best.matched[0].id) == (blue, thing.id)
    [away] = [
        hit.score
        for hit in library.search(f"like.face:{face.id} -like.face:{face_of(library, blue).id}")
        if hit.asset.id == blue
    ]
    assert away is not None
    assert hits[-1].score is not None
    assert away < hits[-1].score


def test_a_part_of_a_picture_finds_things_like_it(library: Library) -> None:
    red, _, blue = show(library, "red", "#f01010", "blue")
    found = library.search(region=Region(blue, (0.2, 0.2, 0.5, 0.5)))
    assert (found.hits[0].asset.id, found.hits[0].matched[0].owner) == (blue, Owner.OBJECT)
    whole = library.search(region=Region(red, (0.2, 0.2, 0.5, 0.5)), among=Owner.ASSET)
    assert (whole.hits[0].asset.id, whole.hits[0].matched[0].owner) == (red, Owner.ASSET)
    assert library.search(picture=picture("blue"), among=Owner.OBJECT).hits[0].asset.id == blue
    with pytest.raises(InvalidInput, match="shares of the picture"):
        library.search(region=Region(red, (0.2, 0.2, 0.0, 0.5)))
    with pytest.raises(InvalidInput, match="words cannot be compared with faces"):
        library.search("red", among=Owner.FACE)


def test_a_face_has_a_portrait(library: Library) -> None:
    [red] = show(library, "red")
    with Image.open(BytesIO(library.portrait(face_of(library, red)))) as image:
        assert image.format == "JPEG"
        assert max(image.size) <= 256
