"""Requests to questions: the workspace's search, a project's search, and the token of the next page."""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Any

from fototeca.assets import Kind
from fototeca.dialects.roboflow.projects import JOB, Project, Projects
from fototeca.dialects.roboflow.roboql import Asked, mentions_filters, parse
from fototeca.dialects.roboflow.roboql.filters import in_project, of_project
from fototeca.errors import CursorError, InvalidInput, QueryError
from fototeca.library import Library
from fototeca.query import And, Expression, How, Ids, Match, Not, Nothing, Or, Page, Prefix, Query, Sort, Text, Vector

MEDIA_TYPES = ("image", "video")
_TOKEN_VERSION = b"1"
_TAG_BYTES = 6


def media(types: list[str] | None) -> Expression:
    """Return which kinds of assets are found; images unless told otherwise.

    Raises:
        InvalidInput: The list is empty or names another kind.
    """
    named = ["image"] if types is None else [name.lower() for name in types]
    if not named or set(named) - set(MEDIA_TYPES):
        allowed = ", ".join(MEDIA_TYPES)
        raise InvalidInput("mediaTypes must name one or both kinds", field="mediaTypes", allowed=allowed)
    kinds = [Match("kind", str(Kind(name)), How.EXACT) for name in dict.fromkeys(named)]
    return kinds[0] if len(kinds) == 1 else Or(tuple(kinds))


def question(
    library: Library, asked: Asked, kinds: Expression, page: Page, *, picture: bytes | None = None
) -> tuple[Query, bool]:
    """Return what to ask the library, and whether scores are cosines.

    A text, examples and a picture put what the filters find in order, by the mean of their vectors; nothing is left out
    for being unlike them. Where no model is installed, a text is matched by its words instead.

    Raises:
        InvalidInput: An example has no vector.
    """
    where = And((asked.where, kinds))
    rank: Vector | Text | None = None
    if asked.words or asked.like or picture is not None:
        rank = library.direction(words=asked.words, like=asked.like, picture=picture)
        if rank is None:
            rank = Text(asked.words, every=False)
    ranked = Sort("score", descending=True) if rank is not None else Sort("created", descending=True)
    sort = (asked.sort or ranked,)
    return Query(where, rank, sort, page=page, keep_unranked=True), isinstance(rank, Vector)


# --- a project's search -----------------------------------------------------------------------------------------


def prompted(prompt: str, projects: Projects) -> Asked:
    """Read the prompt of a project's search: RoboQL if it holds a filter, else plain language as it stands.

    Raises:
        QueryError: It holds a filter and cannot be understood.
    """
    try:
        if mentions_filters(prompt):
            return parse(prompt, projects)
    except QueryError:
        if _is_plain(prompt):
            return Asked(words=prompt)
        raise
    return Asked(words="" if prompt.strip() == "*" else " ".join(prompt.split()))


def _is_plain(prompt: str) -> bool:
    """Whether a prompt only fails to be RoboQL because of a quote, as in 5" of snow."""
    return ":" not in prompt


def narrowed(library: Library, projects: Projects, home: Project, asked: Asked, body: dict[str, Any]) -> Asked:
    """Add the filters that a project's search has beside its prompt; all of them must hold.

    Args:
        library: The workspace's.
        projects: All projects.
        home: The project that is searched.
        asked: What the prompt says.
        body: The validated request.
    """
    parts = [of_project(home.id), asked.where]
    if body["tag"] is not None:
        parts.append(Match("tag", body["tag"], How.EXACT))
    if body["class_name"] is not None:
        shared = sorted(projects.group(home))
        parts.append(Or(tuple(in_project(each, f"class/{body['class_name']}") for each in shared)))
    if body["in_dataset"] is not None:
        inside = in_project(home.id, "dataset")
        parts.append(inside if body["in_dataset"] else Not(inside))
    if body["batch"]:  # the SDK sends false with every request: it must not filter
        parts.append(Prefix("membership", f"{home.id}/batch/", folded=False))
    if body["batch_id"] is not None:
        batch = projects.batch(body["batch_id"])
        mine = batch is not None and batch.project == home.id
        parts.append(in_project(home.id, f"batch/{batch.batch}") if batch and mine else Nothing())
    parts += _in_jobs(library, projects, home, body)
    return replace(asked, where=And(tuple(parts)))


def _in_jobs(library: Library, projects: Projects, home: Project, body: dict[str, Any]) -> list[Expression]:
    if body["annotation_job_id"] is not None:
        job = projects.job(body["annotation_job_id"])
        return [Ids(job.images) if job is not None and job.project == home.id else Nothing()]
    if body["annotation_job"] is None:
        return []
    values = [entry.value for entry in library.entries.all(JOB)]
    inside = Ids(tuple(sorted({id_ for value in values if value["project"] == home.id for id_ in value["images"]})))
    return [inside if body["annotation_job"] else Not(inside)]


# --- tokens -----------------------------------------------------------------------------------------------------


def token_of(workspace: str, cursor: str | None) -> str | None:
    """Return the token of the page that a cursor leads to: it belongs to this workspace, and is checked as a whole."""
    if cursor is None:
        return None
    raw = cursor.encode()
    return urlsafe_b64encode(_tag(workspace, raw) + raw).rstrip(b"=").decode()


def cursor_of(workspace: str, token: str | None) -> str | None:
    """Return the cursor that a token holds; none for no or an empty token.

    Raises:
        CursorError: The token is malformed, or of another workspace.
    """
    if not token:
        return None
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (ValueError, binascii.Error) as error:
        raise CursorError("the continuationToken is malformed", field="continuationToken") from error
    tag, cursor = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
    if tag != _tag(workspace, cursor):
        raise CursorError("the continuationToken is not one of this workspace", field="continuationToken")
    return cursor.decode()


def _tag(workspace: str, cursor: bytes) -> bytes:
    return hashlib.blake2b(cursor, digest_size=_TAG_BYTES, key=workspace.encode(), person=_TOKEN_VERSION).digest()
