"""Upload presets: parameters kept under a name, which may let uploads come without a signature."""

from __future__ import annotations

from typing import Any

from fototeca.dialects.cloudinary.cloud import Cloud
from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.errors import InvalidInput, NotFound

KIND = "cloudinary.upload_preset"

FREE = frozenset(
    {
        *("upload_preset", "callback", "public_id", "folder", "asset_folder", "tags", "context", "metadata", "file"),
        *("face_coordinates", "custom_coordinates", "regions", "source", "filename_override", "filename"),
        *("public_id_prefix", "display_name", "timestamp"),
    }
)
"""What an unsigned upload may say by itself; all else is the preset's."""


def is_unsigned(sent: Parameters, *, has_credentials: bool) -> bool:
    """Whether a request claims that a preset lets it in.

    Raises:
        InvalidInput: It has neither a signature nor a preset.
    """
    if sent.has("signature") or sent.has("api_key") or has_credentials:
        return False
    if not sent.has("upload_preset"):
        raise InvalidInput("Upload preset must be specified when using unsigned upload", field="upload_preset")
    return True


def applied(cloud: Cloud, sent: Parameters, *, unsigned: bool) -> Parameters:
    """Return a request together with what its preset says.

    A signed request overrides its preset; an unsigned one may only add what is harmless.

    Raises:
        InvalidInput: The preset does not exist, or does not let unsigned uploads in.
    """
    name = sent.text("upload_preset")
    if not name:
        return sent
    try:
        preset = cloud.library.entries.get(KIND, name).value
    except NotFound:
        raise InvalidInput("Upload preset not found", field="upload_preset") from None
    settings: dict[str, Any] = preset.get("settings", {})
    if not unsigned:
        return Parameters(sent.pairs, {**settings, **sent.values}, sent.files)
    if not preset.get("unsigned"):
        raise InvalidInput(
            "Upload preset must be whitelisted for unsigned uploads",
            field="upload_preset",
            allowed="an unsigned preset",
        )
    said = {key: value for key, value in sent.values.items() if key in FREE}
    return Parameters(sent.pairs, {**said, **settings, "overwrite": "false"}, sent.files)
