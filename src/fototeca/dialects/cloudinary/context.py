"""What clients say of an asset: context, structured metadata, and where our catalogue keeps them.

Both live in `Asset.metadata`, which every dialect can search: structured values under their field's external id,
context under `context.KEY`. What other dialects put there under other names is shown as context.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fototeca.assets import Asset, MetadataField

PREFIX = "context."


def context_of(asset: Asset, fields: Mapping[str, MetadataField]) -> dict[str, str]:
    """Return an asset's context."""
    shown = {key: value for key, value in asset.metadata.items() if key not in fields}
    return {key.removeprefix(PREFIX): _text(value) for key, value in shown.items()}


def metadata_of(asset: Asset, fields: Mapping[str, MetadataField]) -> dict[str, Any]:
    """Return an asset's structured metadata, in the order of the fields."""
    return {key: asset.metadata[key] for key in fields if key in asset.metadata}


def with_context(
    metadata: Mapping[str, Any],
    fields: Mapping[str, MetadataField],
    context: Mapping[str, Any],
    *,
    keep: bool,
) -> dict[str, Any]:
    """Return what an asset's metadata becomes with a context; an empty value removes its key.

    Args:
        metadata: As it is.
        fields: The structured fields, whose values stay.
        context: What is said.
        keep: Whether the context that is there, and not mentioned, stays.
    """
    kept = {key: value for key, value in metadata.items() if key in fields or keep}
    for key, value in context.items():
        kept.pop(PREFIX + key, None)
        if key not in fields:
            kept.pop(key, None)
        if value not in (None, ""):
            kept[PREFIX + key] = _text(value)
    return kept


def noted(changed: Mapping[str, datetime], *parts: str) -> dict[str, datetime]:
    """Return when parts of a description changed, these of them now."""
    now = datetime.now(UTC)
    return {**changed, **dict.fromkeys(parts, now)}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
