"""The gallery's files and signing in, as HTTP sees them; what the page does is in tests/web."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image

from fototeca.assets import Scope
from tests.server.conftest import Served


@pytest.fixture
def browser(served: Served, workspace: str) -> Iterator[httpx.Client]:
    """A client without a key that has signed in, and keeps the cookie."""
    with httpx.Client(base_url=served.origin) as browser:
        answer = browser.post("/session", json={"key": served.key(workspace)})
        assert answer.status_code == 200, answer.text
        browser.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield browser


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing_inline(served: Served) -> None:
    page = httpx.get(served.origin)
    assert page.headers["content-type"].startswith("text/html")
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "frame-ancestors" in policy
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(linked) > 3
    for path in linked:
        assert path.startswith("/web/")
        assert httpx.get(served.origin + path).status_code == 200, path
    assert not re.search(r"<script>|<style|style=| on\w+=", page.text)


def edition(served: Served) -> str:
    """What the page's files begin with."""
    found = re.search(r"/web/\w+/", httpx.get(served.origin).text)
    assert found
    return found[0]


def test_the_towns_of_the_map_are_drawn_here(served: Served) -> None:
    answer = httpx.get(f"{served.origin}{edition(served)}towns.png", timeout=60)
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    towns = Image.open(io.BytesIO(answer.content))
    assert towns.size == (1440, 720)
    assert towns.getchannel("A").getextrema() == (0, 255)
    assert httpx.get(f"{served.origin}/web/older/towns.png").status_code == 404


def test_every_script_that_is_imported_is_there_and_fetched_at_once(served: Served) -> None:
    seen, waiting = set[str](), [f"{edition(served)}scripts/main.js"]
    while waiting:
        path = waiting.pop()
        answer = httpx.get(served.origin + path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith("text/javascript")
        seen.add(path)
        for name in re.findall(r'from "(\.[^"]+)"', answer.text):
            target = httpx.URL(served.origin + path).join(name).path
            if target not in seen:
                waiting.append(target)
    page = httpx.get(served.origin).text
    assert len(seen) > 10
    assert set(re.findall(r'modulepreload" href="([^"]+)', page)) | {f"{edition(served)}scripts/main.js"} == seen


def test_files_are_kept_for_ever_and_the_page_is_not(served: Served) -> None:
    assert httpx.get(served.origin).headers["cache-control"] == "no-cache"
    assert "immutable" in httpx.get(f"{served.origin}{edition(served)}styles/base.css").headers["cache-control"]


@pytest.mark.parametrize("path", ["../app.py", "%2e%2e/app.py", "scripts", "", "none.js", "../0/icon.svg"])
def test_no_other_file_is_served(served: Served, path: str) -> None:
    assert httpx.get(served.origin + edition(served) + path).status_code == 404


def test_a_page_asked_for_with_a_key_is_not_the_gallerys(served: Served) -> None:
    answer = httpx.get(served.origin, params={"api_key": "x"})
    assert "text/html" not in answer.headers["content-type"]


def test_a_session_opens_the_api_without_a_key(browser: httpx.Client, workspace: str) -> None:
    assert browser.get("/session").json()["workspace"] == workspace
    assert browser.get("/v1/workspace").json()["name"] == workspace
    assert browser.post("/v1/albums", json={"name": "Made here"}).status_code == 201


def test_the_cookie_is_kept_from_scripts_and_other_sites(served: Served, workspace: str) -> None:
    cookie = httpx.post(f"{served.origin}/session", json={"key": served.key(workspace)}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert "Max-Age" in cookie


def test_a_change_without_the_csrf_token_is_refused(browser: httpx.Client) -> None:
    for token in ("", "0" * 40):
        browser.headers["X-CSRF-Token"] = token
        answer = browser.post("/v1/albums", json={"name": "From elsewhere"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert browser.get("/v1/albums").status_code == 200


def test_a_sessions_scope_is_its_keys(served: Served, workspace: str) -> None:
    with httpx.Client(base_url=served.origin) as browser:
        session = browser.post("/session", json={"key": served.key(workspace, Scope.READ)}).json()
        assert session["scope"] == "read"
        answer = browser.post("/v1/albums", json={"name": "No"}, headers={"X-CSRF-Token": session["csrf"]})
        assert answer.status_code == 403


def test_signing_out_forgets(browser: httpx.Client) -> None:
    assert browser.delete("/session").status_code == 204
    assert browser.get("/session").status_code == 401
    assert browser.get("/v1/workspace").status_code == 401


@pytest.mark.parametrize("body", [{}, {"key": ""}, {"key": "ft00"}, {"key": "x" * 5000}, {"ky": "ft"}])
def test_what_is_no_key_is_refused(served: Served, body: dict[str, str]) -> None:
    assert httpx.post(f"{served.origin}/session", json=body).status_code in {400, 401}
