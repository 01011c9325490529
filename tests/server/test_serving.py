"""The server as a process of its own: it starts, is told to stop, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fototeca.access import Authority, MasterSecret
from fototeca.library import Installation
from fototeca.settings import Settings
from tests.server.helpers import picture, upload


@pytest.fixture
def key(tmp_path: Path) -> str:
    settings = Settings.from_environment(tmp_path, {})
    with Installation(settings) as installation:
        authority = Authority(installation.catalog, MasterSecret.load(settings.data / "secret"))
        return authority.create_key(installation.create("demo"), name="test").api_key


@pytest.fixture
def server(tmp_path: Path, key: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "fototeca.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ | {"FOTOTECA_DATA": str(tmp_path)}, stderr=subprocess.PIPE)
    origin = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while not ready(origin):
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.05)
    yield process, origin
    process.kill()
    process.communicate()


def ready(origin: str) -> bool:
    try:
        return httpx.get(f"{origin}/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_requests_finish_and_writes_the_index(
    server: tuple[subprocess.Popen[bytes], str], key: str, tmp_path: Path, number: signal.Signals
) -> None:
    process, origin = server
    answers: list[httpx.Response] = []
    sending, signalled = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b'{"query": '
        sending.set()
        signalled.wait()
        time.sleep(0.3)
        yield b'"*"}'

    with httpx.Client(base_url=origin, headers={"X-API-Key": key}, timeout=30) as client:
        upload(client, "a.png", picture((5, 5, 5)))

        def search() -> None:
            headers = {"Content-Type": "application/json"}
            answers.append(client.post("/v1/search", content=slowly(), headers=headers))

        thread = threading.Thread(target=search)
        thread.start()
        sending.wait()
        time.sleep(0.2)
        process.send_signal(number)
        signalled.set()
        thread.join()
    assert answers[0].json()["total"] == 1
    _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log.decode()
    assert b"Traceback" not in log
    with Installation(Settings.from_environment(tmp_path, {})) as installation:
        library = installation.library("demo")
        assert library.index.sequence == library.changes.head()
