"""Free text and examples with a real, small model: they put images in order, and leave none out."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fototeca.assets import NewAsset
from fototeca.library import Library
from tests.server.conftest import Served, serve

PHOTOS = 40


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("meaning")
    shutil.copytree(shared / "models" / "mini-dual", data / "models" / "mini-dual")
    with serve(data) as served:
        yield served


@pytest.fixture(scope="module")
def captions(shared: Path) -> dict[str, list[str]]:
    """Captions of the first photos, by file name."""
    said = json.loads((shared / "photos" / "captioned" / "captions.json").read_text())
    return {name: said[name] for name in sorted(said)[:PHOTOS]}


@pytest.fixture(scope="module")
def key(served: Served) -> str:
    return served.key("demo")


@pytest.fixture(scope="module")
def library(served: Served, key: str, shared: Path, captions: dict[str, list[str]]) -> Library:
    """Photos in a project, and the record of one that has no vector, as its bytes are missing."""
    library = served.installation.library("demo")
    library.add(*(shared / "photos" / "captioned" / name for name in captions), collection="photos", tags=["photo"])
    library.enrich()
    lime = NewAsset(sha256="1e" * 32, filename="lime.jpg", format="jpg", mime="image/jpeg", bytes=1)
    library.collections.put(library.collections.get("photos").id, [library.records.assets.add([lime])[0].id])
    return library


@pytest.fixture(scope="module")
def search(served: Served, key: str, library: Library) -> Any:
    def ask(path: str, **body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{served.origin}/demo/{path}", params={"api_key": key}, json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return ask


def test_text_ranks_and_never_filters(search: Any, captions: dict[str, list[str]]) -> None:
    good = 0
    for name, said in captions.items():
        page = search(
            "search/v1", query=f"{said[0].strip(' .')} project:photos", pageSize=PHOTOS + 1, fields=["name", "score"]
        )
        assert page["total"] == PHOTOS + 1
        names = [each["name"] for each in page["results"]]
        scores = [each.get("score") for each in page["results"]]
        assert (names[-1], scores[-1]) == ("lime.jpg", None), "what has no vector comes last"
        assert scores[:-1] == sorted(scores[:-1], reverse=True)
        assert all(0 <= score <= 2 for score in scores[:-1])
        good += name in names[:5]
    assert good >= PHOTOS * 0.6
    filtered = search("search/v1", query="a dog tag:photo", pageSize=5)
    assert filtered["total"] == PHOTOS
    assert search("search/v1", query="a dog sort:filename", pageSize=1, fields=["name"])["results"][0]["name"] == min(
        captions
    )


def test_a_ranked_answer_is_walked_to_its_end(search: Any) -> None:
    whole = [each["id"] for each in search("search/v1", query="a dog runs", pageSize=100)["results"]]
    walked, token = [], ""
    while True:
        page = search("search/v1", query="a dog runs", pageSize=7, continuationToken=token)
        walked += [each["id"] for each in page["results"]]
        token = page["continuationToken"]
        if token is None:
            break
    assert walked == whole
    assert len(set(whole)) == PHOTOS + 1


def test_examples(search: Any, library: Library, shared: Path, served: Served, key: str) -> None:
    by_name = {asset.filename: asset for asset in library.walk("tag:photo")}
    name, asset = sorted(by_name.items())[3]
    found = search("search/v1", query=f"like-image:{asset.uuid}", fields=["score"])["results"][0]
    assert found["id"] == asset.uuid
    assert found["score"] == pytest.approx(2, abs=0.01)
    data = base64.b64encode((shared / "photos" / "captioned" / name).read_bytes()).decode()
    for body in (
        {"like_image": asset.uuid},
        {"like_image": name},
        {"prompt": f"like-image:{asset.uuid}"},
        {"image_base64": data},
        {"image_base64": f"data:image/jpeg;base64,{data}", "limit": 1},
    ):
        page = search("photos/search", **body)
        assert page["results"][0]["id"] == asset.uuid, body
        assert page["total"] == PHOTOS + 1
    mixed = search("search/v1", query=f"a dog like-image:{asset.uuid}", fields=["score"])["results"]
    assert 1 < next(each["score"] for each in mixed if each["id"] == asset.uuid) < 2
    vectors = search("photos/search", tag="photo", fields=["embedding"], limit=1)["results"]
    assert len(vectors[0]["embedding"]) == 256
    for path, body in (
        ("search/v1", {"query": "like-image:gone"}),
        ("photos/search", {"like_image": "gone.jpg"}),
        ("photos/search", {"like_image": "lime.jpg"}),
        ("photos/search", {"image_base64": "?"}),
        ("photos/search", {"image_base64": base64.b64encode(b"no image").decode()}),
    ):
        answer = httpx.post(f"{served.origin}/demo/{path}", params={"api_key": key}, json=body)
        assert answer.status_code in {400, 404}, answer.text
        assert answer.json()["error"]["message"]
