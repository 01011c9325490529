"""CoreViz's API with a model: scored listings, likeness by objects, search, AI calls; and the device login."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest

from fototeca.assets import Owner, Scope
from fototeca.catalog import NewFace, NewObject
from fototeca.dialects.coreviz import login
from fototeca.library.models import space_of
from tests.clients.coreviz_world import SDK, World, filled
from tests.clients.test_coreviz import refused
from tests.server.conftest import Served, served
from tests.server.helpers import picture
from tests.vision import tiny_models

__all__ = ("served",)

BOX = (0.1, 0.1, 0.3, 0.3)


def half(vector: Any) -> bytes:
    return np.asarray(vector, "<f2").tobytes()


@pytest.fixture(scope="module")
def world(served: Served) -> Iterator[World]:
    tiny_models.write(served.installation.settings.models / "tiny")
    with filled(served, "coreviz-scored") as world:
        model = served.installation.models.two_tower()
        assert model is not None
        name = space_of(model)
        world.library.records.spaces.create(name, dimension=3, owner=Owner.ASSET, model=name)
        red = model.embed_texts(["red"])[0]
        side = np.cross(red, [0.3, 0.5, 0.8])
        side /= np.linalg.norm(side)
        vectors = {
            "left.jpg": red,
            "Alpha.jpg": 0.6 * red + 0.8 * side,
            "red shoe.jpg": 0.5 * red + 0.866 * side,
            "blue shoe.jpg": side,
            "root.jpg": -red,
            "nobody's.jpg": red,
        }
        world.library.records.embeddings.put(
            name, {world.numbers[name]: half(vector) for name, vector in vectors.items()}
        )
        yield world


def scored(world: World, **parameters: Any) -> dict[str, float]:
    media = world.browse(limit=100, **parameters)["media"]
    assert all(item["_matchingFrames"] == [] for item in media)
    scores = [item["_score"] for item in media]
    assert scores == sorted(scores, reverse=True)
    assert all(score >= 0 for score in scores)
    return {item["name"]: item["_score"] for item in media}


def object_of(world: World, name: str) -> str:
    return str(world.browse(mediaId=world.ids[name])["media"][0]["frameObjectId"])


# --- by words


def test_a_score_is_the_sum_of_words_and_meaning(world: World) -> None:
    found = scored(world, q="red")
    assert found["left.jpg"] == pytest.approx(1.0, abs=2e-3)
    assert found["Alpha.jpg"] == pytest.approx(0.6, abs=2e-3)
    assert found["red shoe.jpg"] > 0.55, "half by meaning; its name and its tag say so too"
    assert 0 < found["root.jpg"] <= 0.5, "what points away adds nothing, and its tag is red"
    assert "nobody's.jpg" not in found
    assert "blue shoe.jpg" not in found, "0 is less than minScore"
    assert scored(world, q="red") == found


def test_filters_paths_and_cuts_apply(world: World) -> None:
    assert scored(world, q="red", path=world.paths["Shoes"]).keys() == {"red shoe.jpg", "left.jpg"}
    assert scored(world, q="red", path=world.paths["Left"]).keys() == {"left.jpg"}
    assert scored(world, q="red", tagFilters='{"size":["9"]}').keys() == {"red shoe.jpg", "left.jpg"}
    assert scored(world, q="red", dateTo="2026-05-05").keys() == {"Alpha.jpg", "root.jpg"}
    assert scored(world, q="red", type="video") == {}
    assert world.browse(q="red", type="folder")["pagination"]["total"] == 3, "folders are not ranked"
    assert scored(world, q="red", minScore=0.99).keys() <= {"left.jpg", "red shoe.jpg"}
    assert scored(world, q="red", minScore=1.01).keys() <= {"red shoe.jpg"}
    assert scored(world, q="red", minScore=1.6) == {}
    page = world.browse(q="red", minScore=0.55, limit=1, offset=1)
    whole = scored(world, q="red", minScore=0.55)
    assert page["pagination"]["total"] == len(whole)
    assert [item["name"] for item in page["media"]] == [list(whole)[1]]


def test_sorting_is_ignored(world: World) -> None:
    assert list(scored(world, q="red", sortBy="name", sortDirection="asc")) == list(scored(world, q="red"))


# --- by objects


def test_an_object_stands_for_its_vector(world: World) -> None:
    found = scored(world, similarToObjectId=object_of(world, "left.jpg"))
    assert list(found)[:2] == ["left.jpg", "Alpha.jpg"]
    assert found["left.jpg"] == pytest.approx(1.0, abs=1e-3)
    elsewhere = world.browse("Library", mediaId=world.ids["nobody's.jpg"])["media"][0]["frameObjectId"]
    assert "left.jpg" in scored(world, similarToObjectId=elsewhere), "an object of another collection may ask"
    both = scored(world, q="shoe", similarToObjectId=object_of(world, "left.jpg"))
    assert both["red shoe.jpg"] > found["red shoe.jpg"]


def test_objects_without_a_vector_are_like_nothing(world: World) -> None:
    assert scored(world, similarToObjectId=object_of(world, "elsewhere.jpg")) == {}
    assert scored(world, similarToObjectId=object_of(world, "left.jpg"), similarToObjectModel="faces") == {}


@pytest.mark.parametrize("id_", ["0" * 32, "x", "f070" + "0005" + "0" * 24, "f070" + "0003" + "f" * 24])
def test_unknown_objects(world: World, id_: str) -> None:
    path = f"/api/dataset/{world.ids['Products']}/media"
    assert refused(world.client.get(path, params={"similarToObjectId": id_})) == 404


def test_detected_objects_are_compared_with_everything_of_their_model(world: World) -> None:
    model = world.library.records.spaces.current()
    assert model is not None
    records, number = world.library.records, world.numbers["clip.mp4"]
    records.spaces.create("tiny-objects", dimension=3, owner=Owner.OBJECT, model=model.model)
    [thing] = records.objects.replace(number, [NewObject(label="dog", box=BOX, score=0.9)])
    red = records.embeddings.load(model.name, [world.numbers["left.jpg"]])[world.numbers["left.jpg"]][0].vector
    records.embeddings.put("tiny-objects", {thing.id: red})
    [item] = world.browse(mediaId=world.ids["clip.mp4"])["media"]
    dog = item["frames"][0]["objects"][1]
    found = scored(world, similarToObjectId=dog["id"])
    assert {name for name, score in found.items() if score > 0.99} == {"clip.mp4", "left.jpg"}


def test_faces_are_compared_with_faces(world: World) -> None:
    records = world.library.records
    records.spaces.create("tiny-faces", dimension=2, owner=Owner.FACE, model="faces@1")
    faces = {
        name: records.faces.add(world.numbers[name], [NewFace(box=BOX)], source="faces@1")[0]
        for name in ("left.jpg", "root.jpg", "blue shoe.jpg")
    }
    vectors = {"left.jpg": (1, 0), "root.jpg": (0.8, 0.6), "blue shoe.jpg": (-1, 0)}
    records.embeddings.put("tiny-faces", {faces[name].id: half(vector) for name, vector in vectors.items()})
    found = scored(world, similarToObjectId=faces["left.jpg"].uuid, similarToObjectModel="faces")
    assert list(found) == ["left.jpg", "root.jpg"]
    assert scored(world, similarToObjectId=faces["left.jpg"].uuid, similarToObjectModel="objects") == {}


def test_shoe_prints_need_a_space_of_that_name(world: World) -> None:
    asked = {"similarToObjectId": object_of(world, "red shoe.jpg"), "similarToObjectModel": "shoeprints"}
    answer = world.client.get(f"/api/dataset/{world.ids['Products']}/media", params=asked)
    assert refused(answer) == 400
    assert "shoe-print model" in answer.json()["error"]
    records = world.library.records
    records.spaces.create("shoeprints", dimension=2, owner=Owner.ASSET, model="soles@1")
    numbers = world.numbers
    records.embeddings.put(
        "shoeprints", {numbers["red shoe.jpg"]: half((1, 0)), numbers["blue shoe.jpg"]: half((0.6, 0.8))}
    )
    assert scored(world, **asked) == {
        "red shoe.jpg": pytest.approx(1.0, abs=1e-3),
        "blue shoe.jpg": pytest.approx(0.6, abs=1e-3),
    }
    assert scored(world, similarToObjectId=object_of(world, "left.jpg"), similarToObjectModel="shoeprints") == {}


# --- organization-wide search


def test_search_gives_frames_with_their_metrics(world: World) -> None:
    asked = {"q": "red", "organizationId": world.organization}
    results = world.client.get("/api/search", params=asked).json()["results"]
    ranks = [result["rank"] for result in results]
    assert ranks == sorted(ranks, reverse=True)
    by_name = {result["media"]["name"]: result for result in results}
    assert by_name.keys() >= {"left.jpg", "nobody's.jpg", "red shoe.jpg"}
    for result in results:
        metrics = result["rankingMetrics"]
        assert metrics["totalRank"] == result["rank"]
        assert metrics["totalRank"] == pytest.approx(metrics["textRank"] + metrics["objectEmbeddingRank"])
        assert isinstance(result["timestamp"], str)
        assert result["objects"][0].keys() >= {"id", "type", "label", "blob", "polygon"}
    assert by_name["left.jpg"]["rankingMetrics"]["textRank"] == 0
    assert by_name["red shoe.jpg"]["rankingMetrics"]["textRank"] > 0
    results = world.client.get("/api/search", params=asked | {"q": "zebra"}).json()["results"]
    captions = {result["media"]["name"]: [caption["text"] for caption in result["captions"]] for result in results}
    assert (captions["Alpha.jpg"], captions["nobody's.jpg"]) == (["zebra"], [])
    assert len(world.client.get("/api/search", params=asked | {"limit": 1}).json()["results"]) == 1


@pytest.mark.parametrize(
    ("parameters", "status"),
    [({"q": ""}, 400), ({"organizationId": ""}, 400), ({"organizationId": "0" * 32}, 403), ({"limit": "0"}, 400)],
)
def test_search_that_is_refused(world: World, parameters: dict[str, str], status: int) -> None:
    asked = {"q": "red", "organizationId": world.organization}
    assert refused(world.client.get("/api/search", params=asked | parameters)) == status


def test_a_search_without_an_organization_is_another_apis(world: World) -> None:
    answer = world.client.get("/api/search", params={"q": "red"})
    assert not isinstance(answer.json().get("error"), str)


# --- AI


def data_url(colour: tuple[int, int, int]) -> str:
    return "data:image/jpg;base64," + base64.b64encode(picture(colour)).decode()


def test_embeddings_are_those_of_searches(world: World) -> None:
    text = world.client.post("/api/ai/embed", json={"text": "red"}).json()["embedding"]
    assert np.dot(text, text) == pytest.approx(1.0, abs=1e-5)
    assert text == pytest.approx(world.library.embed_text("red").tolist())
    image = world.client.post("/api/ai/embed", json={"image": data_url((255, 0, 0))}).json()["embedding"]
    assert image == pytest.approx([1.0, 0.0, 0.0], abs=0.02)
    documented = world.client.post("/api/ai/embeddings", json={"input": "red", "type": "text"}).json()
    assert (documented["embedding"], documented["dimensions"], documented["model"]) == (text, 3, "tiny")
    for body in ({"input": data_url((255, 0, 0))}, {"image": data_url((255, 0, 0)), "model": "x"}):
        assert world.client.post("/api/ai/embeddings", json=body).json()["embedding"] == image


def test_tags_are_chosen_from_options(world: World) -> None:
    body = {"image": data_url((250, 10, 10)), "prompt": "what", "options": ["red", "dog", "beach"], "multiple": False}
    one = world.client.post("/api/ai/tag", json=body).json()["tags"]
    assert len(one) == 1
    many = world.client.post("/api/ai/tag", json=body | {"multiple": True}).json()["tags"]
    assert many[0] == one[0]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("embed", {}, 400),
        ("embed", {"text": ""}, 400),
        ("embed", {"image": "data:image/png,xyz"}, 400),
        ("embed", {"image": "data:image/png;base64,eHl6"}, 422),
        ("embed", {"image": "file:///etc/passwd"}, 400),
        ("embed", {"image": 5}, 400),
        ("embed", {"image": "http://127.0.0.1:1/x.png"}, 422),
        ("embeddings", {}, 400),
        ("tag", {"image": data_url((1, 2, 3)), "prompt": "x"}, 501),
        ("tag", {"image": data_url((1, 2, 3)), "options": [1]}, 400),
        ("describe", {"image": data_url((1, 2, 3))}, 501),
        ("edit", {"image": data_url((1, 2, 3)), "prompt": "x"}, 501),
        ("generate", {"prompt": "x"}, 501),
    ],
)
def test_ai_calls_that_are_refused(world: World, path: str, body: Any, status: int) -> None:
    assert refused(world.client.post(f"/api/ai/{path}", json=body)) == status


def test_ai_calls_need_a_credential(world: World) -> None:
    for path in ("embed", "embeddings", "tag", "describe"):
        assert refused(httpx.post(f"{world.served.origin}/api/ai/{path}", json={"text": "x"})) == 401


# --- device login


def begin(client: httpx.Client) -> dict[str, Any]:
    answer = client.post("/api/auth/device/code", json={"client_id": "coreviz-cli", "scope": "openid profile email"})
    assert answer.status_code == 200
    code: dict[str, Any] = answer.json()
    return code


def poll(client: httpx.Client, device_code: Any) -> httpx.Response:
    body = {"grant_type": login.GRANT, "device_code": device_code, "client_id": "coreviz-cli"}
    return client.post("/api/auth/device/token", json=body)


def decide(client: httpx.Client, user_code: str, key: str, decision: str = "approve") -> httpx.Response:
    form = {"user_code": user_code, "key": key, "decision": decision}
    return httpx.post(f"{client.base_url}/api/auth/device", data=form)


@pytest.fixture
def cli(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.origin, headers=SDK) as client:
        yield client


def test_a_command_line_logs_in_once_a_key_approves(cli: httpx.Client, served: Served, world: World) -> None:
    code = begin(cli)
    assert (code["expires_in"], code["interval"]) == (1800, 5)
    page = httpx.get(code["verification_uri_complete"])
    assert page.status_code == 200
    assert code["user_code"] in page.text
    pending = poll(cli, code["device_code"])
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    assert decide(cli, code["user_code"], "wrong").status_code == 401
    assert decide(cli, "<script>", world.key).status_code == 400
    key = served.key("coreviz-scored", Scope.WRITE)
    assert "Approved" in decide(cli, code["user_code"].lower(), key).text
    entries = world.library.entries.all(login.APPROVED)
    assert all(code["user_code"].replace("-", "") not in entry.key for entry in entries), "codes are kept hashed"
    session = poll(cli, code["device_code"]).json()
    assert (session["token_type"], session["scope"]) == ("Bearer", "write")
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    who = cli.get("/api/auth/get-session", headers=headers).json()
    assert who["user"].keys() == {"id", "name", "email"}
    assert cli.get(f"/api/dataset/{world.ids['Products']}/media", headers=headers).status_code == 200
    assert poll(cli, code["device_code"]).json()["error"] == "authorization_pending", "a code gives one session"


def test_a_denied_login(cli: httpx.Client, world: World) -> None:
    code = begin(cli)
    assert "Denied" in decide(cli, code["user_code"], world.key, "deny").text
    assert poll(cli, code["device_code"]).json()["error"] == "access_denied"


def test_codes_that_are_over_or_made_up(cli: httpx.Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code = begin(cli)
    assert poll(cli, code["device_code"] + "0").json()["error"] == "invalid_grant"
    for made_up in ("", "a.b.c.d", 5, None, code["device_code"].replace(".", "", 1)):
        assert poll(cli, made_up).json()["error"] == "invalid_grant"
    answer = cli.post("/api/auth/device/token", json={"grant_type": "password"})
    assert answer.json()["error"] == "unsupported_grant_type"
    assert refused(cli.post("/api/auth/device/code", json={})) == 400
    monkeypatch.setattr(login, "time", SimpleNamespace(time=lambda: time.time() - 3600))
    old = begin(cli)
    monkeypatch.undo()
    assert poll(cli, old["device_code"]).json()["error"] == "expired_token"
