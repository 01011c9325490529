"""`/api/users/me`, `/api/server/ping` and `/api/feedback`."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import uuid4

from fastapi import Depends
from pydantic import Field
from starlette.responses import PlainTextResponse, Response

from fototeca.assets import Owner
from fototeca.dialects.gumnut.errors import answer
from fototeca.dialects.gumnut.identity import user_id
from fototeca.dialects.gumnut.render import Json, utc
from fototeca.dialects.gumnut.requests import Body, Reader, Routes, Text, Writer, from_body
from fototeca.dialects.gumnut.scope import resolve
from fototeca.http import Caller

router = Routes()

USER = "gumnut.user"
"""Kind of the entry that holds a user's preferences."""
FEEDBACK = "gumnut.feedback"
"""Kind of the entries that hold what clients said about the service."""
NO_LIMIT = 2**50
"""Said as the limit of storage, which the clients want to be a number: a pebibyte."""
_ME = "me"


class Preferences(Body):
    """What a user prefers."""

    demo_mode_enabled: bool | None = None
    favorite_display_mode: Literal["favorite", "rating"] | None = None
    face_detection_preference: bool | None = None
    home_country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    home_subdivision: Annotated[str, Field(max_length=100)] | None = None
    immich_library_id: str | None = None


class Feedback(Body):
    """What a client says about the service."""

    feedback_type: Literal["bug", "missing_capability", "confusing_behavior", "suggestion", "other"]
    message: Annotated[Text, Field(min_length=1)]
    task_completed: bool | None = None
    tool_names: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)] | None = None


@router.get("/api/server/ping")
async def ping() -> Response:
    """Answer without a key."""
    return PlainTextResponse("pong")


@router.get("/api/users/me")
def get_user(caller: Reader) -> Response:
    """Return who is asking: the workspace of the key."""
    return answer(_shown(caller))


@router.patch("/api/users/me")
def change_user(caller: Writer, body: Annotated[Preferences, Depends(from_body(Preferences))]) -> Response:
    """Change preferences; another country clears the subdivision unless that is sent too."""
    given = body.given(*Preferences.model_fields)
    if body.immich_library_id is not None:
        resolve(caller.library, body.immich_library_id)
    if "home_country" in given and "home_subdivision" not in given:
        given["home_subdivision"] = None
    caller.library.entries.put(USER, _ME, _preferences(caller) | given)
    return answer(_shown(caller))


@router.post("/api/feedback")
def submit_feedback(caller: Writer, body: Annotated[Feedback, Depends(from_body(Feedback))]) -> Response:
    """Keep what a client says, for the operator."""
    caller.library.entries.create(FEEDBACK, uuid4().hex, body.model_dump())
    return answer({"status": "submitted"})


def _preferences(caller: Caller) -> Json:
    entry = caller.library.entries.find(USER, _ME)
    return {} if entry is None else entry.value


def _shown(caller: Caller) -> Json:
    workspace = caller.principal.workspace
    said = _preferences(caller)
    return {
        "id": user_id(caller),
        "created_at": utc(workspace.created),
        "updated_at": utc(workspace.created),
        "is_active": True,
        "is_superuser": False,
        "is_verified": True,
        "storage_limit_bytes": NO_LIMIT,
        "storage_used_bytes": caller.library.records.assets.total_bytes(),
        "demo_mode_enabled": said.get("demo_mode_enabled") or False,
        "face_detection_available": caller.library.records.spaces.current(Owner.FACE) is not None,
        "face_detection_preference": said.get("face_detection_preference"),
        "favorite_display_mode": said.get("favorite_display_mode") or "favorite",
        "email": None,
        "first_name": workspace.name,
        "last_name": None,
        "timezone": None,
        "home_country": said.get("home_country"),
        "home_subdivision": said.get("home_subdivision"),
        "immich_library_id": said.get("immich_library_id"),
    }
