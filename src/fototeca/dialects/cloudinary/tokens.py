"""Tokens that delete one asset without credentials, for some minutes after its upload."""

from __future__ import annotations

import hashlib
import secrets
import time

from fototeca.assets import Asset
from fototeca.dialects.cloudinary.cloud import Cloud
from fototeca.errors import InvalidInput, NotFound

_KIND = "cloudinary.delete_token"
_SECONDS = 600


def make(cloud: Cloud, asset: Asset) -> str:
    """Make a token; what is kept of it does not give it away."""
    _expire(cloud)
    token = secrets.token_hex(32)
    cloud.library.entries.put(_KIND, _digest(token), {"asset": asset.id, "until": time.time() + _SECONDS})
    return token


def take(cloud: Cloud, token: str) -> int:
    """Return the id of the asset that a token is for, once.

    Raises:
        InvalidInput: There is no such token, or its time is over.
    """
    _expire(cloud)
    try:
        entry = cloud.library.entries.get(_KIND, _digest(token))
        cloud.library.entries.delete(_KIND, entry.key)
    except NotFound:
        raise InvalidInput("Invalid token", field="token") from None
    return int(entry.value["asset"])


def _expire(cloud: Cloud) -> None:
    for entry in cloud.library.entries.all(_KIND):
        if entry.value["until"] < time.time():
            cloud.library.entries.delete(_KIND, entry.key)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
