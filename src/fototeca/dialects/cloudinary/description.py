"""What a request says of an asset, as changes to its record: the same for an upload, an explicit call and an update."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from fototeca.assets import Asset, MetadataField, Publication
from fototeca.catalog import MetadataFieldPatch
from fototeca.dialects.cloudinary import metadata_values
from fototeca.dialects.cloudinary.cloud import Cloud
from fototeca.dialects.cloudinary.context import noted, with_context
from fototeca.dialects.cloudinary.errors import NotSubscribed
from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.dialects.cloudinary.rules import settled
from fototeca.errors import InvalidInput, LimitExceeded

Box = tuple[int, int, int, int]

_SHARE = re.compile(r"0(\.[0-9]{1,9})?|1(\.0{1,9})?|\.[0-9]{1,9}")
_JUDGED = ("pending", "approved", "rejected")
_ADD_ONS = {
    "raw_convert": ({"google_speech", "extract_text", "aspose"}, "Raw convert is invalid"),
    "categorization": (
        {"google_tagging", "imagga_tagging", "aws_rek_tagging", "google_video_tagging"},
        "Categorization {} is not valid",
    ),
    "detection": ({"adv_face", "aws_rek_face", "captioning", "lvis_v1", "coco_v2"}, "Detection invalid model '{}'"),
    "background_removal": ({"cloudinary_ai", "pixelz"}, "Background removal is invalid"),
}
_MODERATORS = {"perception_point", "webpurify", "aws_rek", "duplicate", "aws_rek_video", "google_video_moderation"}


def refuse_add_ons(sent: Parameters, *, updating: bool = False) -> None:
    """Check the parameters that ask for add-ons, none of which is here.

    Raises:
        InvalidInput: A value that no add-on has.
        NotSubscribed: It is one that exists elsewhere.
    """
    for name, (known, message) in _ADD_ONS.items():
        value = sent.text(name)
        if not value:
            continue
        if value.partition(":")[0] in known:
            raise NotSubscribed(f"You don't have an active subscription for {value[:100]}")
        text = message.format(value[:100])
        raise InvalidInput(f"Illegal value {value[:100]} for {name}" if updating else text, field=name)
    if sent.has("auto_tagging") and not _SHARE.fullmatch(sent.text("auto_tagging")):
        raise InvalidInput("Illegal value for auto_tagging", field="auto_tagging", allowed="0 to 1")
    if sent.has("eval"):
        raise InvalidInput("eval is not supported: no JavaScript is run here", field="eval")


def changes(cloud: Cloud, asset: Asset | None, sent: Parameters) -> dict[str, Any]:
    """Return the attributes of an asset that a request changes, by their names in the catalogue's patch.

    Args:
        cloud: Whose asset.
        asset: As it is; `None` for one that is only coming.
        sent: The request.

    Raises:
        InvalidInput: Something that is said cannot be kept.
    """
    found: dict[str, Any] = {}
    publication = asset.publication if asset else Publication()
    parts = [name for name in ("tags", "context", "metadata") if sent.given(name)]
    if "tags" in parts:
        found["tags"] = tuple(dict.fromkeys(sent.texts("tags")))
    if asset is None or {"context", "metadata"} & set(parts):
        found["metadata"] = _facts(cloud, asset, sent)
    if sent.has("display_name") and not cloud.fixed_folders:
        found["title"] = sent.text("display_name")[:255]
    if asset is not None and sent.given("asset_folder") and not cloud.fixed_folders:
        found["folder"] = sent.text("asset_folder").strip("/")
    published = _published(sent)
    if "access_control" in published or "access_mode" in published:
        parts.append("access_control")
    if published or parts:
        changed = noted(publication.changed, *parts) if asset else publication.changed
        found["publication"] = msgspec.structs.replace(publication, **published, changed=changed)
    return found


def _facts(cloud: Cloud, asset: Asset | None, sent: Parameters) -> dict[str, Any]:
    """What becomes of an asset's context and structured metadata."""
    facts = dict(asset.metadata) if asset else metadata_values.defaults(cloud.fields)
    if (context := sent.mapping("context")) is not None:
        facts = with_context(facts, cloud.fields, context.get("custom") or context, keep=False)
    if (given := sent.mapping("metadata")) is not None or asset is None:
        facts = with_metadata(cloud, facts, given or {}, clear_invalid=sent.flag("clear_invalid"))
    if asset is None:
        metadata_values.demand(facts, cloud.fields)
    return facts


def with_metadata(
    cloud: Cloud, metadata: Mapping[str, Any], given: Mapping[str, Any], *, clear_invalid: bool
) -> dict[str, Any]:
    """Return an asset's metadata with other structured values, and with what rules make of them.

    Raises:
        InvalidInput: A field does not exist, does not take its value, or needs one.
    """
    values = metadata_values.checked(given, cloud.fields, clear_invalid=clear_invalid)
    merged = {key: value for key, value in {**metadata, **values}.items() if value is not None}
    found = settled(cloud.rules, cloud.fields, merged, values, clear_invalid=clear_invalid)
    for name in values:
        _grow(cloud, cloud.fields[name], found.get(name))
    return found


def _grow(cloud: Cloud, field: MetadataField, value: Any) -> None:
    """Add what a field has not had before to its list, where that is allowed."""
    new = metadata_values.added(field, value)
    if not new:
        return
    source = (*field.datasource, *new)
    if len(source) > metadata_values.MAX_VALUES:
        raise LimitExceeded(f"a datasource has at most {metadata_values.MAX_VALUES} values")
    cloud.fields[field.external_id] = cloud.library.metadata_fields.update(
        field.external_id, MetadataFieldPatch(datasource=source)
    )


def boxes(text: str, name: str) -> tuple[Box, ...]:
    """Read boxes in pixels, "x,y,width,height" joined with "|".

    Raises:
        InvalidInput: They are something else.
    """
    found = []
    for part in filter(None, text.split("|")):
        numbers = part.split(",")
        if len(numbers) != 4 or not all(re.fullmatch(r"\s*-?[0-9]{1,7}(\.[0-9]+)?\s*", number) for number in numbers):
            raise InvalidInput(f"Invalid value for parameter {name}", field=name, allowed="x,y,width,height|…")
        x, y, width, height = (round(float(number)) for number in numbers)
        found.append((x, y, width, height))
    return tuple(found)


def clamped(found: Iterable[Box], width: int, height: int) -> tuple[Box, ...]:
    """Make boxes no larger than a picture, as Cloudinary does; they may still reach beyond its edges."""
    return tuple((x, y, min(w, width), min(h, height)) for x, y, w, h in found)


def _published(sent: Parameters) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if sent.has("access_mode"):
        found["access_mode"] = _one_of(sent, "access_mode", ("public", "authenticated"))
    if sent.given("access_control"):
        rules = sent.json("access_control") or []
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise InvalidInput("Invalid value for parameter access_control", field="access_control")
        found["access_control"] = tuple(rules)
    if sent.has("face_coordinates"):
        found["faces"] = boxes(sent.text("face_coordinates"), "face_coordinates")
    if sent.has("custom_coordinates"):
        found["custom"] = boxes(sent.text("custom_coordinates"), "custom_coordinates")
    if isinstance(regions := sent.json("regions") if sent.has("regions") else None, dict):
        found["regions"] = regions
    return found | _moderated(sent)


def _moderated(sent: Parameters) -> dict[str, Any]:
    found: dict[str, Any] = {}
    kind = sent.text("moderation")
    if kind and kind != "manual":
        if kind.partition(":")[0] in _MODERATORS:
            raise NotSubscribed(f"You don't have an active subscription for {kind[:100]}")
        raise InvalidInput(f"Moderation {kind[:100]} moderation is not valid", field="moderation", allowed="manual")
    if kind:
        found |= {"moderation_kind": kind, "moderation_status": "pending", "moderated": None}
    status = sent.text("moderation_status")
    if status:
        if status not in _JUDGED:
            raise InvalidInput(f"Illegal moderation status: {status[:100]}", field="moderation_status")
        found |= {"moderation_status": status, "moderated": datetime.now(UTC)}
        found.setdefault("moderation_kind", "manual")
    return found


def _one_of(sent: Parameters, name: str, allowed: tuple[str, ...]) -> str:
    value = sent.text(name)
    if value not in allowed:
        raise InvalidInput(f"Illegal value {value[:100]} for {name}", field=name, allowed=", ".join(allowed))
    return value
