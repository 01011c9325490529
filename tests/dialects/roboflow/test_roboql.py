"""RoboQL: what each part means, what is refused, and that random queries find what they say."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fototeca.assets import Asset
from fototeca.dialects.roboflow.roboql import Asked, mentions_filters, parse
from fototeca.dialects.roboflow.roboql.lexer import KEYS, MAX_LENGTH
from fototeca.engine import Document, Index, Upsert
from fototeca.errors import InvalidInput, QueryError
from fototeca.query import (
    All,
    And,
    Count,
    Exists,
    Expression,
    How,
    Ids,
    Match,
    Not,
    Nothing,
    Or,
    Page,
    Query,
    Range,
    Sort,
    Wildcard,
)
from fototeca.query.fields import values as values_of
from tests.dialects.roboflow import roboql_strategies as strategies
from tests.dialects.roboflow.roboql_strategies import FixedNames, Said
from tests.oracle.matching import matches

NAMES = FixedNames()
quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def exact(field: str, value: str) -> Match:
    return Match(field, value, How.EXACT)


FOO, BAR = exact("collection_id", "1"), exact("collection_id", "2")

# Every row of the spec's tables of filters and of examples.
MEANINGS: dict[str, Expression] = {
    "*": All(),
    "": All(),
    "  ": All(),
    "tag:factory split:train": And((exact("tag", "factory"), exact("split", "train"))),
    "TAG:x": exact("tag", "x"),
    'tag:"a b"': exact("tag", "a b"),
    r'tag:"a \"b\" \\ \n"': exact("tag", 'a "b" \\ \\n'),
    "tag:a:b": exact("tag", "a:b"),
    "class:helmet AND NOT (tag:v1 OR tag:v2)": And(
        (
            exact("class", "helmet"),
            Not(Or((exact("tag", "v1"), exact("tag", "v2")))),
        )
    ),
    "class:helmet -class:vest": And((exact("class", "helmet"), Not(exact("class", "vest")))),
    "tag:a OR tag:b tag:c": Or((exact("tag", "a"), And((exact("tag", "b"), exact("tag", "c"))))),
    "NOT tag:a tag:b": And((Not(exact("tag", "a")), exact("tag", "b"))),
    "--tag:a": Not(Not(exact("tag", "a"))),
    "NOT -tag:a": Not(Not(exact("tag", "a"))),
    "-(tag:a tag:b)": Not(And((exact("tag", "a"), exact("tag", "b")))),
    "(((tag:a)))": exact("tag", "a"),
    "min-width:1000 max-annotations:1": And((Range("width", low=1000), Range("annotations", high=1))),
    "min-height:5": Range("height", low=5),
    "class:helmet=3 class:vest>=4": And(
        (
            Count("class", "helmet", 3, 3, How.EXACT),
            Count("class", "vest", 4, None, How.EXACT),
        )
    ),
    "class:x>1": Count("class", "x", 2, None, How.EXACT),
    "class:x<1": Count("class", "x", None, 0, How.EXACT),
    "class:x<=1": Count("class", "x", None, 1, How.EXACT),
    'class:"a>b">=2': Count("class", "a>b", 2, None, How.EXACT),
    "filename:*factory*": Wildcard("filename", "*factory*"),
    "filename:*.png": Wildcard("filename", "*.png"),
    r"filename:a?\*": Wildcard("filename", r"a\?\\*"),
    'filename:"x y.jpg"': Match("filename", "x y.jpg"),
    "project:foo project:bar": And((FOO, BAR)),
    "project:foo NOT dataset:foo": And((FOO, Not(exact("membership", "1/dataset")))),
    "dataset:bar": exact("membership", "2/dataset"),
    "project:false": Not(Exists("collection_id")),
    'project:"false"': Nothing(),
    "project:gone": Nothing(),
    "dataset:gone": Nothing(),
    "batch:b2": exact("membership", "2/batch/12"),
    "batch:gone": Nothing(),
    "job:j2": And((BAR, Ids((4, 5, 6)))),
    "job:gone": Nothing(),
    "id:image7": Ids((7,)),
    "id:gone": Nothing(),
    'metadata.location:"warehouse-3" AND class:forklift': And(
        (
            exact("metadata.location", "warehouse-3"),
            exact("class", "forklift"),
        )
    ),
    "metadata.confidence>80": Range("metadata.confidence", low=80, include_low=False),
    "metadata.a.b>=1.5": Range("metadata.a.b", low=1.5),
    "metadata.a<-1": Range("metadata.a", high=-1, include_high=False),
    "metadata.a<=b": Range("metadata.a", high="b"),
    "metadata.k:true": Match("metadata.k", value=True, how=How.EXACT),
    'metadata.k:"true"': exact("metadata.k", "true"),
    "metadata.k=1e2": Match("metadata.k", 100.0, How.EXACT),
    "metadata:key=value": exact("metadata.key", "value"),
    'metadata:key="a b"': exact("metadata.key", "a b"),
    'metadata:"key=a b"': exact("metadata.key", "a b"),
    "project:foo *": FOO,
    "* OR tag:a": Or((All(), exact("tag", "a"))),
    "NOT *": Not(All()),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_what_a_query_means(text: str) -> None:
    assert parse(text, NAMES) == Asked(MEANINGS[text])


@pytest.mark.parametrize(
    ("text", "words", "where"),
    [
        ("red truck split:train", "red truck", exact("split", "train")),
        ("project:foo nightime", "nightime", FOO),
        ("person -class:helmet", "person", Not(exact("class", "helmet"))),
        ('"red truck"  (blue)', "red truck blue", All()),
        ("foo:bar https://x.y night-time - and or not", "foo:bar https://x.y night-time - and or not", All()),
        ("min-widths:5 tagged", "min-widths:5 tagged", All()),
        ("(dog (tag:a cat))", "dog cat", exact("tag", "a")),
        ("a AND b", "a b", All()),
        ("2*3 ** * x", "2*3 ** x", All()),
    ],
)
def test_free_text_ranks_and_never_filters(text: str, words: str, where: Expression) -> None:
    assert parse(text, NAMES) == Asked(where, words)


def test_examples_and_order() -> None:
    assert parse("like-image:image7 split:valid LIKE-IMAGE:image8", NAMES) == Asked(
        exact("split", "valid"), like=(7, 8)
    )
    for text, sort in {
        "sort:newest": Sort("created", descending=True),
        "sort:-newest": Sort("created"),
        "sort:oldest": Sort("created"),
        "sort:width (sort:Updated)": Sort("updated", descending=True),
        "sort:-filename": Sort("filename", descending=True),
        "sort:annotations": Sort("annotations"),
    }.items():
        assert parse(text, NAMES) == Asked(sort=sort)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("tag:", 4, "tag: needs a value"),
        ("a tag: b", 6, "tag: needs a value"),
        ("class:>=4", 6, "class: needs a value"),
        ('tag:""', 4, "tag: needs a value"),
        ("metadata:x", 0, "a name and a value"),
        ("metadata:x=", 11, "metadata:x: needs a value"),
        ("metadata.k>true", 0, "no order"),
        ("min-width:abc", 0, '"abc" is no whole number'),
        ("min-width:1.5", 0, "no whole number"),
        ("x class:a>=b", 2, '"b" is no whole number'),
        ("class:a>=", 0, "no whole number"),
        ("min-width:99999999999999999999", 0, "out of bounds"),
        ("metadata.k>1e999", 0, "out of bounds"),
        ("split:dev", 0, "allowed: train, valid, test"),
        ("sort:colour", 0, "cannot be sorted"),
        ("-sort:newest", 1, "sort: cannot be combined with -"),
        ("NOT like-image:image1", 4, "like-image: cannot be combined with NOT"),
        ("tag:a OR dog", 9, "free text cannot be combined with OR"),
        ("(dog tag:a) OR tag:b", 1, "free text cannot be combined with OR"),
        ("project:x OR (free text)", 14, "free text"),
        ("like-image:gone", 0, 'no image "gone"'),
        ("(tag:a", 0, "not closed"),
        ("tag:a)", 5, "was not opened"),
        ("()", 1, "is expected"),
        ("tag:a AND", 9, "the query ends"),
        ("OR tag:a", 0, "is expected"),
        ("tag:a AND AND tag:b", 10, "is expected"),
        ('tag:"a', 4, "a quote is not closed"),
        ("NOT", 3, "the query ends"),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, NAMES)
    assert message in caught.value.message
    assert caught.value.position == position


def test_queries_have_bounds() -> None:
    for text in ("x" * (MAX_LENGTH + 1), "(" * 60 + "*" + ")" * 60, "-" * 60 + "tag:a", "tag:a " * 600):
        with pytest.raises(InvalidInput):
            parse(text, NAMES)


def test_every_filter_is_in_the_documentation() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "roboflow.md").read_text(encoding="utf-8")
    for key in KEYS:
        side, _, name = key.partition("-")
        named = (f"`{side}-`", f"`{name}`") if side in {"min", "max"} else (f"`{key}",)
        assert all(each in page for each in named), key


def test_a_prompt_may_be_plain_language() -> None:
    assert not mentions_filters("a dog (blurry) - or a cat: black")
    assert mentions_filters('filename:"x"')


def documents(assets: list[Asset]) -> list[Document]:
    return [Document(asset.id, values_of(asset), {}) for asset in assets]


def found(assets: list[Asset], asked: Asked) -> list[int]:
    """What the engine finds, in its order."""
    with tempfile.TemporaryDirectory() as folder:
        index = Index.create(Path(folder))
        index.apply([Upsert(document) for document in documents(assets)], len(assets))
        results = index.search(Query(asked.where, sort=(asked.sort or Sort("id"),), page=Page(100)))
        index.close()
    assert results.total == len(results.hits)
    return [hit.id for hit in results.hits]


@quick
@given(strategies.shelves, st.lists(strategies.queries, min_size=1, max_size=6))
def test_random_queries_find_what_they_say(assets: list[Asset], queries: list[Said]) -> None:
    for said in queries:
        asked = parse(said.text, NAMES)
        expected = [asset.id for asset in assets if said.finds(asset)]
        oracle = [document.id for document in documents(assets) if matches(asked.where, document)]
        assert oracle == expected, said.text
        assert found(assets, asked) == expected, said.text


@quick
@given(strategies.shelves, strategies.without_parentheses())
def test_precedence(assets: list[Asset], said: Said) -> None:
    assert found(assets, parse(said.text, NAMES)) == [asset.id for asset in assets if said.finds(asset)]


@quick
@given(strategies.shelves, strategies.filters(), st.sampled_from(["newest", "-newest", "filename", "-width"]))
def test_orders(assets: list[Asset], said: Said, order: str) -> None:
    ids = found(assets, parse(f"{said.text} sort:{order}", NAMES))
    assert set(ids) == {asset.id for asset in assets if said.finds(asset)}
    by_id = {asset.id: asset for asset in assets}
    if order.endswith("newest"):
        keys = [(by_id[id_].created, id_) for id_ in ids]
    elif order == "filename":
        keys = [(by_id[id_].filename, id_) for id_ in ids]  # type: ignore[misc]  # other keys of another order
    else:
        keys = [(by_id[id_].width, id_) for id_ in ids if by_id[id_].width]  # type: ignore[misc]  # as above
    assert keys == sorted(keys, reverse=order in {"newest", "-width"})


pieces = st.sampled_from(
    [
        *(f"{key}:" for key in KEYS),
        *("(", ")", "-", '"', "\\", "AND", "OR", "NOT", "*", " ", "=", ">", "<=", "metadata.a", "3", "train", "foo"),
    ]
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=40), st.lists(pieces, max_size=25).map("".join)))
@example("metadata.:x")
@example("metadata:=x")
def test_any_text_is_understood_or_refused_with_a_place(text: str) -> None:
    refused: list[InvalidInput] = []
    try:
        found([], parse(text, NAMES))
    except InvalidInput as refusal:
        refused.append(refusal)
    for error in refused:
        assert error.message
        position = error.position if isinstance(error, QueryError) else 0
        assert position is not None
        assert 0 <= position <= len(text)
