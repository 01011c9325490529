"""Routes: an image's details, its tags and facts, and taking it out of a project or out of the workspace."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.responses import JSONResponse, Response

from fototeca.dialects.roboflow import render
from fototeca.dialects.roboflow.facts import FactsChange, checked_tags
from fototeca.dialects.roboflow.projects import Projects, place
from fototeca.dialects.roboflow.surface import Body, Lenient, Reader, Writer, make_router, understood
from fototeca.dialects.roboflow.tasks import OnProgress, start, status_of, task
from fototeca.dialects.roboflow.uploads import found_in
from fototeca.errors import InvalidInput, NotFound
from fototeca.library import Installation, Library

router = make_router()

METADATA = "roboflow_metadata"
"""Kind of the tasks that change the facts of many images."""


class Named(Lenient):
    """Images by their ids."""

    images: Annotated[tuple[str, ...], Field(max_length=10_000)]


@router.delete("/{workspace}/images")
def delete_images(caller: Writer, body: Body) -> dict[str, Any]:
    """Remove images that are in no project, for good; others are skipped."""
    keys = understood(Named, body).images
    projects = Projects(caller.library)
    ids = {key: number for key in keys if (number := projects.image(key)) is not None}
    orphans = {asset.uuid: asset.id for asset in caller.library.load(list(ids.values())) if not asset.memberships}
    caller.library.delete(list(orphans.values()))
    deleted, skipped = [key for key in keys if key in orphans], [key for key in keys if key not in orphans]
    return {"deleted": deleted, "skipped": skipped, "deletedSources": deleted, "skippedSources": skipped}


class Updates(Lenient):
    """Changes to the facts of many images."""

    updates: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=1_000)]


@router.post("/{workspace}/images/metadata")
def update_many(caller: Writer, body: Body) -> Response:
    """Change the facts of many images; all is checked first, and done once this has answered."""
    updates = understood(Updates, body).updates
    for update in updates:
        if not isinstance(update.get("imageId"), str):
            raise InvalidInput("every update needs an imageId", field="imageId")
        understood(FactsChange, update).patch()
    job, work = start(caller, METADATA, {"updates": list(updates)})
    url = f"{caller.origin}/{caller.principal.workspace.name}/asynctasks/{job.uuid}"
    return JSONResponse({"taskId": job.uuid, "url": url}, 202, background=work)


@task(METADATA)
def _update(_installation: Installation, library: Library, payload: dict[str, Any], told: OnProgress) -> dict[str, Any]:
    """Change the facts of many images; those that are gone are told, and do not stop the others."""
    projects, failed = Projects(library), []
    updates = payload["updates"]
    for done, update in enumerate(updates):
        number = projects.image(update["imageId"])
        if number is None:
            failed.append({"imageId": update["imageId"], "error": "Image not found."})
        else:
            library.records.assets.update([number], understood(FactsChange, update).patch())
        told(done, len(updates))
    total = len(updates)
    return {"succeeded": total - len(failed), "failed": len(failed), "failedItems": failed, "total": total}


@router.post("/{workspace}/images/{image:path}/metadata")
def update_one(caller: Writer, image: str, body: Body) -> dict[str, Any]:
    """Change the facts and tags of an image."""
    patch = understood(FactsChange, body).patch()
    number = Projects(caller.library).image(image)
    if number is None:
        raise NotFound("Image not found.")
    caller.library.records.assets.update([number], patch)
    return {"success": True}


@router.get("/{workspace}/asynctasks/{key:path}")
def async_task(caller: Reader, key: str) -> Response:
    """Tell how far a task is."""
    return status_of(caller, key, METADATA)


# --- in a project -----------------------------------------------------------------------------------------------------


@router.get("/{workspace}/{project}/images/{image}")
@router.get("/{workspace}/{project}/image/{image}")
def image_details(caller: Reader, project: str, image: str) -> dict[str, Any]:
    """Return everything of an image in a project."""
    projects = Projects(caller.library)
    home = projects.get(project)
    asset = found_in(caller, home, image)
    here = place(asset, home)
    split = None if here is None else here.split
    return {"image": render.details(caller, asset, projects.annotations(asset, home), split)}


@router.delete("/{workspace}/{project}/images")
def remove_images(caller: Writer, project: str, body: Body) -> Response:
    """Take images out of a project, with what was annotated there; they stay in the workspace."""
    projects = Projects(caller.library)
    home = projects.get(project)
    keys = understood(Named, body).images
    if not keys:
        raise InvalidInput("name at least one image", field="images")
    ids = [number for key in keys if (number := projects.image(key)) is not None]
    caller.library.collections.remove(home.id, ids)
    return Response(status_code=204)


class TagsChange(Lenient):
    """A change to an image's tags."""

    operation: Literal["add", "remove", "set"]
    tags: str | tuple[str, ...]


@router.post("/{workspace}/{project}/images/{image}/tags")
def change_tags(caller: Writer, project: str, image: str, body: Body) -> dict[str, Any]:
    """Add, remove or replace an image's tags."""
    home = Projects(caller.library).get(project)
    asked = understood(TagsChange, body)
    asset = found_in(caller, home, image)
    named = checked_tags([asked.tags] if isinstance(asked.tags, str) else asked.tags)
    change = {"add": "add_tags", "remove": "remove_tags", "set": "tags"}[asked.operation]
    caller.library.update([asset.id], **{change: named})
    return {"success": True, "tags": render.tags(caller.library.get(asset.id))}
