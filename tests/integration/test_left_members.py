"""Who leaves a space loses their grant everywhere, and another choice reaches everybody."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.opening import Access
from notion_gateway.integration.left_members import LeftMembers
from notion_gateway.integration.member_grants import MemberGrants, SharedGrant
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.storage.change_feed import Notice
from tests.integration.member_team import Team
from tests.support.identity import Person, Signer
from tests.support.strict_gateway import person, second_replica
from tests.support.waiting import until, until_told

pytestmark = pytest.mark.anyio

SECONDS = 2.0


async def lost_within(is_lost: Callable[[], bool]) -> float:
    began = time.monotonic()
    await until(is_lost)
    return time.monotonic() - began


async def is_refused(who: Person, space: str) -> bool:
    answer = await who.call(space)
    return answer.status == 403 and answer.reason == "space_not_accessible"


@pytest.mark.parametrize("by", ["olga", "ada"])
async def test_who_is_removed_or_leaves_loses_their_grant_here_and_at_notion(
    team: Team, signer: Signer, by: str
) -> None:
    async with second_replica(team.rig, signer) as elsewhere:
        there = person(team.rig, signer, "ada", elsewhere)
        for who in (team.ada, there):
            assert (await who.call(team.space)).headers["x-notion-grant"] == "personal"
        who = team.olga if by == "olga" else team.ada
        removed = await who.send("DELETE", f"/spaces/{team.space}/members/ada")
        assert removed.status == 204

        took = await lost_within(lambda: team.rig.notion.grant_states().count("active") == 2)

        assert took < 3 * SECONDS
        await until(lambda: team.rig.sql("SELECT user_id FROM member_grants") == [("bob",)])
        own = member_grant(team.space, "ada")
        assert team.rig.sql(f"SELECT * FROM secrets WHERE space_id = '{own}'") == []  # noqa: S608
        for one in (team.ada, there):
            # A gateway hears of it within two seconds.
            await until_told(partial(is_refused, one, team.space), 3 * SECONDS)
        assert await team.writes(team.bob) == team.name_of("bob")
        # Who comes back begins anew, once the gateway has heard that the other one ended theirs.
        await team.olga.add(team.space, "ada")
        while (written := await team.writes(team.ada)) != team.name_of("olga"):
            assert "connect yours" in written


async def test_a_gateway_that_starts_ends_what_a_killed_one_left_behind(
    team: Team, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody of the running gateway looks, as if it had been killed after the removal."""

    async def nothing(*_: object) -> None:
        pass

    with monkeypatch.context() as patch:
        patch.setattr(LeftMembers, "_look", nothing)
        await team.olga.send("DELETE", f"/spaces/{team.space}/members/ada")
        assert team.rig.notion.grant_states().count("active") == 3
        # The control: where nobody looks, it lives on.
        assert ("ada",) in team.rig.sql("SELECT user_id FROM member_grants")
    async with second_replica(team.rig, signer):
        await until(lambda: team.rig.notion.grant_states().count("active") == 2)


@pytest.mark.parametrize("is_written_down", [True, False])
async def test_who_comes_back_before_anybody_has_looked_loses_what_they_had_all_the_same(
    team: Team, signer: Signer, monkeypatch: pytest.MonkeyPatch, *, is_written_down: bool
) -> None:
    """The control: where the removal does not write it down, it lives on with them."""

    async def nothing(*_: object) -> None:
        pass

    with monkeypatch.context() as patch:
        patch.setattr(LeftMembers, "_look", nothing)
        await team.olga.send("DELETE", f"/spaces/{team.space}/members/ada")
        await team.olga.add(team.space, "ada")
        if not is_written_down:
            team.rig.sql("UPDATE member_grants SET left_at = NULL")
    of_deleted, looks = MemberGrants.of_deleted, list[str | None]()

    async def asked_last(self: MemberGrants, space_id: str | None = None) -> Sequence[SharedGrant]:
        looks.append(space_id)
        return await of_deleted(self, space_id)

    monkeypatch.setattr(MemberGrants, "of_deleted", asked_last)
    async with second_replica(team.rig, signer):
        await until(lambda: None in looks)
    left = team.rig.notion.grant_states().count("active")
    assert left == (2 if is_written_down else 3)


async def test_another_choice_reaches_every_replica_within_two_seconds(
    team: Team, signer: Signer
) -> None:
    async with second_replica(team.rig, signer) as elsewhere:
        there = person(team.rig, signer, "ada", elsewhere)
        assert (await there.call(team.space)).headers["x-notion-grant"] == "personal"
        await team.choose("shared")
        began = time.monotonic()
        while (await there.call(team.space)).headers["x-notion-grant"] == "personal":
            assert time.monotonic() - began < 3 * SECONDS


async def test_where_nobody_hears_of_it_the_other_replica_goes_on(
    team: Team, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the notices that tell."""
    async with second_replica(team.rig, signer) as elsewhere:
        there = person(team.rig, signer, "ada", elsewhere)

        def deaf(_self: Access, _notice: Notice) -> None:
            pass

        monkeypatch.setattr(Access, "changed", deaf)

        def trusting(_self: CacheTrust) -> bool:
            return True

        monkeypatch.setattr(CacheTrust, "holds", trusting)
        assert (await there.call(team.space)).headers["x-notion-grant"] == "personal"
        await team.choose("shared")
        for _ in range(5):
            assert (await there.call(team.space)).headers["x-notion-grant"] == "personal"
