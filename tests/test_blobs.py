"""Blobs on a local folder, in memory, and on S3 spoken by moto's server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import sleep

import httpx
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import LocalStore, MemoryStore

from fototeca.blobs import CHUNK, Blobs, original_key, rendition_key
from fototeca.errors import InvalidInput, NotFound, StorageError

DATA = b"the original's bytes"
SHA = hashlib.sha256(DATA).hexdigest()
LARGE = bytes(range(256)) * 4096 * 13  # 13 MiB: several parts of a multipart upload
LARGE_SHA = hashlib.sha256(LARGE).hexdigest()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server with the bucket "photos"."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    httpx.put(f"{endpoint}/photos").raise_for_status()
    yield endpoint
    server.stop()


@pytest.fixture(params=["path", "file", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Blobs:
    """Every kind of store that can be had here."""
    if request.param == "s3":
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        return Blobs.open(f"s3://photos/{tmp_path.name}?region=us-east-1")
    folder = tmp_path / "a folder"
    return Blobs.open({"path": str(folder), "file": folder.as_uri(), "memory": "memory:///"}[request.param])


def test_original_comes_back_as_it_went_in(blobs: Blobs) -> None:
    key = blobs.put_original(DATA, SHA)
    assert key == f"originals/{SHA[:2]}/{SHA}" == original_key(SHA)
    assert blobs.get(key) == DATA
    head = blobs.head(key)
    assert head.size == len(DATA)
    assert head.etag
    assert head.modified.tzinfo is not None


def test_large_file_is_streamed_in_and_out(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "large"
    source.write_bytes(LARGE)
    key = blobs.put_original(source, LARGE_SHA)
    chunks = list(blobs.stream(key))
    assert len(chunks) > 1 or isinstance(blobs._store, MemoryStore)
    assert hashlib.sha256(b"".join(chunks)).hexdigest() == LARGE_SHA
    assert b"".join(blobs.stream(key, CHUNK - 1, 3 * CHUNK + 1)) == LARGE[CHUNK - 1 : 3 * CHUNK + 1]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 3, DATA[:3]), (4, 99, DATA[4:]), (5, 5, b""), (99, 120, b""), (len(DATA) - 1, len(DATA), DATA[-1:])],
)
def test_range(blobs: Blobs, start: int, end: int, expected: bytes) -> None:
    assert blobs.get_range(blobs.put_original(DATA, SHA), start, end) == expected


def test_negative_range_is_refused(blobs: Blobs) -> None:
    with pytest.raises(InvalidInput):
        blobs.get_range(blobs.put_original(DATA, SHA), -3, 5)


def test_existing_key_is_not_written_again(blobs: Blobs) -> None:
    before = blobs.head(blobs.put_original(DATA, SHA))
    blobs.put_original(b"other bytes under the same digest", SHA)
    assert blobs.head(original_key(SHA)) == before


def test_rendition(blobs: Blobs) -> None:
    key = blobs.put_rendition(SHA, "256", b"jpeg", extension="jpg")
    assert key == rendition_key(SHA, "256", "jpg") == f"renditions/{SHA[:2]}/{SHA}.256.jpg"
    assert blobs.get(key) == b"jpeg"
    assert blobs.put_rendition(SHA, "256", b"better", extension="jpg") == key
    assert blobs.get(key) == b"better"


def test_what_is_not_there(blobs: Blobs) -> None:
    key = original_key(SHA)
    assert not blobs.exists(key)
    blobs.delete(key)
    for read in (blobs.get, blobs.head, blobs.stream):
        with pytest.raises(NotFound):
            read(key)


def test_delete_and_list(blobs: Blobs) -> None:
    key = blobs.put_original(DATA, SHA)
    rendition = blobs.put_rendition(SHA, "1440", b"webp", extension="webp")
    assert set(blobs.list()) == {key, rendition}
    assert list(blobs.list("renditions")) == [rendition]
    blobs.delete(key)
    assert not blobs.exists(key)
    assert list(blobs.list("originals")) == []


@pytest.mark.parametrize("data", [b"few bytes", LARGE])
def test_file_changed_after_it_was_hashed_is_not_stored(blobs: Blobs, tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "changed"
    source.write_bytes(data + b"more")
    with pytest.raises(StorageError, match="changed"):
        blobs.put_original(source, hashlib.sha256(data).hexdigest())
    assert list(blobs.list()) == []


def test_file_that_is_gone_is_not_stored(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read: No such file"):
        Blobs.open("memory:///").put_original(tmp_path / "gone", SHA)


def test_half_written_put_is_never_visible(tmp_path: Path) -> None:
    blobs = Blobs.open(str(tmp_path))
    seen: list[object] = []

    def look() -> None:
        while not any(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()):
            sleep(0.01)  # the store writes behind our back; the test's own limit ends a wait in vain
        seen.append((blobs.exists(original_key(SHA)), list(blobs.list())))

    def broken() -> Iterator[bytes]:
        yield b"x" * 8 * CHUNK  # more than one part, so that some of it is on disk by now
        onlooker = Thread(target=look)
        onlooker.start()
        onlooker.join()
        raise OSError("the source went away")

    with pytest.raises(StorageError, match="went away"):
        blobs._put(original_key(SHA), broken())
    assert seen == [(False, [])]
    assert not blobs.exists(original_key(SHA))
    assert blobs.get(blobs.put_original(DATA, SHA)) == DATA


def test_leftover_of_a_killed_process_is_in_nobodys_way(tmp_path: Path) -> None:
    blobs = Blobs.open(str(tmp_path))
    leftover = tmp_path / f"{original_key(SHA)}#1"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    assert not blobs.exists(original_key(SHA))
    assert list(blobs.list()) == []
    assert blobs.get(blobs.put_original(DATA, SHA)) == DATA


@pytest.mark.parametrize("key", ["", "..", "originals/../x", "/etc/passwd", "originals//x", "a/./b", "a\0b", "a#1"])
def test_bad_keys_are_refused(key: str) -> None:
    blobs = Blobs.open("memory:///")
    with pytest.raises(InvalidInput):
        blobs.get(key)


@pytest.mark.parametrize("digest", ["", SHA.upper(), SHA[:-1], "../" + SHA[3:], SHA + "\n"])
def test_bad_digests_are_refused(digest: str) -> None:
    with pytest.raises(InvalidInput):
        original_key(digest)


@pytest.mark.parametrize(("variant", "extension"), [("../x", "jpg"), ("256", "exe"), ("", "jpg")])
def test_bad_renditions_are_refused(variant: str, extension: str) -> None:
    with pytest.raises(InvalidInput):
        rendition_key(SHA, variant, extension)


@pytest.mark.parametrize("url", ["ftp://host/x", "s3://bucket?colour=red", "nonsense://"])
def test_bad_urls_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        Blobs.open(url)


def test_a_path_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises((StorageError, InvalidInput)):
        Blobs.open(str(tmp_path / "file")).put_original(DATA, SHA)


def test_unreachable_store_is_a_storage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    blobs = Blobs.open("s3://photos?endpoint=http://127.0.0.1:1&region=us-east-1")
    with pytest.raises(StorageError, match="failed on"):
        blobs.head(original_key(SHA))


def test_local_store_is_what_a_path_opens(tmp_path: Path) -> None:
    assert isinstance(Blobs.open(str(tmp_path))._store, LocalStore)


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_no_original_is_kept_under_its_key(tmp_path: Path, whole: bool) -> None:
    blobs, data = Blobs.open(str(tmp_path / "blobs")), b"zip" * CHUNK
    file = tmp_path / "file"
    file.write_bytes(data)
    blobs.put("exports/7", data if whole else file)
    assert blobs.get("exports/7") == data
    blobs.put("exports/7", b"other")
    assert blobs.get("exports/7") == b"other"


@pytest.mark.parametrize("url", ["folder", "memory:///"])
def test_a_blob_as_a_file(url: str, tmp_path: Path) -> None:
    blobs = Blobs.open(str(tmp_path / "blobs") if url == "folder" else url)
    data = b"frames" * 100_000
    key = blobs.put_original(data, hashlib.sha256(data).hexdigest())
    with blobs.file(key) as path:
        assert path.read_bytes() == data
    assert path.exists() == (url == "folder"), "only a copy is removed"
    with pytest.raises(NotFound), blobs.file(original_key("0" * 64)):
        pass
