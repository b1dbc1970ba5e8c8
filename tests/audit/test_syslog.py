"""Recorded calls reach real receivers of syslog, and what does not is counted."""

import asyncio
import json
import re
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from notion_gateway.audit import forwarding
from notion_gateway.audit.forwarding import Forwarder
from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.rules.syslog import counted, syslog_message
from notion_gateway.audit.syslog_server import SyslogServer
from notion_gateway.settings import Settings
from tests.audit.forwarders import entry, running
from tests.audit.team import a_team, call
from tests.support.certificates import certificate
from tests.support.identity import Signer
from tests.support.strict_gateway import strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

RFC_5424 = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ([!-~]{1,48})"
    rb" ([!-~]{1,128}) ([!-~]{1,32}) - ([ -~]+)"
)


class Receiver:
    """A server of syslog over connections, in plain or by TLS."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.connections: list[asyncio.StreamWriter] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        try:
            while length := await reader.readuntil(b" "):
                self.messages.append(await reader.readexactly(int(length)))
        except (asyncio.IncompleteReadError, OSError):
            writer.close()


@asynccontextmanager
async def receiving(
    receiver: Receiver, context: ssl.SSLContext | None = None, port: int = 0
) -> AsyncGenerator[int]:
    server = await asyncio.start_server(receiver, "127.0.0.1", port, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for one in receiver.connections:
            one.close()


def told(messages: list[bytes]) -> list[Any]:
    """What each says, by tool or, of lost ones, by number."""
    found: list[Any] = []
    for one in messages:
        match = RFC_5424.fullmatch(one)
        assert match is not None, one
        said = json.loads(match[7])
        found.append(said.get("tool") or said["calls"])
    return found


def test_an_entry_is_a_message_of_rfc_5424() -> None:
    whole = Entry(
        at=1_764_000_000.25,
        user_id="ada\N{SNOWMAN}\n<1>",
        tool="notion-search",
        reason="budget_exhausted",
        pages=("1f2e3d4c-5b6a-7988-0011-223344556677",),
        arguments='{"query":"never told"}',
        result="never told",
    )
    message = syslog_message("birch", whole, "bad host\n", 17)
    match = RFC_5424.fullmatch(message)
    assert match is not None
    assert match.groups()[:6] == (
        b"109",
        b"2025-11-24T16:00:00.250000Z",
        b"badhost",
        b"notion-gateway",
        b"17",
        b"call",
    )
    said = json.loads(match[7])
    assert (said["space_id"], said["user_id"]) == ("birch", whole.user_id)
    assert b"never told" not in message
    assert syslog_message("birch", entry(1), "", 17).startswith(b"<110>1 2025")
    lost = Entry(at=1.0, kind=Kind.LOST, calls=3)
    assert syslog_message("birch", lost, "a", 17).startswith(b"<108>1 1970")
    assert counted(b"abc") == b"3 abc"


async def test_it_arrives_over_a_connection_and_over_another_when_that_one_has_broken() -> None:
    receiver = Receiver()
    async with receiving(receiver) as port:
        forwarder = Forwarder(SyslogServer(f"tcp://127.0.0.1:{port}"))
        async with running(forwarder):
            for number in range(3):
                forwarder.tell("birch", entry(number))
            await until(lambda: len(receiver.messages) == 3)
            receiver.connections[0].transport.abort()
            await until(receiver.connections[0].is_closing)
            # What was on its way when it broke may be lost: it goes on until one is heard again.
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(receiver.connections) == 1:
                    forwarder.tell("birch", entry(3))
                    await asyncio.sleep(0.01)
            forwarder.tell("birch", entry(4))
            await until(lambda: "tool-4" in told(receiver.messages))
    assert told(receiver.messages)[:3] == ["tool-0", "tool-1", "tool-2"]


async def test_it_arrives_by_tls_from_a_server_that_is_trusted_alone(tmp_path: Path) -> None:
    receiver = Receiver()
    trusted = ssl.create_default_context()
    async with receiving(receiver, certificate(tmp_path)) as port:
        trusted.load_verify_locations(tmp_path / "certificate.pem")
        address = f"tls://localhost:{port}"
        stranger, forwarder = (
            Forwarder(SyslogServer(address)),
            Forwarder(SyslogServer(address, trusted)),
        )
        async with running(stranger), running(forwarder):
            stranger.tell("birch", entry(1))
            forwarder.tell("birch", entry(2))
            await until(lambda: receiver.messages != [])
    assert told(receiver.messages) == ["tool-2"]


@pytest.mark.parametrize("kind", ["udp", "unix"])
async def test_it_arrives_in_datagrams(tmp_path: Path, kind: str) -> None:
    family = socket.AF_INET if kind == "udp" else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0) if kind == "udp" else str(tmp_path / "log"))
        receiver.setblocking(False)
        where = f"127.0.0.1:{receiver.getsockname()[1]}" if kind == "udp" else f"{tmp_path}/log"
        forwarder = Forwarder(SyslogServer(f"{kind}://{where}"))
        async with running(forwarder), asyncio.timeout(PATIENCE_SECONDS):
            forwarder.tell("birch", entry(1))
            loop = asyncio.get_running_loop()
            assert told([await loop.sock_recv(receiver, 4096)]) == ["tool-1"]


async def test_what_finds_no_room_is_counted_and_told_once_there_is_somebody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forwarding, "_FIRST_PAUSE_SECONDS", 0.01)
    receiver = Receiver()
    async with receiving(receiver) as port:
        pass  # nobody listens there now
    forwarder = Forwarder(SyslogServer(f"tcp://127.0.0.1:{port}"), most_waiting=3)
    for number in range(8):
        forwarder.tell("birch", entry(number))
    async with running(forwarder):
        assert forwarder.lost_in_all == 5
        async with receiving(receiver, port=port):
            await until(lambda: len(receiver.messages) == 4)
    assert told(receiver.messages) == ["tool-0", "tool-1", "tool-2", 5]


async def test_an_entry_that_cannot_be_told_is_counted_and_holds_up_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forwarding, "_FIRST_PAUSE_SECONDS", 0.01)
    receiver = Receiver()
    async with receiving(receiver) as port:
        forwarder = Forwarder(SyslogServer(f"tcp://127.0.0.1:{port}"))
        forwarder.tell("birch", entry(1))
        for _ in range(3):
            forwarder.tell("birch", replace(entry(0), at=1e20))  # in no year that there is
        forwarder.tell("birch", entry(2))
        with capture_logs() as logs:
            async with running(forwarder):
                await until(lambda: len(receiver.messages) == 3)
    assert told(receiver.messages) == ["tool-1", "tool-2", 3]
    assert forwarder.lost_in_all == 3
    failed = [one for one in logs if one["event"] == "audit_forwarding_failed"]
    assert len(failed) == 1
    assert failed[0]["exc_info"]
    (goes_on,) = [one for one in logs if one["event"] == "audit_forwarding_goes_on"]
    assert goes_on["faults"] == 3


async def test_a_fault_that_is_no_absence_ends_no_forwarder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that cannot be looked up raises UnicodeError, which is no OSError."""
    monkeypatch.setattr(forwarding, "_FIRST_PAUSE_SECONDS", 0.01)
    receiver = Receiver()
    async with receiving(receiver) as port:
        server = SyslogServer(f"tcp://{'a' * 64}.example:{port}")
        forwarder = Forwarder(server)
        forwarder.tell("birch", entry(1))
        with capture_logs() as logs:
            async with running(forwarder):
                await until(lambda: any(one["event"] == "audit_forwarding_failed" for one in logs))
                monkeypatch.setattr(server, "_address", f"tcp://127.0.0.1:{port}")
                await until(lambda: bool(receiver.messages))
    assert told(receiver.messages) == ["tool-1"]
    assert forwarder.lost_in_all == 0


async def test_a_gateway_tells_of_its_calls_and_of_what_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    receiver = Receiver()
    async with receiving(receiver) as port:
        set_: dict[str, Any] = {
            "gateway_audit": True,
            "gateway_audit_syslog": f"tcp://127.0.0.1:{port}",
        }
        async with strict_rig(tmp_path, monkeypatch, signer, upstream, **set_) as rig:
            team = await a_team(rig, signer)
            assert await team.call(team.bob, call("notion-search")) == 200
            assert await team.call(team.eve, call("notion-search")) == 403
        await until(lambda: len(receiver.messages) == 2)
    served, refused = (json.loads(one.partition(b" - ")[2]) for one in receiver.messages)
    assert (served["tool"], served["user_id"]) == ("notion-search", "bob")
    assert (refused["reason"], refused["user_id"]) == ("space_not_accessible", "eve")


def test_calls_that_are_to_be_told_where_none_are_recorded_make_no_sense() -> None:
    with pytest.raises(ValueError, match="GATEWAY_AUDIT_SYSLOG needs GATEWAY_AUDIT=1"):
        Settings(gateway_audit_syslog="udp://localhost")
