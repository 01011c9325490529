"""The status of an error, wherever a surface has no other rule."""

from __future__ import annotations

from collections.abc import Mapping

from fototeca import errors

_STATUS: Mapping[type[errors.FototecaError], int] = {
    errors.FototecaError: 500,
    errors.InvalidInput: 400,
    errors.MediaError: 422,
    errors.UnsupportedMedia: 415,
    errors.MediaTooLarge: 413,
    errors.FetchError: 422,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.AccessError: 403,
    errors.Unauthenticated: 401,
    errors.LinkExpired: 410,
    errors.StorageError: 503,
    errors.ModelError: 503,
    errors.NoDirection: 422,
}


def status_of(error: errors.FototecaError) -> int:
    """Return the HTTP status that says best what kind of error this is."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
