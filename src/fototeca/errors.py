"""Every error that Fototeca raises on purpose, as one tree.

* FototecaError
    * InvalidInput
        * QueryError
        * CursorError
        * LimitExceeded
    * MediaError
        * UnsupportedMedia
        * CorruptMedia
        * MediaTooLarge
        * MediaTimeout
    * FetchError
    * NotFound
    * Conflict
    * AccessError
        * Unauthenticated
        * Forbidden
        * LinkExpired
    * StorageError
    * ModelError
        * NoDirection
    * Defect

A room raises the most specific class; whoever talks to the outside (HTTP, a dialect, the command line)
renders it in its own shape from the attributes below, never from the text alone.
"""

from __future__ import annotations


class FototecaError(Exception):
    """Base of all errors that carry a message fit to show to the person who caused them."""

    code = "error"
    """Stable machine-readable name of the kind of error."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the attributes, so that errors cross process borders whatever their constructor."""
        return _rebuild, (type(self), self.message, self.__dict__.copy())


def _rebuild(kind: type[FototecaError], message: str, attributes: dict[str, object]) -> FototecaError:
    error = kind.__new__(kind, message)
    error.args = (message,)
    error.__dict__.update(attributes)
    return error


class InvalidInput(FototecaError):
    """A value that the caller sent is not acceptable."""

    code = "invalid_input"

    def __init__(self, message: str, *, field: str | None = None, allowed: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.allowed = allowed


class QueryError(InvalidInput):
    """A query text or tree cannot be understood.

    Attributes:
        position: Zero-based offset into the query text where the problem starts; `None` for a tree built in code.
        suggestion: The nearest known name, if one is near.
    """

    code = "invalid_query"

    def __init__(
        self, message: str, *, position: int | None = None, suggestion: str | None = None, field: str | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.position = position
        self.suggestion = suggestion


class CursorError(InvalidInput):
    """A paging cursor is malformed or belongs to another query."""

    code = "invalid_cursor"


class LimitExceeded(InvalidInput):
    """A request asks for more than a documented limit."""

    code = "limit_exceeded"


class MediaError(FototecaError):
    """A file cannot become an asset; the message says why."""

    code = "media_error"


class UnsupportedMedia(MediaError):
    """The bytes are of a format that is not read here."""

    code = "unsupported_media"


class CorruptMedia(MediaError):
    """The bytes claim a supported format but do not hold a whole, sane picture."""

    code = "corrupt_media"


class MediaTooLarge(MediaError):
    """The file exceeds a bound on bytes, pixels or frames."""

    code = "media_too_large"


class MediaTimeout(MediaError):
    """Reading the file took longer than its time limit."""

    code = "media_timeout"


class FetchError(FototecaError):
    """A URL could not, or must not, be fetched.

    Attributes:
        retryable: Whether the same URL may work later: the other server failed, or could not be reached in time.
    """

    code = "fetch_failed"

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class NotFound(FototecaError):
    """The thing named does not exist in this workspace."""

    code = "not_found"


class Conflict(FototecaError):
    """The change contradicts what is stored, such as a name already taken."""

    code = "conflict"


class AccessError(FototecaError):
    """The caller may not do this."""

    code = "access_denied"


class Unauthenticated(AccessError):
    """No credential, or one that is not known."""

    code = "unauthenticated"


class Forbidden(AccessError):
    """The credential is good but its scope or workspace does not cover the request."""

    code = "forbidden"


class LinkExpired(AccessError):
    """A signed link is past its time."""

    code = "link_expired"


class StorageError(FototecaError):
    """The catalogue, the blobs or the index failed underneath; the caller may try again."""

    code = "storage_error"


class ModelError(FototecaError):
    """A model is missing, broken, or not fit for what is asked of it."""

    code = "model_error"


class NoDirection(ModelError):
    """A model makes nothing of one input: its vector has no length, or is not of numbers."""

    code = "no_direction"


class Defect(FototecaError):
    """Something went wrong that nobody foresaw; its cause is in the log under the request's id, and nowhere else."""

    code = "internal_error"

    def __init__(self, request_id: str) -> None:
        super().__init__(f"something went wrong here; the operator finds the cause in the log under {request_id}")
        self.request_id = request_id
