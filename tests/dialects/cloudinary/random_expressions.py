"""Random expressions, each with what it means for one asset, worked out without the parser and the engine.

Every function gives a text of the language and a test of an asset's record, both made from the same choices.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from fototeca.assets import Asset, Colour, Distinctness, Facts, Kind, MetadataField, Publication, Status, Video

Test = Callable[[Asset], bool]
Made = tuple[str, Test]

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
WORDS = ("red", "Red", "shoe", "blue-sky", "dog_run", "b2", "summer sale")
NAMES = ("shop/red-shoe", "shop/dog", "red", "a/b/c", "a/b", "Dog Run 2")
FOLDERS = ("", "shop", "shop/summer", "a/b", "shopping")
FIELDS = {
    name: MetadataField(id=number, external_id=name, label=name, type=kind)
    for number, (name, kind) in enumerate(
        {"sku": "string", "stock": "integer", "until": "date", "size": "enum", "for": "set"}.items()
    )
}


def asset(random: Random, number: int) -> Asset:
    """Make an asset whose values are often the same as others'."""
    some = random.choice
    metadata: dict[str, object] = {}
    if random.random() < 0.6:
        metadata |= {"context.caption": some(WORDS), "sku": some(("A1", "a1", "B-2")), "stock": some((0, 5, 10))}
    if random.random() < 0.5:
        metadata |= {
            "until": some(("2024-01-01", "2024-06-15")),
            "size": some(("s", "xl")),
            "for": [some(("him", "her"))],
        }
    if random.random() < 0.2:
        metadata["caption"] = some(WORDS)
    width = some((0, 100, 160, 1600))
    return Asset(
        id=number,
        uuid=f"{number:032x}",
        workspace="w",
        sha256="0" * 64,
        filename=f"{some(('red', 'IMG_1'))}.jpg",
        kind=some((Kind.IMAGE, Kind.IMAGE, Kind.VIDEO, Kind.RAW)),
        status=some((Status.ACTIVE, Status.ACTIVE, Status.TRASHED, Status.PENDING)),
        format=some(("jpg", "png", "mp4")),
        mime="image/jpeg",
        bytes=some((500, 1024, 2048, 3 * 2**20)),
        width=width,
        height=width and some((90, 100, 900)),
        duration=some((None, 30.0, 120.0)),
        folder=some(FOLDERS),
        title=some((None, *WORDS)),
        tags=tuple(random.sample(WORDS, random.randint(0, 2))),
        metadata=metadata,
        created=NOW - timedelta(days=some((0.5, 3, 10, 151.5))),
        updated=NOW,
        facts=Facts(
            transparent=some((True, False)),
            illustration=some((None, 0.1, 0.9)),
            distinct=some((None, Distinctness(score=0.4), Distinctness(score=1.0))),
            video=some((None, Video(codec="h264", bit_rate=1_000, frame_rate=25.0))),
            colors=tuple(
                Colour(name=n, hex="#000000", share=some((0.05, 0.4)))
                for n in random.sample(("red", "azure", "olive"), 1)
            ),
        ),
        public_id=f"{some(NAMES)}{some(('', '', f'-{number}'))}",
        delivery=some(("upload", "private")),
        publication=Publication(
            moderation_status=some((None, "pending", "approved")),
            faces=some((None, (), ((1, 2, 3, 4),))),
            backup=some((True, False)),
        ),
    )


def tokens(text: str) -> list[str]:
    """Split at everything that is neither letter nor digit."""
    return re.findall(r"[a-z0-9]+", text.lower())


def holds(text: str, words: str) -> bool:
    """Whether the words stand in the text next to each other."""
    held, wanted = tokens(text), tokens(words)
    return any(held[at : at + len(wanted)] == wanted for at in range(len(held)))


def quoted(random: Random, text: str) -> str:
    """Write a value bare, escaped or in quotes."""
    if random.random() < 0.4:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return re.sub(r"([\s!(){}\[\]*^~?:\\=&<>\"|])", r"\\\1", text)


# --- clauses


def _last(item: Asset) -> str:
    return (item.public_id or "").rpartition("/")[2]


_TEXTS: dict[str, Callable[[Asset], list[str]]] = {
    "tags": lambda a: list(a.tags),
    "filename": lambda a: [_last(a)],
    "display_name": lambda a: [a.title or _last(a)],
    "context.caption": lambda a: [a.metadata[k] for k in ("context.caption", "caption") if k in a.metadata],
    "metadata.sku": lambda a: [a.metadata["sku"]] if "sku" in a.metadata else [],
}
_WHOLE: dict[str, Callable[[Asset], list[str]]] = {
    "public_id": lambda a: [a.public_id or ""],
    "asset_id": lambda a: [a.uuid],
    "metadata.size": lambda a: [a.metadata["size"]] if "size" in a.metadata else [],
    "metadata.for": lambda a: a.metadata.get("for", []),
}
_FIXED: dict[str, tuple[tuple[str, ...], Callable[[Asset], str | None]]] = {
    "resource_type": (("image", "video", "raw"), lambda a: str(a.kind)),
    "type": (("upload", "private"), lambda a: a.delivery),
    "moderation_status": (("pending", "approved", "rejected"), lambda a: a.publication.moderation_status),
}
_NUMBERS: dict[str, tuple[tuple[tuple[str, float], ...], Callable[[Asset], float | None]]] = {
    "bytes": ((("1kb", 1024), ("2k", 2048), ("500", 500), ("3mb", 3 * 2**20)), lambda a: a.bytes),
    "width": ((("100", 100), ("160", 160), ("99.5", 99.5)), lambda a: a.width or None),
    "pixels": ((("0.01m", 10_000), ("9000p", 9_000)), lambda a: a.width * a.height or None),
    "duration": ((("30s", 30), ("2m", 120), ("31", 31)), lambda a: a.duration),
    "face_count": ((("0", 0), ("1", 1)), lambda a: len(a.publication.faces or ())),
    "backup_bytes": ((("0", 0), ("1kb", 1024)), lambda a: a.bytes if a.publication.backup else 0),
    "illustration_score": ((("0.1", 0.1), ("0.5", 0.5)), lambda a: a.facts.illustration),
    "image_analysis.illustration_score": ((("0.9", 0.9),), lambda a: a.facts.illustration),
    "accessibility_analysis.colorblind_accessibility_score": (
        (("0.4", 0.4), ("1", 1)),
        lambda a: None if a.facts.distinct is None else a.facts.distinct.score,
    ),
    "bit_rate": ((("1k", 1_000), ("999", 999)), lambda a: None if a.facts.video is None else a.facts.video.bit_rate),
    "frame_rate": ((("25", 25), ("30", 30)), lambda a: None if a.facts.video is None else a.facts.video.frame_rate),
    "colors.olive": (
        (("5", 0.05), ("20", 0.2)),
        lambda a: next((c.share for c in a.facts.colors if c.name == "olive"), None),
    ),
    "metadata.stock": ((("0", 0), ("5", 5), ("7", 7)), lambda a: a.metadata.get("stock")),
    "colors.red": (
        (("5", 0.05), ("20", 0.2), ("40", 0.4)),
        lambda a: next((c.share for c in a.facts.colors if c.name == "red"), None),
    ),
}


def text_clause(random: Random) -> Made:
    """A field of words: the whole with "=", some of its words with ":", the beginning with a star."""
    name = random.choice(list(_TEXTS))
    value, values = random.choice(WORDS), _TEXTS[name]
    match random.randrange(4):
        case 0:
            return f"{name}={quoted(random, value)}", lambda a: value in values(a)
        case 1:
            return f"{name}:{quoted(random, value)}", lambda a: any(holds(text, value) for text in values(a))
        case 2:
            start = value[:2]
            return f"{name}={start}*", lambda a: any(text.startswith(start) for text in values(a))
    start = value[:2].lower()
    return f"{name}:{start}*", lambda a: any(
        text.lower().startswith(start) or any(token.startswith(start) for token in tokens(text)) for text in values(a)
    )


def whole_clause(random: Random) -> Made:
    """A field that is compared as a whole by either operator."""
    name = random.choice(list(_WHOLE))
    values = _WHOLE[name]
    value = random.choice((*NAMES, "s", "XL", "him", f"{3:032x}"))
    if random.random() < 0.3:
        start = value[:3]
        return f"{name}={quoted_start(start)}*", lambda a: any(text.startswith(start) for text in values(a))
    if random.random() < 0.5:
        return f"{name}={quoted(random, value)}", lambda a: value in values(a)
    return f"{name}:{quoted(random, value)}", lambda a: any(text.lower() == value.lower() for text in values(a))


def quoted_start(text: str) -> str:
    """Write the beginning of a value."""
    return text.replace(" ", "\\ ")


def fixed_clause(random: Random) -> Made:
    """A field that has few values."""
    name = random.choice(list(_FIXED))
    choices, value_of = _FIXED[name]
    value = random.choice(choices)
    return f"{name}{random.choice(':=')}{value}", lambda a: value_of(a) == value


def number_clause(random: Random) -> Made:
    """Equal to a number, beyond it, or between two."""
    name = random.choice(list(_NUMBERS))
    literals, value_of = _NUMBERS[name]
    text, bound = random.choice(literals)
    if random.random() < 0.4:
        other, high = random.choice(literals)
        opening, closing = random.choice("[{"), random.choice("]}")

        def between(a: Asset) -> bool:
            value = value_of(a)
            if value is None:
                return False
            above = value >= bound if opening == "[" else value > bound
            return above and (value <= high if closing == "]" else value < high)

        return f"{name}:{opening}{text} TO {other}{closing}", between
    operator = random.choice((":", "=", "<", "<=", ">", ">="))
    return f"{name}{operator}{text}", lambda a: compare(value_of(a), operator, bound)


def compare(value: float | str | None, operator: str, bound: float | str) -> bool:
    """Compare as the operator says; what is not there is never so."""
    if value is None:
        return False
    order = (value > bound) - (value < bound)  # type: ignore[operator] # both are of one type
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}.get(operator, order == 0)


def ratio_clause(random: Random) -> Made:
    """An aspect ratio: equal within a tolerance, or beyond it."""
    text, bound = random.choice((("16:9", 16 / 9), ("1", 1.0), ("4:3", 4 / 3)))
    operator = random.choice(("=", ">", "<"))

    def fits(a: Asset) -> bool:
        value = round(a.width / a.height, 6) if a.height else None
        if operator == "=":
            return value is not None and abs(value - bound) <= 0.005
        return compare(value, operator, bound)

    return f'aspect_ratio{operator}"{text}"', fits


def date_clause(random: Random) -> Made:
    """Before or after how long ago, or on a day."""
    if random.random() < 0.6:
        text, ago = random.choice((("1d", 1), ("1w", 7), ("12h", 0.5), ("2w", 14)))
        operator = random.choice(("<", ">", "<=", ">="))
        bound = NOW - timedelta(days=ago)
        return f"created_at{operator}{text}", lambda a: compare(a.created.timestamp(), operator, bound.timestamp())
    day = random.choice(("2024-06-12", "2024-06-15", "2024-01-16"))
    operator = random.choice((":", "=", "<", "<=", ">", ">="))
    return f"uploaded_at{operator}{day}", lambda a: compare(a.created.date().isoformat(), operator, day)


def folder_clause(random: Random) -> Made:
    """In a folder, or below it; `folder` also means the path in the public id."""
    path, name = random.choice(FOLDERS[1:]), random.choice(("folder", "asset_folder"))

    def paths(a: Asset) -> list[str]:
        return [a.folder, *([(a.public_id or "").rpartition("/")[0]] if name == "folder" else [])]

    match random.randrange(3):
        case 0:
            return f"{name}={path}", lambda a: path in paths(a)
        case 1:
            return f"{name}:{path}/*", lambda a: any(p == path or p.startswith(f"{path}/") for p in paths(a))
    start = path[:3]
    return f"{name}={start}*", lambda a: any(p.startswith(start) for p in paths(a))


def odd_clause(random: Random) -> Made:
    """Presence, truth, structured dates, and fields that do not exist."""
    made: list[Made] = [
        ("tags", lambda a: bool(a.tags)),
        ("context:caption", lambda a: "context.caption" in a.metadata or "caption" in a.metadata),
        ("metadata:sku", lambda a: "sku" in a.metadata),
        ("transparent:true", lambda a: a.facts.transparent),
        ("transparent=false", lambda a: not a.facts.transparent),
        ("colors:lightblue", lambda a: any(c.name == "azure" for c in a.facts.colors)),
        ("colors=olive", lambda a: any(c.name == "olive" for c in a.facts.colors)),
        ("nonsense=1", lambda _: False),
        ("metadata.nothing:x", lambda _: False),
        ("metadata.until>2024-01-01", lambda a: a.metadata.get("until", "") > "2024-01-01"),
        ("metadata.until:2024-06-15", lambda a: a.metadata.get("until") == "2024-06-15"),
        ("format:(JPG OR png)", lambda a: a.format in {"jpg", "png"}),
        ("tags=(red AND shoe)", lambda a: {"red", "shoe"} <= set(a.tags)),
        ("resource_type=(image video)", lambda a: str(a.kind) in {"image", "video"}),
    ]
    return random.choice(made)


def free_text(random: Random) -> Made:
    """A word or phrase in any text."""
    value = random.choice(("red", "shoe", "sky", "b2", "caption", "summer sale", "dog"))

    def texts(a: Asset) -> list[str]:
        folder, _, name = (a.public_id or "").rpartition("/")
        said = [value for key, value in a.metadata.items() if isinstance(value, str) for _ in [key]]
        said += a.metadata.get("for", [])
        return [*a.tags, a.filename, a.title or name, name, folder, a.folder, a.format, *said]

    whole = f'"{value}"' if " " in value else value
    return whole, lambda a: any(holds(text, value) for text in texts(a)) or a.public_id == value


# --- combinations


def clause(random: Random) -> Made:
    """Any single clause."""
    kinds = (text_clause, whole_clause, fixed_clause, number_clause, ratio_clause, date_clause, folder_clause)
    return random.choice((*kinds, text_clause, number_clause, odd_clause, free_text))(random)


def expression(random: Random, depth: int = 3) -> Made:
    """Any expression."""
    if depth == 0 or random.random() < 0.25:
        return clause(random)
    match random.randrange(5):
        case 0:
            text, test = _operand(random, depth)
            return random.choice(("NOT ", "-", "!")) + text, lambda a: not test(a)
        case 1:
            parts = [_operand(random, depth) for _ in range(random.randint(2, 3))]
            joined = random.choice((" AND ", " && ")).join(text for text, _ in parts)
            return joined, lambda a: all(test(a) for _, test in parts)
        case 2:
            parts = [_operand(random, depth) for _ in range(random.randint(2, 3))]
            joined = random.choice((" OR ", " || ")).join(text for text, _ in parts)
            return joined, lambda a: any(test(a) for _, test in parts)
        case 3:
            return _side_by_side(random, depth)
    text, test = expression(random, depth - 1)
    return f"({text})", test


def _operand(random: Random, depth: int) -> Made:
    text, test = expression(random, depth - 1)
    return f"({text})", test


def _side_by_side(random: Random, depth: int) -> Made:
    parts = [(random.choice(("", "", "+", "-")), *_operand(random, depth)) for _ in range(random.randint(2, 4))]

    def fits(a: Asset) -> bool:
        found: dict[str, list[bool]] = {"": [], "+": [], "-": []}
        for sign, _, test in parts:
            found[sign].append(test(a))
        wanted = all(found["+"]) if found["+"] else not found[""] or any(found[""])
        return wanted and not any(found["-"])

    return " ".join(sign + text for sign, text, _ in parts), fits
