from __future__ import annotations

import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpcore
import pytest

from fototeca.errors import FetchError
from fototeca.ingest import Fetcher, FetchLimits
from tests.ingest.samples import jpeg

Answer = Callable[[BaseHTTPRequestHandler], None]
PHOTO = jpeg()


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Downloads land here, so that a test can see that none is left behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def server() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


class Site:
    """A web server on loopback; each path has its own answer."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.headers: dict[str, str] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.headers = dict(self.headers)
                site.answers[self.path](self)
                self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def file(self, path: str, data: bytes = PHOTO, **headers: str) -> str:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(data)

        self.answers[path] = answer
        return self.url + path

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Location", location)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        self.answers[path] = answer
        return self.url + path

    def drip(self, path: str, head: bytes, every: bytes) -> str:
        """Sends a byte now and then, for ever: no single read takes long."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            try:
                handler.wfile.write(head)
                while True:
                    handler.wfile.write(every)
                    time.sleep(0.02)
            except OSError:
                return

        self.answers[path] = answer
        return self.url + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def fetcher(**limits: float) -> Fetcher:
    return Fetcher(FetchLimits(**limits), allow_private=True)  # type: ignore[arg-type]  # a test's shorthand


def test_a_file_is_downloaded(server: Site, temporary: Path) -> None:
    download = fetcher().fetch(server.file("/folder/sunset%20sea.jpg?size=large"))
    assert download.path.read_bytes() == PHOTO
    assert download.path.parent == temporary
    assert download.filename == "sunset sea.jpg"
    assert download.url == server.url + "/folder/sunset%20sea.jpg?size=large"
    assert server.headers["Host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="beach.jpg"', "beach.jpg"),
        ("attachment; filename*=UTF-8''caf%C3%A9.jpg", "café.jpg"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="..\\\\evil.jpg"', "evil.jpg"),
        ("attachment", "photo"),
        ("\xff\xfe;;=", "photo"),
    ],
)
def test_the_name_comes_from_content_disposition(server: Site, disposition: str, name: str) -> None:
    assert fetcher().fetch(server.file("/photo", Content_Disposition=disposition)).filename == name


def test_without_any_name_the_host_is_the_name(server: Site) -> None:
    assert fetcher().fetch(server.file("/")).filename == "127.0.0.1"


def test_credentials_are_used_but_not_told(server: Site) -> None:
    url = server.file("/a.jpg").replace("http://", "http://ann:secret@")
    assert "ann" not in fetcher().fetch(url).url
    assert server.headers["Authorization"] == "Basic YW5uOnNlY3JldA=="
    for bad in (url.replace("http", "ftp"), url + "x" * 70000, url.replace("127.0.0.1", "no.invalid")):
        with pytest.raises(FetchError) as caught:
            fetcher().fetch(bad)
        assert "secret" not in caught.value.message


def test_redirects_are_followed(server: Site) -> None:
    server.file("/c.jpg")
    server.redirect("/b", server.url + "/c.jpg", 308)
    download = fetcher().fetch(server.redirect("/a", "b"))
    assert download.path.read_bytes() == PHOTO
    assert (download.filename, download.url) == ("c.jpg", server.url + "/a")


def test_a_circle_of_redirects_ends(server: Site, temporary: Path) -> None:
    url = server.redirect("/round", "/round")
    with pytest.raises(FetchError, match="more than 5 redirects"):
        fetcher().fetch(url)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("location", ["ftp://example.org/a.jpg", "file:///etc/passwd", "http://[::1"])
def test_a_redirect_elsewhere_than_the_web_is_refused(server: Site, location: str) -> None:
    with pytest.raises(FetchError, match=r"only http|not a valid URL"):
        fetcher().fetch(server.redirect("/a", location))


@pytest.mark.parametrize(
    "url",
    ["", "photo.jpg", "//host/a.jpg", "file:///etc/passwd", "gopher://x", "http://", "http://a b/", "http://x:99999/"],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError):
        fetcher().fetch(url)


def test_an_answer_without_a_file_is_an_error(server: Site, temporary: Path) -> None:
    server.answers["/a.jpg"] = lambda handler: handler.send_error(404)
    with pytest.raises(FetchError, match="404 Not Found") as caught:
        fetcher().fetch(server.url + "/a.jpg")
    assert not caught.value.retryable
    assert not list(temporary.iterdir())
    server.answers["/a.jpg"] = lambda handler: handler.send_error(502)
    with pytest.raises(FetchError, match="502") as caught:
        fetcher().fetch(server.url + "/a.jpg")
    assert caught.value.retryable


@pytest.mark.parametrize("honest", [True, False])
def test_a_file_that_is_too_large_is_given_up(server: Site, temporary: Path, honest: bool) -> None:
    url = (
        server.file("/a.jpg", bytes(5000)) if honest else server.drip("/a.jpg", b"HTTP/1.1 200 OK\r\n\r\n", bytes(100))
    )
    with pytest.raises(FetchError, match="larger than the limit of 1,000 bytes"):
        fetcher(max_bytes=1000).fetch(url)
    assert not list(temporary.iterdir())


def test_a_file_shorter_than_announced_is_an_error(server: Site) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nshort")

    server.answers["/a.jpg"] = answer
    with pytest.raises(FetchError, match="could not be fetched"):
        fetcher().fetch(server.url + "/a.jpg")


def test_compressed_answers_are_refused(server: Site) -> None:
    with pytest.raises(FetchError, match="content encoding 'gzip'"):
        fetcher().fetch(server.file("/a.jpg", Content_Encoding="gzip"))


@pytest.mark.parametrize(
    ("head", "every"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "headers", "interim answers"],
)
def test_a_server_that_drips_meets_the_deadline(server: Site, head: bytes, every: bytes) -> None:
    with pytest.raises(FetchError, match=r"took longer than 0.3 s"):
        fetcher(max_seconds=0.3).fetch(server.drip("/a.jpg", head, every))


def test_a_server_that_says_nothing_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FetchError, match="took longer"):
        fetcher(max_seconds=0.2).fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_closed_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(FetchError, match="could not be fetched") as caught:
        fetcher().fetch(f"http://127.0.0.1:{port}/")
    assert caught.value.retryable


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0", "169.254.169.254"]
)
def test_private_hosts_are_refused_however_spelled(server: Site, host: str) -> None:
    server.file("/a.jpg")
    with pytest.raises(FetchError, match=r"not public|not known"):
        Fetcher().fetch(f"http://{host}:{server.port}/a.jpg")
    assert not server.headers


def test_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(FetchError, match=r"10\.0\.0\.1, which is not public"):
        Fetcher(resolve=lambda host, port: ["1.1.1.1", "10.0.0.1"]).fetch("http://photos.example/a.jpg")


def test_a_redirect_to_a_private_address_is_refused(server: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.redirect("/a", "http://inside.example/secret")
    addresses = {"photos.example": "1.1.1.1", "inside.example": "192.168.0.10"}
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return [addresses[host]]

    pretend_public(monkeypatch, server)
    with pytest.raises(FetchError, match=r"192\.168\.0\.10, which is not public"):
        Fetcher(resolve=resolve).fetch(url.replace("127.0.0.1", "photos.example"))
    assert asked == ["photos.example", "inside.example"]


def test_a_name_is_resolved_once_and_the_checked_address_used(server: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that turns private at the second look-up (DNS rebinding) gets no second look-up."""
    answers = [["1.1.1.1"], ["127.0.0.1"]]
    connected = pretend_public(monkeypatch, server)
    url = server.file("/a.jpg").replace("127.0.0.1", "rebinding.example")
    assert Fetcher(resolve=lambda host, port: answers.pop(0)).fetch(url).path.read_bytes() == PHOTO
    assert connected == ["1.1.1.1"]
    assert server.headers["Host"] == f"rebinding.example:{server.port}"


def pretend_public(monkeypatch: pytest.MonkeyPatch, server: Site) -> list[str]:
    """Lead connections to any address to the test's server; gives the addresses asked for."""
    connected: list[str] = []
    real = httpcore.SyncBackend.connect_tcp

    def connect(self: httpcore.SyncBackend, host: str, port: int, *rest: object) -> httpcore.NetworkStream:
        connected.append(host)
        return real(self, "127.0.0.1", server.port)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return connected


def test_the_next_address_is_tried_when_one_does_not_answer(server: Site) -> None:
    resolve = lambda host, port: ["127.0.0.2", "127.0.0.1"]  # noqa: E731 - as short as the rest
    url = server.file("/a.jpg").replace("127.0.0.1", "two.example")
    assert Fetcher(allow_private=True, resolve=resolve).fetch(url).path.read_bytes() == PHOTO


def test_proxies_of_the_environment_are_not_used(server: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetcher().fetch(server.file("/a.jpg")).path.read_bytes() == PHOTO


def test_tls_is_checked_against_the_host_not_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def wrap(self: ssl.SSLContext, sock: socket.socket, **options: object) -> ssl.SSLSocket:
        asked.append(options["server_hostname"])  # type: ignore[arg-type]  # always text here
        sock.close()
        raise ssl.SSLError("enough seen")

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(FetchError, match="enough seen"):
        Fetcher(allow_private=True, resolve=lambda host, port: ["127.0.0.1"]).fetch(
            f"https://photos.example:{server.getsockname()[1]}/a.jpg"
        )
    assert asked == ["photos.example"]
