from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from fototeca.access import Links, MasterSecret
from fototeca.errors import Forbidden, LinkExpired

NOW = 1_700_000_000.0


@pytest.fixture
def links(tmp_path: Path) -> Links:
    return Links(MasterSecret.load(tmp_path / "secret"))


def _parts(link: str) -> tuple[str, str, str, str, str]:
    url = urlsplit(link)
    _, _, workspace, uuid, variant = url.path.split("/")
    query = parse_qs(url.query)
    return workspace, uuid, variant, query["expires"][0], query["signature"][0]


def test_a_link_is_good_for_its_time_and_then_expires(links: Links) -> None:
    link = links.sign("acme", "ab" * 16, "256", ttl=60, now=NOW)
    left = links.check(*_parts(link), now=NOW)
    assert 60 <= left <= 120
    with pytest.raises(LinkExpired):
        links.check(*_parts(link), now=NOW + left)


def test_links_to_one_file_repeat_within_a_period_so_that_they_cache(links: Links) -> None:
    start = NOW - NOW % 3600
    assert links.sign("acme", "u", "256", now=start) == links.sign("acme", "u", "256", now=start + 3599)


@pytest.mark.parametrize("changed", range(5))
def test_a_changed_link_is_refused(links: Links, changed: int) -> None:
    parts = list(_parts(links.sign("acme", "ab" * 16, "256", now=NOW)))
    parts[changed] = {3: str(int(parts[3]) + 1)}.get(changed, parts[changed] + "0")
    with pytest.raises(Forbidden):
        links.check(*parts, now=NOW)


@pytest.mark.parametrize("expires", ["", "-1", "1e9", "٣", "9" * 13])
def test_a_strange_expiry_is_refused(links: Links, expires: str) -> None:
    with pytest.raises(Forbidden):
        links.check("acme", "u", "256", expires, "0" * 40)


def test_a_link_of_another_installation_is_refused(links: Links, tmp_path: Path) -> None:
    other = Links(MasterSecret.load(tmp_path / "other"))
    with pytest.raises(Forbidden):
        links.check(*_parts(other.sign("acme", "u", "256", now=NOW)), now=NOW)


def test_a_path_of_any_surface_can_be_signed(links: Links) -> None:
    link = links.sign_path("/demo/export/7", ttl=60, now=NOW)
    path, _, query = link.partition("?")
    given = {name: values[0] for name, values in parse_qs(query).items()}
    assert 60 <= links.check_path(path, **given, now=NOW) <= 120
    with pytest.raises(LinkExpired):
        links.check_path(path, **given, now=NOW + 121)
    for other in ("/demo/export/8", ""):
        with pytest.raises(Forbidden):
            links.check_path(other, **given, now=NOW)
