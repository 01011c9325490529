"""Names that clients choose, copies of the same bytes, and the migration that made room for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from fototeca.assets import Kind, NewAsset, Publication
from fototeca.catalog import AssetPatch, Catalog, Records, schema
from fototeca.catalog.database import Database
from fototeca.errors import Conflict, StorageError


def photo(digit: str = "a", **values: object) -> NewAsset:
    """Make a new asset whose SHA-256 is one digit, 64 times."""
    base = {"sha256": digit * 64, "filename": "x.jpg", "format": "jpg", "mime": "image/jpeg", "bytes": 1}
    return NewAsset(**(base | values))  # type: ignore[arg-type]


def test_the_same_bytes_may_be_copied_under_another_name(records: Records) -> None:
    assets = records.assets
    [first], [second] = assets.add([photo(public_id="one")]), assets.add([photo(public_id="two")], copies=True)
    assert (first.duplicate, second.duplicate) == (False, False)
    assert first.id != second.id
    [third] = assets.add([photo()])
    assert (third.id, third.duplicate) == (first.id, True), "without asking, the first one stands for all"
    assert assets.by_sha256(["a" * 64]) == {"a" * 64: first.id}


def test_bytes_are_needed_until_the_last_copy_is_gone(records: Records) -> None:
    assets = records.assets
    [first], [second] = assets.add([photo()]), assets.add([photo()], copies=True)
    assert assets.delete([first.id]).unreferenced == []
    assert assets.add([photo()])[0].id == second.id
    assert assets.delete([second.id]).unreferenced == ["a" * 64]


def test_a_name_is_unique_among_its_kind_and_delivery(records: Records) -> None:
    assets = records.assets
    [image] = assets.add([photo("a", public_id="x")])
    [raw] = assets.add([photo("b", public_id="x", kind=Kind.RAW)])
    [private] = assets.add([photo("c", public_id="x", delivery="private")])
    with pytest.raises(Conflict):
        assets.add([photo("d", public_id="x")])
    assert assets.by_public_id(["x", "y"], Kind.IMAGE, "upload") == {"x": image.id}
    assert assets.by_public_id(["x"], Kind.RAW, "upload") == {"x": raw.id}
    assert assets.by_public_id(["x"], Kind.IMAGE, "private") == {"x": private.id}
    [nameless] = assets.add([photo("e")])
    with pytest.raises(Conflict):
        assets.update([nameless.id], AssetPatch(public_id="x"))


def test_what_is_published_is_kept(records: Records) -> None:
    publication = Publication(moderation_kind="manual", faces=((1, 2, 3, 4),), eager=("w_1",))
    [added] = records.assets.add([photo(publication=publication)])
    assert records.assets.get(added.id).publication == publication


def test_replacing_may_take_bytes_that_another_has(records: Records) -> None:
    assets = records.assets
    [first], [second] = assets.add([photo("a")]), assets.add([photo("b")])
    with pytest.raises(Conflict):
        assets.replace(second.id, photo("a"))
    assets.replace(second.id, photo("a"), copies=True)
    assets.replace(second.id, photo("a"), copies=True)
    assert assets.get(second.id).version == 2, "the bytes it has make no version"
    assert assets.get(first.id).sha256 == assets.get(second.id).sha256


def test_an_older_catalogue_keeps_its_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    database = Database(url)
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        values = (
            "1, 'u', 1, 'ab', 'f.jpg', 'image', 'active', 'jpg', 'image/jpeg', 1, 1, 1, 0, '[]', '{}', 1, 1, 1, 0, '{}'"
        )
        columns = (
            "id, uuid, workspace_id, sha256, filename, kind, status, format, mime, bytes, width, height, favorite, "
            "tags, metadata, created, updated, version, children, facts"
        )
        version = "id, uuid, asset_id, number, sha256, filename, format, mime, bytes, width, height, kind, created"
        for statement in (
            "INSERT INTO workspaces (id, name, created, sequence) VALUES (1, 'home', 1, 0)",
            f"INSERT INTO assets ({columns}) VALUES ({values})",
            f"INSERT INTO versions ({version}) VALUES (1, 'v', 1, 1, 'ab', 'f', 'jpg', 'm', 1, 1, 1, 'original', 1)",
        ):
            connection.execute(text(statement))
    database.close()
    catalog = Catalog(url)
    asset = catalog.records(1).assets.get(1)
    assert (asset.uuid, asset.public_id, asset.delivery, asset.publication) == ("u", None, "upload", Publication())
    assert len(catalog.records(1).versions.of_asset(1)) == 1, "dropping the old table took nothing with it"
    catalog.close()


def test_a_migration_that_loses_references_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    Catalog(url).close()
    database = Database(url)
    with pytest.raises(StorageError, match="references"), database.rebuilding() as connection:
        connection.execute(text("INSERT INTO folders VALUES (1, 'u', 77, NULL, 'p', 1, 1)"))
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM folders")) == 0
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
    database.close()
