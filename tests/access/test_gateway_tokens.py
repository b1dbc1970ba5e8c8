"""Gateway tokens over HTTP: given out once, listed without themselves, limited, ended."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog

from notion_gateway.access import gateway_tokens as usecase
from notion_gateway.access.gateway_tokens import new_token
from notion_gateway.access.rules.gateway_tokens import TokenKind, is_well_formed
from tests.support.canaries import files_in, leaks, said
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.anyio

DAY = 86_400


def script(who: Person, token: str) -> Person:
    return Person(who.caller, who.user, who.signer, who.now, token)


async def made(who: Person, space: str, **wish: Any) -> dict[str, Any]:
    answer = await who.post(f"/spaces/{space}/tokens", {"name": "Script", **wish})
    assert answer.status == 201, answer.body
    assert answer.headers["cache-control"] == "no-store"
    return answer.json


async def listed(who: Person, space: str) -> dict[str, dict[str, Any]]:
    answer = await who.get(f"/spaces/{space}/tokens")
    return {one["token_id"]: one for one in answer.json["tokens"]}


async def tool_call(who: Person, space: str, tool: str) -> tuple[int, str]:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool}}
    headers = {"Mcp-Method": "tools/call", "Mcp-Name": tool}
    answer = await who.call(space, json.dumps(message).encode(), headers=headers)
    return answer.status, answer.reason if answer.status != 200 else ""


async def test_a_token_is_shown_once_and_listed_by_its_hint(ada: Person) -> None:
    space = await ada.create_space()
    new = await made(ada, space, name="  My   script ", expires_in_days=7)
    token: str = new.pop("token")

    assert is_well_formed(token)
    assert new["name"] == "My script"
    assert new["hint"] == f"{token[:9]}…{token[-4:]}"
    assert (new["kind"], new["user_id"], new["client_name"]) == ("personal", "ada", None)
    assert (new["read_only"], new["tools"], new["can_manage"]) == (False, None, False)
    assert await listed(ada, space) == {new["token_id"]: new}
    assert (await script(ada, token).get("/me")).json == {
        "user_id": "ada",
        "space_id": space,
        "means": "gateway_token",
    }


async def test_its_last_use_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    monkeypatch.setattr(usecase, "_RECORD_USE_SECONDS", 0.05)
    async with strict_rig(tmp_path, monkeypatch, signer) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        new = await made(ada, space)
        assert (await listed(ada, space))[new["token_id"]]["last_used_at"] is None

        await script(ada, new["token"]).get("/me")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await listed(ada, space))[new["token_id"]]["last_used_at"] is None:
                pass


async def test_an_expired_token_is_nobody_and_is_not_listed(strict: Rig, ada: Person) -> None:
    space = await ada.create_space()
    await ada.connect(space)
    one = script(ada, (await made(ada, space, expires_in_days=1))["token"])
    assert (await one.call(space)).status == 200
    strict.clock.skip(DAY - 5)
    assert (await one.call(space)).status == 200

    strict.clock.skip(6)
    refused = await one.call(space)
    assert (refused.status, refused.reason) == (401, "unauthenticated")
    assert await listed(ada, space) == {}


async def test_members_see_and_end_their_own_and_an_owner_everybodys(
    ada: Person, bob: Person, eve: Person
) -> None:
    space = await ada.create_space()
    for user in ("bob", "eve"):
        await ada.add(space, user)
    owners, bobs, eves = [await made(who, space) for who in (ada, bob, eve)]
    ids = [one["token_id"] for one in (owners, bobs, eves)]

    assert list(await listed(ada, space)) == ids
    assert list(await listed(bob, space)) == [bobs["token_id"]]

    for foreign in (ids[0], ids[2], "absent"):  # told nothing, and nothing happens
        assert (await bob.send("DELETE", f"/spaces/{space}/tokens/{foreign}")).status == 204
    assert list(await listed(ada, space)) == ids
    assert (await bob.send("DELETE", f"/spaces/{space}/tokens/{ids[1]}")).status == 204
    assert (await ada.send("DELETE", f"/spaces/{space}/tokens/{ids[2]}")).status == 204
    assert list(await listed(ada, space)) == ids[:1]
    for ended in (bobs, eves):
        assert (await script(bob, ended["token"]).get("/me")).status == 401


async def test_an_owner_of_another_space_ends_nothing_here(ada: Person, bob: Person) -> None:
    space, theirs = await ada.create_space(), await bob.create_space()
    token = await made(ada, space)

    path = f"/spaces/{theirs}/tokens/{token['token_id']}"
    assert (await bob.send("DELETE", path)).status == 204
    assert (await script(ada, token["token"]).get("/me")).status == 200


async def test_a_token_is_good_in_its_space_only(ada: Person) -> None:
    space, other = await ada.create_space(), await ada.create_space()
    for one in (space, other):
        await ada.connect(one)
    here = script(ada, (await made(ada, space, can_manage=True))["token"])

    assert (await here.call(space)).status == 200
    for refused in (
        await here.call(other),
        await here.get(f"/spaces/{other}"),
        await here.send("PATCH", f"/spaces/{other}", json={"name": "x"}),
        await here.post("/spaces", {"name": "Another"}),
        await here.get("/me", headers={"X-Space-ID": other}),
        await here.get("/me", headers={"X-User-ID": "bob"}),
    ):
        assert (refused.status, refused.reason) == (403, "principal_mismatch")
    assert [one["space_id"] for one in (await here.get("/spaces")).json["spaces"]] == [space]


async def test_a_token_manages_where_it_may_and_its_person_may(ada: Person, bob: Person) -> None:
    space = await ada.create_space()
    await ada.add(space, "bob")
    manager = script(ada, (await made(ada, space, can_manage=True))["token"])
    members = script(bob, (await made(bob, space, can_manage=True))["token"])
    plain = script(ada, (await made(ada, space))["token"])
    change: Mapping[str, Any] = {"json": {"name": "New"}}

    assert (await manager.send("PATCH", f"/spaces/{space}", **change)).status == 200
    refused = await members.send("PATCH", f"/spaces/{space}", **change)
    assert (refused.status, refused.reason) == (403, "owner_required")
    refused = await plain.send("PATCH", f"/spaces/{space}", **change)
    assert (refused.status, refused.reason) == (403, "token_not_allowed")

    await ada.add(space, "bob", "owner")
    await bob.add(space, "ada", "member")
    refused = await manager.send("PATCH", f"/spaces/{space}", **change)
    assert (refused.status, refused.reason) == (403, "owner_required")


async def test_a_limited_token_calls_what_it_may_and_nothing_else_reaches_notion(
    ada: Person, upstream: RecordingMcp
) -> None:
    space = await ada.create_space()
    await ada.connect(space)
    reader = script(ada, (await made(ada, space, read_only=True))["token"])
    searcher = script(ada, (await made(ada, space, tools=["notion-search"]))["token"])

    for one, tool, expected in (
        (reader, "notion-fetch", 200),
        (reader, "notion-create-pages", 403),
        (searcher, "notion-search", 200),
        (searcher, "notion-fetch", 403),
    ):
        before = len(upstream.seen)
        status, reason = await tool_call(one, space, tool)
        assert status == expected
        assert reason == ("tool_not_allowed" if expected == 403 else "")
        assert len(upstream.seen) - before == (expected == 200)
    assert (await reader.call(space)).status == 200  # lists the tools
    crash = await reader.call(space, b'{"jsonrpc":"2.0","id":1,"method":[]}')
    assert (crash.status, crash.reason) == (403, "tool_not_allowed")


@pytest.mark.parametrize(
    "wish",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 101},
        {"name": "a\nb\u0000c"},
        {"name": "\u202egnp.exe"},
        {"expires_in_days": 0},
        {"expires_in_days": 366},
        {"expires_in_days": "soon"},
        {"tools": []},
        {"tools": ["x"] * 101},
        {"tools": ["a b"]},
        {"tools": ["\ud800"]},
        {"tools": [7]},
        {"tools": ["notion-search"], "can_manage": True},
        {"read_only": True, "can_manage": True},
    ],
)
async def test_a_wish_that_makes_no_sense_is_422(ada: Person, wish: dict[str, Any]) -> None:
    space = await ada.create_space()
    refused = await ada.post(f"/spaces/{space}/tokens", {"name": "Script", **wish})

    assert (refused.status, refused.reason) == (422, "invalid_request")
    assert await listed(ada, space) == {}


async def test_a_token_of_nobodys_is_nobody_and_is_looked_up_by_its_hash(
    strict: Rig, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing happens in the database, on a hash: time tells nothing about a token."""
    space = await ada.create_space()
    token: str = (await made(ada, space))["token"]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for bearer in (flipped, token[:-1], token + "A", token.upper(), new_token(TokenKind.PERSONAL)):
        text = bearer if isinstance(bearer, str) else bearer.reveal()
        refused = await script(ada, text).get("/me")
        assert (refused.status, refused.reason) == (401, "unauthenticated")
    (stored,) = strict.sql("SELECT sha256 FROM gateway_tokens")
    assert stored[0] not in token


async def test_no_token_is_in_a_log_a_file_or_a_later_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    upstream: RecordingMcp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(usecase, "_RECORD_USE_SECONDS", 0.1)
    with structlog.testing.capture_logs() as logs:
        async with strict_rig(tmp_path, monkeypatch, signer, upstream) as rig:
            ada = person(rig, signer, "ada")
            space = await ada.create_space()
            await ada.connect(space)
            tokens = [(await made(ada, space))["token"] for _ in range(3)]
            told = len(rig.caller.heard)
            for token in tokens:
                one = script(ada, token)
                await one.call(space)
                await one.get("/me")
                await one.get(f"/spaces/{space}/tokens")
                await one.send("DELETE", f"/spaces/{space}")  # 405
                await script(ada, token[:-1]).get("/me")
                await script(ada, f"{token} {token}").get("/me")
            async with second_replica(rig, signer) as caller:
                await person(rig, signer, "ada", caller).get(f"/spaces/{space}/tokens")
            principal = ada.principal(space)
            await script(ada, principal).get("/me")
            sinks = {f"live {name}": content for name, content in files_in(rig.data_dir).items()}
            answers = said(rig.caller.heard[told:])
    sinks |= files_in(tmp_path) | {"answers": answers, "log": repr(logs).encode()}
    sinks["records"] = caplog.text.encode()

    assert any(one["event"] == "token_issued" for one in logs)
    assert leaks([*tokens, principal], sinks) == []
    seen = b"".join(value for one in upstream.seen for _, value in one.headers)
    assert leaks([*tokens, principal], {"upstream": seen}) == []
