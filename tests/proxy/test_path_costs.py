"""What a call costs that memory can answer, counted, not timed: it stays as it is."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from notion_gateway.http import request_limits
from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.proxy.from_memory import FromMemory
from notion_gateway.proxy.http1 import connection as connections
from notion_gateway.proxy.http1.connection import Connection as ToNotion
from notion_gateway.proxy.relay import Relay
from notion_gateway.proxy.rules.known_answer import KnownAnswers
from tests.hostile.raw_upstream import Accepted, RawUpstream, in_place_of
from tests.policy.rigs import policies_of, set_policy
from tests.support.gateway import CALL
from tests.support.identity import Signer
from tests.support.raw import Connection, ask, connection, request
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

CALLS = 200
BACKGROUND_TASKS = {"AsyncConnection.close"}
BACKGROUND_STATEMENTS = ("SELECT changes.",)
"""A look at the change feed now and then is not the calls'."""


class CountingTransport:
    """A real one, whose writes are counted."""

    def __init__(self, transport: Any, writes: list[bytes]) -> None:
        self._transport = transport
        self._writes = writes

    def write(self, data: bytes) -> None:
        self._writes.append(bytes(data))
        self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Costs:
    """Counts what the gateway does: writes to its callers and to Notion, tasks, statements, and
    reads of Notion's answers that the parser was asked about.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.to_callers: list[bytes] = []
        self.to_notion: list[bytes] = []
        self.tasks: list[str] = []
        self.statements: list[str] = []
        self.parsed = 0
        self._count_parsed(monkeypatch)
        for kind, writes in ((LimitedHttpProtocol, self.to_callers), (ToNotion, self.to_notion)):
            self._count_writes(monkeypatch, kind, writes)

    @property
    def of_calls(self) -> list[str]:
        """Tasks and statements, but for those that come now and then whoever calls."""
        tasks = [one for one in self.tasks if one not in BACKGROUND_TASKS]
        return tasks + [one for one in self.statements if not one.startswith(BACKGROUND_STATEMENTS)]

    @staticmethod
    def _count_writes(monkeypatch: pytest.MonkeyPatch, kind: Any, writes: list[bytes]) -> None:
        made = kind.connection_made

        def connection_made(self: Any, transport: Any) -> None:
            made(self, CountingTransport(transport, writes))

        monkeypatch.setattr(kind, "connection_made", connection_made)

    def _count_parsed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # What other tests of this process were answered takes no room.
        monkeypatch.setattr(connections, "_known_answers", KnownAnswers())
        read = ToNotion._read  # pyright: ignore[reportPrivateUsage]

        def counted(connection: ToNotion, data: bytes, *of: Any, **given: Any) -> None:
            self.parsed += 1
            read(connection, data, *of, **given)

        monkeypatch.setattr(ToNotion, "_read", counted)

    def begin(self) -> None:
        self.parsed = 0
        self.to_callers.clear()
        self.to_notion.clear()

        def made(loop: Any, work: Coroutine[Any, Any, Any], **given: Any) -> asyncio.Task[Any]:
            self.tasks.append(work.__qualname__)
            return asyncio.Task(work, loop=loop, **given)

        asyncio.get_running_loop().set_task_factory(cast("Any", made))
        event.listen(sa.Engine, "before_cursor_execute", self._stated)

    def end(self) -> None:
        asyncio.get_running_loop().set_task_factory(None)
        event.remove(sa.Engine, "before_cursor_execute", self._stated)

    def _stated(self, _: object, __: object, statement: str, *___: object) -> None:
        self.statements.append(" ".join(statement.split()))


Asking = Callable[[Rig, Connection], Awaitable[object]]


async def counted(rig: Rig, monkeypatch: pytest.MonkeyPatch, asking: Asking) -> Costs:
    costs = Costs(monkeypatch)
    async with connection(rig.gateway.port) as raw:
        for _ in range(3):
            await asking(rig, raw)
        costs.begin()
        for _ in range(CALLS):
            await asking(rig, raw)
        costs.end()
    return costs


async def calls_counted(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, *headers: str, body: bytes = CALL
) -> Costs:
    async def asking(_: Rig, raw: Connection) -> None:
        assert await ask(raw, *headers, body=body) == b"{}"

    return await counted(rig, monkeypatch, asking)


async def test_a_call_costs_no_task_no_statement_and_one_write_each_way(
    connected: Rig, raw: RawUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = await calls_counted(connected, monkeypatch)

    assert len(costs.to_callers) == len(costs.to_notion) == CALLS
    assert all(one.endswith(b"\r\n\r\n{}") for one in costs.to_callers)
    assert all(one.endswith(b"\r\n\r\n" + CALL) for one in costs.to_notion)
    assert costs.of_calls == []
    assert costs.parsed == 0  # an answer that is like the last one is recognised
    assert len(raw.received) == 3 + CALLS
    assert {one.body for one in raw.received} == {CALL}


async def test_nor_does_a_call_that_a_policy_allows(
    connected: Rig, raw: RawUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies = policies_of(connected)
    before = policies._changes  # pyright: ignore[reportPrivateUsage]
    await set_policy(connected, "no_deleting")
    # The gateway hears of its own change once more, and forgets the policy then.
    await until(lambda: policies._changes >= before + 2)  # pyright: ignore[reportPrivateUsage]
    params = {"name": "notion-search", "arguments": {"query": "plans"}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    body, kind = json.dumps(call).encode(), "Content-Type: application/json"

    costs = await calls_counted(connected, monkeypatch, kind, body=body)

    assert len(costs.to_callers) == len(costs.to_notion) == CALLS
    assert costs.of_calls == []
    assert {one.body for one in raw.received} == {body}


EVENTS = b"data: 1\n\n"
STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n0\r\n\r\n" % (len(EVENTS), EVENTS)
)


async def answers_with_events(peer: Accepted) -> None:
    while True:
        await peer.request()
        peer.write(STREAM)


async def events(_: Rig, raw: Connection) -> None:
    await raw.send(request(body=CALL))
    assert (await raw.head())[0] == 200
    assert EVENTS in await raw.reader.readuntil(b"\r\n0\r\n\r\n")


async def in_two_reads(rig: Rig, raw: Connection) -> None:
    """As clients send that write head and body by themselves."""
    connections: Any = rig.gateway.server.server_state.connections
    await raw.send(request(body=CALL).removesuffix(CALL))
    await until(lambda: any(one._request or one._is_answering() for one in connections))
    await raw.send(CALL)
    assert (await raw.head())[0] == 200
    assert await raw.reader.readexactly(2) == b"{}"


async def traced(_: Rig, raw: Connection) -> None:
    assert await ask(raw, f"traceparent: 00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")


@pytest.mark.parametrize("asking", [events, in_two_reads, traced])
async def test_nor_do_calls_of_other_shapes(
    relays: list[Relay],
    connected: Rig,
    raw: RawUpstream,
    monkeypatch: pytest.MonkeyPatch,
    asking: Asking,
) -> None:
    if asking is events:
        raw.serve = answers_with_events
    # What comes later takes a coroutine: here that would be this machine's fault.
    monkeypatch.setattr(request_limits, "REST_OF_BODY_SECONDS", PATIENCE_SECONDS)
    costs = await counted(connected, monkeypatch, asking)

    assert len(costs.to_callers) == len(costs.to_notion) == CALLS
    warming = {"warmed.<locals>.read_when_warm", "_warm"}
    assert [one for one in costs.of_calls if one not in warming] == []
    assert len(relays) == 3 + CALLS


async def test_a_call_by_a_gateway_token_that_is_recorded_costs_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer, gateway_audit=True) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        head = (
            f"POST /mcp/notion/{space} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {await ada.token(space)}\r\n"
            f"Content-Length: {len(CALL)}\r\n\r\n"
        )

        async def asking(_: Rig, raw: Connection) -> None:
            await raw.send(head.encode() + CALL)
            assert (await raw.head())[0] == 200
            assert await raw.reader.readexactly(2) == b"{}"

        async with in_place_of(rig.notion):
            costs = await counted(rig, monkeypatch, asking)

    assert len(costs.to_callers) == len(costs.to_notion) == CALLS
    recorded = [one for one in costs.of_calls if "audit" in one.lower() or "used" in one.lower()]
    assert costs.of_calls == recorded
    assert len(recorded) < CALLS / 5  # many calls at a time


async def test_a_call_in_a_coroutine_costs_a_task_and_two_writes(
    connected: Rig, raw: RawUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    assert raw.accepted == []

    def nothing(*_: object) -> bool:
        return False

    monkeypatch.setattr(FromMemory, "accepts", nothing)
    costs = await calls_counted(connected, monkeypatch)

    assert len(costs.tasks) >= CALLS
    assert costs.parsed >= CALLS
    assert len(costs.to_callers) >= 2 * CALLS
