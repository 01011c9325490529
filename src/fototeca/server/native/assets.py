"""`/v1/assets`: list, add, look at, change, trash and remove."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from fototeca.assets import Asset
from fototeca.errors import FototecaError, InvalidInput
from fototeca.http import Router, send
from fototeca.server.native import uploads
from fototeca.server.native.answers import AssetList, Uploaded, WordList, answer, nothing, projection, shown
from fototeca.server.native.openapi import EXAMPLE_ASSET, returns
from fototeca.server.native.requests import (
    AssetChange,
    Key,
    Limit,
    Metadata,
    Name,
    QueryText,
    Tags,
    build,
    key_of,
    names,
)
from fototeca.server.native.search import SearchRequest, find
from fototeca.server.problems import of_error
from fototeca.server.security import Reader, Writer

router = Router(prefix="/v1/assets", tags=["assets"])

_ASSET = returns(Asset, EXAMPLE_ASSET, doc="The asset, with signed links to its files")
_UPLOADED = returns(Uploaded, {"asset": EXAMPLE_ASSET, "duplicate": False}, status=201, doc="Added") | returns(
    Uploaded, {"asset": EXAMPLE_ASSET, "duplicate": True}, doc="The workspace had these bytes already"
)
_LIST = returns(AssetList, {"total": 1, "assets": [EXAMPLE_ASSET]}, doc="One page of assets")
_WORDS = returns(
    WordList,
    {"words": [{"text": "RE16", "box": [0.27, 0.41, 0.24, 0.17], "confidence": 0.99, "line": 0}]},
    doc="The words",
)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
}
_SENT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": uploads.Inline.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        **uploads.Given.model_json_schema()["properties"],
                    },
                }
            },
        },
    }
}


class AssetPatch(AssetChange):
    """A change to one asset: what is left out stays, `null` clears."""

    model_config = ConfigDict(json_schema_extra={"example": {"title": "Chelsea", "add_tags": ["animal"]}})

    filename: Name = ""
    add_tags: Tags = ()
    remove_tags: Tags = ()
    merge_metadata: Metadata = Field(default_factory=dict)
    remove_metadata: Tags = ()


@router.get("", summary="List assets", responses=_LIST)
def list_assets(
    caller: Reader,
    *,
    q: QueryText = "",
    sort: Annotated[list[str] | None, Query(examples=[["-created"]])] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=10_000)] = None,
    fields: Annotated[list[str] | None, Query(examples=[["filename,urls"]])] = None,
) -> Response:
    """List what a question finds, by default everything outside the trash, newest first."""
    values = {"query": q, "sort": names(sort), "limit": limit, "cursor": cursor, "fields": names(fields)}
    request = build(SearchRequest, values, "query")
    wanted = projection(request.fields)
    found = find(caller, request)
    assets = [shown(caller, each.asset, wanted) for each in found.hits]
    return answer(AssetList(total=found.total, assets=assets, cursor=found.cursor))


@router.post("", summary="Add a file", responses=_UPLOADED, status_code=201, openapi_extra=_SENT)
async def add_asset(caller: Writer, request: Request) -> Response:
    """Add a file: as a form (`file`, once or several times), by its `url`, or in base64 as `data`.

    One file is answered by its asset, several by `results`, each an asset or a problem.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        async with request.form(max_files=uploads.MAX_FILES, max_fields=1_000) as form:
            results = await run_in_threadpool(uploads.add_forms, caller, form)
    elif kind == "application/json":
        body = await request.body()
        results = [await run_in_threadpool(uploads.add_json, caller, body)]
    else:
        raise InvalidInput("send a form or JSON", field="content-type", allowed="multipart/form-data, application/json")
    added = any(isinstance(result, Uploaded) and not result.duplicate for result in results)
    content: Any = results[0] if len(results) == 1 else {"results": [_result(result) for result in results]}
    return answer(content, 201 if added else 200)


@router.get("/{asset}", summary="Get an asset", responses=_ASSET)
def get_asset(caller: Reader, asset: Key, fields: Annotated[list[str] | None, Query()] = None) -> Response:
    """Return everything known of an asset, also of one in the trash."""
    wanted = projection(names(fields))
    return answer(shown(caller, caller.library.get(key_of(asset)), wanted))


@router.get("/{asset}/words", summary="Get the words in a picture", responses=_WORDS)
def get_words(caller: Reader, asset: Key) -> Response:
    """Return the words that were read in the picture, in reading order; boxes are shares of it from its upper left."""
    return answer(WordList(caller.library.words(caller.library.get(key_of(asset)))))


@router.patch("/{asset}", summary="Change an asset", responses=_ASSET)
def change_asset(caller: Writer, asset: Key, body: AssetPatch) -> Response:
    """Change what is said of an asset; the next search knows it."""
    found = caller.library.get(key_of(asset))
    caller.library.update([found.id], **body.given())
    return answer(shown(caller, caller.library.get(found.id)))


@router.delete("/{asset}", summary="Trash or remove an asset", status_code=204)
def delete_asset(caller: Writer, asset: Key, *, permanent: bool = False) -> Response:
    """Put an asset in the trash; with `permanent` remove it and its files for good."""
    found = caller.library.get(key_of(asset))
    if permanent:
        caller.library.delete([found.id])
    else:
        caller.library.trash([found.id])
    return nothing()


@router.post("/{asset}/restore", summary="Take an asset out of the trash", responses=_ASSET)
def restore_asset(caller: Writer, asset: Key) -> Response:
    """Take an asset out of the trash; one that is not in it stays as it is."""
    found = caller.library.get(key_of(asset))
    caller.library.restore([found.id])
    return answer(shown(caller, caller.library.get(found.id)))


@router.get(
    "/{asset}/original", summary="Get the original by a redirect", status_code=307, response_class=RedirectResponse
)
def get_original(caller: Reader, asset: Key) -> Response:
    """Redirect to a signed link, which works without a key until it expires."""
    urls = shown(caller, caller.library.get(key_of(asset)), ("urls",))["urls"]
    return RedirectResponse(urls["original"], headers={"Cache-Control": "private, no-store"})


@router.head("/{asset}/media/{variant}", include_in_schema=False)
@router.get("/{asset}/media/{variant}", summary="Get a file", responses=_FILE, response_class=Response)
def get_media(request: Request, caller: Reader, asset: Key, variant: Annotated[str, Path(max_length=64)]) -> Response:
    """Return "original", "256" or "1440"; ranges and conditional requests are understood.

    Of a version: "version-UUID", "version-UUID-256" or "version-UUID-1440".
    """
    found = caller.library.get(key_of(asset))
    return send(request, caller.library, found, variant, cache="private, no-cache")


def _result(result: Uploaded | FototecaError) -> Any:
    if isinstance(result, FototecaError):
        return {"problem": of_error(result)}
    return result
