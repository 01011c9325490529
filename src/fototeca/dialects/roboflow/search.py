"""Routes: searching a workspace, and searching a project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StrictInt, field_validator

from fototeca.dialects.roboflow import query, render
from fototeca.dialects.roboflow.projects import Project, Projects
from fototeca.dialects.roboflow.roboql import Asked, parse
from fototeca.dialects.roboflow.surface import Body, Lenient, Reader, make_router, understood
from fototeca.errors import InvalidInput, NotFound
from fototeca.http import Caller, decoded
from fototeca.library import Library
from fototeca.query import And, How, Match, Page, Query, Sort

if TYPE_CHECKING:
    from fototeca.engine import Results

router = make_router()

MAX_PAGE = 250
"""Images of a page of a workspace's search; more asked for counts as this."""
MAX_LIMIT = 1_000
"""Images of a page of a project's search; more is refused, as the SDK would take a shorter page for the last one."""
_FURTHEST = 1_000_000
_LEGACY_EXAMPLE = "like-image:"

_Names = Annotated[tuple[str, ...], Field(max_length=100)]


class WorkspaceSearch(Lenient):
    """A search of the whole workspace."""

    query: str = "*"
    page_size: Annotated[StrictInt, Field(alias="pageSize", ge=1)] = 50
    fields: _Names = render.WORKSPACE_FIELDS
    token: Annotated[str, Field(alias="continuationToken", max_length=100_000)] = ""
    media_types: Annotated[list[str] | None, Field(alias="mediaTypes", max_length=100)] = None


@router.post("/{workspace}/search/v1")
def search_workspace(caller: Reader, body: Body) -> dict[str, Any]:
    """Answer a query over every image, page by page; `total` counts all that match, whatever the page."""
    asked = understood(WorkspaceSearch, body)
    name = caller.principal.workspace.name
    projects = Projects(caller.library)
    page = Page(min(asked.page_size, MAX_PAGE), query.cursor_of(name, asked.token))
    kinds = query.media(asked.media_types)
    wanted, cosine = query.question(caller.library, parse(asked.query, projects), kinds, page)
    results = answered(caller, wanted)
    images = render.Images(caller, projects, asked.fields, None, cosine=cosine)
    return {
        "results": images.page(results.hits),
        "total": results.total,
        "continuationToken": query.token_of(name, results.cursor),
    }


class ProjectSearch(Lenient):
    """A search of one project."""

    like_image: str | None = None
    prompt: str | None = None
    image_base64: str | None = None
    offset: Annotated[StrictInt, Field(ge=0)] = 0
    limit: Annotated[StrictInt, Field(ge=1, le=MAX_LIMIT)] = 50
    tag: str | None = None
    class_name: str | None = None
    in_dataset: bool | None = None
    batch: bool = False
    batch_id: str | None = None
    annotation_job: bool | None = None
    annotation_job_id: str | None = None
    fields: _Names = render.PROJECT_FIELDS
    media_types: Annotated[list[str] | None, Field(alias="mediaTypes", max_length=100)] = None

    @field_validator("tag", "class_name", "batch_id", "annotation_job_id", "like_image", "prompt", "image_base64")
    @classmethod
    def _without_empty(cls, value: str | None) -> str | None:
        return value or None


@router.post("/{workspace}/{project}/search")
def search_project(caller: Reader, project: str, body: Body) -> dict[str, Any]:
    """Answer a query over a project's images; pages by offset, in an order that is total."""
    asked = understood(ProjectSearch, body)
    projects = Projects(caller.library)
    home = projects.get(project)
    said = _asked(caller.library, projects, home, asked)
    said = query.narrowed(caller.library, projects, home, said, asked.model_dump())
    picture = None if asked.image_base64 is None else decoded(asked.image_base64, "image_base64")
    page = Page(asked.limit, offset=min(asked.offset, _FURTHEST))
    kinds = query.media(asked.media_types)
    wanted, cosine = query.question(caller.library, said, kinds, page, picture=picture)
    results = answered(caller, wanted)
    if asked.offset > _FURTHEST and results.total > asked.offset:
        raise InvalidInput("the offset is out of bounds", field="offset", allowed=f"up to {_FURTHEST:,}")
    images = render.Images(caller, projects, asked.fields, home, cosine=cosine)
    return {"offset": asked.offset, "total": results.total, "results": images.page(results.hits)}


def answered(caller: Caller, wanted: Query) -> Results:
    """Ask the library, and count the search."""
    results = caller.library.answer(wanted, least=0.0)
    caller.context.metrics.search(results.took_ms / 1000)
    return results


def _asked(library: Library, projects: Projects, home: Project, body: ProjectSearch) -> Asked:
    """Return what prompt and example say."""
    prompt, example = body.prompt or "", body.like_image
    if prompt.startswith(_LEGACY_EXAMPLE) and " " not in prompt:
        prompt, example = "", prompt.removeprefix(_LEGACY_EXAMPLE)
    said = query.prompted(prompt, projects)
    if example is None:
        return said
    like = (*said.like, _example(library, projects, home, example))
    return Asked(said.where, said.words, like, said.sort)


def _example(library: Library, projects: Projects, home: Project, key: str) -> int:
    """Find an example image by its id, else by its name in the project.

    Raises:
        NotFound: There is none.
    """
    by_id = projects.image(key)
    if by_id is not None:
        return by_id
    named = And((Match("collection_id", str(home.id), How.EXACT), Match("filename", key, How.EXACT)))
    hits = library.answer(Query(named, sort=(Sort("id"),), page=Page(1))).hits
    if not hits:
        raise NotFound(f'there is no image "{key}" in the project')
    return hits[0].id
