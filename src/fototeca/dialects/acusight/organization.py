"""The organization: the workspace, with a name of its own."""

from __future__ import annotations

from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.responses import Response

from fototeca.dialects.acusight import render, shapes
from fototeca.dialects.acusight.errors import refuse
from fototeca.dialects.acusight.requests import Admin, Reader
from fototeca.errors import NotFound
from fototeca.http import Router, answering
from fototeca.library import Library

router = Router(route_class=answering(refuse), tags=["organization"])

ENTRY = "acusight_organization"
"""Kind of the entry that keeps the organization's name."""


class OrganizationUpdate(BaseModel):
    """A change to the organization."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Bottling Ltd"}})

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]


def organization_id(library: Library) -> str:
    """Name a workspace as an organization."""
    return str(uuid5(NAMESPACE_URL, f"fototeca:organization:{library.workspace.name}"))


@router.get(
    "/api/organization",
    operation_id="getOrganization",
    summary="Get the organization",
    responses={200: {"model": shapes.One[shapes.Organization]}},
)
def get_organization(caller: Reader) -> Response:
    """Return the organization that the token opens."""
    library = caller.library
    try:
        name = library.entries.get(ENTRY, "name").value["name"]
    except NotFound:
        name = library.workspace.name
    return render.one({"id": organization_id(library), "name": name})


@router.patch(
    "/api/organization",
    operation_id="updateOrganization",
    summary="Name the organization",
    responses={200: {"model": shapes.One[shapes.Organization]}},
)
def update_organization(caller: Admin, body: OrganizationUpdate) -> Response:
    """Give the organization another name; the workspace keeps its own."""
    caller.library.entries.put(ENTRY, "name", {"name": body.name})
    return get_organization(caller)
