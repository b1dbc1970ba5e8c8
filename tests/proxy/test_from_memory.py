"""What is remembered of a request, and what a coroutine takes over."""

import asyncio
import time
from pathlib import Path
from typing import Any, cast

import pytest

from notion_gateway.http import request_limits
from notion_gateway.proxy import from_memory, known_heads
from notion_gateway.proxy.relay import Relay
from tests.hostile.raw_upstream import RawUpstream
from tests.proxy.callbacks import state
from tests.support.gateway import CALL
from tests.support.identity import Signer
from tests.support.raw import ask, connection, request
from tests.support.rig import Rig, a_rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp, WatchedMcp, forever
from tests.support.waiting import until

pytestmark = pytest.mark.anyio


async def test_what_warms_a_gateway_in_tests_has_the_first_call_answered_in_callbacks(
    relays: list[Relay], connected: Rig
) -> None:
    for body in (CALL, b'{"jsonrpc":"2.0","id":2,"method":"tools/list"}'):
        assert (await connected.caller.call("team", body)).status == 200

    assert len(relays) == 2


class Refusing(RecordingMcp):
    """Answers one call with 401."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.status = 401 if len(self.seen) == 1 else 200
        await super().__call__(scope, receive, send)


async def test_a_call_that_is_sent_again_after_a_401_counts_once(
    relays: list[Relay], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    notion = Refusing()
    async with strict_rig(
        tmp_path, monkeypatch, signer, notion, gateway_calls_per_minute=30
    ) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        statuses = [(await ada.call(space, CALL)).status for _ in range(31)]

    assert statuses == [200] * 30 + [429]
    assert len(notion.seen) == 31
    assert {one.body for one in notion.seen} == {CALL}
    assert len(relays) == 30


async def test_who_is_removed_between_a_calls_head_and_its_body_opens_no_stream(
    relays: list[Relay], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    monkeypatch.setattr(request_limits, "REST_OF_BODY_SECONDS", 60)
    stream = WatchedMcp(forever())
    async with strict_rig(tmp_path, monkeypatch, signer, stream) as rig:
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.connect(space)
        await ada.add(space, "bob")
        who = f"Authorization: Bearer {await bob.token(space)}"
        head = f"POST /mcp/notion/{space} HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\n"
        for is_removed in (False, True):
            async with connection(rig.gateway.port) as raw:
                await raw.send(f"{head}Content-Length: {len(CALL)}\r\n\r\n".encode())
                if is_removed:
                    await until(lambda: _waiting_for_a_body(rig))
                    await ada.send("DELETE", f"/spaces/{space}/members/bob")
                await raw.send(CALL)
                status, _ = await raw.head()
                assert status == (401 if is_removed else 200)

    assert stream.opened == 1


def _waiting_for_a_body(rig: Rig) -> bool:
    connections: Any = rig.gateway.server.server_state.connections
    return any(one._request is not None for one in connections)


async def test_a_stop_between_a_calls_head_and_its_body_waits_for_its_answer(
    relays: list[Relay], connected: Rig, raw: RawUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "REST_OF_BODY_SECONDS", 60)
    async with connection(connected.gateway.port) as caller:
        await caller.send(request(body=CALL).removesuffix(CALL))
        await until(lambda: _waiting_for_a_body(connected))
        connected.gateway.server.stop()
        await asyncio.sleep(0)
        await caller.send(CALL)

        assert (await caller.head())[0] == 200
    assert len(raw.received) == 1


async def test_a_body_over_the_limit_that_is_set_is_refused(
    relays: list[Relay], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, gateway_max_request_bytes=1024) as rig:
        await rig.caller.connect("team")
        assert (await rig.caller.call("team", b" " * 1025)).status == 413


async def test_a_header_that_differs_from_call_to_call_goes_on_with_each(
    relays: list[Relay], connected: Rig, upstream: RecordingMcp
) -> None:
    traces = [f"00-{number:032x}-{number:016x}-01" for number in range(1, 4)]
    for trace in traces:
        answer = await connected.caller.call(
            "team", headers={"traceparent": trace, "X-Request-ID": f"request-{trace}"}
        )
        assert answer.headers["x-request-id"] == f"request-{trace}"

    assert [one.values(b"traceparent") for one in upstream.seen] == [[t.encode()] for t in traces]
    assert len(relays) == 3
    assert len(state(connected)["direct_server"]._heads._known) == 1


async def test_what_was_remembered_of_a_disconnected_space_is_forgotten(
    relays: list[Relay], connected: Rig
) -> None:
    assert (await connected.caller.call("team")).status == 200
    await connected.caller.disconnect("team")
    assert (await connected.caller.call("team")).reason == "not_connected"

    assert len(relays) == 1
    assert state(connected)["direct_server"]._heads._known == {}


async def test_a_call_of_who_has_not_taken_the_last_answer_yet_waits_for_that(
    relays: list[Relay], connected: Rig, raw: RawUpstream
) -> None:
    async with connection(connected.gateway.port) as caller:
        await ask(caller)
        (gateways_end,) = [
            one
            for one in cast("Any", connected.gateway.server.server_state.connections)
            if one.client == caller.writer.get_extra_info("sockname")
        ]
        gateways_end.pause_writing()  # as the transport says when its buffer is full
        await caller.send(request(body=CALL))
        await until(lambda: len(raw.received) == 2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await caller.reader.read(1)

        gateways_end.resume_writing()
        assert (await caller.head())[0] == 200
    assert len(relays) == 1


async def test_a_head_over_the_limit_is_refused_in_one_read_too(connected: Rig) -> None:
    async with connection(connected.gateway.port) as raw:
        await ask(raw)
        await raw.send(request("X-Long: " + "x" * 200_000, body=CALL))
        assert (await raw.head())[0] == 431


async def test_long_heads_are_served_and_not_remembered(
    relays: list[Relay], connected: Rig
) -> None:
    for number in range(3):
        answer = await connected.caller.call("team", headers={"X-Long": f"{number}" * 5000})
        assert answer.status == 200

    assert len(relays) == 3
    assert state(connected)["direct_server"]._heads._known == {}


async def test_what_is_remembered_goes_when_it_holds_no_longer_though_nobody_calls(
    relays: list[Relay], connected: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert (await connected.caller.call("team")).status == 200
    remembered = state(connected)["direct_server"]
    assert len(relays) == 2
    assert remembered._heads._known != {}
    assert "Bearer" not in repr(remembered._heads._known)
    monkeypatch.setattr(known_heads, "_FORGOTTEN_WITHIN_SECONDS", 0.02)
    remembered._heads._forget()
    await connected.caller.disconnect("team")

    def is_gone_though_used() -> bool:
        for known in remembered._heads._known.values():
            known.was_used = True
        return remembered._heads._known == {}

    await until(is_gone_though_used)


async def test_what_nobody_uses_is_remembered_no_longer_though_it_holds(
    relays: list[Relay], connected: Rig
) -> None:
    for name in ("used", "used", "unused", "unused"):
        answer = await connected.caller.call("team", headers={"X-Kept": name})
        assert answer.status == 200
    remembered = state(connected)["direct_server"]
    used, unused = remembered._heads._known.values()
    remembered._heads._forget()
    assert list(remembered._heads._known.values()) == [used, unused]
    used.was_used = True
    remembered._heads._forget()
    assert list(remembered._heads._known.values()) == [used]
    assert remembered._holds(unused)
    assert len(relays) == 4


async def test_a_header_that_connection_names_goes_no_further(
    relays: list[Relay], connected: Rig, upstream: RecordingMcp
) -> None:
    for name in ("traceparent", "x-request-id", "x-other"):
        headers = {"Connection": f"keep-alive, {name}", name: "00000000", "X-Kept": "1"}
        assert (await connected.caller.call("team", headers=headers)).status == 200
        assert upstream.last.values(name.encode()) == []
        assert upstream.last.values(b"x-kept") == [b"1"]
    assert len(relays) == 1


async def test_a_revoked_token_is_nobody_at_once_on_a_connection_that_used_it_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    """Also where a header names the space, and says more of the caller than the token does."""
    async with strict_rig(tmp_path, monkeypatch, signer, RecordingMcp()) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        token = await ada.token(space)
        (listed,) = (await ada.get(f"/spaces/{space}/tokens")).json["tokens"]
        head = (
            f"POST /mcp/notion/{space} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Space-ID: {space}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Length: {len(CALL)}\r\n\r\n"
        )
        async with connection(rig.gateway.port) as raw:
            for expected in (200, 200, 200, 401):
                if expected != 200:
                    await ada.send("DELETE", f"/spaces/{space}/tokens/{listed['token_id']}")
                await raw.send(head.encode() + CALL)
                status, lines = await raw.head()
                assert status == expected
                (length,) = [one for one in lines if one.startswith(b"content-length: ")]
                await raw.reader.readexactly(int(length.split(b" ")[1]))


async def test_a_removed_member_is_refused_at_once_with_the_principal_that_let_them_in_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer, RecordingMcp()) as rig:
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.connect(space)
        await ada.add(space, "bob")
        signed = {"Authorization": f"Bearer {bob.principal(space)}"}
        for expected in (200, 200, 200, 403):
            if expected != 200:
                await ada.send("DELETE", f"/spaces/{space}/members/bob")
            answer = await rig.caller.call(space, CALL, headers=signed, user=None)
            assert answer.status == expected


async def test_nothing_is_answered_from_memory_when_changes_may_have_been_missed_for_long(
    relays: list[Relay], connected: Rig
) -> None:
    trust = state(connected)["access"].trust
    for _ in range(2):
        assert (await connected.caller.call("team")).status == 200
    remembered = state(connected)["direct_server"]
    (known, *_) = remembered._heads._known.values()
    assert remembered._holds(known)
    trust.monotonic = lambda: time.monotonic() + 61
    assert not remembered._holds(known)


async def test_what_happens_in_other_spaces_makes_nobody_be_looked_up_again(
    connected: Rig, upstream: RecordingMcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[bytes] = []
    look_up: Any = getattr(from_memory.FromMemory, "_look_up")  # noqa: B009 - from outside

    def noted(self: from_memory.FromMemory, request: Any) -> Any:
        looked_up.append(request.path)
        return look_up(self, request)

    monkeypatch.setattr(from_memory.FromMemory, "_look_up", noted)
    caller = connected.caller
    for _ in range(3):
        assert (await caller.call("team")).status == 200
    for space in ("other", "another"):
        await caller.connect(space)  # tokens and members come into memory
        assert (await caller.call(space)).status == 200
        await caller.disconnect(space)
        looked_up.clear()
        assert (await caller.call("team")).status == 200
        assert looked_up == []
    await caller.disconnect("team")
    assert (await caller.call("team")).status != 200
    assert looked_up != []
    assert upstream.seen != []
