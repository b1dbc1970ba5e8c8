"""What a revoked issuer's people have ends on two gateways that share PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.opening import Access
from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from notion_gateway.storage.change_feed import Notice, Topic
from tests.access.test_whole_removal import StreamsAndSessions
from tests.authorization_server.asserting import Asserting, asserting, why
from tests.faults.places import on
from tests.support.databases import PostgresServer
from tests.support.gateway import Caller, calling, serving_gateway
from tests.support.identity import Person, Signer
from tests.support.identity_issuer import an_identity_issuer, claude, okta
from tests.support.listener import SECONDS, Listener
from tests.support.migrated import new_migrated_database
from tests.support.waiting import until, until_told

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

RULES = [{"domain": "birch.example"}]
WHO = "mona@birch.example"


@dataclass(frozen=True, slots=True)
class Two:
    """``people``: Mona at each gateway, by what Okta's word got her program, and by a token that
    she made herself. ``streams``: one of each of them.
    """

    here: Asserting
    people: list[Person]
    streams: list[Listener]
    settings: dict[str, Any]

    async def revoke(self) -> None:
        """As another process's operator does."""
        named = [{"name": "okta", "issuer": self.here.okta.url, "clients": ["c"]}]
        settings = Settings(gateway_identity_issuers=named, **self.settings)  # pyright: ignore[reportArgumentType]
        async with open_operator(settings) as operator:
            assert await operator.issuers.revoke("okta", "operator") == 1

    async def statuses(self) -> list[int]:
        return [(await one.call(self.here.logins.space)).status for one in self.people]


@pytest.fixture
async def two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> AsyncGenerator[Two]:
    settings = on(postgres.url(await new_migrated_database(postgres)))
    async with (
        an_identity_issuer(okta) as first,
        an_identity_issuer(claude) as second,
        asserting(
            tmp_path,
            monkeypatch,
            first,
            second,
            upstream=StreamsAndSessions(),
            rules=RULES,
            **settings,
        ) as here,
        serving_gateway(tmp_path, here.logins.rig.notion.url, **settings) as there,
        calling(there.url) as elsewhere,
    ):
        caller, space = here.logins.rig.caller, here.logins.space
        assert (await caller.connect(space)).result["status"] == "success"
        tokens = [await here.let_in()]
        made = await caller.send("POST", f"/spaces/{space}/tokens", user=WHO, json={"name": "mine"})
        tokens.append(made.json["token"])
        people = [person(here, one, token) for one in (caller, elsewhere) for token in tokens]
        streams = [await Listener(one, space).opened() for one in people]
        yield Two(here, people, streams, {"gateway_data_dir": tmp_path, **settings})
        for one in streams:
            one.task.cancel()
        await asyncio.gather(*(one.task for one in streams), return_exceptions=True)


def person(here: Asserting, caller: Caller, token: str) -> Person:
    return Person(caller, WHO, Signer(), here.logins.rig.clock.now, token)


async def test_a_revoked_issuers_people_are_out_on_both_within_two_seconds(two: Two) -> None:
    """Also with a token that they made themselves, for they belong by the issuer's word alone."""
    assert await two.statuses() == [200] * 4

    await two.revoke()

    async def all_are_out() -> bool:
        if not all(one.task.done() for one in two.streams):
            return False
        return all(status in (401, 403) for status in await two.statuses())

    await until_told(all_are_out, SECONDS)
    assert [one.task.result() for one in two.streams] == ["cut"] * 4
    assert await why(two.here.say(jti="later")) == ("invalid_grant", "issuer_revoked")


async def test_where_no_gateway_listens_they_go_on(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the notice of it, once each gateway has read it, that ends them."""
    heard: list[Notice] = []

    def deaf(_: object, notice: Notice) -> None:
        heard.append(notice)

    monkeypatch.setattr(Access, "changed", deaf)
    # News of what was set up may have arrived until now, and had a gateway forget whom it knew.
    assert await two.statuses() == [200] * 4
    await two.revoke()
    await until(lambda: sum(one.topic is Topic.ISSUERS for one in heard) >= 2)

    assert await two.statuses() == [200] * 4
    assert not any(one.task.done() for one in two.streams)
