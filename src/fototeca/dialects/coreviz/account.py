"""Who is asking, and the organization that a workspace is."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from fototeca.dialects.coreviz.errors import refuse
from fototeca.dialects.coreviz.ids import organization_id, user_id
from fototeca.dialects.coreviz.render import answer
from fototeca.dialects.coreviz.requests import Reader
from fototeca.http import Caller, Router, answering

router = Router(route_class=answering(refuse), include_in_schema=False)


def user(caller: Caller) -> dict[str, Any]:
    """Return the key or token of a request as a user."""
    workspace = caller.library.workspace.name
    return {
        "id": user_id(workspace, caller.principal.key_id),
        "name": workspace,
        "email": f"{workspace}@fototeca.invalid",  # a name that no mail reaches (RFC 6761)
    }


@router.get("/api/me")
def me(caller: Reader) -> Response:
    """Return the user and the organization."""
    said, workspace = user(caller), caller.library.workspace.name
    return answer(
        {
            "userId": said["id"],
            "email": said["email"],
            "name": said["name"],
            "organizationId": organization_id(workspace),
            "organizationName": workspace,
        }
    )


@router.get("/api/auth/organization/list")
def organizations(caller: Reader) -> Response:
    """Return the one organization that a credential opens."""
    workspace = caller.library.workspace.name
    return answer([{"id": organization_id(workspace), "name": workspace, "slug": workspace}])
