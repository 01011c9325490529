"""The same library with its records in PostgreSQL and its bytes in S3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from fototeca.catalog import tables
from fototeca.catalog.database import Database
from fototeca.library import Installation
from fototeca.settings import Settings
from tests.catalog.conftest import postgresql as postgresql  # noqa: PLC0414 - a fixture
from tests.pictures import album, picture
from tests.test_blobs import s3 as s3  # noqa: PLC0414 - a fixture


@pytest.fixture
def settings(postgresql: str, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    here = Settings.from_environment(tmp_path / "data", {})
    yield replace(here, database_url=postgresql, blobs_url="s3://photos/elsewhere?region=us-east-1")
    database = Database(make_url(postgresql).render_as_string(hide_password=False))
    with database.transaction() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(tables.metadata.tables)} RESTART IDENTITY CASCADE"))
    database.close()


def test_a_folder_of_photos_becomes_searchable(settings: Settings, tmp_path: Path) -> None:
    with Installation(settings) as installation:
        library = installation.library("demo")
        assert library.add(album(tmp_path / "photos"), collection="Trip").added == 5
        asset, _ = library.upload(picture("orange"), "orange.jpg", tags=("fruit",))
        assert library.search("tag:fruit").total == 1
        library.delete([asset.id])
        assert not library.has_original(asset.sha256)
        found = library.search("camera:canon collection:trip sort:taken")
        assert [hit.asset.filename for hit in found] == ["red beach.jpg", "blue sea.jpg"]
        file = library.file(found.hits[0].asset, "256")
        assert file is not None
        assert len(b"".join(file.read(0, file.size))) == file.size
    with Installation(settings) as again:
        assert again.library("demo").search("beach").total == 2
    assert not list(settings.data.glob("**/*.db"))
    assert not (settings.data / "blobs").exists()
