"""Shared conversations over HTTP: read by the space's members in person, and by nobody else."""

from typing import Any

import pytest

from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person

pytestmark = pytest.mark.anyio

SECRET = "What only Ada's Notion shows"
MESSAGES: dict[str, Any] = {
    "m1": {"role": "user", "parts": [{"type": "text", "text": "Where is the plan?"}]},
    "m2": {
        "role": "assistant",
        "metadata": {"end": "stopped"},
        "parts": [
            {
                "type": "dynamic-tool",
                "toolName": "notion-fetch",
                "toolCallId": "t1",
                "state": "output-available",
                "input": {"id": SECRET},
                "output": {"kind": "result", "content": [{"type": "text", "text": SECRET}]},
            },
            {"type": "text", "text": "In <b>Roadmap</b>."},
        ],
    },
}


async def test_members_read_what_is_shared_and_nobody_else_ever_does(
    rig: Rig, signer: Signer
) -> None:
    ada, bob, eve = (person(rig, signer, name) for name in ("ada", "bob", "eve"))
    space, elsewhere = await ada.create_space(), await eve.create_space("Eve's")
    await ada.add(space, "bob")
    one = f"/spaces/{space}/conversations/c1"
    await bob.send("PUT", one, json={"title": "Plans", "messages": MESSAGES})

    async def refused(who: Person, method: str, path: str, body: Any = None) -> tuple[int, str]:
        answer = await who.send(method, path, json=body)
        return answer.status, str(answer.reason)

    wish = {"message_ids": ["m1", "m2"]}
    assert await refused(bob, "GET", f"{one}/share") == (404, "share_unknown")
    assert await refused(ada, "PUT", f"{one}/share", wish) == (404, "conversation_unknown")
    for bad in ([], ["m1", "m1"], ["m9"], ["m1"] * 1001):
        status = await refused(bob, "PUT", f"{one}/share", {"message_ids": bad})
        assert status == (422, "invalid_request")

    made = await bob.send("PUT", f"{one}/share", json=wish)
    assert made.status == 200
    assert (await bob.get(f"{one}/share")).json == made.json
    shared = f"/spaces/{space}/shared/{made.json['share_id']}"
    read = await ada.get(shared)
    assert read.json == {
        **made.json,
        "shared_by": "bob",
        "title": "Plans",
        "messages": [
            {
                "role": "user",
                "parts": [{"kind": "text", "text": "Where is the plan?"}],
                "end": "complete",
            },
            {
                "role": "assistant",
                "parts": [
                    {"kind": "call", "tool": "notion-fetch", "outcome": "done"},
                    {"kind": "text", "text": "In <b>Roadmap</b>."},
                ],
                "end": "stopped",
            },
        ],
    }
    assert SECRET not in read.body.decode()
    # It is no key to anything else: not to the conversation, nor to ending it for all.
    assert await refused(ada, "GET", one) == (404, "conversation_unknown")
    assert await refused(bob, "DELETE", shared) == (403, "owner_required")

    # Another space's member, with its own address too; a stranger to this one; a token of Ada's.
    there = shared.replace(space, elsewhere)
    assert await refused(eve, "GET", there) == (404, "share_unknown")
    assert await refused(eve, "GET", shared) == (403, "space_not_accessible")
    headers = {"Authorization": f"Bearer {await ada.token(space)}"}
    for method, path in (("GET", shared), ("DELETE", shared), ("GET", f"{one}/share")):
        answer = await rig.caller.send(method, path, user=None, headers=headers)
        assert (answer.status, answer.reason) == (403, "token_not_allowed"), method
    nobody = await rig.caller.send("GET", shared, user=None)
    assert (nobody.status, nobody.reason) == (401, "unauthenticated")

    # An owner ends it; a name that it never had is no different.
    assert (await ada.send("DELETE", shared)).status == 204
    assert (await ada.send("DELETE", shared)).status == 204
    assert await refused(ada, "GET", shared) == (404, "share_unknown")
    # Shared again it has another name, and its person ends it too.
    again = (await bob.send("PUT", f"{one}/share", json=wish)).json["share_id"]
    renewed = f"/spaces/{space}/shared/{again}"
    assert (await ada.get(renewed)).status == 200
    assert await refused(ada, "GET", shared) == (404, "share_unknown")
    assert (await bob.send("DELETE", f"{one}/share")).status == 204
    assert await refused(ada, "GET", renewed) == (404, "share_unknown")

    # Whoever leaves reads nothing more, and what they have shared ends.
    of_ada = f"/spaces/{space}/conversations/a1"
    await ada.send("PUT", of_ada, json={"title": "Mine", "messages": MESSAGES})
    hers = (await ada.send("PUT", f"{of_ada}/share", json=wish)).json["share_id"]
    last = (await bob.send("PUT", f"{one}/share", json=wish)).json["share_id"]
    assert (await bob.get(f"/spaces/{space}/shared/{hers}")).status == 200
    assert (await ada.send("DELETE", f"/spaces/{space}/members/bob")).status == 204
    assert await refused(bob, "GET", f"/spaces/{space}/shared/{hers}") == (
        403,
        "space_not_accessible",
    )
    assert await refused(ada, "GET", f"/spaces/{space}/shared/{last}") == (404, "share_unknown")
    shares = rig.sql("SELECT user_id FROM shared_conversations")
    assert [row[0] for row in shares] == ["ada"]
    assert len(rig.sql("SELECT * FROM secrets WHERE field = 'share_key'")) == 1


async def test_a_person_finds_what_they_share_and_nobody_elses(rig: Rig, signer: Signer) -> None:
    ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
    space = await ada.create_space()
    await ada.add(space, "bob")
    every = f"/spaces/{space}/shared"
    assert (await bob.get(every)).json == {"shares": []}
    made: list[dict[str, Any]] = []
    for name in ("c1", "c2", "c3"):
        one = f"/spaces/{space}/conversations/{name}"
        await bob.send("PUT", one, json={"title": "Plans", "messages": MESSAGES})
        share = (await bob.send("PUT", f"{one}/share", json={"message_ids": ["m1"]})).json
        made.insert(0, {**share, "conversation_id": name, "title": "Plans"})
    await bob.send("PATCH", f"/spaces/{space}/conversations/c1", json={"title": "Our plans"})
    made[2]["title"] = "Our plans"
    assert (await bob.get(every)).json == {"shares": made}
    assert (await ada.get(every)).json == {"shares": []}
    headers = {"Authorization": f"Bearer {await bob.token(space)}"}
    answer = await rig.caller.send("GET", every, user=None, headers=headers)
    assert (answer.status, answer.reason) == (403, "token_not_allowed")

    await bob.send("DELETE", f"/spaces/{space}/conversations/c2")
    await bob.send("DELETE", f"/spaces/{space}/conversations/c3/share")
    assert (await bob.get(every)).json == {"shares": [made[2]]}
