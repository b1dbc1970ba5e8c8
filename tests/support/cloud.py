"""A cloud's services on one machine: under their real names, over real TLS, behind a forward proxy
to which HTTPS_PROXY leads their libraries, as a company's would.
"""

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, final

from tests.support.certificates import certificate

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    host: str
    path: str
    headers: Message
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Away(Exception):
    """The connection is cut instead of an answer."""


@final
class Cloud:
    """``answer`` is asked in a thread of its own for each connection. ``start`` serves again, on
    the same port.
    """

    def __init__(
        self, folder: Path, names: tuple[str, ...], answer: Callable[[Asked], Answer]
    ) -> None:
        folder.mkdir()
        self.answer = answer
        self.names = names
        self.asked = list[str]()
        self.stopped = Event()
        self.context = certificate(folder, names=names)
        self._authority = folder / "certificate.pem"
        self._port = 0
        self.start()

    @property
    def variables(self) -> Mapping[str, str]:
        """What leads the libraries here; other addresses this proxy refuses."""
        return {
            "HTTPS_PROXY": f"http://{HOST}:{self._port}",
            "NO_PROXY": "",
            "REQUESTS_CA_BUNDLE": str(self._authority),
        }

    @property
    def url(self) -> str:
        """Without TLS, for what asks a neighbour on the same machine."""
        return f"http://{HOST}:{self._port}"

    def start(self) -> None:
        self.stopped.clear()
        self._server = _Server(self, self._port)
        self._port = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, cloud: Cloud, port: int) -> None:
        self.cloud = cloud
        self.open_sockets = set[socket.socket]()
        super().__init__((HOST, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open_sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open_sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or refuses the certificate, is no fault of the server."""

    def server_close(self) -> None:
        for one in tuple(self.open_sockets):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]
    _host = ""

    def do_CONNECT(self) -> None:
        cloud = self.server.cloud
        self._host, _, port = self.path.rpartition(":")
        if self._host not in cloud.names or port != "443":
            self.send_error(403)
            return
        self.send_response(200)
        self.end_headers()
        plain = self.connection
        self.connection = cloud.context.wrap_socket(plain, server_side=True)
        self.server.open_sockets.add(self.connection)
        self.server.open_sockets.discard(plain)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False
        try:
            while not self.close_connection:
                self.handle_one_request()
        finally:
            self.server.open_sockets.discard(self.connection)
            self.connection.close()
            self.close_connection = True

    def do_GET(self) -> None:
        cloud = self.server.cloud
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        asked = Asked(self.command, self._host, self.path, self.headers, body)
        cloud.asked.append(f"{self.command} {self.path}")
        try:
            answer = cloud.answer(asked)
        except Away:
            self.close_connection = True
            return
        said = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET  # noqa: N815 - the names are the library's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: tests read standard error."""
