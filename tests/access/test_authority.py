from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from fototeca.access import Authority, MasterSecret
from fototeca.assets import Scope, Workspace
from fototeca.catalog import Catalog
from fototeca.errors import Forbidden, InvalidInput, Unauthenticated


@pytest.fixture
def workspace(catalog: Catalog) -> Workspace:
    return catalog.workspaces.create("acme")


def test_a_key_opens_its_workspace_with_its_scope(authority: Authority, workspace: Workspace) -> None:
    made = authority.create_key(workspace, scope=Scope.WRITE)
    principal = authority.authenticate(made.api_key)
    assert principal.workspace == workspace
    assert principal.scope is Scope.WRITE
    principal.require(Scope.READ)
    with pytest.raises(Forbidden, match='needs the scope "admin"'):
        principal.require(Scope.ADMIN)


def test_only_the_digest_of_a_key_is_stored(authority: Authority, workspace: Workspace, tmp_path: Path) -> None:
    made = authority.create_key(workspace)
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("catalog.db*"))
    assert made.api_key.encode() not in stored
    assert made.api_secret.encode() not in stored
    assert hashlib.sha256(made.api_key.encode()).hexdigest().encode() in stored


def test_a_key_has_lower_case_letters_and_fits_into_urls(authority: Authority, workspace: Workspace) -> None:
    made = authority.create_key(workspace)
    assert made.api_key.isalnum()
    assert made.api_key != made.api_key.upper()


def test_secrets_do_not_show_in_a_repr(authority: Authority, workspace: Workspace, master: MasterSecret) -> None:
    made = authority.create_key(workspace)
    assert made.api_secret not in repr(made)
    assert "derive" not in repr(master)
    assert repr(master) == "MasterSecret()"


@pytest.mark.parametrize("credential", ["", "ft0000", "a.b.c", "x" * 5000, "ключ", "ft\x00"])
def test_what_is_no_credential_is_refused(authority: Authority, credential: str) -> None:
    with pytest.raises(Unauthenticated):
        authority.authenticate(credential)


def test_a_revoked_key_is_refused_at_once(authority: Authority, catalog: Catalog, workspace: Workspace) -> None:
    made = authority.create_key(workspace)
    key_id = authority.authenticate(made.api_key).key_id
    assert key_id is not None
    catalog.records(workspace.id).keys.revoke(key_id)
    with pytest.raises(Unauthenticated, match="revoked"):
        authority.authenticate(made.api_key)


def test_a_pair_needs_its_own_secret(authority: Authority, workspace: Workspace) -> None:
    one, other = authority.create_key(workspace), authority.create_key(workspace)
    assert authority.authenticate_pair(one.api_key, one.api_secret).workspace == workspace
    with pytest.raises(Unauthenticated, match="secret"):
        authority.authenticate_pair(one.api_key, other.api_secret)
    with pytest.raises(Unauthenticated, match="secret"):
        authority.authenticate_pair(one.api_key, "ß")


def test_a_token_opens_its_workspace_until_it_expires(authority: Authority, workspace: Workspace) -> None:
    token = authority.create_token(workspace, scope=Scope.READ, ttl=timedelta(minutes=5))
    principal = authority.authenticate(token)
    assert (principal.workspace, principal.scope, principal.key_id) == (workspace, Scope.READ, None)
    with pytest.raises(InvalidInput):
        authority.create_token(workspace, ttl=timedelta(0))


def _claims(workspace: Workspace, **other: object) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "iss": "fototeca",
        "sub": workspace.name,
        "scope": "admin",
        "iat": now,
        "exp": now + timedelta(hours=1),
    } | other


def test_forged_expired_and_strange_tokens_are_refused(
    authority: Authority, master: MasterSecret, workspace: Workspace
) -> None:
    secret = master.derive("tokens")
    long_ago = datetime.now(UTC) - timedelta(days=1)
    forged = {
        "another secret": jwt.encode(_claims(workspace), b"0" * 32, "HS256"),
        "unsigned": jwt.encode(_claims(workspace), None, "none"),  # type: ignore[arg-type]
        "another issuer": jwt.encode(_claims(workspace, iss="x"), secret, "HS256"),
        "expired": jwt.encode(_claims(workspace, exp=long_ago), secret, "HS256"),
        "another scope": jwt.encode(_claims(workspace, scope="root"), secret, "HS256"),
        "no such workspace": jwt.encode(_claims(workspace, sub="nobody"), secret, "HS256"),
        "no workspace": jwt.encode(_claims(workspace, sub=None), secret, "HS256"),
    }
    for kind, token in forged.items():
        with pytest.raises(Unauthenticated):
            pytest.fail(f"{kind}: {authority.authenticate(token)}")
