"""Gumnut's official SDK, strict about every field of every answer, live against a real server: assets."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from io import BytesIO
from typing import Any

import gumnut
import httpx
import pytest
from gumnut import Gumnut
from PIL import Image

from tests.clients.gumnut_calls import WHEN, bytes_of, connect, upload
from tests.server.conftest import Served


@pytest.fixture
def served(gumnut_server: Served) -> Served:
    return gumnut_server


@pytest.fixture
def client(gumnut_client: Gumnut) -> Gumnut:
    return gumnut_client


def test_ping_needs_no_key(served: Served) -> None:
    assert connect(served, "none").ping.get() == "pong"
    assert httpx.get(f"{served.origin}/api/server/ping").headers["content-type"].startswith("text/plain")


def test_an_upload_is_answered_whole(client: Gumnut) -> None:
    data = bytes_of((120, 90))
    asset = upload(client, data, "beach.jpg")
    assert asset.id.startswith("asset_")
    assert (asset.width, asset.height, asset.mime_type, asset.kind) == (120, 90, "image/png", "original")
    assert asset.local_datetime == WHEN
    assert asset.file_data is not None
    assert asset.file_data.checksum == base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert asset.file_data.checksum_sha1 == base64.b64encode(hashlib.sha1(data).digest()).decode()
    assert (asset.file_data.device_id, asset.file_data.device_asset_id) == ("sdk", "beach.jpg-1")
    assert asset.metadata is not None
    assert asset.metadata.original_datetime is None
    assert (asset.faces, asset.people) == ([], [])
    assert client.assets.retrieve(asset.id) == asset


def test_the_same_bytes_are_the_same_asset(client: Gumnut) -> None:
    data = bytes_of()
    first = client.assets.with_raw_response.create(**_form(data))
    again = client.assets.with_raw_response.create(**_form(data))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.parse().id == again.parse().id
    client.assets.trash(ids=[first.parse().id])
    trashed = client.assets.with_raw_response.create(**_form(data))
    assert trashed.status_code == 200
    assert trashed.parse().trashed_at is not None


def _form(data: bytes, **more: Any) -> dict[str, Any]:
    said = {"device_asset_id": "a", "device_id": "d", "file_created_at": WHEN, "file_modified_at": WHEN}
    return {"asset_data": data, **said, **more}


def test_bytes_without_a_name_are_looked_at_and_text_is_refused(client: Gumnut) -> None:
    assert client.assets.create(**_form(bytes_of())).mime_type == "image/png"
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.assets.create(**_form(b"not a picture", asset_data=("a.txt", b"text", "text/plain")))


def test_include_takes_away_what_is_heavy(client: Gumnut) -> None:
    asset = upload(client)
    lean = client.assets.retrieve(asset.id, include=["metadata"])
    assert lean.metadata is not None
    assert (lean.faces, lean.people, lean.file_data) == (None, None, None)
    assert set(lean.asset_urls or {}) == {"thumbnail"}
    full = client.assets.retrieve(asset.id, include=["variants", "faces"])
    assert set(full.asset_urls or {}) == {"original", "thumbnail", "small", "preview", "fullsize"}
    assert full.faces == []
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.assets.retrieve(asset.id, include=["everything"])


def test_links_need_no_key_and_take_ranges(client: Gumnut) -> None:
    data = bytes_of((500, 300))
    urls = upload(client, data).asset_urls or {}
    for name, variant in urls.items():
        sent = httpx.get(variant.url)
        assert sent.status_code == 200
        assert sent.headers["content-type"] == variant.mimetype, name
        with Image.open(BytesIO(sent.content)) as image:
            assert image.width == variant.width, name
    original = httpx.get(urls["original"].url)
    assert original.content == data
    assert original.headers["content-disposition"].startswith("attachment")
    part = httpx.get(urls["original"].url, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, data[2:6])
    assert httpx.get(urls["original"].url.replace("signature=", "signature=0")).status_code == 403


def test_changes_lie_over_what_the_file_says(client: Gumnut) -> None:
    asset = upload(client)
    changed = client.assets.update_asset(
        asset.id,
        description="on the beach",
        latitude=48.8566,
        longitude=2.3522,
        original_datetime="2023-05-06T07:08:09",
    )
    assert changed.metadata is not None
    assert (changed.metadata.description, changed.metadata.city) == ("on the beach", "Paris")
    assert changed.local_datetime == datetime(2023, 5, 6, 7, 8, 9)
    assert changed.metadata.display_label is not None
    assert changed.metadata.display_label.startswith("Paris")
    rated = client.assets.update_asset(asset.id, rating=4)
    assert rated.metadata is not None
    assert (rated.metadata.rating, rated.metadata.description) == (4, "on the beach")
    cleared = client.assets.update_asset(
        asset.id, description=None, latitude=None, longitude=None, original_datetime=None, rating=None
    )
    assert cleared.metadata is not None
    assert (cleared.metadata.latitude, cleared.metadata.city, cleared.metadata.description) == (None, None, None)
    assert (cleared.metadata.rating, cleared.local_datetime) == (0, WHEN)
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.assets.update_asset(asset.id, latitude=1.0)


def test_changes_of_many_are_all_or_nothing(client: Gumnut) -> None:
    one, two = upload(client), upload(client)
    client.assets.bulk_update_assets(
        updates=[{"id": one.id, "change": {"rating": 5}}, {"id": two.id, "change": {"description": "d"}}]
    )
    missing = one.id[:-1] + ("2" if one.id[-1] != "2" else "3")
    with pytest.raises(gumnut.NotFoundError):
        client.assets.bulk_update_assets(
            updates=[{"id": one.id, "change": {"rating": 1}}, {"id": missing, "change": {"rating": 1}}]
        )
    found = client.assets.retrieve(one.id).metadata
    assert found is not None
    assert found.rating == 5


def test_the_trash_hides_and_gives_back(client: Gumnut) -> None:
    kept, gone = upload(client), upload(client)
    client.assets.trash(ids=[gone.id, "asset_2222222222222222222222"])
    assert [asset.id for asset in client.assets.list()] == [kept.id]
    assert [asset.id for asset in client.assets.list(state="trashed")] == [gone.id]
    assert {asset.id for asset in client.assets.list(state="all")} == {kept.id, gone.id}
    client.assets.restore(ids=[gone.id])
    assert len(client.assets.list().data) == 2
    client.assets.trash(ids=[gone.id])
    client.assets.empty_trash()
    with pytest.raises(gumnut.NotFoundError):
        client.assets.retrieve(gone.id)
    client.assets.delete(kept.id)
    other = upload(client)
    client.assets.delete_list(ids=[other.id])
    assert client.assets.list(state="all").data == []


def test_existence_is_told_by_each_of_three_ways(client: Gumnut) -> None:
    data = bytes_of()
    asset = upload(client, data, "there.jpg")
    sha256 = base64.b64encode(hashlib.sha256(data).digest()).decode()
    sha1 = base64.b64encode(hashlib.sha1(data).digest()).decode()
    unknown = base64.b64encode(bytes(32)).decode()
    questions: list[dict[str, Any]] = [
        {"checksums": [sha256, unknown, "odd"]},
        {"checksum_sha1s": [sha1]},
        {"device_id": "sdk", "device_asset_ids": ["there.jpg-1", "x"]},
    ]
    for question in questions:
        found = client.assets.check_existence(**question).assets
        assert [(each.id, each.checksum, each.device_id) for each in found] == [(asset.id, sha256, "sdk")]
    assert client.assets.check_existence(checksums=[]).assets == []
    two: dict[str, Any] = {"checksums": [], "checksum_sha1s": []}
    wrong: list[dict[str, Any]] = [{}, two, {"device_id": "x"}, {"checksums": [sha256] * 5_001}]
    for refused in wrong:
        with pytest.raises(gumnut.UnprocessableEntityError):
            client.assets.check_existence(**refused)
    assert len(client.assets.check_existence(checksums=[unknown] * 4_999 + [sha256]).assets) == 1


def test_counts_are_of_the_cameras_clock(client: Gumnut) -> None:
    moments = ["2023-12-31T23:30:00-05:00", "2024-01-01T00:30:00", "2024-01-07T12:00:00", "2024-02-01T00:00:00"]
    for moment in moments:
        client.assets.update_asset(upload(client).id, original_datetime=moment)

    def counted(**asked: Any) -> list[tuple[str, int]]:
        return [(f"{each.time_bucket:%Y-%m-%d}", each.count) for each in client.assets.counts(**asked).data]

    assert counted() == [("2024-02-01", 1), ("2024-01-01", 2), ("2023-12-01", 1)]
    assert counted(group_by="year", order="asc") == [("2023-01-01", 1), ("2024-01-01", 3)]
    assert counted(group_by="week", order="asc") == [("2023-12-25", 1), ("2024-01-01", 2), ("2024-01-29", 1)]
    assert counted(group_by="day", local_datetime_before="2024-01-07") == [("2024-01-01", 1), ("2023-12-31", 1)]
    first = client.assets.counts(limit=1)
    assert first.has_more
    assert counted(limit=1, starting_after_bucket=first.data[0].time_bucket) == [("2024-01-01", 2)]
    assert counted(limit=1, local_datetime_before="2024-01-01T00:00:00") == [("2023-12-01", 1)]


def test_a_map_is_counted_by_cells(client: Gumnut) -> None:
    places = [(10.0, 10.0), (10.2, 10.4), (-20.0, 179.5), (-20.0, -179.5)]
    ids = []
    for place, (latitude, longitude) in enumerate(places):
        ids.append(upload(client).id)
        client.assets.update_asset(
            ids[-1], latitude=latitude, longitude=longitude, original_datetime=f"2024-01-0{place + 1}"
        )
    near = client.assets.cluster_by_geo(bbox="0,0,20,20", cell_size=1).data
    assert [(cell.count, cell.representative_asset_id) for cell in near] == [(2, ids[1])]
    assert near[0].latitude == pytest.approx(10.1)
    assert near[0].longitude == pytest.approx(10.2)
    across = client.assets.cluster_by_geo(bbox="179,-30,-179,0", cell_size=10).data
    assert sum(cell.count for cell in across) == 2
    assert {asset.id for asset in client.assets.list(bbox="179,-30,-179,0")} == set(ids[2:])
    assert [asset.id for asset in client.assets.list(center="10,10", radius=100)] == [ids[0]]
    far: dict[str, Any] = {"center": "1,2", "radius": 60_000}
    wrong: list[dict[str, Any]] = [{"bbox": "1,2,3"}, {"center": "1,2"}, far, {"bbox": "0,9,1,2"}]
    for refused in wrong:
        with pytest.raises(gumnut.UnprocessableEntityError):
            client.assets.list(**refused)
