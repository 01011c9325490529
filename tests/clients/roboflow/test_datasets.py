"""Data sets, in and out, by the official SDK and command line."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.clients.roboflow.helpers import VOC, WORKSPACE, Cli, unique, uploaded
from tests.server.conftest import Served

# The SDK leaves the annotation files that it sends to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


Boxes = dict[str, list[tuple[str, tuple[float, ...]]]]
"""Class, and left, top, width and height in pixels, of an image's boxes by its name."""


def coco_folder(folder: Path) -> Boxes:
    """Write a COCO data set of two splits."""
    said: Boxes = {}
    for split, count in (("train", 3), ("valid", 2)):
        (folder / split).mkdir(parents=True)
        images: list[dict[str, Any]] = []
        annotations: list[dict[str, Any]] = []
        for number in range(count):
            name = f"{split}{number}.jpg"
            (folder / split / name).write_bytes(unique((320, 240)))
            images.append({"id": number, "file_name": name, "width": 320, "height": 240})
            boxes: list[tuple[str, tuple[float, ...]]] = [
                ("cat" if at % 2 else "big dog", (10.5 + 40 * at, 20.25, 30.0 + number, 55.5)) for at in range(number)
            ]
            said[name] = boxes
            annotations += [
                {
                    "id": len(annotations) + at,
                    "image_id": number,
                    "category_id": 1 if label == "cat" else 2,
                    "bbox": box,
                }
                for at, (label, box) in enumerate(boxes)
            ]
        categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "big dog"}]
        document = {"info": {}, "licenses": [], "categories": categories, "images": images, "annotations": annotations}
        (folder / split / "_annotations.coco.json").write_text(json.dumps(document))
    return said


def boxes_of(ws: Any, slug: str) -> Boxes:
    project = ws.project(slug)
    said: Boxes = {}
    for page in project.search_all(fields=["id"]):
        for each in page:
            shown = project.image(each["id"])
            said[shown["name"]] = [
                (b["label"], (b["x"] - b["width"] / 2, b["y"] - b["height"] / 2, b["width"], b["height"]))
                for b in shown.get("annotation", {"boxes": []})["boxes"]
            ]
    return said


def assert_same(found: Boxes, expected: Boxes) -> None:
    """The boxes are equal within a pixel."""
    assert found.keys() == expected.keys()
    for name, boxes in expected.items():
        assert [label for label, _ in found[name]] == [label for label, _ in boxes]
        for (_, box), (_, other) in zip(found[name], boxes, strict=True):
            assert box == pytest.approx(other, abs=1)


def test_a_data_set_goes_round(ws: Any, tmp_path: Path) -> None:
    expected = coco_folder(tmp_path / "coco")
    ws.upload_dataset(str(tmp_path / "coco"), "Round", num_workers=4, project_type="object-detection", num_retries=0)
    project = ws.project("round")
    assert (project.splits, project.images, project.unannotated) == ({"train": 3, "valid": 2, "test": 0}, 5, 0)
    assert project.classes == {"big dog": 3, "cat": 1}
    assert_same(boxes_of(ws, "round"), expected)
    both = {each["filename"] for each in ws.search('project:round class:cat=1 class:"big dog"=1')["results"]}
    assert both == {"train2.jpg"}
    assert ws.search("project:round min-annotations:1")["total"] == 3
    for format_ in ("yolov8", "voc", "createml", "csv", "coco"):
        folder = tmp_path / format_
        ws.search_export("project:round", format=format_, dataset="round", location=str(folder))
        slug = f"round-{format_}"
        copy = tmp_path / f"copy-{format_}"
        fresh_pixels(folder, copy)
        ws.upload_dataset(str(copy), slug, num_workers=4, num_retries=0)
        assert_same(boxes_of(ws, slug), expected)
        assert ws.project(slug).splits == {"train": 3, "valid": 2, "test": 0}


def fresh_pixels(source: Path, target: Path) -> None:
    """Copy a data set with other bytes in its images, so that they become images of their own."""
    for file in source.rglob("*.*"):
        data = file.read_bytes()
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data + target.name.encode() if file.suffix == ".jpg" else data)


@pytest.mark.parametrize("format_", ["coco", "yolo"])
def test_a_zip_comes_in_as_a_folder_does(ws: Any, tmp_path: Path, format_: str, errors: Any, key: str) -> None:
    expected = coco_folder(tmp_path / "coco")
    folder = tmp_path / "coco"
    if format_ == "yolo":
        ws.upload_dataset(str(folder), "zip-source", num_retries=0)
        folder = tmp_path / "yolo"
        fresh_pixels(Path(ws.search_export("project:zip-source", format="yolo", location=str(tmp_path / "y"))), folder)
    slug = f"zipped-{format_}"
    result = ws.upload_dataset(
        str(folder), slug, use_zip_upload=True, tags=["zz"], batch_name="B3", poll_interval=0.1, poll_timeout=60
    )
    assert result["status"] == "completed", result
    assert (result["result"]["images"], result["result"]["failed"]) == (5, 0)
    assert_same(boxes_of(ws, slug), expected)
    assert ws.search(f"project:{slug} tag:zz split:valid dataset:{slug}")["total"] == 2
    assert [batch["name"] for batch in ws.project(slug).get_batches()["batches"]] == ["B3"]


def test_hostile_zips(ws: Any, errors: Any, key: str, served: Served, tmp_path: Path, home: Any) -> None:
    def send(data: bytes) -> Any:
        started = errors.init_zip_upload(key, WORKSPACE, "uploads", tags=["hostile"])
        (tmp_path / "x.zip").write_bytes(data)
        assert errors.get_zip_upload_status(key, WORKSPACE, started["taskId"])["status"] == "pending"
        errors.upload_zip_to_signed_url(started["signedUrl"], str(tmp_path / "x.zip"))
        with pytest.raises(errors.RoboflowError, match="has been used"):
            errors.upload_zip_to_signed_url(started["signedUrl"], str(tmp_path / "x.zip"))
        unsigned = started["signedUrl"].replace("signature=", "signature=0")
        assert httpx.put(unsigned, headers={"Content-Type": "application/zip"}).status_code == 403
        return errors.get_zip_upload_status(key, WORKSPACE, started["taskId"])

    assert send(b"no zip")["status"] == "failed"
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../up.jpg", unique())
        archive.writestr("/etc/abs.jpg", unique())
        archive.writestr("bomb.jpg", b"\0" * 2**27)
        archive.writestr("broken.jpg", b"\xff\xd8\xff nothing")
        archive.writestr("broken.xml", "<annotation>")
        archive.writestr("train/_annotations.coco.json", "{")
    status = send((tmp_path / "bad.zip").read_bytes())
    assert status["status"] == "completed"
    assert status["result"]["images"] >= 0
    assert status["result"]["failed"] >= 2
    with pytest.raises(errors.RoboflowError):
        errors.get_zip_upload_status(key, WORKSPACE, "unknown")


def test_an_export_by_the_cli(
    ws: Any, cli: Cli, tmp_path: Path, home: Any, photo: Callable[..., str], served: Served, key: str
) -> None:
    (tmp_path / "a.xml").write_text(VOC)
    for number in range(2):  # one name twice
        image = uploaded(home, photo("same.jpg"), tag_names=["exported"], annotation_path=str(tmp_path / "a.xml"))
        ws.update_image_metadata(image, metadata={"n": number})
    cli("search", "tag:exported", "--export", "-f", "coco", "-l", str(tmp_path / "coco"))
    for format_ in ("voc", "csv"):
        ws.search_export("tag:exported", format=format_, location=str(tmp_path / format_))
    [document] = (tmp_path / "coco").rglob("_annotations.coco.json")
    coco = json.loads(document.read_text())
    assert sorted(each["extra"]["user_metadata"]["n"] for each in coco["images"]) == [0, 1]
    assert {each["extra"]["name"] for each in coco["images"]} == {"same.jpg"}
    assert {each["file_name"] for each in coco["images"]} == {each.name for each in document.parent.glob("*.jpg")}
    assert len(coco["annotations"]) == 4
    voc = ET.parse(next((tmp_path / "voc").rglob("same.xml")))
    assert [each.text for each in voc.iter("name")] == ["cat", "dog"]
    [table] = (tmp_path / "csv").rglob("_annotations.csv")
    with table.open() as file:
        assert [row["class"] for row in csv.DictReader(file)] == ["cat", "dog"] * 2
    file = ws.search_export("tag:exported", annotation_group="other", location=str(tmp_path / "zip"), extract_zip=False)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("train/_annotations.coco.json"))["annotations"] == []
    refused = cli("search", "tag:", "--export", "-f", "coco", "-l", str(tmp_path), code=1)
    assert "needs a value" in refused.stderr + refused.stdout
    for body in ({"format": "bmp"}, {"dataset": "gone"}, {"dataset": "uploads", "annotationGroup": "x"}):
        answer = httpx.post(f"{served.origin}/demo/search/export", params={"api_key": key}, json=body)
        assert answer.status_code in {400, 404}, body
    started = httpx.post(f"{served.origin}/demo/search/export", params={"api_key": key}, json={"query": "tag:exported"})
    status = httpx.get(f"{served.origin}/demo/search/export/{started.json()['link']}", params={"api_key": key}).json()
    assert httpx.get(status["link"].replace("signature=", "signature=0")).status_code == 403


def test_a_folder_of_classes(ws: Any, photo: Callable[..., str], tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        photo(f"{name}.jpg", folder=tmp_path / "animals" / "train" / name)
    ws.upload_dataset(str(tmp_path / "animals"), "Animals", project_type="single-label-classification", num_retries=0)
    assert ws.project("animals").classes == {"cat": 1, "dog": 1}
    [image] = ws.search("project:animals class:dog", fields=["filename", "labels", "split"])["results"]
    assert (image["filename"], image["labels"]) == ("dog.jpg", ["dog"])
