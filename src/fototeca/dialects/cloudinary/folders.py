"""Folders: listing, making, moving and removing them, and searching among them by the expression language."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Folder
from fototeca.dialects.cloudinary.cloud import Cloud, Reading, Writing
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.expression import literals
from fototeca.dialects.cloudinary.expression.syntax import (
    Clause,
    Every,
    FreeText,
    Negated,
    Presence,
    Scalar,
    Some,
    Span,
    Syntax,
)
from fototeca.dialects.cloudinary.pages import page_of
from fototeca.dialects.cloudinary.parameters import Parameters, Sent
from fototeca.dialects.cloudinary.query import (
    DEFAULT_RESULTS,
    MOST_RESULTS,
    Order,
    parsed,
    query_error,
    read_orders,
)
from fototeca.errors import Conflict, InvalidInput, NotFound, QueryError
from fototeca.http import Router, answering
from fototeca.query import Match, Prefix, Query
from fototeca.query.words import fold, tokens

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)


@router.post("/folders/search")
@router.get("/folders/search")
def search(request: Request, asking: Reading, sent: Sent) -> Response:
    """Search for folders."""
    start = time.perf_counter()
    expression = sent.text("expression")
    syntax, now = parsed(expression), datetime.now(UTC)
    orders = read_orders(sent.json("sort_by") if sent.has("sort_by") else None) or [
        Order("created_at", descending=True)
    ]
    try:
        found = [folder for folder in asking.library.folders.tree() if _matches(syntax, folder, now)]
    except QueryError as error:
        raise query_error(expression, error) from error
    _sort(found, orders)
    bound = f"folders {expression} {orders}"
    page, cursor = page_of(
        found, sent, bound, default=DEFAULT_RESULTS, most=MOST_RESULTS, key=lambda folder: folder.uuid
    )
    took = max(1, round((time.perf_counter() - start) * 1000))
    shown: dict[str, Any] = {"total_count": len(found), "time": took, "folders": [_found(each) for each in page]}
    return answer(request, shown | ({"next_cursor": cursor} if cursor else {}))


@router.get("/folders")
def root_folders(request: Request, asking: Reading, sent: Sent) -> Response:
    """List the folders of the root."""
    return answer(request, _children(asking, "", sent))


@router.get("/folders/{path:path}")
def subfolders(request: Request, asking: Reading, sent: Sent, path: str) -> Response:
    """List the folders directly inside one."""
    return answer(request, _children(asking, path, sent))


@router.post("/folders/{path:path}")
def create(request: Request, asking: Writing, path: str) -> Response:
    """Make a folder and those above it."""
    return answer(request, {"success": True, **_shown(asking.library.folders.create(path))})


@router.put("/folders/{path:path}")
def rename(request: Request, asking: Writing, sent: Sent, path: str) -> Response:
    """Move a folder with everything in it."""
    target = sent.required("to_folder")
    try:
        moved = asking.library.folders.move(path, target)
    except NotFound:
        raise NotFound("Cannot find source folder") from None
    if asking.fixed_folders:
        _rename_within(asking, path.strip("/"), moved.path)
    before = {"name": path.strip("/").rpartition("/")[2], "path": path.strip("/")}
    return answer(request, {"from": before, "to": {"name": _name(moved), "path": moved.path}})


@router.delete("/folders/{path:path}")
def delete(request: Request, asking: Writing, path: str) -> Response:
    """Remove a folder, and the empty ones in it."""
    folders = asking.library.folders
    try:
        path = folders.get(path).path
    except NotFound:
        raise NotFound(f"Can't find folder with path {path[:200]}") from None
    inside = [folder.path for folder in folders.tree() if folder.path == path or folder.path.startswith(f"{path}/")]
    try:
        for each in reversed(inside):
            folders.delete(each)
    except Conflict:
        raise InvalidInput("Folder is not empty", field="path") from None
    return answer(request, {"deleted": inside})


def _rename_within(cloud: Cloud, before: str, after: str) -> None:
    """Let public ids follow the folder that they name."""
    for status in ("active", "pending", "trashed"):
        within = Prefix("public_id", f"{before}/", folded=False) & Match("status", status)
        for asset in cloud.library.load(cloud.library.ids(Query(where=within))):
            if asset.public_id is not None:
                cloud.library.update([asset.id], public_id=f"{after}/{asset.public_id.removeprefix(f'{before}/')}")


def _children(cloud: Cloud, path: str, sent: Parameters) -> dict[str, Any]:
    try:
        found = cloud.library.folders.children(path)
    except NotFound:
        raise NotFound(f"Can't find folder with path {path[:200]}") from None
    page, cursor = page_of(found, sent, f"children {path}", default=500, most=500, key=lambda folder: folder.uuid)
    return {"folders": [_shown(folder) for folder in page], "next_cursor": cursor, "total_count": len(found)}


def _shown(folder: Folder) -> dict[str, Any]:
    return {"name": _name(folder), "path": folder.path, "external_id": folder.uuid}


def _found(folder: Folder) -> dict[str, Any]:
    moment = folder.created.astimezone(UTC).isoformat(timespec="seconds")
    return {"name": _name(folder), "path": folder.path, "created_at": moment, "external_id": folder.uuid}


def _name(folder: Folder) -> str:
    return folder.path.rpartition("/")[2]


_SORTED: dict[str, Callable[[Folder], Any]] = {
    "name": _name,
    "path": lambda folder: folder.path,
    "created_at": lambda folder: folder.created,
    "updated_at": lambda folder: folder.updated,
}


def _sort(found: list[Folder], orders: Sequence[Order]) -> None:
    found.sort(key=lambda folder: folder.id)
    for order in reversed(orders):
        key = _SORTED.get(order.name)
        if key is None:
            raise InvalidInput(
                f"Invalid value for parameter sort_by: {order.name[:100]} does not sort",
                field="sort_by",
                allowed=", ".join(_SORTED),
            )
        found.sort(key=key, reverse=order.descending)


# --- which folders an expression finds: there are few, and they are all in memory


def _matches(node: Syntax, folder: Folder, now: datetime) -> bool:
    match node:
        case Every(parts=parts):
            # Every part is looked at, so that a bad value is an error whatever there is.
            return all([_matches(part, folder, now) for part in parts])  # noqa: C419
        case Some(parts=parts):
            return any([_matches(part, folder, now) for part in parts])  # noqa: C419
        case Negated(part=part):
            return not _matches(part, folder, now)
        case Presence():
            return False
        case FreeText(value=value):
            return any(_words(text, value, exact=False) for text in (_name(folder), folder.path))
    try:
        return _clause(node, folder, now)
    except QueryError as error:
        if error.position is None:
            error.position = node.value.position
        raise


def _clause(clause: Clause, folder: Folder, now: datetime) -> bool:
    match clause.field:
        case "created_at":
            return _dated(folder.created, clause, now)
        case "updated_at":
            return _dated(folder.updated, clause, now)
    text = {"name": _name(folder), "path": folder.path, "id": folder.uuid}.get(clause.field)
    if text is None:
        return False
    if isinstance(clause.value, Span) or clause.operator not in {":", "="}:
        raise QueryError(f"{clause.field} is text: it takes : and = and no ranges")
    value = clause.value
    if clause.field == "path" and value.prefix and value.text.endswith("/") and value.text.strip("/"):
        top = value.text.strip("/")
        return text == top or text.startswith(f"{top}/")
    return _words(text, value, exact=clause.operator == "=")


def _words(text: str, value: Scalar, *, exact: bool) -> bool:
    if exact:
        return text.startswith(value.text) if value.prefix else text == value.text
    folded, wanted, held = fold(value.text), tokens(value.text), tokens(text)
    if value.prefix:
        return fold(text).startswith(folded) or (wanted == [folded] and any(t.startswith(folded) for t in held))
    places = range(len(held) - len(wanted) + 1) if wanted else ()
    return fold(text) == folded or any(held[at : at + len(wanted)] == wanted for at in places)


def _dated(moment: datetime, clause: Clause, now: datetime) -> bool:
    value = clause.value
    if isinstance(value, Span):
        low = None if value.low is None else literals.period(value.low.text, now)
        high = None if value.high is None else literals.period(value.high.text, now)
        after = low is None or _compared(moment, ">=" if value.include_low else ">", low)
        return after and (high is None or _compared(moment, "<=" if value.include_high else "<", high))
    return _compared(moment, clause.operator, literals.period(value.text, now))


def _compared(moment: datetime, operator: str, named: literals.Period) -> bool:
    """Compare with a whole period: a moment is equal to a day that it is in, and after one that is over."""
    over = moment > named.end or (moment == named.end and named.start != named.end)
    match operator:
        case ">":
            return over
        case ">=":
            return moment >= named.start
        case "<":
            return moment < named.start
        case "<=":
            return not over
    return moment >= named.start and not over
