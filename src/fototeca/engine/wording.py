"""Words and phrases: answered from the index of words, or by scanning a dictionary where a field is not in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyroaring import BitMap

from fototeca.engine.arrays import bitmap_of_any
from fototeca.engine.coded import CodedColumn
from fototeca.engine.leaf import Leaf, scanned_codes
from fototeca.engine.segment import Segment, indexes_words
from fototeca.engine.strings import position, prefix_range
from fototeca.query.expressions import How
from fototeca.query.fields import FREE_TEXT, Field
from fototeca.query.words import fold, stem, tokens


def words(known: Field, wanted: list[str], how: How) -> Leaf:
    """Answer words or a phrase, from the index of words where the field is in it."""
    if not wanted:
        return Leaf(lambda _: BitMap(), lambda _: 0, cost=0)
    if not indexes_words(known) and known.name != "text":
        if how is How.PHRASE:
            return scanned_codes(known, codes_of(" ".join(wanted), how))
        parts = [scanned_codes(known, codes_of(word, how)) for word in wanted]
        return Leaf(lambda segment: BitMap.intersection(*(part.select(segment) for part in parts)), cost=2)
    names = searched(known)
    stems = list(dict.fromkeys(map(stem, wanted)))

    def select(segment: Segment) -> BitMap:
        text = segment.text
        if how is How.PHRASE:
            return bitmap_of_any(text.rows_of_phrase(wanted, names), len(segment))
        found = segment.all
        for each in stems:
            found &= bitmap_of_any(text.rows_of_codes(text.codes_of_stem(each), names), len(segment))
        return found

    def estimate(segment: Segment) -> int:
        text = segment.text
        if how is How.WORDS:
            return min(sum(map(text.postings.count, text.codes_of_stem(each))) for each in stems)
        codes = [position(text.vocabulary, token) for token in wanted]
        return min(0 if code is None else text.postings.count(code) for code in codes)

    return Leaf(select, estimate)


def beginnings(known: Field, start: str) -> Leaf:
    """Answer a folded text that tokens begin with."""
    if indexes_words(known) or known.name == "text":
        return vocabulary_codes(known, lambda vocabulary: range(*prefix_range(vocabulary, start)))

    def begins(value: str) -> bool:
        return any(token.startswith(start) for token in tokens(value))

    return scanned_codes(known, lambda column: _judged(column, begins))


def vocabulary_codes(known: Field, codes: Callable[[Sequence[str]], Sequence[int]]) -> Leaf:
    """Answer by tokens of the vocabulary."""
    names = searched(known)

    def select(segment: Segment) -> BitMap:
        found = codes(segment.text.vocabulary)
        if isinstance(found, range):
            rows = segment.text.rows_of_range(found.start, found.stop, names)
        else:
            rows = segment.text.rows_of_codes(found, names)
        return bitmap_of_any(rows, len(segment))

    return Leaf(select, cost=2)


def searched(known: Field) -> dict[str, float]:
    """Return the fields, with their weights, whose words are meant by a field: `text` means all of free text."""
    return {f.name: f.weight or 1.0 for f in (FREE_TEXT if known.name == "text" else [known])}


def codes_of(text: str, how: How) -> Callable[[CodedColumn], Sequence[int]]:
    """Return how to find the codes of the values that a text matches, each value judged alone."""
    if how is How.EXACT:
        return lambda column: range(*column.exact(text))
    if how is How.FOLDED:
        folded = fold(text)
        return lambda column: column.folded_equal(folded)
    wanted = tokens(text)
    stems = set(map(stem, wanted))

    def holds(value: str) -> bool:
        found = tokens(value)
        if how is How.WORDS:
            return bool(stems) and stems <= set(map(stem, found))
        size = len(wanted)
        return bool(wanted) and any(found[i : i + size] == wanted for i in range(len(found) - size + 1))

    return lambda column: _judged(column, holds)


def _judged(column: CodedColumn, holds: Callable[[str], bool]) -> list[int]:
    return [code for code in range(column.texts_from, len(column.values)) if holds(column.text(code))]
