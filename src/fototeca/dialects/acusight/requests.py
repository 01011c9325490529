"""What requests are made of: the three kinds of credentials, and parameters as Go reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import Path, Request, Security
from fastapi.security import APIKeyHeader

from fototeca.assets import Scope
from fototeca.errors import InvalidInput, Unauthenticated
from fototeca.http import Caller, Context, context_of, whole
from fototeca.library import Library

DEVICE_KEYS = "acusight_device_key"
"""Kind of the entries that keep, under the SHA-256 of a device's key, which device it is."""
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_LONGEST_KEY = 200
_LARGEST, _DIGITS = 2**63 - 1, 19
NULL: Literal["null"] = "null"
"""What `project_id` is of whatever has no project."""

_AUTHORIZATION = APIKeyHeader(
    name="Authorization", auto_error=False, scheme_name="bearer", description="`Bearer TOKEN`, or the token alone."
)
_DEVICE_KEY = APIKeyHeader(
    name="X-Device-Key", auto_error=False, scheme_name="device", description="A device's key, `adk_…`."
)

Id: TypeAlias = Annotated[int, Path(ge=0, le=_LARGEST)]


def _requiring(scope: Scope) -> Callable[..., Caller]:
    def caller(request: Request, authorization: Annotated[str | None, Security(_AUTHORIZATION)]) -> Caller:
        scheme, _, rest = (authorization or "").strip().partition(" ")
        credential = rest.strip() if scheme.lower() == "bearer" else (authorization or "").strip()
        if not credential:
            raise Unauthenticated("send a token: Authorization: Bearer TOKEN")
        return Caller.of(request, context_of(request).authority.authenticate(credential), scope)

    return caller


Reader: TypeAlias = Annotated[Caller, Security(_requiring(Scope.READ))]
Writer: TypeAlias = Annotated[Caller, Security(_requiring(Scope.WRITE))]
Admin: TypeAlias = Annotated[Caller, Security(_requiring(Scope.ADMIN))]


@dataclass(frozen=True, slots=True)
class DeviceCaller:
    """A device, and the library that it sends to."""

    identifier: str
    library: Library
    context: Context
    origin: str


def _device(request: Request, key: Annotated[str | None, Security(_DEVICE_KEY)]) -> DeviceCaller:
    context = context_of(request)
    known = key is not None and 0 < len(key) <= _LONGEST_KEY
    entry = context.installation.catalog.find_entry(DEVICE_KEYS, digest(key or "")) if known else None
    if entry is None:
        raise Unauthenticated("send the device's key: X-Device-Key: adk_…")
    library = context.installation.library(entry.workspace)
    return DeviceCaller(entry.value["device_id"], library, context, context.origin(request))


FromDevice: TypeAlias = Annotated[DeviceCaller, Security(_device)]


def digest(secret: str) -> str:
    """Return what is stored of a key or token, which is long and random."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Parameters:
    """Query parameters: of a repeated one the first counts, an empty one is absent, unknown ones are ignored."""

    def __init__(self, request: Request) -> None:
        self._given: Mapping[str, str] = dict(reversed(request.query_params.multi_items()))

    def text(self, name: str) -> str | None:
        """Return a parameter as it was sent."""
        return self._given.get(name) or None

    def flag(self, name: str) -> bool:
        """Return a truth value, false where it is absent.

        Raises:
            InvalidInput: It is none as Go spells them.
        """
        value = self.text(name)
        if value is not None and value not in _TRUE | _FALSE:
            raise InvalidInput(f"{name} must be true or false", field=name, allowed="true, false")
        return value in _TRUE

    def integer(self, name: str, default: int, least: int) -> int:
        """Return a whole number.

        Raises:
            InvalidInput: It is none, or less than the least.
        """
        return whole(name, self.text(name), default, least)

    def identifier(self, name: str) -> int | None:
        """Return an id.

        Raises:
            InvalidInput: It is none.
        """
        value = self.text(name)
        return None if value is None else _decimal(name, value, "a decimal number")

    def identifier_or_null(self, name: str) -> int | Literal["null"] | None:
        """Return an id, or "null" for what has none; quotes around that, as descriptions print it, do not count.

        Raises:
            InvalidInput: It is neither.
        """
        value = self.text(name)
        if value is not None and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        if value is None or value.lower() == NULL:
            return None if value is None else NULL
        return _decimal(name, value, "a decimal number or null")

    def choice(self, name: str, allowed: tuple[str, ...], default: str, *, lower: bool = False) -> str:
        """Return one of a few words.

        Raises:
            InvalidInput: It is another one.
        """
        value = self.text(name) or default
        value = value.lower() if lower else value
        if value not in allowed:
            raise InvalidInput(f"{name} must be one of {', '.join(allowed)}", field=name, allowed=", ".join(allowed))
        return value


def _decimal(name: str, value: str, what: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS and int(value) <= _LARGEST):
        raise InvalidInput(f"{name} must be {what}", field=name)
    return int(value)


def query(**schemas: Any) -> dict[str, Any]:
    """Describe query parameters, which routes read by themselves, for a route's `openapi_extra`."""
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in schemas.items()
        ]
    }


TEXT, INTEGER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
