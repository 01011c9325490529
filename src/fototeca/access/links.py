"""Signed links: a plain request that works without a key, for one file, until it expires."""

from __future__ import annotations

import hashlib
import hmac
import time
from functools import lru_cache
from urllib.parse import quote

from fototeca.access.secrets import MasterSecret
from fototeca.errors import Forbidden, LinkExpired

DEFAULT_TTL = 3600
"""Seconds that a link stays good at least; ends fall on whole periods, so that a file's links repeat and cache."""


class Links:
    """Makes and checks signed links of the form `/media/WORKSPACE/UUID/VARIANT?expires=…&signature=…`."""

    def __init__(self, master: MasterSecret) -> None:
        self._secret = master.derive("media-links")

    def sign(self, workspace: str, uuid: str, variant: str, *, ttl: int = DEFAULT_TTL, now: float | None = None) -> str:
        """Return path and query of a link that is good for `ttl` to `2 * ttl` seconds."""
        expires = (int(time.time() if now is None else now) // ttl + 2) * ttl
        signature = self._signature(workspace, uuid, variant, expires)
        return f"/media/{_quoted(workspace)}/{quote(uuid)}/{_quoted(variant)}?expires={expires}&signature={signature}"

    def check(
        self, workspace: str, uuid: str, variant: str, expires: str, signature: str, *, now: float | None = None
    ) -> int:
        """Check a link; return the seconds for which it is still good.

        Raises:
            LinkExpired: Its time is over.
            Forbidden: It was not signed here, or it was changed.
        """
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            raise Forbidden("the link is not valid")
        expected = self._signature(workspace, uuid, variant, int(expires))
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise Forbidden("the link is not valid")
        left = int(expires) - int(time.time() if now is None else now)
        if left <= 0:
            raise LinkExpired("the link has expired")
        return left

    def sign_path(self, path: str, *, ttl: int = DEFAULT_TTL, now: float | None = None) -> str:
        """Return a path of any surface with a query that opens it for `ttl` to `2 * ttl` seconds."""
        expires = (int(time.time() if now is None else now) // ttl + 2) * ttl
        return f"{path}?expires={expires}&signature={self._signature('', '', path, expires)}"

    def check_path(self, path: str, expires: str, signature: str, *, now: float | None = None) -> int:
        """Check what `sign_path` made, as `check` does."""
        return self.check("", "", path, expires, signature, now=now)

    def _signature(self, workspace: str, uuid: str, variant: str, expires: int) -> str:
        message = "\n".join((workspace, uuid, variant, str(expires)))
        return hmac.digest(self._secret, message.encode(), hashlib.sha256).hex()[:40]


@lru_cache(maxsize=256)
def _quoted(name: str) -> str:
    """Escape one of few names that many links share."""
    return quote(name)
