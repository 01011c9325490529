"""GET /v1/search over real HTTP: latency with one connection, and throughput with several.

The server is a process of its own and holds the sample photos that scikit-image ships. `python -m benchmarks.server`
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from fototeca.access import Authority, MasterSecret
from fototeca.assets import Scope
from fototeca.library import Installation
from fototeca.settings import Settings

REQUESTS = 1_000
CONNECTIONS = 4
QUESTIONS: dict[str, dict[str, str | int]] = {
    "one word": {"q": "camera"},
    "filter, sorted": {"q": "format:png width>=300", "sort": "-bytes"},
    "filter, ids only": {"q": "format:png width>=300", "sort": "-bytes", "fields": "id"},
    "everything, two facets": {"q": "*", "facet": "format,color", "limit": 0},
    "everything, 50 assets": {"q": "*"},
}


def main() -> None:
    with tempfile.TemporaryDirectory() as data:
        _fill(Path(data))
        with serving(Path(data)) as (port, key):
            _measure(port, key)


def _measure(port: int, key: str) -> None:
    print(f"{'GET /v1/search':26}{'p50 ms':>9}{'p95 ms':>9}{'1 conn/s':>10}{f'{CONNECTIONS} conn/s':>10}")
    for name, parameters in QUESTIONS.items():
        path = f"/v1/search?{urlencode(parameters)}"
        ask(port, key, path, REQUESTS // 10)
        times = ask(port, key, path, REQUESTS)
        cuts = statistics.quantiles(times, n=100)
        alone, together = REQUESTS / sum(times), _throughput(port, key, path)
        print(f"{name:26}{cuts[49] * 1000:9.2f}{cuts[94] * 1000:9.2f}{alone:10.0f}{together:10.0f}")


def ask(port: int, key: str, path: str, count: int) -> list[float]:
    """Send requests one after the other over one connection; return the seconds that each took."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times = []
    for _ in range(count):
        start = time.perf_counter()
        connection.request("GET", path, headers={"X-API-Key": key})
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - start)
        if answer.status != 200:
            sys.exit(f"{path} was answered {answer.status}")
    connection.close()
    return times


def _throughput(port: int, key: str, path: str) -> float:
    share = REQUESTS // CONNECTIONS
    threads = [threading.Thread(target=ask, args=(port, key, path, share)) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return share * CONNECTIONS / (time.perf_counter() - start)


@contextmanager
def serving(data: Path) -> Iterator[tuple[int, str]]:
    """Run a server over a data folder in a process of its own; give its port, and a key that may read `demo`."""
    with Installation(Settings.from_environment(data, {})) as installation:
        authority = Authority(installation.catalog, MasterSecret.load(data / "secret"))
        workspace = installation.library("demo").workspace
        key = authority.create_key(workspace, scope=Scope.READ, name="benchmark").api_key
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "fototeca.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ | {"FOTOTECA_DATA": str(data)}, stderr=subprocess.DEVNULL)
    try:
        _await_port(process, port)
        yield port, key
    finally:
        process.terminate()
        process.wait()


def _fill(data: Path) -> None:
    """Add the sample photos."""
    sample = importlib.util.find_spec("skimage")
    if sample is None or sample.origin is None:
        sys.exit("the sample photos come with scikit-image, which `make setup` installs")
    with Installation(Settings.from_environment(data, {})) as installation:
        library = installation.library("demo")
        library.add(Path(sample.origin).parent / "data")
        print(f"{library.search('', limit=0).total} photos, {os.cpu_count()} cores")


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the server did not start")


if __name__ == "__main__":
    main()
