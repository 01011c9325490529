"""What containers tell beside picture and sound."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.assets import Gps
from fototeca.media import read
from fototeca.media.metadata import describe_container
from fototeca.media.metadata.container import position
from tests.videos import corners, still, video

APPLE = {
    "creation_time": "2023-05-01T10:20:30Z",
    "com.apple.quicktime.creationdate": "2023-05-01T12:20:30+0200",
    "com.apple.quicktime.location.ISO6709": "+48.2082+016.3738+151.0/",
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.model": "iPhone 13 Pro",
    "com.apple.quicktime.software": "15.1",
    "title": "Prater",
    "artist": "Ann",
    "keywords": "wheel, night; wheel",
}


def apple() -> bytes:
    return video(still(corners(), 3), "mov", metadata=APPLE, options={"movflags": "use_metadata_tags"})


def test_phone_video() -> None:
    facts = read(apple(), filename="IMG_0001.MOV").facts
    assert facts.taken == datetime(2023, 5, 1, 12, 20, 30, tzinfo=timezone(timedelta(hours=2)))
    assert facts.taken.utcoffset() == timedelta(hours=2)
    assert facts.gps == Gps(latitude=48.2082, longitude=16.3738, altitude=151)
    assert facts.place is not None
    assert facts.place.country == "Austria"
    assert (facts.camera.make, facts.camera.model, facts.camera.software) == ("Apple", "iPhone 13 Pro", "15.1")
    assert (facts.title, facts.artist, facts.keywords) == ("Prater", "Ann", ("wheel", "night"))


def test_android_video() -> None:
    told = {"creation_time": "2023-05-01T10:20:30Z", "location": "+48.2082+016.3738/"}
    facts = read(video(still(corners(), 3), metadata=told), filename="VID.mp4").facts
    assert facts.taken == datetime(2023, 5, 1, 10, 20, 30, tzinfo=UTC)
    assert facts.gps is not None
    assert (facts.gps.latitude, facts.gps.longitude) == pytest.approx((48.2082, 16.3738), abs=1e-4)


@pytest.mark.parametrize(("muxer", "codec"), [("matroska", "libx264"), ("webm", "libvpx")])
def test_matroska(muxer: str, codec: str) -> None:
    told = {"creation_time": "2021-02-03T04:05:06Z", "title": "A title", "artist": "Bob"}
    facts = read(video(still(corners(), 3), muxer, codec, metadata=told), filename="a").facts
    assert facts.taken == datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert (facts.title, facts.artist) == ("A title", "Bob")
    assert facts.tags["Matroska:Title"] == "A title"


def test_names_and_values_are_those_of_exiftool(tmp_path: Path) -> None:
    program = shutil.which("exiftool")
    if not program:
        pytest.skip("needs exiftool (Debian: libimage-exiftool-perl)")
    path = tmp_path / "a.mov"
    path.write_bytes(apple())
    command = [program, "-j", "-G", "-api", "QuickTimeUTC=0", str(path)]
    [told] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    tags = read(path, filename="a.mov").facts.tags
    for name in ("CreateDate", "CreationDate", "Make", "Model", "Software", "Title", "Artist", "CompressorID"):
        expected = str(told[f"QuickTime:{name}"]).replace("+02:00", "+0200")
        assert tags[f"QuickTime:{name}"] == expected, name
    assert "QuickTime:GPSCoordinates" in told
    assert "QuickTime:GPSCoordinates" in tags


@pytest.mark.parametrize("value", ["1904-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z", "2023", "", "soon"])
def test_times_that_are_none(value: str) -> None:
    assert describe_container({"creation_time": value, "date": value}, "mov", {}).taken is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+48.2082+016.3738/", (48.2082, 16.3738, None)),
        ("-34.6037-058.3816+025.000/", (-34.6037, -58.3816, 25.0)),
        ("+4812.5+01622.25-10/", (48 + 12.5 / 60, 16 + 22.25 / 60, -10.0)),
        ("+481230+0162230.5/", (48 + 12 / 60 + 30 / 3600, 16 + 22 / 60 + 30.5 / 3600, None)),
        ("+40.7128-074.0060CRSWGS_84/", (40.7128, -74.006, None)),
        ("+00.0000+000.0000/", None),
        ("+91.0000+000.0000/", None),
        ("somewhere", None),
        ("", None),
    ],
)
def test_position(value: str, expected: tuple[float, float, float | None] | None) -> None:
    found = position(value)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (found.latitude, found.longitude) == pytest.approx(expected[:2], abs=1e-8)
        assert found.altitude == expected[2]


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=60)), st.text(max_size=30))
def test_any_text_is_survived(metadata: dict[str, str], value: str) -> None:
    describe_container(metadata | {"location": value, "creation_time": value, "date": value}, "mov", {})
