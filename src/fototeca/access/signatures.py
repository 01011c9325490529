"""Request signatures as Cloudinary's SDKs make them: a hash over the parameters and the secret of an API key.

A signature says which parameters whoever knows the secret has agreed to, so that a browser may send them. The hash is
SHA-1 or SHA-256, told apart by its length.

See Cloudinary's documentation, "Generating authentication signatures".
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime

from fototeca.errors import Forbidden, InvalidInput, Unauthenticated

LIFETIME = 3600
"""Seconds for which a signed request is good, before and after its timestamp."""

UNSIGNED = frozenset({"file", "cloud_name", "resource_type", "api_key", "signature"})
"""Parameters that no signature covers."""

_HASHES = {40: hashlib.sha1, 64: hashlib.sha256}


def text_to_sign(parameters: Iterable[tuple[str, str]], *, version: int = 2) -> str:
    """Return what is hashed, but for the secret behind it.

    Args:
        parameters: Names and values as they were sent. A name that ends in "[]" is a list's, whose values are joined
            with commas; what is empty, and what is in `UNSIGNED`, is left out.
        version: 2 escapes "&" within a pair, so that no value can pretend to be several parameters; 1 does not.
    """
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name.partition("[")[0], []).append(value)
    pairs = (f"{name}={','.join(found)}" for name, found in values.items() if name not in UNSIGNED and any(found))
    return "&".join(sorted(pair.replace("&", "%26") if version == 2 else pair for pair in pairs))


def sign(text: str, secret: str, *, bits: int = 160) -> str:
    """Return the signature of a text in hex: SHA-1 for 160 bits, SHA-256 for 256."""
    return _HASHES[bits // 4](f"{text}{secret}".encode()).hexdigest()


def check(
    parameters: Iterable[tuple[str, str]], signature: str, secret: str, *, timestamp: str, now: float | None = None
) -> None:
    """Check the signature of a request.

    Signatures of version 1 are accepted where no value holds an "&": there they are the same as those of version 2.

    Raises:
        Unauthenticated: It is not the signature of these parameters.
        InvalidInput: The timestamp is missing or too far from now.
    """
    text = text_to_sign(parameters)
    size = len(signature)
    expected = sign(text, secret, bits=size * 4) if size in _HASHES else ""
    if not hmac.compare_digest(expected.encode(), signature.encode()) or not expected:
        raise Unauthenticated(f"Invalid Signature {signature}. String to sign - '{text}'.")
    check_timestamp(timestamp, now=now)


def check_timestamp(timestamp: str, *, now: float | None = None) -> None:
    """Check that a request was signed within the last hour, or is at most as far ahead.

    Raises:
        InvalidInput: It was not, or the timestamp is none.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise InvalidInput("Missing required parameter - timestamp", field="timestamp", allowed="seconds since 1970")
    reported = int(timestamp)
    present = time.time() if now is None else now
    if abs(present - reported) > LIFETIME:
        moment = datetime.fromtimestamp(reported, UTC).strftime("%Y-%m-%d %H:%M:%S %z")
        raise InvalidInput(
            f"Stale request - reported time is {moment} which is more than 1 hour ago", field="timestamp"
        )


def check_search(ttl: str, query: str, signature: str, secrets: Iterable[str]) -> None:
    """Check a signed search URL: SHA-256 over its time to live, its query and one of the workspace's secrets.

    Raises:
        Unauthenticated: None of the secrets gives this signature.
    """
    given = signature.encode()
    expected = [hashlib.sha256(f"{ttl}{query}{secret}".encode()).hexdigest().encode() for secret in secrets]
    if not any([hmac.compare_digest(one, given) for one in expected]):  # noqa: C419 - each is compared, whatever the others say
        raise Unauthenticated("Invalid signature")


def check_delivery(path: str, signature: str, secrets: Iterable[str]) -> None:
    """Check the signature in a delivery URL: over what follows it, 8 characters of SHA-1 in base64 or 32 of SHA-256.

    Raises:
        Forbidden: None of the secrets gives this signature.
    """
    kind = {8: hashlib.sha1, 32: hashlib.sha256}.get(len(signature))
    given = signature.encode()
    for secret in secrets:
        if kind is None:
            break
        digest = urlsafe_b64encode(kind(f"{path}{secret}".encode()).digest())[: len(signature)]
        if hmac.compare_digest(digest, given):
            return
    raise Forbidden("the URL's signature is not valid")
