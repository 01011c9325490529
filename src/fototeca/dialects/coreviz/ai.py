"""AI calls: vectors, and tags chosen from a list, by the model that searches use. Nothing is written or drawn here."""

from __future__ import annotations

from typing import Any

import numpy as np
from starlette.responses import Response

from fototeca.dialects.coreviz.errors import NotOffered, UnreadableImage, refuse
from fototeca.dialects.coreviz.render import answer
from fototeca.dialects.coreviz.requests import Body, Reader
from fototeca.errors import InvalidInput, MediaError
from fototeca.http import Router, answering, decoded
from fototeca.library import Library

router = Router(route_class=answering(refuse), include_in_schema=False)

_LONGEST_TEXT = 10_000
_MOST_OPTIONS = 500
_CERTAIN = 0.5
"""Share of the best option's likelihood that another one needs to be a tag as well."""
_SHARPNESS = 100.0
"""What two-tower models of this kind multiply cosines with before they compare them (Radford et al., 2021)."""


@router.post("/api/ai/embed")
def embed(caller: Reader, body: Body) -> Response:
    """Return the vector of a picture or a text, in the space that searches use."""
    if body.get("image") is not None:
        return answer({"embedding": _of_image(caller.library, body["image"]).tolist()})
    return answer({"embedding": _of_text(caller.library, body.get("text"), "text").tolist()})


@router.post("/api/ai/embeddings")
def embeddings(caller: Reader, body: Body) -> Response:
    """Return a vector as the documentation has it: of `input`, a text or a picture, or of `image`."""
    given, kind = body.get("input", body.get("image")), body.get("type")
    looks_like_image = isinstance(given, str) and given.startswith(("data:", "http://", "https://"))
    if kind == "image" or "image" in body or (kind is None and looks_like_image):
        vector = _of_image(caller.library, given)
    else:
        vector = _of_text(caller.library, given, "input")
    return answer({"embedding": vector.tolist(), "dimensions": len(vector), "model": caller.library.model_name()})


@router.post("/api/ai/tag")
def tag(caller: Reader, body: Body) -> Response:
    """Choose from `options` what fits a picture best; with `multiple` all that fit nearly as well."""
    options = body.get("options") or body.get("choices")
    if not options:
        raise NotOffered("tags are chosen from options here: send a list of options")
    texts = isinstance(options, list) and all(isinstance(each, str) and each.strip() for each in options)
    if not texts or len(options) > _MOST_OPTIONS:
        raise InvalidInput(f"options must be 1 to {_MOST_OPTIONS} texts", field="options")
    picture = _of_image(caller.library, body.get("image"))
    cosines = np.array([float(_of_text(caller.library, each, "options") @ picture) for each in options])
    shares = np.exp(_SHARPNESS * (cosines - cosines.max()))
    chosen = [options[at] for at in np.argsort(-shares, kind="stable") if shares[at] >= _CERTAIN]
    many = bool(body.get("multiple", not body.get("single", False)))
    return answer({"tags": chosen if many else chosen[:1]})


@router.post("/api/ai/describe")
@router.post("/api/ai/edit")
@router.post("/api/ai/generate")
def not_offered(caller: Reader) -> Response:
    """Refuse: a search server has no model that writes or draws."""
    raise NotOffered(f'pictures are not described, edited or generated here ("{caller.library.workspace.name}")')


def _of_text(library: Library, value: Any, field: str) -> Any:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _LONGEST_TEXT:
        raise InvalidInput(f"{field} must be a text of 1 to {_LONGEST_TEXT} characters", field=field)
    return library.embed_text(value)


def _of_image(library: Library, value: Any) -> Any:
    """Embed a data URL, or what an http URL leads to; URLs on private networks are refused."""
    if not isinstance(value, str) or not value:
        raise InvalidInput("image must be a data URL or an http(s) URL", field="image")
    try:
        if value.startswith(("http://", "https://")):
            return library.embed_url(value)
        return library.embed_picture(decoded(value, "image"))
    except MediaError as error:
        raise UnreadableImage(error.message) from error
