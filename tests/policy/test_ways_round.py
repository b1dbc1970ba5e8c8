"""None of the ways round a policy that we know of leads round it, in three generations."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from notion_gateway.access.rules.tool_limits import ToolLimits
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.rules import guard as guard_module
from notion_gateway.policy.rules.deciding import Decision
from notion_gateway.policy.rules.document import Effect
from notion_gateway.policy.rules.guard import Judged
from notion_gateway.policy.rules.messages import Message
from notion_gateway.proxy import from_memory
from notion_gateway.proxy.policed import Policed
from notion_gateway.proxy.relay import Relay
from tests.policy.odd_answers import ODD_ANSWERS
from tests.policy.sending import (
    WITH_POLICY,
    WITHOUT,
    Reply,
    begin,
    beginning,
    reached,
    send,
)
from tests.policy.ways_round import (
    ASKED_ABOUT,
    BLOCKED,
    CALLS,
    GENERATIONS,
    HARMLESS,
    HIDDEN,
    LISTS,
    MODERN,
    Attempt,
    named,
    raw,
    tool_call,
)
from tests.support.rig import Rig

pytestmark = pytest.mark.anyio

CALLS_OF_THE_HARMLESS = {
    "with arguments as a text",
    "in a batch, behind one with the same id as a text",
    "behind a harmless body, by a header for an argument",
    "an answer that nobody asked for",
}
"""A policy refuses them because they can be read in two ways. In both they call a tool that the
token may call, or nothing.
"""
ALLOWED = Decision(Effect.ALLOW, "test")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one attempt in both spaces."""

    way: str
    passed: bool
    would_pass: bool
    reply: Reply


async def tried(rig: Rig, generation: str, *, shows_forms: bool = False) -> list[Outcome]:
    outcomes: list[Outcome] = []
    sessions = {
        one: await begin(rig, one, generation, shows_forms=shows_forms)
        for one in (WITH_POLICY, WITHOUT)
    }
    for name, way in CALLS.items():
        if shows_forms and name in ASKED_ABOUT:
            continue
        seen: dict[str, tuple[bool, Reply]] = {}
        for space, session in sessions.items():
            before = reached(rig)
            reply = await send(rig, space, way(generation), generation, session=session)
            seen[space] = (reached(rig) > before, reply)
        (passed, reply), (would_pass, _) = seen[WITH_POLICY], seen[WITHOUT]
        outcomes.append(Outcome(name, passed, would_pass, reply))
    return outcomes


def test_there_are_enough_of_them() -> None:
    assert len(CALLS) + len(LISTS) + len(ODD_ANSWERS) >= 60


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.usefixtures("both_ways")  # before the gateway of ``notion``
async def test_no_call_gets_round_a_policy(notion: Rig, generation: str) -> None:
    outcomes = await tried(notion, generation)

    assert [one.way for one in outcomes if one.passed] == []
    assert [one.way for one in outcomes if not one.would_pass] == [], "they are no attempts"
    assert {one.reply.status for one in outcomes} <= {200, 403, 422}
    for one in outcomes:
        if one.reply.status == 200:
            said: Any = json.loads(one.reply.body)
            answers = cast("list[dict[str, Any]]", said if isinstance(said, list) else [said])
            for answer in answers:
                assert answer.get("result", {"isError": True})["isError"] is True, one
        else:
            assert json.loads(one.reply.body)["error"]["data"]["reason"], one
    calls = notion.notion.simulator.counters.tool_calls
    assert not [tool for tool in HIDDEN if calls[tool] > len(outcomes)]


async def test_a_client_that_shows_forms_gets_no_further(notion: Rig) -> None:
    """It is asked where somebody has to be, and that is all."""
    outcomes = await tried(notion, "2025-11-25", shows_forms=True)

    assert [one.way for one in outcomes if one.passed] == []
    assert len(outcomes) == len(CALLS) - len(ASKED_ABOUT)
    session = await begin(notion, WITH_POLICY, "2025-11-25", shows_forms=True)
    before = reached(notion)
    for name in ASKED_ABOUT:
        attempt = CALLS[name]("2025-11-25")
        said = await beginning(notion, WITH_POLICY, attempt, "2025-11-25", session)
        assert b'"method": "elicitation/create"' in said, name
    assert reached(notion) == before


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_what_is_allowed_passes_and_keeps_its_bytes(
    relays: list[Relay], notion: Rig, generation: str
) -> None:
    """The policy stops what it names, and nothing else; what memory answers it need not slow."""
    session = await begin(notion, WITH_POLICY, generation)
    served = len(relays)
    call = raw(tool_call(generation, HARMLESS, id="self"))
    attempt = Attempt(call, named(generation, "tools/call", HARMLESS))
    reply = await send(notion, WITH_POLICY, attempt, generation, session=session)

    assert reply.status == 200
    assert b'"isError":false' in reply.body.replace(b" ", b"")
    assert len(relays) == served + 1
    assert relays[-1].rule.startswith("preset")


async def test_with_the_decision_inverted_what_is_blocked_passes(
    notion: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the corpus notices when blocked is taken for allowed, in calls and in lists."""
    decide, decide_tool = guard_module.decide, guard_module.decide_tool

    def inverted(decided: Callable[..., Decision]) -> Callable[..., Decision]:
        def turned(*given: object, **named: object) -> Decision:
            decision = decided(*given, **named)
            other = Effect.BLOCK if decision.effect is Effect.ALLOW else Effect.ALLOW
            return replace(decision, effect=other)

        return turned

    monkeypatch.setattr(guard_module, "decide", inverted(decide))
    monkeypatch.setattr(guard_module, "decide_tool", inverted(decide_tool))
    outcomes = await tried(notion, MODERN)
    passed = {one.way for one in outcomes if one.passed}
    assert {"the plain call", "allowed to delete, as a text", "a resource", "in chunks"} <= passed
    assert len(passed) > 20

    list_of = await send(notion, WITH_POLICY, LISTS["plainly"](MODERN), MODERN)
    assert list_of.shows(BLOCKED)
    assert not list_of.shows(f'"{HARMLESS}"')


async def test_with_every_call_taken_for_allowed_memory_lets_them_pass(
    both_ways: str, notion: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the guard in callbacks: it alone keeps back there what the policy stops."""
    allowed = Judged(Message("tools/call", 1, {"name": HARMLESS}), HARMLESS, ALLOWED)

    def taken(*_: object) -> Judged:
        return allowed

    monkeypatch.setattr(from_memory, "plainly_allowed", taken)
    outcomes = await tried(notion, MODERN)

    passed = {one.way for one in outcomes if one.passed}
    assert ("the plain call" in passed) is (both_ways == "in callbacks")


async def test_with_bodies_unread_what_is_unclear_passes(
    notion: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the other guard: without it, every single attempt reaches Notion."""

    async def passed(self: Policed, _: RawHeaders, body: bytes) -> None:
        self.body = body

    monkeypatch.setattr(Policed, "stopped", passed)
    outcomes = await tried(notion, MODERN)

    assert [one.way for one in outcomes if not one.passed] == []


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.usefixtures("both_ways")
async def test_no_call_gets_round_the_limits_of_a_token(
    notion: Rig, monkeypatch: pytest.MonkeyPatch, generation: str
) -> None:
    """One that may call a harmless tool alone, where there is no policy. The control: without its
    limits, all of them reach Notion.
    """
    space, token = await with_one_tool(notion)
    assert await passed_with(notion, space, token, generation) == CALLS_OF_THE_HARMLESS

    def anything(*_: object) -> None:
        """Whatever the body says."""

    monkeypatch.setattr(ToolLimits, "require", anything)
    assert await passed_with(notion, space, token, generation) == CALLS.keys()


async def with_one_tool(rig: Rig) -> tuple[str, str]:
    """A space without a policy, and a token of it."""
    space: str = (await rig.caller.send("POST", "/spaces", json={"name": "x"})).json["space_id"]
    assert (await rig.caller.connect(space)).result["status"] == "success"
    wish = {"name": "one tool", "tools": [HARMLESS]}
    made = await rig.caller.send("POST", f"/spaces/{space}/tokens", json=wish)
    return space, made.json["token"]


async def passed_with(rig: Rig, space: str, token: str, generation: str) -> set[str]:
    """Which attempts reach Notion."""
    session, passed = await begin(rig, space, generation), set[str]()
    bearer = {"X-User-ID": None, "Authorization": f"Bearer {token}"}
    for name, way in CALLS.items():
        before, attempt = reached(rig), way(generation)
        with_token = replace(attempt, headers={**attempt.headers, **bearer})
        await send(rig, space, with_token, generation, session=session)
        if reached(rig) > before:
            passed.add(name)
    return passed
