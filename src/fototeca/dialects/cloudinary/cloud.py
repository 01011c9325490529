"""Who is asking: credentials and signatures, and the cloud that they open."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from fototeca.access import Principal, signatures
from fototeca.assets import MetadataField, Scope
from fototeca.dialects.cloudinary.parameters import Parameters
from fototeca.dialects.cloudinary.rules import KIND, Rule, in_force
from fototeca.errors import InvalidInput, NotFound, Unauthenticated
from fototeca.http import Caller, context_of
from fototeca.library import Library

_NOT_SIGNED = {action: {"notification_url", "batch_id"} for action in ("tags", "context", "metadata")}


@dataclass(frozen=True)
class Cloud:
    """A workspace as Cloudinary's clients see it.

    Attributes:
        caller: Who asks.
        api_key: The key that they gave, which answers to uploads repeat; "" where they gave none.
    """

    caller: Caller
    api_key: str = ""

    @property
    def library(self) -> Library:
        """The assets."""
        return self.caller.library

    @property
    def name(self) -> str:
        """Name of the cloud."""
        return self.caller.principal.workspace.name

    @property
    def fixed_folders(self) -> bool:
        """Whether the folder of an asset is what stands before the last slash of its public id."""
        return self.caller.context.installation.settings.fixed_folders

    @cached_property
    def fields(self) -> dict[str, MetadataField]:
        """The structured metadata fields, by external id, in order."""
        return {known.external_id: known for known in self.library.metadata_fields.all()}

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules between these fields that are in force, in order."""
        return in_force(self.library.entries.all(KIND))


def _requiring(scope: Scope) -> Callable[..., Cloud]:
    def cloud_of(request: Request, cloud: str) -> Cloud:
        found = _by_header(request, cloud, scope)
        if found is None:
            raise Unauthenticated("Missing credentials: send API key and secret as HTTP Basic, or a Bearer token")
        return found

    return cloud_of


Reading: TypeAlias = Annotated[Cloud, Depends(_requiring(Scope.READ))]
Writing: TypeAlias = Annotated[Cloud, Depends(_requiring(Scope.WRITE))]
Managing: TypeAlias = Annotated[Cloud, Depends(_requiring(Scope.ADMIN))]


def signed(request: Request, name: str, action: str, sent: Parameters) -> Cloud:
    """Return the cloud that the signature of an upload opens, or a header's credentials.

    Raises:
        InvalidInput: There is no key, or the timestamp is missing or old.
        Unauthenticated: Key, secret or signature are wrong.
    """
    signature = sent.text("signature")
    if not signature:
        found = _by_header(request, name, Scope.WRITE)
        if found is None:
            raise InvalidInput("Missing required parameter - api_key", field="api_key")
        return found
    api_key = sent.required("api_key")
    authority = context_of(request).authority
    principal = _known(name, authority.authenticate(api_key))
    left_out = _NOT_SIGNED.get(action, set())
    pairs = [(key, value) for key, value in _wire(sent) if key not in left_out]
    signatures.check(pairs, signature, authority.secret_of(api_key), timestamp=sent.text("timestamp"))
    return Cloud(Caller.of(request, principal, Scope.WRITE), api_key)


def unsigned(request: Request, name: str) -> Cloud:
    """Return a cloud for an upload that an unsigned preset allows; whoever calls checks the preset."""
    return Cloud(Caller.of(request, _anybody(request, name, Scope.WRITE), Scope.WRITE))


def public(request: Request, name: str) -> Cloud:
    """Return a cloud for what needs no credentials, or what a signature in the URL allows.

    Raises:
        NotFound: There is no such cloud.
    """
    return Cloud(Caller.of(request, _anybody(request, name, Scope.READ), Scope.READ))


def secrets(request: Request, cloud: Cloud) -> list[str]:
    """Return the secrets that may have signed a URL of a cloud."""
    return context_of(request).authority.secrets(cloud.caller.principal.workspace)


def _anybody(request: Request, name: str, scope: Scope) -> Principal:
    try:
        workspace = context_of(request).installation.catalog.workspaces.get(name)
    except NotFound:
        raise NotFound(f"cloud_name {name[:100]} is unknown") from None
    return Principal(workspace, scope)


def _by_header(request: Request, name: str, scope: Scope) -> Cloud | None:
    kind, _, credential = request.headers.get("authorization", "").partition(" ")
    authority = context_of(request).authority
    match kind.lower():
        case "bearer":
            principal, api_key = authority.authenticate(credential.strip()), ""
        case "basic":
            api_key, secret = _pair(credential)
            principal = authority.authenticate_pair(api_key, secret)
        case _:
            return None
    return Cloud(Caller.of(request, _known(name, principal), scope), api_key)


def _known(name: str, principal: Principal) -> Principal:
    if principal.workspace.name != name:
        raise Unauthenticated("cloud_name mismatch")
    return principal


def _pair(credential: str) -> tuple[str, str]:
    try:
        api_key, colon, secret = base64.b64decode(credential.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if not colon:
        raise Unauthenticated("Invalid credentials")
    return api_key, secret


def _wire(sent: Parameters) -> list[tuple[str, str]]:
    """What was sent, as texts: JSON is only signed by clients that sign what a form would hold."""
    if sent.pairs:
        return sent.pairs
    return [(name, sent.text(name)) for name, value in sent.values.items() if not isinstance(value, list | dict)]
