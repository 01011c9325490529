"""The table of fields for the documentation: `python -m fototeca.query.reference` prints it."""

from __future__ import annotations

import sys

from fototeca.query.expressions import How
from fototeca.query.fields import FAMILIES, FIELDS, Field, Type

_COMPARES = {
    How.EXACT: "exactly",
    How.FOLDED: "whole, whatever case and accents",
    How.PHRASE: "contains the words in order",
    How.WORDS: "contains the words",
}
_TEXTUAL = {Type.KEYWORD, Type.KEYWORDS, Type.TEXT, Type.OPEN}


def table() -> str:
    """Return a Markdown table of every field that can be asked for, in the registry's order."""
    rows = ["| field | also | what it is | kind | `:` compares | sorts |", "|---|---|---|---|---|---|"]
    rows += [_row(known, known.name) for known in FIELDS]
    rows += [_row(known, f"{known.name}.KEY") for known in FAMILIES.values()]
    return "\n".join(rows) + "\n"


def _row(known: Field, name: str) -> str:
    also = ", ".join(f"`{alias}`" for alias in known.aliases)
    kind = known.type.value + (f" ({known.unit})" if known.unit else "")
    compares = _COMPARES[known.how] if known.type in _TEXTUAL else ""
    return f"| `{name}` | {also} | {known.doc} | {kind} | {compares} | {'yes' if known.sorts else ''} |"


if __name__ == "__main__":
    sys.stdout.write(table())
