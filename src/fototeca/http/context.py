"""What the routes of one app share."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from starlette.requests import Request

from fototeca.access import Authority, Issuer, Links, MasterSecret, Sessions
from fototeca.http.metrics import Metrics
from fototeca.library import Installation
from fototeca.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that an app is composed of.

    Attributes:
        warmed: Set once the indexes have caught up with the catalogue after the start.
    """

    installation: Installation
    authority: Authority
    links: Links
    sessions: Sessions
    metrics: Metrics = field(default_factory=Metrics)
    warmed: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, installation: Installation) -> Context:
        """Compose the parts around an installation."""
        settings = installation.settings
        master = MasterSecret.load(settings.data / "secret", settings.secret)
        authority = Authority(installation.catalog, master, _issuer(settings))
        return cls(installation, authority, Links(master), Sessions(authority, master))

    def warm(self) -> None:
        """Open every workspace's index and bring it in step, so that no search has to wait for that."""
        for workspace in self.installation.workspaces():
            self.installation.library(workspace.name).warm()
        self.warmed.set()

    def origin(self, request: Request) -> str:
        """Return the origin that links in an answer begin with, without a slash at its end."""
        return (self.installation.settings.public_url or str(request.base_url)).rstrip("/")


def _issuer(settings: Settings) -> Issuer | None:
    """Return the issuer whose tokens are accepted beside our own, where one is set up."""
    if not settings.oidc_issuer:
        return None
    return Issuer(
        settings.oidc_issuer,
        settings.oidc_jwks_url or "",
        settings.oidc_audience or "",
        settings.oidc_workspace_claim,
    )


def context_of(request: Request) -> Context:
    """Return the context of the app that a request came to."""
    context: Context = request.app.state.context
    return context
