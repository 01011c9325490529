"""One installation with a tiny two-tower model for all tests of a module, and stages that see colours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from fototeca.library import Installation, Library
from fototeca.library.enrichment import enricher, stages
from fototeca.library.enrichment.regions import Regions
from fototeca.library.enrichment.stage import Opener
from fototeca.library.models import Models
from fototeca.settings import Settings
from tests.library.enrichment.stages import Colours, Faces
from tests.vision import tiny_models as tiny

_names = count()


@pytest.fixture
def openers(installation: Installation) -> dict[str, Opener]:
    """What opens the stages of this installation; a server of other tests may be at work in this process."""
    return installation._eyes.openers


@pytest.fixture
def colours(openers: dict[str, Opener], monkeypatch: pytest.MonkeyPatch) -> Colours:
    colours = Colours()
    monkeypatch.setitem(openers, "objects", colours.open)
    monkeypatch.setitem(openers, "faces", Faces().open)
    monkeypatch.setitem(openers, "regions", _regions)
    monkeypatch.delitem(openers, "text")
    monkeypatch.setattr(stages, "RECHECK_SECONDS", 0.0)
    monkeypatch.setattr(enricher, "PAUSE", timedelta())
    return colours


def _regions(models: Models) -> Regions:
    model = models.two_tower()
    assert model is not None
    return Regions(model)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("data")
    tiny.write(data / "models" / "tiny")
    with Installation(Settings.from_environment(data, {})) as installation:
        yield installation


@pytest.fixture
def library(installation: Installation, colours: Colours) -> Library:
    """A workspace of its own for every test."""
    return installation.library(installation.create(f"w{next(_names)}").name)
