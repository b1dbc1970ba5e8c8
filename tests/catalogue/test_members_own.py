"""The tools of a member's own connection: known by themselves, and nothing to the policy."""

from typing import Any

import pytest

from notion_gateway.catalogue.opening import Catalogues
from tests.catalogue.conftest import Altered
from tests.catalogue.new_tools import PLAIN, a_new_tool
from tests.notices.receiver import Receiver, receiving, told_by
from tests.policy.rigs import set_policy
from tests.policy.ways_round import raw, tool_call
from tests.proxy.callbacks import state
from tests.support.rig import Rig
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

NEW = "notion-new-reads"
MINE = {"grant": "mine"}


def versions(rig: Rig) -> list[int]:
    return sorted(row[0] for row in rig.sql("SELECT version FROM catalogues"))


async def a_webhook(rig: Rig, space: str, receiver: Receiver) -> None:
    body = {"url": receiver.url, "events": ["tools.changed"]}
    made = await rig.caller.send("POST", f"/spaces/{space}/webhooks", json=body)
    receiver.secrets.append(made.json["secret"])


async def joins_and_connects_own(rig: Rig, space: str, who: str) -> None:
    await rig.caller.send("PUT", f"/spaces/{space}/members/{who}", json={"role": "member"})
    await rig.caller.send("POST", f"/invitations/{space}/accept", user=who)
    start = "/integrations/notion/oauth/mcp/start"
    started = await rig.caller.get(start, params={"space_id": space, **MINE}, user=who)
    consented = await rig.caller.get(started.json["authorizeUrl"], user=None)
    ended = await rig.caller.get(consented.location, user=None)
    assert ended.result["status"] == "success"


async def test_a_members_own_tools_are_known_and_told_once_and_the_policy_goes_by_none_of_them(
    rig: Rig, lists: Altered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", told_by(rig.clock.now))
    lists.tools = [a_new_tool(NEW, reads=True)]
    space: str = (await rig.caller.send("POST", "/spaces", json={"name": "Birch"})).json["space_id"]
    path = f"/spaces/{space}/catalogue"
    await rig.caller.send("PUT", f"/spaces/{space}/grants", json={"mode": "personal"})
    await set_policy(rig, "custom", space=space)

    async def mine(who: str, method: str = "GET", of: str = "", **body: Any) -> dict[str, Any]:
        data = {"json": body} if body else {}
        answer = await rig.caller.send(method, f"{path}{of}", params=MINE, user=who, **data)
        assert answer.status in {200, 202}, answer.body
        return answer.json

    async with receiving() as receiver:
        await a_webhook(rig, space, receiver)
        for who in ("bob", "cleo"):
            await joins_and_connects_own(rig, space, who)
        await until(lambda: versions(rig) == [1, 1], PATIENCE_SECONDS)
        bobs = await mine("bob")
        assert (bobs["grant"], bobs["space_id"], bobs["version"]) == ("personal", space, 1)
        assert NEW in {one["name"] for one in bobs["tools"]}
        assert (await rig.caller.get(path)).json["version"] == 0, "nobody shares a connection"

        # What it says, and what Bob has seen of it, counts for nothing.
        seen = await mine("bob", "PUT", "/seen", version=1)
        assert seen["seen_by"] == "bob"
        (new,) = (one for one in seen["tools"] if one["name"] == NEW)
        assert (new["is_seen"], new["is_reading"]) == (True, False)
        assert (await mine("cleo"))["seen_by"] is None
        call = raw(tool_call("2025-11-25", NEW))
        answer = await rig.caller.call(space, call, headers=PLAIN, user="bob")
        assert b"approval_required" in answer.body

        # Two whose tools change alike are one message.
        rig.notion.change(tool_set="latest")
        rig.clock.skip(120)
        for who in ("bob", "cleo"):
            await mine(who, "POST", "/look")
        await until(lambda: versions(rig) == [2, 2], PATIENCE_SECONDS)
        await receiver.hears(1)
        assert rig.sql("SELECT count(*) FROM webhook_deliveries") == [(1,)]
        assert receiver.heard[0]["data"]["member"] in {"bob", "cleo"}
    assert (await mine("cleo", of="/changes"))["changes"]
    assert not (await rig.caller.get(f"{path}/changes")).json["changes"]
    catalogues: Catalogues = state(rig)["catalogues"]
    assert await catalogues.store.unseen_in_all() == 0, "no owner has to see them"

    await rig.caller.send("DELETE", f"/integrations/notion/{space}", params=MINE, user="bob")
    assert (versions(rig), (await mine("bob"))["version"]) == ([2], 0)
