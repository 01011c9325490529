"""The grammar of the native language, by recursive descent in one pass.

    question    = conjunction { ("OR" | "||") conjunction }
    conjunction = operand { ["AND" | "&&"] operand }
    operand     = ("-" | "!" | "NOT") operand | "(" question ")" | '"' phrase '"' | clause | word
    clause      = field operator value [count]
    value       = word | '"' text '"' | range | "(" question of values ")"

Words outside a field are loose until it is known where they stand: at the top level they say what ranks higher, under
`OR` or `NOT` they are filters. A phrase behind a minus filters everywhere, and at the top level ranks lower, too.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from fototeca.errors import LimitExceeded, QueryError
from fototeca.query.clauses import Written, between, check_operator, clause, counted, present
from fototeca.query.expressions import All, Expression, How, Ids
from fototeca.query.fields import FAMILIES, Field, Type, find
from fototeca.query.items import (
    AMONG,
    LIKES,
    SPECIAL,
    Aside,
    Item,
    Loose,
    integers,
    joined,
    lifted_order,
    named,
    only,
    sort_keys,
    unknown,
)
from fototeca.query.lexer import (
    BOUND,
    COMPARISON,
    CONNECTIVE,
    COUNT,
    HEAD,
    IDS,
    LISTED_WORD,
    WORD,
    Scanner,
    pattern_of,
    unescape,
)
from fototeca.query.normal import disjunction, negation, wildcard

MAX_LENGTH = 8192
MAX_DEPTH = 64
MAX_CLAUSES = 1024

_SIGNS = frozenset("<>[{")


class _Scope(NamedTuple):
    """A field whose list of values is being read."""

    field: Field
    operator: str


class Parser(Scanner):
    """Reads one text."""

    __slots__ = ("clauses", "depth", "now", "scope")

    def __init__(self, text: str, now: datetime | None) -> None:
        if len(text) > MAX_LENGTH:
            raise LimitExceeded(f"a query has at most {MAX_LENGTH} characters, this one {len(text)}")
        super().__init__(text)
        self.now = now
        self.depth = 0
        self.clauses = 0
        self.scope: _Scope | None = None

    def read(self) -> list[Item]:
        """Read the whole text."""
        if not self.peek():
            return []
        items = self._question()
        if self.peek():
            self.fail('this ")" closes nothing')
        return items

    # --- structure

    def _question(self) -> list[Item]:
        """Alternatives as one `Or`; a lone conjunction as its items, so that its words stay loose."""
        first = self._conjunction()
        if not self._connective("OR", "||", ","):
            return first
        read = [first, self._conjunction()]
        while self._connective("OR", "||", ","):
            read.append(self._conjunction())
        order = [] if self.depth else [item for items in read for item in lifted_order(items)]
        return [disjunction([joined(items) for items in read]), *order]

    def _conjunction(self) -> list[Item]:
        items = self._operand()
        while char := self.peek():
            if char == ")" or (char == "," and self.scope):
                break
            if char in "AO&|":
                found = CONNECTIVE.match(self.text, self.position)
                if found and found[1] in {"OR", "||"}:
                    break
                if found:
                    self.position = found.end()
            items += self._operand()
        return items

    def _operand(self) -> list[Item]:
        char = self.peek()
        if not char:
            self.fail("something is missing here")
        if char == "(":
            return self._group()
        if char == '"' and not self.scope:
            self._count_clause()
            return [Loose(self.quoted(), How.PHRASE)]
        if char in "-!" and self._negates():
            return self._negated(1)
        if char in "),AON&|":
            found = CONNECTIVE.match(self.text, self.position)
            if found and found[1] == "NOT":
                return self._negated(3)
            if found:
                self.fail(f"{found[1]} needs something on both sides; quote it to search for the word")
            if char == ")" or (char == "," and self.scope):
                self.fail("something is missing here")
        self._count_clause()
        if self.scope:
            return self._value(self.scope.field, self.scope.operator)
        return self._clause()

    def _group(self) -> list[Item]:
        opened = self._deeper()
        self.position += 1
        if self.peek() == ")":
            self.fail("empty parentheses", opened)
        items = self._question()
        if self.peek() != ")":
            self.fail('this "(" is never closed', opened)
        self.position += 1
        self.depth -= 1
        return items

    def _negated(self, length: int) -> list[Item]:
        self._deeper()
        self.position += length
        items = self._operand()
        self.depth -= 1
        if len(items) == 1 and type(item := items[0]) is Aside and item.name in LIKES:
            return [item._replace(ids=item.unlike, unlike=item.ids)]
        if len(items) == 1 and type(item) is Loose and item.how is How.PHRASE and not item.negated:
            return [item._replace(negated=True)]
        return [negation(joined(items))]

    # --- clauses

    def _clause(self) -> list[Item]:
        """A field's clause, or a word where there is no field."""
        head = HEAD.match(self.text, self.position)
        if head is None:
            return [self._word()]
        name, operator = unescape(head[1]), head[2]
        if name in SPECIAL and operator == ":":
            return self._special(name, head.end())
        field = find(name) or self._unusual(name, operator, head.end())
        return self._field_clause(field, operator.lstrip(), head) if field else [self._word()]

    def _field_clause(self, field: Field, operator: str, head: re.Match[str]) -> list[Item]:
        try:
            check_operator(field, operator)
        except QueryError as error:
            error.position = self.position
            raise
        self.position = head.end()
        if operator not in {":", "~", "~~"}:
            self.peek()
        return self._value(field, operator)

    def _unusual(self, name: str, operator: str, end: int) -> Field | None:
        """Return the field meant by a name that is none as it stands; `None` where it is clearly just a word."""
        head, dot, key = name.partition(".")
        field = find(head.lower() + dot + key)
        if field:
            return field
        rest = self.text[end : end + 2]
        alone = not rest or rest[0].isspace()
        odd = rest == "//" or rest[:1] == ":" or (dot and head.lower() not in FAMILIES)
        if alone or odd or operator[0].isspace():
            return None
        raise unknown(name, self.position, clause=True)

    def _word(self) -> Item:
        raw = self.match(WORD)
        if raw == "*":
            return All()
        pattern = pattern_of(raw)
        if pattern is None or "://" in raw or pattern_of(raw.rstrip("?")) is None:  # an address; a question's end
            return Loose(unescape(raw), How.WORDS)
        return wildcard("text", pattern, folded=True)

    def _value(self, field: Field, operator: str) -> list[Item]:
        """What stands after a field and its operator."""
        start = self.position
        char = self.text[start : start + 1]
        try:
            if char == "(":
                return self._apart(self._list(field, operator))
            if char == '"':
                return self._apart([self._quoted_value(field, operator)])
            if char in _SIGNS and operator == ":":
                return self._signed_value(field, char)
            if not char or char in ")," or char.isspace():
                self.fail(f"{field.name} needs a value right here; quote the name to search for it as text")
            raw = self.match(LISTED_WORD if self.scope else WORD)
            return [clause(field, operator, Written(raw, quoted=False, now=self.now))]
        except QueryError as error:
            if error.position is None:
                error.position, error.field = start, field.name
            raise

    def _signed_value(self, field: Field, sign: str) -> list[Item]:
        """A range in brackets, or a comparison behind the colon."""
        if sign in "[{":
            return self._apart([self._range(field)])
        operator = self.match(COMPARISON)
        check_operator(field, operator)
        self.peek()
        return self._value(field, operator)

    def _apart(self, items: list[Item]) -> list[Item]:
        """Refuse what hangs on to the end of a value, which would silently be another word."""
        char = self.text[self.position : self.position + 1]
        if char and char not in "()," and not char.isspace():
            self.fail("a space is missing here")
        return items

    def _quoted_value(self, field: Field, operator: str) -> Expression:
        value = Written(self.quoted(), quoted=True, now=self.now)
        count = COUNT.match(self.text, self.position) if field.type is Type.KEYWORDS else None
        if count is None:
            return clause(field, operator, value)
        self.position = count.end()
        return counted(field, operator, value, count)

    def _list(self, field: Field, operator: str) -> list[Item]:
        self.scope = _Scope(field, operator)
        items = self._group()
        self.scope = None
        return items

    def _range(self, field: Field) -> Expression:
        """`[a TO b]` with the bounds, `{a TO b}` without them; each side has its own bracket."""
        opened, opening = self.position, self.text[self.position]
        self.position += 1
        low = self._bound()
        self.peek()
        if self.text[self.position : self.position + 2] != "TO":
            self.fail("a range is written [low TO high], with * for an open side", opened)
        self.position += 2
        high = self._bound()
        closing = self.peek()
        if not closing or closing not in "]}":
            self.fail(f'the range that "{opening}" opens is never closed by ] or }}', opened)
        self.position += 1
        return between(field, low, high, include_low=opening == "[", include_high=closing == "]")

    def _bound(self) -> Written | None:
        char = self.peek()
        if char == '"':
            return Written(self.quoted(), quoted=True, now=self.now)
        if not char or char in "]}":
            self.fail("a range needs a bound here, or * for none")
        raw = self.match(BOUND)
        return None if raw == "*" else Written(raw, quoted=False, now=self.now)

    # --- clauses that are no fields

    def _special(self, name: str, end: int) -> list[Item]:
        start, self.position = self.position, end
        if name == "ids":
            return [Ids(self._integers(name))]
        if name in LIKES:
            return [Aside(name, start, ids=self._integers(name), owner=LIKES[name])]
        if name == "only":
            return [self._only()]
        raw = self._argument(name)
        if name == "sort":
            return [Aside(name, start, sort=sort_keys(raw, end))]
        if name == "among":
            if raw not in AMONG:
                self.fail(f"among: takes {' or '.join(AMONG)}", end)
            return [Aside(name, start, owner=AMONG[raw])]
        exists = present(named(unescape(raw), end))
        return [exists if name == "has" else negation(exists)]

    def _argument(self, name: str) -> str:
        char = self.text[self.position : self.position + 1]
        if char == '"':
            return self.quoted()
        if not char or char in "()" or char.isspace():
            self.fail(f"{name}: needs the name of a field; quote it to search for it as text")
        return self.match(WORD)

    def _integers(self, name: str) -> tuple[int, ...]:
        start = self.position
        found = IDS.match(self.text, start)
        if found is None:
            self.fail(f"{name}: needs ids, such as {name}:12 or {name}:(12, 15)")
        self.position = found.end()
        inside = (found[1] if found[2] is None else found[2]).strip()
        return integers(name, inside, start) if inside or name in LIKES else ()

    def _only(self) -> Expression:
        """These people, each of them, and nobody else: names in parentheses, or one."""
        names: list[str] = []
        opened = self.position
        listed = self.text[opened : opened + 1] == "("
        self.position += listed
        while not names or listed:
            if listed and self.peek() == ")":
                self.position += 1
                break
            if names and self.peek() == ",":
                self.position += 1
                self.peek()
            char = self.text[self.position : self.position + 1]
            if not char or char in "(),":
                self.fail('only: needs the names of people, such as only:Ann or only:(Ann, "Bo Li")', opened)
            names.append(self.quoted() if char == '"' else unescape(self.match(LISTED_WORD)))
        if not names:
            self.fail("only: needs at least one name", opened)
        return only(names)

    # --- small steps

    def _connective(self, *kinds: str) -> bool:
        """Take the connective if it stands here; a comma is one inside a list of values."""
        char = self.peek()
        if char == ",":
            self.position += 1
            return True
        found = CONNECTIVE.match(self.text, self.position) if char and char in "O|" else None
        if found is None or found[1] not in kinds:
            return False
        self.position = found.end()
        return True

    def _negates(self) -> bool:
        """Whether the sign here stands right before what it negates."""
        after = self.text[self.position + 1 : self.position + 2]
        return bool(after) and not after.isspace() and after not in "-!)=,"

    def _deeper(self) -> int:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"more than {MAX_DEPTH} parentheses or negations inside each other")
        return self.position

    def _count_clause(self) -> None:
        self.clauses += 1
        if self.clauses > MAX_CLAUSES:
            self.fail(f"more than {MAX_CLAUSES} clauses")
