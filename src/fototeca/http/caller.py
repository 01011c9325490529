"""Who is asking: from a principal to the library that it opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from starlette.requests import Request

from fototeca.access import Principal
from fototeca.assets import Scope
from fototeca.http.context import Context, context_of
from fototeca.library import Library


@dataclass(frozen=True, slots=True)
class Caller:
    """A request's principal and what it may work with.

    Attributes:
        library: Of the principal's workspace; no other is within reach of a request.
        origin: What absolute links begin with.
    """

    principal: Principal
    library: Library
    context: Context
    origin: str

    @classmethod
    def of(cls, request: Request, principal: Principal, scope: Scope) -> Self:
        """Let a principal work with its workspace.

        Raises:
            Forbidden: The principal's scope does not cover what the request needs.
        """
        principal.require(scope)
        context = context_of(request)
        library = context.installation.library(principal.workspace.name)
        return cls(principal, library, context, context.origin(request))
