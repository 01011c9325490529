"""Tokens of an issuer that runs here, with keys that change and tokens that lie."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fototeca.access import Authority, Issuer, MasterSecret, oidc
from fototeca.assets import Scope
from fototeca.errors import InvalidInput, Unauthenticated
from fototeca.library import Installation
from fototeca.settings import Settings

SECRET = b"secret-secret-secret-secret-secret"
NAME, AUDIENCE = "https://login.example.org/", "fototeca"


class LocalIssuer:
    """Serves a key set, and signs tokens with keys that need not be in it."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.keys: list[dict[str, Any]] = [self.public("rsa", self.rsa, jwt.algorithms.RSAAlgorithm)]
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                body = json.dumps({"keys": issuer.keys}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @staticmethod
    def public(key_id: str, key: Any, algorithm: Any) -> dict[str, Any]:
        return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": key_id, "use": "sig"}

    def token(self, *, key: Any = None, algorithm: str = "RS256", key_id: str | None = "rsa", **claims: Any) -> str:
        now = datetime.now(UTC)
        said = {"iss": NAME, "aud": AUDIENCE, "exp": now + timedelta(minutes=5), "workspace": "acme"} | claims
        given = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(given, self.rsa if key is None else key, algorithm, {} if key_id is None else {"kid": key_id})

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="module")
def local() -> Iterator[LocalIssuer]:
    issuer = LocalIssuer()
    yield issuer
    issuer.close()


@pytest.fixture
def issuer(local: LocalIssuer) -> Issuer:
    return Issuer(NAME, local.url, AUDIENCE, "workspace")


def test_a_good_token_says_workspace_and_scope(issuer: Issuer, local: LocalIssuer) -> None:
    before = local.asked
    assert issuer.check(local.token()) == oidc.Claimed("acme", Scope.WRITE)
    assert issuer.check(local.token(scope="openid read")).scope is Scope.READ
    assert issuer.check(local.token(scope="admin read")).scope is Scope.ADMIN
    assert issuer.check(local.token(key_id=None)).workspace == "acme", "the only key needs no name"
    assert local.asked == before + 1, "keys are kept"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example.org/"},
        {"aud": "other"},
        {"aud": None},
        {"exp": None},
        {"exp": datetime.now(UTC) - timedelta(hours=1)},
        {"nbf": datetime.now(UTC) + timedelta(hours=1)},
        {"workspace": None},
        {"workspace": 7},
        {"workspace": ["acme"]},
    ],
)
def test_a_token_for_somebody_else_or_another_time_is_refused(
    issuer: Issuer, local: LocalIssuer, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        issuer.check(local.token(**claims))


def test_signatures_that_prove_nothing_are_refused(issuer: Issuer, local: LocalIssuer) -> None:
    pem = local.rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = local.token(key="", algorithm="none")
    confused = hs256(local, pem)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for token in (unsigned, confused, local.token(key=other), "a.b.c", "..", "not a token"):
        with pytest.raises(Unauthenticated):
            issuer.check(token)


def hs256(local: LocalIssuer, secret: bytes) -> str:
    """A token signed with a public key as if it were a shared secret; the library itself refuses to make one."""

    def part(value: dict[str, Any]) -> bytes:
        return jwt.utils.base64url_encode(json.dumps(value).encode())

    claims = jwt.decode(local.token(), options={"verify_signature": False})
    said = part({"alg": "HS256", "kid": "rsa", "typ": "JWT"}) + b"." + part(claims)
    signature = hmac.digest(secret, said, hashlib.sha256)
    return (said + b"." + jwt.utils.base64url_encode(signature)).decode()


def test_a_shared_secret_in_the_key_set_is_no_key(local: LocalIssuer) -> None:
    kept = list(local.keys)
    local.keys.append({"kty": "oct", "kid": "shared", "alg": "HS256", "k": jwt.utils.base64url_encode(SECRET).decode()})
    issuer = Issuer(NAME, local.url, AUDIENCE, "workspace")
    token = local.token(key=SECRET, algorithm="HS256", key_id="shared")
    with pytest.raises(Unauthenticated):
        issuer.check(token)
    assert issuer.check(local.token()).workspace == "acme"
    local.keys[:] = kept


def test_new_keys_are_fetched_but_not_for_every_token(
    issuer: Issuer, local: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.check(local.token())
    kept, before = list(local.keys), local.asked
    local.keys.append(local.public("ec", local.ec, jwt.algorithms.ECAlgorithm))
    token = local.token(key=local.ec, algorithm="ES256", key_id="ec")
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            issuer.check(token)
    assert local.asked == before, "the pause is not over"
    monkeypatch.setattr(oidc, "PAUSE_SECONDS", 0.0)
    assert issuer.check(token).workspace == "acme"
    assert local.asked == before + 1
    local.keys[:] = kept


def test_known_keys_go_on_working_while_the_issuer_is_away(local: LocalIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(NAME, local.url, AUDIENCE, "workspace")
    issuer.check(local.token())
    monkeypatch.setattr(issuer, "_jwks_url", "http://127.0.0.1:1/nowhere")
    monkeypatch.setattr(oidc, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(oidc, "KEPT_SECONDS", 0.0)
    assert issuer.check(local.token()).workspace == "acme"
    with pytest.raises(Unauthenticated):
        Issuer(NAME, "http://127.0.0.1:1/nowhere", AUDIENCE, "workspace").check(local.token())


def test_an_authority_takes_both_kinds_of_tokens(tmp_path: Path, issuer: Issuer, local: LocalIssuer) -> None:
    with Installation(Settings.from_environment(tmp_path, {})) as installation:
        acme = installation.create("acme")
        authority = Authority(installation.catalog, MasterSecret.load(tmp_path / "secret"), issuer)
        assert authority.authenticate(local.token(scope="read")).scope is Scope.READ
        assert authority.authenticate(local.token()).workspace == acme
        assert authority.authenticate(authority.create_token(acme)).workspace == acme
        for token in (local.token(workspace="nobody"), local.token(iss="fototeca")):
            with pytest.raises(Unauthenticated):
                authority.authenticate(token)


@pytest.mark.parametrize("missing", ["name", "url", "audience"])
def test_half_an_issuer_is_an_error(missing: str) -> None:
    given = {"name": NAME, "url": "https://login.example.org/keys", "audience": AUDIENCE} | {missing: ""}
    with pytest.raises(InvalidInput, match="FOTOTECA_OIDC"):
        Issuer(given["name"], given["url"], given["audience"], "workspace")
