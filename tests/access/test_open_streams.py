"""A stream that is open when its reader is sent away does not stay open."""

import asyncio
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.open_calls import OpenCalls
from notion_gateway.access.rules.space import Space
from notion_gateway.access.space_store import SpaceStore
from notion_gateway.access.workloads import Workloads
from notion_gateway.kernel.errors import StoreUnavailable
from tests.support.identity import Person, Signer
from tests.support.listener import SECONDS, Listener, at
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import WatchedMcp, forever
from tests.support.waiting import until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.promise("threats:2"),
    pytest.mark.usefixtures("both_ways"),
]


@pytest.fixture
def endless() -> WatchedMcp:
    return WatchedMcp(forever())


@pytest.fixture
async def streaming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, endless: WatchedMcp
) -> AsyncGenerator[Rig]:
    async with strict_rig(tmp_path, monkeypatch, signer, endless) as rig:
        yield rig


async def team(rig: Rig, signer: Signer) -> tuple[Person, str]:
    ada = person(rig, signer, "ada")
    space = await ada.create_space()
    await ada.connect(space)
    for user in ("bob", "cleo"):
        await ada.add(space, user)
    return ada, space


async def test_a_removed_members_streams_are_cut_on_every_gateway_and_no_others(
    streaming: Rig, signer: Signer
) -> None:
    ada, space = await team(streaming, signer)
    token = await person(streaming, signer, "bob").token(space)
    async with second_replica(streaming, signer) as elsewhere:
        bobs = [
            await Listener(at(caller, ada, "bob", bearer), space).opened()
            for caller in (streaming.caller, elsewhere)
            for bearer in (None, token)
        ]
        others = [
            await Listener(at(caller, ada, user), space).opened()
            for caller in (streaming.caller, elsewhere)
            for user in ("ada", "cleo")
        ]

        removed = await ada.send("DELETE", f"/spaces/{space}/members/bob")
        assert removed.status == 204

        assert [await one.outcome() for one in bobs] == ["cut"] * 4
        assert not any(one.task.done() for one in others)
        for one in others:
            one.task.cancel()
        await asyncio.gather(*(one.task for one in others), return_exceptions=True)


async def test_a_revoked_tokens_stream_is_cut_and_its_persons_others_are_not(
    streaming: Rig, signer: Signer
) -> None:
    ada, space = await team(streaming, signer)
    tokens = [await ada.token(space) for _ in range(2)]
    lost, kept = [
        await Listener(at(streaming.caller, ada, "ada", one), space).opened() for one in tokens
    ]
    (named,) = [
        one
        for one in (await ada.get(f"/spaces/{space}/tokens")).json["tokens"]
        if one["hint"].endswith(tokens[0][-4:])
    ]

    await ada.send("DELETE", f"/spaces/{space}/tokens/{named['token_id']}")

    assert await lost.outcome() == "cut"
    assert not kept.task.done()
    kept.task.cancel()
    await asyncio.gather(kept.task, return_exceptions=True)


async def test_a_call_that_waits_for_its_answer_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    silent = WatchedMcp(holds_headers=True)
    async with strict_rig(tmp_path, monkeypatch, signer, silent) as rig:
        ada, space = await team(rig, signer)
        call = asyncio.create_task(at(rig.caller, ada, "bob").call(space))
        await until(lambda: silent.opened == 1)

        await ada.send("DELETE", f"/spaces/{space}/members/bob")

        await until(call.done, SECONDS)
        refused = call.result()
        assert (refused.status, refused.reason) == (403, "space_not_accessible")


async def test_while_the_database_cannot_be_asked_nobody_is_sent_away_and_then_who_has_to_be(
    streaming: Rig, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, space = await team(streaming, signer)
    bob = await Listener(at(streaming.caller, ada, "bob"), space).opened()
    cleo = await Listener(at(streaming.caller, ada, "cleo"), space).opened()
    load, listed = SpaceStore.load, Workloads.of_space
    asked = 0
    reachable = asyncio.Event()
    removing = ContextVar("removing", default=False)

    async def still_reachable(workloads: Workloads, of: str, now: datetime) -> Any:
        """For the removal itself, which ends what Bob has in the space."""
        removing.set(True)
        return await listed(workloads, of, now)

    async def unreachable_once_bob_is_gone(store: SpaceStore, of: str) -> Space:
        nonlocal asked
        found = await load(store, of)
        if not reachable.is_set() and "bob" not in found.members and not removing.get():
            asked += 1
            raise StoreUnavailable
        return found

    monkeypatch.setattr(SpaceStore, "load", unreachable_once_bob_is_gone)
    monkeypatch.setattr(Workloads, "of_space", still_reachable)
    removed = await ada.send("DELETE", f"/spaces/{space}/members/bob")
    assert removed.status == 204
    await until(lambda: asked > 1)
    assert not bob.task.done()
    assert not cleo.task.done()
    reachable.set()

    assert await bob.outcome() == "cut"
    assert not cleo.task.done()
    cleo.task.cancel()
    await asyncio.gather(cleo.task, return_exceptions=True)


async def test_where_nobody_looks_after_open_streams_a_removed_member_listens_on(
    streaming: Rig, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    def careless(*_: object) -> None:
        pass

    monkeypatch.setattr(OpenCalls, "changed", careless)
    ada, space = await team(streaming, signer)
    bob = await Listener(at(streaming.caller, ada, "bob"), space).opened()
    await ada.send("DELETE", f"/spaces/{space}/members/bob")

    with pytest.raises(TimeoutError):
        await bob.outcome()
    bob.task.cancel()
    await asyncio.gather(bob.task, return_exceptions=True)
