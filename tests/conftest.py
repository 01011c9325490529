"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest

LONGEST = ("web", "cli", "clients", "library", "server", "ingest", "oracle")
"""Folders whose files take long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put them first, so that no worker idles at the end while another one is still busy with one of them."""
    here = Path(__file__).parent
    places = {folder: place for place, folder in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.relative_to(here).parts[0], len(LONGEST)))


@pytest.fixture(scope="session", autouse=True)
def few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let HTTP clients read one authority's certificate, not all: that takes long for each, and none here needs it."""
    one, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    file = tmp_path_factory.mktemp("certificates") / "one.pem"
    file.write_text(one + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection can be made by the test; servers of other tests, which live in other threads, go on."""
    here = threading.current_thread()

    def refusing(real: Any) -> Any:
        def refuse(*given: Any, **options: Any) -> Any:
            if threading.current_thread() is here:
                raise AssertionError("the network was asked")
            return real(*given, **options)

        return refuse

    monkeypatch.setattr(socket.socket, "connect", refusing(socket.socket.connect))
    monkeypatch.setattr(socket, "getaddrinfo", refusing(socket.getaddrinfo))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos and models used by tests, where there is one."""
    root = Path(__file__).resolve().parent.parent
    folder = (root / os.environ.get("FOTOTECA_SHARED", "../shared")).resolve()
    if not folder.is_dir():
        pytest.skip(f"needs the shared photos and models; set FOTOTECA_SHARED to their folder (looked in {folder})")
    return folder
