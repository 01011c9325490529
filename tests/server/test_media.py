from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.server.conftest import Served
from tests.server.helpers import picture, upload

DATA = picture((200, 30, 30), (400, 300))


@pytest.fixture(scope="module")
def asset(client: httpx.Client) -> dict[str, Any]:
    added = upload(client, "plain.png", DATA)
    changed: dict[str, Any] = client.patch(f"/v1/assets/{added['id']}", json={"filename": 'große "Reise".png'}).json()
    return changed


@pytest.fixture(scope="module")
def link(asset: dict[str, Any]) -> str:
    url: str = asset["urls"]["original"]
    return url


def test_a_signed_link_needs_no_key(link: str) -> None:
    answer = httpx.get(link)
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["accept-ranges"] == "bytes"


def test_an_original_cannot_run_in_a_browser(link: str) -> None:
    headers = httpx.get(link).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_the_file_keeps_its_name(link: str, asset: dict[str, Any]) -> None:
    named = httpx.get(link).headers["content-disposition"]
    assert named == "inline; filename=\"gro_e _Reise_.png\"; filename*=UTF-8''gro%C3%9Fe%20%22Reise%22.png"
    small = httpx.get(asset["urls"]["256"]).headers["content-disposition"]
    assert "-256.jpg" in small


def test_a_link_can_ask_for_an_attachment(link: str) -> None:
    assert httpx.get(f"{link}&attached=true").headers["content-disposition"].startswith("attachment; ")


def test_it_is_cached_no_longer_than_the_link_is_good(link: str) -> None:
    [expires] = parse_qs(urlsplit(link).query)["expires"]
    control = httpx.get(link).headers["cache-control"]
    assert control.startswith("private, max-age=")
    assert 0 < int(control.rpartition("=")[2]) <= int(expires) - time.time() + 2


@pytest.mark.parametrize("variant", ["256", "1440"])
def test_renditions_are_pictures(asset: dict[str, Any], variant: str) -> None:
    answer = httpx.get(asset["urls"][variant])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    ("asked", "status", "content", "content_range"),
    [
        ("bytes=0-9", 206, DATA[:10], f"bytes 0-9/{len(DATA)}"),
        ("bytes=10-", 206, DATA[10:], f"bytes 10-{len(DATA) - 1}/{len(DATA)}"),
        ("bytes=-7", 206, DATA[-7:], f"bytes {len(DATA) - 7}-{len(DATA) - 1}/{len(DATA)}"),
        ("bytes=0-1,4-5", 200, DATA, None),
        ("bytes=nonsense", 200, DATA, None),
    ],
)
def test_ranges(link: str, asked: str, status: int, content: bytes, content_range: str | None) -> None:
    answer = httpx.get(link, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("content-range") == content_range
    assert answer.headers["content-length"] == str(len(content))
    head = httpx.head(link, headers={"Range": asked})
    assert (head.status_code, head.content) == (status, b"")
    compared = ("content-length", "content-range", "content-type", "etag", "last-modified", "content-disposition")
    assert [head.headers.get(name) for name in compared] == [answer.headers.get(name) for name in compared]


def test_a_range_behind_the_end_is_a_problem(link: str) -> None:
    answer = httpx.get(link, headers={"Range": f"bytes={len(DATA)}-"})
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"


def test_what_the_client_has_is_not_sent_again(link: str, asset: dict[str, Any]) -> None:
    first = httpx.get(link)
    assert first.headers["etag"] == f'"{asset["sha256"]}"'
    for condition in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = httpx.get(link, headers=condition)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert httpx.get(link, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_download_goes_on_only_in_the_same_file(link: str, asset: dict[str, Any]) -> None:
    same = httpx.get(link, headers={"Range": "bytes=5-", "If-Range": f'"{asset["sha256"]}"'})
    assert (same.status_code, same.content) == (206, DATA[5:])
    other = httpx.get(link, headers={"Range": "bytes=5-", "If-Range": '"other"'})
    assert (other.status_code, other.content) == (200, DATA)


def test_variants_have_tags_of_their_own(asset: dict[str, Any]) -> None:
    tags = {httpx.head(url).headers["etag"] for url in asset["urls"].values()}
    assert len(tags) == 3


@pytest.mark.parametrize(
    ("old", "new"), [("/original?", "/256?"), ("signature=", "signature=0"), ("expires=", "expires=9"), ("?", "?a=b&")]
)
def test_a_changed_link_is_refused(link: str, old: str, new: str) -> None:
    changed = httpx.get(link.replace(old, new))
    expected = 200 if new == "?a=b&" else 403  # what is not signed does not count
    assert changed.status_code == expected


def test_an_expired_link_is_gone(served: Served, workspace: str, asset: dict[str, Any]) -> None:
    links = ask_links(served)
    path = links.sign(workspace, asset["uuid"], "original", ttl=60, now=time.time() - 1000)
    answer = httpx.get(served.origin + path)
    assert (answer.status_code, answer.json()["code"]) == (410, "link_expired")


@pytest.mark.parametrize("variant", ["99", "../original", ""])
def test_what_is_not_there_is_not_found(served: Served, workspace: str, asset: dict[str, Any], variant: str) -> None:
    links = ask_links(served)
    gone = [
        (workspace, "0" * 32, "original"),
        ("nobody", asset["uuid"], "original"),
        (workspace, asset["uuid"], variant),
    ]
    for target in gone:
        answer = httpx.get(served.origin + links.sign(*target))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_with_a_key_no_signature_is_needed(client: httpx.Client, asset: dict[str, Any]) -> None:
    path = f"/v1/assets/{asset['id']}/media/original"
    assert client.get(path).content == DATA
    assert client.get(path, headers={"Range": "bytes=0-3"}).content == DATA[:4]
    assert client.head(path).headers["content-length"] == str(len(DATA))
    assert client.get(f"/v1/assets/{asset['id']}/media/99").status_code == 404


def test_the_original_is_a_redirect_to_a_signed_link(client: httpx.Client, asset: dict[str, Any]) -> None:
    answer = client.get(f"/v1/assets/{asset['uuid']}/original")
    assert answer.status_code == 307
    assert httpx.get(answer.headers["location"]).content == DATA


def ask_links(served: Served) -> Any:
    from fototeca.access import Links, MasterSecret

    settings = served.installation.settings
    return Links(MasterSecret.load(settings.data / "secret", settings.secret))
