"""Public ids: what clients may choose, and what is chosen for them."""

from __future__ import annotations

import re
import secrets
import string
from pathlib import PurePosixPath

from fototeca.assets import Kind
from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.errors import InvalidInput

MAX_LENGTH = 255

_FORBIDDEN = re.compile(r"[?&#\\%<>+\x00-\x1f]")
_RANDOM = string.ascii_lowercase + string.digits


def checked(public_id: str) -> str:
    """Return a public id without slashes at its ends.

    Raises:
        InvalidInput: It cannot be one.
    """
    name = public_id.strip().strip("/")
    if not 0 < len(name) <= MAX_LENGTH or _FORBIDDEN.search(name):
        raise InvalidInput(
            f"public_id ({public_id[:100]}) is invalid",
            field="public_id",
            allowed=f"1 to {MAX_LENGTH} characters without ? & # \\ % < > +",
        )
    return name


def chosen(sent: Parameters, filename: str, kind: Kind) -> str:
    """Return the public id of an upload: as given, else after the file's name, else at random."""
    name = sent.text("public_id").strip().strip("/")
    if not name:
        name = _derived(sent, PurePosixPath(filename), kind)
    return checked("/".join([*_prefixes(sent), name]))


def asset_folder(sent: Parameters, public_id: str, *, fixed: bool) -> str:
    """Return the folder of an upload: its own, or the one that is also in its public id.

    Args:
        sent: The request.
        public_id: As chosen.
        fixed: Whether the public id alone says the folder.
    """
    if fixed:
        return public_id.rpartition("/")[0]
    return (sent.text("asset_folder") or sent.text("folder")).strip("/")


def random_name(length: int) -> str:
    """Return lower-case letters and digits."""
    return "".join(secrets.choice(_RANDOM) for _ in range(length))


def _derived(sent: Parameters, file: PurePosixPath, kind: Kind) -> str:
    ending = file.suffix if kind is Kind.RAW else ""  # what a raw file is, only its name says
    if not sent.flag("use_filename"):
        return random_name(20) + ending
    stem = _FORBIDDEN.sub("_", "_".join(file.stem.split())) or "file"
    unique = sent.flag("unique_filename", default=True)
    return (f"{stem}_{random_name(6)}" if unique else stem) + ending


def _prefixes(sent: Parameters) -> list[str]:
    given = [sent.text("public_id_prefix"), sent.text("folder")]
    if sent.flag("use_asset_folder_as_public_id_prefix") and not sent.text("folder"):
        given.append(sent.text("asset_folder"))
    return [part for text in given if (part := text.strip("/"))]
