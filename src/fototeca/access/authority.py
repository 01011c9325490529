"""Turns credentials into principals: who is asking, in which workspace, with which scope."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt

from fototeca.access.oidc import Issuer, issuer_of
from fototeca.access.secrets import MasterSecret
from fototeca.assets import Key, Scope, Workspace
from fototeca.catalog import Catalog
from fototeca.errors import Forbidden, InvalidInput, NotFound, Unauthenticated

_ISSUER = "fototeca"
_ALGORITHM = "HS256"
_PREFIX = "ft"  # lower-case letters: some clients take a key without any for a dummy
_HINT = 6
_LONGEST = 4096

_TOKEN_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Credential:
    """A new key, shown once.

    Attributes:
        api_key: Opens the workspace on its own, as a Bearer token or `X-API-Key`.
        api_secret: Signs requests in the dialects that sign; derived from the key, not stored.
    """

    workspace: str
    api_key: str
    api_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking."""

    workspace: Workspace
    scope: Scope
    key_id: int | None = None

    def require(self, scope: Scope) -> None:
        """Raise `Forbidden` unless this principal's scope covers the one needed."""
        if not self.scope.covers(scope):
            raise Forbidden(f'this needs the scope "{scope}"; the credential has "{self.scope}"')


class Authority:
    """Creates credentials and checks them.

    Args:
        catalog: Where keys and workspaces are recorded.
        master: What tokens and secrets are derived from.
        issuer: Whose tokens are accepted beside our own.

    Keys are stored as SHA-256 digests: they are long and random, so neither salt nor a slow hash is needed.
    """

    def __init__(self, catalog: Catalog, master: MasterSecret, issuer: Issuer | None = None) -> None:
        self._catalog = catalog
        self._issuer = issuer
        self._master = master
        self._token_secret = master.derive("tokens")
        self._workspaces: dict[str, Workspace] = {}  # none of them ever changes or goes

    def create_key(self, workspace: Workspace, *, scope: Scope = Scope.ADMIN, name: str = "key") -> Credential:
        """Make a key for a workspace."""
        api_key = f"{_PREFIX}{secrets.token_hex(20)}"
        self._catalog.records(workspace.id).keys.create(
            name=name, scope=scope, digest=_digest(api_key), hint=api_key[:_HINT]
        )
        return Credential(workspace.name, api_key, self.secret_of(api_key))

    def secret_of(self, api_key: str) -> str:
        """Return the secret that belongs to a key, known or not; 40 hex digits."""
        return self._secret_by(_digest(api_key))

    def _secret_by(self, digest: str) -> str:
        return self._master.derive("api-secret", digest).hex()[:40]

    def secrets(self, workspace: Workspace) -> list[str]:
        """Return the secrets of a workspace's keys that are good, for what is signed without saying by which key."""
        keys = self._catalog.records(workspace.id).keys.all()
        return [self._secret_by(key.digest) for key in keys if key.revoked is None and not _expired(key)]

    def sign(self, purpose: str, text: str) -> str:
        """Return 64 hex digits that only this installation can make of a text, for one purpose."""
        return self._master.derive(f"signature:{purpose}", text).hex()

    def create_token(
        self, workspace: Workspace, *, scope: Scope = Scope.ADMIN, ttl: timedelta = _TOKEN_LIFETIME
    ) -> str:
        """Make a signed token (JWT, HS256) that opens the workspace until `ttl` has passed."""
        if ttl <= timedelta(0):
            raise InvalidInput("the time to live must be positive", field="ttl")
        now = datetime.now(UTC)
        claims = {"iss": _ISSUER, "sub": workspace.name, "scope": str(scope), "iat": now, "exp": now + ttl}
        return jwt.encode(claims, self._token_secret, _ALGORITHM)

    def authenticate(self, credential: str) -> Principal:
        """Return who a key or token stands for.

        Raises:
            Unauthenticated: It is unknown, expired, revoked or malformed; the message does not say which key.
        """
        if not 0 < len(credential) <= _LONGEST:
            raise Unauthenticated("missing credential")
        if credential.count(".") == 2:
            if self._issuer is not None and issuer_of(credential) == self._issuer.name:
                claimed = self._issuer.check(credential)
                return Principal(self._workspace(claimed.workspace), claimed.scope)
            return self._from_token(credential)
        return self._from_key(credential)

    def authenticate_pair(self, api_key: str, api_secret: str) -> Principal:
        """Return who a key stands for, if the secret is its own."""
        principal = self._from_key(api_key)
        if not hmac.compare_digest(self.secret_of(api_key).encode(), api_secret.encode()):
            raise Unauthenticated("the secret does not belong to the key")
        return principal

    def authenticate_key(self, api_key: str) -> tuple[Principal, str]:
        """Return who a key stands for, and the digest by which `principal_of` finds them again without the key.

        Raises:
            Unauthenticated: It is unknown, expired or revoked.
        """
        digest = _digest(api_key)
        return self.principal_of(digest), digest

    def _from_key(self, api_key: str) -> Principal:
        return self.principal_of(_digest(api_key))

    def principal_of(self, digest: str) -> Principal:
        """Return who the key with this digest stands for.

        Raises:
            Unauthenticated: It is unknown, expired or revoked.
        """
        key = self._catalog.find_key(digest)
        if key is None or key.revoked is not None or _expired(key):
            raise Unauthenticated("unknown, expired or revoked key")
        return Principal(self._workspace(key.workspace), key.scope, key.id)

    def _from_token(self, token: str) -> Principal:
        try:
            claims = jwt.decode(
                token,
                self._token_secret,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                options={"require": ["exp", "iat", "iss", "sub", "scope"]},
            )
            scope = Scope(claims["scope"])
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("the token has expired") from error
        except (jwt.InvalidTokenError, ValueError) as error:
            raise Unauthenticated("the token is not valid") from error
        return Principal(self._workspace(claims["sub"]), scope)

    def _workspace(self, name: str) -> Workspace:
        known = self._workspaces.get(name)
        if known is None:
            try:
                known = self._workspaces[name] = self._catalog.workspaces.get(name)
            except NotFound as error:
                raise Unauthenticated("the credential's workspace does not exist") from error
        return known


def _digest(api_key: str) -> str:
    return hashlib.sha256(api_key.encode()).hexdigest()


def _expired(key: Key) -> bool:
    return key.expires is not None and key.expires <= datetime.now(UTC)
