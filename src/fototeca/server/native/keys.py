"""`/v1/keys`: the credentials of the workspace."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import ConfigDict
from starlette.responses import Response

from fototeca.assets import Key, Scope
from fototeca.http import Router
from fototeca.server.native.answers import answer, nothing
from fototeca.server.native.openapi import returns
from fototeca.server.native.requests import Id, Name, Strict
from fototeca.server.security import Admin

router = Router(prefix="/v1/keys", tags=["keys"])

_EXAMPLE = {"id": 1, "name": "web site", "scope": "read", "hint": "ft1a2b", "created": "2026-05-01T10:00:00Z"}
_SECRET = {"workspace": "demo", "scope": "read", "name": "web site", "api_key": "ft…", "api_secret": "…"}


class NewKey(Strict):
    """A key to be made."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "web site", "scope": "read"}})

    name: Name
    scope: Scope = Scope.READ


@router.get("", summary="List keys", responses=returns(None, {"keys": [_EXAMPLE]}))
def list_keys(caller: Admin) -> Response:
    """Return the workspace's keys by their first characters, revoked ones included."""
    return answer({"keys": [_shown(key) for key in caller.library.records.keys.all()]})


@router.post("", summary="Make a key", status_code=201, responses=returns(None, _SECRET, status=201))
def create_key(caller: Admin, body: NewKey) -> Response:
    """Make a key; it is shown this once."""
    made = caller.context.authority.create_key(caller.principal.workspace, scope=body.scope, name=body.name)
    content = {
        "workspace": made.workspace,
        "scope": body.scope,
        "name": body.name,
        "api_key": made.api_key,
        "api_secret": made.api_secret,
    }
    return answer(content, 201)


@router.delete("/{key}", summary="Revoke a key", status_code=204)
def revoke_key(caller: Admin, key: Annotated[Id, Path(description="The key's `id`.")]) -> Response:
    """Make a key invalid, at once and for good."""
    caller.library.records.keys.revoke(key)
    return nothing()


def _shown(key: Key) -> dict[str, Any]:
    """All but the digest."""
    names = ("id", "name", "scope", "hint", "created", "expires", "revoked")
    return {name: getattr(key, name) for name in names}
