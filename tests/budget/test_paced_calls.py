"""Calls through a gateway whose Notion refuses some of them: over sockets, on both paths."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.budget.budgets import Budgets
from notion_gateway.budget.rules import space_budget
from notion_gateway.budget.rules.learned import Learned
from notion_gateway.budget.rules.pace import Pace, Sharer
from notion_gateway.budget.rules.turns import Place
from notion_gateway.cli.connection_facts import facts_of
from notion_gateway.proxy.relay import Relay
from tests.budget.rationed import BY_STATUS, RationedMcp, refused_in_words, tool_call
from tests.proxy.callbacks import state
from tests.support.gateway import CALL, Answer, calling, serving_gateway
from tests.support.rig import Rig, a_rig
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}
HOUR = 3600


async def call(rig: Rig, user: str = "ada", body: bytes | None = None) -> Answer:
    """As an MCP client does, at the space's own endpoint."""
    sent = tool_call() if body is None else body
    return await rig.caller.send("POST", "/mcp/notion/team", data=sent, headers=JSON, user=user)


async def budget(rig: Rig) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await rig.caller.status("team"))["budget"]
    return found


def budgets_of(rig: Rig) -> Budgets:
    budgets: Budgets = state(rig)["budgets"]
    return budgets


def text_of(answer: Answer) -> str:
    text: str = answer.json["result"]["content"][0]["text"]
    return text


async def test_while_notion_grants_all_nothing_is_counted_and_memory_serves_every_call(
    relays: list[Relay], rationed: Rig
) -> None:
    for _ in range(3):
        assert (await call(rationed)).status == 200
    assert len(relays) == 3
    assert await budget(rationed) is None


@pytest.mark.parametrize("way", ["status", "overload"])
async def test_a_call_that_notion_refuses_by_status_is_sent_again(
    both_ways: str, notion: RationedMcp, rationed: Rig, way: Any
) -> None:
    notion.refusals = deque([(way, 0), (way, 0)])
    answer = await call(rationed)
    assert answer.status == 200
    assert answer.json["result"] == {}
    assert notion.seen == [tool_call()] * 3
    shown = await budget(rationed)
    assert shown is not None
    assert shown["is_paced"]
    assert (shown["refused_by_notion"], shown["refused"], shown["used"]) == (2, 0, 1)


async def test_what_is_not_sent_again_goes_on_byte_for_byte(
    both_ways: str, notion: RationedMcp, rationed: Rig
) -> None:
    notion.refusals.append(("status", HOUR))
    answer = await call(rationed)
    assert (answer.status, answer.body) == (429, BY_STATUS)
    assert answer.headers["retry-after"] == str(HOUR)
    assert len(notion.seen) == 1


@pytest.mark.parametrize("way", ["json", "events"])
async def test_a_tools_error_is_learned_from_however_it_comes(
    both_ways: str, notion: RationedMcp, rationed: Rig, way: Any
) -> None:
    notion.refusals.append((way, HOUR))
    answer = await call(rationed)
    assert answer.status == 200
    assert refused_in_words(HOUR) in answer.body
    shown = await budget(rationed)
    assert shown is not None
    assert (shown["is_paced"], shown["reason"], shown["limit"]) == (True, "per_connection", None)
    assert shown["until"] is not None


@pytest.mark.parametrize("way", ["gzip", "deflate", "events in gzip"])
async def test_a_compressed_tools_error_is_learned_from_and_keeps_its_bytes(
    both_ways: str, notion: RationedMcp, rationed: Rig, way: Any
) -> None:
    notion.refusals.append((way, HOUR))
    answer = await rationed.caller.send(
        "POST",
        "/mcp/notion/team",
        data=tool_call(),
        headers={**JSON, "Accept-Encoding": "gzip, deflate"},
        user="ada",
    )
    assert answer.status == 200
    assert notion.codings == [b"gzip, deflate"]
    shown = await budget(rationed)
    assert shown is not None
    assert (shown["is_paced"], shown["reason"]) == (True, "per_connection")


async def test_notion_is_asked_for_no_coding_in_which_a_refusal_would_not_be_seen(
    both_ways: str, notion: RationedMcp, rationed: Rig
) -> None:
    browser = {**JSON, "Accept-Encoding": "gzip, deflate, br, zstd"}
    for _ in range(2):
        answer = await rationed.caller.call("team", tool_call(), headers=browser)
        assert answer.status == 200
    assert notion.codings == [b"gzip, deflate"] * 2


async def test_where_no_budget_is_kept_the_callers_codings_go_as_they_are(
    notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=notion, notion_mcp_budget_wait_seconds=0) as rig:
        await rig.caller.connect("team")
        browser = {**JSON, "Accept-Encoding": "gzip, br"}
        assert (await rig.caller.call("team", tool_call(), headers=browser)).status == 200
    assert notion.codings == [b"gzip, br"]


@pytest.mark.parametrize("way", ["gzip", "deflate", "events in gzip"])
async def test_while_calls_are_paced_answers_are_asked_for_as_they_are_and_read_all_the_same(
    notion: RationedMcp, rationed: Rig, way: Any
) -> None:
    notion.refusals = deque([("status", 0), (way, 0), (way, 0)])
    answer = await call(rationed)
    assert answer.json["result"] == {}
    assert len(notion.seen) == 4
    assert notion.codings[1:] == [b"identity"] * 3


@pytest.mark.parametrize("way", ["json", "events"])
async def test_a_tools_error_is_sent_again_once_calls_are_paced(
    notion: RationedMcp, rationed: Rig, way: Any
) -> None:
    notion.refusals = deque([("status", 0), (way, 0), (way, 0)])
    answer = await call(rationed)
    assert answer.json["result"] == {}
    assert len(notion.seen) == 4


async def test_a_limit_of_one_tool_holds_no_other_call_back(
    both_ways: str, notion: RationedMcp, rationed: Rig
) -> None:
    notion.reason = "per_tool"
    notion.refusals.append(("json", HOUR))
    assert refused_in_words(HOUR, "per_tool") in (await call(rationed)).body
    assert (await call(rationed)).json["result"] == {}
    assert await budget(rationed) is None


async def test_who_would_wait_too_long_is_told_how_long(
    both_ways: str, notion: RationedMcp, rationed: Rig
) -> None:
    notion.refusals.append(("status", HOUR))
    await call(rationed)
    answer = await call(rationed)
    assert len(notion.seen) == 1, "it was sent to Notion"
    assert answer.status == 200
    assert answer.json["result"]["isError"] is True
    told = answer.json["result"]["_meta"]["notion-gateway/refused"]
    assert told["reason"] == "budget_exhausted"
    assert HOUR - 60 < told["retry_after_seconds"] <= HOUR
    assert answer.headers["retry-after"] == str(told["retry_after_seconds"])
    assert f"Wait {told['retry_after_seconds']} seconds" in text_of(answer)

    to_application = await rationed.caller.call("team", tool_call(), headers=JSON)
    assert to_application.status == 429
    assert to_application.reason == "budget_exhausted"
    assert int(to_application.headers["retry-after"]) > HOUR - 60
    shown = await budget(rationed)
    assert shown is not None
    assert shown["refused"] == 2


async def test_what_calls_no_tool_waits_for_no_turn(
    both_ways: str, notion: RationedMcp, rationed: Rig
) -> None:
    notion.refusals.append(("status", HOUR))
    await call(rationed)
    assert (await call(rationed, body=CALL)).json["result"] == {}
    escaped = tool_call().replace(b"tools/call", b"tools\\u002fcall")
    assert b"budget_exhausted" in (await call(rationed, body=escaped)).body
    assert notion.seen == [tool_call(), CALL]


async def test_another_space_is_not_held_back(notion: RationedMcp, rationed: Rig) -> None:
    await rationed.caller.connect("other")
    notion.refusals.append(("status", HOUR))
    await call(rationed)
    answer = await rationed.caller.call("other", tool_call(), headers=JSON)
    assert answer.json["result"] == {}


async def test_who_calls_with_the_shared_grant_is_not_held_back_by_somebodys_own(
    both_ways: str, notion: RationedMcp, rationed: Rig
) -> None:
    choice = {"mode": "personal_else_shared"}
    await rationed.caller.send("PUT", "/spaces/team/grants", json=choice)
    await rationed.caller.connect("team", grant="mine")
    for user in ("ada", "bob"):
        await call(rationed, user)
    notion.refusals.append(("status", HOUR))
    assert (await call(rationed)).status == 429
    assert b"budget_exhausted" in (await call(rationed)).body

    answer = await call(rationed, "bob")

    assert answer.headers["x-notion-grant"] == "shared"
    assert answer.json["result"] == {}
    assert len(notion.seen) == 4, "Ada's second call was sent to Notion"
    assert await budget(rationed) is None, "of the shared one"


async def test_a_new_grant_begins_with_no_budget(notion: RationedMcp, rationed: Rig) -> None:
    notion.refusals.append(("status", HOUR))
    await call(rationed)
    await rationed.caller.disconnect("team")
    await rationed.caller.connect("team")
    assert await budget(rationed) is None
    assert (await call(rationed)).json["result"] == {}


async def test_switched_off_it_learns_nothing_and_holds_nothing_back(
    both_ways: str, notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=notion, notion_mcp_budget_wait_seconds=0) as rig:
        await rig.caller.connect("team")
        notion.refusals = deque([("status", HOUR), ("json", HOUR), ("status", HOUR)])
        assert (await call(rig)).body == BY_STATUS
        assert (await call(rig)).body == refused_in_words(HOUR)
        assert (await call(rig)).body == BY_STATUS
        assert len(notion.seen) == 3
        assert await budget(rig) is None


async def test_memory_serves_calls_again_once_notion_has_granted_them_for_a_window(
    relays: list[Relay], notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=notion, notion_mcp_budget_window_seconds=1) as rig:
        await rig.caller.connect("team")
        notion.refusals.append(("status", 0))
        await call(rig)
        served = len(relays)
        await call(rig)
        assert len(relays) == served, "a call passed its turn by memory"
        await until(lambda: budgets_of(rig).paced == 0)
        await call(rig)
        assert len(relays) == served + 1
        shown = await budget(rig)
        assert shown is not None
        assert not shown["is_paced"]


# --- whose turn it is ---------------------------------------------------------------------------


async def paced_and_held(rig: Rig, notion: RationedMcp) -> "asyncio.Task[Answer]":
    """A call of ``loop`` was refused, and is at Notion again, which holds it: the next one goes
    when it is answered.
    """
    notion.refusals.append(("status", 0))
    notion.holds = True
    first = asyncio.create_task(call(rig, "loop", tool_call(number=0)))
    await until(lambda: len(notion.seen) == 1)
    notion.release()
    await until(lambda: len(notion.seen) == 2)
    notion.seen.pop()
    return first


async def waiting_at(rig: Rig, count: int) -> None:
    await until(lambda: budgets_of(rig).waiting == count)


async def two_after_a_loop(rig: Rig, notion: RationedMcp) -> list[bytes]:
    """In which order a loop's calls and a person's, who comes later, reach Notion."""
    calls = [await paced_and_held(rig, notion)]
    for number in (1, 2, 3):
        calls.append(asyncio.create_task(call(rig, "loop", tool_call(number=number))))
        await waiting_at(rig, number)
    calls.append(asyncio.create_task(call(rig, "person", tool_call(number=4))))
    await waiting_at(rig, 4)
    for _ in calls:
        notion.release()
    answers = await asyncio.gather(*calls)
    assert all(one.status == 200 for one in answers)
    return notion.seen


async def test_a_person_comes_before_the_loop_that_came_before_them(
    notion: RationedMcp, rationed: Rig
) -> None:
    order = await two_after_a_loop(rationed, notion)
    assert order[:2] == [tool_call(number=0), tool_call(number=4)]
    assert sorted(order[2:]) == [tool_call(number=number) for number in (1, 2, 3)]


async def test_without_shares_the_loop_is_served_first(
    notion: RationedMcp, rationed: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    def first_come(waiting: Mapping[Sharer, deque[Place]], _: Pace) -> Sharer:
        return min(waiting, key=lambda one: waiting[one][0].number)

    monkeypatch.setattr(space_budget.SpaceBudget.__init__, "__defaults__", (first_come,))
    order = await two_after_a_loop(rationed, notion)
    assert order[:2] == [tool_call(number=0), tool_call(number=1)]
    # Two at a time may be on their way from then on, on connections of their own.
    assert sorted(order[2:]) == [tool_call(number=number) for number in (2, 3, 4)]


async def test_who_leaves_gives_their_place_to_others(notion: RationedMcp, rationed: Rig) -> None:
    first = await paced_and_held(rationed, notion)
    leaving = asyncio.create_task(call(rationed, "person", tool_call(number=1)))
    await waiting_at(rationed, 1)
    staying = asyncio.create_task(call(rationed, "person", tool_call(number=2)))
    await waiting_at(rationed, 2)
    leaving.cancel()
    await waiting_at(rationed, 1)
    notion.release()
    notion.release()
    for one in (first, staying):
        assert (await one).status == 200
    assert notion.seen == [tool_call(number=0), tool_call(number=2)]


async def test_a_full_queue_refuses_the_loop_and_makes_room_for_the_person(
    notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=notion, notion_mcp_budget_waiting_calls=3) as rig:
        await rig.caller.connect("team")
        first = await paced_and_held(rig, notion)
        loop = list[asyncio.Task[Answer]]()
        for number in (1, 2, 3):
            loop.append(asyncio.create_task(call(rig, "loop", tool_call(number=number))))
            await waiting_at(rig, number)
        assert b"budget_exhausted" in (await call(rig, "loop")).body
        person = asyncio.create_task(call(rig, "person", tool_call(number=4)))
        assert b"budget_exhausted" in (await loop.pop()).body
        for _ in range(4):
            notion.release()
        for one in (first, person, *loop):
            assert b"budget_exhausted" not in (await one).body
        assert tool_call(number=3) not in notion.seen


async def test_who_has_waited_as_long_as_is_set_is_refused(
    notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=notion, notion_mcp_budget_wait_seconds=0.5) as rig:
        await rig.caller.connect("team")
        first = await paced_and_held(rig, notion)
        assert b"budget_exhausted" in (await call(rig, "person")).body
        notion.release()
        assert (await first).status == 200
        assert len(notion.seen) == 1


async def test_a_refused_call_stands_in_the_record_with_its_reason(
    notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(tmp_path, monkeypatch, mcp=notion, gateway_audit=True) as rig:
        await rig.caller.connect("team")
        notion.refusals.append(("status", HOUR))
        for _ in range(2):
            await call(rig)

        async def kept() -> list[dict[str, Any]]:
            entries: list[dict[str, Any]] = (await rig.caller.get("/spaces/team/audit")).json[
                "entries"
            ]
            return entries

        async with asyncio.timeout(20):
            while len(entries := await kept()) < 2:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.05)
        found = {(one["status"], one["reason"]) for one in entries}
        assert found == {(429, ""), (200, "budget_exhausted")}


async def test_owners_are_told_once_an_hour(
    notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook: dict[str, Any] = {
        "gateway_webhook_url": "http://127.0.0.1:9/nobody",
        "gateway_webhook_secret": "whsec_" + "A" * 44,
        "gateway_webhook_allow_private_addresses": True,
    }
    query = "SELECT space_id, payload FROM webhook_deliveries WHERE kind = 'budget.exhausted'"
    async with a_rig(tmp_path, monkeypatch, mcp=notion, **webhook) as rig:
        await rig.caller.connect("team")
        await rig.caller.connect("other")
        notion.refusals = deque([("overload", 0)])
        await call(rig)
        notion.refusals = deque([("status", 0), ("status", 0)])
        await call(rig)
        await until(lambda: len(rig.sql(query)) == 1)
        notion.refusals.append(("status", HOUR))
        await rig.caller.call("other", tool_call(), headers=JSON)
        await until(lambda: len(rig.sql(query)) == 2)
        told = dict(rig.sql(query))
        assert sorted(told) == ["other", "team"]
        data = json.loads(told["other"])["data"]
        assert (data["reason"], data["limit"], data["window_seconds"]) == (None, None, 60.0)
        assert data["until"] > rig.clock.now().isoformat()
        assert "member" not in data

        await rig.caller.send("PUT", "/spaces/other/grants", json={"mode": "personal"})
        await rig.caller.connect("other", grant="mine")
        notion.refusals.append(("status", HOUR))
        await rig.caller.call("other", tool_call(), headers=JSON)
        await until(lambda: len(rig.sql(query)) == 3)
        told_of = [json.loads(payload)["data"].get("member") for _, payload in rig.sql(query)]
        assert sorted(one or "" for one in told_of) == ["", "", "ada"]


async def test_each_process_learns_for_itself(notion: RationedMcp, rationed: Rig) -> None:
    async with (
        serving_gateway(rationed.data_dir, rationed.notion.url) as there,
        calling(there.url) as elsewhere,
    ):
        notion.refusals.append(("status", HOUR))
        await call(rationed)
        assert b"budget_exhausted" in (await call(rationed)).body
        assert (await elsewhere.status("team"))["budget"] is None
        answer = await elsewhere.call("team", tool_call(), headers=JSON)
        assert answer.json["result"] == {}
        notion.refusals.append(("status", HOUR))
        assert (await elsewhere.call("team", tool_call(), headers=JSON)).body == BY_STATUS
        shown = (await elsewhere.status("team"))["budget"]
        assert shown["refused_by_notion"] == 1


async def test_the_next_process_begins_with_what_was_learned(
    notion: RationedMcp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with turns from the first call on."""
    async with a_rig(tmp_path, monkeypatch, mcp=notion) as rig:
        await rig.caller.connect("team")
        grant = (await rig.caller.status("team"))["process_id"]
        learned = Learned(grant, 7, 60.0, rig.clock.timestamp())
        monkeypatch.setattr(budgets_of(rig), "_learned", {grant: learned})
    async with a_rig(tmp_path, monkeypatch, mcp=notion) as rig:
        shown = await budget(rig)
        assert shown is not None
        assert (shown["is_paced"], shown["limit"], shown["refused_by_notion"]) == (True, 7, 0)


async def test_the_command_shows_it(notion: RationedMcp, rationed: Rig) -> None:
    notion.refusals.append(("status", HOUR))
    await call(rationed)
    await call(rationed)
    found = facts_of(await rationed.caller.status("team"))
    said = str(found["Budget"])
    unknown = "how many calls Notion grants is not known yet"
    counts = "0 used, 0 waiting, 1 refused here, 1 refused by Notion"
    assert f"{unknown}; {counts}; none goes before" in said
