"""Requests that find everything in memory, so that the first one too is answered in callbacks."""

import asyncio
import contextlib
from typing import Any

import pytest

from notion_gateway.access.caller import principal_at_mcp
from notion_gateway.http.protocol import LimitedHttpProtocol
from notion_gateway.proxy.relay import Relay
from notion_gateway.proxy.rules.space_of_call import named_space
from tests.support.waiting import until

_PREFIX = b"/mcp/notion/"


def warmed(monkeypatch: pytest.MonkeyPatch) -> list[Relay]:
    """Before a request to the proxy is read, what it will need is put into memory, as far as it
    can be had. Returns what was answered in callbacks from then on.
    """
    relays: list[Relay] = []
    read, begin = LimitedHttpProtocol.data_received, Relay.begin
    held: dict[LimitedHttpProtocol, list[bytes]] = {}

    def noted(relay: Relay, head: bytes) -> None:
        begin(relay, head)
        relays.append(relay)

    def data_received(self: LimitedHttpProtocol, data: bytes) -> None:
        if self in held:
            held[self].append(data)
        elif data.startswith((b"POST /mcp/", b"GET /mcp/")) and b"\r\n\r\n" in data:
            held[self] = [data]
            self.loop.create_task(read_when_warm(self, data))
        else:
            read(self, data)

    async def read_when_warm(self: LimitedHttpProtocol, data: bytes) -> None:
        warming = self.loop.create_task(_warm(self, data))
        with contextlib.suppress(TimeoutError):
            await until(warming.done, 2)
        warming.cancel()
        # Whatever it ended in, the request will meet it too.
        await asyncio.gather(warming, return_exceptions=True)
        for part in held.pop(self):
            if not self.transport.is_closing():
                read(self, part)

    monkeypatch.setattr(LimitedHttpProtocol, "data_received", data_received)
    monkeypatch.setattr(Relay, "begin", noted)
    return relays


async def _warm(protocol: LimitedHttpProtocol, data: bytes) -> None:
    line, *lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    pairs = [one.partition(b":") for one in lines]
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    state: dict[str, Any] = protocol.app_state
    access, proxy = state["access"], state["proxy"]
    scope = {"type": "http", "headers": headers, "client": protocol.client}
    principal = await principal_at_mcp(access, scope)
    place = line.split(b" ")[1].partition(b"?")[0].removeprefix(_PREFIX).removesuffix(b"/")
    space_id = named_space(principal, None if place == b"proxy" else place.decode())
    if space_id is not None:
        await access.members.require(principal, space_id)
        await proxy.policies.guard(principal, space_id)
        await proxy.calls.require_connection(space_id)
        pool = proxy.http1.pool
        kept = await pool.kept() or await pool.made()
        pool.keep(kept)
