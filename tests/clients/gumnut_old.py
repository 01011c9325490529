"""What an older release of Gumnut's SDK does, as a script for an environment of its own: `gumnut_old.py ORIGIN KEY`.

It needs nothing of this project. Each answer is validated strictly; a call that a release does not know is passed over.
"""

from __future__ import annotations

import importlib
import inspect
import struct
import sys
import zlib
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

WHEN = datetime(2024, 3, 2, 10, tzinfo=timezone.utc)  # noqa: UP017 - runs on older Pythons too


def png(red: int) -> bytes:
    """A small picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([red, 20, 30]) * 32 for _ in range(24))
    head = struct.pack(">IIBBBBB", 32, 24, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def known(call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    """Those of the arguments that this release has."""
    names = inspect.signature(call).parameters
    return {name: value for name, value in arguments.items() if name in names}


def maybe(owner: Any, name: str, *positional: Any, **arguments: Any) -> Any:
    """Make a call if this release has it."""
    call = getattr(owner, name, None)
    return None if call is None else call(*positional, **arguments)


def assets(client: Any) -> tuple[Any, Any]:
    """Upload, list, count and look up."""
    said = {"device_id": "old", "file_created_at": WHEN, "file_modified_at": WHEN}
    first, second = (
        client.assets.create(asset_data=(f"{red}.png", png(red), "image/png"), device_asset_id=f"{red}", **said)
        for red in (10, 200)
    )
    assert client.assets.retrieve(first.id).id == first.id
    assert {asset.id for asset in client.assets.list(limit=1)} == {first.id, second.id}
    assert client.assets.counts().data[0].count == 2
    assert len(client.assets.check_existence(device_id="old", device_asset_ids=["10"]).assets) == 1
    maybe(client.assets, "update_asset", first.id, description="said")
    maybe(client.assets, "bulk_update_assets", updates=[{"id": first.id, "change": {"description": "d"}}])
    maybe(client.assets, "trash", ids=[second.id])
    maybe(client.assets, "restore", ids=[second.id])
    maybe(client.assets, "cluster_by_geo", bbox="-180,-90,180,90", cell_size=1)
    maybe(getattr(client.assets, "versions", None), "list", first.id)
    return first, second


def search(client: Any, total: int) -> None:
    """Search by filters and words, as this release spells them."""
    bounds = known(client.search.search, captured_after=datetime(2020, 1, 1), local_datetime_after=datetime(2020, 1, 1))
    assert len(client.search.search(**bounds).data) == total
    assert len(client.search.search(query="10.png", **known(client.search.search, threshold=0.8)).data) <= total
    assert len(client.search.search_assets(**bounds, page=2, limit=1).data) == total - 1


def sets(client: Any, asset: Any, other: Any) -> None:
    """Albums, people, faces and stacks."""
    album = client.albums.create(name="a")
    assert client.albums.assets_associations.add(album.id, asset_ids=[asset.id]).added_assets == [asset.id]
    assert client.albums.retrieve(album.id).asset_count == 1
    [row] = client.album_assets.list(album_id=album.id)
    assert client.album_assets.get(row.id).asset_id == asset.id
    client.albums.assets_associations.remove(album.id, asset_ids=[asset.id])
    client.albums.update(album.id, name="b")
    assert [each.name for each in client.albums.list()] == ["b"]
    client.albums.delete(album.id)
    ann, bea = client.people.create(name="Ann"), client.people.create(name="Bea")
    face = maybe(client.faces, "create", asset_id=asset.id, bounding_box={"x": 1, "y": 1, "w": 9, "h": 9})
    if face is not None:
        assert client.faces.update(face.id, person_id=bea.id).person_id == bea.id
        assert client.faces.retrieve(face.id).asset_id == asset.id
        assert client.assets.retrieve(asset.id).people[0].id == bea.id
        assert [each.id for each in client.faces.list(asset_id=asset.id)] == [face.id]
    client.people.merge(ann.id, source_person_ids=[bea.id])
    assert client.people.update(ann.id, is_favorite=True).is_favorite
    assert [each.id for each in client.people.list()] == [ann.id]
    client.people.delete(ann.id)
    if hasattr(client, "stacks"):
        stack = client.stacks.create_stack(asset_ids=[asset.id, other.id])
        assert client.stacks.retrieve_stack(stack.id).asset_count == 2
        client.stacks.set_cover(stack.id, primary_asset_id=other.id)
        assert len(list(client.stacks.list_stacks())) == 1
        client.stacks.delete(stack.id)


def account(client: Any) -> None:
    """Libraries, keys, user, sign-in and events."""
    [library] = client.libraries.list()
    assert client.libraries.retrieve(library.id).id == library.id
    client.libraries.update(library.id, name="Mine")
    create = client.api_keys.create
    key = create(name="k", **known(create, actions=["read"], library_scope_mode="all_libraries", library_ids=[]))
    assert client.api_keys.update(key.id, name="n").name == "n"
    client.api_keys.delete(key.id)
    assert len(client.api_keys.list()) == 2
    assert client.users.me().is_active
    assert client.oauth.auth_url(redirect_uri="http://app.test/").url
    assert client.oauth.logout_endpoint().logout_endpoint
    seen, cursor = 0, None
    while True:
        page = client.events.get(limit=3, **({} if cursor is None else {"after_cursor": cursor}))
        seen += len(page.data)
        if not page.has_more:
            break
        cursor = page.data[-1].cursor
    assert seen > 5
    maybe(getattr(client, "tasks", None), "list")


def main(origin: str, key: str) -> None:
    """Go through everything."""
    sdk = importlib.import_module("gumnut")
    client = sdk.Gumnut(base_url=origin, api_key=key, _strict_response_validation=True, max_retries=0)
    assert client.ping.get() == "pong"
    first, second = assets(client)
    search(client, 2)
    sets(client, first, second)
    account(client)
    client.assets.delete(second.id)
    assert [asset.id for asset in client.assets.list()] == [first.id]
    print(sdk.__version__)  # noqa: T201 - this is what the test reads


if __name__ == "__main__":
    main(*sys.argv[1:])
