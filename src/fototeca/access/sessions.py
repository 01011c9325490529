"""Sessions of the gallery: a key that was shown once, kept by the browser in a cookie that scripts cannot read."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass, field

import jwt

from fototeca.access.authority import Authority, Principal
from fototeca.access.secrets import MasterSecret
from fototeca.errors import Forbidden, Unauthenticated

LIFETIME = 12 * 3600
"""Seconds after which a browser must sign in again."""

_ALGORITHM = "HS256"
_ISSUER = "fototeca-session"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has signed in.

    Attributes:
        token: What its cookie holds; it opens the workspace, as long as the key that it was made with does.
        csrf: What its pages send back with every change, because another site's page cannot read it.
    """

    principal: Principal
    token: str = field(repr=False)
    csrf: str = field(repr=False)


class Sessions:
    """Makes and checks sessions; nothing of them is stored."""

    def __init__(self, authority: Authority, master: MasterSecret) -> None:
        self._authority = authority
        self._secret = master.derive("sessions")

    def open(self, api_key: str) -> Session:
        """Begin a session with a key.

        Raises:
            Unauthenticated: The key is unknown, expired or revoked.
        """
        principal, digest = self._authority.authenticate_key(api_key)
        claims = {"iss": _ISSUER, "key": digest, "exp": int(time.time()) + LIFETIME}
        token = jwt.encode(claims, self._secret, _ALGORITHM)
        return Session(principal, token, self._csrf(token))

    def resume(self, token: str) -> Session:
        """Return the session of a cookie.

        Raises:
            Unauthenticated: It is over, was not made here, or its key is no longer good.
        """
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                options={"require": ["exp", "iss", "key"]},
            )
        except jwt.InvalidTokenError as error:
            raise Unauthenticated("the session is over; sign in again") from error
        return Session(self._authority.principal_of(str(claims["key"])), token, self._csrf(token))

    def check_change(self, session: Session, csrf: str) -> None:
        """Raise `Forbidden` unless a change comes from a page of ours."""
        if not hmac.compare_digest(session.csrf.encode(), csrf.encode()):
            raise Forbidden("a change needs the session's X-CSRF-Token")

    def _csrf(self, token: str) -> str:
        return hmac.digest(self._secret, f"csrf\0{token}".encode(), hashlib.sha256).hex()[:40]
