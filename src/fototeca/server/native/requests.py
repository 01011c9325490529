"""What requests are made of: strict models that name what they do not know, and bounded values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from fototeca.errors import InvalidInput
from fototeca.server.problems import UNKNOWN_NAME, unknown_name

MAX_LIMIT = 1_000
"""Hits of one page."""
MAX_IDS = 10_000
"""Ids of one request."""
_INT64 = 2**63 - 1

Id: TypeAlias = Annotated[int, Field(ge=1, le=_INT64)]
Ids: TypeAlias = Annotated[list[Id], Field(min_length=1, max_length=MAX_IDS)]
Key: TypeAlias = Annotated[str, Path(max_length=64, description="Its number (`id`) or its `uuid`.")]
Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Tag: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Tags: TypeAlias = Annotated[tuple[Tag, ...], Field(max_length=1_000)]
Text: TypeAlias = Annotated[str, Field(max_length=20_000)]
QueryText: TypeAlias = Annotated[str, Field(max_length=8_192, description="A question in the query language.")]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Limit: TypeAlias = Annotated[int, Field(ge=0, le=MAX_LIMIT)]

_Fact: TypeAlias = (
    Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True, ge=-_INT64, le=_INT64)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | Text
)
Metadata: TypeAlias = Annotated[dict[Name, _Fact | list[_Fact]], Field(max_length=1_000)]


class Strict(BaseModel):
    """A JSON object without unknown members; one that is near a known name is told which."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, data: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for name in data if isinstance(data, dict) else ():
            if name not in known:
                message, context = unknown_name("field", str(name), known)
                raise PydanticCustomError(UNKNOWN_NAME, "{message}", {"message": message, **context})
        return data

    def given(self) -> dict[str, Any]:
        """Return what was sent, by attribute; what was left out is left out."""
        return {name: getattr(self, name) for name in self.model_fields_set}


M = TypeVar("M", bound=Strict)


class AssetChange(Strict):
    """What a person says of an asset."""

    title: Text | None = None
    description: Text | None = None
    rating: Annotated[int, Field(ge=0, le=5)] | None = None
    favorite: bool = False
    tags: Tags = ()
    metadata: Metadata = Field(default_factory=dict)
    folder: Annotated[str, Field(max_length=1_024, description="Path; missing folders are made.")] = ""
    taken: datetime | None = Field(None, description="Without an offset: the camera's clock.")


class Members(Strict):
    """Assets by their ids."""

    model_config = ConfigDict(json_schema_extra={"example": {"ids": [17, 23]}})

    ids: Ids


def build(model: type[M], values: dict[str, Any], where: str) -> M:
    """Validate what came in another form than JSON as if it had come as JSON; errors are told as of `where`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        entries = [{**entry, "loc": (where, *entry["loc"])} for entry in error.errors(include_url=False)]
        raise RequestValidationError(entries) from error


def key_of(text: str) -> int | str:
    """Read an id or a UUID from a path."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else text


def names(values: list[str] | None) -> list[str]:
    """Read a list parameter, which may be repeated, separated by commas, or both."""
    return [name.strip() for value in values or () for name in value.split(",") if name.strip()]


def check_names(what: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Raise `InvalidInput` for the first name that is not known."""
    for name in given:
        if name not in known:
            message, context = unknown_name(what, name, known)
            raise InvalidInput(message, field=name, allowed=context["allowed"])


async def refuse_unknown_parameters(request: Request) -> None:
    """Refuse query parameters that the route does not have, as a misspelt one would silently widen the answer."""
    operations = request.app.openapi()["paths"][request.scope["route"].path_format]
    operation = operations["get" if request.method == "HEAD" else request.method.lower()]
    known = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
    for name in request.query_params:
        if name not in known:
            message, context = unknown_name("parameter", name, known)
            entry = {"type": UNKNOWN_NAME, "loc": ("query", name[:100]), "msg": message, "ctx": context}
            raise RequestValidationError([entry])
