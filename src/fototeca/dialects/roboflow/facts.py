"""Tags and key/value facts as clients may give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from fototeca.catalog import AssetPatch
from fototeca.dialects.roboflow.surface import Lenient
from fototeca.errors import InvalidInput

SEQUENCE = ("sequence.number", "sequence.size")
"""Facts that hold an image's place in a series; they can be searched, and are not shown among a client's own."""
MAX_FACTS = 1_000
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.]*")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PARTS = "metadata, removeMetadata, addTags, removeTags"


class FactsChange(Lenient):
    """A change to an image's facts and tags."""

    metadata: dict[str, Any] | None = None
    remove_metadata: tuple[str, ...] = Field((), alias="removeMetadata")
    add_tags: tuple[str, ...] = Field((), alias="addTags")
    remove_tags: tuple[str, ...] = Field((), alias="removeTags")

    def patch(self) -> AssetPatch:
        """Return the change as the catalogue knows it.

        Raises:
            InvalidInput: Nothing is to be done, the same is to be set and removed, or a name or value is not allowed.
        """
        if not (self.metadata or self.remove_metadata or self.add_tags or self.remove_tags):
            raise InvalidInput(f"At least one of {_PARTS} must say something", field="metadata", allowed=_PARTS)
        facts = flattened(self.metadata or {})
        for tag in (*self.add_tags, *self.remove_tags):
            if not _TAG.fullmatch(tag):
                raise InvalidInput(
                    f'Invalid tag "{tag[:80]}"', field="addTags", allowed="1 to 64 of A-Z, a-z, 0-9, -, _"
                )
        for key in self.remove_metadata:
            _check_key(key)
        for what, both in (
            ("metadata", facts.keys() & set(self.remove_metadata)),
            ("tag", set(self.add_tags) & set(self.remove_tags)),
        ):
            if both:
                raise InvalidInput(f'the {what} "{min(both)}" is to be set and to be removed', field=what)
        return AssetPatch(
            merge_metadata=facts,
            remove_metadata=self.remove_metadata,
            add_tags=self.add_tags,
            remove_tags=self.remove_tags,
        )


def flattened(given: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, str | int | float | bool]:
    """Return facts with the keys of nested objects joined by dots.

    Raises:
        InvalidInput: A key has other characters, or a value is no string, number or boolean.
    """
    found: dict[str, str | int | float | bool] = {}
    for key, value in given.items():
        _check_key(key)
        name = f"{prefix}{key}"
        match value:
            case dict() if depth < 8:
                found |= flattened(value, f"{name}.", depth + 1)
            case str() | bool() | float():
                found[name] = value
            case int() if abs(value) < 2**63:
                found[name] = value
            case _:
                raise InvalidInput(
                    f'the metadata "{name[:80]}" must be a string, a number or a boolean', field="metadata"
                )
    if len(found) > MAX_FACTS:
        raise InvalidInput("there is too much metadata", field="metadata", allowed=f"at most {MAX_FACTS:,} keys")
    return found


def own(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that clients gave."""
    return {key: value for key, value in metadata.items() if key not in SEQUENCE}


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags without space around them and without the empty ones; an upload may name any.

    Raises:
        InvalidInput: One is too long.
    """
    found = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if any(len(tag) > 255 for tag in found):
        raise InvalidInput("Invalid tag: it is too long", field="tag", allowed="at most 255 characters")
    return found


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key) or len(key) > 255:
        allowed = "letters, digits, _ and ., beginning with a letter, digit or _"
        raise InvalidInput(f'"{key[:80]}" cannot name metadata', field="metadata", allowed=allowed)
