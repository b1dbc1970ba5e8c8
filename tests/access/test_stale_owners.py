"""An owner who was removed a moment ago, at a gateway that has not heard of it: for two seconds it
takes them for one, and nothing that lasts comes of it.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access import membership, token_store
from notion_gateway.access.rules import space as rules_of_spaces
from notion_gateway.authorization_server import machine_store
from notion_gateway.storage.change_feed import ChangeFeed, Notice
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

WORKLOAD = {
    "name": "ci",
    "issuer": "https://token.actions.githubusercontent.com",
    "subject": "repo:birch/website:ref:refs/heads/main",
}
MODE = {"mode": "personal_else_shared"}
REQUESTS: dict[str, tuple[str, str, object]] = {
    "a token": ("POST", "/tokens", {"name": "mine"}),
    "a service token": ("POST", "/tokens", {"name": "nobody's", "is_service": True}),
    "a machine": ("POST", "/machines", {"name": "nightly"}),
    "a workload": ("POST", "/workloads", WORKLOAD),
    "whose grant serves": ("PUT", "/grants", MODE),
    "another name": ("PATCH", "", {"name": "Bob's"}),
    "an invitation": ("PUT", "/members/eve", {"role": "owner"}),
    "another's role": ("PUT", "/members/cleo", {"role": "owner"}),
    "a link": ("POST", "/invitation-links", None),
    "a removal": ("DELETE", "/members/cleo", None),
    "a webhook": ("POST", "/webhooks", {"url": "https://hooks.example/in", "events": []}),
    "a policy": ("PUT", "/policy?expected_version=0", {"version": 1, "preset": "read_only"}),
    "how long calls are kept": ("PUT", "/audit/keeping", {"days": 1}),
    "what is recorded of calls": ("PUT", "/audit/contents", {"arguments": True, "results": True}),
}


@dataclass(frozen=True, slots=True)
class Team:
    """Ada owns ``space``, as Bob did until now, whom the other gateway takes for an owner still."""

    rig: Rig
    bob: Person
    space: str

    async def ask(self, name: str) -> Answer:
        method, path, body = REQUESTS[name]
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return await self.bob.send(method, f"/spaces/{self.space}{path}", **sent)

    def stored(self) -> list[list[tuple[object, ...]]]:
        queries = (
            "select * from events where stream not like 'notion-integration/%'",
            "select * from webhooks",
            "select * from gateway_tokens where revoked_at is null",
            "select * from machine_clients",
        )
        return [self.rig.sql(one) for one in queries]


@pytest.fixture
async def team(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> AsyncGenerator[Team]:
    looks: list[int] = []

    async def deaf(_: ChangeFeed) -> list[Notice]:
        looks.append(1)
        return []

    async with (
        strict_rig(tmp_path, monkeypatch, signer, upstream) as rig,
        second_replica(rig, signer) as elsewhere,
    ):
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob", elsewhere)
        space = await ada.create_space()
        await ada.add(space, "bob", "owner")
        await ada.add(space, "cleo")
        monkeypatch.setattr(ChangeFeed, "look", deaf)
        before = len(looks)
        await until(lambda: len(looks) >= before + 3)  # a look under way still hears
        assert (await bob.get(f"/spaces/{space}/members")).status == 200
        assert (await ada.send("DELETE", f"/spaces/{space}/members/bob")).status == 204
        yield Team(rig, bob, space)


@pytest.mark.parametrize("name", REQUESTS)
async def test_it_gives_them_nothing_and_does_nothing_for_them(team: Team, name: str) -> None:
    before = team.stored()

    answer = await team.ask(name)

    assert answer.reason in ("space_not_accessible", "owner_required"), answer.body
    assert team.stored() == before


@pytest.mark.parametrize("name", REQUESTS)
async def test_without_the_second_look_it_does(
    team: Team, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The control: it is the look in the transaction that refuses them, and no other."""

    async def believed(*_: object) -> None: ...

    def owns(*_: object) -> None: ...

    for module in (token_store, machine_store, membership):
        monkeypatch.setattr(module, "require_role", believed)
    monkeypatch.setattr(rules_of_spaces, "require_owner", owns)
    before = team.stored()

    answer = await team.ask(name)

    assert answer.status < 300, answer.body
    assert team.stored() != before
