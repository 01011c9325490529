"""Where things lie: the few settings, all from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Where an installation keeps what it knows.

    Attributes:
        data: Folder of everything that has no place of its own (`FOTOTECA_DATA`, default `./data`).
        database_url: Catalogue (`FOTOTECA_DATABASE_URL`, default SQLite in the data folder).
        blobs_url: Originals and renditions (`FOTOTECA_BLOBS_URL`, default a folder in the data folder).
        models: Folder of models (`FOTOTECA_MODELS`, default `models` in the data folder).
        secret: Master secret (`FOTOTECA_SECRET`, default a file in the data folder).
        allow_private_urls: Whether URLs on private networks may be fetched (`FOTOTECA_ALLOW_PRIVATE_URLS`).
        cors_origins: Origins whose web pages may read answers (`FOTOTECA_CORS_ORIGINS`, separated by commas,
            default any: a page needs a key all the same).
        fixed_folders: Whether for Cloudinary's clients the public id says an asset's folder, as in older clouds
            (`FOTOTECA_CLOUDINARY_FOLDERS`, "fixed" or "dynamic", the default).
        public_url: Origin under which the server is reached from outside (`FOTOTECA_PUBLIC_URL`, default: as asked).
        oidc_issuer: Issuer whose tokens (JWT) are accepted beside our own (`FOTOTECA_OIDC_ISSUER`).
        oidc_jwks_url: Where the issuer's public keys are (`FOTOTECA_OIDC_JWKS_URL`).
        oidc_audience: What its tokens for this server carry as `aud` (`FOTOTECA_OIDC_AUDIENCE`).
        oidc_workspace_claim: The claim that names the workspace (`FOTOTECA_OIDC_WORKSPACE_CLAIM`).
    """

    data: Path
    database_url: str
    blobs_url: str
    models: Path
    secret: str | None = None
    allow_private_urls: bool = False
    fixed_folders: bool = False
    public_url: str | None = None
    cors_origins: tuple[str, ...] = ("*",)
    oidc_issuer: str | None = None
    oidc_jwks_url: str | None = None
    oidc_audience: str | None = None
    oidc_workspace_claim: str = "workspace"

    @classmethod
    def from_environment(cls, data: Path | str | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the environment; a data folder given here wins over the environment's."""
        folder = Path(data or environment.get("FOTOTECA_DATA") or "data").expanduser().absolute()
        return cls(
            data=folder,
            database_url=environment.get("FOTOTECA_DATABASE_URL") or f"sqlite:///{folder / 'catalog.db'}",
            blobs_url=environment.get("FOTOTECA_BLOBS_URL") or str(folder / "blobs"),
            models=Path(environment.get("FOTOTECA_MODELS") or folder / "models"),
            secret=environment.get("FOTOTECA_SECRET") or None,
            allow_private_urls=environment.get("FOTOTECA_ALLOW_PRIVATE_URLS", "").lower() in {"1", "true", "yes"},
            fixed_folders=environment.get("FOTOTECA_CLOUDINARY_FOLDERS", "").lower() == "fixed",
            public_url=environment.get("FOTOTECA_PUBLIC_URL") or None,
            oidc_issuer=environment.get("FOTOTECA_OIDC_ISSUER") or None,
            oidc_jwks_url=environment.get("FOTOTECA_OIDC_JWKS_URL") or None,
            oidc_audience=environment.get("FOTOTECA_OIDC_AUDIENCE") or None,
            oidc_workspace_claim=environment.get("FOTOTECA_OIDC_WORKSPACE_CLAIM") or "workspace",
            cors_origins=tuple((environment.get("FOTOTECA_CORS_ORIGINS") or "*").replace(",", " ").split()),
        )
