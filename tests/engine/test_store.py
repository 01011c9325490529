import json
import zlib
from pathlib import Path

import pytest
from pyroaring import BitMap

from fototeca.engine import store as store_module
from fototeca.engine.store import Store
from fototeca.errors import StorageError
from tests.engine.samples import doc, segment


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "index")
    assert store.lock()
    return store


def published(store: Store) -> str:
    name, _ = store.save(segment(doc(1, title="x"), doc(2)))
    store.publish(7, [(name, BitMap([1]))])
    return name


def test_what_is_published_is_read(store: Store) -> None:
    assert store.read() is None
    name = published(store)
    manifest, segments = store.read() or pytest.fail("nothing was read")
    assert manifest.sequence == 7
    assert [(s.name, list(s.deleted)) for s in manifest.segments] == [(name, [1])]
    assert segments[0].ids.tolist() == [1, 2]
    assert store.holds(name)
    store.verify()


def test_leftovers_are_removed_when_the_next_state_is_published(store: Store) -> None:
    old = published(store)
    (store.folder / "half.part").write_bytes(b"x")
    new = published(store)
    assert sorted(p.name for p in store.folder.iterdir()) == sorted([f"{new}.segment", "lock", "manifest.json"])
    assert not store.holds(old)


def test_only_one_writer(store: Store) -> None:
    other = Store(store.folder)
    assert not other.lock()
    store.unlock()
    assert other.lock()
    other.unlock()


def test_damage_is_refused(store: Store) -> None:
    name = published(store)
    manifest, file = store.folder / "manifest.json", store.folder / f"{name}.segment"
    good, whole = manifest.read_bytes(), file.read_bytes()
    for bad in (b"", good[:-1], good.replace(b'"sequence": 7', b'"sequence": 8'), b"\xff" + good[1:]):
        manifest.write_bytes(bad)
        with pytest.raises(StorageError):
            store.read()
    manifest.write_bytes(good)
    for cut in (whole[:-1], whole + b"x", whole[:-30] + b"?" + whole[-29:]):
        file.write_bytes(cut)
        with pytest.raises(StorageError):
            store.read()
    file.unlink()
    with pytest.raises(StorageError):
        store.read()


@pytest.mark.parametrize("key", ["format", "schema"])
def test_another_version_is_refused(store: Store, key: str) -> None:
    published(store)
    path = store.folder / "manifest.json"
    content = json.loads(path.read_bytes().split(b"\n", 1)[1]) | {key: 999}
    text = json.dumps(content).encode()
    path.write_bytes(f"{zlib.crc32(text):08x}\n".encode() + text)
    with pytest.raises(StorageError, match="version"):
        store.read()
    assert store_module.FORMAT != 999
