"""A person's word on a call that waits for it counts once."""

import asyncio

import pytest

from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person

pytestmark = pytest.mark.anyio


async def decide(who: Person, space: str, *approval_ids: str, name: str = "c1") -> Answer:
    path = f"/spaces/{space}/conversations/{name}/decisions"
    return await who.send("POST", path, json={"approval_ids": list(approval_ids)})


async def test_of_several_pages_that_decide_at_once_one_counts(rig: Rig, signer: Signer) -> None:
    ada = person(rig, signer, "ada")
    space = await ada.create_space()
    answers = await asyncio.gather(*(decide(ada, space, "a1", "a2") for _ in range(8)))

    assert sorted(one.status for one in answers) == [204] + [409] * 7
    assert {one.reason for one in answers if one.status == 409} == {"approval_decided"}
    # None of those that come with one that was decided.
    assert (await decide(ada, space, "a2", "a3")).reason == "approval_decided"
    assert (await decide(ada, space, "a3")).status == 204


async def test_it_is_of_one_person_in_one_conversation(rig: Rig, signer: Signer) -> None:
    ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
    space = await ada.create_space()
    await ada.add(space, "bob")
    for who, name in ((ada, "c1"), (ada, "c2"), (bob, "c1")):
        assert (await decide(who, space, "a1", name=name)).status == 204
    elsewhere = await bob.create_space("Bob's")
    assert (await decide(ada, elsewhere, "a1")).reason == "space_not_accessible"


@pytest.mark.parametrize("ids", [[], ["a b"], [f"a{number}" for number in range(101)]])
async def test_what_is_malformed_decides_nothing(rig: Rig, signer: Signer, ids: list[str]) -> None:
    ada = person(rig, signer, "ada")
    space = await ada.create_space()
    assert (await decide(ada, space, *ids)).reason == "invalid_request"
