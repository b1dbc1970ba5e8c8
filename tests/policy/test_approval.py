"""A person approves one call, asked by a form in their MCP client (2026-07-28)."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.policy.approvals import Approvals
from notion_gateway.policy.rules.approval import OUR_QUESTION
from tests.policy.documents import PAGE
from tests.policy.ways_round import MODERN, message
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio

CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
TOOL = "notion-create-comment"
ACCEPTS: dict[str, Any] = {"action": "accept", "content": {}}


@dataclass(frozen=True, slots=True)
class Setting:
    rig: Rig
    space: str
    ada: Person
    bob: Person
    upstream: RecordingMcp

    async def set_policy(self, version: int, **document: Any) -> None:
        await self.ada.send(
            "PUT",
            f"/spaces/{self.space}/policy",
            params={"expected_version": str(version)},
            data=json.dumps({"version": 1, "preset": "custom", **document}),
        )

    async def comments(
        self,
        who: Person,
        text: str = "x",
        *,
        can_ask: object = "form",
        version: str = MODERN,
        **params: Any,
    ) -> dict[str, Any]:
        call = message(version, name=TOOL, arguments={"page_id": PAGE, "markdown": text}, **params)
        asks: Any = {"form": {}} if can_ask == "form" else can_ask
        call["params"].setdefault("_meta", {})[CAPABILITIES] = (
            {} if asks is None else {"elicitation": asks}
        )
        headers = {"Content-Type": "application/json", "MCP-Protocol-Version": version}
        answer = await who.send(
            "POST", f"/mcp/notion/{self.space}", data=json.dumps(call), headers=headers
        )
        result: dict[str, Any] = answer.json["result"]
        return result

    async def asked(self, who: Person, text: str = "x", **more: Any) -> str:
        """The state that goes with the question."""
        asked = await self.comments(who, text, **more)
        assert asked["resultType"] == "input_required", asked
        state: str = asked["requestState"]
        return state

    async def answers(
        self, who: Person, state: object, answer: object = ACCEPTS, text: str = "x", **more: Any
    ) -> bool:
        """Whether the call has passed."""
        before = len(self.upstream.seen)
        responses = {OUR_QUESTION: answer}
        said = await self.comments(who, text, inputResponses=responses, requestState=state, **more)
        passed = len(self.upstream.seen) > before
        if not passed:
            words = said["content"][0]["text"]
            assert "approval_required" in words
            assert "does not fit" in words
        return passed


@pytest.fixture
async def setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Setting]:
    upstream = RecordingMcp()
    async with strict_rig(tmp_path, monkeypatch, signer, upstream) as rig:
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.add(space, "bob")
        await ada.connect(space)
        scripts = [
            Person(rig.caller, one.user, signer, rig.clock.now, await one.token(space))
            for one in (ada, bob)
        ]
        await Setting(rig, space, ada, bob, upstream).set_policy(0)
        yield Setting(rig, space, scripts[0], scripts[1], upstream)


async def test_a_person_who_is_asked_and_accepts_lets_the_call_pass_once(setting: Setting) -> None:
    asked = await setting.comments(setting.ada)
    form = asked["inputRequests"][OUR_QUESTION]

    assert asked["resultType"] == "input_required"
    assert (form["method"], form["params"]["mode"]) == ("elicitation/create", "form")
    assert TOOL in form["params"]["message"]
    assert PAGE in form["params"]["message"]
    assert setting.upstream.seen == []

    assert await setting.answers(setting.ada, asked["requestState"])
    sent = json.loads(setting.upstream.last.body)["params"]
    assert sent["arguments"] == {"page_id": PAGE, "markdown": "x"}
    assert not {"inputResponses", "requestState"} & sent.keys()

    assert not await setting.answers(setting.ada, asked["requestState"]), "a second time"
    assert len(setting.upstream.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [{"action": "decline"}, {"action": "cancel"}, {}, None, "accept", {"action": ["accept"]}],
)
async def test_who_does_not_accept_lets_nothing_pass(setting: Setting, answer: object) -> None:
    state = await setting.asked(setting.ada)
    responses = {OUR_QUESTION: answer}
    said = await setting.comments(setting.ada, "x", inputResponses=responses, requestState=state)
    assert "did not approve" in said["content"][0]["text"]
    assert setting.upstream.seen == []


async def test_an_approval_is_for_that_call_by_that_person_in_time(setting: Setting) -> None:
    state = await setting.asked(setting.ada)

    assert not await setting.answers(setting.ada, state, text="y")
    assert not await setting.answers(setting.bob, state)
    forgeries: list[Any] = [None, "", "x" * 80, state[:-2] + "AA", [state], {}]
    for forged in forgeries:
        assert not await setting.answers(setting.ada, forged)
    setting.rig.clock.skip(601)
    assert not await setting.answers(setting.ada, state)
    assert setting.upstream.seen == []

    assert await setting.answers(setting.ada, await setting.asked(setting.ada, can_ask={}))


async def test_without_the_check_a_forged_approval_passes(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    async def believed(*_: object) -> dict[str, Any]:
        return {}

    monkeypatch.setattr(Approvals, "given", believed)
    assert await setting.answers(setting.ada, "forged")


@pytest.mark.parametrize(
    ("can_ask", "version"),
    [(None, MODERN), ({"url": {}}, MODERN), ("yes", MODERN), ("form", "2025-11-25")],
)
async def test_whoever_cannot_be_asked_is_told_what_to_do(
    setting: Setting, can_ask: object, version: str
) -> None:
    said = await setting.comments(setting.ada, can_ask=can_ask, version=version)

    assert said["isError"] is True
    assert "approval_required" in said["content"][0]["text"]
    assert setting.upstream.seen == []


async def test_what_cannot_be_shown_is_not_asked_about(setting: Setting) -> None:
    said = await setting.comments(setting.ada, json.dumps([0] * 10_000))

    assert said["isError"] is True
    assert "Make several calls of it" in said["content"][0]["text"]
    assert setting.upstream.seen == []


async def test_what_the_call_says_to_notion_is_not_lost_by_the_question(setting: Setting) -> None:
    theirs: dict[str, Any] = {
        "inputResponses": {"theirs": {"action": "accept"}},
        "requestState": "of Notion",
    }
    state = (await setting.comments(setting.ada, **theirs))["requestState"]

    assert await setting.answers(setting.ada, state)
    sent = json.loads(setting.upstream.last.body)["params"]
    assert {name: sent[name] for name in theirs} == theirs


async def test_approval_does_not_outlive_a_policy_that_blocks(
    setting: Setting, signer: Signer
) -> None:
    state = await setting.asked(setting.ada)
    owner = person(setting.rig, signer, "ada")
    blocking = Setting(setting.rig, setting.space, owner, setting.bob, setting.upstream)
    await blocking.set_policy(1, tools={TOOL: "block"})

    responses: dict[str, Any] = {OUR_QUESTION: ACCEPTS}
    said = await setting.comments(setting.ada, inputResponses=responses, requestState=state)
    assert "blocked_by_policy" in said["content"][0]["text"]
    assert setting.upstream.seen == []
