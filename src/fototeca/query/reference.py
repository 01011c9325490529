"""The table of fields for the documentation: `python -m fototeca.query.reference PAGE` brings a page's up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from fototeca.query.expressions import How
from fototeca.query.fields import FAMILIES, FIELDS, Field, Type

BEGIN, END = "<!-- fields:begin -->", "<!-- fields:end -->"

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


def refreshed(page: str) -> str:
    """Return a page with the table between its markers made anew."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n{table()}{end}{after}"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(refreshed(file.read_text(encoding="utf-8")), encoding="utf-8")
