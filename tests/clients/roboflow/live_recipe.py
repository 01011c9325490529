"""Runs in a process of its own, where the environment names the server: the spec's live recipe, as printed.

Prints the ids of the image as its last line.
"""

from __future__ import annotations

import sys
from pathlib import Path

import roboflow  # type: ignore[import-untyped]  # it has no types


def main(picture: str, folder: str) -> None:
    rf = roboflow.Roboflow()
    ws = rf.workspace()
    p = ws.project("proj")
    r = p.upload(picture, split="valid", batch_name="B", tag_names=["t1"], num_retry_uploads=0)
    iid = r[0]["image"]["id"]
    page = ws.search("tag:t1 project:proj", page_size=1)
    assert page["total"] >= 1
    assert page.keys() >= {"results", "total"}
    assert iid in [x["id"] for pg in ws.search_all("*", page_size=2) for x in pg]
    assert iid in [x["id"] for pg in p.search_all(limit=2) for x in pg]
    assert p.image(iid)["split"] == "valid"
    assert any(b["name"] == "B" for b in p.get_batches()["batches"])
    assert ws.update_image_metadata(iid, metadata={"k": "v"}, add_tags=["t2"]) == {"success": True}
    exported = ws.search_export("tag:t2", format="coco", location=str(Path(folder) / "exp"))
    assert (Path(exported) / "valid" / "_annotations.coco.json").is_file()
    print(iid)  # noqa: T201 - the answer


if __name__ == "__main__":
    main(*sys.argv[1:])
