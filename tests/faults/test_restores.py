"""A database that is restored under a living Notion, in strict rotation: real processes throughout.

Notion ends a grant whose refresh token is used a second time. What a backup holds may have been
used since, by the gateway that was lost, or be in use by one that goes on.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.faults.places import new_database
from tests.faults.sites import PostgresSite, Site, SqliteSite
from tests.support.clocks import SharedClock
from tests.support.databases import PostgresServer
from tests.support.figures import Figure
from tests.support.gateway import Caller
from tests.support.notion import Notion, serving_notion
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

_NOTION: Mapping[str, Any] = {
    "rotation": "strict",
    "refresh_revokes_access_tokens": False,
}


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer) -> Site:
    folder = tmp_path / "site"
    if request.param == "sqlite":
        return SqliteSite(folder)
    return PostgresSite(folder, postgres, await new_database(postgres))


async def answer_of(caller: Caller, space: str) -> str:
    """``200``, or the reason of a refusal."""
    answer = await caller.call(space)
    return "200" if answer.status == 200 else answer.reason


async def renew(caller: Caller, notion: Notion, space: str) -> None:
    """As when Notion takes the access token for expired, once."""
    before = len(notion.wire.refreshes())

    async def once(scope: Scope, receive: Receive, send: Send) -> None:
        del notion.wire.instead["/mcp"]
        await Response(status_code=401)(scope, receive, send)

    notion.wire.instead["/mcp"] = once
    assert await answer_of(caller, space) == "200"
    assert len(notion.wire.refreshes()) == before + 1


def revoked(notion: Notion) -> list[str]:
    """Why grants were ended."""
    every = notion.simulator.oauth.grants.values()
    return [one.revoked for one in every if one.revoked is not None]


@asynccontextmanager
async def an_hour_later(site: Site) -> AsyncGenerator[Notion]:
    """A gateway backed up, which then went on for a while, and was lost with its machine.

    ``resting`` was left alone since, ``active`` renewed, ``left`` disconnected, ``new`` connected.
    """
    async with serving_notion(clock=SharedClock(), mcp=RecordingMcp(), **_NOTION) as notion:
        async with site.serving(notion) as (running, caller):
            for space in ("resting", "active", "left"):
                await caller.connect(space)
                assert await answer_of(caller, space) == "200"
            await site.back_up()
            await renew(caller, notion, "active")
            assert (await caller.disconnect("left")).status == 200
            await caller.connect("new")
            await running.kill()
        yield notion


@pytest.mark.promise("threats:62")
async def test_after_a_restore_what_can_goes_on_and_no_token_is_used_twice(
    site: Site, figure: Figure
) -> None:
    async with an_hour_later(site) as notion:
        await site.restore("--original-is-gone")
        ended, sent = revoked(notion), list(notion.wire.refreshes())
        async with site.serving(notion) as (_, caller):
            # Access tokens of the backup that have not ended are used, and nothing is renewed.
            assert [await answer_of(caller, one) for one in ("resting", "active")] == ["200"] * 2
            assert await answer_of(caller, "left") == "reconnect_required"
            assert await answer_of(caller, "new") == "not_connected"
            assert notion.wire.refreshes() == sent

            notion.expire_access_tokens()
            assert await answer_of(caller, "active") == "reconnect_required"
            assert notion.wire.refreshes() == sent
            assert revoked(notion) == ended == ["revoked_by_client"]

            notion.wire.instead["/introspect"] = Response(status_code=503)
            assert await answer_of(caller, "resting") == "refresh_unavailable"
            assert notion.wire.refreshes() == sent
            del notion.wire.instead["/introspect"]
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await answer_of(caller, "resting") != "200":  # noqa: ASYNC110 - its back-off
                    await asyncio.sleep(0.1)
            assert len(notion.wire.refreshes()) == len(sent) + 1

            status = await caller.status("active")
            assert status["status"] == "reconnect_required"
            await caller.connect("active")
            assert await answer_of(caller, "active") == "200"

            # What was renewed here is no restored pair any more.
            asked = notion.wire.requests.count("POST /introspect")
            await renew(caller, notion, "active")
            assert notion.wire.requests.count("POST /introspect") == asked
            since = notion.wire.refreshes()[len(sent) :]
            twice = len(since) - len(set(since) - set(sent))
            words = "after a restore {} tokens redeemed, {} of them a second time"
            figure(words, len(since), twice)
        assert "refresh_token_replayed" not in revoked(notion)


async def test_without_the_note_of_the_restore_a_used_token_would_end_its_grant(
    site: Site,
) -> None:
    async with an_hour_later(site) as notion:
        await site.restore("--original-is-gone")
        assert await site.forget_restore() == 1
        async with site.serving(notion) as (_, caller):
            notion.expire_access_tokens()
            assert await answer_of(caller, "active") == "reconnect_required"
        assert "refresh_token_replayed" in revoked(notion)


async def test_a_database_that_a_gateway_has_open_is_not_replaced(tmp_path: Path) -> None:
    site = SqliteSite(tmp_path / "site")
    async with (
        serving_notion(clock=SharedClock(), mcp=RecordingMcp(), **_NOTION) as notion,
        site.serving(notion) as (_, caller),
    ):
        await site.back_up()
        await caller.connect("new")
        refused = await site.run("restore", str(site.dump), "--original-is-gone")
        assert refused.code == 3
        assert "stop every gateway" in refused.err
        assert await answer_of(caller, "new") == "200"


@asynccontextmanager
async def a_copy(folder: Path, which: str) -> AsyncGenerator[tuple[Notion, Caller, Caller]]:
    """An original that goes on, and a copy of it beside it, with its key."""
    original, copy = SqliteSite(folder / "one"), SqliteSite(folder / "two")
    async with (
        serving_notion(clock=SharedClock(), mcp=RecordingMcp(), **_NOTION) as notion,
        original.serving(notion) as (_, of_original),
    ):
        await of_original.connect("team")
        await original.back_up()
        copy.data.mkdir(parents=True)
        shutil.copy(original.data / "encryption.key", copy.data)
        await copy.restore(which)
        async with copy.serving(notion) as (_, of_copy):
            yield notion, of_original, of_copy


@pytest.mark.promise("threats:62")
async def test_a_copy_beside_the_original_has_no_tokens_and_ends_none(tmp_path: Path) -> None:
    async with a_copy(tmp_path, "--original-goes-on") as (notion, original, copy):
        assert (await copy.status("team"))["status"] == "disconnected"
        assert await answer_of(copy, "team") == "not_connected"
        await copy.disconnect("team")
        notion.expire_access_tokens()
        assert await answer_of(original, "team") == "200"
        assert len(notion.wire.refreshes()) == 1

        await copy.connect("team")
        assert [await answer_of(one, "team") for one in (original, copy)] == ["200"] * 2
        assert revoked(notion) == []


async def test_a_copy_that_was_said_to_be_alone_ends_the_originals_grant(tmp_path: Path) -> None:
    """Why somebody has to say it."""
    async with a_copy(tmp_path, "--original-is-gone") as (notion, original, copy):
        notion.expire_access_tokens()
        assert await answer_of(copy, "team") == "200"
        assert await answer_of(original, "team") == "reconnect_required"
        assert revoked(notion) == ["refresh_token_replayed"]
