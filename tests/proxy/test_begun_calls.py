"""Faults between a call's being counted and its being sent: nothing is held, or counted twice."""

from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.opening import Access
from notion_gateway.proxy.connection_watch import ConnectionWatch
from notion_gateway.proxy.http1.connection import Connection
from notion_gateway.proxy.http1.pool import ConnectionPool
from notion_gateway.proxy.list_cache import ListCache
from notion_gateway.proxy.relay import Relay
from tests.proxy.callbacks import state
from tests.proxy.upstream_rigs import SOON
from tests.support.gateway import CALL
from tests.support.identity import Signer
from tests.support.raw import connection
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

LIST = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
A_MINUTE = 12


def failing_once(monkeypatch: pytest.MonkeyPatch, kind: type[Any], name: str) -> list[str]:
    """Where the first call in callbacks begins, it fails. Returns what has failed."""
    real, begin = getattr(kind, name), Relay.begin
    begins, failed = [False], list[str]()

    def called(*given: Any, **named: Any) -> Any:
        if begins[0] and not failed:
            failed.append(name)
            raise ZeroDivisionError
        return real(*given, **named)

    def beginning(self: Relay, head: bytes) -> None:
        begins[0] = True
        try:
            begin(self, head)
        finally:
            begins[0] = False

    monkeypatch.setattr(kind, name, called)
    monkeypatch.setattr(Relay, "begin", beginning)
    return failed


FAULTS = [
    ("GET", b"", ConnectionWatch, "ending"),
    ("POST", LIST, ListCache, "find"),
    ("POST", CALL, ConnectionPool, "ready"),
    ("POST", CALL, Connection, "send"),
]


@pytest.mark.parametrize(("method", "body", "kind", "name"), FAULTS)
async def test_a_call_that_fails_before_it_is_sent_goes_on_and_counts_once(
    relays: list[Relay],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    method: str,
    body: bytes,
    kind: type[Any],
    name: str,
) -> None:
    failed = failing_once(monkeypatch, kind, name)
    notion = RecordingMcp()
    async with strict_rig(
        tmp_path,
        monkeypatch,
        signer,
        notion,
        gateway_calls_per_minute=A_MINUTE,
        gateway_open_calls=1,
        notion_mcp_list_seconds=60,
    ) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        token = await ada.token(space)
        statuses: list[int] = []
        for _ in range(A_MINUTE + 1):
            statuses.append(await status_of(rig, space, token, method, body))
            await until(lambda: holds_nothing(rig), SOON)

    assert failed == [name]
    assert statuses == [200] * A_MINUTE + [429]
    in_memory = A_MINUTE - 1 if body == LIST else 0
    assert len(notion.seen) == A_MINUTE - in_memory  # none of them twice
    assert relays


async def status_of(rig: Rig, space: str, token: str, method: str, body: bytes) -> int:
    head = (
        f"{method} /mcp/notion/{space} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\n"
    )
    if body:
        head += f"Content-Length: {len(body)}\r\n"
    async with connection(rig.gateway.port) as raw:
        await raw.send(head.encode() + b"\r\n" + body)
        return (await raw.head())[0]


def holds_nothing(rig: Rig) -> bool:
    access: Access = state(rig)["access"]
    counted: Any = access
    return not counted.limits._open and not counted.open_calls._open
