"""Transformations in URLs: what is read, what is refused, and how a delivery path is taken apart."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.dialects.cloudinary import delivery, derived
from fototeca.dialects.cloudinary.transformations import described, is_component, parse
from fototeca.errors import InvalidInput
from fototeca.media import Step


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("w_300,h_200,c_fill,g_face", (Step(mode="fill", width=300, height=200, gravity="face"),)),
        ("w_300", (Step(mode="scale", width=300),)),
        ("w_0.5", (Step(mode="scale", width=0.5),)),
        ("ar_16:9,w_90", (Step(mode="fill", aspect=16 / 9, width=90),)),
        ("a_90/r_max", (Step(angle=90), Step(radius=-1))),
        ("e_grayscale", (Step(grayscale=True),)),
        ("b_rgb:ff0000,c_pad,w_9", (Step(mode="pad", width=9, background="#ff0000"),)),
        ("l_text:Arial_20:Hello%20you,co_white", (Step(text="Hello you", text_size=20, text_color="white"),)),
        ("f_auto,q_auto", ()),
        ("fl_progressive", (Step(),)),
    ],
)
def test_what_letters_mean(text: str, steps: tuple[Step, ...]) -> None:
    assert parse(text).steps == steps


@pytest.mark.parametrize(
    "text", ["e_sepia", "w_x", "w_-1", "c_x", "g_x", "f_bmp", "q_101", "dpr_11", "b_nocolour", "x", "u_x"]
)
def test_what_is_not_known_is_named(text: str) -> None:
    with pytest.raises(InvalidInput, match=f"Invalid transformation component - {text}"):
        parse(f"w_10,{text}" if "w_" not in text else text)


def test_formats() -> None:
    auto = parse("f_auto")
    assert [auto.plan("jpg", accept).format for accept in ("image/avif", "image/webp", "")] == ["avif", "webp", "jpg"]
    assert auto.plan("png", "").format == "png"
    assert parse("").plan("heic").format == "jpg"
    assert parse("f_png").plan("jpg", asked="webp").format == "png"
    with pytest.raises(InvalidInput):
        parse("").plan("jpg", asked="exe")


@pytest.mark.parametrize(
    ("text", "moment"),
    [("", 5.0), ("so_auto", None), ("so_2.5", 2.5), ("so_25p", 2.5), ("so_100%", 10.0), ("so_0", 0.0)],
)
def test_stills(text: str, moment: float | None) -> None:
    assert parse(text).still(10.0, "jpg").moment == moment


@pytest.mark.parametrize("text", ["so_-1", "so_x", "so_p", "so_101p"])
def test_offsets_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput, match="Invalid transformation component"):
        parse(text)


def test_only_videos_have_an_offset_and_only_pictures_are_stills() -> None:
    with pytest.raises(InvalidInput, match="only videos"):
        parse("so_1").plan("jpg")
    for text, asked in (("", "mp4"), ("", "gif"), ("f_auto", ""), ("w_9", "")):
        with pytest.raises(InvalidInput, match="still picture"):
            parse(text).still(1.0, asked)
    assert parse("f_png").still(1.0, "mp4").format == "png"


def test_a_chain_is_bounded() -> None:
    with pytest.raises(InvalidInput, match="at most"):
        parse("/".join(["a_1"] * 13))
    with pytest.raises(InvalidInput, match="at most"):
        derived.split("|".join(["w_1"] * 21))


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        parse(text).plan("jpg")
    delivery.read(text)


def test_paths() -> None:
    address = delivery.read("s--abcdefgh--/w_10,h_5/t_thumb/v123/dir/w_1/cat.jpg")
    assert (address.signature, address.transformation) == ("abcdefgh", "w_10,h_5/t_thumb")
    assert (address.versioned, address.name) == (True, "dir/w_1/cat.jpg")
    assert address.signed == "w_10,h_5/t_thumb/dir/w_1/cat.jpg"
    assert delivery.read("w_10").name == "w_10"
    assert delivery.read("my_folder/cat.jpg").transformation == ""
    assert is_component("e_sepia")
    assert not is_component("zz_1")


def test_eager_lists() -> None:
    assert derived.split("w_400,h_300|w_260/png|jpg") == [("w_400,h_300", ""), ("w_260", "png"), ("", "jpg")]
    assert described("c_fill,w_10/a_90") == [{"crop": "fill", "width": 10}, {"angle": 90}]
