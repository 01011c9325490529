"""Pascal VOC XML: http://host.robots.ox.ac.uk/pascal/VOC/. Boxes are two corners in pixels."""

from __future__ import annotations

from xml.etree import ElementTree as ET  # only builds; what comes in is parsed by defusedxml

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as Safe

from fototeca.dialects.roboflow.annotations.shapes import Frame, Picture, Shape, checked_label, kept, number
from fototeca.errors import InvalidInput

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def looks_like(text: str) -> bool:
    """Whether a text is of this kind."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def read(text: str, frame: Frame) -> list[Shape]:
    """Return the shapes of one image.

    Args:
        text: The file.
        frame: The image's size, for files that do not tell it.

    Raises:
        InvalidInput: It is not well-formed, holds entities, or lacks a part.
    """
    try:
        root = Safe.fromstring(text.lstrip("\ufeff \t\r\n"))
    except (ET.ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise InvalidInput(f"the annotation is not XML that is read here: {error}") from error
    width, height = root.findtext("size/width"), root.findtext("size/height")
    sizes = [number(size, "size") for size in (width, height) if size]
    if len(sizes) == 2 and all(sizes):  # some tools write 0 for what they do not know
        frame = Frame(*sizes)
    return kept(_shape(entry, frame) for entry in root.iter("object"))


def _shape(entry: ET.Element, frame: Frame) -> Shape | None:
    label = checked_label(entry.findtext("name"))
    polygon = entry.find("polygon")
    if polygon is not None and polygon.findtext("x3") is not None:
        points: list[tuple[float, float]] = []
        while (x := polygon.findtext(f"x{len(points) + 1}")) is not None:
            points.append((number(x, "polygon"), number(polygon.findtext(f"y{len(points) + 1}"), "polygon")))
        return frame.outline(label, points)
    box = entry.find("bndbox")
    if box is None:
        raise InvalidInput("an object of the annotation has no bndbox")
    left, top, right, bottom = (number(box.findtext(name), name) for name in _CORNERS)
    return frame.corners(label, left, top, right, bottom)


def write(picture: Picture) -> bytes:
    """Return the file of one picture; what is said of the whole picture has the whole picture as its box."""
    root = ET.Element("annotation")
    _child(root, "folder", "")
    _child(root, "filename", picture.name)
    size = _child(root, "size")
    for name, value in (("width", picture.width), ("height", picture.height), ("depth", 3)):
        _child(size, name, str(value))
    _child(root, "segmented", "0")
    for shape in picture.shapes:
        _object(root, shape, picture)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8")
    return text + b"\n"


def _object(root: ET.Element, shape: Shape, picture: Picture) -> None:
    entry = _child(root, "object")
    _child(entry, "name", "".join(c for c in shape.label if c.isprintable()))
    for name, value in (("pose", "Unspecified"), ("truncated", "0"), ("difficult", "0"), ("occluded", "0")):
        _child(entry, name, value)
    left, top, width, height = shape.box or (0.0, 0.0, 1.0, 1.0)
    corners = (left, top, left + width, top + height)
    box = _child(entry, "bndbox")
    for place, name in enumerate(_CORNERS):
        size = picture.height if place % 2 else picture.width
        _child(box, name, str(round(corners[place] * size)))
    if shape.polygon:
        polygon = _child(entry, "polygon")
        for place, (x, y) in enumerate(shape.polygon, 1):
            _child(polygon, f"x{place}", f"{x * picture.width:.3f}")
            _child(polygon, f"y{place}", f"{y * picture.height:.3f}")


def _child(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, name)
    child.text = text
    return child
