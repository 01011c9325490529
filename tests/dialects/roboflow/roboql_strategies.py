"""Random RoboQL beside what it means, said independently: a text, and whether an image is found by it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import translate
from re import compile as pattern
from typing import Any

from hypothesis import strategies as st

from fototeca.assets import Annotation, Asset, Membership
from fototeca.dialects.roboflow.roboql.filters import Batch, Job

PROJECTS = {"foo": 1, "bar": 2}
BATCHES = {"b1": Batch(1, 11), "b2": Batch(2, 12)}
JOBS = {"j1": Job(1, (1, 2, 3, 4)), "j2": Job(2, (4, 5, 6))}
TAGS = ("red", "Red", "night-time", "a b", 'say "x"')
CLASSES = ("cat", "dog", "a>b")
NAMES = ("IMG_1.jpg", "img_2.png", "Factory floor.jpg", "a?b.jpg", "ab.jpg")
BORN = datetime(2024, 1, 1, tzinfo=UTC)


class FixedNames:
    """The names in a query, as if these projects, batches and jobs were there; image N is called imageN."""

    def project(self, slug: str) -> int | None:
        return PROJECTS.get(slug)

    def batch(self, key: str) -> Batch | None:
        return BATCHES.get(key)

    def job(self, key: str) -> Job | None:
        return JOBS.get(key)

    def image(self, key: str) -> int | None:
        number = key.removeprefix("image")
        return int(number) if number.isdecimal() and number.isascii() and int(number) < 100 else None


@st.composite
def assets(draw: st.DrawFn, id_: int) -> Asset:
    """An image with little variety, so that queries find something."""
    places = []
    for slug, number in PROJECTS.items():
        if draw(st.booleans()):
            batch = draw(st.sampled_from([None, BATCHES["b1" if number == 1 else "b2"].batch]))
            split = draw(st.sampled_from([None, "train", "valid", "test"]))
            places.append(
                Membership(
                    collection_id=number, collection=slug, split=split, batch_id=batch, in_dataset=draw(st.booleans())
                )
            )
    labels = draw(st.lists(st.sampled_from(CLASSES), max_size=4))
    said = [Annotation(id=place, label=label, collection_id=1) for place, label in enumerate(labels, 1)]
    return Asset(
        id=id_,
        uuid=f"{id_:032x}",
        workspace="w",
        sha256=f"{id_:064x}",
        filename=draw(st.sampled_from(NAMES)),
        format="jpg",
        mime="image/jpeg",
        bytes=1,
        width=draw(st.sampled_from([0, 100, 200, 1000])),
        height=draw(st.sampled_from([0, 100, 200])),
        tags=tuple(draw(st.lists(st.sampled_from(TAGS), max_size=2, unique=True))),
        metadata=draw(st.fixed_dictionaries({}, optional={"n": st.sampled_from([1, 80, 81.5, "80", True, "x y"])})),
        created=BORN + timedelta(days=id_ // 2),
        updated=BORN,
        memberships=tuple(places),
        annotations=tuple(said),
    )


shelves = st.tuples(*(assets(id_) for id_ in range(1, 9))).map(list)


@dataclass(frozen=True)
class Said:
    """A query, and whether an asset is found by it."""

    text: str
    finds: Callable[[Asset], bool]


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@st.composite
def values(draw: st.DrawFn, among: Any) -> tuple[str, str]:
    """A value, and how it is written: bare where it can be."""
    value = draw(st.sampled_from(among))
    bare = not set(value) & set(' "()<>=')
    return value, value if bare and draw(st.booleans()) else quoted(value)


@st.composite
def filters(draw: st.DrawFn) -> Said:
    return draw(draw(st.sampled_from(FILTERS))())


@st.composite
def by_tag(draw: st.DrawFn) -> Said:
    value, text = draw(values(TAGS))
    return Said(f"tag:{text}", lambda a: value in a.tags)


@st.composite
def by_filename(draw: st.DrawFn) -> Said:
    value, text = draw(values([*NAMES, "img*", "*.JPG", "*act*", "*", "a?b*", "I*G*"]))
    # fnmatch has more wildcards than the star.
    expression = pattern(translate(value.lower().replace("[", "[[]").replace("?", "[?]")))
    return Said(f"filename:{text}", lambda a: expression.fullmatch(a.filename.lower()) is not None)


@st.composite
def by_place(draw: st.DrawFn) -> Said:
    slug = draw(st.sampled_from(["foo", "bar", "none"]))
    number = PROJECTS.get(slug)
    return draw(
        st.sampled_from(
            [
                Said(f"project:{slug}", lambda a: any(m.collection_id == number for m in a.memberships)),
                Said(
                    f"dataset:{slug}", lambda a: any(m.collection_id == number and m.in_dataset for m in a.memberships)
                ),
                Said("project:false", lambda a: not a.memberships),
                Said("batch:b1", lambda a: any(m.batch_id == 11 for m in a.memberships)),
                Said("split:valid", lambda a: any(m.split == "valid" for m in a.memberships)),
                Said("job:j1", lambda a: a.id <= 4 and any(m.collection_id == 1 for m in a.memberships)),
                Said("job:gone", lambda _: False),
                Said("id:image3", lambda a: a.id == 3),
            ]
        )
    )


OPERATORS = {
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


@st.composite
def by_class(draw: st.DrawFn) -> Said:
    value, text = draw(values(CLASSES))
    if draw(st.booleans()):
        return Said(f"class:{text}", lambda a: any(n.label == value for n in a.annotations))
    sign, number = draw(st.sampled_from(sorted(OPERATORS))), draw(st.integers(0, 4))
    compare = OPERATORS[sign]
    return Said(f"class:{text}{sign}{number}", lambda a: compare(sum(n.label == value for n in a.annotations), number))


@st.composite
def by_bound(draw: st.DrawFn) -> Said:
    side = draw(st.sampled_from(["min", "max"]))
    name = draw(st.sampled_from(["width", "height", "annotations"]))
    number = draw(st.sampled_from([0, 1, 3, 100, 150, 200]))
    compare = operator.ge if side == "min" else operator.le

    def finds(asset: Asset) -> bool:
        if name == "annotations":
            return bool(compare(len(asset.annotations), number))
        size = getattr(asset, name)
        return size > 0 and bool(compare(size, number))

    return Said(f"{side}-{name}:{number}", finds)


@st.composite
def by_metadata(draw: st.DrawFn) -> Said:
    def number(asset: Asset) -> float | None:
        value = asset.metadata.get("n")
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def above(asset: Asset) -> bool:
        value = number(asset)
        return value is not None and value > 80

    def at_most(asset: Asset) -> bool:
        value = number(asset)
        return value is not None and value <= 81.5

    return draw(
        st.sampled_from(
            [
                Said("metadata.n>80", above),
                Said("metadata.n<=81.5", at_most),
                Said("metadata.n:80", lambda a: number(a) == 80 or a.metadata.get("n") == "80"),
                Said("metadata:n=true", lambda a: a.metadata.get("n") is True),
                Said('metadata.n:"x y"', lambda a: a.metadata.get("n") == "x y"),
                Said('metadata:n="x y"', lambda a: a.metadata.get("n") == "x y"),
                Said("metadata.other:1", lambda _: False),
            ]
        )
    )


FILTERS = (by_tag, by_filename, by_place, by_class, by_bound, by_metadata)


def _extend(inner: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        st.tuples(several, st.sampled_from([" ", " AND "])).map(lambda pair: _all(*pair)),
        several.map(_any),
        st.tuples(inner, st.sampled_from(["NOT ", "-"])).map(lambda pair: _none(*pair)),
    )


def _all(parts: list[Said], between: str) -> Said:
    # Alternatives inside stand in parentheses.
    return Said(f"({between.join(p.text for p in parts)})", lambda a: all(p.finds(a) for p in parts))


def _any(parts: list[Said]) -> Said:
    return Said(f"({' OR '.join(p.text for p in parts)})", lambda a: any(p.finds(a) for p in parts))


def _none(part: Said, sign: str) -> Said:
    return Said(f"{sign}{part.text}", lambda a: not part.finds(a))


everything = st.just(Said("*", lambda _: True))
queries: st.SearchStrategy[Said] = st.recursive(st.one_of(filters(), filters(), everything), _extend, max_leaves=6)


@st.composite
def without_parentheses(draw: st.DrawFn) -> Said:
    """A query that says by precedence alone what belongs together: NOT before AND before OR."""
    groups = draw(
        st.lists(st.lists(st.tuples(st.booleans(), filters()), min_size=1, max_size=3), min_size=1, max_size=3)
    )
    texts = [" ".join(("-" if negated else "") + said.text for negated, said in group) for group in groups]

    def finds(asset: Asset) -> bool:
        return any(all(said.finds(asset) != negated for negated, said in group) for group in groups)

    return Said(" OR ".join(texts), finds)
