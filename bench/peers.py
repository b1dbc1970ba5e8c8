"""Other people's proxies beside the gateway: the same upstream, the same load, turn by turn."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.calls import CALL_PARAMS, CallRound, run_wrk
from bench.figures import Figure
from bench.peer_programs import Peer, post, started
from bench.processes import BenchError, Usage
from bench.targets import Target, call_headers
from bench.upstream import HOST, OPEN_PATH, TOOL

_SESSIONS: Final = 16
_PROTOCOL: Final = "2025-06-18"
_ANSWERED: Final = "x" * 100
"""In every right answer of the upstream."""
_SLOWEST_SECONDS: Final = 60
_GATEWAY_SECONDS: Final = 2
_IDLE_CPU_SECONDS: Final = 0.05
_SCRIPT: Final = """
local sessions, id = { %s }, 0
wrong = 0
first_wrong = ""

function request()
  id = id + 1
  if #sessions > 0 then
    wrk.headers["Mcp-Session-Id"] = sessions[id %% #sessions + 1]
  end
  local body = '{"jsonrpc":"2.0","id":' .. id .. ',"method":"tools/call","params":%s}'
  return wrk.format("POST", nil, nil, body)
end
"""
_LOOK_AT_ANSWERS: Final = f"""
function response(status, headers, body)
  if status ~= 200 or not body:find("{_ANSWERED}", 1, true) then
    wrong = wrong + 1
    if wrong == 1 then
      first_wrong = status .. " " .. body:sub(1, 500):gsub("%s+", " ")
    end
  end
end
"""


@dataclass(frozen=True, slots=True)
class PeerTarget:
    """``script`` is what wrk runs against it."""

    peer: Peer
    target: Target
    script: str


@dataclass(frozen=True, slots=True)
class PeerRound:
    """A peer's turn, and the gateway's right after it."""

    peer: str
    connections: int
    of_peer: CallRound
    of_gateway: CallRound


@dataclass(slots=True)
class PeersResult:
    """``faults``: what did not work, in the peer's or its installer's own words."""

    rounds: list[PeerRound] = field(default_factory=list[PeerRound])
    faults: list[str] = field(default_factory=list[str])


def start_peers(
    stack: ExitStack, peers: Sequence[Peer], folder: Path, upstream_port: int, faults: list[str]
) -> list[PeerTarget]:
    """Those that pass on a call, until ``stack`` closes; why others do not is in ``faults``."""
    upstream = f"http://{HOST}:{upstream_port}{OPEN_PATH}"
    found: list[PeerTarget] = []
    for peer in peers:
        with ExitStack() as own:
            try:
                pid, port = own.enter_context(started(peer, folder / peer.package, upstream))
                found.append(_connected(peer, pid, port))
            except BenchError as fault:
                faults.append(f"{peer.name}: {fault}")
                continue
            stack.enter_context(own.pop_all())
    return found


def _connected(peer: Peer, pid: int, port: int) -> PeerTarget:
    """With sessions, where it gives any. Raises BenchError when it does not pass on a call."""
    sessions = [one for _ in range(_SESSIONS) if (one := _session(peer, port))]
    headers = {"MCP-Protocol-Version": _PROTOCOL}
    in_session = headers | ({"Mcp-Session-Id": sessions[0]} if sessions else {})
    call = {"jsonrpc": "2.0", "id": "first", "method": "tools/call", "params": _params(peer.tool)}
    status, _, said = post(port, peer.path, call, in_session)
    if _ANSWERED not in said:
        raise BenchError(f"It does not pass on a call: {status} {said[:500]}")
    target = Target(peer.name, port, peer.path, pid, call_headers() | headers)
    script = load(peer.tool, sessions) + _LOOK_AT_ANSWERS
    return PeerTarget(peer, target, script)


def _session(peer: Peer, port: int) -> str | None:
    client = {"name": "bench", "version": "1"}
    params = {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": client}
    initialize = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}
    status, headers, said = post(port, peer.path, initialize, {})
    if '"result"' not in said:
        raise BenchError(f"It does not initialize: {status} {said[:500]}")
    session: str | None = headers.get("mcp-session-id")
    if session is not None:
        initialized = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        post(port, peer.path, initialized, {"Mcp-Session-Id": session})
    return session


def load(tool: str, sessions: Sequence[str] = ()) -> str:
    """For wrk: every call has an id of its own, and they go round among the sessions."""
    return _SCRIPT % (", ".join(f'"{one}"' for one in sessions), json.dumps(_params(tool)))


def _params(tool: str) -> dict[str, Any]:
    return CALL_PARAMS | {"name": tool}


def measure_peer(
    one: PeerTarget, gateway: Target, connections: int, seconds: int, folder: Path
) -> PeerRound:
    """Raises BenchError when the peer fails a single call; its answer is in it."""
    of_peer = run_wrk(one.target, connections, seconds, folder, one.script, _SLOWEST_SECONDS)
    _until_idle(one.target)
    of_gateway = run_wrk(gateway, connections, _GATEWAY_SECONDS, folder, load(TOOL))
    return PeerRound(one.peer.name, connections, of_peer, of_gateway)


def _until_idle(target: Target) -> None:
    """The calls that wrk has left go on."""
    until = time.monotonic() + _SLOWEST_SECONDS
    while time.monotonic() < until:
        before = Usage.of(target.pid).cpu_seconds
        time.sleep(0.5)
        if Usage.of(target.pid).cpu_seconds - before < _IDLE_CPU_SECONDS:
            return


def peers_figures(rounds: Sequence[PeerRound]) -> list[Figure]:
    found: list[Figure] = []
    for kind in sorted({(one.connections, one.peer) for one in rounds}, key=lambda kind: -kind[0]):
        connections, peer = kind
        mine = [one for one in rounds if (one.connections, one.peer) == kind]
        group = f"peers, {connections} connection{'s' if connections > 1 else ''}"
        calls = {
            "peer": [one.of_peer.calls_per_second for one in mine],
            "gateway": [one.of_gateway.calls_per_second for one in mine],
        }
        micros = {
            "peer": [one.of_peer.cpu_microseconds for one in mine],
            "gateway": [one.of_gateway.cpu_microseconds for one in mine],
        }
        found += [
            Figure.of(group, f"{peer}, calls per second", calls),
            Figure.of(group, f"{peer}, microseconds a call", micros),
        ]
    return found
