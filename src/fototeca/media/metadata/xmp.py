"""XMP: RDF in XML, the youngest and richest of the three. Source: ISO 16684-1."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, ElementTree

from fototeca.media.metadata.values import MAX_LIST, MAX_TAGS, Tags, fit

Properties: TypeAlias = dict[str, list[str]]
"""Texts by "prefix:Name"; members of a structure by the joined names, such as "exif:FlashFired"."""

MAX_BYTES = 1 << 20
"""A longer packet is not parsed: real ones are a hundredth of that."""

MAX_DEPTH = 6
"""Structures within structures."""

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_CONTAINERS = {f"{_RDF}Bag", f"{_RDF}Seq", f"{_RDF}Alt"}

_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/camera-raw-settings/1.0/": "crs",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "iptcCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "iptcExt",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://www.metadataworkinggroup.com/schemas/regions/": "mwg-rs",
    "http://ns.google.com/photos/1.0/camera/": "GCamera",
}


def parse(data: bytes) -> Properties:
    """Read a packet; one that is no well-formed XML, or tries tricks with entities, has no properties."""
    data = data.strip(b"\0 \t\r\n")
    if not data or len(data) > MAX_BYTES:
        return {}
    try:
        root = ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return {}
    properties: Properties = {}
    for rdf in root.iter(f"{_RDF}RDF"):
        for description in rdf.findall(f"{_RDF}Description"):
            _members(description, "", properties, 0)
    return properties


def tags(properties: Properties) -> Tags:
    """All values as "XMP-prefix:Name"; a property with one value is not a list."""
    found = {f"XMP-{name}": fit(texts if len(texts) > 1 else texts[0]) for name, texts in properties.items()}
    return {name: value for name, value in found.items() if value is not None}


def _members(element: Element, parent: str, properties: Properties, depth: int) -> None:
    for qualified, value in element.attrib.items():
        _add(properties, _name(qualified, parent), value)
    for child in element:
        _property(child, parent, properties, depth)


def _property(element: Element, parent: str, properties: Properties, depth: int) -> None:
    name = _name(element.tag, parent)
    if not name or depth > MAX_DEPTH:
        return
    inner = element[0] if len(element) else None
    if inner is not None and inner.tag in _CONTAINERS:
        for item in inner:
            if not len(item):
                _add(properties, name, item.text)
            # Of a text in several languages, the first is the default one.
            if inner.tag == f"{_RDF}Alt":
                break
    elif inner is not None or element.attrib:
        _members(element, name, properties, depth + 1)
        for nested in element.findall(f"{_RDF}Description"):
            _members(nested, name, properties, depth + 1)
    if inner is None:
        _add(properties, name, element.text)


def _name(qualified: str, parent: str) -> str:
    """Short name, "prefix:Name", of a qualified name; empty for the names of RDF and XML themselves."""
    if qualified.startswith((_RDF, _XML)):
        return ""
    uri, _, local = qualified.removeprefix("{").rpartition("}")
    if parent:
        return parent + local[:1].upper() + local[1:]
    return f"{_PREFIXES.get(uri) or uri.rstrip('/#').rpartition('/')[2] or 'none'}:{local}"


def _add(properties: Properties, name: str, value: str | None) -> None:
    if not name or not value or not value.strip() or (name not in properties and len(properties) >= MAX_TAGS):
        return
    texts = properties.setdefault(name, [])
    if len(texts) < MAX_LIST:
        texts.append(value.strip())
