"""Projects and batches: list, make, get, assign, and move what was reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from fototeca.assets import Batch
from fototeca.catalog import BatchPatch, MembershipPatch
from fototeca.dialects.acusight import inbox, render, shapes
from fototeca.dialects.acusight.errors import refuse
from fototeca.dialects.acusight.query import Wanted
from fototeca.dialects.acusight.requests import INTEGER, NULL, TEXT, Id, Parameters, Reader, Writer, query
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import Router, answering
from fototeca.library import Library
from fototeca.query import Query

router = Router(route_class=answering(refuse), prefix="/api/data", tags=["data"])

STAGES = ("collecting", "complete", "unassigned", "annotating", "dataset")
COMPLETED = "completed"
DEVICES = "acusight_batch"
"""Kind of the entries that keep, under a batch's id, which device it is from."""
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 100

T = TypeVar("T")
Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
_Project: TypeAlias = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NewProject(BaseModel):
    """A project to make."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Bottle caps"}})

    name: Name
    description: Annotated[str, Field(max_length=20_000)] = ""


class NewBatch(BaseModel):
    """A batch to make, without a project unless one is named."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "line1 morning", "project_id": 4}})

    name: Name
    project_id: _Project | None = None


class BatchUpdate(BaseModel):
    """A change to a batch; a project of `null` unassigns it."""

    model_config = ConfigDict(json_schema_extra={"example": {"project_id": 4, "stage": "annotating"}})

    name: Name = "-"
    project_id: _Project | None = None
    stage: str = STAGES[0]


def found(library: Library, id_: int) -> Batch:
    """Return a batch.

    Raises:
        NotFound: There is none of this id.
    """
    try:
        return library.records.batches.get(id_)
    except NotFound:
        raise NotFound(f"there is no batch {id_}") from None


def shown(library: Library, batch: Batch) -> shapes.Batch:
    """Return a batch as answers have it."""
    return render.batch(batch, inbox.project_of(library, batch), device_of(library, batch.id))


def device_of(library: Library, batch_id: int) -> str | None:
    """Return the device that a batch is from."""
    try:
        device: str = library.entries.get(DEVICES, str(batch_id)).value["device_id"]
    except NotFound:
        return None
    return device


def create(library: Library, name: str, project_id: int | None, stage: str) -> Batch:
    """Make a batch; without a project it is unassigned."""
    collection = inbox.ensure(library) if project_id is None else inbox.project(library, project_id)
    return library.records.batches.create(name, collection.id, stage)


def images_of(library: Library, batch: Batch) -> list[int]:
    """Return the ids of a batch's images, those in the trash left out."""
    if batch.collection_id is None:
        return []
    wanted = Wanted(frozenset({batch.collection_id}), bare=False, batches=frozenset({batch.id}))
    return library.ids(Query(wanted.expression(())))


@router.get(
    "/projects",
    operation_id="listProjects",
    summary="List projects",
    responses={200: {"model": shapes.Many[shapes.Project]}},
    openapi_extra=query(limit=INTEGER, offset=INTEGER),
)
def list_projects(request: Request, caller: Reader) -> Response:
    """Return the projects, the oldest first."""
    return _page(request, [render.project(each) for each in inbox.projects(caller.library, counted=True)])


@router.post(
    "/projects",
    operation_id="createProject",
    summary="Make a project",
    status_code=201,
    responses={201: {"model": shapes.One[shapes.Project]}},
)
def create_project(caller: Writer, body: NewProject) -> Response:
    """Make a project without images."""
    made = caller.library.collections.create(body.name, description=body.description or None)
    return render.one(render.project(made), 201)


@router.get(
    "/batches",
    operation_id="listBatches",
    summary="List batches",
    responses={200: {"model": shapes.Many[shapes.Batch]}},
    openapi_extra=query(project_id=TEXT, stage=TEXT, limit=INTEGER, offset=INTEGER),
)
def list_batches(request: Request, caller: Reader) -> Response:
    """Return the batches, the oldest first; `project_id` may be `null`."""
    parameters = Parameters(request)
    library, stage = caller.library, parameters.text("stage")
    unassigned = inbox.find(library)
    project_id = parameters.identifier_or_null("project_id")
    homes = {None, unassigned and unassigned.id} if project_id == NULL else {project_id}
    projects = {each.id: each for each in inbox.projects(library)}
    devices = {entry.key: entry.value["device_id"] for entry in library.entries.all(DEVICES)}
    batches = [
        render.batch(batch, projects.get(batch.collection_id or 0), devices.get(str(batch.id)))
        for batch in library.records.batches.all()
        if (stage is None or batch.stage == stage) and (project_id is None or batch.collection_id in homes)
    ]
    return _page(request, batches)


@router.post(
    "/batches",
    operation_id="createBatch",
    summary="Make a batch",
    status_code=201,
    responses={201: {"model": shapes.One[shapes.Batch]}},
)
def create_batch(caller: Writer, body: NewBatch) -> Response:
    """Make a batch without images."""
    made = create(caller.library, body.name, body.project_id, "collecting")
    return render.one(shown(caller.library, made), 201)


@router.get(
    "/batches/{id}",
    operation_id="getBatch",
    summary="Get a batch",
    responses={200: {"model": shapes.One[shapes.Batch]}},
)
def get_batch(caller: Reader, id: Id) -> Response:  # noqa: A002 - named as in the description
    """Return a batch with its project and stage."""
    return render.one(shown(caller.library, found(caller.library, id)))


@router.patch(
    "/batches/{id}",
    operation_id="updateBatch",
    summary="Change a batch",
    responses={200: {"model": shapes.One[shapes.Batch]}},
)
def update_batch(caller: Writer, id: Id, body: BatchUpdate) -> Response:  # noqa: A002 - as above
    """Name a batch, assign it to a project with all its images, or move it to another stage."""
    library = caller.library
    batch = found(library, id)
    given = body.model_fields_set & set(BatchUpdate.model_fields)
    if not given:
        raise InvalidInput("give a name, a project_id or a stage", field="body")
    if "stage" in given and body.stage not in STAGES:
        raise InvalidInput(f"stage must be one of {', '.join(STAGES)}", field="stage", allowed=", ".join(STAGES))
    if "project_id" in given:
        target = inbox.ensure(library) if body.project_id is None else inbox.project(library, body.project_id)
        if batch.collection_id != target.id:
            library.records.batches.assign(batch.id, target.id)
    changes: dict[str, Any] = {name: getattr(body, name) for name in given - {"project_id"}}
    if changes:
        library.records.batches.update(batch.id, BatchPatch(**changes))
    return render.one(shown(library, found(library, batch.id)))


@router.post(
    "/batches/{id}/extract-reviewed",
    operation_id="extractReviewed",
    summary="Move what was reviewed to a batch of its own",
    status_code=201,
    responses={201: {"model": shapes.One[shapes.Batch]}},
)
def extract_reviewed(caller: Writer, id: Id) -> Response:  # noqa: A002 - as above
    """Move every image whose annotation is completed into a new batch of the same project."""
    library = caller.library
    batch = found(library, id)
    assets = library.load(images_of(library, batch))
    reviewed = [
        asset.id
        for asset in assets
        for m in asset.memberships
        if m.batch_id == batch.id and m.annotation_status == COMPLETED
    ]
    if not reviewed or batch.collection_id is None:
        raise InvalidInput("no image of this batch is completed", field="id")
    made = library.records.batches.create(f"{batch.name} (reviewed)"[:255], batch.collection_id, "annotating")
    library.collections.put(batch.collection_id, reviewed, MembershipPatch(batch_id=made.id))
    return render.one(shown(library, found(library, made.id)), 201)


def _page(request: Request, things: Sequence[T]) -> Response:
    parameters = Parameters(request)
    limit = min(parameters.integer("limit", _DEFAULT_LIMIT, 1), _MAX_LIMIT)
    offset = parameters.integer("offset", 0, 0)
    return render.many(things[offset : offset + limit], limit=limit, offset=offset, total=len(things))
