"""Files sent to the server: as a form, in base64, or by their URL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from pydantic import ConfigDict, Field
from starlette.datastructures import FormData, UploadFile

from fototeca.assets import Asset
from fototeca.errors import FototecaError, InvalidInput
from fototeca.http import Caller, decoded, kept
from fototeca.server.native.answers import Uploaded, shown
from fototeca.server.native.requests import AssetChange, Name, build, key_of

MAX_FILES = 100
"""Files of one form."""


class Given(AssetChange):
    """What the sender says of a file; a file that is there already keeps what was said of it before."""

    collection: Name | None = Field(None, description="Id, slug or name; a new name makes a collection.")
    album: Annotated[str, Field(max_length=64)] | None = Field(None, description="Id or UUID of an album.")
    device: Name | None = None
    device_asset_id: Name | None = None
    source: Annotated[str, Field(max_length=4_096)] | None = Field(None, description="Where the file came from.")
    wait: bool = Field(default=False, description="Answer when the installed models have seen it.")


class Inline(Given):
    """A file named by its URL, or sent in base64 (also as a data URI)."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"url": "https://example.org/cat.jpg", "tags": ["animal"], "folder": "web"}}
    )

    url: Annotated[str, Field(max_length=4_096)] | None = None
    data: str | None = None
    filename: Name | None = None


def add_json(caller: Caller, body: bytes) -> Uploaded:
    """Take in a file that came as JSON.

    Raises:
        InvalidInput: The body is not as `Inline` says, or there is neither a URL nor data, or both.
        FetchError: The URL cannot be fetched.
        MediaError: The file cannot be read.
    """
    sent = build(Inline, _json(body, "the body must be a JSON object"), "body")
    if (sent.url is None) == (sent.data is None):
        raise InvalidInput('send either "url" or "data"', field="url", allowed="url, data")
    given = {name: value for name, value in sent.given().items() if name not in {"url", "data", "filename"}}
    if sent.url is not None:
        with caller.context.metrics.upload_failures():
            asset, duplicate = caller.library.upload_url(sent.url, sent.filename, **_attributes(caller, given))
        return _done(caller, asset, given, duplicate=duplicate)
    return _add(caller, decoded(sent.data or "", "data"), sent.filename or "upload", given)


def add_forms(caller: Caller, form: FormData) -> list[Uploaded | FototecaError]:
    """Take in the files of a form, all under the name `file`, each with what the form's other fields say.

    Raises:
        InvalidInput: The form holds no file, or a field that is not known.
        FototecaError: The form's only file could not be taken in; of several, the errors are among the results.
    """
    files = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
    if not files:
        raise InvalidInput('the form holds no file named "file"', field="file")
    given = build(Given, _fields(form), "form").given()
    results: list[Uploaded | FototecaError] = []
    for file in files:
        try:
            with kept(file.file, file.size or 0) as source:
                results.append(_add(caller, source, file.filename or "upload", given))
        except FototecaError as error:
            if len(files) == 1:
                raise
            results.append(error)
    return results


def _add(caller: Caller, source: Path | bytes, filename: str, given: dict[str, Any]) -> Uploaded:
    with caller.context.metrics.upload_failures():
        asset, duplicate = caller.library.upload(source, filename, **_attributes(caller, given))
    return _done(caller, asset, given, duplicate=duplicate)


def _attributes(caller: Caller, given: dict[str, Any]) -> dict[str, Any]:
    """What the library takes with the file; albums must be there before anything is stored."""
    attributes = {name: value for name, value in given.items() if name != "wait"}
    if (album := attributes.pop("album", None)) is not None:
        caller.library.albums.get(key_of(album))
    if (collection := attributes.get("collection")) is not None:
        attributes["collection"] = key_of(collection)
    return attributes


def _done(caller: Caller, asset: Asset, given: dict[str, Any], *, duplicate: bool) -> Uploaded:
    caller.context.metrics.upload("duplicate" if duplicate else "added")
    if (album := given.get("album")) is not None:
        caller.library.albums.add(caller.library.albums.get(key_of(album)).id, [asset.id])
        asset = caller.library.get(asset.id)
    if given.get("wait"):
        caller.library.see([asset.id])
        asset = caller.library.get(asset.id)
    return Uploaded(shown(caller, asset), duplicate)


def _fields(form: FormData) -> dict[str, Any]:
    """Read the text fields: `tags` may be repeated or separated by commas, `metadata` is a JSON object."""
    fields: dict[str, Any] = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if "tags" in fields:
        texts = [value for value in form.getlist("tags") if isinstance(value, str)]
        fields["tags"] = [tag for text in texts for tag in text.split(",") if tag.strip()]
    if "metadata" in fields:
        fields["metadata"] = _json(fields["metadata"], "metadata must be a JSON object", "metadata")
    return fields


def _json(text: str | bytes, message: str, field: str | None = None) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise InvalidInput(message, field=field) from error
