"""Images sent by the official SDK."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from fototeca.library import Library
from tests.clients.roboflow.helpers import WORKSPACE, found, unique, uploaded
from tests.server.conftest import Served


def test_an_upload_says_all_that_it_can(home: Any, ws: Any, errors: Any, photo: Callable[..., str], key: str) -> None:
    path = photo("grüße & co.jpg")
    options = {"tag_names": ["t 2", "night"], "sequence_number": 3, "sequence_size": 5, "batch_name": "My Batch"}
    image = uploaded(home, path, split="valid", metadata={"camera": {"id": "c1"}, "n": 3}, **options)
    shown = home.image(image)
    assert (shown["name"], shown["split"], shown["tags"]) == ("grüße & co.jpg", "valid", ["t 2", "night"])
    assert (shown["metadata"], shown["labels"]) == ({"camera.id": "c1", "n": 3}, [])
    assert found(ws, 'tag:"t 2" metadata.camera.id:c1 metadata.sequence.number:3 metadata.n>=3') == {image}
    again = errors.upload_image(
        ws._Workspace__api_key, "uploads", path, split="test", tag_names=["more"], batch_name="2"
    )
    assert again == {"duplicate": True, "id": image}
    shown = home.image(image)
    assert (shown["split"], shown["tags"]) == ("valid", ["t 2", "night", "more"])
    batches = {batch["name"]: batch for batch in home.get_batches()["batches"]}
    assert batches["My Batch"]["images"] == 1
    assert "2" not in batches


def test_a_url_and_base64(
    home: Any, served: Served, key: str, ws: Any, errors: Any, library: Library, photo: Callable[..., str]
) -> None:
    asset, _ = library.upload(unique(), "first.jpg")
    link = served.origin + served.app.state.context.links.sign(WORKSPACE, asset.uuid, "original")
    assert uploaded(home, link, tag_names=["by url"], metadata={"a": 1}) == asset.uuid
    assert home.image(asset.uuid)["tags"] == ["by url"]
    with pytest.raises(errors.ImageUploadError, match="Could not fetch image URL") as caught:
        errors.upload_image(key, "uploads", f"{served.origin}/healthz/nothing", hosted_image=True)
    assert caught.value.status_code == 400
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    encoded = base64.b64encode(unique())
    for sent in (encoded, b"data:image/jpeg;base64," + base64.b64encode(unique())):
        answer = httpx.post(
            f"{served.origin}/demo/uploads/upload",
            params={"api_key": key, "name": "b.jpg"},
            content=sent,
            headers=headers,
        )
        assert answer.json()["success"]
        assert home.image(answer.json()["id"])["name"] == "b.jpg"


def test_what_is_no_image_is_refused(home: Any, errors: Any, key: str, served: Served, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(unique()[:200])
    with pytest.raises(errors.ImageUploadError, match="Invalid image") as caught:
        errors.upload_image(key, "uploads", str(bad))
    assert caught.value.status_code == 400
    for options, status, message in (
        ({"split": "dev"}, 400, "is no split"),
        ({"batch_name": "x" * 300}, 400, "1 to 255 characters"),
        ({"metadata": {"a/b": 1}}, 400, "cannot name metadata"),
        ({"sequence_number": "x", "sequence_size": 5}, 400, "whole numbers"),
    ):
        with pytest.raises(errors.ImageUploadError, match=message) as caught:
            errors.upload_image(key, "uploads", str(bad), **options)
        assert caught.value.status_code == status
    with pytest.raises(errors.ImageUploadError, match="no project") as caught:
        errors.upload_image(key, "gone", str(bad))
    assert caught.value.status_code == 404


def test_many_at_once_make_one_batch(home: Any, ws: Any, tmp_path: Path, photo: Callable[..., str]) -> None:

    paths = [photo(f"{number}.jpg") for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        images = set(pool.map(lambda path: uploaded(home, path, batch_name="Together", tag_names=["together"]), paths))
    assert len(images) == 10
    assert found(ws, "tag:together") == images
    [batch] = [batch for batch in home.get_batches()["batches"] if batch["name"] == "Together"]
    assert batch["images"] == 10
    assert home.get_batch(batch["id"])["batch"] == batch
    assert found(ws, f"batch:{batch['id']}") == images
