"""Names of places, where nearness in degrees would be wrong too."""

from __future__ import annotations

import pytest

from fototeca.assets import Gps, Place
from fototeca.media import places
from fototeca.media.places import inhabited, place_at


@pytest.mark.parametrize(
    ("latitude", "longitude", "city", "country", "code"),
    [
        (48.2082, 16.3738, "Vienna", "Austria", "AT"),
        (40.7128, -74.0060, "New York City", "United States", "US"),
        (64.1466, -21.9426, "Reykjavík", "Iceland", "IS"),
        (-37.8136, 144.9631, "Melbourne", "Australia", "AU"),
        (78.2232, 15.6267, "Longyearbyen", "Svalbard and Jan Mayen", "SJ"),
        (-16.69, -179.95, "Labasa", "Fiji", "FJ"),  # the town lies across the date line
    ],
)
def test_place(latitude: float, longitude: float, city: str, country: str, code: str) -> None:
    found = place_at(Gps(latitude=latitude, longitude=longitude))
    assert found
    assert (found.city, found.country, found.country_code) == (city, country, code)


@pytest.mark.parametrize(("latitude", "longitude"), [(0.0, -30.0), (90.0, 0.0), (-48.9, -123.4)])
def test_far_from_any_town(latitude: float, longitude: float) -> None:
    assert place_at(Gps(latitude=latitude, longitude=longitude)) is None


@pytest.mark.usefixtures("offline")
def test_needs_no_network() -> None:
    places._gazetteer.cache_clear()
    assert place_at(Gps(latitude=43.46, longitude=11.88)) == Place(
        city="Arezzo", state="Tuscany", country="Italy", country_code="IT"
    )


def test_towns_lie_where_people_live() -> None:
    grid = inhabited(1)
    assert grid.shape == (180, 360)
    assert grid[90 - 49, 180 + 16]  # Vienna, between 48 and 49 degrees north
    assert not grid[90 : 90 + 30, 180 - 30 : 180 - 20].any()  # the South Atlantic
    assert 0.05 < grid.mean() < 0.25
