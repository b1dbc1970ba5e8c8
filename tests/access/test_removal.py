"""Two gateways on one database: what one takes away, the other refuses within two seconds."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.storage.change_feed import ChangeFeed, Notice
from tests.faults.places import on
from tests.support.databases import PostgresServer
from tests.support.identity import Person, Signer
from tests.support.migrated import new_migrated_database
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until_told

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Team:
    """Ada owns ``space``, Bob is a member and calls through the other gateway."""

    ada: Person
    bob: Person
    space: str

    async def is_refused_soon(self, who: Person, *, reason: str) -> bool:
        """Within what is promised."""

        async def is_refused() -> bool:
            answer = await who.call(self.space)
            assert answer.status == 200 or answer.reason == reason
            return answer.status != 200

        try:
            await until_told(is_refused, SECONDS)
        except TimeoutError:
            return False
        return True

    def with_bearer(self, bearer: str) -> Person:
        return Person(self.bob.caller, "bob", self.bob.signer, self.bob.now, bearer)


@pytest.fixture(params=["sqlite", "postgresql"])
async def team(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    postgres: PostgresServer,
    signer: Signer,
    upstream: RecordingMcp,
) -> AsyncGenerator[Team]:
    settings: dict[str, Any] = {}
    if request.param == "postgresql":
        settings = on(postgres.url(await new_migrated_database(postgres)))
    async with (
        strict_rig(tmp_path, monkeypatch, signer, upstream, **settings) as rig,
        second_replica(rig, signer, **settings) as elsewhere,
    ):
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob", elsewhere)
        space = await ada.create_space()
        await ada.add(space, "bob")
        await ada.connect(space)
        yield Team(ada, bob, space)


@pytest.mark.promise("threats:2")
async def test_a_removed_member_is_refused_on_the_other_gateway_too(team: Team) -> None:
    token = team.with_bearer(await team.bob.token(team.space))
    remembered = team.with_bearer(team.bob.principal(team.space))
    for who in (team.bob, token, remembered):
        assert (await who.call(team.space)).status == 200

    removed = await team.ada.send("DELETE", f"/spaces/{team.space}/members/bob")
    assert removed.status == 204

    for who in (team.bob, remembered):
        assert await team.is_refused_soon(who, reason="space_not_accessible")
    assert (await token.call(team.space)).status in (401, 403)
    assert (await team.bob.get("/spaces")).json == {"spaces": []}


@pytest.mark.promise("threats:2")
async def test_a_revoked_token_is_refused_on_the_other_gateway_too(team: Team) -> None:
    kept, lost = [team.with_bearer(await team.bob.token(team.space)) for _ in range(2)]
    for who in (kept, lost):
        assert (await who.call(team.space)).status == 200
    tokens = (await team.ada.get(f"/spaces/{team.space}/tokens")).json["tokens"]
    assert lost.bearer is not None
    (named,) = [one for one in tokens if one["hint"].endswith(lost.bearer[-4:])]

    path = f"/spaces/{team.space}/tokens/{named['token_id']}"
    assert (await team.ada.send("DELETE", path)).status == 204

    assert await team.is_refused_soon(lost, reason="unauthenticated")
    assert (await kept.call(team.space)).status == 200


@pytest.mark.promise("threats:2")
async def test_who_is_no_owner_any_more_manages_nothing_on_the_other_gateway(team: Team) -> None:
    await team.ada.add(team.space, "bob", "owner")
    await team.bob.add(team.space, "cleo")

    await team.ada.add(team.space, "bob", "member")

    async def is_refused() -> bool:
        renamed = await team.bob.send("PATCH", f"/spaces/{team.space}", json={"name": "Bob's"})
        return renamed.status == 403

    await until_told(is_refused, SECONDS)


async def test_where_nobody_listens_for_changes_a_removed_member_goes_on(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the notices that end it."""

    async def deaf(_: ChangeFeed) -> list[Notice]:
        return []

    monkeypatch.setattr(ChangeFeed, "look", deaf)
    await asyncio.sleep(1)  # a look under way still hears
    token = team.with_bearer(await team.bob.token(team.space))
    assert [(await who.call(team.space)).status for who in (team.bob, token)] == [200, 200]
    assert (await team.ada.send("DELETE", f"/spaces/{team.space}/members/bob")).status == 204

    assert not await team.is_refused_soon(token, reason="unauthenticated")
    assert (await team.bob.call(team.space)).status == 200
