"""A space that its owner deletes: what goes at once, what follows, and who is told."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.integration.left_members import LeftMembers
from notion_gateway.operations.maintenance import open_by_hand
from notion_gateway.settings import GivenSettings
from tests.audit.team import call
from tests.notices.receiver import Receiver, receiving, told_by
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.listener import Listener, at
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import WatchedMcp, forever
from tests.support.waiting import until, until_told

pytestmark = pytest.mark.anyio

SECONDS = 2.0
SETTINGS: dict[str, Any] = {
    "gateway_audit": True,
    "gateway_webhook_allow_private_addresses": True,
}
SAID = {"id": "m1", "role": "user", "parts": [{"type": "text", "text": "Plans"}]}


@dataclass(frozen=True, slots=True)
class Lived:
    """Ada's space with all that a space can have: Bob with a Notion of his own, Eve invited."""

    rig: Rig
    ada: Person
    bob: Person
    eve: Person
    space: str
    token: str
    receiver: Receiver

    async def delete(self, *, keep_audit: bool = True, **changes: Any) -> Answer:
        wish = {"name": "Team", "keep_audit": keep_audit, **changes}
        return await self.ada.post(f"/spaces/{self.space}/deletion", wish)

    def rows(self, table: str, where: str = "1 = 1") -> int:
        mine = f"space_id = '{self.space}' AND {where}"
        ((count,),) = self.rig.sql(f"SELECT count(*) FROM {table} WHERE {mine}")  # noqa: S608
        return count

    def alive(self) -> int:
        """Grants at Notion."""
        return self.rig.notion.grant_states().count("active")


@pytest.fixture
async def lived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Lived]:
    endless = WatchedMcp(forever())
    async with (
        receiving() as receiver,
        strict_rig(tmp_path, monkeypatch, signer, endless, **SETTINGS) as rig,
    ):
        monkeypatch.setattr("standardwebhooks.webhooks.datetime", told_by(rig.clock.now))
        ada, bob, eve = (person(rig, signer, one) for one in ("ada", "bob", "eve"))
        space = await ada.create_space()
        await ada.add(space, "bob")
        await ada.connect(space)
        await ada.send("PUT", f"/spaces/{space}/grants", json={"mode": "personal_else_shared"})
        await bob.connect(space, mine=True)
        await ada.invite(space, "eve")
        token = await bob.token(space)
        machine = await ada.post(f"/spaces/{space}/machines", {"name": "Nightly"})
        assert machine.status == 201, machine.body
        wish = {"url": receiver.url, "events": ["space.deleted"]}
        webhook = await ada.post(f"/spaces/{space}/webhooks", wish)
        receiver.secrets.append(webhook.json["secret"])
        said = {"title": "Plans", "messages": {"m1": SAID}}
        kept = await bob.send("PUT", f"/spaces/{space}/conversations/c1", json=said)
        assert kept.status == 200, kept.body
        yield Lived(rig, ada, bob, eve, space, token, receiver)


async def test_all_of_it_ends_on_every_gateway_and_its_people_are_told(
    lived: Lived, signer: Signer
) -> None:
    ada, bob, space = lived.ada, lived.bob, lived.space
    goes = await ada.get(f"/spaces/{space}/deletion")
    assert goes.json == {
        "people": 2,
        "invitations": 1,
        "is_connected": True,
        "own_connections": 1,
        "tokens": 1,
        "clients": 0,
        "machines": 1,
        "conversations": 1,
        "webhooks": 1,
        "calls": 0,
    }
    # Neither another name nor a member deletes anything.
    assert (await lived.delete(name="team")).status == 422
    assert (await bob.get(f"/spaces/{space}/deletion")).reason == "owner_required"
    wish = {"name": "Team", "keep_audit": True}
    assert (await bob.post(f"/spaces/{space}/deletion", wish)).reason == "owner_required"
    assert lived.alive() == 2

    async with second_replica(lived.rig, signer, **SETTINGS) as elsewhere:
        there = at(elsewhere, ada, "bob")
        open_ones = [
            await Listener(who, space).opened()
            for who in (
                at(lived.rig.caller, ada, "ada"),
                there,
                at(elsewhere, ada, "bob", lived.token),
            )
        ]

        assert (await lived.delete()).status == 204

        assert [await one.outcome() for one in open_ones] == ["cut"] * 3

        async def is_told() -> bool:
            answer = await there.get(f"/spaces/{space}")
            return answer.reason == "space_deleted"

        await until_told(is_told, SECONDS)
        told = await there.get(f"/spaces/{space}")
        assert (told.status, told.json["detail"][:24]) == (410, "ada deleted this space o")
        with_token = at(elsewhere, ada, "bob", lived.token)
        assert (await with_token.get("/me")).status == 401
        await until(lambda: lived.alive() == 0)

    # Who did not belong learns nothing of it, and nobody comes back.
    stranger = person(lived.rig, signer, "cleo")
    for who in (stranger, lived.eve):
        assert (await who.get(f"/spaces/{space}")).reason == "space_not_accessible"
    assert (await lived.eve.accept(space)).reason == "space_not_accessible"
    assert (await lived.eve.get("/invitations")).json == {"invitations": []}
    assert (await bob.get("/spaces")).json == {"spaces": []}
    for again in (await lived.delete(), await ada.invite(space, "bob")):
        assert (again.status, again.reason) == (410, "space_deleted")
    # What was said cannot be opened any more, by anybody with the database and the key.
    assert lived.rows("secrets", "field <> 'webhook_secret'") == 0
    assert lived.rows("machine_clients", "revoked_at IS NULL") == 0
    await lived.receiver.hears(1)
    told_elsewhere = lived.receiver.heard[0]
    assert told_elsewhere["type"] == "space.deleted"
    assert told_elsewhere["data"] == {"space_id": space, "name": "Team", "deleted_by": "ada"}


async def test_a_gateway_that_starts_ends_what_a_killed_one_left_behind(
    lived: Lived, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody of the running gateway looks, as if it had been killed after the deletion."""

    async def nothing(*_: object) -> None:
        pass

    with monkeypatch.context() as patch:
        patch.setattr(LeftMembers, "_look", nothing)
        assert (await lived.delete()).status == 204
        assert lived.alive() == 2  # the control: where nobody looks, both live on
        async with second_replica(lived.rig, signer, **SETTINGS):
            assert lived.alive() == 2
    async with second_replica(lived.rig, signer, **SETTINGS):
        await until(lambda: lived.alive() == 0)


@pytest.mark.parametrize("keep_audit", [True, False])
async def test_maintenance_takes_what_is_left_and_its_calls_only_where_that_was_chosen(
    lived: Lived, *, keep_audit: bool
) -> None:
    limited = await lived.bob.token(lived.space, tools=["notion-fetch"])
    refused = await at(lived.rig.caller, lived.bob, "bob", limited).send(
        "POST",
        f"/mcp/notion/{lived.space}",
        data=call("notion-search", query="x"),
        headers={"Content-Type": "application/json"},
    )
    assert refused.reason == "tool_not_allowed"
    await until(lambda: lived.rows("audit_entries") == 1)
    lived.receiver.silent = asyncio.Event()
    assert (await lived.delete(keep_audit=keep_audit)).status == 204
    await until(lambda: lived.alive() == 0)
    settings = GivenSettings(gateway_data_dir=lived.rig.data_dir)

    async with open_by_hand(settings) as by_hand:
        await by_hand.maintenance.now()
        # Who is to be told takes some time, and is not forgotten meanwhile.
        assert lived.rows("webhooks") == 1
        lived.receiver.silent.set()
        await until(lambda: lived.rows("webhook_deliveries", "progress = 'delivered'") == 1)
        await by_hand.maintenance.now()

    gone = ("webhooks", "conversations", "conversation_messages", "conversation_keepers", "secrets")
    assert {table: lived.rows(table) for table in gone} == dict.fromkeys(gone, 0)
    assert lived.rows("audit_entries") == (1 if keep_audit else 0)
    assert lived.rows("spaces") == 1  # the name alone, so that whoever belonged is told
