from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.ingest import ArchiveLimits, Failure, Found, Item, Skipped
from fototeca.ingest.archives import unpack
from tests.ingest.samples import jpeg, tarred, zipped

MIB = 2**20
PHOTO = jpeg()
LIMITS = ArchiveLimits()


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def contents(data: bytes, name: str, limits: ArchiveLimits = LIMITS) -> list[Found]:
    path = Path(tempfile.gettempdir()).parent / name
    path.write_bytes(data)
    return list(unpack(path, name, name, "album", limits))


def tell(found: list[Found]) -> list[str]:
    """One line for each, without what differs between runs."""
    return [
        f"{one.source} -> {one.folder}/{one.filename}"
        if isinstance(one, Item)
        else f"{type(one).__name__} {one.path}: {one.reason if isinstance(one, Skipped) else one.error}"
        for one in found
    ]


MEMBERS = {"b.jpg": PHOTO, "2024/may/a.JPG": PHOTO, "2024/": b"", "no suffix": PHOTO, "broken.png": b"not a png"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", zipped(MEMBERS)),
        ("stored.ZIP", zipped(MEMBERS, zipfile.ZIP_STORED)),
        ("a.tar", tarred(MEMBERS)),
        ("gnu.tar", tarred(MEMBERS, tarfile.GNU_FORMAT)),
        ("a.tar.gz", gzip.compress(tarred(MEMBERS))),
        ("a.TGZ", gzip.compress(tarred(MEMBERS))),
        ("a.tar.bz2", bz2.compress(tarred(MEMBERS))),
        ("a.tar.xz", lzma.compress(tarred(MEMBERS))),
    ],
)
def test_pictures_come_out_with_their_folders(name: str, data: bytes, temporary: Path) -> None:
    found = contents(data, name)
    items = [one for one in found if isinstance(one, Item)]
    assert [f"{one.folder}/{one.filename}" for one in items][:3] == [
        "album/b.jpg",
        "album/2024/may/a.JPG",
        "album/no suffix",
    ]
    assert items[0].source == f"{name}!b.jpg"
    assert [one.path.read_bytes() for one in items][:3] == [PHOTO] * 3
    assert items[3].path.read_bytes() == b"not a png"
    assert all(one.temporary and one.path.parent == temporary for one in items)
    for item in items:
        item.close()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("make", [zipped, tarred])
def test_what_is_left_out_is_told(make: type) -> None:
    members = {
        "readme.txt": b"hello",
        ".hidden/a.jpg": PHOTO,
        "__MACOSX/._a.jpg": PHOTO,
        "@eaDir/a.jpg": PHOTO,
        "Thumbs.db": b"x",
        "more.zip": zipped({"a.jpg": PHOTO}),
        "song.m4a": b"\0\0\0\x14ftypM4A \0\0\0\0isom",
    }
    archive = "a.zip" if make is zipped else "a.tar"
    assert tell(contents(make(members), archive)) == [
        f"Skipped {archive}!readme.txt: the bytes are of no image or video format that is read",
        f"Skipped {archive}!.hidden/a.jpg: hidden",
        f"Skipped {archive}!__MACOSX/._a.jpg: hidden",
        f"Skipped {archive}!@eaDir/a.jpg: hidden",
        f"Skipped {archive}!Thumbs.db: hidden",
        f"Skipped {archive}!more.zip: an archive inside an archive",
        f"Skipped {archive}!song.m4a: sound files are not read",
    ]


@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_cannot_leave_the_folder(make: type, temporary: Path) -> None:
    members = {"../../outside.jpg": PHOTO, "/etc/cron.d/a.jpg": PHOTO, "C:\\x\\b.jpg": PHOTO, "a/../../c.jpg": PHOTO}
    found = contents(make(members), "a.zip" if make is zipped else "a.tar")
    assert [(one.folder, one.filename) for one in found if isinstance(one, Item)] == [
        ("album", "outside.jpg"),
        ("album/etc/cron.d", "a.jpg"),
        ("album/C:/x", "b.jpg"),
        ("album/a", "c.jpg"),
    ]
    assert len(list(temporary.iterdir())) == 4


def test_links_and_devices_are_not_followed() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            header = tarfile.TarInfo("a.jpg")
            header.type, header.linkname = kind, "/etc/passwd"
            archive.addfile(header)
    assert tell(contents(file.getvalue(), "a.tar")) == ["Skipped a.tar!a.jpg: not a regular file"] * 4


def test_an_encrypted_member_is_refused_and_the_others_read() -> None:
    data = bytearray(zipped({"a.jpg": PHOTO, "b.jpg": PHOTO}))
    data[data.index(b"PK\1\2") + 8] |= 1
    assert tell(contents(bytes(data), "a.zip")) == [
        "Failure a.zip!a.jpg: encrypted in the archive",
        "a.zip!b.jpg -> album/b.jpg",
    ]


def test_a_damaged_member_is_refused_and_the_others_read(temporary: Path) -> None:
    data = bytearray(zipped({"a.jpg": PHOTO, "b.jpg": PHOTO}, zipfile.ZIP_STORED))
    data[data.index(PHOTO) + 300] ^= 0xFF
    assert tell(contents(bytes(data), "a.zip")) == [
        "Failure a.zip!a.jpg: damaged in the archive (Bad CRC-32 for file 'a.jpg')",
        "a.zip!b.jpg -> album/b.jpg",
    ]
    assert len(list(temporary.iterdir())) == 1


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_bound_are_refused(method: int) -> None:
    [failure] = contents(zipped({"a.jpg": PHOTO}, method), "a.zip")
    assert failure == Failure("a.zip!a.jpg", "compressed in the archive by a method that is not read here")


@pytest.mark.parametrize("cut", [10, 700, 1400, 2300, 2600])
def test_a_tar_that_is_cut_off_gives_what_came_before(cut: int) -> None:
    members = {"a.jpg": PHOTO, "b.jpg": PHOTO}
    whole = tarred(members, tarfile.USTAR_FORMAT)
    padded = 512 + -(-len(PHOTO) // 512) * 512
    found = contents(whole[:cut], "a.tar")
    assert sum(isinstance(one, Item) for one in found) == min(cut // padded, 2)
    assert isinstance(found[-1], Failure)
    assert "damaged or cut off" in found[-1].error


@pytest.mark.parametrize(("suffix", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_a_compressed_tar_that_is_cut_off_is_told(suffix: str, compress: type) -> None:
    data = compress(tarred({f"{number}.jpg": jpeg(number, (256, 256)) for number in range(40)}))
    found = contents(data[: len(data) * 3 // 4], f"a.tar.{suffix}")
    assert isinstance(found[-1], Failure)
    assert "damaged or cut off" in found[-1].error
    if suffix == "gz":
        assert 20 < len(found) < 40


def test_a_tar_with_a_damaged_header_in_the_middle_does_not_end_silently() -> None:
    data = bytearray(tarred({"a.jpg": PHOTO, "b.jpg": PHOTO}, tarfile.USTAR_FORMAT))
    data[data.index(b"b.jpg")] ^= 0xFF
    assert tell(contents(bytes(data), "a.tar")) == [
        "a.tar!a.jpg -> album/a.jpg",
        "Failure a.tar: the archive is damaged or cut off (bad checksum)",
    ]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz"])
@pytest.mark.parametrize("data", [b"", b"no archive at all" * 100, bytes(300)])
def test_what_is_no_archive_is_told(name: str, data: bytes) -> None:
    [failure] = contents(data, name)
    assert isinstance(failure, Failure)
    assert "\n" not in failure.error


def test_a_zip_cut_off_is_told() -> None:
    [failure] = contents(zipped({"a.jpg": PHOTO})[:-30], "a.zip")
    assert failure == Failure("a.zip", "the archive is damaged or cut off (File is not a zip file)")


def test_a_bomb_ends_the_archive() -> None:
    bomb = PHOTO + bytes(40 * MIB)
    members = {"a.jpg": PHOTO, "b.jpg": bomb, "c.jpg": bomb, "d.jpg": PHOTO}
    limits = ArchiveLimits(free_bytes=50 * MIB)
    for data, name in ((zipped(members), "a.zip"), (gzip.compress(tarred(members)), "a.tgz")):
        assert tell(contents(data, name, limits)) == [
            f"{name}!a.jpg -> album/a.jpg",
            f"{name}!b.jpg -> album/b.jpg",
            f"Failure {name}: the archive unpacks to far more than its own size; the rest is not read",
        ]


def test_a_member_over_the_limit_is_refused_unless_it_is_no_picture_anyway() -> None:
    members = {"a.jpg": PHOTO + bytes(5000), "b.txt": b"x" * 9000, "c.jpg": PHOTO}
    limits = ArchiveLimits(member_bytes=5000)
    for data, name in ((zipped(members), "a.zip"), (tarred(members), "a.tar")):
        assert tell(contents(data, name, limits)) == [
            f"Failure {name}!a.jpg: larger than the limit of 5,000 bytes",
            f"Skipped {name}!b.txt: the bytes are of no image or video format that is read",
            f"{name}!c.jpg -> album/c.jpg",
        ]


@pytest.mark.parametrize("make", [zipped, tarred])
def test_too_many_members_end_the_archive(make: type) -> None:
    found = contents(
        make(dict.fromkeys("abcdef", b"")), "a.zip" if make is zipped else "a.tar", ArchiveLimits(members=3)
    )
    assert [type(one) for one in found] == [Skipped, Skipped, Skipped, Failure]
    assert "too many members" in tell(found)[-1]


def test_a_member_that_lies_about_its_size_is_damaged() -> None:
    data = bytearray(zipped({"a.jpg": PHOTO + bytes(MIB)}))
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = struct.pack("<I", 1000)
    [failure] = contents(bytes(data), "a.zip")
    assert isinstance(failure, Failure)
    assert "damaged in the archive" in failure.error


def raw_header(name: bytes, size: int, kind: bytes) -> bytes:
    header = bytearray(tarfile.TarInfo("x").tobuf(tarfile.GNU_FORMAT))
    header[: len(name)] = name
    header[124:136] = b"\xff" * 8 + struct.pack(">i", size) if size < 0 else b"%011o\0" % size
    header[156:157] = kind
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize(
    "data",
    [
        raw_header(b"a.jpg", -512, b"0"),
        raw_header(b"long", 3 * 2**30, tarfile.GNUTYPE_LONGNAME),
        raw_header(b"pax", 3 * 2**30, tarfile.XHDTYPE),
        raw_header(b"pax", -1024, tarfile.XHDTYPE),
    ],
    ids=["negative size", "huge long name", "huge extended header", "negative extended header"],
)
def test_tar_headers_that_lie_are_refused(data: bytes) -> None:
    first = tarred({".a.jpg": bytes(512)}, tarfile.USTAR_FORMAT)[:1024]
    assert tell(contents(first + data + bytes(4096), "a.tar")) == [
        "Skipped a.tar!.a.jpg: hidden",
        "Failure a.tar: the archive is damaged or cut off (a header has an impossible size)",
    ]


def test_an_extended_header_with_a_negative_size_is_refused() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        header = tarfile.TarInfo("a.jpg")
        header.pax_headers = {"size": "-2048"}
        archive.addfile(header)
    [failure] = contents(file.getvalue(), "a.tar")
    assert failure == Failure("a.tar", "the archive is damaged or cut off (a header has an impossible size)")


def test_a_chain_of_extended_headers_is_refused() -> None:
    link = raw_header(b"long", 512, tarfile.GNUTYPE_LONGNAME) + bytes(512)
    [failure] = contents(link * 5000, "a.tar")
    assert isinstance(failure, Failure)
    assert "damaged or cut off" in failure.error


@given(data=st.data())
def test_random_damage_never_raises(data: st.DataObject) -> None:
    make, name = data.draw(st.sampled_from([(zipped, "a.zip"), (tarred, "a.tar")]))
    archive = bytearray(make({"a.jpg": PHOTO, "b.jpg": PHOTO}))
    for at in data.draw(st.lists(st.integers(0, len(archive) - 1), min_size=1, max_size=8)):
        archive[at] = data.draw(st.integers(0, 255))
    for one in contents(bytes(archive), name):
        if isinstance(one, Item):
            one.close()
