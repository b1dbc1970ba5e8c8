"""All that a removed member had ends together, on two gateways that share PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.access.opening import Access
from notion_gateway.integration.opening import Integrations
from notion_gateway.storage.change_feed import Notice, Topic
from tests.faults.places import on
from tests.support.databases import PostgresServer
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.listener import SECONDS, Listener, at
from tests.support.mcp_login import Logins, error_of
from tests.support.migrated import new_migrated_database
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import RecordingMcp, WatchedMcp, forever
from tests.support.waiting import until, until_told

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

INITIALIZE = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t"}}


class StreamsAndSessions:
    """Listens for ever on GET, and answers POST with a session's id."""

    def __init__(self) -> None:
        content = ((b"content-type", b"application/json"), (b"mcp-session-id", b"of-notion"))
        self._post, self._get = RecordingMcp(headers=content), WatchedMcp(forever())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_stream = scope.get("method") == "GET"
        await (self._get if is_stream else self._post)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Bobs:
    """What Bob has at one gateway: a gateway token, an MCP client that he has logged in, two
    sessions, and three streams.
    """

    by_principal: Person
    by_token: Person
    by_client: Person
    sessions: dict[str, str]
    streams: list[Listener]

    async def answers(self, space: str) -> list[Answer]:
        """To calls with each of them, and in each of the sessions."""
        return [
            await self.by_token.call(space),
            await self.by_client.call(space),
            await self.by_principal.call(space, headers=self.within("principal")),
            await self.by_client.call(space, headers=self.within("client")),
        ]

    def within(self, session: str) -> dict[str, str]:
        return {"Mcp-Session-Id": self.sessions[session]}

    async def is_refused(self, space: str) -> bool:
        answers = [*await self.answers(space), await self.by_principal.call(space)]
        return all(one.status in (401, 403) for one in answers)

    async def works(self, space: str) -> bool:
        open_streams = not any(one.task.done() for one in self.streams)
        return open_streams and all(one.status == 200 for one in await self.answers(space))


@dataclass(frozen=True, slots=True)
class Two:
    rig: Rig
    ada: Person
    space: str
    bobs: list[Bobs]
    logins: Logins
    refresh_token: str

    def active_grants(self) -> int:
        return self.rig.notion.grant_states().count("active")

    async def remove_bob(self) -> None:
        removed = await self.ada.send("DELETE", f"/spaces/{self.space}/members/bob")
        assert removed.status == 204


async def session_of(who: Person, space: str) -> str:
    opened = await who.send(
        "POST",
        f"/mcp/notion/{space}",
        data=json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    return opened.headers["mcp-session-id"]


async def bobs_at(who: Person, space: str, token: str, of_client: str) -> Bobs:
    by_token = at(who.caller, who, "bob", token)
    by_client = at(who.caller, who, "bob", of_client)
    sessions = {
        "principal": await session_of(who, space),
        "client": await session_of(by_client, space),
    }
    streams = [await Listener(one, space).opened() for one in (who, by_token, by_client)]
    return Bobs(who, by_token, by_client, sessions, streams)


def heard_by_integrations(monkeypatch: pytest.MonkeyPatch) -> list[Topic]:
    """Of what was changed, one for each gateway that has read of it, and acted."""
    heard: list[Topic] = []
    changed = Integrations.changed

    def hearing(self: Integrations, notice: Notice) -> None:
        changed(self, notice)
        heard.append(notice.topic)

    monkeypatch.setattr(Integrations, "changed", hearing)
    return heard


@pytest.fixture
async def two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer, signer: Signer
) -> AsyncGenerator[Two]:
    """Bob, a member, has a Notion of his own; he works at both gateways."""
    heard = heard_by_integrations(monkeypatch)
    settings: dict[str, Any] = {
        **on(postgres.url(await new_migrated_database(postgres))),
        "gateway_local_sign_in": True,
    }
    async with (
        strict_rig(tmp_path, monkeypatch, signer, StreamsAndSessions(), **settings) as rig,
        second_replica(rig, signer, **settings) as elsewhere,
    ):
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.add(space, "bob")
        await ada.connect(space)
        mode = {"mode": "personal_else_shared"}
        assert (await ada.send("PUT", f"/spaces/{space}/grants", json=mode)).status == 200
        await bob.connect(space, mine=True)
        token = await bob.token(space)
        logins = Logins(rig, space, "")
        logins = replace(logins, client_id=(await logins.register()).json["client_id"])
        of_client = await logins.log_in("bob")
        # Whoever hears now of the choice of grants ends the streams that are open.
        await until(lambda: heard.count(Topic.GRANTS) == 2)
        there = at(elsewhere, bob, "bob")
        bobs = [await bobs_at(one, space, token, of_client["access_token"]) for one in (bob, there)]
        yield Two(rig, ada, space, bobs, logins, of_client["refresh_token"])
        streams = [one.task for place in bobs for one in place.streams]
        for one in streams:
            one.cancel()
        await asyncio.gather(*streams, return_exceptions=True)


@pytest.mark.promise("threats:2")
async def test_grant_tokens_streams_and_sessions_are_gone_on_both_within_two_seconds(
    two: Two,
) -> None:
    assert two.active_grants() == 2
    assert all([await one.works(two.space) for one in two.bobs])

    await two.remove_bob()

    async def all_is_gone() -> bool:
        streams = [one.task for place in two.bobs for one in place.streams]
        if two.active_grants() != 1 or not all(one.done() for one in streams):
            return False
        return all([await one.is_refused(two.space) for one in two.bobs])

    await until_told(all_is_gone, SECONDS)
    assert [one.task.result() for place in two.bobs for one in place.streams] == ["cut"] * 6
    assert error_of(await two.logins.refresh(two.refresh_token)) == "invalid_grant"
    assert (await two.ada.call(two.space)).status == 200


async def test_where_a_gateway_does_not_listen_all_of_it_goes_on(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the notice of the removal, once each gateway has read it, that ends it.
    The gateway that removed him knows it itself, and the other one does not.
    """
    heard: list[Notice] = []

    def deaf(_: object, notice: Notice) -> None:
        heard.append(notice)

    monkeypatch.setattr(Access, "changed", deaf)
    monkeypatch.setattr(Integrations, "changed", deaf)
    # News of what was set up may have arrived until now, and had a gateway forget whom it knew.
    assert all([await one.works(two.space) for one in two.bobs])
    heard.clear()
    await two.remove_bob()

    def both_have_read_it() -> bool:
        mine = [one for one in heard if (one.topic, one.space_id) == (Topic.ACCESS, two.space)]
        return len(mine) >= 2 * len((Access, Integrations))

    await until(both_have_read_it)
    assert two.active_grants() == 2
    assert await two.bobs[1].works(two.space)
