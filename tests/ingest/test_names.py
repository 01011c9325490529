from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fototeca.catalog.folders import normalize
from fototeca.ingest.names import LONGEST_NAME, file_name, folder_path, path_parts, readable


@pytest.mark.parametrize(
    ("foreign", "parts"),
    [
        ("a/b.jpg", ["a", "b.jpg"]),
        ("../../etc/passwd", ["etc", "passwd"]),
        ("/absolute//path/", ["absolute", "path"]),
        ("C:\\Photos\\..\\x.jpg", ["C:", "Photos", "x.jpg"]),
        ("./.", []),
        ("", []),
        (" padded / name ", ["padded", "name"]),
    ],
)
def test_path_parts(foreign: str, parts: list[str]) -> None:
    assert path_parts(foreign) == parts


def test_bytes_that_are_no_text_become_readable() -> None:
    name = readable(os.fsdecode(b"caf\xe9\x00\n\xe2\x80\xae.jpg"))
    assert name == "caf\ufffd\ufffd\ufffd\ufffd.jpg"
    name.encode()


def test_long_names_are_cut_but_keep_their_suffix() -> None:
    name = file_name("ü" * 300 + ".jpeg")
    assert len(name.encode()) <= LONGEST_NAME
    assert name.endswith("ü.jpeg")
    assert file_name("x" * 300) == "x" * LONGEST_NAME


def test_a_name_that_is_empty_gets_the_fallback() -> None:
    assert file_name("///", fallback="example.org") == "example.org"


def test_a_folder_that_is_too_deep_ends_early() -> None:
    assert folder_path(["part" * 50] * 20).count("/") == 4


@given(st.lists(st.text(alphabet=st.characters(codec=None)), max_size=4))
def test_every_folder_path_is_one_that_the_catalogue_takes(parts: list[str]) -> None:
    path = folder_path(parts)
    assert normalize(path) == path
