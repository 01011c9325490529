"""A workspace for the tests of Acusight's API: two projects, an unassigned batch, two devices, splits and classes."""

from __future__ import annotations

from dataclasses import dataclass, field

from fototeca.catalog import MembershipPatch, NewAnnotation
from fototeca.dialects.acusight import inbox
from tests.server.conftest import Served
from tests.server.helpers import picture

FILES = {
    "a1.jpg": {"device": "cam-01"},
    "a2.jpg": {"device": "cam-01"},
    "a3.jpg": {"device": "cam-02"},
    "b1.png": {},
    "c1.jpg": {},
    "d1.jpg": {},
    "loose.jpg": {},
}


@dataclass
class World:
    """What there is.

    Attributes:
        names: File names in the order in which they were added.
        ids: Ids of projects and batches, as parameters have them.
    """

    token: str
    names: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    names_by_id: dict[int, str] = field(default_factory=dict)
    bytes: dict[str, bytes] = field(default_factory=dict)

    def id(self, name: str) -> int:
        """The id of a file."""
        return next(id_ for id_, known in self.names_by_id.items() if known == name)


def build(served: Served, workspace: str) -> World:
    """Fill a workspace."""
    world = World(served.key(workspace))
    library = served.installation.library(workspace)
    for number, (name, given) in enumerate(FILES.items()):
        data = picture((number * 30, 10, 90), format_="PNG" if name.endswith("png") else "JPEG")
        asset, _ = library.upload(data, name, **given)
        world.names.append(name)
        world.names_by_id[asset.id] = name
        world.bytes[name] = data
    caps, labels = library.collections.create("Bottle caps").id, library.collections.create("Labels").id
    unassigned = inbox.ensure(library).id
    batches = library.records.batches
    morning = batches.create("line1 morning", caps, "annotating").id
    evening = batches.create("line1 evening", caps, "dataset").id
    stickers = batches.create("stickers", labels, "annotating").id
    nobodys = batches.create("nobody's", unassigned, "collecting").id
    world.ids = {name: str(value) for name, value in (("caps", caps), ("labels", labels), ("morning", morning))}

    def put(name: str, collection: int, **patch: object) -> None:
        library.collections.put(collection, [world.id(name)], MembershipPatch(**patch))  # type: ignore[arg-type]

    put("a1.jpg", caps, batch_id=morning, split="train", split_locked=True, annotation_status="completed")
    put("a2.jpg", caps, batch_id=morning, split="valid")
    put("a3.jpg", caps, batch_id=morning)
    put("b1.png", caps, batch_id=evening, split="test")
    put("c1.jpg", labels, batch_id=stickers, annotation_status="completed")
    put("d1.jpg", unassigned, batch_id=nobodys)
    box = NewAnnotation(label="cap", box=(0.42, 0.43, 0.2, 0.1), collection_id=caps)
    corners = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.9))
    polygon = NewAnnotation(label="scratch", type="polygon", polygon=corners, collection_id=caps)
    library.annotations.add(world.id("a1.jpg"), [box, polygon])
    library.annotations.add(world.id("a2.jpg"), [box, box])
    library.annotations.add(world.id("c1.jpg"), [NewAnnotation(label="dent", type="classification")])
    return world
