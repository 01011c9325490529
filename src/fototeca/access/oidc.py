"""Tokens of an OpenID Connect issuer: signed elsewhere, checked here with the issuer's public keys.

Only asymmetric algorithms are accepted, and only keys from the issuer's key set: neither an unsigned token nor one that
is signed with a public key as if it were a shared secret can pass (RFC 8725, sections 2.1 and 3.1).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from fototeca.assets import Scope
from fototeca.errors import InvalidInput, Unauthenticated

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEPT_SECONDS = 3600.0
"""How long keys are used before they are asked for again."""
PAUSE_SECONDS = 10.0
"""Least time between two requests for keys, however many tokens name one that is not known."""
TIMEOUT_SECONDS = 5.0
LEEWAY_SECONDS = 30
"""How far the issuer's clock may be off."""
_REQUIRED = ["exp", "iss", "aud"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a token says of its bearer."""

    workspace: str
    scope: Scope


class Issuer:
    """One issuer whose tokens open workspaces. Safe to use from many threads.

    Args:
        name: The issuer's identifier, which its tokens carry as `iss`.
        jwks_url: Where its public keys are (RFC 7517).
        audience: What tokens for this server carry as `aud`.
        workspace_claim: The claim that names the workspace.
    """

    def __init__(self, name: str, jwks_url: str, audience: str, workspace_claim: str) -> None:
        if not (name and audience and jwks_url.startswith(("https://", "http://"))):
            raise InvalidInput(
                "an issuer needs FOTOTECA_OIDC_ISSUER, FOTOTECA_OIDC_AUDIENCE and an http(s) FOTOTECA_OIDC_JWKS_URL"
            )
        self.name = name
        self._jwks_url = jwks_url
        self._audience = audience
        self._workspace_claim = workspace_claim
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked = float("-inf")
        self._lock = threading.Lock()

    def check(self, token: str) -> Claimed:
        """Return what a token says, if it is one of this issuer's that is meant for this server and still good.

        The scope is the strongest of "read", "write" and "admin" among the words of the claim `scope`; a token that
        names none of them may write.

        Raises:
            Unauthenticated: It is not.
        """
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise Unauthenticated("the token is not signed with an algorithm that is accepted here")
            claims = jwt.decode(
                token,
                self._key(header.get("kid")),
                algorithms=list(ALGORITHMS),
                issuer=self.name,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": _REQUIRED},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("the token has expired") from error
        except jwt.PyJWTError as error:
            raise Unauthenticated("the token is not valid") from error
        return self._claimed(claims)

    def _claimed(self, claims: dict[str, Any]) -> Claimed:
        workspace = claims.get(self._workspace_claim)
        if not isinstance(workspace, str):
            raise Unauthenticated(f'the token names no workspace in its claim "{self._workspace_claim}"')
        said = claims.get("scope", "")
        words = set(said.split() if isinstance(said, str) else ())
        named = [scope for scope in Scope if scope in words]
        return Claimed(workspace, named[-1] if named else Scope.WRITE)

    def _key(self, key_id: Any) -> jwt.PyJWK:
        """Return the key that a token names, or the only one there is where it names none."""
        for attempt in range(2):
            with self._lock:
                now = time.monotonic()
                known = key_id in self._keys or (key_id is None and len(self._keys) == 1)
                stale = now - self._asked > KEPT_SECONDS
                if (stale or not known) and now - self._asked > PAUSE_SECONDS and attempt == 0:
                    self._asked = now
                    self._keys = self._fetch() or self._keys
                    continue
                if known:
                    return self._keys[key_id] if key_id is not None else next(iter(self._keys.values()))
        raise Unauthenticated("the token is signed with a key that the issuer does not have")

    def _fetch(self) -> dict[str, jwt.PyJWK]:
        """Return the issuer's keys by their ids; none where it cannot be reached, so that known ones go on working."""
        try:
            answer = httpx.get(self._jwks_url, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            found = jwt.PyJWKSet.from_dict(answer.json())
        except (httpx.HTTPError, ValueError, TypeError, AttributeError, jwt.PyJWTError):
            return {}
        return {key.key_id or str(number): key for number, key in enumerate(found.keys) if key.key_type != "oct"}


def issuer_of(token: str) -> str | None:
    """Return who a token says that it is from, without believing it."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
    name = claims.get("iss")
    return name if isinstance(name, str) else None
