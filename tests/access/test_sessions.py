from __future__ import annotations

import time
from types import SimpleNamespace

import jwt
import pytest

from fototeca.access import Authority, Credential, MasterSecret, Sessions
from fototeca.access import sessions as module
from fototeca.access.sessions import LIFETIME
from fototeca.assets import Scope
from fototeca.catalog import Catalog
from fototeca.errors import Forbidden, Unauthenticated


@pytest.fixture
def credential(catalog: Catalog, authority: Authority) -> Credential:
    return authority.create_key(catalog.workspaces.create("home"), scope=Scope.WRITE)


@pytest.fixture
def sessions(authority: Authority, master: MasterSecret) -> Sessions:
    return Sessions(authority, master)


def test_a_session_stands_for_the_key_it_was_opened_with(sessions: Sessions, credential: Credential) -> None:
    opened = sessions.open(credential.api_key)
    resumed = sessions.resume(opened.token)
    assert resumed == opened
    assert (resumed.principal.workspace.name, resumed.principal.scope) == ("home", Scope.WRITE)
    assert credential.api_key not in opened.token
    assert opened.token not in repr(opened)


def test_an_unknown_key_opens_none(sessions: Sessions) -> None:
    with pytest.raises(Unauthenticated):
        sessions.open("ft123")


def test_a_revoked_key_ends_its_sessions(sessions: Sessions, credential: Credential, catalog: Catalog) -> None:
    opened = sessions.open(credential.api_key)
    key_id = opened.principal.key_id
    assert key_id is not None
    catalog.records(opened.principal.workspace.id).keys.revoke(key_id)
    with pytest.raises(Unauthenticated):
        sessions.resume(opened.token)


def test_a_session_ends_after_its_time(
    sessions: Sessions, credential: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its own clock, not the one that servers of other tests look at.
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: time.time() - LIFETIME - 1))
    opened = sessions.open(credential.api_key)
    monkeypatch.undo()
    with pytest.raises(Unauthenticated, match="over"):
        sessions.resume(opened.token)


def test_a_token_of_another_kind_is_no_session(
    sessions: Sessions, authority: Authority, credential: Credential, catalog: Catalog
) -> None:
    forged = jwt.encode({"iss": "fototeca-session", "key": "0" * 64, "exp": time.time() + 60}, "x" * 32, "HS256")
    unsigned = jwt.encode({"iss": "fototeca-session", "key": "0" * 64, "exp": time.time() + 60}, "", "none")
    bearer = authority.create_token(catalog.workspaces.get("home"))
    for token in (forged, unsigned, bearer, "", "a.b.c"):
        with pytest.raises(Unauthenticated):
            sessions.resume(token)
    with pytest.raises(Unauthenticated):
        authority.authenticate(sessions.open(credential.api_key).token)


def test_a_change_needs_the_sessions_own_token(sessions: Sessions, credential: Credential) -> None:
    first = sessions.open(credential.api_key)
    sessions.check_change(first, first.csrf)
    for csrf in ("", "x", first.token, "ü"):
        with pytest.raises(Forbidden):
            sessions.check_change(first, csrf)
