"""A person approves one call, asked in the middle of its answer (2025-06-18 and 2025-11-25)."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.policy import questions
from notion_gateway.policy.questions import Questions
from notion_gateway.policy.rules.approval import QUESTION_IDS
from notion_gateway.proxy import asked_first
from notion_gateway.proxy.rules.sessions import HEADER
from tests.policy.asking_clients import ACCEPT, TOOL, AskingClient, a_call
from tests.policy.rigs import policies_of
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import JSON_HEADERS, SSE_HEADERS, RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.anyio

VERSIONS = ("2025-06-18", "2025-11-25")
NOTIONS_ID = (HEADER, b"notion-session-0123456789")
RESULT = b'{"jsonrpc":"2.0","id":1,\r\n"result":{"content":[]}}'


@dataclass(frozen=True, slots=True)
class Setting:
    rig: Rig
    signer: Signer
    space: str
    ada: AskingClient
    bob: AskingClient
    upstream: RecordingMcp

    @property
    def owner(self) -> Person:
        return person(self.rig, self.signer, "ada")

    @property
    def questions(self) -> Questions:
        return policies_of(self.rig).questions

    @property
    def calls(self) -> int:
        """That have reached Notion."""
        return sum(b"tools/call" in one.body for one in self.upstream.seen)

    async def set_policy(self, version: int, **document: Any) -> None:
        answer = await self.owner.send(
            "PUT",
            f"/spaces/{self.space}/policy",
            params={"expected_version": str(version)},
            data=json.dumps({"version": 1, "preset": "custom", **document}),
        )
        assert answer.status == 200, answer.body

    async def nobody_waits(self) -> None:
        await until(lambda: not self.questions.waiting, PATIENCE_SECONDS)


@pytest.fixture
async def setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Setting]:
    upstream = RecordingMcp(headers=(*JSON_HEADERS, NOTIONS_ID), chunks=(RESULT[:30], RESULT[30:]))
    async with strict_rig(tmp_path, monkeypatch, signer, upstream) as rig:
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.add(space, "bob")
        await ada.connect(space)
        clients = [AskingClient(rig.caller, await one.token(space), space) for one in (ada, bob)]
        there = Setting(rig, signer, space, clients[0], clients[1], upstream)
        await there.set_policy(0)
        yield there


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("streams", [True, False])
async def test_a_person_who_accepts_lets_the_call_pass_once(
    setting: Setting, version: str, *, streams: bool
) -> None:
    if streams:
        setting.upstream.headers = (*SSE_HEADERS, NOTIONS_ID)
        news = b'data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n'
        setting.upstream.chunks = (news, b'data: {"jsonrpc":"2.0","id":1,', b'"result":{}}\n\n')
    client = await replace(setting.ada, version=version).initialized()
    async with client.calling() as stream:
        asked = await stream.question()
        assert set(asked["params"]) == {"message", "requestedSchema"}
        assert TOOL in asked["params"]["message"]
        assert setting.calls == 0

        assert (await client.answer(asked)).status == 202
        if streams:
            assert (await stream.event() or {})["method"] == "notifications/progress"
        told = await stream.event()
        assert told is not None
        assert (told["id"], "result" in told) == (1, True)
        assert (await client.answer(asked)).status == 202, "a second time"
        assert await stream.event() is None

    assert setting.calls == 1
    sent = setting.upstream.seen[-1]
    assert json.loads(sent.body) == a_call(), "the call as it came, and no answer after it"
    assert sent.values(b"accept-encoding") == [b"identity"]
    await setting.nobody_waits()


async def test_the_answer_may_come_to_another_gateway(setting: Setting, signer: Signer) -> None:
    """Each of five calls is held here, and answered there; one call each reaches Notion."""
    client = await setting.ada.initialized()
    async with second_replica(setting.rig, signer) as elsewhere:
        for number in range(5):
            async with client.calling(call_id=number) as stream:
                asked = await stream.question()
                there = replace(client, caller=elsewhere)
                assert (await there.answer(asked)).status == 202
                assert await stream.event() is not None
            assert setting.calls == number + 1


async def test_an_answer_is_found_without_its_notice_too(
    setting: Setting, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway may end between the answer and its notice."""
    monkeypatch.setattr(asked_first, "STILL_HERE_SECONDS", 0.05)

    async def untold(*_: object) -> None:
        """Nobody hears of it."""

    monkeypatch.setattr(questions.ChangeFeed, "tell", untold)
    client = await setting.ada.initialized()
    async with second_replica(setting.rig, signer) as elsewhere, client.calling() as stream:
        asked = await stream.question()
        assert (await replace(client, caller=elsewhere).answer(asked)).status == 202
        assert await stream.event() is not None
    assert setting.calls == 1


@pytest.mark.parametrize(
    "message",
    [
        {"result": {"action": "decline"}},
        {"result": {"action": "cancel"}},
        {"result": {"action": ["accept"]}},
        {"result": {}},
        {"result": "accept"},
        {"result": None},
        {"error": {"code": -32601, "message": "no"}},
    ],
)
async def test_whoever_does_not_accept_lets_nothing_pass(
    setting: Setting, message: dict[str, Any]
) -> None:
    client = await setting.ada.initialized()
    async with client.calling() as stream:
        asked = await stream.question()
        assert (await client.send({"id": asked["id"], **message})).status == 202
        assert (await client.answer(asked)).status == 202, "the first answer counts"
        said = await stream.says()

    assert "was asked, and did not approve" in said
    assert "approval_required" in said
    assert setting.calls == 0


async def test_what_cannot_be_shown_is_not_asked_about(setting: Setting) -> None:
    client = await setting.ada.initialized()
    told = (await client.send(a_call(json.dumps([0] * 10_000)))).json["result"]
    assert "Make several calls of it" in told["content"][0]["text"]
    assert setting.calls == 0


async def test_only_who_was_asked_can_answer(setting: Setting) -> None:
    """Not another person, token, session or space; nor with an id of their own making."""
    client = await setting.ada.initialized()
    again = await setting.ada.initialized()
    other = await setting.bob.initialized()
    token = replace(client, bearer=await setting.owner.token(setting.space))
    async with client.calling() as stream:
        asked = await stream.question()
        forged = {"id": f"{asked['id'][:-4]}AAAA"}
        for who, question in (
            (replace(setting.bob, session=None), asked),
            (other, asked),
            (replace(again, session=None), asked),
            (token, asked),
            (client, forged),
            (client, {"id": QUESTION_IDS}),
            (client, {"id": QUESTION_IDS + "x" * 200}),
        ):
            refused = await who.answer(question)
            assert (refused.status, refused.reason) == (403, "call_unclear"), who
        setting.upstream.headers = (*JSON_HEADERS, (HEADER, b"another"))
        refused = await (await setting.ada.initialized()).answer(asked)
        assert (refused.status, refused.reason) == (403, "call_unclear")
        assert (await replace(other, session=client.session).answer(asked)).status == 404
        batch = [{"jsonrpc": "2.0", "id": asked["id"], "result": ACCEPT}]
        refused = await client.caller.send(
            "POST",
            f"/mcp/notion/{setting.space}",
            user=None,
            headers=client.headers,
            data=json.dumps(batch),
        )
        assert (refused.status, refused.reason) == (403, "call_unclear")

        assert (await client.answer(asked)).status == 202
        assert await stream.event() is not None
    assert setting.calls == 1
    assert not [one for one in setting.upstream.seen if QUESTION_IDS.encode() in one.body]


async def test_without_the_binding_anybody_can_answer(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    def same(_: object) -> str:
        return "anybody's"

    monkeypatch.setattr(questions, "_purpose", same)
    client, other = await setting.ada.initialized(), await setting.bob.initialized()
    async with client.calling() as stream:
        assert (await other.answer(await stream.question())).status == 202
        assert await stream.event() is not None
    assert setting.calls == 1


@pytest.mark.parametrize(
    ("capabilities", "changes"),
    [
        ({}, {}),
        ({"elicitation": None}, {}),
        ({"elicitation": {"url": {}}}, {}),
        ({"elicitation": {}}, {"MCP-Protocol-Version": "2025-03-26"}),
        ({"elicitation": {}}, {"Accept": "application/json"}),
    ],
)
async def test_whoever_cannot_be_asked_is_refused_as_before(
    setting: Setting, capabilities: dict[str, Any], changes: dict[str, str]
) -> None:
    client = await setting.ada.initialized(capabilities)
    refused = (await client.send(a_call(), **changes)).json["result"]

    assert "this client cannot ask them" in refused["content"][0]["text"]
    assert setting.calls == 0
    without = replace(await setting.ada.initialized(), session=None)
    assert (await without.send(a_call())).json["result"]["isError"] is True
    assert setting.calls == 0


async def test_nobody_has_to_answer(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_first, "STILL_HERE_SECONDS", 0.05)
    client = await setting.ada.initialized()
    async with client.calling() as stream:
        asked = await stream.question()
        setting.rig.clock.skip(301)
        assert "did not answer in time" in await stream.says()
        assert await stream.event() is None
    assert (await client.answer(asked)).status == 403, "too late"
    assert setting.calls == 0


async def test_a_client_that_leaves_takes_its_call_back(setting: Setting) -> None:
    client = await setting.ada.initialized()
    async with client.calling() as stream:
        asked = await stream.question()
        assert setting.questions.waiting == 1
        stream.response.close()
        await setting.nobody_waits()
    await client.answer(asked)

    async with client.calling(call_id=2) as stream:
        assert (await client.answer(await stream.question())).status == 202
        assert (await stream.event() or {})["id"] == 1, "what this Notion always answers"
    assert setting.calls == 1


async def test_a_call_that_is_taken_back_has_no_answer_and_goes_nowhere(setting: Setting) -> None:
    client, other = await setting.ada.initialized(), await setting.bob.initialized()
    cancelled = {"method": "notifications/cancelled", "params": {"requestId": 7}}
    async with client.calling(call_id=7) as stream:
        asked = await stream.question()
        await other.send(cancelled)
        await client.send({**cancelled, "params": {"requestId": "7"}})
        await client.send(cancelled)
        await client.answer(asked)
        assert await stream.event() is None
    assert setting.calls == 0
    assert sum(b"notifications/cancelled" in one.body for one in setting.upstream.seen) == 3


async def test_a_policy_that_changes_meanwhile_decides(setting: Setting) -> None:
    client = await setting.ada.initialized()
    async with client.calling() as stream:
        asked = await stream.question()
        await setting.set_policy(1, tools={TOOL: "block"})
        await client.answer(asked)
        assert "blocked_by_policy" in await stream.says()
    assert setting.calls == 0

    await setting.set_policy(2)
    async with client.calling() as stream:
        await stream.question()
        path, expects = f"/spaces/{setting.space}/policy", {"expected_version": "3"}
        assert (await setting.owner.send("DELETE", path, params=expects)).status == 200
        assert (await stream.event() or {})["id"] == 1, "nobody has to be asked any more"
    assert setting.calls == 1


async def test_what_was_declined_does_not_pass_when_the_policy_goes(
    setting: Setting, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway that holds the call hears of the policy, and finds the person's answer."""

    async def untold(*_: object) -> None:
        """Nobody hears of the answer."""

    client = await setting.ada.initialized()
    async with second_replica(setting.rig, signer) as elsewhere, client.calling() as stream:
        asked = await stream.question()
        with monkeypatch.context() as patched:
            patched.setattr(questions.ChangeFeed, "tell", untold)
            await replace(client, caller=elsewhere).answer(asked, {"action": "decline"})
        path, expects = f"/spaces/{setting.space}/policy", {"expected_version": "1"}
        assert (await setting.owner.send("DELETE", path, params=expects)).status == 200
        assert "did not approve" in await stream.says()
    assert setting.calls == 0


async def test_answers_to_notions_own_questions_go_to_notion(setting: Setting) -> None:
    client = await setting.ada.initialized()
    async with client.calling() as stream:
        asked = await stream.question()
        for question_id in (1, "1", "notion-gateway", asked["id"].upper(), f" {asked['id']}"):
            before = len(setting.upstream.seen)
            assert (await client.answer({"id": question_id})).status == 200
            assert len(setting.upstream.seen) == before + 1
        assert setting.questions.waiting == 1
    assert setting.calls == 0


async def test_where_notion_opens_no_session_the_gateway_does(setting: Setting) -> None:
    setting.upstream.headers = JSON_HEADERS
    client = await setting.ada.initialized()
    assert client.session is not None
    async with client.calling() as stream:
        assert (await client.answer(await stream.question())).status == 202
        assert await stream.event() is not None
    assert setting.calls == 1
    assert setting.upstream.last.values(HEADER) == []
    assert (await setting.ada.initialized({})).session is None


@pytest.mark.parametrize(
    ("status", "headers", "body", "told"),
    [
        (
            403,
            JSON_HEADERS,
            b'{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"not yours"}}',
            "not yours",
        ),
        (500, ((b"content-type", b"text/plain"),), b"oh\n\ndata: {}\n\n", "HTTP 500"),
        (200, ((b"content-type", b"text/html"),), b"<p>", "HTTP 200"),
        (202, (), b"", "HTTP 202"),
        (200, (*JSON_HEADERS, (b"content-encoding", b"gzip")), b"\x1f\x8b", "compressed"),
        (503, JSON_HEADERS, b"[" * 70_000, "too long"),
    ],
)
async def test_what_notion_refuses_is_told_in_the_stream(
    setting: Setting, status: int, headers: Any, body: bytes, told: str
) -> None:
    client = await setting.ada.initialized()
    setting.upstream.status, setting.upstream.headers = status, headers
    setting.upstream.chunks = (body,)
    async with client.calling() as stream:
        assert (await client.answer(await stream.question())).status == 202
        found = await stream.event()
        assert found is not None
        assert found["id"] == 1
        assert told in found["error"]["message"]
        assert await stream.event() is None
    assert setting.calls == 1


async def test_a_connection_that_ends_meanwhile_is_told_in_the_stream(setting: Setting) -> None:
    client = await setting.ada.initialized()
    async with client.calling() as stream:
        asked = await stream.question()
        gone = await setting.owner.send("DELETE", f"/integrations/notion/{setting.space}")
        assert gone.status == 200
        assert (await client.answer(asked)).status == 202
        assert "to connect it, then try again" in await stream.says()
    assert setting.calls == 0


async def test_a_gateway_that_stops_does_not_wait_for_people(setting: Setting) -> None:
    client = await setting.ada.initialized()
    async with client.calling() as stream:
        await stream.question()
        for one in tuple(setting.rig.gateway.server.server_state.connections):
            if one.only_listens:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
                one.shutdown()
        assert "had not answered when the gateway had to stop" in await stream.says()
    assert setting.calls == 0
