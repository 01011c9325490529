"""A request's parameters, whichever way they came: in the query, as JSON, as a form, or as a form with files.

Clients send the same thing in different ways: lists as `k[]`, `k[0]`, a repeated `k` or a JSON array, truth as `true`
or `1`, objects as JSON or as `key=value|key=value`. Unknown parameters are ignored.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

import msgspec
from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from fototeca.errors import InvalidInput

MAX_FIELD = 64 * 2**20
"""Bytes of a form's field that is not a file: data URIs come as such."""
MAX_FIELDS = 3_000

_KEY = re.compile(r"([^\[\]]+)(?:\[([^\[\]]*)\])?")
_TRUE, _FALSE = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a request says.

    Attributes:
        pairs: Names and values as they stand in query and form, for signatures.
        values: By name: what JSON holds, or a text, or a list of texts.
        files: Uploaded files by the name of their field.
    """

    pairs: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, UploadFile] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether there is something; an empty text is nothing."""
        return self.values.get(name) not in (None, "", [])

    def given(self, name: str) -> bool:
        """Whether the name was sent, though perhaps with nothing."""
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Return a text; of several values the last."""
        value = self.values.get(name)
        if isinstance(value, list):
            value = value[-1] if value else None
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise InvalidInput(f"Invalid value for parameter {name}", field=name, allowed="a text")

    def required(self, name: str) -> str:
        """Return a text that must be there.

        Raises:
            InvalidInput: It is not.
        """
        text = self.text(name)
        if not text:
            raise InvalidInput(f"Missing required parameter - {name}", field=name)
        return text

    def texts(self, name: str, *, split: bool = True) -> list[str]:
        """Return a list of texts; one text is split at its commas."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        items = value if isinstance(value, list) else str(value).split(",") if split else [value]
        if any(isinstance(item, dict | list) for item in items):
            raise InvalidInput(f"Invalid value for parameter {name}", field=name, allowed="a list of texts")
        return [text for item in items if item is not None and (text := str(item).strip())]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value.

        Raises:
            InvalidInput: It is something else.
        """
        text = self.text(name).lower()
        if not text:
            return default
        if text not in _TRUE | _FALSE:
            raise InvalidInput(f"Invalid value for parameter {name}", field=name, allowed="true, false, 1, 0")
        return text in _TRUE

    def integer(self, name: str, default: int, *, least: int = 0, most: int = 500) -> int:
        """Return a whole number within bounds.

        Raises:
            InvalidInput: It is something else.
        """
        text = self.text(name)
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            allowed = f"{least} to {most}"
            raise InvalidInput(f"Invalid value for parameter {name}: must be {allowed}", field=name, allowed=allowed)
        return int(text)

    def json(self, name: str) -> Any:
        """Return a value that comes as JSON, or as JSON within a text; `None` if there is none.

        Raises:
            InvalidInput: The text is not JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InvalidInput(f"Invalid value for parameter {name}: not JSON", field=name) from error

    def mapping(self, name: str) -> dict[str, Any] | None:
        r"""Return keys and values, from `k=v|k2=v2` (with `\=` and `\|`), JSON or an object; `None` if not sent.

        Raises:
            InvalidInput: It is none of these.
        """
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            if not value.strip():
                return {}
            if not value.lstrip().startswith("{"):
                return _pairs(value, name)
            value = self.json(name)
        if not isinstance(value, dict):
            raise InvalidInput(f"Invalid value for parameter {name}", field=name, allowed="key=value|key=value")
        return value


async def read(request: Request) -> AsyncIterator[Parameters]:
    """Read a request's parameters; its files are closed when it has been answered.

    Raises:
        InvalidInput: The body is not what its type says.
    """
    found = Parameters()
    for name, text in request.query_params.multi_items():
        _put(found, name, text)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        form: FormData
        async with request.form(max_files=4, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    found.files[name] = value
                else:
                    _put(found, name, value)
            yield found
        return
    body = await request.body()
    if body.strip():
        found.values.update(_object(body))
    yield found


Sent: TypeAlias = Annotated[Parameters, Depends(read)]
"""The parameters of a request."""


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput("the body is not JSON") from error
    if not isinstance(content, dict):
        raise InvalidInput("the body must be a JSON object")
    return content


def _put(found: Parameters, name: str, text: str) -> None:
    """Add a pair: `k[]` and `k[0]` make lists, `k[x]` an object, a repeated `k` a list."""
    found.pairs.append((name, text))
    match = _KEY.fullmatch(name)
    if match is None:
        return
    plain, key = match.groups()
    present = found.values.get(plain)
    if key is None:
        found.values[plain] = text if present is None else [*_listed(present), text]
    elif key == "" or key.isdecimal():
        found.values[plain] = [*_listed(present), text]
    elif isinstance(present, dict) or present is None:
        found.values[plain] = {**(present or {}), key: text}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_UNIT = re.compile(r"\\.|[=|]|[^\\=|]+|\\", re.DOTALL)


def _pairs(text: str, name: str) -> dict[str, Any]:
    """Split at unescaped "|" and at the first unescaped "=" of each part."""
    found: dict[str, Any] = {}
    key: str | None = None
    here = ""
    for unit in [*_UNIT.findall(text), "|"]:
        if unit == "=" and key is None:
            key, here = here, ""
        elif unit == "|":
            if key is not None:
                found[key.strip()] = here
            elif here.strip():
                raise InvalidInput(f"Invalid value for parameter {name}", field=name, allowed="key=value|key=value")
            key, here = None, ""
        else:
            here += unit[1] if len(unit) == 2 and unit[0] == "\\" else unit
    return found
