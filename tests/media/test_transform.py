"""Pictures made of pictures: sizes, what a crop keeps, and bounds."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from fototeca.errors import InvalidInput, MediaError
from fototeca.media import Plan, Reader, Step
from fototeca.media.transform import MAX_SIDE, MIME, transform
from tests.videos import corners, still, video


def half_and_half(size: tuple[int, int] = (200, 100), orientation: int = 1) -> bytes:
    """A JPEG that is red on the left and blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    target = io.BytesIO()
    image.save(target, "JPEG", quality=95, exif=exif)
    return target.getvalue()


def made(*steps: Step, format_: str = "png", data: bytes | None = None, **plan: object) -> Image.Image:
    """Carry out steps and open the result."""
    result = transform(data or half_and_half(), Plan(steps=steps, format=format_, **plan))  # type: ignore[arg-type]
    image = Image.open(io.BytesIO(result.data))
    assert image.size == (result.width, result.height)
    return image


def is_red(image: Image.Image, at: tuple[int, int]) -> bool:
    """Whether a pixel is red rather than blue."""
    red, _, blue = image.convert("RGB").getpixel(at)  # type: ignore[misc]
    return red > blue


@pytest.mark.parametrize(
    ("step", "size"),
    [
        (Step(mode="scale", width=100), (100, 50)),
        (Step(mode="scale", height=25), (50, 25)),
        (Step(mode="scale", width=30, height=60), (30, 60)),
        (Step(mode="scale", width=0.5), (100, 50)),
        (Step(mode="scale", width=50, scale=2.0), (100, 50)),
        (Step(mode="fit", width=80, height=80), (80, 40)),
        (Step(mode="fit", width=400, height=400), (400, 200)),
        (Step(mode="limit", width=400, height=400), (200, 100)),
        (Step(mode="fill", width=50, height=50), (50, 50)),
        (Step(mode="fill", width=60, aspect=1.5), (60, 40)),
        (Step(mode="fill", aspect=1.0), (100, 100)),
        (Step(mode="pad", width=50, height=50), (50, 50)),
        (Step(mode="thumb", width=40, height=30, gravity="face"), (40, 30)),
        (Step(mode="crop", width=50, height=500), (50, 100)),
        (Step(mode="mfit", width=80, height=80), (200, 100)),
        (Step(mode="mfit", width=400, height=400), (400, 200)),
        (Step(mode="lfill", width=50, height=50), (50, 50)),
        (Step(mode="lfill", width=400, height=50), (200, 50)),
        (Step(mode="lfill", width=400, height=400), (200, 100)),
        (Step(mode="lpad", width=300, height=50), (300, 50)),
        (Step(angle=90), (100, 200)),
        (Step(angle=45), (212, 212)),
        (Step(angle=-30), (223, 186)),
        (Step(text="words", text_size=20), (200, 100)),
        (Step(), (200, 100)),
    ],
)
def test_sizes(step: Step, size: tuple[int, int]) -> None:
    assert made(step).size == size


def test_a_limited_pad_does_not_enlarge() -> None:
    image = made(Step(mode="lpad", width=400, height=300, background="white"), data=half_and_half())
    assert image.size == (400, 300)
    assert image.convert("RGB").getpixel((60, 60)) == (255, 255, 255)
    assert is_red(image, (110, 150))


def test_a_picture_is_turned_upright_first() -> None:
    assert made(Step(), data=half_and_half(orientation=6)).size == (100, 200)


@pytest.mark.parametrize(("gravity", "red"), [("west", True), ("east", False)])
def test_a_crop_keeps_the_side_that_it_is_told(gravity: str, red: bool) -> None:
    image = made(Step(mode="fill", width=50, height=50, gravity=gravity))
    assert is_red(image, (25, 25)) is red


@pytest.mark.parametrize("mode", ["fill", "thumb"])
def test_a_crop_keeps_faces(mode: str) -> None:
    step = Step(mode=mode, width=20, height=20, gravity="face")
    assert not is_red(made(step, faces=((0.85, 0.4, 0.1, 0.2),)), (10, 10))
    assert is_red(made(step, faces=((0.05, 0.4, 0.1, 0.2),)), (10, 10))


def test_a_crop_finds_where_most_happens() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (100, 60, 3), np.uint8)
    image = Image.new("RGB", (300, 100), "white")
    image.paste(Image.fromarray(noise), (230, 0))
    target = io.BytesIO()
    image.save(target, "PNG")
    cut = made(Step(mode="crop", width=60, height=100, gravity="auto"), data=target.getvalue())
    assert np.asarray(cut.convert("L")).std() > 30


def test_pads_corners_greys_and_letters() -> None:
    assert made(Step(mode="pad", width=50, height=50, background="#00ff00")).convert("RGB").getpixel((0, 0)) == (
        0,
        255,
        0,
    )
    assert made(Step(radius=-1)).convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)
    red, green, blue = made(Step(grayscale=True)).convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert red == green == blue
    plain, written = made(Step()), made(Step(text="HELLO", text_size=40, text_color="white"))
    assert plain.tobytes() != written.tobytes()


@pytest.mark.parametrize("format_", MIME)
def test_every_format_is_written(format_: str) -> None:
    assert made(Step(mode="scale", width=20), Step(radius=3), format_=format_).size == (20, 10)


@pytest.mark.parametrize(
    "step",
    [
        Step(mode="scale", width=MAX_SIDE + 1),
        Step(mode="pad", width=9_999, height=1),
        Step(mode="fill", width=1, height=9_999),
    ],
)
def test_too_large_is_refused_before_it_is_made(step: Step) -> None:
    with pytest.raises(InvalidInput, match="too large"):
        made(step)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(MediaError):
        transform(b"nothing", Plan())


def test_it_happens_where_files_are_read() -> None:
    with Reader(1) as reader:
        assert reader.transform(half_and_half(), Plan(steps=(Step(mode="scale", width=10),))).width == 10
        with pytest.raises(InvalidInput, match="too large"):
            reader.transform(half_and_half(), Plan(steps=(Step(mode="scale", width=99_999),)))


def shades(count: int = 10) -> bytes:
    """A video of ten frames a second, each lighter than the one before, 64 x 36."""
    return video((Image.new("RGB", (64, 36), (20 * at, 20 * at, 20 * at)) for at in range(count)), rate=10)


def lightness(data: bytes, moment: float | None) -> float:
    """Mean grey level of a frame of a video, as a picture made of it shows it."""
    picture = Image.open(io.BytesIO(transform(data, Plan(moment=moment, format="png")).data))
    assert picture.size == (64, 36)
    return float(np.asarray(picture.convert("L")).mean())


@pytest.mark.parametrize(("moment", "at"), [(0.0, 0), (0.1, 1), (0.25, 2), (0.55, 5), (0.9, 9), (1e6, 9)])
def test_a_frame_of_a_video_is_the_one_that_is_shown_then(moment: float, at: int) -> None:
    assert lightness(shades(), moment) == pytest.approx(20 * at, abs=6)


def test_without_a_moment_it_is_the_poster(tmp_path: Path) -> None:
    film = video([Image.new("RGB", (64, 36)), *still(corners((64, 36)), 10)], turned=90)
    path = tmp_path / "film.mp4"
    path.write_bytes(film)
    with Reader(1) as reader:
        upright = reader.transform(path, Plan(steps=(Step(mode="scale", width=18),)))
        assert (upright.width, upright.height) == (18, 32)
        assert np.asarray(Image.open(io.BytesIO(upright.data))).std() > 10
        with pytest.raises(MediaError):
            reader.transform(film[: len(film) // 3], Plan(moment=0.0))
