"""Grouped tags, kept as the tags that every other dialect knows.

The value "red" of the group "color" is the tag "color:red". A tag without a colon is a value of the group "tags". A
colon in a group's name is kept as a modifier letter that looks like it, so that the first colon always ends the group.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from fototeca.assets import Asset
from fototeca.catalog import AssetPatch
from fototeca.errors import InvalidInput

PLAIN = "tags"
"""The group of tags that name none."""
LONGEST = 255
_COLON, _LOOKALIKE = ":", "\ua789"


def split(tag: str) -> tuple[str, str]:
    """Return the group and the value of a tag."""
    group, colon, value = tag.partition(_COLON)
    return (group.replace(_LOOKALIKE, _COLON), value) if colon and group and value else (PLAIN, tag)


def joined(group: str, value: str) -> str:
    """Return the tag for a value of a group."""
    if group == PLAIN and split(value) == (PLAIN, value):
        return value
    return f"{group.replace(_COLON, _LOOKALIKE)}{_COLON}{value}"


def spellings(group: str, value: str) -> list[str]:
    """Return every tag that is this value of this group."""
    explicit = f"{group.replace(_COLON, _LOOKALIKE)}{_COLON}{value}"
    return list(dict.fromkeys((joined(group, value), explicit)))


def grouped(tags: Iterable[str]) -> dict[str, list[str]]:
    """Return the values of each group, each once, in their order."""
    groups: dict[str, dict[str, None]] = {}
    for tag in tags:
        group, value = split(tag)
        groups.setdefault(group, {})[value] = None
    return {group: list(values) for group, values in groups.items()}


def of_asset(asset: Asset) -> dict[str, list[str]]:
    """Return an asset's tags and the keywords written into its file, as the field `tag` has them."""
    return grouped([*asset.tags, *asset.facts.keywords])


def given(value: Any, field: str) -> dict[str, list[str]]:
    """Read groups that were sent.

    Raises:
        InvalidInput: It is no object whose members are arrays of texts.
    """
    if not isinstance(value, dict):
        raise InvalidInput(f'{field} must be an object such as {{"color": ["red"]}}', field=field)
    for group, values in value.items():
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise InvalidInput(f'{field}: "{str(group)[:40]}" must be an array of strings', field=field)
    return value


def checked(groups: dict[str, list[str]]) -> list[str]:
    """Return the tags of groups that are to be kept.

    Raises:
        InvalidInput: A group or a value is empty or too long.
    """
    tags = [joined(group, value) for group, values in groups.items() for value in values]
    if not all(group and value for group, values in groups.items() for value in values):
        raise InvalidInput("a tag needs a group and a value that are not empty", field="tags")
    if any(len(tag) > LONGEST for tag in tags):
        raise InvalidInput(f"a group and a value together have at most {LONGEST - 1} characters", field="tags")
    return tags


def without(asset: Asset, group: str, value: str | None) -> dict[str, Any]:
    """Return the change that takes one value, or a whole group (`None`), off an asset; empty if there is none."""
    gone = {
        tag for tag in (*asset.tags, *asset.facts.keywords) if split(tag)[0] == group and value in {None, split(tag)[1]}
    }
    return only(asset, [tag for tag in asset.tags if tag not in gone], gone) if gone else {}


def only(asset: Asset, tags: Iterable[str], gone: set[str]) -> dict[str, Any]:
    """Return the change that leaves these tags, and of the file's keywords those that are not gone."""
    change: dict[str, Any] = {"tags": tuple(dict.fromkeys(tags))}
    kept = tuple(keyword for keyword in asset.facts.keywords if keyword not in gone)
    if kept != asset.facts.keywords:
        change["facts"] = msgspec.structs.replace(asset.facts, keywords=kept)
    return change


def replaced(asset: Asset, groups: dict[str, list[str]]) -> dict[str, Any]:
    """Return the change that gives an asset these tags and no other.

    Raises:
        InvalidInput: A group or a value is empty or too long.
    """
    wanted = checked(groups)
    kept = {pair for group, values in groups.items() for value in values for pair in [(group, value)]}
    gone = {keyword for keyword in asset.facts.keywords if split(keyword) not in kept}
    return only(asset, wanted, gone)


def patch(change: dict[str, Any]) -> AssetPatch:
    """Return a change as the catalogue takes it."""
    return AssetPatch(**change)
