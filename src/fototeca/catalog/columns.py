"""Column types: the one place where values change form between records and rows.

Both databases store the same thing: text as text, JSON as text (so that it is decoded once, by msgspec, and may hold
any character), times as integer microseconds since 1970 in UTC. The types give their result processors whole, because
the base's way around `process_result_value` costs more than the conversion, and a page of assets has hundreds of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    TableValuedAlias,
    Text,
    bindparam,
    column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from fototeca.errors import InvalidInput

E = TypeVar("E", bound=StrEnum)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

BigId = BigInteger().with_variant(Integer, "sqlite")
"""Type of every id. SQLite numbers rows only in a column declared INTEGER, which has 64 bits there anyway."""


def now() -> datetime:
    """The present, in UTC, as precise as it is stored."""
    return EPOCH + timedelta(microseconds=time.time_ns() // 1000)


# The children of an asset were mostly made at the same time.
@lru_cache(maxsize=4096)
def _from_micros(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the base's signature
        """The stored form of a value."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidInput("a time of the catalogue needs a UTC offset")
        return (value - EPOCH) // MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002 - the base's signature
        """What turns the stored form back."""
        return _from_micros


def to_wall(taken: datetime | None) -> tuple[int | None, int | None]:
    """Split a photo's time into its clock reading, in microseconds as if it were UTC, and its offset in seconds."""
    if taken is None:
        return None, None
    offset = taken.utcoffset()
    reading = (taken.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
    return reading, None if offset is None else round(offset.total_seconds())


def from_wall(reading: int | None, offset: int | None) -> datetime | None:
    """Join what `to_wall` split."""
    if reading is None:
        return None
    clock = EPOCH + timedelta(microseconds=reading)
    return clock.replace(tzinfo=None if offset is None else _zone(offset))


@lru_cache(maxsize=256)
def _zone(offset: int) -> timezone:
    return timezone(timedelta(seconds=offset))


class Words(TypeDecorator[str]):
    """Text that both databases can hold: no NUL, no half of a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base's signature
        """The stored form of a value."""
        if value is not None:
            check_text(value)
        return value


def check_text(value: str) -> None:
    """Refuse text that cannot be stored.

    Raises:
        InvalidInput: It holds NUL or an unpaired surrogate.
    """
    try:
        storable = b"\0" not in value.encode()
    except UnicodeEncodeError:
        storable = False
    if not storable:
        raise InvalidInput(f"text {value[:40]!r} holds a character that cannot be stored")


class Json(TypeDecorator[Any]):
    """A value as JSON text, read back as `kind`."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Any = dict[str, Any]) -> None:
        super().__init__()
        self.kind = kind
        self._decode = msgspec.json.Decoder(kind).decode

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base's signature
        """The stored form of a value."""
        if value is None:
            return None
        try:
            text = msgspec.json.encode(value)
            # Not a number becomes null: what could not be read back must not be written.
            self._decode(text)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise InvalidInput(f"a value cannot be stored as JSON: {error}") from error
        return text.decode()

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - the base's signature
        """What turns the stored form back."""
        decode = self._decode
        return lambda value: None if value is None else decode(value)


class Choice(TypeDecorator[E]):
    """A member of a string enumeration."""

    impl = Text
    cache_ok = True

    def __init__(self, choices: type[E]) -> None:
        super().__init__()
        self.choices = choices
        self._members = {member.value: member for member in choices}

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base's signature
        """The stored form of a value."""
        if value is not None and value not in self._members:
            allowed = ", ".join(self._members)
            raise InvalidInput(f"{value!r} is not one of {allowed}", allowed=allowed)
        return value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], E | None]:  # noqa: ARG002 - the base's signature
        """What turns the stored form back."""
        return self._members.get


class ListOf(TypeDecorator[Sequence[Any]]):
    """A list as one parameter, so that a statement's text does not depend on the list's length."""

    impl = Text
    cache_ok = True

    def __init__(self, item: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array where there are such, else JSON."""
        return dialect.type_descriptor(ARRAY(self.item()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        """The stored form of a value."""
        if value is None or dialect.name == "postgresql":
            return None if value is None else list(value)
        return msgspec.json.encode(value).decode()


class listed(FunctionElement[Any]):  # noqa: N801 - spelled as the SQL function that it is
    """A table with the column `value`, from a list parameter."""

    inherit_cache = True


@compiles(listed, "sqlite")
def _listed_sqlite(element: listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(listed, "postgresql")
def _listed_postgresql(element: listed, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}) AS value)"


def items(name: str, kind: type[TypeEngine[Any]] = BigInteger) -> TableValuedAlias:
    """The list bound to the parameter `name`, as a table with one column, `value`."""
    return listed(bindparam(name, type_=ListOf(kind))).table_valued(column("value", kind()))


def among(what: ColumnElement[Any], name: str = "ids", kind: type[TypeEngine[Any]] = BigInteger) -> ColumnElement[bool]:
    """Whether a column is one of the list bound to the parameter `name`."""
    return what.in_(select(items(name, kind).c.value))
