"""What requests are made of: who is asking, JSON that may be missing, and parameters as texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

import msgspec
from fastapi import Depends, Request

from fototeca.assets import Scope
from fototeca.errors import InvalidInput, Unauthenticated
from fototeca.http import Caller, context_of, whole

_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_NAME = 255


def credential_of(request: Request) -> str:
    """Return the session token or key that a request carries; an empty one counts as none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.headers.get("x-api-key", "").strip()


def _requiring(scope: Scope) -> Callable[[Request], Caller]:
    def caller(request: Request) -> Caller:
        credential = credential_of(request)
        if not credential:
            raise Unauthenticated("Unauthorized: send a key as x-api-key, or a session as Authorization: Bearer")
        return Caller.of(request, context_of(request).authority.authenticate(credential), scope)

    return caller


Reader: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.READ))]
Writer: TypeAlias = Annotated[Caller, Depends(_requiring(Scope.WRITE))]


async def _json(request: Request) -> dict[str, Any]:
    """Read a JSON object, whatever the content type says; a body that is not there is an empty one."""
    data = await request.body()
    if not data.strip():
        return {}
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput("the body must be a JSON object") from error
    if not isinstance(value, dict):
        raise InvalidInput("the body must be a JSON object")
    return value


Body: TypeAlias = Annotated[dict[str, Any], Depends(_json)]


def text(body: dict[str, Any], name: str, longest: int = LONGEST_NAME) -> str:
    """Return a text that must be there.

    Raises:
        InvalidInput: It is missing, empty, no text or too long.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{name} is required and must be a text", field=name)
    if len(value) > longest:
        raise InvalidInput(f"{name} has at most {longest} characters", field=name)
    return value.strip()


def optional_text(body: dict[str, Any], name: str, longest: int = LONGEST_NAME) -> str | None:
    """Return a text that may be missing, as `text` does."""
    return None if body.get(name) in {None, ""} else text(body, name, longest)


class Parameters:
    """Query parameters: an empty one counts as absent, one that is not known is ignored."""

    def __init__(self, request: Request) -> None:
        self._given = request.query_params

    def text(self, name: str, default: str | None = None) -> str | None:
        """Return a parameter as it was sent."""
        return self._given.get(name) or default

    def required(self, name: str) -> str:
        """Return a parameter that must be there.

        Raises:
            InvalidInput: It is not.
        """
        value = self.text(name)
        if value is None:
            raise InvalidInput(f"{name} is required", field=name)
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Return one of a few words.

        Raises:
            InvalidInput: It is another word.
        """
        value = self.text(name) or default
        if value not in allowed:
            raise InvalidInput(f"{name} must be one of {', '.join(allowed)}", field=name, allowed=", ".join(allowed))
        return value

    def flag(self, name: str) -> bool:
        """Return a truth value, false where it is absent.

        Raises:
            InvalidInput: It is neither true nor false.
        """
        value = (self.text(name) or "false").lower()
        if value not in _TRUE | _FALSE:
            raise InvalidInput(f"{name} must be true or false", field=name, allowed="true, false")
        return value in _TRUE

    def integer(self, name: str, default: int, least: int) -> int:
        """Return a whole number.

        Raises:
            InvalidInput: It is none, or less than the least.
        """
        return whole(name, self.text(name), default, least)

    def number(self, name: str, default: float) -> float:
        """Return a number.

        Raises:
            InvalidInput: It is none.
        """
        value = self.text(name)
        if value is None:
            return default
        try:
            found = float(value)
        except ValueError:
            found = float("nan")
        if not abs(found) < float("inf"):
            raise InvalidInput(f"{name} must be a number", field=name)
        return found

    def day(self, name: str) -> datetime | None:
        """Return the beginning (UTC) of a day.

        Raises:
            InvalidInput: It is no day of the calendar as YYYY-MM-DD.
        """
        value = self.text(name)
        if value is None:
            return None
        try:
            if _DAY.fullmatch(value):
                return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            pass
        raise InvalidInput(f"{name} must be a day as YYYY-MM-DD", field=name, allowed="YYYY-MM-DD")
