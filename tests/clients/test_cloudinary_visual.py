"""Visual search with a real, small model, through the official SDK."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudinary  # type: ignore[import-untyped]
import httpx
import pytest
from cloudinary import api, uploader
from cloudinary.exceptions import BadRequest  # type: ignore[import-untyped]

from tests.server.conftest import serve

PHOTOS = 24


@pytest.fixture(scope="module")
def captions(shared: Path) -> dict[str, list[str]]:
    """Captions of the first photos, by file name."""
    found = json.loads((shared / "photos" / "captioned" / "captions.json").read_text())
    return {name: found[name] for name in sorted(found)[:PHOTOS]}


@pytest.fixture(scope="module", autouse=True)
def looked_at(tmp_path_factory: pytest.TempPathFactory, shared: Path, captions: dict[str, list[str]]) -> Iterator[None]:
    """A server with one model, the SDK pointed at it, and photos that were uploaded and looked at."""
    data = tmp_path_factory.mktemp("visual")
    shutil.copytree(shared / "models" / "mini-dual", data / "models" / "mini-dual")
    before = dict(cloudinary.config().__dict__)
    with serve(data, FOTOTECA_ALLOW_PRIVATE_URLS="1") as served:
        key = served.authority.create_key(served.installation.create("visual"), name="sdk")
        names = {"cloud_name": key.workspace, "api_key": key.api_key, "api_secret": key.api_secret}
        cloudinary.config(**names, upload_prefix=served.origin)
        for name in captions:
            uploader.upload(str(shared / "photos" / "captioned" / name), public_id=Path(name).stem)
        served.installation.library("visual").enrich()
        yield
    cloudinary.config().__dict__.clear()
    cloudinary.config().__dict__.update(before)


def names_of(answer: dict[str, Any]) -> list[str]:
    """Return the public ids of an answer, in order."""
    return [resource["public_id"] for resource in answer["resources"]]


def test_by_text(captions: dict[str, list[str]]) -> None:
    first = sum(Path(name).stem in names_of(api.visual_search(text=said[0]))[:5] for name, said in captions.items())
    assert first >= PHOTOS * 0.6, "a caption's own photo is among the first five"
    answer = api.visual_search(text="a dog")
    assert (answer["total_count"], len(answer["resources"])) == (PHOTOS, PHOTOS), "everything is ranked"
    assert {"tags", "access_mode", "display_name", "asset_folder", "filename", "etag"} <= set(answer["resources"][0])


def test_by_picture_url_and_asset(shared: Path, captions: dict[str, list[str]]) -> None:
    name = sorted(captions)[3]
    stem = Path(name).stem
    details = api.resource(stem)
    assert names_of(api.visual_search(image_asset_id=details["asset_id"]))[0] == stem
    assert names_of(api.visual_search(image_url=details["url"]))[0] == stem
    assert names_of(api.visual_search(image_file=str(shared / "photos" / "captioned" / name)))[0] == stem


def test_pages_and_threshold() -> None:
    """The SDK sends neither, but the API has both."""
    config = cloudinary.config()
    address = f"{config.upload_prefix}/v1_1/{config.cloud_name}/resources/visual_search"
    with httpx.Client(auth=(config.api_key, config.api_secret)) as client:
        walked: list[str] = []
        cursor = ""
        for _ in range(3):
            answer = client.get(address, params={"text": "people", "max_results": 10, "next_cursor": cursor}).json()
            walked += names_of(answer)
            cursor = answer.get("next_cursor", "")
        assert len(walked) == len(set(walked)) == PHOTOS
        assert cursor == ""
        totals = [
            client.post(address, data={"text": "a dog", "threshold": least}).json()["total_count"]
            for least in ("0", "0.3", "1.0")
        ]
        assert totals[0] == PHOTOS > totals[1] > totals[2] == 0
        assert client.get(address, params={"text": "people", "threshold": 2}).status_code == 400


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    path = tmp_path / "words.jpg"
    path.write_bytes(b"words")
    with pytest.raises(BadRequest, match="Invalid image file"):
        api.visual_search(image_file=str(path))
