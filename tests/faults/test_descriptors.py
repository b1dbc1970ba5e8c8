"""As many connections as there are file descriptors, and more."""

import asyncio
import json
import resource
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from notion_gateway.http.connection_limit import ConnectionLimit
from tests.faults.rounds import HEADERS
from tests.support import processes
from tests.support.figures import Figure
from tests.support.gateway import calling
from tests.support.processes import Running, gateway_process, simulator_process
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

OPEN_FILES = 256
MOST = ConnectionLimit(OPEN_FILES).most
ASKED = b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"
INITIALIZE = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": HEADERS["MCP-Protocol-Version"],
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
)
_AT_ONCE = 20


def with_open_files(monkeypatch: pytest.MonkeyPatch, folder: Path, limit: str) -> None:
    """Processes that tests start from here on begin with these arguments of ``ulimit``."""
    shell = folder / "python"
    shell.write_text(f'#!/bin/sh\nulimit {limit}\nexec {sys.executable} "$@"\n')
    shell.chmod(0o700)
    monkeypatch.setattr(processes.sys, "executable", str(shell))


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def status(self) -> int:
        """Of the answer to a request; 0 where the connection was reset or ended without one."""
        try:
            self.writer.write(ASKED)
            head = await self.reader.readuntil(b"\r\n\r\n")
            if b"content-length: 0" not in head.lower():
                await self.reader.readuntil(b"}")
        except (ConnectionError, asyncio.IncompleteReadError):
            return 0
        return int(head.split()[1])


@asynccontextmanager
async def connected_to(gateway: Running, count: int) -> AsyncGenerator[list[Connection]]:
    """That many connections, and one request on each."""
    async with AsyncExitStack() as stack:
        made: list[Connection] = []
        for _ in range(count):
            one = Connection(*await asyncio.open_connection("127.0.0.1", gateway.port))
            stack.callback(one.writer.close)
            made.append(one)
        yield made


def told(log: Path, event: str) -> list[dict[str, object]]:
    lines = [json.loads(one) for one in log.read_text().splitlines() if one.startswith("{")]
    return [one for one in lines if one["event"] == event]


@pytest.mark.promise("threats:54")
@pytest.mark.thorough
async def test_beyond_its_limit_a_gateway_answers_503_keeps_what_it_has_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    async with simulator_process(tmp_path / "simulator.log", "--auto-consent") as notion:
        with_open_files(monkeypatch, tmp_path, f"-n {OPEN_FILES}")
        log = tmp_path / "gateway.log"
        async with gateway_process(
            tmp_path / "data", f"http://localhost:{notion.port}", log
        ) as gateway:
            async with calling(gateway.url) as caller:
                assert (await caller.connect("team")).result["status"] == "success"
                async with connected_to(gateway, MOST - 1) as kept:
                    assert {await one.status() for one in kept} == {200}
                    for _ in range(OPEN_FILES // _AT_ONCE + 1):
                        async with connected_to(gateway, _AT_ONCE) as more:
                            found = await asyncio.gather(*(one.status() for one in more))
                        assert set(found) == {503}
                        words = "{} connections over the limit: {} answered with 503"
                        figure(words, len(found), found.count(503))
                    assert {await one.status() for one in kept} == {200}
                    assert (await caller.call("team", INITIALIZE, headers=HEADERS)).status == 200

                async def served() -> int:
                    async with connected_to(gateway, 1) as (one,):
                        return await one.status()

                async with asyncio.timeout(PATIENCE_SECONDS):
                    while await served() != 200:
                        pass
            await until(lambda: bool(told(log, "connection_limit_reached")))
            (reached,) = told(log, "connection_limit_reached")
            assert (reached["connections"], reached["open_files"]) == (MOST, OPEN_FILES)
            assert "ulimit -n" in str(reached["hint"])


@pytest.mark.thorough
async def test_without_the_limit_connections_are_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the limit is for: the control of the test above."""
    with_open_files(monkeypatch, tmp_path, f"-n {OPEN_FILES}")
    unlimited = (
        "from notion_gateway.http.connection_limit import ConnectionLimit as limit;"
        " limit.takes = lambda *_: True; from notion_gateway.cli import app; app()"
    )
    monkeypatch.setattr(processes, "GATEWAY", ("-c", unlimited))
    log = tmp_path / "gateway.log"
    async with (
        gateway_process(tmp_path / "data", "http://127.0.0.1:9", log) as gateway,
        connected_to(gateway, OPEN_FILES) as every,
    ):
        assert 0 in [await one.status() for one in every]


async def test_a_gateway_lets_itself_open_as_many_files_as_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_open_files(monkeypatch, tmp_path, f"-S -n {OPEN_FILES}")
    log = tmp_path / "gateway.log"
    async with gateway_process(tmp_path / "data", "http://127.0.0.1:9", log) as gateway:
        soft, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard != OPEN_FILES


async def test_the_log_tells_of_the_limit_once_until_a_tenth_of_the_connections_has_ended() -> None:
    limit = ConnectionLimit(OPEN_FILES)
    with capture_logs() as logs:
        taken = [limit.takes(count) for count in (MOST, MOST + 1, MOST + 2, MOST, MOST + 1)]
        assert limit.takes(MOST // 2)
        assert not limit.takes(MOST + 1)

    assert taken == [True, False, False, True, False]
    reached, below = "connection_limit_reached", "connections_below_limit"
    assert [one["event"] for one in logs] == [reached, below, reached]


async def test_of_every_number_of_files_enough_are_left_for_calls_and_the_rest() -> None:
    for files in (16, 64, 256, 1024, 1_048_576):
        limit = ConnectionLimit(files)
        assert 2 * limit.most < files
        assert 2 * limit.most + (limit.most_told - limit.most) < files
