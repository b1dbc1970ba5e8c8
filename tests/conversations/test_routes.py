"""Conversations over HTTP: a person's own, in person, and nobody else's."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.conversations.rules import ANSWERING_SECONDS
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig

pytestmark = pytest.mark.anyio

SAID: dict[str, Any] = {"role": "user", "parts": [{"type": "text", "text": "Where is the plan?"}]}


@pytest.fixture
def ada(rig: Rig, signer: Signer) -> Person:
    return person(rig, signer, "ada")


@pytest.fixture
def bob(rig: Rig, signer: Signer) -> Person:
    return person(rig, signer, "bob")


@pytest.fixture
async def space(ada: Person) -> str:
    return await ada.create_space()


async def save(who: Person, space: str, name: str = "c1", **body: Any) -> Answer:
    wish = {"title": "Plans", "messages": {"m1": SAID}} | body
    return await who.send("PUT", f"/spaces/{space}/conversations/{name}", json=wish)


async def test_what_is_said_is_saved_found_renamed_and_deleted(ada: Person, space: str) -> None:
    here = f"/spaces/{space}/conversations"
    empty = (await ada.get(here)).json
    assert empty == {"keep_days": 365, "conversations": [], "before": None}

    first = await save(ada, space)
    assert (first.status, first.json["before"], first.json["title"]) == (200, 0, "Plans")
    reply = {"role": "assistant", "parts": [{"type": "text", "text": "In *Roadmap*."}]}
    second = await save(ada, space, title="Ignored", messages={"m2": reply})
    assert (second.json["before"], second.json["title"]) == (first.json["change"], "Plans")

    whole = (await ada.get(f"{here}/c1")).json
    assert (whole["message_ids"], whole["messages"]) == (["m1", "m2"], {"m1": SAID, "m2": reply})
    since = (await ada.get(f"{here}/c1", params={"after": str(first.json["change"])})).json
    assert (since["message_ids"], since["messages"]) == (["m1", "m2"], {"m2": reply})

    pinned = await ada.send("PATCH", f"{here}/c1", json={"title": "Ideas", "is_pinned": True})
    assert (pinned.json["title"], pinned.json["is_pinned"]) == ("Ideas", True)
    found = (await ada.get(here, params={"words": "ROADMAP ideas"})).json["conversations"]
    assert [one["title"] for one in found] == ["Ideas"]

    assert [(await ada.send("DELETE", f"{here}/c1")).status for _ in range(2)] == [204, 204]
    gone = await ada.get(f"{here}/c1")
    assert (gone.status, gone.reason) == (404, "conversation_unknown")
    assert (await ada.send("PATCH", f"{here}/c1", json={})).reason == "conversation_unknown"


async def test_pages_follow_each_other(ada: Person, space: str) -> None:
    for name in ("c1", "c2", "c3"):
        await save(ada, space, name, title=name)
    here = f"/spaces/{space}/conversations"
    first = (await ada.get(here, params={"limit": "2"})).json
    last = (await ada.get(here, params={"limit": "2", "before": str(first["before"])})).json
    pages = [[one["title"] for one in page["conversations"]] for page in (first, last)]
    assert (pages, last["before"]) == ([["c3", "c2"], ["c1"]], None)


async def test_nobody_else_reaches_it_not_even_an_owner(
    ada: Person, bob: Person, space: str
) -> None:
    await ada.add(space, "bob")
    await save(bob, space)
    here = f"/spaces/{space}/conversations"
    assert (await ada.get(f"{here}/c1")).reason == "conversation_unknown"
    assert (await ada.get(here)).json["conversations"] == []
    await ada.send("DELETE", here)
    assert (await bob.get(f"{here}/c1")).status == 200

    # An owner sees when somebody was active, which members do not see of each other.
    async def active(who: Person) -> list[str]:
        members = (await who.get(f"/spaces/{space}/members")).json["members"]
        return [one["user_id"] for one in members if one["last_active_at"] is not None]

    assert (await active(ada), await active(bob)) == (["bob"], [])

    elsewhere = await bob.create_space("Bob's")
    assert (await bob.get(f"/spaces/{elsewhere}/conversations/c1")).status == 404
    assert (await ada.get(f"/spaces/{elsewhere}/conversations")).reason == "space_not_accessible"


@pytest.mark.parametrize("wish", [{}, {"read_only": True}])
async def test_a_gateway_token_reads_and_writes_none(
    rig: Rig, ada: Person, space: str, wish: dict[str, bool]
) -> None:
    await save(ada, space)
    headers = {"Authorization": f"Bearer {await ada.token(space, **wish)}"}
    here = f"/spaces/{space}/conversations"
    for method, path in (
        ("GET", here),
        ("GET", f"{here}/c1"),
        ("PUT", f"{here}/c1"),
        ("PATCH", f"{here}/c1"),
        ("DELETE", f"{here}/c1"),
        ("DELETE", here),
    ):
        body = {"title": "x"} if method in ("PUT", "PATCH") else None
        answer = await rig.caller.send(method, path, user=None, headers=headers, json=body)
        assert (answer.status, answer.reason) == (403, "token_not_allowed"), method
    assert (await ada.get(f"{here}/c1")).json["title"] == "Plans"


async def test_who_is_removed_leaves_nothing_and_finds_nothing_on_return(
    rig: Rig, ada: Person, bob: Person, space: str
) -> None:
    await ada.add(space, "bob")
    await save(bob, space)
    assert (await ada.send("DELETE", f"/spaces/{space}/members/bob")).status == 204
    for table in ("conversations", "conversation_messages", "conversation_keepers"):
        assert rig.sql(f"SELECT * FROM {table}") == []  # noqa: S608 - names of tables
    assert rig.sql("SELECT * FROM secrets WHERE field = 'conversations_key'") == []
    await ada.add(space, "bob")
    assert (await bob.get(f"/spaces/{space}/conversations")).json["conversations"] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"messages": []}, "messages"),
        ({"messages": {"m1": "text"}}, "m1: Input should be a valid dictionary"),
        ({"messages": {"a/b": SAID}}, "an id is malformed"),
        ({"gone": [""]}, "an id is malformed"),
        ({"problem": "down"}, "problem"),
    ],
)
async def test_what_cannot_be_kept_is_refused_in_words(
    ada: Person, space: str, body: dict[str, Any], words: str
) -> None:
    refused = await save(ada, space, **body)
    assert (refused.status, refused.reason) == (422, "invalid_request")
    assert words in refused.json["detail"]
    assert (await ada.get(f"/spaces/{space}/conversations")).json["conversations"] == []


async def test_a_message_may_be_long_but_not_endless(ada: Person, space: str) -> None:
    async def put(length: int) -> Answer:
        messages = {"m1": {"parts": [{"type": "text", "text": "x" * length}]}}
        body = json.dumps({"title": "Long", "messages": messages}).encode()
        headers = {"Content-Type": "application/json"}
        path = f"/spaces/{space}/conversations/c1"
        return await ada.send("PUT", path, data=BytesIO(body), headers=headers)

    assert (await put(1_000_000)).status == 200
    refused = await put(4 * 1024 * 1024)
    assert (refused.status, refused.reason) == (413, "request_too_large")


async def test_a_name_that_needs_escaping_is_refused(ada: Person, space: str) -> None:
    refused = await ada.get(f"/spaces/{space}/conversations/a%20b")
    assert (refused.status, refused.reason) == (422, "invalid_request")


async def test_where_none_are_kept_saving_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    changes: dict[str, Any] = {"gateway_keep_conversations_days": 0}
    async with strict_rig(tmp_path, monkeypatch, signer, **changes) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        refused = await save(ada, space)
        assert (refused.status, refused.reason) == (422, "invalid_request")
        assert "they stay in the browser" in refused.json["detail"]
        assert (await ada.get(f"/spaces/{space}/conversations")).json["keep_days"] == 0


async def test_an_answer_is_under_way_until_it_ends_breaks_off_or_is_stopped(
    rig: Rig, ada: Person, bob: Person, space: str
) -> None:
    here = f"/spaces/{space}/conversations"

    async def is_answering() -> bool:
        listed = (await ada.get(here)).json["conversations"][0]["is_answering"]
        assert listed == (await ada.get(f"{here}/c1")).json["is_answering"]
        return bool(listed)

    await save(ada, space, waiting=2)
    assert (await ada.get(f"{here}/c1")).json["waiting"] == 2
    assert not await is_answering()
    begun = await save(ada, space, is_answering=True)
    assert (begun.json["stops"], await is_answering()) == (0, True)
    # Another device, which saves what it has, neither ends nor prolongs it.
    await save(ada, space, messages={"m2": SAID})
    assert await is_answering()

    await ada.add(space, "bob")
    assert (await bob.send("POST", f"{here}/c1/stop")).reason == "conversation_unknown"
    assert (await save(ada, space, is_answering=True)).json["stops"] == 0
    assert (await ada.send("POST", f"{here}/c1/stop")).status == 204
    assert (await save(ada, space, is_answering=True)).json["stops"] == 1
    await save(ada, space, is_answering=False)
    assert not await is_answering()

    # Whoever wrote it is gone without a word.
    await save(ada, space, is_answering=True)
    assert await is_answering()
    later = f"answering_until - {ANSWERING_SECONDS}"
    rig.sql(f"UPDATE conversations SET answering_until = {later}")  # noqa: S608 - a number
    assert not await is_answering()


async def test_what_goes_on_in_a_deleted_conversation_does_not_bring_it_back(
    ada: Person, space: str
) -> None:
    here = f"/spaces/{space}/conversations"

    async def late() -> Answer:
        return await save(ada, space, messages={"m2": SAID}, only_if_kept=True)

    assert (await late()).reason == "conversation_unknown"
    await save(ada, space)
    assert (await late()).status == 200
    await ada.send("DELETE", f"{here}/c1")
    assert (await late()).reason == "conversation_unknown"
    assert (await ada.get(here)).json["conversations"] == []
    await save(ada, space)
    await ada.send("DELETE", here)
    assert (await late()).reason == "conversation_unknown"
    assert (await ada.get(here)).json["conversations"] == []
