from __future__ import annotations

import os
from pathlib import Path

import pytest

from fototeca.errors import FetchError
from fototeca.ingest import Failure, Fetcher, Found, Item, Skipped, estimate, expand
from fototeca.ingest.fetch import Download
from tests.ingest.samples import jpeg, tarred, write, zipped

PHOTO = jpeg()


class Web(Fetcher):
    """Answers from a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, url: str) -> Download:
        path = self._folder / url.rpartition("/")[2]
        if not path.exists():
            raise FetchError("the server answered 404 Not Found")
        return Download(path, path.name, url)


def found(root: Path, *names: str) -> list[Found]:
    return list(expand([str(root / name) if "://" not in name else name for name in names], fetch=Web(root / "web")))


def places(things: list[Found]) -> list[str]:
    return [f"{one.folder}/{one.filename}" for one in things if isinstance(one, Item)]


def reasons(things: list[Found], root: Path) -> dict[str, str]:
    """Why something is not an item, by its path below the root."""
    return {
        one.path.removeprefix(f"{root}/"): one.reason if isinstance(one, Skipped) else one.error
        for one in things
        if not isinstance(one, Item)
    }


def test_a_single_file_lands_at_the_root_and_is_read_whatever_it_is(tmp_path: Path) -> None:
    write(tmp_path, {"a.jpg": PHOTO, "notes.txt": b"hello", ".hidden.jpg": PHOTO})
    things = found(tmp_path, "a.jpg", "notes.txt", ".hidden.jpg")
    assert places(things) == ["/a.jpg", "/notes.txt", "/.hidden.jpg"]
    assert things[0] == Item(tmp_path / "a.jpg", "a.jpg", str(tmp_path / "a.jpg"))


def test_a_folder_keeps_its_name_and_comes_sorted(tmp_path: Path) -> None:
    write(tmp_path / "photos", dict.fromkeys(("b.jpg", "2024/z.jpg", "2024/a/x.jpg", "2023/y.jpg", "a.jpg"), PHOTO))
    expected = ["photos/a.jpg", "photos/b.jpg", "photos/2023/y.jpg", "photos/2024/z.jpg", "photos/2024/a/x.jpg"]
    assert places(found(tmp_path, "photos")) == expected
    assert places(found(tmp_path, "photos/", "photos/../photos/2023")) == [*expected, "2023/y.jpg"]


def test_a_relative_name_gives_absolute_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "photos", {"a.jpg": PHOTO})
    monkeypatch.chdir(tmp_path / "photos")
    [item] = expand(["."], fetch=Web(tmp_path))
    assert isinstance(item, Item)
    assert (item.source, item.folder) == (str(tmp_path / "photos/a.jpg"), "photos")


def test_hidden_things_and_what_is_no_picture_are_told(tmp_path: Path) -> None:
    files = dict.fromkeys((".DS_Store", "Thumbs.db", "@eaDir/a.jpg", ".git/b.jpg", "sub/.c.jpg"), PHOTO)
    write(tmp_path / "p", files | {"notes.txt": b"hello", "empty": b"", "song": b"\0\0\0\x18ftypM4A \0\0\0\0isom"})
    write(tmp_path / "p", {"photo without suffix": PHOTO, "lying.jpg": b"hello"})
    things = found(tmp_path, "p")
    assert places(things) == ["p/lying.jpg", "p/photo without suffix"]
    assert reasons(things, tmp_path / "p") == {
        ".DS_Store": "hidden",
        ".git": "hidden",
        "@eaDir": "hidden",
        "Thumbs.db": "hidden",
        "empty": "the file is empty",
        "notes.txt": "the bytes are of no image or video format that is read",
        "song": "sound files are not read",
        "sub/.c.jpg": "hidden",
    }


def test_links_are_followed_once(tmp_path: Path) -> None:
    write(tmp_path, {"photos/a.jpg": PHOTO, "elsewhere/b.jpg": PHOTO})
    photos = tmp_path / "photos"
    (photos / "circle").symlink_to(photos)
    (photos / "more").symlink_to(tmp_path / "elsewhere")
    (photos / "link.jpg").symlink_to(photos / "a.jpg")
    (photos / "lost.jpg").symlink_to(photos / "gone.jpg")
    os.mkfifo(photos / "pipe.jpg")
    things = found(tmp_path, "photos")
    assert places(things) == ["photos/a.jpg", "photos/link.jpg", "photos/more/b.jpg"]
    assert reasons(things, photos) == {
        "circle": "a link to a folder that was read already",
        "lost.jpg": "a broken link or not a regular file",
        "pipe.jpg": "a broken link or not a regular file",
    }


def test_names_that_are_no_text_can_be_stored(tmp_path: Path) -> None:
    write(tmp_path, {os.fsdecode(b"caf\xe9/\xff.jpg"): PHOTO})
    [item] = found(tmp_path, os.fsdecode(b"caf\xe9"))
    assert isinstance(item, Item)
    assert item.path.read_bytes() == PHOTO
    assert (item.folder, item.filename) == ("caf\ufffd", "\ufffd.jpg")
    item.source.encode()


@pytest.mark.parametrize("name", ["gone.jpg", "gone/", "nul\0byte", "x" * 5000])
def test_a_name_that_leads_nowhere_is_a_failure(tmp_path: Path, name: str) -> None:
    [failure] = found(tmp_path, name)
    assert isinstance(failure, Failure)
    assert failure.error == "no such file or folder"


def test_what_may_not_be_read_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "p", {"a.jpg": PHOTO, "closed/b.jpg": PHOTO})
    real = os.scandir

    def scandir(path: object) -> object:
        if path == tmp_path / "p" / "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)  # type: ignore[call-overload]  # whatever other threads give

    monkeypatch.setattr(os, "scandir", scandir)
    things = found(tmp_path, "p")
    assert places(things) == ["p/a.jpg"]
    assert reasons(things, tmp_path) == {"p/closed": "cannot be read: Permission denied"}


def test_archives_count_as_folders(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "trip.zip": zipped({"day 1/a.jpg": PHOTO, "notes.txt": b"-"}),
            "p/sub/old.tar": tarred({"b.jpg": PHOTO}),
            "web/c.tar.gz": b"not one",
        },
    )
    things = found(tmp_path, "trip.zip", "p", "http://example.org/c.tar.gz")
    assert places(things) == ["trip/day 1/a.jpg", "p/sub/old/b.jpg"]
    assert [one.source for one in things if isinstance(one, Item)] == [
        f"{tmp_path}/trip.zip!day 1/a.jpg",
        f"{tmp_path}/p/sub/old.tar!b.jpg",
    ]
    assert set(reasons(things, tmp_path)) == {"trip.zip!notes.txt", "http://example.org/c.tar.gz"}
    assert not (tmp_path / "web/c.tar.gz").exists(), "a downloaded archive is removed once it is read"


def test_urls_are_fetched_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "web", {"a.jpg": PHOTO, "b.zip": zipped({"x/c.jpg": PHOTO})})
    urls = ["HTTPS://example.org/a.jpg", "http://ann:secret@example.org/gone.jpg", "http://example.org/b.zip"]
    things = found(tmp_path, *urls)
    assert places(things) == ["/a.jpg", "b/x/c.jpg"]
    assert things[1] == Failure("http://example.org/gone.jpg", "the server answered 404 Not Found")
    item = things[0]
    assert isinstance(item, Item)
    item.close()
    assert not item.path.exists()


def test_the_estimate_counts_files(tmp_path: Path) -> None:
    write(tmp_path, {"p/a.jpg": PHOTO, "p/b/c.jpg": PHOTO, "p/.d": b"", "e.tar": b""})
    names = [str(tmp_path / "p"), str(tmp_path / "e.tar"), "http://example.org/x.jpg", "gone"]
    assert estimate(names) == 6
