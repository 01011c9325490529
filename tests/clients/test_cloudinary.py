"""Cloudinary's official Python SDK against a real server: every call that the dialect speaks."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudinary  # type: ignore[import-untyped]
import httpx
import pytest
from cloudinary import Search, SearchFolders, api, uploader, utils
from cloudinary.exceptions import AlreadyExists, AuthorizationRequired, BadRequest, NotFound, RateLimited  # type: ignore[import-untyped]
from PIL import Image

from fototeca.access import Credential
from fototeca.assets import Scope
from fototeca.dialects.cloudinary import chunks
from tests.pictures import picture
from tests.server.conftest import Served
from tests.videos import corners, still, video


@pytest.fixture(scope="module")
def credential(served: Served, workspace: str) -> Credential:
    return served.authority.create_key(served.installation.create(workspace), scope=Scope.ADMIN, name="sdk")


@pytest.fixture(scope="module", autouse=True)
def configured(served: Served, credential: Credential) -> Iterator[None]:
    """Point the SDK at the server, as its users do."""
    before = dict(cloudinary.config().__dict__)
    cloudinary.config(
        cloud_name=credential.workspace,
        api_key=credential.api_key,
        api_secret=credential.api_secret,
        upload_prefix=served.origin,
        cname=served.origin.removeprefix("http://"),
        secure=False,
    )
    yield
    cloudinary.config().__dict__.clear()
    cloudinary.config().__dict__.update(before)


def upload(colour: str, name: str, **options: Any) -> dict[str, Any]:
    """Upload a picture of one colour."""
    size = options.pop("size", (64, 48))
    file = io.BytesIO(picture(colour, size, camera="Canon EOS 5D"))
    made: dict[str, Any] = uploader.upload(file, filename=f"{colour}.jpg", public_id=name, **options)
    return made


def found(expression: str, **options: Any) -> list[str]:
    """Return the public ids that an expression finds, in order of the ids."""
    search = Search().expression(expression).sort_by("public_id", "asc")
    for name, value in options.items():
        getattr(search, name)(value)
    return [resource["public_id"] for resource in search.execute()["resources"]]


@pytest.fixture(scope="module")
def shelf() -> dict[str, dict[str, Any]]:
    """Three pictures to search among; two of them have the same bytes."""
    return {
        "one": upload("red", "shelf/one", tags=["shelf", "warm"], context={"stage": "raw|a=b"}, asset_folder="shelf/a"),
        "two": upload("red", "shelf/two", tags=["shelf", "warm"], asset_folder="shelf/a"),
        "three": upload("blue", "shelf/three", tags="shelf", size=(200, 100), asset_folder="shelf/b"),
    }


# --- search


def test_the_same_bytes_under_two_names_are_two_assets(shelf: dict[str, dict[str, Any]]) -> None:
    assert shelf["one"]["etag"] == shelf["two"]["etag"]
    assert shelf["one"]["asset_id"] != shelf["two"]["asset_id"]
    assert found("tags=shelf AND tags=warm") == ["shelf/one", "shelf/two"]


def test_an_upload_is_found_by_the_very_next_search() -> None:
    for number in range(5):
        name = f"next/{number}"
        upload("green", name)
        assert found(f"public_id={name}") == [name]


def test_a_result_has_everything(shelf: dict[str, dict[str, Any]]) -> None:
    search = Search().expression("public_id=shelf/one")
    for name in ("context", "tags", "metadata", "image_metadata"):
        search.with_field(name)
    for name in ("image_analysis", "quality_analysis", "accessibility_analysis"):
        search.with_field(name)
    answer = search.execute()
    assert (answer["total_count"], answer["time"] > 0, "next_cursor" in answer) == (1, True, False)
    [resource] = answer["resources"]
    expected = {
        "asset_id": shelf["one"]["asset_id"],
        "public_id": "shelf/one",
        "asset_folder": "shelf/a",
        "filename": "one",
        "display_name": "one",
        "format": "jpg",
        "resource_type": "image",
        "type": "upload",
        "width": 64,
        "height": 48,
        "pixels": 3072,
        "aspect_ratio": 1.33333,
        "pages": 1,
        "backup_bytes": 0,
        "status": "active",
        "access_mode": "public",
        "access_control": None,
        "etag": shelf["one"]["etag"],
        "context": {"stage": "raw|a=b"},
        "tags": ["shelf", "warm"],
        "metadata": {},
    }
    assert {name: resource[name] for name in expected} == expected
    assert resource["created_at"].endswith("+00:00")
    assert resource["image_metadata"]["Make"] == "Canon"
    assert resource["image_analysis"]["colors"] == {"red": 100.0}
    assert isinstance(resource["quality_analysis"]["focus"], float)
    assert 0 < resource["quality_analysis"]["quality_score"] < 1
    assert resource["image_analysis"]["illustration_score"] == 1.0  # nothing but red
    assert resource["accessibility_analysis"] == {
        "colorblind_accessibility_analysis": {"distinct_colors": 1.0},
        "colorblind_accessibility_score": 1.0,
    }


def test_drawings_and_colours_that_are_hard_to_tell_apart() -> None:
    flag = Image.new("RGB", (100, 60), "#a52a2a")
    flag.paste("#556b2f", (50, 0, 100, 60))
    target = io.BytesIO()
    flag.save(target, "PNG")
    made = uploader.upload(target.getvalue(), public_id="analysis/flag", accessibility_analysis=True, colors=True)
    told = made["accessibility_analysis"]
    assert told["colorblind_accessibility_score"] < 0.5
    assert sorted(told["colorblind_accessibility_analysis"]["most_indistinct_pair"]) == ["#556B2F", "#A52A2A"]
    assert (made["illustration_score"], made["semi_transparent"]) == (1.0, False)
    assert api.resource("analysis/flag", accessibility_analysis=True)["accessibility_analysis"] == told
    score = "accessibility_analysis.colorblind_accessibility_score"
    assert found(f"{score}<0.5 AND illustration_score>0.9 AND quality_score>0") == ["analysis/flag"]
    assert found(f"public_id=analysis/flag AND {score}:[0.5 TO 1]") == []


def test_fields_cut_results_down() -> None:
    [resource] = Search().expression("public_id=shelf/one").fields(["secure_url", "tags"]).execute()["resources"]
    always = {"public_id", "asset_id", "asset_folder", "created_at", "status", "type", "resource_type"}
    assert set(resource) == always | {"secure_url", "tags"}


@pytest.mark.usefixtures("shelf")
def test_cursors_lead_to_the_end() -> None:
    search = Search().expression("tags=shelf").sort_by("public_id", "asc").max_results("1").next_cursor("")
    names, cursors = [], set()
    for _ in range(3):
        answer = search.execute()
        assert answer["total_count"] == 3
        names += [resource["public_id"] for resource in answer["resources"]]
        if "next_cursor" in answer:
            cursors.add(answer["next_cursor"])
            search.next_cursor(answer["next_cursor"])
    assert names == ["shelf/one", "shelf/three", "shelf/two"]
    assert len(cursors) == 2
    with pytest.raises(BadRequest, match="Invalid value for parameter next_cursor"):
        Search().expression("tags=warm").next_cursor(cursors.pop()).execute()


@pytest.mark.usefixtures("shelf")
def test_a_relative_date_means_the_same_on_every_page() -> None:
    search = Search().expression("tags=shelf AND uploaded_at>1h").max_results(2)
    answer = search.execute()
    assert len(search.next_cursor(answer["next_cursor"]).execute()["resources"]) == 1


@pytest.mark.usefixtures("shelf")
def test_aggregations() -> None:
    ranges = [
        {"key": "small", "to": 100},
        {"key": "big", "from": 100, "to": 10_000_000},
        {"key": "huge", "from": 10_000_000},
    ]
    search = Search().expression("tags=shelf").max_results(0)
    for name in ("format", "resource_type", "type"):
        search.aggregate(name)
    for kind in ("bytes", "image_pixels", "video_pixels", "duration"):
        search.aggregate({"type": kind, "ranges": ranges})
    answer = search.execute()
    assert answer["resources"] == []
    assert "next_cursor" not in answer
    nothing = {"small": 0, "big": 0, "huge": 0}
    assert answer["aggregations"] == {
        "format": {"jpg": 3},
        "resource_type": {"image": 3},
        "type": {"upload": 3},
        "bytes": nothing | {"big": 3},
        "image_pixels": nothing | {"big": 3},
        "video_pixels": nothing,
        "duration": nothing,
    }


@pytest.mark.usefixtures("shelf")
def test_free_text_ranks_by_score() -> None:
    names = Search().expression("shelf three").sort_by("score", "desc").execute()["resources"]
    assert names[0]["public_id"] == "shelf/three"


@pytest.mark.parametrize(
    ("name", "value"),
    [("max_results", 501), ("max_results", "x"), ("sort_by", "nothing"), ("aggregate", "colour"), ("next_cursor", "x")],
)
def test_what_is_wrong_is_told(name: str, value: Any) -> None:
    with pytest.raises(BadRequest, match=f"Invalid value for parameter {name}"):
        getattr(Search(), name)(value).execute()


def test_a_bad_expression_is_told_with_its_position() -> None:
    with pytest.raises(BadRequest, match=r"Query Error \(at position 16\)"):
        Search().expression("tags=moderation:pending").execute()


@pytest.mark.usefixtures("shelf")
def test_folder_search() -> None:
    answer = SearchFolders().expression("path:shelf/*").sort_by("path", "asc").execute()
    assert [folder["path"] for folder in answer["folders"]] == ["shelf", "shelf/a", "shelf/b"]
    first = SearchFolders().expression("path=shelf/a OR path=shelf/b").sort_by("name", "desc").max_results(1)
    page = first.execute()
    assert (page["total_count"], page["folders"][0]["name"]) == (2, "b")
    assert first.next_cursor(page["next_cursor"]).execute()["folders"][0]["name"] == "a"
    for expression in ("shelf*", "name=shelf", "name:SHELF", 'path="shelf"'):
        assert "shelf" in [f["path"] for f in SearchFolders().expression(expression).execute()["folders"]]
    with pytest.raises(BadRequest, match="Query Error"):
        SearchFolders().expression("name>(").execute()


@pytest.mark.usefixtures("shelf")
def test_signed_search_urls(credential: Credential) -> None:
    search = Search().expression("tags=shelf").sort_by("public_id", "asc").max_results(2)
    answer = httpx.get(search.to_url(1000))
    assert answer.headers["cache-control"] == "public, max-age=1000"
    assert [resource["public_id"] for resource in answer.json()["resources"]] == ["shelf/one", "shelf/three"]
    after = httpx.get(search.to_url(1000, answer.json()["next_cursor"])).json()
    assert [resource["public_id"] for resource in after["resources"]] == ["shelf/two"]
    # A cursor of one door opens the other.
    assert search.next_cursor(answer.json()["next_cursor"]).execute()["resources"][0]["public_id"] == "shelf/two"
    private = search.to_url(1000).replace(f"/{credential.workspace}/", "/")
    assert httpx.get(private).json()["total_count"] == 3
    bad = httpx.get(search.to_url(1000).replace("/search/", "/search/0"))
    assert (bad.status_code, bad.json()["error"]["message"]) == (401, "Invalid signature")
    assert httpx.get(search.to_url(1000).replace("/1000/", "/-1/")).status_code == 400


def test_visual_search_needs_exactly_one_input() -> None:
    with pytest.raises(BadRequest, match="Exactly one of"):
        api.visual_search(text="a", image_url="b")
    with pytest.raises(NotFound):
        api.visual_search(image_asset_id="0" * 32)


@pytest.mark.usefixtures("shelf")
def test_visual_search_by_text_without_a_model_finds_words() -> None:
    names = [resource["public_id"] for resource in api.visual_search(text="warm")["resources"]]
    assert sorted(names) == ["shelf/one", "shelf/two"]


# --- uploads


@pytest.mark.parametrize("form", ["stream", "path", "data", "url"])
def test_every_form_of_file(served: Served, tmp_path: Path, form: str) -> None:
    data = picture("orange", (30 + len(form), 20))
    path = tmp_path / "bild ü.jpg"
    path.write_bytes(data)
    if form == "url":
        source: Any = upload("orange", "forms/source", size=(33, 20))["url"]
    else:
        encoded = base64.encodebytes(data).decode()
        source = {"stream": io.BytesIO(data), "path": str(path), "data": f"data:image/jpeg;base64,{encoded}"}[form]
    made = uploader.upload(source, public_id=f"forms/{form}", tags=["form"])
    assert (made["public_id"], made["format"], made["height"], made["tags"]) == (f"forms/{form}", "jpg", 20, ["form"])
    assert found(f"public_id=forms/{form}") == [f"forms/{form}"]
    assert httpx.get(made["url"]).headers["content-type"] == "image/jpeg"


def test_answers_are_signed(credential: Credential) -> None:
    made = upload("navy", "signed/answer")
    signature = utils.api_sign_request(
        {"public_id": "signed/answer", "version": made["version"]}, credential.api_secret, signature_version=1
    )
    assert (made["signature"], made["api_key"]) == (signature, credential.api_key)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_both_hashes_sign(algorithm: str) -> None:
    options = {"signature_algorithm": algorithm, "context": {"a": "b&c"}, "tags": ["x&y", "z"]}
    made = upload("navy", f"signed/{algorithm}", **options)
    assert (made["tags"], made["context"]) == (["x&y", "z"], {"custom": {"a": "b&c"}})


def test_wrong_credentials(served: Served, credential: Credential) -> None:
    with pytest.raises(AuthorizationRequired, match="Invalid Signature"):
        upload("navy", "x", api_secret="wrong")
    with pytest.raises(AuthorizationRequired):
        api.ping(api_secret="wrong")
    with pytest.raises(AuthorizationRequired, match="cloud_name mismatch"):
        api.ping(cloud_name="another")
    old = utils.sign_request({"timestamp": 1_712_841_803, "public_id": "x"}, {})
    answer = httpx.post(f"{served.origin}/v1_1/{credential.workspace}/image/upload", data=old)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Stale request - reported time is 2024-04-11 13:23:23 +0000")
    reader = served.authority.create_key(served.installation.create(credential.workspace), scope=Scope.READ, name="r")
    assert api.ping(api_key=reader.api_key, api_secret=reader.api_secret)["status"] == "ok"
    with pytest.raises(cloudinary.exceptions.NotAllowed):
        api.delete_all_resources(api_key=reader.api_key, api_secret=reader.api_secret)


def test_tokens_open_both_apis(served: Served, credential: Credential) -> None:
    token = served.authority.create_token(served.installation.create(credential.workspace), scope=Scope.ADMIN)
    assert api.ping(oauth_token=token)["status"] == "ok"
    assert upload("navy", "signed/token", oauth_token=token)["public_id"] == "signed/token"


def test_unsigned_uploads_need_a_preset_that_lets_them_in() -> None:
    api.create_upload_preset(name="open", unsigned=True, tags="preset,open", asset_folder="inbox")
    api.create_upload_preset(name="closed", unsigned=False)
    file = io.BytesIO(picture("teal"))
    made = uploader.unsigned_upload(file, "open", public_id="unsigned/one", access_mode="authenticated")
    assert (made["tags"], made["asset_folder"], made["access_mode"]) == (["open", "preset"], "inbox", "public")
    again = uploader.unsigned_upload(io.BytesIO(picture("pink")), "open", public_id="unsigned/one")
    assert (again["existing"], again["etag"]) == (True, made["etag"])
    for preset, message in (("closed", "whitelisted"), ("nothing", "not found")):
        with pytest.raises(BadRequest, match=message):
            uploader.unsigned_upload(io.BytesIO(picture("teal")), preset)
    with pytest.raises(BadRequest, match="Upload preset must be specified"):
        uploader.upload(io.BytesIO(picture("teal")), unsigned=True)
    names = [preset["name"] for preset in api.upload_presets()["presets"]]
    assert {"open", "closed"} <= set(names)
    api.update_upload_preset("closed", unsigned=True)
    assert api.upload_preset("closed")["unsigned"] is True
    api.delete_upload_preset("closed")
    with pytest.raises(NotFound):
        api.upload_preset("closed")


@pytest.mark.parametrize("kind", ["image", "raw"])
def test_large_files_come_in_parts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "large.bmp"
    Image.linear_gradient("L").resize((1400, 700)).convert("RGB").save(path)
    made = uploader.upload_large(str(path), chunk_size=1_000_000, resource_type=kind, tags=["large"])
    assert (made["bytes"], made["resource_type"]) == (path.stat().st_size, kind)
    assert httpx.get(made["url"]).content == path.read_bytes()
    assert made["public_id"].endswith(".bmp") == (kind == "raw")


def test_raw_files() -> None:
    made = uploader.upload(io.BytesIO(b"PK\3\4 not a picture"), filename="report.docx", resource_type="raw")
    assert made["public_id"].endswith(".docx")
    assert found(f"resource_type=raw AND public_id={made['public_id']}") == [made["public_id"]]
    with pytest.raises(BadRequest, match="Invalid image file"):
        uploader.upload(io.BytesIO(b"PK\3\4 not a picture"), filename="report.docx")


def test_videos() -> None:
    film = video(still(corners(), 50), sound=True)
    made = uploader.upload(io.BytesIO(film), filename="film.mp4", public_id="films/one", resource_type="video")
    assert (made["resource_type"], made["format"], made["width"], made["height"]) == ("video", "mp4", 176, 144)
    assert (made["frame_rate"], made["nb_frames"], made["is_audio"]) == (25, 50, False)
    assert (made["video"]["codec"], made["audio"]) == ("h264", {"codec": "aac"})
    assert made["duration"] == pytest.approx(2, abs=0.1)
    assert made["bit_rate"] == pytest.approx(len(film) * 8 / made["duration"], rel=0.05)
    shown = api.resource("films/one", resource_type="video")
    assert {name: shown[name] for name in ("bit_rate", "frame_rate")} == {
        name: made[name] for name in ("bit_rate", "frame_rate")
    }
    [listed] = Search().expression("public_id=films/one").sort_by("bit_rate", "asc").execute()["resources"]
    assert {name: listed[name] for name in ("bit_rate", "frame_rate", "duration")} == {
        name: made[name] for name in ("bit_rate", "frame_rate", "duration")
    }
    assert (made["rotation"], httpx.head(made["playback_url"]).status_code) == (0, 200)
    for asked in ("frame_rate=25", "bit_rate<1m", f"bit_rate:[{made['bit_rate']} TO *]", "duration:[1s TO 0.1m]"):
        assert found(f"resource_type:video AND {asked}") == ["films/one"]
    assert found("frame_rate>30 OR bit_rate>100mb") == []


def test_videos_are_delivered_whole_and_in_ranges() -> None:
    film = video(still(corners(), 10))
    url = uploader.upload(io.BytesIO(film), filename="b.mp4", public_id="films/two", resource_type="auto")["url"]
    whole = httpx.get(url)
    assert (whole.status_code, whole.content) == (200, film)
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("video/mp4", "bytes")
    part = httpx.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, film[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(film)}"
    assert httpx.get(url, headers={"Range": "bytes=-10"}).content == film[-10:]
    assert httpx.get(url, headers={"Range": f"bytes={len(film)}-"}).status_code == 416


def test_stills_of_videos() -> None:
    shades = [Image.new("RGB", (160, 90), (20 * at, 20 * at, 20 * at)) for at in range(10)]
    made = uploader.upload(
        io.BytesIO(video(shades, rate=10)),
        filename="s.mp4",
        public_id="films/shades",
        resource_type="video",
        eager=[{"width": 32, "crop": "scale", "format": "jpg"}, {"start_offset": "0", "format": "png"}],
    )
    assert [(entry["width"], entry["format"]) for entry in made["eager"]] == [(32, "jpg"), (160, "png")]
    assert [entry["format"] for entry in api.resource("films/shades", resource_type="video")["derived"]] == [
        "jpg",
        "png",
    ]

    def picture_at(text: str, extension: str = "png") -> Image.Image:
        address, _ = utils.cloudinary_url(
            "films/shades", resource_type="video", raw_transformation=text, format=extension
        )
        answer = httpx.get(address)
        assert answer.status_code == 200, answer.text
        assert httpx.get(address).content == answer.content
        return Image.open(io.BytesIO(answer.content))

    for text, at in (("so_0", 0), ("so_0.3", 3), ("so_20p", 2), ("so_20%25", 2), ("so_99", 9), ("", 5)):
        grey = picture_at(text).convert("L").getpixel((80, 45))
        assert grey == pytest.approx(20 * at, abs=8), text
    assert picture_at("so_auto,w_40,h_40,c_fill/e_grayscale", "jpg").size == (40, 40)
    assert httpx.get(made["url"].replace(".mp4", ".webp")).headers["content-type"] == "image/webp"
    thumbnail, _ = utils.cloudinary_url("films/shades.jpg", resource_type="video")
    assert httpx.head(thumbnail).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    "ending", ["w_100/films/shades.mp4", "films/shades.gif", "so_x/films/shades.jpg", "so_101p/films/shades.jpg"]
)
def test_videos_are_not_made_anew(credential: Credential, ending: str) -> None:
    test = httpx.get(f"http://{cloudinary.config().cname}/{credential.workspace}/video/upload/{ending}")
    assert (test.status_code, bool(test.headers["x-cld-error"])) == (400, True)


def test_what_cannot_be_made_of_a_video_is_told_before_it_is_stored() -> None:
    film = video(still(corners(), 5))
    for options in ({"eager": {"width": 20}}, {"format": "webm"}, {"transformation": {"width": 20}}):
        with pytest.raises(BadRequest):
            uploader.upload(
                io.BytesIO(film), filename="n.mp4", public_id="films/none", resource_type="video", **options
            )
    assert found("public_id=films/none") == []


def test_raw_files_from_end_to_end() -> None:
    data = bytes(range(256)) * 8
    made = uploader.upload(
        io.BytesIO(data), filename="data.bin", public_id="raw/data.bin", resource_type="raw", tags=["raw-file"]
    )
    assert (made["resource_type"], made["bytes"], made["public_id"]) == ("raw", len(data), "raw/data.bin")
    assert not {"width", "height", "frame_rate", "duration"} & set(made)
    assert made["url"].endswith("/raw/data.bin")
    assert httpx.get(made["url"]).content == data
    assert httpx.get(made["url"], headers={"Range": "bytes=1-4"}).content == data[1:5]
    listed = api.resources(resource_type="raw", type="upload", prefix="raw/")["resources"]
    assert [resource["public_id"] for resource in listed] == ["raw/data.bin"]
    uploader.explicit("raw/data.bin", type="upload", resource_type="raw", context={"caption": "Bytes"})
    assert found("tags=raw-file AND context.caption:bytes") == ["raw/data.bin"]
    uploader.rename("raw/data.bin", "raw/other.bin", resource_type="raw")
    assert found("tags=raw-file") == ["raw/other.bin"]
    assert uploader.destroy("raw/other.bin", resource_type="raw")["result"] == "ok"
    assert found("tags=raw-file") == []


def test_few_files_may_be_unfinished(served: Served, credential: Credential, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MAX_UNFINISHED", 2)

    def part(name: str, content: bytes, said: str) -> httpx.Response:
        return httpx.post(
            f"{served.origin}/v1_1/{credential.workspace}/raw/upload",
            auth=(credential.api_key, credential.api_secret),
            headers={"X-Unique-Upload-Id": name, "Content-Range": f"bytes {said}"},
            files={"file": ("parts.bin", content)},
        )

    assert [part(name, b"ab", "0-1/4").json()["done"] for name in ("first", "second")] == [False, False]
    refused = part("third", b"ab", "0-1/4")
    assert refused.status_code == 400
    assert "files in parts are unfinished" in refused.json()["error"]["message"]
    assert part("first", b"cd", "2-3/4").json()["bytes"] == 4
    assert part("third", b"ab", "0-1/4").json()["done"] is False
    for name in ("second", "third"):
        assert part(name, b"cd", "2-3/4").status_code == 200


def test_names() -> None:
    data = picture("olive")
    named = uploader.upload(io.BytesIO(data), filename="my file.jpg", use_filename=True, unique_filename=False)
    assert named["public_id"] == "my_file"
    unique = uploader.upload(io.BytesIO(data), filename="my file.jpg", use_filename=True)
    assert unique["public_id"].startswith("my_file_")
    assert len(unique["public_id"]) == len("my_file_") + 6
    random = uploader.upload(io.BytesIO(data), folder="legacy")
    assert (random["public_id"].partition("/")[0], len(random["public_id"]), random["asset_folder"]) == (
        "legacy",
        27,
        "legacy",
    )
    shown = uploader.upload(io.BytesIO(data), public_id="names/x", display_name="Shown")
    assert (shown["display_name"], found('display_name="Shown"')) == ("Shown", ["names/x"])
    for name in ("names/y", "names/z"):
        again = uploader.upload(io.BytesIO(data), public_id=name, display_name="Other", unique_display_name=True)
        named = again["display_name"]
        assert (named == "Other") == (name == "names/y")
        assert named.startswith("Other")
    with pytest.raises(BadRequest, match="is invalid"):
        uploader.upload(io.BytesIO(data), public_id="a?b")


def test_overwriting_makes_a_version() -> None:
    first = upload("red", "over/it", tags=["kept"])
    second = upload("lime", "over/it")
    assert second["overwritten"] is True
    assert second["asset_id"] == first["asset_id"]
    assert second["version"] > first["version"]
    assert second["etag"] != first["etag"]
    assert upload("gold", "over/it", overwrite=False)["existing"] is True
    assert len(api.resource("over/it", versions=True)["versions"]) == 2


def test_analysis_and_eager() -> None:
    made = upload(
        "purple",
        "analysis/it",
        colors=True,
        faces=True,
        phash=True,
        image_metadata=True,
        quality_analysis=True,
        face_coordinates="10,10,109,150",
        eager=[{"width": 20, "crop": "scale"}, {"width": 10, "height": 10, "crop": "fill", "format": "png"}],
    )
    assert made["predominant"]["google"] == [["purple", 100.0]]
    assert made["faces"] == [[10, 10, 64, 48]]  # no larger than the picture
    assert found("face_count=1 AND public_id=analysis/it") == ["analysis/it"]
    assert len(made["phash"]) == 16
    assert made["image_metadata"]["Model"] == "EOS 5D"
    assert isinstance(made["quality_analysis"]["focus"], float)
    sizes = [(entry["width"], entry["height"], entry["format"]) for entry in made["eager"]]
    assert sizes == [(20, 15, "jpg"), (10, 10, "png")]
    for entry in made["eager"]:
        picture_ = Image.open(io.BytesIO(httpx.get(entry["url"]).content))
        assert (picture_.width, picture_.height) == (entry["width"], entry["height"])
    assert len(api.resource("analysis/it")["derived"]) == 2
    page = api.resource("analysis/it", max_results=1)
    rest = api.resource("analysis/it", max_results=1, derived_next_cursor=page["next_cursor"])
    assert [entry["transformation"] for entry in page["derived"] + rest["derived"]] == [
        "c_scale,w_20",
        "c_fill,h_10,w_10",
    ]
    assert "next_cursor" not in rest
    assert "c_scale,w_20" in {known["name"] for known in api.transformations()["transformations"] if known["used"]}


def test_responsive_breakpoints() -> None:
    asked = [
        {"create_derived": False, "min_width": 50, "transformation": {"angle": 90}},
        {"min_width": 10, "bytes_step": 20},
    ]
    made = upload("purple", "breakpoints/it", responsive_breakpoints=asked, size=(200, 100))
    turned, plain = made["responsive_breakpoints"]
    assert turned["transformation"] == "a_90"
    assert [(entry["width"], entry["height"]) for entry in turned["breakpoints"]] == [(100, 200), (50, 100)]
    widths = [entry["width"] for entry in plain["breakpoints"]]
    assert (widths[0], widths[-1], widths) == (200, 10, sorted(widths, reverse=True))
    assert 2 < len(widths) <= 20
    entry = plain["breakpoints"][1]
    assert len(httpx.get(entry["url"]).content) == entry["bytes"]
    with pytest.raises(BadRequest, match="responsive_breakpoints"):
        upload("purple", "breakpoints/it", responsive_breakpoints=[{"min_width": -1}])


def test_uploads_that_nobody_waits_for() -> None:
    made = upload("purple", "later/it", **{"async": True})
    assert (made["status"], made["public_id"], bool(made["batch_id"])) == ("pending", "later/it", True)


def test_pictures_of_texts() -> None:
    made = uploader.text("Hello\nthere", public_id="texts/it", font_size=20, font_color="#ff0000", background="white")
    assert (made["type"], made["format"], made["width"] > made["height"] > 20) == ("text", "png", True)
    drawn = Image.open(io.BytesIO(httpx.get(made["url"]).content)).convert("RGB")
    assert {(255, 0, 0), (255, 255, 255)} <= {colour for _, colour in drawn.getcolors(10_000) or ()}
    assert found("type=text") == ["texts/it"]
    for options in ({"font_size": 9_999}, {"font_color": "nocolour"}, {"text": "x" * 2_000}):
        text = options.pop("text", "word")
        with pytest.raises(BadRequest):
            uploader.text(text, **options)


def test_formats_may_be_limited_or_made() -> None:
    with pytest.raises(BadRequest, match="not allowed"):
        upload("tan", "formats/refused", allowed_formats=["png"])
    assert upload("tan", "formats/made", allowed_formats=["png"], format="png")["format"] == "png"
    assert upload("tan", "formats/small", transformation={"width": 16, "crop": "scale"})["width"] == 16


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"raw_convert": "illegal"}, "Raw convert is invalid"),
        ({"auto_tagging": 1.5}, "Illegal value for auto_tagging"),
        ({"categorization": "illegal"}, "is not valid"),
        ({"detection": "illegal"}, "Detection invalid model 'illegal'"),
        ({"background_removal": "illegal"}, "is invalid"),
        ({"moderation": "illegal"}, "Moderation illegal moderation is not valid"),
        ({"metadata": {"nothing": "x"}}, "Metadata External IDs do not exist"),
        ({"eager": {"effect": "sepia"}}, "Invalid transformation component - e_sepia"),
    ],
)
def test_what_cannot_be_done_is_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        upload("black", "refused", **options)


def test_what_is_refused_is_not_stored() -> None:
    assert found("public_id=refused") == []


def test_a_name_in_the_trash_is_free() -> None:
    first = upload("wheat", "again/it", tags=["old"])
    uploader.destroy("again/it")
    second = upload("wheat", "again/it", overwrite=False)
    assert (second["asset_id"] == first["asset_id"], second["tags"], "existing" in second) == (False, [], False)
    assert api.restore(["again/it"])["again/it"]["asset_id"] == second["asset_id"]


def test_add_ons_are_not_part_of_it() -> None:
    with pytest.raises(RateLimited, match="subscription"):
        upload("black", "refused", categorization="google_tagging")


def test_rename_explicit_and_destroy() -> None:
    made, other = upload("brown", "life/a", context={"k": "v"}), upload("beige", "life/b")
    renamed = uploader.rename("life/a", "life/c")
    assert (renamed["public_id"], renamed["asset_id"]) == ("life/c", made["asset_id"])
    with pytest.raises(BadRequest, match="already exists"):
        uploader.rename("life/b", "life/c")
    uploader.rename("life/b", "life/c", overwrite=True)
    assert api.resource("life/c")["asset_id"] == other["asset_id"]
    assert uploader.explicit("life/c", type="upload", tags="said")["tags"] == ["said"]
    with pytest.raises(NotFound, match="Resource not found - nothing"):
        uploader.explicit("nothing", type="upload")
    assert uploader.destroy("life/c")["result"] == "ok"
    assert uploader.destroy("life/c")["result"] == "not found"
    assert found("public_id=life/c") == []
    token = uploader.upload(io.BytesIO(picture("ivory")), public_id="life/t", return_delete_token=True)["delete_token"]
    assert api.resource("life/t")
    address = f"{cloudinary.config().upload_prefix}/v1_1/{cloudinary.config().cloud_name}/delete_by_token"
    assert httpx.post(address, data={"token": token}).json() == {"result": "ok"}
    assert httpx.post(address, data={"token": token}).status_code == 400, "a token works once"
    with pytest.raises(NotFound):
        api.resource("life/t")


def test_tags_and_context_of_many() -> None:
    for name in ("many/a", "many/b"):
        upload("coral", name)
    names = ["many/a", "many/b", "many/nothing"]
    assert uploader.add_tag("t1,t2", names)["public_ids"] == names[:2]
    assert api.resource("many/a")["tags"] == ["t1", "t2"]
    uploader.remove_tag("t1", names)
    uploader.replace_tag("t3", ["many/b"])
    assert [api.resource(name)["tags"] for name in names[:2]] == [["t2"], ["t3"]]
    uploader.remove_all_tags(names)
    assert "tags" not in api.resource("many/a")
    uploader.add_context({"a": "1|2", "b": "x=y"}, names)
    assert api.resource("many/a")["context"]["custom"] == {"a": "1|2", "b": "x=y"}
    assert found("context.a:2 AND public_id:many/*") == ["many/a", "many/b"]
    uploader.add_context("a=", names)
    assert api.resource("many/a")["context"]["custom"] == {"b": "x=y"}
    uploader.remove_all_context(names)
    assert "context" not in api.resource("many/a")


def test_archives() -> None:
    for name in ("zip/a", "zip/b"):
        upload("sienna", name, tags=["zip"])
    made = uploader.create_zip(tags="zip", target_public_id="zip/all", target_tags="packed")
    assert (made["resource_type"], made["public_id"], made["file_count"]) == ("raw", "zip/all.zip", 2)
    for address in (made["url"], utils.download_zip_url(public_ids=["zip/a", "zip/b"])):
        with zipfile.ZipFile(io.BytesIO(httpx.get(address).content)) as archive:
            assert sorted(archive.namelist()) == ["zip/a.jpg", "zip/b.jpg"]
    small = utils.download_zip_url(prefixes="zip/", flatten_folders=True, transformations={"width": 9, "crop": "scale"})
    with zipfile.ZipFile(io.BytesIO(httpx.get(small).content)) as archive:
        assert Image.open(io.BytesIO(archive.read("a.jpg"))).width == 9
    with pytest.raises(NotFound):
        uploader.create_zip(tags="nothing")


# --- the admin API


def test_account_calls() -> None:
    answer = api.ping()
    assert answer["status"] == "ok"
    assert answer.rate_limit_allowed > 0
    assert answer.rate_limit_remaining > 0
    assert answer.rate_limit_reset_at
    assert answer.request_id
    assert "settings" not in api.config()
    assert api.config(settings=True)["settings"] == {"folder_mode": "dynamic"}
    assert api.resource_types()["resource_types"] == ["image", "raw", "video"]
    usage = api.usage()
    for name in ("plan", "last_updated", "resources", "derived_resources", "media_limits"):
        assert name in usage
    for name in ("transformations", "objects", "bandwidth", "storage", "requests"):
        assert {"usage", "limit", "used_percent"} <= set(usage[name])
    assert set(api.usage(date="2024-01-01")["objects"]) == {"usage"}


@pytest.mark.usefixtures("shelf")
def test_listings() -> None:
    first = api.resources(type="upload", max_results=1)
    second = api.resources(type="upload", max_results=1, next_cursor=first["next_cursor"])
    assert first["resources"][0]["public_id"] != second["resources"][0]["public_id"]
    listed = {
        "prefix": api.resources(type="upload", prefix="shelf/"),
        "tag": api.resources_by_tag("warm"),
        "key": api.resources_by_context("stage"),
        "value": api.resources_by_context("stage", "raw|a=b"),
        "ids": api.resources_by_ids(["shelf/one", "nothing"]),
        "folder": api.resources_by_asset_folder("shelf/a"),
        "asset ids": api.resources_by_asset_ids([api.resource("shelf/one")["asset_id"]]),
    }
    names = {how: sorted(resource["public_id"] for resource in answer["resources"]) for how, answer in listed.items()}
    one, two = "shelf/one", "shelf/two"
    expected = {"prefix": [one, "shelf/three", two], "tag": [one, two], "key": [one], "value": [one], "ids": [one]}
    assert names == expected | {"folder": [one, two], "asset ids": [one]}
    plain, full = (
        api.resources_by_ids(["shelf/one"], **flags)["resources"][0]
        for flags in ({}, {"tags": True, "context": True, "metadata": True})
    )
    assert {"tags", "context", "metadata"} & set(plain) == set()
    assert (full["tags"], full["context"], full["metadata"]) == (
        ["shelf", "warm"],
        {"custom": {"stage": "raw|a=b"}},
        {},
    )
    assert (
        api.resources(direction="asc", max_results=500)["resources"][0]["public_id"]
        != first["resources"][0]["public_id"]
    )
    tags = api.tags(prefix="sh")
    assert "shelf" in tags["tags"]


def test_one_asset_and_its_update() -> None:
    made = upload("aqua", "detail/it", moderation="manual")
    assert made["moderation"] == [{"kind": "manual", "status": "pending"}]
    assert api.resource_by_asset_id(made["asset_id"])["public_id"] == "detail/it"
    assert [r["public_id"] for r in api.resources_by_moderation("manual", "pending")["resources"]] == ["detail/it"]
    updated = api.update(
        "detail/it",
        moderation_status="approved",
        tags="a,b",
        context={"x": "y"},
        display_name="D",
        asset_folder="moved/here",
        face_coordinates="1,2,300,400",
    )
    assert updated["moderation"][0]["status"] == "approved"
    assert (updated["tags"], updated["display_name"], updated["asset_folder"]) == (["a", "b"], "D", "moved/here")
    assert api.resource("detail/it", coordinates=True)["coordinates"]["faces"] == [[1, 2, 300, 400]]
    assert found("moderation_status=approved AND folder:moved/* AND last_updated.tags_updated_at>1h") == ["detail/it"]
    for name in ("raw_convert", "categorization", "detection", "background_removal"):
        with pytest.raises(BadRequest, match="Illegal value"):
            api.update("detail/it", **{name: "illegal"})
    with pytest.raises(NotFound):
        api.resource("detail/nothing")


def test_deleting_and_restoring() -> None:
    for name in ("gone/a", "gone/b", "gone/c", "gone/d"):
        upload("linen", name, backup=True, tags=["gone"] if name > "gone/b" else [])
    assert api.delete_resources(["gone/a", "gone/x"])["deleted"] == {"gone/a": "deleted", "gone/x": "not_found"}
    kept = api.resource("gone/a")
    assert (kept["bytes"], kept["placeholder"]) == (0, True)
    assert found("status:deleted AND public_id:gone/*") == ["gone/a"]
    assert found("public_id:gone/* AND backup_bytes>0") == ["gone/b", "gone/c", "gone/d"]
    assert found("public_id:gone/* AND backup_bytes=0") == []
    assert api.restore(["gone/a"])["gone/a"]["bytes"] > 0
    assert api.resource("gone/a")["bytes"] > 0
    assert api.delete_resources_by_tag("gone")["deleted"] == {"gone/c": "deleted", "gone/d": "deleted"}
    assert api.delete_resources_by_prefix("gone/")["deleted"] == {"gone/a": "deleted", "gone/b": "deleted"}
    assert api.resources(type="upload", prefix="gone/")["resources"] == []


def test_folders() -> None:
    assert api.create_folder("tree/leaf")["success"] is True
    assert "tree" in [folder["name"] for folder in api.root_folders()["folders"]]
    assert isinstance(api.root_folders(max_results=1)["next_cursor"], str)
    assert [folder["path"] for folder in api.subfolders("tree")["folders"]] == ["tree/leaf"]
    assert api.rename_folder("tree", "wood")["to"]["path"] == "wood"
    with pytest.raises(NotFound, match="Cannot find source folder"):
        api.rename_folder("tree", "x")
    upload("snow", "in/wood", asset_folder="wood/leaf")
    with pytest.raises(BadRequest, match="not empty"):
        api.delete_folder("wood")
    uploader.destroy("in/wood")
    with pytest.raises(NotFound):
        api.subfolders("nothing")
    api.create_folder("empty/er")
    assert sorted(api.delete_folder("empty")["deleted"]) == ["empty", "empty/er"]


def test_metadata_fields() -> None:
    values = [{"external_id": "s", "value": "Small"}, {"external_id": "l", "value": "Large"}]
    api.add_metadata_field({"external_id": "sku", "label": "SKU", "type": "string", "default_value": "none"})
    api.add_metadata_field({"external_id": "stock", "label": "Stock", "type": "integer"})
    api.add_metadata_field({"external_id": "until", "label": "Until", "type": "date"})
    api.add_metadata_field({"external_id": "sizes", "label": "Sizes", "type": "set", "datasource": {"values": values}})
    with pytest.raises(BadRequest, match="external id sku already exists"):
        api.add_metadata_field({"external_id": "sku", "label": "SKU", "type": "string"})
    rule: dict[str, Any] = {"type": "less_than", "value": 5}
    with pytest.raises(BadRequest, match="default_value"):
        api.add_metadata_field({"label": "x", "type": "integer", "validation": rule, "default_value": 7})
    said = {"stock": 7, "until": "2030-01-02", "sizes": ["s", "l"]}
    assert upload("mintcream", "meta/it", metadata=said)["metadata"] == {"sku": "none", **said}
    for expression in ("metadata.stock>5", "metadata.until>2029-01-01", "metadata.sizes=l", "metadata.sku:NONE"):
        assert found(f"{expression} AND public_id=meta/it") == ["meta/it"]
    with pytest.raises(BadRequest, match="'xl' is not valid for field 'sizes'"):
        uploader.update_metadata({"sizes": ["xl"]}, ["meta/it"])
    uploader.update_metadata({"stock": 8}, ["meta/it"])
    assert api.resource("meta/it")["metadata"]["stock"] == 8
    assert api.update_metadata_field("sku", {"label": "Number", "type": "date"})["label"] == "Number"
    assert api.metadata_field_by_field_id("sku")["type"] == "string"
    changed = api.update_metadata_field_datasource("sizes", [{"external_id": "m", "value": "Medium"}])
    assert changed["values"] == [*values, {"external_id": "m", "value": "Medium"}]
    assert api.delete_datasource_entries("sizes", ["s"])["values"] == changed["values"][1:]
    assert len(api.restore_metadata_field_datasource("sizes", ["s"])["values"]) == 3
    ordered = api.reorder_metadata_field_datasource("sizes", "value", "asc")["values"]
    assert [entry["value"] for entry in ordered] == ["Large", "Medium", "Small"]
    api.reorder_metadata_fields("external_id", "desc")
    names = [field["external_id"] for field in api.list_metadata_fields()["metadata_fields"]]
    assert names == ["until", "stock", "sku", "sizes"]
    rule = {
        "metadata_field_id": "stock",
        "condition": {"metadata_field_id": "sku", "equals": "a"},
        "result": {"enable": True},
        "name": "r",
    }
    made = api.add_metadata_rule(rule)
    assert api.update_metadata_rule(made["external_id"], {"state": "inactive"})["state"] == "inactive"
    assert len(api.list_metadata_rules()["metadata_rules"]) == 1
    assert api.delete_metadata_rule(made["external_id"])["success"] is True
    for name in ("sku", "stock", "until", "sizes"):
        assert api.delete_metadata_field(name)["message"] == "ok"
    assert "metadata" not in api.resource("meta/it")


def test_mandatory_metadata() -> None:
    api.add_metadata_field({"external_id": "owner", "label": "Owner", "type": "string", "mandatory": True})
    api.add_metadata_field(
        {"external_id": "level", "label": "L", "type": "integer", "mandatory": True, "default_value": 1}
    )
    try:
        with pytest.raises(BadRequest, match=r'Missing mandatory metadata fields: \["owner"\]'):
            upload("oldlace", "must/one")
        made = upload("oldlace", "must/one", metadata={"owner": "Ann"})
        assert made["metadata"] == {"owner": "Ann", "level": 1}
        for call in (
            lambda: uploader.update_metadata({"owner": ""}, ["must/one"]),
            lambda: uploader.explicit("must/one", type="upload", metadata={"owner": ""}),
            lambda: api.update("must/one", metadata={"owner": ""}),
            lambda: upload("peru", "must/one", metadata={"owner": ""}),
        ):
            with pytest.raises(BadRequest, match="Missing mandatory"):
                call()
        assert api.resource("must/one")["etag"] == made["etag"]  # nothing was overwritten either
        uploader.update_metadata({"level": 7}, ["must/one"])
        assert api.update("must/one", metadata={"level": ""})["metadata"] == {"owner": "Ann", "level": 1}
        assert api.update("must/one", tags="x")["tags"] == ["x"]
    finally:
        for name in ("owner", "level"):
            api.delete_metadata_field(name)


def test_lists_that_grow() -> None:
    source = {"values": [{"external_id": "s", "value": "Small"}]}
    field = {"external_id": "grows", "label": "G", "type": "set", "datasource": source}
    api.add_metadata_field({**field, "allow_dynamic_list_values": True})
    try:
        assert upload("bisque", "meta/grows", metadata={"grows": ["s", "new"]})["metadata"] == {"grows": ["s", "new"]}
        values = api.metadata_field_by_field_id("grows")["datasource"]["values"]
        assert [entry["external_id"] for entry in values] == ["s", "new"]
        api.delete_datasource_entries("grows", ["new"])
        with pytest.raises(BadRequest, match="not valid"):
            uploader.update_metadata({"grows": ["new"]}, ["meta/grows"])
    finally:
        api.delete_metadata_field("grows")


def test_metadata_rules() -> None:
    values = [{"external_id": name, "value": name.title()} for name in ("shirt", "shoe")]
    sizes = [{"external_id": name, "value": name} for name in ("s", "l", "42")]
    api.add_metadata_field({"external_id": "thing", "label": "Thing", "type": "enum", "datasource": {"values": values}})
    api.add_metadata_field({"external_id": "fit", "label": "Fit", "type": "set", "datasource": {"values": sizes}})
    api.add_metadata_field({"external_id": "season", "label": "Season", "type": "string"})
    shirt = {"metadata_field_id": "thing", "equals": "shirt"}
    rules: list[tuple[str, dict[str, Any]]] = [
        ("season", {"apply_value": {"value": "summer", "mode": "default"}}),
        ("fit", {"activate_values": {"external_ids": ["s", "l"]}, "set_mandatory": True}),
    ]
    try:
        made = [
            api.add_metadata_rule({"metadata_field_id": name, "condition": shirt, "result": result, "name": name})
            for name, result in rules
        ]
        listed = api.list_metadata_rules()["metadata_rules"]
        assert [(one["metadata_field_id"], one["state"]) for one in listed] == [("fit", "active"), ("season", "active")]
        with pytest.raises(BadRequest, match=r'Missing mandatory metadata fields: \["fit"\]'):
            upload("lavender", "rules/it", metadata={"thing": "shirt"})
        with pytest.raises(BadRequest, match="is not valid for field 'fit'"):
            upload("lavender", "rules/it", metadata={"thing": "shirt", "fit": ["42"]})
        one = upload("lavender", "rules/it", metadata={"thing": "shirt", "fit": ["s"]})
        assert one["metadata"] == {"thing": "shirt", "fit": ["s"], "season": "summer"}
        upload("lavender", "rules/other", metadata={"season": "winter", "fit": ["l"]})
        uploader.update_metadata({"thing": "shirt"}, ["rules/it", "rules/other"])
        assert found("metadata.season=summer") == ["rules/it"]
        assert found("metadata.season=winter AND metadata.thing=shirt") == ["rules/other"]
        wrong: list[dict[str, Any]] = [{"condition": {}}, {"result": {"explode": True}}, {"state": "asleep"}]
        for bad in wrong:
            with pytest.raises(BadRequest):
                api.update_metadata_rule(made[0]["external_id"], bad)
        api.update_metadata_rule(made[1]["external_id"], {"state": "inactive"})
        assert api.update("rules/it", metadata={"fit": ["42"]})["metadata"]["fit"] == ["42"]
    finally:
        for name in ("thing", "fit", "season"):
            api.delete_metadata_field(name)
    assert api.list_metadata_rules()["metadata_rules"] == [], "rules go with the fields that they mention"


def test_named_things() -> None:
    api.create_transformation("thumb", {"width": 12, "height": 12, "crop": "fill"})
    with pytest.raises(AlreadyExists):
        api.create_transformation("thumb", {"width": 12})
    assert api.transformation("thumb")["info"] == [{"crop": "fill", "height": 12, "width": 12}]
    api.update_transformation("thumb", unsafe_update={"width": 11, "crop": "scale"})
    made = upload("khaki", "named/it")
    small = httpx.get(utils.cloudinary_url("named/it", transformation=["thumb"], format="jpg")[0])
    assert Image.open(io.BytesIO(small.content)).width == 11
    assert made
    api.delete_transformation("thumb")
    with pytest.raises(NotFound):
        api.transformation("thumb")
    api.create_upload_mapping("my", template="https://example.org/")
    api.update_upload_mapping("my", template="https://example.org/x")
    assert api.upload_mapping("my")["template"] == "https://example.org/x"
    assert {"folder": "my", "template": "https://example.org/x"} in api.upload_mappings()["mappings"]
    api.delete_upload_mapping("my")


# --- delivery


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ({"width": 100, "crop": "scale"}, (100, 50)),
        ({"width": 100, "height": 100, "crop": "fit"}, (100, 50)),
        ({"width": 100, "height": 100, "crop": "fill", "gravity": "auto"}, (100, 100)),
        ({"width": 1000, "crop": "limit"}, (200, 100)),
        ({"width": 100, "height": 100, "crop": "pad", "background": "black"}, (100, 100)),
        ({"width": 50, "height": 40, "crop": "thumb", "gravity": "face"}, (50, 40)),
        ({"width": 50, "height": 40, "crop": "crop", "gravity": "north_west"}, (50, 40)),
        ({"aspect_ratio": "1:1", "width": 60, "crop": "fill"}, (60, 60)),
        ({"angle": 90}, (100, 200)),
        ({"width": 0.5, "crop": "scale"}, (100, 50)),
        ({"width": 50, "dpr": 2.0, "crop": "scale"}, (100, 50)),
        ([{"width": 100, "crop": "scale"}, {"radius": "max", "effect": "grayscale", "fetch_format": "png"}], (100, 50)),
    ],
)
@pytest.mark.usefixtures("shelf")
def test_transformations(transformation: Any, size: tuple[int, int]) -> None:
    address, _ = utils.cloudinary_url("shelf/three", transformation=transformation, format="jpg")
    answer = httpx.get(address)
    assert answer.status_code == 200, answer.text
    assert Image.open(io.BytesIO(answer.content)).size == size
    assert httpx.get(address).content == answer.content


@pytest.mark.usefixtures("shelf")
def test_formats_are_made_as_asked(shelf: dict[str, dict[str, Any]]) -> None:
    for extension in ("png", "webp", "avif", "jpg"):
        address, _ = utils.cloudinary_url("shelf/one", format=extension)
        kind = "jpeg" if extension == "jpg" else extension
        assert httpx.get(address).headers["content-type"] == f"image/{kind}"
    address, _ = utils.cloudinary_url("shelf/one", fetch_format="auto", quality="auto")
    for accept, kind in (("image/avif,*/*", "image/avif"), ("image/webp", "image/webp"), ("*/*", "image/jpeg")):
        assert httpx.get(address, headers={"Accept": accept}).headers["content-type"] == kind
    assert httpx.head(shelf["one"]["url"]).headers["content-length"] == str(shelf["one"]["bytes"])


@pytest.mark.parametrize("text", ["e_sepia", "w_x", "w_99999", "c_nothing", "f_tiff", "q_0", "w_0", "r_20,zz_1"])
@pytest.mark.usefixtures("shelf")
def test_what_cannot_be_made_is_told_in_a_header(text: str) -> None:
    address, _ = utils.cloudinary_url("shelf/one", raw_transformation=text)
    answer = httpx.get(address)
    assert answer.status_code in {400, 404}
    assert answer.headers["x-cld-error"] == answer.json()["error"]["message"]


def test_what_is_sent_to_be_saved(shelf: dict[str, dict[str, Any]]) -> None:
    for text, size in (
        ("fl_attachment", (64, 48)),
        ("fl_attachment:name,w_10", (10, 8)),
        ("w_10/fl_attachment", (10, 8)),
    ):
        address, _ = utils.cloudinary_url("shelf/one", raw_transformation=text, format="jpg")
        answer = httpx.get(address)
        assert answer.headers["content-disposition"].startswith("attachment"), text
        assert Image.open(io.BytesIO(answer.content)).size == size
    whole = httpx.get(shelf["one"]["url"])
    assert "attachment" not in whole.headers.get("content-disposition", "")


def test_private_assets_need_signed_urls() -> None:
    made = upload("plum", "secret/it", type="authenticated")
    assert httpx.get(made["url"]).status_code == 403
    for options in ({}, {"long_url_signature": True}, {"transformation": {"width": 5, "crop": "scale"}}):
        address, _ = utils.cloudinary_url("secret/it", type="authenticated", sign_url=True, format="jpg", **options)
        assert httpx.get(address).status_code == 200
        assert httpx.get(address.replace("secret", "secres")).status_code == 404
    assert found("type=authenticated") == ["secret/it"]


def test_what_other_doors_add_is_found_and_delivered(served: Served, workspace: str) -> None:
    with served.client(workspace) as native:
        form = {"metadata": json.dumps({"origin": "native"}), "tags": "native"}
        asset = native.post("/v1/assets", files={"file": ("n.jpg", picture("maroon"))}, data=form).json()["asset"]
        assert native.get("/v1/search", params={"q": "public_id:shelf/one"}).json()["total"] == 1
    [resource] = (
        Search().expression("tags=native AND context.origin=native").with_field("context").execute()["resources"]
    )
    assert (resource["public_id"], resource["filename"]) == (asset["uuid"], "n")
    assert resource["context"] == {"origin": "native"}
    assert httpx.get(resource["url"]).status_code == 200
    assert api.resource(asset["uuid"])["asset_id"] == asset["uuid"]


def test_clouds_do_not_see_each_other(served: Served) -> None:
    other = served.authority.create_key(served.installation.create("cloudinary-other"), name="other")
    options = {"cloud_name": other.workspace, "api_key": other.api_key, "api_secret": other.api_secret}
    upload("red", "mine/only")
    assert Search().expression("").execute(**options)["total_count"] == 0
    with pytest.raises(NotFound):
        api.resource("mine/only", **options)
    assert httpx.get(f"{served.origin}/{other.workspace}/image/upload/mine/only.jpg").status_code == 404
    upload("red", "mine/only", **options)
    assert Search().expression("public_id=mine/only").execute()["total_count"] == 1
