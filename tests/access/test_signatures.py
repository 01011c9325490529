"""Signatures against published vectors, and that nothing else passes for one."""

from __future__ import annotations

import pytest

from fototeca.access.signatures import (
    LIFETIME,
    check,
    check_delivery,
    check_search,
    check_timestamp,
    sign,
    text_to_sign,
)
from fototeca.errors import Forbidden, InvalidInput, Unauthenticated

SECRET = "abcd"
EAGER = [
    ("public_id", "sample_image"),
    ("timestamp", "1315060510"),
    ("eager", "w_400,h_300,c_pad|w_260,h_200,c_crop"),
]
LISTED = [
    ("timestamp", "1315060510"),
    ("public_id", "sample"),
    ("tags[]", "a"),
    ("tags[]", "b&c"),
    ("x", "true"),
    ("empty", ""),
    ("file", "data:…"),
    ("api_key", "1"),
]
NOW = 1315060510.0


def test_the_text_is_sorted_joined_and_escaped() -> None:
    text = "eager=w_400,h_300,c_pad|w_260,h_200,c_crop&public_id=sample_image&timestamp=1315060510"
    assert text_to_sign(EAGER) == text
    assert text_to_sign(LISTED) == "public_id=sample&tags=a,b%26c&timestamp=1315060510&x=true"
    assert text_to_sign(LISTED, version=1) == "public_id=sample&tags=a,b&c&timestamp=1315060510&x=true"


@pytest.mark.parametrize(
    ("parameters", "version", "bits", "digest"),
    [
        (EAGER, 2, 160, "bfd09f95f331f558cbd1320e67aa8d488770583e"),
        (LISTED, 2, 160, "723d44fab73402e3a111faa3434366936ebcd179"),
        (LISTED, 2, 256, "163eb31fcf007f24400b40d6808310ed617493c05ff6e4e87aee26e6e4e96255"),
        (LISTED, 1, 160, "0e6a44eef9d276ca14890b7c91ac29f29a1b80b5"),
    ],
)
def test_published_digests(parameters: list[tuple[str, str]], version: int, bits: int, digest: str) -> None:
    assert sign(text_to_sign(parameters, version=version), SECRET, bits=bits) == digest
    if version == 2:
        check(parameters, digest, SECRET, timestamp="1315060510", now=NOW)


def test_the_signature_of_an_answer() -> None:
    assert sign("public_id=sample&version=1315060510", SECRET) == "912d90b6fe28aa6820cf928bc440a65a0f36e002"


@pytest.mark.parametrize(
    "signature", ["", "0" * 40, "0" * 64, "x", "0e6a44eef9d276ca14890b7c91ac29f29a1b80b5", "é" * 40]
)
def test_anything_else_is_refused(signature: str) -> None:
    with pytest.raises(Unauthenticated, match="String to sign - 'public_id=sample&tags="):
        check(LISTED, signature, SECRET, timestamp="1315060510", now=NOW)


@pytest.mark.parametrize("seconds", [-LIFETIME, 0, LIFETIME])
def test_timestamps_are_good_for_an_hour(seconds: int) -> None:
    check_timestamp("1315060510", now=NOW + seconds)


@pytest.mark.parametrize("timestamp", ["", "x", "1315056909", "1315064111", "-5", "9" * 30, "\u0661"])
def test_other_timestamps_are_not(timestamp: str) -> None:
    with pytest.raises(InvalidInput):
        check_timestamp(timestamp, now=NOW)


@pytest.mark.parametrize(
    ("ttl", "signature"),
    [
        ("300", "431454b74cefa342e2f03e2d589b2e901babb8db6e6b149abf25bc0dd7ab20b7"),
        ("1000", "25b91426a37d4f633a9b34383c63889ff8952e7ffecef29a17d600eeb3db0db7"),
    ],
)
def test_search_urls(ttl: str, signature: str) -> None:
    query = (
        "eyJleHByZXNzaW9uIjoicmVzb3VyY2VfdHlwZTppbWFnZSBBTkQgdGFncz1raXR0ZW4gQU5EIHVwbG9hZGVkX2F0PjFkIEFORCBi"
        "eXRlcz4xbSIsIm1heF9yZXN1bHRzIjozMCwic29ydF9ieSI6W3sicHVibGljX2lkIjoiZGVzYyJ9XX0="
    )
    check_search(ttl, query, signature, ["other", "secret"])
    for secrets in (["other"], []):
        with pytest.raises(Unauthenticated):
            check_search(ttl, query, signature, secrets)
    with pytest.raises(Unauthenticated):
        check_search("301", query, signature, ["secret"])


@pytest.mark.parametrize("signature", ["", "12345678", "x" * 32, "é" * 8])
def test_delivery_urls_that_nobody_signed(signature: str) -> None:
    with pytest.raises(Forbidden):
        check_delivery("dir/sample.jpg", signature, ["secret"])
