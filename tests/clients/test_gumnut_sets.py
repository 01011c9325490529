"""Gumnut's official SDK, strict, against a real server: albums, libraries, people, faces, stacks, keys and the rest."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gumnut
import httpx
import numpy as np
import pytest
from gumnut import Gumnut
from PIL import Image

from fototeca.assets import Owner, Scope
from fototeca.catalog import NewFace
from fototeca.dialects.gumnut import identifiers
from fototeca.library import Library
from tests.clients.gumnut_calls import bytes_of, connect, upload
from tests.server.conftest import Served

UNKNOWN = "2222222222222222222222"


@pytest.fixture
def client(gumnut_client: Gumnut) -> Gumnut:
    return gumnut_client


@pytest.fixture
def library(gumnut_library: Library) -> Library:
    return gumnut_library


@pytest.fixture
def served(gumnut_server: Served) -> Served:
    return gumnut_server


# --- albums -------------------------------------------------------------------------------------------------


def test_an_album_of_the_same_name_is_used_again(client: Gumnut) -> None:
    made = client.albums.with_raw_response.create(name=" Summer ", description="by the sea")
    again = client.albums.with_raw_response.create(name="summer", description="by the sea")
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.parse().id == again.parse().id
    with pytest.raises(gumnut.ConflictError) as caught:
        client.albums.create(name="Summer", description="in the hills")
    assert caught.value.response.headers["x-should-retry"] == "false"
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.albums.create(name=" ")
    assert [album.name for album in (client.albums.create(), client.albums.create())] == ["New Album"] * 2


def test_an_album_and_what_is_in_it(client: Gumnut) -> None:
    album = client.albums.create(name="a")
    first, last = upload(client), upload(client)
    client.assets.update_asset(first.id, original_datetime="2020-01-01T00:00:00")
    missing = f"asset_{UNKNOWN}"
    put = client.albums.assets_associations.add(album.id, asset_ids=[first.id, missing, last.id])
    assert (put.added_assets, put.duplicate_assets, put.not_found_assets) == ([first.id, last.id], [], [missing])
    put = client.albums.assets_associations.add(album.id, asset_ids=[first.id])
    assert put.duplicate_assets == [first.id]
    found = client.albums.retrieve(album.id)
    assert (found.asset_count, found.album_cover_asset_id) == (2, last.id)
    assert found.start_date == datetime(2020, 1, 1)
    assert found.end_date == last.local_datetime
    assert httpx.get((found.asset_urls or {})["thumbnail"].url).status_code == 200
    covered = client.albums.update(album.id, album_cover_asset_id=first.id, description="d")
    assert (covered.album_cover_asset_id, covered.description, covered.name) == (first.id, "d", "a")
    assert client.albums.update(album.id, album_cover_asset_id=None).album_cover_asset_id == last.id
    assert {asset.id for asset in client.assets.list(album_id=album.id)} == {first.id, last.id}
    assert client.assets.list(album_filter="not_in_album").data == []
    assert [each.id for each in client.albums.list(asset_id=first.id)] == [album.id]
    rows = list(client.album_assets.list(album_id=album.id))
    assert [(row.album_id, row.asset_id) for row in rows] == [(album.id, first.id), (album.id, last.id)]
    assert client.album_assets.get(rows[1].id) == rows[1]
    assert [row.id for row in client.album_assets.list(ids=[rows[1].id, rows[0].id])] == [row.id for row in rows]
    client.assets.trash(ids=[last.id])
    assert client.albums.retrieve(album.id).asset_count == 1
    client.albums.assets_associations.remove(album.id, asset_ids=[first.id, missing])
    assert client.album_assets.list().data == []
    client.albums.delete(album.id)
    with pytest.raises(gumnut.NotFoundError):
        client.albums.retrieve(album.id)


def test_albums_are_listed_newest_first(client: Gumnut) -> None:
    albums = [client.albums.create(name=f"100% no. {number}") for number in range(5)]
    newest = [album.id for album in reversed(albums)]
    assert [album.id for album in client.albums.list(limit=2)] == newest
    assert [album.id for album in client.albums.list(name="% NO. 3")] == [albums[3].id]
    assert [album.id for album in client.albums.list(ids=[albums[0].id, f"album_{UNKNOWN}"])] == [albums[0].id]
    with pytest.raises(gumnut.ConflictError):
        client.albums.update(albums[0].id, name="100% No. 1")


# --- libraries ----------------------------------------------------------------------------------------------


def test_a_new_workspace_has_one_library(client: Gumnut) -> None:
    upload(client)
    [only] = client.libraries.list()
    assert (only.asset_count, only.role, only.user_id) == (1, "owner", client.users.me().id)
    assert only.storage_used_bytes > 0
    with pytest.raises(gumnut.ConflictError):
        client.libraries.trash(only.id)
    renamed = client.libraries.update(only.id, name="Family", description="ours")
    assert client.libraries.retrieve(only.id) == renamed


def test_libraries_keep_their_photos_apart(client: Gumnut) -> None:
    [first] = client.libraries.list()
    mine = upload(client)
    other = client.libraries.create(name="Work")
    assert client.libraries.create(name="work").id == other.id
    with pytest.raises(gumnut.BadRequestError):
        client.assets.list()
    said: dict[str, Any] = {"device_asset_id": "a", "device_id": "d"}
    when = datetime(2024, 1, 1, tzinfo=UTC)
    theirs = client.assets.create(
        asset_data=bytes_of(), library_id=other.id, file_created_at=when, file_modified_at=when, **said
    )
    assert [asset.id for asset in client.assets.list(library_id=first.id)] == [mine.id]
    assert [asset.id for asset in client.assets.list(library_id=other.id)] == [theirs.id]
    assert client.search.search(library_id=other.id, media_type="image").data[0].asset.id == theirs.id
    album = client.albums.create(name="a", library_id=other.id)
    assert client.albums.list(library_id=first.id).data == []
    assert [each.id for each in client.albums.list(library_id=other.id)] == [album.id]
    client.assets.trash(ids=[mine.id], library_id=other.id)
    assert client.assets.retrieve(mine.id).trashed_at is None
    with pytest.raises(gumnut.NotFoundError):
        client.assets.list(library_id=f"lib_{UNKNOWN}")
    with pytest.raises(gumnut.ConflictError):
        client.libraries.delete(other.id)
    moved = client.assets.move(
        asset_ids=[mine.id, theirs.id, f"asset_{UNKNOWN}"],
        source_library_id=first.id,
        destination_library_id=other.id,
    )
    assert [each.outcome for each in moved.data] == ["moved", "already_in_destination", "failed"]
    assert [len(client.assets.list(library_id=each.id).data) for each in (first, other)] == [0, 2]
    client.libraries.trash(other.id)
    assert [each.id for each in client.libraries.list()] == [first.id]
    assert [each.id for each in client.libraries.list(state="trashed")] == [other.id]
    with pytest.raises(gumnut.NotFoundError):
        client.assets.list(library_id=other.id)
    assert client.libraries.restore(other.id).id == other.id
    client.libraries.trash(other.id)
    client.libraries.delete(other.id)
    assert {asset.id for asset in client.assets.list(state="trashed")} == {mine.id, theirs.id}


def test_a_workspace_has_keys_instead_of_members(client: Gumnut) -> None:
    [only] = client.libraries.list()
    assert client.libraries.members.list(only.id).data == []
    assert client.libraries.invitations.list().data == []
    with pytest.raises(gumnut.PermissionDeniedError):
        client.libraries.members.leave(only.id)


# --- people and faces ---------------------------------------------------------------------------------------


def test_people_of_a_name_are_the_same(client: Gumnut) -> None:
    ann = client.people.with_raw_response.create(name="Ann", birth_date=date(1990, 1, 2), is_hidden=True)
    assert ann.status_code == 201
    again = client.people.with_raw_response.create(name="ann")
    assert (again.status_code, again.parse().id) == (200, ann.parse().id)
    with pytest.raises(gumnut.ConflictError):
        client.people.create(name="Ann", is_favorite=True)
    bea = client.people.create(name="Bea")
    with pytest.raises(gumnut.ConflictError):
        client.people.update(bea.id, name="ANN")
    changed = client.people.update(bea.id, name=None, is_favorite=True)
    assert (changed.name, changed.is_favorite) == (None, True)
    assert client.people.create().id != client.people.create().id
    client.people.delete(bea.id)
    with pytest.raises(gumnut.NotFoundError):
        client.people.retrieve(bea.id)


def test_people_are_listed_as_asked(client: Gumnut) -> None:
    zoe, ann = client.people.create(name="Zoe"), client.people.create(name="Ann")
    hidden, nobody = client.people.create(name="Hid", is_hidden=True), client.people.create()

    def listed(**asked: Any) -> list[str]:
        return [person.id for person in client.people.list(limit=2, **asked)]

    assert listed() == [ann.id, zoe.id]
    assert listed(include_hidden=True) == [hidden.id, ann.id, zoe.id]
    assert listed(name_filter="all") == [nobody.id, hidden.id, ann.id, zoe.id]
    assert listed(name_filter="unnamed") == [nobody.id]
    assert listed(sort="name_asc", name_filter="all") == [ann.id, hidden.id, zoe.id, nobody.id]
    assert listed(sort="name_desc", name_filter="all") == [zoe.id, hidden.id, ann.id, nobody.id]
    assert listed(sort="created_at_asc") == [zoe.id, ann.id]
    assert listed(name="oE") == [zoe.id]
    assert set(listed(ids=[hidden.id, nobody.id])) == {hidden.id, nobody.id}
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.people.list(sort="name_asc", name_filter="unnamed")
    client.people.bulk_update_people(
        updates=[{"id": zoe.id, "change": {"name": "Ann 2"}}, {"id": ann.id, "change": {"name": "Zoe"}}]
    )
    assert client.people.retrieve(ann.id).name == "Zoe"
    with pytest.raises(gumnut.ConflictError):
        client.people.bulk_update_people(
            updates=[{"id": zoe.id, "change": {"name": "Free"}}, {"id": ann.id, "change": {"name": "Hid"}}]
        )
    assert client.people.retrieve(zoe.id).name == "Ann 2"


def test_faces_are_drawn_given_and_taken_away(client: Gumnut) -> None:
    asset = upload(client, bytes_of((400, 200)))
    ann = client.people.create(name="Ann")
    box = {"x": 100, "y": 50, "w": 80, "h": 60}
    face = client.faces.create(asset_id=asset.id, bounding_box=box, person_id=ann.id)  # type: ignore[arg-type]
    assert (face.bounding_box, face.source, face.confidence, face.person_id) == (box, "manual", None, ann.id)
    with Image.open(BytesIO(httpx.get((face.asset_urls or {})["thumbnail"].url).content)) as image:
        assert image.format == "JPEG"
    full = client.assets.retrieve(asset.id)
    assert [each.id for each in full.faces or ()] == [face.id]
    assert [each.id for each in full.people or ()] == [ann.id]
    found = client.people.retrieve(ann.id)
    assert (found.asset_count, found.thumbnail_face_id) == (1, face.id)
    assert [each.id for each in client.people.list(asset_id=asset.id)] == [ann.id]
    assert [each.id for each in client.assets.list(person_ids=[ann.id])] == [asset.id]
    assert client.faces.update(face.id, person_id=None).person_id is None
    assert client.faces.list(person_id=ann.id).data == []
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.faces.create(asset_id=asset.id, bounding_box={"x": 399, "y": 0, "w": 2, "h": 2})
    assert [each.id for each in client.faces.list(asset_id=asset.id, ids=[face.id])] == [face.id]
    client.faces.delete(face.id)
    with pytest.raises(gumnut.NotFoundError):
        client.faces.retrieve(face.id)
    assert client.assets.retrieve(asset.id).faces == []


def test_people_merge(client: Gumnut) -> None:
    ann, bea = client.people.create(name="Ann"), client.people.create(name="Bea")
    asset = upload(client)
    box: Any = {"x": 0, "y": 0, "w": 9, "h": 9}
    face = client.faces.create(asset_id=asset.id, bounding_box=box, person_id=bea.id)
    merged = client.people.merge(ann.id, source_person_ids=[bea.id])
    assert (merged.id, merged.asset_count) == (ann.id, 1)
    assert client.faces.retrieve(face.id).person_id == ann.id
    with pytest.raises(gumnut.NotFoundError):
        client.people.retrieve(bea.id)
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.people.merge(ann.id, source_person_ids=[ann.id])


def test_clusters_are_measured_by_cosine_distance(client: Gumnut, library: Library) -> None:
    library.records.spaces.create("faces", dimension=2, owner=Owner.FACE, model="m")
    asset = library.get(_uuid(upload(client).id))
    ann, bea = (library.people.get(_uuid(client.people.create(name=name).id)) for name in ("Ann", "Bea"))
    angles = {ann.id: (0.0, 0.2), bea.id: (0.5,)}
    for person, turned in angles.items():
        for angle in turned:
            [face] = library.records.faces.add(asset.id, [NewFace(box=(0, 0, 0.5, 0.5), person_id=person)], "m")
            vector = np.array([np.cos(angle), np.sin(angle)], "<f2")
            library.records.embeddings.put("faces", {face.id: vector.tobytes()})
    listed = {each.name: each.cluster_metrics for each in client.people.list(include=["cluster_metrics"])}
    metrics = listed["Ann"]
    assert metrics is not None
    assert metrics.face_count == 2
    assert metrics.pairwise_mean == pytest.approx(1 - np.cos(0.2), abs=2e-3)
    newest = client.faces.list(include=["cluster_assignment"]).data[0].cluster_assignment
    assert newest is not None
    assert newest.distance_to_person == pytest.approx(0, abs=2e-3)
    [candidate] = newest.candidates or []
    assert candidate.name == "Ann"
    assert candidate.distance == pytest.approx(1 - np.cos(0.4), abs=2e-3)


def _uuid(text: str) -> str:
    return identifiers.decode(text.rpartition("_")[0], text)


# --- stacks -------------------------------------------------------------------------------------------------


def test_stacks(client: Gumnut) -> None:
    a, b, c, d = (upload(client).id for _ in range(4))
    stack = client.stacks.create_stack(asset_ids=[a, b, c], primary_asset_id=a)
    assert (stack.asset_count, stack.origin, stack.primary_asset_id) == (3, "user", a)
    assert client.assets.retrieve(a).stack_id == stack.id
    assert {each.id for each in client.assets.list(stack_id=stack.id)} == {a, b, c}
    assert client.stacks.add_assets_to_stack(stack.id, asset_ids=[c, d]).asset_count == 4
    assert client.stacks.set_cover(stack.id, primary_asset_id=b).primary_asset_id == b
    [listed] = client.stacks.list_stacks(include=["asset_ids"], ids=[stack.id], origin="user", primary_asset_id=b)
    assert set(listed.asset_ids or ()) == {a, b, c, d}
    client.stacks.remove_assets(stack.id, asset_ids=[b, f"asset_{UNKNOWN}"])
    assert client.stacks.retrieve_stack(stack.id).primary_asset_id is None
    moved = client.stacks.create_stack(asset_ids=[b, c])
    assert client.stacks.retrieve_stack(stack.id).asset_count == 2
    client.stacks.remove_assets(stack.id, asset_ids=[a])
    with pytest.raises(gumnut.NotFoundError):
        client.stacks.retrieve_stack(stack.id)
    assert client.assets.retrieve(d).stack_id is None
    client.stacks.set_cover(moved.id, primary_asset_id=c)
    folded = client.stacks.create_stack(asset_ids=[a, c])
    assert folded.asset_count == 3, "the cover brings its stack along"
    client.stacks.delete(folded.id)
    assert client.stacks.list_stacks().data == []
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.stacks.create_stack(asset_ids=[a])


# --- keys, users, sign-in -----------------------------------------------------------------------------------


def test_keys_do_what_they_are_for(client: Gumnut, served: Served) -> None:
    made = client.api_keys.create(name="reader", actions=["read"], library_scope_mode="all_libraries", library_ids=[])
    with connect(served, made.api_key) as reader:
        assert reader.assets.list().data == []
        for refused in (lambda: upload(reader), reader.api_keys.list):
            with pytest.raises(gumnut.PermissionDeniedError):
                refused()
    writing = client.api_keys.create(
        name="writer", actions=["read", "write"], library_scope_mode="all_libraries", library_ids=[]
    )
    with connect(served, writing.api_key) as writer:
        asset = upload(writer)
        with pytest.raises(gumnut.PermissionDeniedError):
            writer.assets.trash(ids=[asset.id])
        with pytest.raises(gumnut.PermissionDeniedError):
            writer.assets.delete(asset.id)
    assert client.api_keys.update(made.id, name="renamed").name == "renamed"
    client.api_keys.delete(made.id)
    listed = {key.id: key for key in client.api_keys.list()}
    assert (listed[made.id].is_active, listed[made.id].actions) == (False, ["read"])
    assert listed[writing.id].actions == ["read", "write"]
    with pytest.raises(gumnut.AuthenticationError):
        connect(served, made.api_key).assets.list()
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.api_keys.create(name="x", actions=["read"], library_scope_mode="selected_libraries", library_ids=[])


def test_the_user_is_the_workspace(client: Gumnut) -> None:
    before = client.users.me()
    assert (before.is_active, before.favorite_display_mode, before.storage_used_bytes) == (True, "favorite", 0)
    assert client.users.update(home_country="AT", home_subdivision="AT-9").home_subdivision == "AT-9"
    changed = client.users.update(home_country="DE", favorite_display_mode="rating")
    assert (changed.home_country, changed.home_subdivision, changed.favorite_display_mode) == ("DE", None, "rating")
    with pytest.raises(gumnut.NotFoundError):
        client.users.update(immich_library_id=f"lib_{UNKNOWN}")
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.users.update(home_country="germany")
    assert client.feedback.submit(feedback_type="suggestion", message="more").status == "submitted"
    assert client.tasks.list() == []
    with pytest.raises(gumnut.NotFoundError):
        client.tasks.get(f"btask_{UNKNOWN}")


def test_tasks_are_what_is_done_beside_the_requests(client: Gumnut, library: Library) -> None:
    one, two = upload(client), upload(client)
    numbers = [library.get(_uuid(each.id)).id for each in (one, two)]
    other = library.jobs.enqueue("other", {})
    jobs = [library.jobs.enqueue("enrich", {"assets": payload}) for payload in (numbers, numbers[:1])]
    tasks = {task.celery_task_id: task for task in client.tasks.list()}
    both, single = (tasks[job.uuid] for job in jobs)
    assert other.uuid not in tasks
    assert (single.asset_id, both.asset_id, single.task_type) == (one.id, None, "embedding")
    assert {task.id for task in client.tasks.list_for_asset(two.id)} >= {both.id}
    assert client.tasks.get(single.id).id == single.id
    assert client.tasks.list(status="failure") == []


def test_an_app_signs_somebody_in(client: Gumnut, served: Served) -> None:
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    url = client.oauth.auth_url(
        redirect_uri="http://app.test/back?x=1", code_challenge=challenge, code_challenge_method="S256"
    ).url
    page = httpx.get(url)
    assert "http://app.test" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert httpx.post(url, data={"key": "wrong"}).status_code == 401

    def sign_in() -> dict[str, Any]:
        sent = httpx.post(url, data={"key": client.api_key})
        assert sent.status_code == 303
        target = urlsplit(sent.headers["location"])
        assert (target.netloc, target.path) == ("app.test", "/back")
        values = parse_qs(target.query)
        assert values["x"] == ["1"]
        return {"code": values["code"][0], "state": values["state"][0]}

    came = sign_in()
    signed = client.oauth.exchange(**came, code_verifier=verifier)
    assert signed.user.id == client.users.me().id
    with connect(served, signed.access_token) as app:
        assert app.users.me().id == signed.user.id
    with pytest.raises(gumnut.AuthenticationError):
        client.oauth.exchange(**came, code_verifier=verifier)
    for wrong in ({"code_verifier": "w" * 50}, {"state": "other", "code_verifier": verifier}, {}):
        with pytest.raises(gumnut.AuthenticationError):
            client.oauth.exchange(**(sign_in() | wrong))
    with pytest.raises(gumnut.AuthenticationError):
        client.oauth.exchange(error="access_denied")
    for odd in ("javascript:alert(1)", "/relative", "http://", "https://user@host/"):
        with pytest.raises(gumnut.UnprocessableEntityError):
            client.oauth.auth_url(redirect_uri=odd)
    assert client.oauth.logout_endpoint().logout_endpoint.startswith(served.origin)


# --- tenants ------------------------------------------------------------------------------------------------


def test_tenants_are_apart(client: Gumnut, served: Served, library: Library) -> None:
    asset = upload(client)
    album, person = client.albums.create(name="a"), client.people.create(name="p")
    client.albums.assets_associations.add(album.id, asset_ids=[asset.id])
    [row] = client.album_assets.list()
    box: Any = {"x": 0, "y": 0, "w": 9, "h": 9}
    face = client.faces.create(asset_id=asset.id, bounding_box=box, person_id=person.id)
    stack = client.stacks.create_stack(asset_ids=[asset.id, upload(client).id])
    [mine] = client.libraries.list()
    [key] = client.api_keys.list()
    with connect(served, served.key("stranger")) as stranger:
        assert stranger.assets.list(state="all", ids=[asset.id]).data == []
        assert stranger.search.search(query="photo").data == []
        assert stranger.events.get().data == []
        added = stranger.albums.assets_associations.add(stranger.albums.create(name="a").id, asset_ids=[asset.id])
        assert added.not_found_assets == [asset.id]
        stranger.assets.trash(ids=[asset.id])
        stranger.assets.delete_list(ids=[asset.id])
        for refused in (
            lambda: stranger.assets.retrieve(asset.id),
            lambda: stranger.assets.delete(asset.id),
            lambda: stranger.albums.retrieve(album.id),
            lambda: stranger.album_assets.get(row.id),
            lambda: stranger.people.retrieve(person.id),
            lambda: stranger.faces.retrieve(face.id),
            lambda: stranger.stacks.retrieve_stack(stack.id),
            lambda: stranger.libraries.retrieve(mine.id),
            lambda: stranger.assets.list(library_id=mine.id),
            lambda: stranger.assets.list(album_id=album.id),
            lambda: stranger.assets.list(person_ids=[person.id]),
            lambda: stranger.api_keys.delete(key.id),
        ):
            with pytest.raises(gumnut.NotFoundError):
                refused()
    assert client.assets.retrieve(asset.id).trashed_at is None
    reader = served.key(library.workspace.name, Scope.READ)
    with pytest.raises(gumnut.PermissionDeniedError):
        connect(served, reader).albums.create(name="x")
