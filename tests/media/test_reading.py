"""Whole files through `read`: every format and mode, and everything that must be refused."""

from __future__ import annotations

import hashlib
import io
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageDraw

from fototeca.errors import CorruptMedia, MediaError, MediaTooLarge, NotFound, UnsupportedMedia
from fototeca.media import Limits, Media, read

pillow_heif.register_heif_opener()  # so that Pillow can write the format, too

FORMATS = {
    "jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP", "tiff": "TIFF", "bmp": "BMP", "heic": "HEIF",
    "avif": "AVIF",
}  # fmt: skip


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def read_made(image: Image.Image, kind: str = "PNG", *, pixels: bool = False, **options: Any) -> Media:
    return read(encoded(image, kind, **options), filename="made", keep_pixels=pixels)


def corners(size: tuple[int, int] = (60, 40)) -> Image.Image:
    """Black, with a red corner at the top left and a blue one at the top right."""
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 4, size[1] // 4), "red")
    draw.rectangle((size[0] - size[0] // 4, 0, size[0], size[1] // 4), "blue")
    return image


def shown(media: Media, side: str = "1440") -> Image.Image:
    return Image.open(io.BytesIO(media.renditions[side].data))


@pytest.mark.parametrize("name", FORMATS)
def test_format(name: str) -> None:
    data = encoded(corners(), FORMATS[name])
    media = read(data, filename="lies.txt")
    mime = "image/jpeg" if name == "jpg" else f"image/{name}"
    assert (media.format, media.mime, media.width, media.height) == (name, mime, 60, 40)
    assert media.bytes == len(data)
    assert media.filename == "lies.txt"
    assert (media.facts.frames, media.facts.animated, media.facts.orientation) == (1, False, 1)
    assert media.sha256 == hashlib.sha256(data).hexdigest()
    assert media.facts.sha1 == hashlib.sha1(data).hexdigest()
    assert media.facts.md5 == hashlib.md5(data).hexdigest()
    red, _, blue = shown(media).convert("RGB").getpixel((3, 3))  # type: ignore[misc]
    assert red > 200 > 60 > blue


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(kind: str, orientation: int) -> None:
    upright = corners((60, 40))
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for step in undo.get(orientation, []):
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    media = read_made(stored, kind, exif=exif)
    assert (media.width, media.height, media.facts.orientation) == (60, 40, orientation)
    picture = shown(media).convert("RGB")
    assert picture.size == (60, 40)
    assert np.argmax(picture.getpixel((3, 3))) == 0  # type: ignore[arg-type]
    assert np.argmax(picture.getpixel((56, 3))) == 2  # type: ignore[arg-type]
    assert max(picture.getpixel((3, 36))) < 60  # type: ignore[arg-type]


def test_heic_is_turned_by_its_container_and_not_again_by_exif(shared: Path) -> None:
    path = shared / "photos/exif-samples/heic/mobile/iphone_13_pro_max.HEIC"
    media = read(path, filename=path.name)  # stored as 4032 x 3024, with a rotation in the container and in EXIF
    assert (media.width, media.height, media.facts.orientation) == (3024, 4032, 1)
    assert shown(media).size == (1080, 1440)


def test_transparent_picture_keeps_its_transparency() -> None:
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    image.paste((0, 128, 0, 255), (0, 0, 40, 20))
    media = read_made(image, pixels=True)
    assert media.facts.transparent
    assert {rendition.extension for rendition in media.renditions.values()} == {"webp"}
    assert shown(media).getchannel("A").getextrema() == (0, 255)
    assert [colour.name for colour in media.facts.colors] == ["green"]
    assert media.pixels is not None
    assert media.pixels[30, 30].tolist() == [255, 255, 255]


def test_alpha_that_hides_nothing_is_no_transparency() -> None:
    media = read_made(Image.new("RGBA", (40, 40), "orange"))
    assert not media.facts.transparent
    assert media.renditions["256"].extension == "jpg"
    assert media.facts.mode == "RGBA"


def test_palette_with_transparency() -> None:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 10, 20))
    media = read_made(image, transparency=0)
    assert (media.facts.mode, media.facts.transparent) == ("P", True)
    assert [colour.name for colour in media.facts.colors] == ["blue"]


@pytest.mark.parametrize(
    ("image", "mode", "expected"),
    [
        (Image.fromarray(np.full((9, 9), 0x8000, np.uint16)), "I;16", 128),
        (Image.fromarray(np.full((9, 9), 128, np.int32)), "I", 128),
        (Image.fromarray(np.array([[0.0, 1.0]], np.float32)), "F", 0),
        (Image.fromarray(np.array([[-1.0, 0.0, 1.0]], np.float32)), "F", 127),
        (Image.new("1", (9, 9), 1), "1", 255),
        (Image.new("L", (9, 9), 77), "L", 77),
        (Image.new("LA", (9, 9), (77, 255)), "LA", 77),
        (Image.new("CMYK", (9, 9), (0, 0, 0, 0)), "CMYK", 255),
    ],
)
def test_unusual_modes(image: Image.Image, mode: str, expected: int) -> None:
    media = read_made(image, "TIFF", pixels=True)
    assert media.facts.mode == mode
    assert media.pixels is not None
    middle = media.pixels[0, media.pixels.shape[1] // 2 if mode == "F" and media.width == 3 else 0]
    assert np.abs(middle.astype(int) - expected).max() <= 1
    assert media.facts.grayscale


def test_sixteen_bit_png() -> None:
    media = read_made(Image.fromarray(np.full((9, 9), 0xC000, np.uint16)), pixels=True)
    assert media.pixels is not None
    assert media.pixels[4, 4].tolist() == [192, 192, 192]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animation(kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    media = read_made(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert (media.facts.frames, media.facts.animated) == (3, True)
    assert media.facts.colors[0].name == "red"


def test_pages_are_not_an_animation() -> None:
    pages = [Image.new("L", (20, 20), level) for level in (0, 255)]
    media = read_made(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert (media.facts.frames, media.facts.animated) == (2, False)


def test_mpo_is_a_jpeg_of_one_frame() -> None:
    media = read_made(corners(), "MPO", save_all=True, append_images=[corners()])
    assert (media.format, media.facts.frames, media.facts.animated) == ("jpg", 1, False)


def test_renditions_are_bare_and_never_larger_than_the_original() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    media = read_made(corners((3000, 1500)), "JPEG", exif=exif, comment=b"secret")
    assert {name: (r.width, r.height) for name, r in media.renditions.items()} == {
        "1440": (1440, 720),
        "256": (256, 128),
    }
    for name, rendition in media.renditions.items():
        picture = shown(media, name)
        assert picture.size == (rendition.width, rendition.height)
        assert {"exif", "comment", "icc_profile", "xmp"}.isdisjoint(picture.info)
    assert (media.width, media.height, media.facts.camera.make) == (3000, 1500, "Maker")
    small = read_made(corners((300, 100)))
    assert {r.width for r in small.renditions.values()} == {256, 300}


@pytest.mark.parametrize(("size", "same"), [((256, 200), True), ((257, 200), False)])
def test_small_picture_is_encoded_once(size: tuple[int, int], same: bool) -> None:
    renditions = read_made(corners(size)).renditions
    assert (renditions["256"] is renditions["1440"]) == same


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (2, 3)])
def test_extreme_shapes(size: tuple[int, int]) -> None:
    media = read_made(Image.new("RGB", size, "white"))
    assert (media.width, media.height) == size
    assert max(shown(media).size) == min(1440, max(size))


def test_profile_is_applied_and_named(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    media = read_made(corners(), icc_profile=lab.tobytes())
    assert media.facts.profile == "Lab identity built-in"  # unusable for RGB pixels, which stay as they are
    assert np.argmax(shown(media).getpixel((3, 3))) == 0  # type: ignore[arg-type]
    assert read_made(corners(), icc_profile=b"nonsense").facts.profile is None


def test_adobe_rgb_photo_is_shown_in_srgb(shared: Path) -> None:
    path = shared / "photos/faces/img39.jpg"
    media = read(path, filename=path.name, keep_pixels=True)
    assert media.facts.profile == "Adobe RGB (1998)"
    assert media.pixels is not None
    raw = Image.open(path)
    raw.thumbnail(media.pixels.shape[1::-1])
    spread = [np.ptp(pixels.astype(int), axis=2).mean() for pixels in (np.asarray(raw), media.pixels)]
    assert spread[1] > spread[0] * 1.05  # the same colours need larger numbers in a smaller space


def test_pixels_only_where_asked() -> None:
    assert read_made(corners()).pixels is None
    media = read_made(corners((3000, 1500)), pixels=True)
    assert media.pixels is not None
    assert media.pixels.shape == (720, 1440, 3)
    assert media.pixels.dtype == np.uint8


def test_media_can_cross_processes() -> None:
    media = read_made(corners(), pixels=True)
    assert pickle.loads(pickle.dumps(media)) == media


def test_path_and_bytes_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(corners()))
    assert read(path, filename="a") == read(path.read_bytes(), filename="a")


# --- what is refused ----------------------------------------------------------------------------------------


def refused(data: bytes | Path, kind: type[MediaError], reason: str, limits: Limits | None = None) -> None:
    with pytest.raises(kind, match=reason):
        read(data, filename="refused", limits=limits)


@pytest.mark.parametrize("name", ["jpg", "png", "gif", "webp", "bmp", "tiff", "heic", "avif"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_truncated_file(name: str, part: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8))
    data = encoded(noise, FORMATS[name])
    refused(data[: int(len(data) * part)], CorruptMedia, f"the {name} file is (truncated|broken)")


def test_truncated_jpeg_is_called_truncated_even_where_draft_would_not_need_the_rest() -> None:
    data = encoded(Image.effect_noise((4000, 3000), 90), "JPEG")
    refused(data[: len(data) * 9 // 10], CorruptMedia, "jpg file is truncated")


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x14ftypM4A \0\0\0\0isom", "sound"),
        (b"\0\0\0\x14ftypcrx \0\0\0\0crx ", "raw"),
        (b"II*\0\x10\0\0\0CR\2\0", "raw"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"plain words", "no image or video format"),
    ],
)
def test_unsupported_format_is_named(start: bytes, reason: str) -> None:
    refused(start + bytes(100), UnsupportedMedia, reason)


def test_dng_is_not_taken_for_its_thumbnail() -> None:
    tags = Image.Exif()
    tags[50706] = b"\1\4\0\0"
    refused(encoded(corners(), "TIFF", exif=tags), UnsupportedMedia, "raw")


def test_empty_file() -> None:
    refused(b"", CorruptMedia, "empty")


@pytest.mark.parametrize("name", FORMATS)
def test_header_alone(name: str) -> None:
    refused(encoded(corners(), FORMATS[name])[:16], CorruptMedia, f"the {name} file is")


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that tells of that many pixels and holds none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    packed = (struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def test_bomb_is_refused_by_its_header() -> None:
    refused(png_of_size(1 << 30, 1 << 30), MediaTooLarge, "pixels")
    refused(png_of_size(0, 10), CorruptMedia, "png")
    refused(png_of_size(100, 100), CorruptMedia, "truncated")


def test_limits() -> None:
    data = encoded(corners())
    refused(data, MediaTooLarge, "bytes", Limits(max_bytes=len(data) - 1))
    refused(data, MediaTooLarge, "60 x 40 pixels", Limits(max_pixels=2399))
    assert read(data, filename="fits", limits=Limits(max_bytes=len(data), max_pixels=2400)).width == 60
    frames = [Image.new("L", (4, 4), level) for level in range(0, 250, 50)]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    refused(moving, MediaTooLarge, "5 frames", Limits(max_frames=4))


def test_what_is_no_file(tmp_path: Path) -> None:
    refused(tmp_path, UnsupportedMedia, "regular file")
    with pytest.raises(NotFound):
        read(tmp_path / "nothing", filename="nothing")


def test_decoders_warnings_stay_inside(shared: Path) -> None:
    """Warnings are errors in these tests, and this file makes Pillow warn."""
    path = shared / "photos/odd/truncated_exif_dpi.jpg"
    assert read(path, filename=path.name).format == "jpg"
