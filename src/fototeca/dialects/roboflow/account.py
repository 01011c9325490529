"""Routes: the key's workspace, the workspace and its projects, and the trash of projects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fototeca.catalog import CollectionPatch
from fototeca.dialects.roboflow import render
from fototeca.dialects.roboflow.projects import Project, Projects
from fototeca.dialects.roboflow.surface import Body, Lenient, Reader, Writer, make_router, understood
from fototeca.errors import InvalidInput, NotFound

router = make_router()


@router.api_route("/", methods=["GET", "POST"])
def welcome(caller: Reader) -> dict[str, str]:
    """Tell which workspace a key opens."""
    return {
        "welcome": "Welcome to Fototeca, which speaks the Roboflow API.",
        "instructions": "You are successfully authenticated.",
        "docs": "https://docs.roboflow.com",
        "workspace": caller.principal.workspace.name,
    }


@router.get("/{workspace}")
def workspace_details(caller: Reader) -> dict[str, Any]:
    """Return the workspace with its projects."""
    said = caller.library.annotations.counts()
    projects = [render.project(caller, project, said) for project in Projects(caller.library).all]
    return {"workspace": {**render.workspace(caller), "projects": projects}}


class NewProject(Lenient):
    """A project to be made."""

    name: str
    type: str = "object-detection"
    license: str | None = None
    annotation: str | None = None


@router.post("/{workspace}/projects")
def create_project(caller: Writer, body: Body) -> dict[str, Any]:
    """Make a project; the answer is the bare project."""
    asked = understood(NewProject, body)
    projects = Projects(caller.library)
    made = projects.create(asked.name, asked.type, license_=asked.license, annotation=asked.annotation)
    return render.project(caller, made, {})


# --- the trash: before the routes of projects, whose paths are wider ------------------------------------------------


@router.get("/{workspace}/trash")
def list_trash(caller: Reader) -> dict[str, Any]:
    """Return the projects in the trash; they stay there until they are restored."""
    items = [
        _trashed(Project(each)) for each in caller.library.collections.all(counted=False) if each.trashed is not None
    ]
    return {"items": items, "sections": {"projects": items, "datasets": items, "versions": [], "workflows": []}}


class Restored(Lenient):
    """What to take out of the trash."""

    type: str
    id: str


@router.post("/{workspace}/trash/restore")
def restore(caller: Writer, body: Body) -> dict[str, Any]:
    """Take a project out of the trash."""
    asked = understood(Restored, body)
    if asked.type != "project":
        raise InvalidInput("only projects are in the trash here", field="type", allowed="project")
    for each in caller.library.collections.all(counted=False):
        if each.trashed is not None and asked.id in {each.uuid, each.slug}:
            caller.library.collections.update(each.id, CollectionPatch(trashed=None))
            return {"restored": True, "type": "project", "id": each.uuid}
    raise NotFound(f'there is no project "{asked.id}" in the trash')


def _trashed(project: Project) -> dict[str, Any]:
    moment = project.collection.trashed
    return {
        "id": project.collection.uuid,
        "type": "project",
        "name": project.collection.name,
        "url": project.slug,
        "deletedAt": None if moment is None else render.milliseconds(moment),
        "scheduledCleanupAt": None,
    }


# --- one project --------------------------------------------------------------------------------------------------


@router.get("/{workspace}/{project}")
def project_details(caller: Reader, project: str) -> dict[str, Any]:
    """Return a project. There are no versions here: a data set is exported by a search."""
    found = Projects(caller.library).get(project)
    shown = render.project(caller, found, caller.library.annotations.counts())
    return {"workspace": render.workspace(caller), "project": shown, "versions": []}


@router.delete("/{workspace}/{project}")
def delete_project(caller: Writer, project: str) -> dict[str, Any]:
    """Put a project in the trash; its images stay in the workspace, and its annotations with it."""
    found = Projects(caller.library).get(project)
    caller.library.collections.update(found.id, CollectionPatch(trashed=datetime.now(UTC)))
    return {"deleted": True, "type": "project", "id": found.collection.uuid, "trash": True}
