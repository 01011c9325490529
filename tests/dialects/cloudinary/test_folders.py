"""Which folders an expression finds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fototeca.assets import Folder
from fototeca.dialects.cloudinary.expression import parse
from fototeca.dialects.cloudinary.folders import _matches
from fototeca.errors import QueryError
from tests.dialects.cloudinary.random_expressions import NOW

FOLDERS = [
    Folder(id=number, uuid=f"{number:032x}", path=path, created=NOW - timedelta(days=number), updated=NOW)
    for number, path in enumerate(("shop", "shop/Summer sale", "shopping", "a/b/summer"), 1)
]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", {1, 2, 3, 4}),
        ("path=shop", {1}),
        ("path:SHOP", {1, 2}),
        ("path:shop*", {1, 2, 3}),
        ("path:shop/*", {1, 2}),
        ("name=summer", {4}),
        ("name:summer", {2, 4}),
        ('name="Summer sale"', {2}),
        ("name:sum*", {2, 4}),
        ("name=Sum*", {2}),
        ("summer*", {2, 4}),
        ("sale", {2}),
        ("NOT name:summer", {1, 3}),
        ("name:summer -path:a/*", {2}),
        ("created_at>36h", {1}),
        ("created_at:[4d TO 2d]", {2, 3, 4}),
        ("created_at=2024-06-13", {2}),
        ("updated_at>=1d AND name=shop", {1}),
        (f"id={1:032x}", {1}),
        ("nonsense=1", set()),
        ("tags", set()),
    ],
)
def test_folders_are_found(expression: str, expected: set[int]) -> None:
    syntax = parse(expression)
    assert {folder.id for folder in FOLDERS if _matches(syntax, folder, NOW)} == expected


@pytest.mark.parametrize("expression", ["name>a", "path:[a TO b]", "created_at>soon"])
def test_mistakes_have_a_position(expression: str) -> None:
    with pytest.raises(QueryError) as caught:
        _matches(parse(expression), FOLDERS[0], NOW)
    assert caught.value.position is not None
