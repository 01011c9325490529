"""RoboQL tokens to a question: recursive descent over the grammar in the package's description."""

from __future__ import annotations

from dataclasses import dataclass, field

from fototeca.dialects.roboflow.roboql.filters import Names, meaning, order
from fototeca.dialects.roboflow.roboql.lexer import Kind, Token, read
from fototeca.errors import LimitExceeded, QueryError
from fototeca.query import All, And, Expression, Not, Or, Sort

MAX_DEPTH = 50
MAX_CLAUSES = 500


_EVERYTHING = All()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query says.

    Attributes:
        where: Which images.
        words: The free text, joined by spaces.
        like: Numbers of the example images.
        sort: The order asked for; the last one wins.
    """

    where: Expression = _EVERYTHING
    words: str = ""
    like: tuple[int, ...] = ()
    sort: Sort | None = None


@dataclass(slots=True)
class _Group:
    """Part of a query: filters, and what ranks or sorts, which only an AND may hold."""

    where: list[Expression] = field(default_factory=list)
    asides: list[Token] = field(default_factory=list)

    def expression(self) -> Expression:
        parts = [part for part in self.where if part != _EVERYTHING]
        return parts[0] if len(parts) == 1 else And(tuple(parts)) if parts else _EVERYTHING


def parse(text: str, names: Names) -> Asked:
    """Read a query.

    Raises:
        QueryError: It cannot be understood; the error has the position.
        LimitExceeded: It is too long, too deep or has too many parts.
    """
    group = _Parser(list(read(text)), names).whole()
    words = " ".join(token.text for token in group.asides if token.kind is Kind.TEXT)
    like = tuple(_example(token, names) for token in group.asides if token.key == "like-image")
    sorts = [order(token) for token in group.asides if token.key == "sort"]
    return Asked(group.expression(), " ".join(words.split()), like, sorts[-1] if sorts else None)


def mentions_filters(text: str) -> bool:
    """Whether a text that may be plain language holds a filter, an example or an order.

    Raises:
        QueryError: A filter in it has no value, or a quote is not closed.
    """
    return any(token.kind is Kind.FILTER for token in read(text))


def _example(token: Token, names: Names) -> int:
    image = names.image(token.text)
    if image is None:
        raise QueryError(f'there is no image "{token.text}"', position=token.position, field=token.key)
    return image


class _Parser:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[Token], names: Names) -> None:
        if len(tokens) > MAX_CLAUSES:
            raise LimitExceeded("the query has too many parts", field="query", allowed=f"at most {MAX_CLAUSES}")
        self._tokens = tokens
        self._names = names
        self._at = 0

    def whole(self) -> _Group:
        if self._tokens[0].kind is Kind.END:
            return _Group()
        group = self._either(0)
        rest = self._take()
        if rest.kind is not Kind.END:
            raise QueryError("a parenthesis is closed that was not opened", position=rest.position)
        return group

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _either(self, depth: int) -> _Group:
        alternatives = [self._both(depth)]
        while self._next.kind is Kind.OR:
            self._take()
            alternatives.append(self._both(depth))
        if len(alternatives) == 1:
            return alternatives[0]
        for group in alternatives:
            _refuse_asides(group, "OR")
        return _Group([Or(tuple(group.expression() for group in alternatives))])

    def _both(self, depth: int) -> _Group:
        group = self._unary(depth)
        while self._next.kind not in {Kind.OR, Kind.CLOSE, Kind.END}:
            if self._next.kind is Kind.AND:
                self._take()
            other = self._unary(depth)
            group.where += other.where
            group.asides += other.asides
        return group

    def _unary(self, depth: int) -> _Group:
        if depth > MAX_DEPTH:
            raise LimitExceeded("the query is nested too deeply", field="query", allowed=f"at most {MAX_DEPTH} levels")
        token = self._take()
        match token.kind:
            case Kind.NOT | Kind.MINUS:
                group = self._unary(depth + 1)
                _refuse_asides(group, str(token.kind))
                return _Group([Not(group.expression())])
            case Kind.OPEN:
                group = self._either(depth + 1)
                if self._take().kind is not Kind.CLOSE:
                    raise QueryError("a parenthesis is not closed", position=token.position)
                return group
            case Kind.STAR:
                return _Group()
            case Kind.TEXT:
                return _Group(asides=[token])
            case Kind.FILTER if token.key in {"sort", "like-image"}:
                return _Group(asides=[token])
            case Kind.FILTER:
                return _Group([meaning(token, self._names)])
            case _:
                what = "the query ends" if token.kind is Kind.END else f'"{token.kind}" stands'
                raise QueryError(f"{what} where a filter or text is expected", position=token.position)


def _refuse_asides(group: _Group, under: str) -> None:
    for token in group.asides:
        what = "free text" if token.kind is Kind.TEXT else f"{token.key}:"
        raise QueryError(
            f"{what} cannot be combined with {under}: it puts images in order, and does not tell them apart",
            position=token.position,
        )
