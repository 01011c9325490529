"""What is written is read back; what is malformed is refused, whatever it is."""

from __future__ import annotations

import json
from functools import partial
from itertools import pairwise
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fototeca.dialects.roboflow.annotations import coco, createml, plain, reading, table, voc, writing, yolo
from fototeca.dialects.roboflow.annotations.dataset import DatasetNotes
from fototeca.dialects.roboflow.annotations.shapes import MAX_SHAPES, Frame, Picture, Shape, boxed, kept, outlined
from fototeca.errors import InvalidInput

FRAME = Frame(200, 100)
quick = settings(max_examples=60, deadline=None, derandomize=True)

labels = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
shares = st.floats(0, 1)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """A box or an outline of at least a twentieth of the picture's sides."""
    label = draw(labels)
    left, top = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    right, bottom = left + draw(st.floats(0.05, 0.1)), top + draw(st.floats(0.05, 0.1))
    corners = [(left, top), (right, top), (right, bottom)]
    made = outlined(label, corners) if draw(st.booleans()) else boxed(label, left, top, right, bottom)
    assert made is not None
    return made


pictures = st.builds(
    Picture,
    name=st.sampled_from(["a.jpg", "b c.png"]),
    original=st.just("x.jpg"),
    width=st.integers(60, 4000),
    height=st.integers(60, 4000),
    shapes=st.lists(shapes(), max_size=4).map(tuple),
)


def assert_alike(found: list[Shape], expected: tuple[Shape, ...], picture: Picture) -> None:
    """The same classes, and boxes that are equal within a pixel."""
    assert [shape.label for shape in found] == [shape.label for shape in expected]
    sides = (picture.width, picture.height) * 2
    for one, other in zip(found, expected, strict=True):
        assert one.box is not None
        assert other.box is not None
        for share, wanted, side in zip(one.box, other.box, sides, strict=True):
            assert abs(share - wanted) * side <= 1.01


@quick
@given(pictures)
def test_what_is_written_is_read_back(picture: Picture) -> None:
    frame = Frame(picture.width, picture.height)
    for format_ in ("coco", "yolo", "voc", "csv", "createml"):
        files = {path: data.decode() for path, data in writing.files(format_, {"train": [picture]})}
        found = DatasetNotes(files).of(f"{writing.folder_of_images(format_, 'train')}/{picture.name}", frame)
        if found is None:
            assert not picture.shapes, "a table has no row for an image of which nothing is said"
        else:
            assert_alike(found, picture.shapes, picture)
        if format_ in {"coco", "yolo", "voc"}:
            assert [shape.polygon is None for shape in found or ()] == [s.polygon is None for s in picture.shapes]


def test_of_the_whole_picture_the_box_is_the_whole() -> None:
    picture = Picture("a.jpg", "a.jpg", 200, 100, shapes=(Shape("cat"),))
    for format_ in ("coco", "yolo", "voc", "csv", "createml"):
        notes = DatasetNotes({path: data.decode() for path, data in writing.files(format_, {"train": [picture]})})
        found = notes.of(f"{writing.folder_of_images(format_, 'train')}/a.jpg", FRAME)
        assert found is not None
        [shape] = found
        assert shape.box == pytest.approx((0, 0, 1, 1), abs=0.01)


NAMES = ("a.xml", "a.txt", "a.json", "a.jsonl", "a.csv", "a.coco.json", "cat", "")
SEEDS = (
    voc.write(Picture("a.jpg", "a", 10, 10, shapes=(Shape("cat", (0, 0, 0.5, 0.5)),))).decode(),
    '{"images": [{"id": 1, "file_name": "a", "width": 1}], "annotations": [{"image_id": 1}], "categories": []}',
    '[{"image": "a", "annotations": [{"label": "x", "coordinates": {"x": 1}}]}]',
    '{"boxes": [{"label": "a", "x": 1, "y": 1, "width": 1, "height": null}]}',
    '{"predictions": [{"class": "a", "points": [{"x": 1}, [1, 2], 3]}]}',
    "filename,class,xmin,ymin,xmax,ymax\na,b,1,2,3,nan\n",
    "0 0.5 0.5 nan 1e999",
    '{"image": "a", "suffix": "<loc0001><loc0002><loc0003>x"}',
    '["a", "a", 3]',
)
WORDS = [
    *("images", "annotations", "categories", "id", "image_id", "category_id", "file_name", "width", "height", "bbox"),
    *("segmentation", "image", "label", "coordinates", "x", "y", "boxes", "predictions", "points", "class", "suffix"),
    *("name", "confidence", "score"),
]
objects = partial(st.dictionaries, st.sampled_from(WORDS), max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | objects(inner),
    max_leaves=20,
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.text(max_size=60),
        json_values.map(json.dumps),
        st.tuples(st.sampled_from(SEEDS), st.integers(0, 200), st.text(max_size=3)).map(
            lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :]
        ),
    ),
    st.sampled_from(NAMES),
)
@example('{"images":[],"annotations":[{"image_id":[]}],"categories":[]}', "a.json")
@example("[" * 5000, "a.json")
@example("<a>" * 5000, "a.xml")
def test_any_annotation_is_read_or_refused(text: str, name: str) -> None:
    try:
        found = reading.read(text, name, FRAME, {"0": "cat", "1": ""})
    except InvalidInput:
        return
    for shape in found:
        assert 0 < len(shape.label) <= 255
        assert shape.box is None or (min(shape.box) >= 0 and shape.box[0] + shape.box[2] <= 1 + 1e-9)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(
            ["a.json", "train/a.xml", "a.txt", "data.yaml", "_classes.csv", "x.csv", "y.jsonl", "classes.txt"]
        ),
        st.one_of(st.text(max_size=40), json_values.map(json.dumps), st.sampled_from(SEEDS)),
        max_size=4,
    )
)
@example({"data.yaml": "names: &a [*a, {}]\n", "a.txt": "0 0.5 0.5 0.1 0.1"})
@example({"data.yaml": "- !!python/object/apply:os.system ['x']"})
def test_any_files_are_read_or_named(files: dict[str, str]) -> None:
    notes = DatasetNotes(files)
    assert {path for path, _ in notes.errors} <= files.keys()
    for path in ("a.jpg", "train/a.jpg", "images/a.jpg"):
        try:
            notes.of(path, FRAME)
        except InvalidInput:
            continue


def test_coco_says_more_than_boxes() -> None:
    document = {
        "categories": [{"id": 0, "name": "all"}, {"id": 1, "name": "cat"}],
        "images": [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "segmentation": [[0, 0, 20, 0, 20, 10], [100, 50, 200, 50, 200, 100]],
            },
            {
                "id": 2,
                "image_id": 1,
                "category_id": 1,
                "bbox": [0, 0, 20, 10],
                "segmentation": {"counts": [], "size": []},
            },
            {"id": 3, "image_id": 1, "category_id": 1, "bbox": [-20, -10, 40, 20], "score": 0.5},
            {"id": 4, "image_id": 1, "category_id": 1, "bbox": [300, 10, 20, 20]},
            {"id": 999999999, "image_id": 999999999, "category_id": 0, "area": 1, "segmentation": [], "iscrowd": 0},
        ],
    }
    parts, crowd, cut = coco.read(document)["a.jpg"]
    assert parts.box == (0, 0, 1, 1)
    assert parts.polygon == ((0.5, 0.5), (1, 0.5), (1, 1)), "the largest part is the outline"
    assert (crowd.box, crowd.polygon) == ((0, 0, 0.1, 0.1), None)
    assert (cut.box, cut.confidence) == ((0, 0, 0.1, 0.1), 0.5)


def test_yolo_has_boxes_outlines_and_confidences() -> None:
    text = "0 0.5 0.5 0.5 0.5\n1 0.5 0.5 0.5 0.5 0.9\n\n0 0 0 0.5 0 0.5 0.5\n"
    box, sure, outline = yolo.read(text, {"0": "a", "1": "b"})
    assert (box.box, box.confidence) == ((0.25, 0.25, 0.5, 0.5), None)
    assert (sure.label, sure.confidence) == ("b", 0.9)
    assert outline.polygon == ((0, 0), (0.5, 0), (0.5, 0.5))
    for bad in ("2 0.5 0.5 0.5 0.5", "0 0.5 0.5", "0 1 2 3 4 5 6 7", "0 a b c d"):
        with pytest.raises(InvalidInput):
            yolo.read(bad, {"0": "a"})


@pytest.mark.parametrize(
    "text",
    [
        "names: [cat, 'a, b']\nnc: 2",
        "nc: 2\nnames:\n- cat\n- 'a, b'\n",
        "names:\n  0: cat\n  1: a, b\n",
        "names: {0: cat, 1: 'a, b'}",
        yolo.data_yaml(["cat", "a, b"], ["train", "valid"]).decode(),
    ],
)
def test_names_of_classes(text: str) -> None:
    assert yolo.names_of(text) == {"0": "cat", "1": "a, b"}
    assert yolo.names_of("cat\ndog\n") == {"0": "cat", "1": "dog"}


def test_a_yaml_bomb_is_no_name() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 8)}]\n" for a, b in pairwise("abcdefghijkl"))
    for names in ("*l", "[*l, *l]", "{0: *l}"):
        with pytest.raises(InvalidInput, match="has no"):
            yolo.names_of(f"{bomb}names: {names}\n")


def test_other_layouts() -> None:
    notes = DatasetNotes(
        {
            "obj.names": "cat\ndog\n",
            "train/photos/a.txt": "1 0.5 0.5 0.5 0.5",
            "labels/train/b.txt": "0 0.5 0.5 0.5 0.5",
            "valid/_classes.csv": "filename, cat, dog\nc.jpg, 1, 1\nd.jpg, 0, 0\n",
            "all.jsonl": json.dumps({"image": "e.jpg", "suffix": "<loc0000><loc0512><loc0512><loc1023> cat ; "}),
            "README.txt": "Read me",
        }
    )
    said = {
        path: [shape.label for shape in notes.of(path, FRAME) or ()]
        for path in ("train/photos/a.jpg", "images/train/b.jpg", "valid/c.jpg", "valid/d.jpg", "any/e.jpg", "f.jpg")
    }
    assert [*said.values()] == [["dog"], ["cat"], ["cat", "dog"], [], ["cat"], []]
    assert notes.of("valid/d.jpg", FRAME) == []
    assert notes.of("f.jpg", FRAME) is None
    assert notes.errors == []


def test_classes_of_whole_pictures() -> None:
    assert reading.read("cat", "cat", FRAME) == [Shape("cat")]
    assert reading.read('["cat", "dog", "cat"]', '["cat", "dog"]', FRAME) == [Shape("cat"), Shape("dog")]
    assert reading.read("7", "7", FRAME) == [Shape("7")]
    for name in (" ", "x" * 256):
        with pytest.raises(InvalidInput):
            reading.read(name, "", FRAME)


def test_bounds() -> None:
    with pytest.raises(InvalidInput, match="too many"):
        kept([Shape("a")] * (MAX_SHAPES + 1))
    with pytest.raises(InvalidInput, match="several images"):
        reading.only({"a": [], "b": []})
    with pytest.raises(InvalidInput, match="impossible size"):
        Frame(0, 10)
    with pytest.raises(InvalidInput, match="no format"):
        writing.format_of("bmp")
    assert [writing.format_of(name) for name in ("YOLOv11", "coco-segmentation", "pascal_voc")] == [
        "yolo",
        "coco",
        "voc",
    ]


def test_readers_say_what_they_read() -> None:
    assert PurePosixPath("a.coco.json").suffix == ".json"
    assert (coco.looks_like([]), createml.looks_like([]), plain.looks_like({}), table.looks_like("a,b")) == (False,) * 4
