"""IPTC-IIM: the records that agencies and editors write, often inside a Photoshop block.

Source: IPTC-NAA Information Interchange Model 4.2; names as the IPTC gives them.
"""

from __future__ import annotations

from typing import TypeAlias

from fototeca.media.metadata.values import MAX_LIST, Tags, decoded, fit

Records: TypeAlias = dict[str, list[str]]
"""Texts by name of the dataset, in the file's order."""

_CHARACTER_SET = (1, 90)
_UTF8 = b"\x1b%G"

_NAMES = {
    5: "ObjectName", 7: "EditStatus", 10: "Urgency", 12: "SubjectReference", 15: "Category",
    20: "SupplementalCategories", 22: "FixtureIdentifier", 25: "Keywords", 26: "ContentLocationCode",
    27: "ContentLocationName", 30: "ReleaseDate", 35: "ReleaseTime", 40: "SpecialInstructions", 55: "DateCreated",
    60: "TimeCreated", 62: "DigitalCreationDate", 63: "DigitalCreationTime", 65: "OriginatingProgram",
    70: "ProgramVersion", 80: "By-line", 85: "By-lineTitle", 90: "City", 92: "Sub-location", 95: "Province-State",
    100: "CountryCode", 101: "Country", 103: "OriginalTransmissionReference", 105: "Headline", 110: "Credit",
    115: "Source", 116: "CopyrightNotice", 118: "Contact", 120: "Caption-Abstract", 122: "Writer-Editor",
    131: "ImageOrientation", 135: "LanguageIdentifier",
}  # fmt: skip


def parse(data: bytes) -> Records:
    """Read the datasets of record 2; reading stops where they make no sense, and nothing is raised."""
    records: Records = {}
    utf8 = False
    at = 0
    while at + 5 <= len(data) and data[at] == 0x1C:
        record, dataset, size = data[at + 1], data[at + 2], int.from_bytes(data[at + 3 : at + 5], "big")
        at += 5
        if size & 0x8000:
            length = size & 0x7FFF
            size = int.from_bytes(data[at : at + length], "big")
            at += length
        value = data[at : at + size]
        if len(value) < size:
            break
        at += size
        if (record, dataset) == _CHARACTER_SET:
            utf8 = value.startswith(_UTF8)
        elif record == 2 and dataset in _NAMES:
            texts = records.setdefault(_NAMES[dataset], [])
            if len(texts) < MAX_LIST:
                texts.append(value.decode("utf-8", "replace") if utf8 else decoded(value))
    return records


def from_photoshop(data: bytes) -> bytes:
    """The IPTC block (1028) among Photoshop's image resources; empty if there is none.

    Source: Adobe Photoshop File Formats Specification, "Image Resource Blocks".
    """
    at = 0
    while data[at : at + 4] == b"8BIM" and at + 12 <= len(data):
        code = int.from_bytes(data[at + 4 : at + 6], "big")
        name = 1 + data[at + 6]
        at += 6 + name + name % 2
        size = int.from_bytes(data[at : at + 4], "big")
        if code == 1028:
            return data[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
    return b""


def tags(records: Records) -> Tags:
    """All values as "IPTC:Name"; a dataset that occurs once is not a list."""
    found = {f"IPTC:{name}": fit(texts if len(texts) > 1 else texts[0]) for name, texts in records.items()}
    return {name: value for name, value in found.items() if value is not None}
