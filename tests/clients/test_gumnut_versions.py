"""Gumnut's official SDK, live against a real server: an asset's versions."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

import gumnut
import httpx
import pytest
from gumnut import Gumnut
from gumnut.types import AssetResponse

from fototeca.library import Library
from tests.clients.gumnut_calls import bytes_of, upload
from tests.server.conftest import Served
from tests.server.helpers import picture

EDIT: dict[str, Any] = {"kind": "edit", "params": '{"crop": [0, 0, 1, 0.5]}'}


@pytest.fixture
def client(gumnut_client: Gumnut) -> Gumnut:
    return gumnut_client


def append(client: Gumnut, asset: AssetResponse, data: bytes, **more: Any) -> Any:
    file = ("edit.png", data, "image/png")
    return client.assets.versions.append(asset.id, **{"file": file, "include": ["variants"], **EDIT, **more})


def chain(client: Gumnut, asset: AssetResponse) -> list[Any]:
    return list(client.assets.versions.list(asset.id, include=["variants"]))


def original_of(version: Any) -> bytes:
    return httpx.get(version.version_urls["original"].url).content


def test_an_asset_has_the_upload_as_its_version(client: Gumnut) -> None:
    data = bytes_of()
    asset = upload(client, data)
    [version] = chain(client, asset)
    assert (version.position, version.kind, version.id, version.params) == (
        0,
        "original",
        asset.current_version_id,
        None,
    )
    assert original_of(version) == data
    assert version.version_urls.keys() == (asset.asset_urls or {}).keys()
    [lean] = client.assets.versions.list(asset.id, include=["metadata"])
    assert list(lean.version_urls or {}) == ["thumbnail"]


def test_a_rendering_is_appended(client: Gumnut) -> None:
    data, edited = bytes_of((60, 40)), bytes_of((30, 20))
    asset = upload(client, data, "beach.png")
    client.assets.update_asset(asset.id, original_datetime="2019-01-02T03:04:05", latitude=41.9, longitude=12.5)
    version = append(client, asset, edited)
    assert (version.position, version.kind, version.params) == (1, "edit", {"crop": [0, 0, 1, 0.5]})
    assert (version.width, version.height, version.mime_type, version.file_size_bytes) == (
        30,
        20,
        "image/png",
        len(edited),
    )
    assert version.checksum == base64.b64encode(hashlib.sha256(edited).digest()).decode()
    after = client.assets.retrieve(asset.id)
    assert (after.kind, after.current_version_id, after.width) == ("edit", version.id, 30)
    assert after.original_file_name == "beach.png"
    assert after.file_data is not None
    assert after.file_data.checksum == base64.b64encode(hashlib.sha256(data).digest()).decode(), "of the upload"
    assert after.local_datetime == datetime(2019, 1, 2, 3, 4, 5)
    assert after.metadata is not None
    assert (after.metadata.latitude, after.metadata.city) == (41.9, "Rome"), "an edit is of the same moment and place"
    assert httpx.get((after.asset_urls or {})["original"].url).content == edited
    first, second = chain(client, asset)
    assert (original_of(first), original_of(second), second.id) == (data, edited, version.id)
    thumbnails = [httpx.get(each.version_urls["thumbnail"].url) for each in (first, second)]
    assert [each.status_code for each in thumbnails] == [200, 200]
    assert thumbnails[0].content != thumbnails[1].content
    assert client.assets.versions.delete(version.id, asset_id=asset.id).local_datetime == after.local_datetime


def test_a_rendering_goes_above_the_upload_only(client: Gumnut) -> None:
    data = bytes_of()
    asset = upload(client, data)
    assert append(client, asset, data).position == 0, "exact duplicates store nothing"
    edit = append(client, asset, bytes_of())
    with pytest.raises(gumnut.ConflictError):
        append(client, asset, bytes_of())
    assert [each.id for each in chain(client, asset)][1:] == [edit.id]


def test_a_rendering_is_replaced(client: Gumnut) -> None:
    asset = upload(client)
    [root] = chain(client, asset)
    first = append(client, asset, bytes_of())
    data = bytes_of()
    call = client.assets.versions.replace
    second = call(first.id, asset_id=asset.id, file=("b.png", data), kind="external:lab", params="{}")
    assert (second.position, second.kind, second.params) == (1, "external:lab", {})
    assert second.id != first.id
    assert [each.id for each in chain(client, asset)] == [root.id, second.id]
    assert client.assets.retrieve(asset.id).kind == "external:lab"
    assert httpx.get(first.version_urls["original"].url).status_code == 404
    assert call(second.id, asset_id=asset.id, file=("b.png", data), **EDIT).id == second.id
    with pytest.raises(gumnut.UnprocessableEntityError):
        call(root.id, asset_id=asset.id, file=("b.png", bytes_of()), **EDIT)
    with pytest.raises(gumnut.NotFoundError):
        call(first.id, asset_id=asset.id, file=("b.png", bytes_of()), **EDIT)


def test_the_original_comes_back_by_reverting_or_by_deleting(client: Gumnut) -> None:
    data = bytes_of((50, 10))
    asset = upload(client, data)
    [root] = chain(client, asset)
    edit = append(client, asset, bytes_of((10, 50)))
    assert client.assets.versions.revert(edit.id, asset_id=asset.id).current_version_id == edit.id, "nothing to do"
    reverted = client.assets.versions.revert(root.id, asset_id=asset.id)
    assert (reverted.current_version_id, reverted.kind, reverted.width) == (root.id, "original", 50)
    assert httpx.get((reverted.asset_urls or {})["original"].url).content == data
    assert [each.id for each in chain(client, asset)] == [root.id]
    edit = append(client, asset, bytes_of((10, 50)))
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.assets.versions.delete(root.id, asset_id=asset.id)
    assert client.assets.versions.delete(edit.id, asset_id=asset.id).width == 50
    with pytest.raises(gumnut.NotFoundError):
        client.assets.versions.delete(edit.id, asset_id=asset.id)
    events = [event.event_type for event in client.events.get(entity_types=["asset"]).data]
    assert events.count("asset_updated") >= 4


def test_a_longer_chain_of_another_api(client: Gumnut, gumnut_library: Library) -> None:
    asset = upload(client)
    known = gumnut_library.search("").hits[0].asset
    for colour in ((1, 2, 3), (4, 5, 6)):
        gumnut_library.replace(known.id, picture(colour), "more.png")
    first, second, third = chain(client, asset)
    assert [each.position for each in (first, second, third)] == [0, 1, 2]
    with pytest.raises(gumnut.ConflictError):
        client.assets.versions.delete(second.id, asset_id=asset.id)
    gumnut_library.choose_version(gumnut_library.records.versions.of_asset(known.id)[1].uuid)
    assert [each.id for each in chain(client, asset)] == [first.id, second.id], "it ends with what is current"
    client.assets.versions.revert(first.id, asset_id=asset.id)
    assert [each.number for each in gumnut_library.records.versions.of_asset(known.id)] == [1, 3], "what it cannot see"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "original"},
        {"kind": ""},
        {"params": "[1]"},
        {"params": "{"},
        {"file": ("a.gif", b"GIF89a", "image/gif")},
        {"file": ("a.jpg", picture((1, 1, 1)), "image/jpeg")},
        {"file": ("a.png", b"\x89PNG\r\n\x1a\nbroken", "image/png")},
    ],
)
def test_what_is_no_rendering_is_refused(client: Gumnut, wrong: dict[str, Any]) -> None:
    asset = upload(client)
    with pytest.raises(gumnut.UnprocessableEntityError):
        append(client, asset, bytes_of(), **wrong)
    assert len(chain(client, asset)) == 1


def test_strangers_have_no_part_in_it(client: Gumnut, gumnut_server: Served) -> None:
    asset = upload(client, when=datetime(2024, 1, 1, tzinfo=UTC))
    edit = append(client, asset, bytes_of())
    other = upload(client)
    headers = {"Authorization": f"Bearer {gumnut_server.key('gumnut-stranger')}"}
    with httpx.Client(base_url=gumnut_server.origin, headers=headers) as stranger:
        path = f"/api/assets/{asset.id}/versions"
        assert stranger.get(path).status_code == 404
        assert stranger.delete(f"{path}/{edit.id}").status_code == 404
        assert stranger.post(f"{path}/{edit.id}/revert").status_code == 404
    with pytest.raises(gumnut.NotFoundError):
        client.assets.versions.delete(edit.id, asset_id=other.id)
    with pytest.raises(gumnut.UnprocessableEntityError):
        client.assets.versions.append(other.id, file=("none", b""), **EDIT)
