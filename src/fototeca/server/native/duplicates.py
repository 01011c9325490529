"""`/v1/duplicates`: groups of assets that show the same photo."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from fototeca.http import Router
from fototeca.server.native.answers import DuplicateGroupAnswer, DuplicatesAnswer, answer, projection, shown
from fototeca.server.native.openapi import EXAMPLE_ASSET, returns
from fototeca.server.native.requests import QueryText, names
from fototeca.server.security import Reader

router = Router(prefix="/v1/duplicates", tags=["search"])

MAX_GROUPS = 200
"""Groups of one page."""


_EXAMPLE = {
    "total": 1,
    "spare": 240_512,
    "groups": [{"ids": [17, 23], "spare": 240_512, "assets": [EXAMPLE_ASSET, EXAMPLE_ASSET | {"id": 23}]}],
}


@router.get("", summary="List duplicates", responses=returns(DuplicatesAnswer, _EXAMPLE, doc="One page of groups"))
def list_duplicates(
    caller: Reader,
    *,
    q: QueryText = "",
    limit: Annotated[int, Query(ge=1, le=MAX_GROUPS)] = 50,
    cursor: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    fields: Annotated[list[str] | None, Query(examples=[["filename,urls"]])] = None,
) -> Response:
    """List groups of the same photo: resized, compressed anew, slightly cropped or converted, not merely alike.

    By default among everything outside the trash, else among what a question finds. `POST /v1/assets/bulk` with the ids
    of those that are not wanted puts them in the trash. The first request after a change compares what is new to it,
    which may take a while; pages after it are quick.
    """
    wanted = projection(names(fields))
    groups = caller.library.duplicates(q)
    later = [group for group in groups if group.ids[0] > cursor]
    page = later[:limit]
    assets = {asset.id: asset for asset in caller.library.load([id_ for group in page for id_ in group.ids])}
    listed = [
        DuplicateGroupAnswer(
            list(group.ids), group.spare, [shown(caller, assets[id_], wanted) for id_ in group.ids if id_ in assets]
        )
        for group in page
    ]
    return answer(
        DuplicatesAnswer(
            total=len(groups),
            spare=sum(group.spare for group in groups),
            groups=listed,
            cursor=page[-1].ids[0] if len(later) > limit else None,
        )
    )
