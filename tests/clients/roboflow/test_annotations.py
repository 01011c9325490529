"""What images show, said by the official SDK in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.roboflow.helpers import VOC, found, uploaded
from tests.server.conftest import Served

# The SDK leaves the annotation files that it sends to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


COCO = {
    "info": {},
    "licenses": [],
    "categories": [{"id": 1, "name": "cat"}, {"id": 7, "name": "dog"}],
    "images": [
        {"id": 5, "file_name": "a.jpg", "width": 400, "height": 200}
    ],  # twice as large as the image: shares count
    "annotations": [
        {
            "id": 1,
            "image_id": 5,
            "category_id": 1,
            "bbox": [40, 20, 80, 40],
            "segmentation": [],
            "area": 1,
            "iscrowd": 0,
        },
        {"id": 2, "image_id": 5, "category_id": 7, "bbox": [200, 100, 100, 50], "segmentation": []},
    ],
}
DUMMY = {"id": 999999999, "image_id": 999999999, "category_id": 0, "area": 1, "segmentation": [], "iscrowd": 0}
CREATEML = [
    {
        "image": "a.jpg",
        "annotations": [
            {"label": "cat", "coordinates": {"x": 40, "y": 20, "width": 40, "height": 20}},
            {"label": "dog", "coordinates": {"x": 125, "y": 62.5, "width": 50, "height": 25}},
        ],
    }
]
CSV = """filename,width,height,class,xmin,ymin,xmax,ymax
a.jpg,200,100,cat,20,10,60,30
a.jpg,200,100,dog,100,50,150,75
"""
BOXES = {
    "width": 200,
    "height": 100,
    "boxes": [
        {"label": "cat", "x": 40, "y": 20, "width": 40, "height": 20},
        {"label": "dog", "x": 125, "y": 62.5, "width": 50, "height": 25},
    ],
}
LINES = json.dumps({"image": "a.jpg", "prefix": "detect", "suffix": "<loc0102><loc0102><loc0307><loc0307> cat ; "})
YOLO = "0 0.2 0.2 0.2 0.2\n1 0.625 0.625 0.25 0.25\n"
FORMATS: dict[str, tuple[str, str, dict[int, str] | None]] = {
    "coco": ("annotation.coco.json", json.dumps(COCO), None),
    "voc": ("a.xml", VOC, None),
    "yolo": ("a.txt", YOLO, {0: "cat", 1: "dog"}),
    "createml": ("annotation.createml.json", json.dumps(CREATEML), None),
    "csv": ("annotation.csv", CSV, None),
    "plain": ("boxes.json", json.dumps(BOXES), None),
}


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_says_the_same(
    home: Any, ws: Any, photo: Callable[..., str], tmp_path: Path, format_: str
) -> None:
    name, text, labelmap = FORMATS[format_]
    file = tmp_path / name
    file.write_text(text)
    options = {"annotation_path": str(file), "annotation_labelmap": labelmap, "tag_names": [f"as-{format_}"]}
    image = uploaded(home, photo("a.jpg"), **options)
    shown = home.image(image)
    assert shown["labels"] == ["cat", "dog"]
    assert shown["annotation"]["boxes"] == [
        {"label": "cat", "x": 40.0, "y": 20.0, "width": 40.0, "height": 20.0},
        {"label": "dog", "x": 125.0, "y": 62.5, "width": 50.0, "height": 25.0},
    ]
    assert found(ws, f"tag:as-{format_} class:cat=1 class:dog>=1 class:owl=0 min-annotations:2 dataset:uploads") == {
        image
    }
    assert found(ws, f"tag:as-{format_} -class:dog") == set()
    [listed] = home.search(tag=f"as-{format_}", fields=["id", "annotations", "labels", "split"])
    assert listed["annotations"] == {"count": 2, "classes": {"cat": 1, "dog": 1}}
    # A second one is not taken unless it says so.
    assert home.save_annotation(str(file), labelmap, image)[0] == {"warn": "already annotated"}
    saved = home.save_annotation(str(file), labelmap, image, annotation_overwrite=True)[0]
    assert saved == {"success": True}
    assert len(home.image(image)["annotation"]["boxes"]) == 2


def test_other_annotations(
    home: Any, ws: Any, errors: Any, key: str, photo: Callable[..., str], served: Served
) -> None:
    image = uploaded(home, photo("odd.jpg"), tag_names=["odd"])

    def save(name: str, text: str, **options: Any) -> Any:
        return errors.save_annotation(key, "uploads", name, text, image, overwrite=True, **options)

    nothing = json.dumps({**COCO, "annotations": [DUMMY]})
    save("annotation.coco.json", nothing, add_to_dataset=False)
    assert found(ws, "tag:odd max-annotations:0 NOT dataset:uploads") == {image}
    save("annotation.jsonl", LINES)
    assert found(ws, "tag:odd class:cat dataset:uploads") == {image}
    save("a.json", json.dumps({"predictions": [{"class": "owl", "confidence": 0.5}], "image": {}}), is_prediction=True)
    assert found(ws, "tag:odd class:owl") == set(), "what a model found is no annotation"
    raw = httpx.post(
        f"{served.origin}/dataset/uploads/annotate/{image}",
        params={"api_key": key, "name": "a.xml", "overwrite": "true"},
        content=VOC,
        headers={"Content-Type": "text/plain"},
    )
    assert raw.json() == {"success": True}
    for name, text, message in (
        ("a.txt", YOLO, "needs a labelmap"),
        ("a.xml", "<annotation>", "not XML"),
        ("a.json", "{", "is not JSON"),
        ("a.xml", '<!DOCTYPE x [<!ENTITY y "z">]><annotation>&y;</annotation>', "not XML that is read"),
    ):
        with pytest.raises(errors.AnnotationSaveError, match=message) as caught:
            save(name, text)
        assert caught.value.status_code == 400
    assert len(home.image(image)["annotation"]["boxes"]) == 2, "what is refused changes nothing"
    with pytest.raises(errors.AnnotationSaveError, match="Image not found") as caught:
        errors.save_annotation(key, "uploads", "a.xml", VOC, "0" * 32)
    assert caught.value.status_code == 404
