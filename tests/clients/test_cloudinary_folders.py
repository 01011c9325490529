"""Fixed folders: the public id says the folder, as in Cloudinary's older clouds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import cloudinary  # type: ignore[import-untyped]
import pytest
from cloudinary import Search, SearchFolders, api, uploader
from cloudinary.exceptions import NotFound  # type: ignore[import-untyped]

from tests.pictures import picture
from tests.server.conftest import serve


@pytest.fixture(autouse=True, scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A server of that mode, and the SDK pointed at it."""
    before = dict(cloudinary.config().__dict__)
    with serve(tmp_path_factory.mktemp("fixed"), FOTOTECA_CLOUDINARY_FOLDERS="fixed") as served:
        key = served.authority.create_key(served.installation.create("fixed"), name="sdk")
        names = {"cloud_name": key.workspace, "api_key": key.api_key, "api_secret": key.api_secret}
        cloudinary.config(**names, upload_prefix=served.origin)
        yield
    cloudinary.config().__dict__.clear()
    cloudinary.config().__dict__.update(before)


def upload(colour: str, **options: Any) -> dict[str, Any]:
    """Upload a picture of one colour."""
    made: dict[str, Any] = uploader.upload(io.BytesIO(picture(colour)), filename=f"{colour}.jpg", **options)
    return made


def test_the_public_id_says_the_folder() -> None:
    assert api.config(settings=True)["settings"] == {"folder_mode": "fixed"}
    made = upload("red", public_id="a/b/one", asset_folder="other", display_name="Shown")
    assert (made["folder"], "asset_folder" in made, "display_name" in made) == ("a/b", False, False)
    assert upload("blue", folder="a/b", use_filename=True, unique_filename=False)["public_id"] == "a/b/blue"
    paths = [folder["path"] for folder in SearchFolders().sort_by("path", "asc").execute()["folders"]]
    assert paths == ["a", "a/b"]
    [found] = Search().expression("folder=a/b AND filename:one").fields(["tags"]).execute()["resources"]
    assert set(found) == {"public_id", "asset_id", "folder", "created_at", "status", "type", "resource_type", "tags"}
    assert api.update("a/b/one", asset_folder="other")["folder"] == "a/b"


def test_renaming_moves_and_moving_renames() -> None:
    upload("green", public_id="from/one")
    assert uploader.rename("from/one", "to/deep/one")["folder"] == "to/deep"
    upload("gold", public_id="to/two")
    assert api.rename_folder("to", "there/now")["to"]["path"] == "there/now"
    names = [asset["public_id"] for asset in Search().expression("folder:there/*").execute()["resources"]]
    assert sorted(names) == ["there/now/deep/one", "there/now/two"]
    with pytest.raises(NotFound):
        api.resource("to/two")
