"""What a call costs that memory can answer, counted, not timed: it stays as it is."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.proxy.from_memory import FromMemory
from notion_gateway.proxy.http1.connection import Connection as ToNotion
from tests.hostile.raw_upstream import RawUpstream
from tests.policy.rigs import policies_of, set_policy
from tests.support.gateway import CALL
from tests.support.raw import ask, connection
from tests.support.rig import Rig
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

CALLS = 200


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
        self.statements = self.parsed = 0
        self._count_parsed(monkeypatch)
        for kind, writes in ((LimitedHttpProtocol, self.to_callers), (ToNotion, self.to_notion)):
            self._count_writes(monkeypatch, kind, writes)

    @staticmethod
    def _count_writes(monkeypatch: pytest.MonkeyPatch, kind: Any, writes: list[bytes]) -> None:
        made = kind.connection_made

        def connection_made(self: Any, transport: Any) -> None:
            made(self, CountingTransport(transport, writes))

        monkeypatch.setattr(kind, "connection_made", connection_made)

    def _count_parsed(self, monkeypatch: pytest.MonkeyPatch) -> None:
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

    def _stated(self, *_: object) -> None:
        self.statements += 1


async def calls_counted(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, *headers: str, body: bytes = CALL
) -> Costs:
    costs = Costs(monkeypatch)
    async with connection(rig.gateway.port) as raw:
        for _ in range(2):
            await ask(raw, *headers, body=body)
        costs.begin()
        for _ in range(CALLS):
            assert await ask(raw, *headers, body=body) == b"{}"
        costs.end()
    return costs


async def test_a_call_costs_no_task_no_statement_and_one_write_each_way(
    connected: Rig, raw: RawUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = await calls_counted(connected, monkeypatch)

    assert len(costs.to_callers) == len(costs.to_notion) == CALLS
    assert all(one.endswith(b"\r\n\r\n{}") for one in costs.to_callers)
    assert all(one.endswith(b"\r\n\r\n" + CALL) for one in costs.to_notion)
    # A look at the change feed now and then is not the calls'.
    assert len(costs.tasks) < CALLS / 5, costs.tasks
    assert costs.statements < CALLS / 5
    assert costs.parsed == 0  # an answer that is like the last one is recognised
    assert len(raw.received) == 2 + CALLS
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
    assert len(costs.tasks) < CALLS / 5, costs.tasks
    assert costs.statements < CALLS / 5
    assert {one.body for one in raw.received} == {body}


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
