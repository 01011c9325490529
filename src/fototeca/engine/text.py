"""One inverted index for the words of all of a segment's text fields, and BM25 over it.

A *unit* is the text of one field in one row. Its tokens stand in order in `tokens`, values kept apart by the token ""
so that no phrase reaches from one value into the next; from these the postings (the rows of each token) are derived.

**Score.** BM25F with a length norm for each field (Zaragoza, Craswell, Taylor, Saria and Robertson, TREC-13, 2004).
For the distinct stems s of the query and the fields f searched, over the N live documents of the index:

    w(d, s)  = sum over f of weight_f * tf_f(d, s) / (1 - b + b * len_f(d) / avglen_f)
    idf(s)   = ln(1 + (N - n_s + 0.5) / (n_s + 0.5))
    score(d) = sum over s of idf(s) * w(d, s) / (k1 + w(d, s))          with k1 = 1.2, b = 0.75

tf_f(d, s) is how many tokens of the field have the stem; len_f(d) how many tokens it has in all its values; avglen_f
the mean of that over live documents with at least one; n_s the live documents with the stem in one of the searched
fields. A field whose weight is 0 counts as 1. **Relevance** is the score as a share of the sum of idf(s), which is what
a document that said nothing but the query, endlessly, would come near to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fototeca.engine.arrays import Array, Rows, group_by, group_starts, interleave, spans
from fototeca.engine.postings import Postings
from fototeca.engine.strings import StringTable, coded, pack, position, union
from fototeca.query.words import stem, tokens_of_all

K1 = 1.2
B = 0.75
_GAP = 0  # code of the token "", which sorts before all others


@dataclass(frozen=True, slots=True)
class Lengths:
    """How much text there is, by field (in the order of `TextIndex.fields`).

    Attributes:
        tokens: Number of tokens.
        units: Number of rows with at least one token.
    """

    tokens: NDArray[np.int64]
    units: NDArray[np.int64]

    def __sub__(self, other: Lengths) -> Lengths:
        return Lengths(self.tokens - other.tokens, self.units - other.units)


class Texts(NamedTuple):
    """Texts of one field, each distinct one held, and split, once.

    Attributes:
        rows: Row of each text, ascending.
        codes: Its place among the distinct ones.
        distinct: The distinct ones.
    """

    rows: Rows
    codes: NDArray[np.int32]
    distinct: Sequence[str]


class TextIndex:
    """The words of a segment.

    Attributes:
        fields: Canonical names of the fields that occur, ascending.
        unit_rows: Row of each unit, ascending.
        unit_fields: Its field, as an index into `fields`; ascending within a row.
        starts: Where its tokens start, and at the end, where the last one's stop.
        tokens: Codes into `vocabulary`.
        vocabulary: Folded tokens, ascending; the first is "", the gap between two values.
    """

    def __init__(  # noqa: PLR0917 - the arrays that an index of words is
        self,
        fields: list[str],
        unit_rows: Rows,
        unit_fields: NDArray[np.int16],
        starts: NDArray[np.int64],
        tokens: NDArray[np.int32],
        vocabulary: Sequence[str],
        postings: Postings | None = None,
    ) -> None:
        self.fields = fields
        self.unit_rows = unit_rows
        self.unit_fields = unit_fields
        self.starts = starts
        self.tokens = tokens
        self.vocabulary = vocabulary
        self._postings = postings

    @classmethod
    def build(cls, texts: Mapping[str, Texts]) -> Self:
        """Index the texts of each field."""
        names = sorted(texts)
        numbers, places = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        distinct: list[str] = []
        for at, name in enumerate(names):
            rows, codes, some = texts[name]
            numbers.append(rows * np.int64(len(names)) + at)
            places.append(codes + np.int64(len(distinct)))
            distinct += some
        units, place = np.concatenate(numbers), np.concatenate(places)  # of each text; units by row and field
        vocabulary, tokens = coded(tokens_of_all(distinct))
        vocabulary[_GAP] = ""
        gaps = np.flatnonzero(tokens == _GAP)
        firsts, lengths = gaps[place], (gaps[1:] - gaps[:-1])[place]  # of each text, with the gap before it
        order = np.flatnonzero(lengths > 1)
        order = order[units[order].argsort(kind="stable")]
        units, firsts, lengths = units[order], firsts[order], lengths[order]
        opening = group_starts(units)
        firsts[opening] += 1  # no gap before the first text of a unit
        lengths[opening] -= 1
        unit_rows, unit_fields = np.divmod(units[opening], max(len(names), 1))
        occurs = np.bincount(unit_fields, minlength=len(names)) > 0
        return cls(
            list(compress(names, occurs)),
            unit_rows.astype(np.int32),
            (occurs.cumsum() - 1)[unit_fields].astype(np.int16),
            np.append((lengths.cumsum() - lengths)[opening], lengths.sum()),
            tokens[spans(firsts, lengths)],
            vocabulary,
        )

    @cached_property
    def stems(self) -> tuple[Sequence[str], NDArray[np.int32]]:
        """The stems, ascending, and for each token of the vocabulary the place of its stem."""
        return coded(list(map(stem, self.vocabulary)))

    @property
    def postings(self) -> Postings:
        """In which rows each token stands."""
        if self._postings is None:
            self._postings = Postings.of_units(
                self.unit_rows,
                self.unit_fields,
                self.lengths,
                np.diff(self.starts),
                self.tokens,
                len(self.vocabulary),
            )
        return self._postings

    @cached_property
    def lengths(self) -> NDArray[np.int32]:
        """Number of tokens of each unit, gaps not counted."""
        if not len(self.unit_rows):
            return np.empty(0, np.int32)
        return np.add.reduceat(self.tokens != _GAP, self.starts[:-1], dtype=np.int32)

    @cached_property
    def totals(self) -> Lengths:
        """How much text the whole segment holds."""
        return self._totals(self.unit_fields, self.lengths)

    def totals_of(self, rows: Rows) -> Lengths:
        """Return how much text these rows hold."""
        units = self._units(rows)
        return self._totals(self.unit_fields[units], self.lengths[units])

    def _units(self, rows: Rows) -> NDArray[np.int64]:
        """Return the units of some rows."""
        first = np.searchsorted(self.unit_rows, rows, "left")
        return spans(first, np.searchsorted(self.unit_rows, rows, "right") - first)

    def _totals(self, fields: Array, lengths: Array) -> Lengths:
        count = len(self.fields)
        tokens = np.bincount(fields, lengths, minlength=count).astype(np.int64)
        return Lengths(tokens, np.bincount(fields, minlength=count))

    def field_mask(self, names: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Return for each of `fields` whether it is among these."""
        return np.array([field in names for field in self.fields], np.bool_)

    @cached_property
    def _by_stem(self) -> tuple[Array, Array]:
        """The tokens grouped by stem, and where each stem's group starts."""
        stems, stem_of = self.stems
        return group_by(stem_of, len(stems))

    def codes_of_stem(self, wanted: str) -> list[int]:
        """Return the tokens that have this stem."""
        place = position(self.stems[0], wanted)
        if place is None:
            return []
        tokens, starts = self._by_stem
        codes: list[int] = tokens[starts[place] : starts[place + 1]].tolist()
        return codes

    def rows_of_codes(self, codes: Sequence[int], names: Mapping[str, Any]) -> Rows:
        """Return the rows that hold any of these tokens in one of some fields, with repeats."""
        return self._in_fields(*self.postings.of_codes(codes), names)

    def rows_of_range(self, first: int, last: int, names: Mapping[str, Any]) -> Rows:
        """Return the rows that hold a token of a range of the vocabulary in one of some fields, with repeats."""
        return self._in_fields(*self.postings.of_range(max(first, _GAP + 1), last), names)

    def _in_fields(self, rows: Rows, kinds: Array, names: Mapping[str, Any]) -> Rows:
        return rows[self.field_mask(names)[self.postings.fields][kinds]]

    def rows_of_phrase(self, phrase: Sequence[str], names: Mapping[str, Any]) -> Rows:
        """Return the rows in which these tokens stand next to each other, in order, in one of some fields."""
        codes = [position(self.vocabulary, token) for token in phrase]
        known = [code for code in codes if code is not None]
        if not phrase or len(known) < len(codes):
            return np.empty(0, np.int32)
        by_rarity = sorted(set(known), key=self.postings.count)
        rows = self.rows_of_codes(by_rarity[:1], names)
        for code in by_rarity[1:]:
            rows = rows[np.isin(rows, self.rows_of_codes([code], names))]
        if len(known) == 1:
            return rows
        units = self._units(rows[group_starts(rows)])
        units = units[self.field_mask(names)[self.unit_fields[units]]]
        lengths = self.starts[units + 1] - self.starts[units]
        places = spans(self.starts[units], np.maximum(lengths - len(known) + 1, 0))
        for offset, code in enumerate(known):
            places = places[self.tokens[places + offset] == code]
        return self.unit_rows[np.searchsorted(self.starts, places, "right") - 1]

    def weights(self, norms: Array, slopes: Array) -> NDArray[np.float64]:
        """Return what a posting of each kind adds to w(d, s), see the module's formula.

        Args:
            norms: For each field, (1 - b) / weight; infinite where the field is not searched.
            slopes: For each field, b / (avglen * weight).
        """
        told = self.postings
        weights: NDArray[np.float64] = told.times / (norms[told.fields] + slopes[told.fields] * told.lengths)
        return weights

    def arrays(self) -> dict[str, Array]:
        """Return what `restore` needs besides `fields`."""
        stems, stem_of = self.stems
        return {
            "unit_rows": self.unit_rows,
            "unit_fields": self.unit_fields,
            "starts": self.starts,
            "tokens": self.tokens,
            "stem_of": stem_of,
            "lengths": self.lengths,
            "totals": np.stack((self.totals.tokens, self.totals.units)),
            **{f"postings.{name}": array for name, array in self.postings.arrays().items()},
            **{f"vocabulary.{name}": array for name, array in pack(self.vocabulary, mixed=False).items()},
            **{f"stems.{name}": array for name, array in pack(stems, mixed=False).items()},
        }

    @classmethod
    def restore(cls, fields: list[str], arrays: Mapping[str, Array]) -> Self:
        """Rebuild from `arrays`, usually mapped from a file."""
        restored = cls(
            fields,
            arrays["unit_rows"],
            arrays["unit_fields"],
            arrays["starts"],
            arrays["tokens"],
            StringTable(arrays["vocabulary.offsets"], arrays["vocabulary.data"], mixed=False),
            Postings.restore({name.removeprefix("postings."): array for name, array in arrays.items()}),
        )
        stems = StringTable(arrays["stems.offsets"], arrays["stems.data"], mixed=False)
        restored.stems = stems, arrays["stem_of"]
        restored.lengths = arrays["lengths"]
        restored.totals = Lengths(*arrays["totals"])
        return restored

    @classmethod
    def merge(cls, parts: Sequence[Self], targets: Sequence[Rows]) -> Self:
        """Unite the words of several segments; `targets` are those of `fototeca.engine.arrays.interleave`."""
        rows, pick = interleave([p.unit_rows for p in parts], targets)
        used = [_used(part, target) for part, target in zip(parts, targets, strict=True)]
        vocabulary, token_maps = union([p.vocabulary for p in parts], used)
        fields = sorted({field for part in parts for field in part.fields})
        field_maps = [np.array([fields.index(f) for f in p.fields], np.int16) for p in parts]
        unit_fields = np.concatenate([m[p.unit_fields] for m, p in zip(field_maps, parts, strict=True)])[pick]
        tokens = np.concatenate([m[p.tokens] for m, p in zip(token_maps, parts, strict=True)])
        lengths = np.concatenate([np.diff(p.starts) for p in parts])
        if not isinstance(pick, slice):
            tokens = tokens[spans((np.cumsum(lengths) - lengths)[pick], lengths[pick])]
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths[pick], out=starts[1:])
        return cls(fields, rows, unit_fields, starts, tokens, vocabulary)


def _used(part: TextIndex, target: Rows) -> Array | None:
    """Return the tokens that survive a merge, `None` when all do."""
    kept = target[part.unit_rows] >= 0
    if kept.all():
        return None
    return np.unique(np.append(part.tokens[np.repeat(kept, np.diff(part.starts))], _GAP))
