"""Other people's proxies in the bench, without the network: installing is left out, and wrk."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from rich.console import Console

from bench import peer_programs
from bench.calls import CallRound
from bench.peer_programs import PEERS, Peer, post
from bench.peers import PeerRound, PeersResult, load, start_peers
from bench.processes import fake_upstream
from bench.results import Results
from bench.table import show
from bench.upstream import OPEN_PATH, TOOL

# Passes requests on, as a peer does, and gives sessions of its own.
_PROXY = """
import http.client, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

upstream = urlsplit(sys.argv[1])

class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        connection = http.client.HTTPConnection(upstream.netloc)
        connection.request("POST", upstream.path, body)
        answer = connection.getresponse()
        said = answer.read()
        self.send_response(answer.status)
        self.send_header("Mcp-Session-Id", "session-1")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Proxy).serve_forever()
"""


@pytest.fixture
def upstream() -> Iterator[int]:
    with fake_upstream() as (_, port):
        yield port


def a_peer(package: str, program: str) -> Peer:
    """One that is installed already."""
    folder = peer_programs.ROOT / ".tools" / "bench-peers" / f"{package}-1"
    (folder / "bin").mkdir(parents=True)
    (folder / "installed").touch()
    (folder / "bin" / "program.py").write_text(program)

    def command(programs: Path, url: str, port: int) -> list[str]:
        return [sys.executable, str(programs / "program.py"), url, str(port)]

    return Peer(package, "1", command)


def test_the_upstream_for_peers_is_an_mcp_server_without_authentication(upstream: int) -> None:
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test"}}
    said = {
        method: post(
            upstream, OPEN_PATH, {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}, {}
        )
        for method in ("initialize", "tools/list", "tools/call", "resources/list")
    }
    assert all(status == 200 and '"id": 7' in body for status, _, body in said.values())
    assert '"protocolVersion": "2025-06-18"' in said["initialize"][2]
    assert TOOL in said["tools/list"][2]
    assert len(said["tools/call"][2]) > 1000
    assert "-32601" in said["resources/list"][2]
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert post(upstream, OPEN_PATH, notification, {})[0] == 202


def test_a_peer_that_cannot_be_installed_or_started_or_does_not_answer_is_named_with_its_words(
    upstream: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_programs, "ROOT", tmp_path)
    peers = [
        a_peer("works", _PROXY),
        a_peer("ends", "raise SystemExit('I want another Python')"),
        a_peer("refuses", _PROXY.replace("answer.read()", "b'no, thank you'")),
        Peer("missing", "1", lambda _programs, _url, _port: []),
    ]
    monkeypatch.setenv("PATH", "")  # no uv
    faults: list[str] = []
    with ExitStack() as stack:
        found = start_peers(stack, peers, tmp_path, upstream, faults)
        assert [one.target.name for one in found] == ["works 1"]
        assert '"session-1"' in found[0].script
        pid = found[0].target.pid
    assert not Path(f"/proc/{pid}").exists()
    ends, refuses, missing = faults
    assert ends.startswith("ends 1: ")
    assert "I want another Python" in ends
    assert "no, thank you" in refuses
    assert "missing 1: uv is not there" in missing


def test_every_call_has_an_id_of_its_own_and_the_tool_of_its_peer() -> None:
    script = load("bench-tool", ["one", "two"])
    assert '{ "one", "two" }' in script
    assert "\"id\":' .. id .. '" in script
    assert '"name": "bench-tool"' in script


def test_a_peer_s_figures_stand_beside_the_gateways_with_a_multiple() -> None:
    def turn(rate: float, micros: float) -> CallRound:
        return CallRound("any", 1024, 64, 100, rate, 1.0, 2.0, micros)

    rounds = [PeerRound("slow 1", 64, turn(10, 9000), turn(2500, 90))]
    results = Results(peers=PeersResult(rounds, ["broken 2: It could not be installed: no"]))
    console = Console(width=120, record=True)
    show(results, console)
    shown = console.export_text()
    assert "gateway / peer" in shown
    assert "250x (250 to 250)" in shown
    assert "0.01x (0.01 to 0.01)" in shown
    assert "Not measured: broken 2: It could not be installed: no" in shown


def test_every_peer_is_pinned_to_a_version() -> None:
    assert {one.package for one in PEERS} == {"fastmcp", "mcp-proxy", "mcp-contextforge-gateway"}
    assert all(one.version[0].isdigit() for one in PEERS)
