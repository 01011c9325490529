"""What requests are made of: parameters and bodies as Gumnut's clients spell them, and who is asking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, TypeAlias, TypeVar

import orjson
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from fototeca.assets import Scope
from fototeca.dialects.gumnut.errors import invalid, refuse
from fototeca.errors import Forbidden, Unauthenticated
from fototeca.http import Caller, Router, answering, context_of

MAX_IDS = 200
KEY_ENTRIES = "gumnut.key"
"""Kind of the entries that hold which actions a key is for, by the key's number."""
ACTIONS = ("read", "write", "delete", "delete_permanently")

_SPACE_FOR_PLUS = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)")
_INCLUDES = ("metadata", "faces", "people", "file_data", "variants", "metrics")

M = TypeVar("M", bound=BaseModel)


# --- values -------------------------------------------------------------------------------------------------


def _split(value: Any) -> Any:
    """Read a list that is repeated, separated by commas, or both."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    return [text for part in parts for text in (each.strip() for each in str(part).split(",")) if text]


def _moment(value: Any) -> Any:
    """Read ISO 8601: naive, with an offset (whose "+" may have become a space), or only a day."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(_SPACE_FOR_PLUS.sub(r"\1+\2", value.strip()))
    except ValueError:
        raise ValueError("a time is written in ISO 8601, such as 2024-01-02T03:04:05+00:00") from None


def _known_includes(values: list[str]) -> list[str]:
    for value in values:
        if value not in _INCLUDES:
            raise ValueError(f'unknown include "{value[:50]}"; allowed are {", ".join(_INCLUDES)}')
    return values


Names: TypeAlias = Annotated[list[str], BeforeValidator(_split)]
Ids: TypeAlias = Annotated[list[str], BeforeValidator(_split), Field(max_length=MAX_IDS)]
Limit: TypeAlias = Annotated[int, Field(ge=1, le=200)]
Moment: TypeAlias = Annotated[datetime, BeforeValidator(_moment)]
Include: TypeAlias = Annotated[list[str], BeforeValidator(lambda value: _known_includes(_split(value)))]
Text: TypeAlias = Annotated[str, Field(max_length=20_000)]


class Params(BaseModel):
    """Parameters; unknown ones are left alone, as the hosted service does for clients newer than itself."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Body(Params):
    """A JSON object."""

    def given(self, *names: str) -> dict[str, Any]:
        """Return those of these members that were sent, `null` included."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


class Paged(Params):
    """A page of a list that is walked by the id of the last item."""

    library_id: str | None = None
    limit: Limit = 20
    starting_after_id: str | None = None


class Scoped(Params):
    """Which library an operation is about."""

    library_id: str | None = None


class Members(Body):
    """Things by their ids."""

    ids: Ids


# --- where they come from -----------------------------------------------------------------------------------


def from_query(model: type[M]) -> Callable[[Request], M]:
    """Make the dependency that reads a model from the query; an empty value counts as not sent."""

    def read(request: Request) -> M:
        return build(model, gathered(model, request.query_params.multi_items()), "query")

    return read


def from_body(model: type[M]) -> Callable[[Request], Coroutine[Any, Any, M]]:
    """Make the dependency that reads a model from a JSON body; an empty body is an empty object."""

    async def read(request: Request) -> M:
        return build(model, parsed(await request.body()), "body")

    return read


def parsed(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        RequestValidationError: It is something else.
    """
    try:
        content = orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError as error:
        raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": str(error)}]) from error
    if not isinstance(content, dict):
        raise RequestValidationError([{"type": "dict_type", "loc": ("body",), "msg": "the body is a JSON object"}])
    return content


@asynccontextmanager
async def sent_with_file(request: Request, model: type[M], name: str) -> AsyncIterator[tuple[M, UploadFile]]:
    """Read a form with one file; the file is there until the end of the block.

    Args:
        request: Has the form as its body.
        model: What the form's other fields are.
        name: Of the file's field.

    Raises:
        RequestValidationError: The fields are not valid, or there is no file.
    """
    async with request.form(max_files=1, max_fields=100) as form:
        texts = [(field, value) for field, value in form.multi_items() if isinstance(value, str)]
        sent, file = build(model, gathered(model, texts), "body"), form.get(name)
        if not isinstance(file, UploadFile):
            raise invalid("body", name, "a file is needed")
        yield sent, file


def gathered(model: type[BaseModel], items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Collect what came for each of a model's fields, under any of its names, `name[]` included."""
    values: dict[str, Any] = {}
    for key, value in items:
        name = key.removesuffix("[]")
        if value == "" or name not in model.model_fields:
            continue
        if _is_list(model.model_fields[name].annotation):
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values


def build(model: type[M], values: Mapping[str, Any], where: str) -> M:
    """Validate values.

    Raises:
        RequestValidationError: They are not as the model wants them; it says where they came from.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        entries = [{**entry, "loc": (where, *entry["loc"])} for entry in error.errors(include_url=False)]
        raise RequestValidationError(entries) from error


def _is_list(annotation: Any) -> bool:
    return "list[" in str(annotation)


# --- who is asking ------------------------------------------------------------------------------------------


def _allowed(action: str, scope: Scope) -> Callable[[Request], Caller]:
    """Make the dependency of routes that do this; a key made for other actions is refused."""

    def caller(request: Request) -> Caller:
        kind, _, credential = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not credential.strip():
            raise Unauthenticated("send a key: `Authorization: Bearer KEY`")
        principal = context_of(request).authority.authenticate(credential.strip())
        found = Caller.of(request, principal, scope)
        if principal.key_id is not None:
            entry = found.library.entries.find(KEY_ENTRIES, str(principal.key_id))
            if entry is not None and action not in entry.value["actions"]:
                raise Forbidden(f'this key is not for the action "{action}"')
        return found

    return caller


Reader: TypeAlias = Annotated[Caller, Depends(_allowed("read", Scope.READ))]
Writer: TypeAlias = Annotated[Caller, Depends(_allowed("write", Scope.WRITE))]
Remover: TypeAlias = Annotated[Caller, Depends(_allowed("delete", Scope.WRITE))]
Eraser: TypeAlias = Annotated[Caller, Depends(_allowed("delete_permanently", Scope.WRITE))]
Owner: TypeAlias = Annotated[Caller, Depends(_allowed("delete_permanently", Scope.ADMIN))]


# --- routes -------------------------------------------------------------------------------------------------


class Routes(Router):
    """Routes that answer with and without a slash at the end, and refuse in Gumnut's shape."""

    def __init__(self) -> None:
        super().__init__(route_class=answering(refuse), include_in_schema=False)

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a route under both spellings."""
        bare = path.rstrip("/")
        for spelling in (bare, f"{bare}/"):
            super().add_api_route(spelling, endpoint, **options)
