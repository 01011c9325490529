"""Who may do what: keys, tokens, scopes and signed media links."""

from fototeca.access.authority import Authority, Credential, Principal
from fototeca.access.links import Links
from fototeca.access.oidc import Issuer
from fototeca.access.secrets import MasterSecret
from fototeca.access.sessions import Session, Sessions

__all__ = ("Authority", "Credential", "Issuer", "Links", "MasterSecret", "Principal", "Session", "Sessions")
