"""What a cloud says of itself: `ping`, `usage` and `config`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from starlette.responses import Response

from fototeca.assets import Status
from fototeca.dialects.cloudinary.cloud import Cloud, Reading
from fototeca.dialects.cloudinary.errors import answer, refuse
from fototeca.dialects.cloudinary.parameters import Sent
from fototeca.errors import InvalidInput
from fototeca.http import Router, answering
from fototeca.ingest import FetchLimits
from fototeca.media import Limits

router = Router(prefix="/v1_1/{cloud}", route_class=answering(refuse), include_in_schema=False)

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{2})-(\d{2})-(\d{4})")


@router.get("/ping")
def ping(request: Request, asking: Reading) -> Response:
    """Say that the credentials are good."""
    del asking
    return answer(request, {"status": "ok"})


@router.get("/config")
def config(request: Request, asking: Reading, sent: Sent) -> Response:
    """Tell how the cloud is set up."""
    workspace = asking.caller.principal.workspace
    shown: dict[str, Any] = {"cloud_name": workspace.name, "created_at": workspace.created.isoformat()}
    if sent.flag("settings"):
        shown["settings"] = {"folder_mode": "fixed" if asking.fixed_folders else "dynamic"}
    return answer(request, shown)


@router.get("/usage")
def usage(request: Request, asking: Reading) -> Response:
    """Tell how much there is. Nothing is limited, so that limits are as large as a number can be."""
    return answer(request, _usage(asking, dated=False))


@router.get("/usage/{date}")
def usage_on(request: Request, asking: Reading, date: str) -> Response:
    """Tell how much there is; only the present is known, so that every day looks like today."""
    if not _DATE.fullmatch(date):
        raise InvalidInput("Invalid date", field="date", allowed="dd-mm-yyyy or yyyy-mm-dd")
    return answer(request, _usage(asking, dated=True))


def _usage(cloud: Cloud, *, dated: bool) -> dict[str, Any]:
    assets = cloud.library.records.assets
    count, size = assets.count() - assets.count(Status.TRASHED), assets.total_bytes()
    counters = {"transformations": 0, "objects": count, "bandwidth": 0, "storage": size, "requests": 0}
    limits: dict[str, Any] = {} if dated else {"limit": 2**53 - 1, "used_percent": 0.0}
    return {
        "plan": "Fototeca",
        "last_updated": datetime.now(UTC).date().isoformat(),
        **{name: {"usage": used, **limits} for name, used in counters.items()},
        "resources": count,
        "derived_resources": 0,
        "media_limits": {
            "image_max_size_bytes": Limits().max_bytes,
            "image_max_px": Limits().max_pixels,
            "raw_max_size_bytes": FetchLimits().max_bytes,
        },
    }
