"""A consent that a server begins for a person ends when that person says so."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from notion_gateway.access.membership import Members
from tests.support.figures import Figure
from tests.support.gateway import RETURN_BASE, Answer, query_of
from tests.support.identity import Person, Signer
from tests.support.rig import Rig, a_rig
from tests.support.strict_gateway import person, proven, strict_rig

pytestmark = pytest.mark.anyio

FINISH = "/integrations/notion/oauth/mcp/finish"


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Rig]:
    async with strict_rig(tmp_path, monkeypatch, signer) as rig:
        yield rig


@pytest.fixture
def ada(strict: Rig, signer: Signer) -> Person:
    return person(strict, signer, "ada")


@pytest.fixture
def eve(strict: Rig, signer: Signer) -> Person:
    return person(strict, signer, "eve")


async def _begun(person: Person, space: str) -> tuple[str, str]:
    """The state that the beginner knows, and the one that Notion's redirect ended with."""
    start = f"/integrations/notion/oauth/mcp/start?space_id={space}&confirm=true"
    started = await person.get(start)
    assert started.status == 200, started.body
    back = await person.caller.get(started.json["authorizeUrl"], user=None)
    ended = await person.caller.get(back.location, user=None)
    assert ended.location.startswith(RETURN_BASE)
    assert ended.result["status"] == "confirm"
    return started.json["state"], ended.result["state"]


async def _finished(person: Person, state: str) -> Answer:
    return await person.post(FINISH, {"state": state})


async def test_who_began_finishes(ada: Person) -> None:
    space = await ada.create_space()
    _, state = await _begun(ada, space)
    assert (await ada.get(f"/integrations/notion/{space}")).json["status"] == "disconnected"

    finished = (await _finished(ada, state)).json

    assert (finished["status"], finished["spaceId"]) == ("success", space)
    assert finished["mcp"] == "connected"
    assert (await ada.get(f"/integrations/notion/{space}")).json["status"] == "connected"
    assert (await _finished(ada, state)).json == finished  # the page was loaded again


@pytest.mark.promise("threats:21")
async def test_who_was_led_to_anothers_link_connects_nothing(
    strict: Rig, ada: Person, eve: Person
) -> None:
    """Eve begins, Ada follows her link and agrees: Ada's Notion must not be Eve's space's."""
    space = await eve.create_space()
    begun_with, came_back_with = await _begun(eve, space)

    assert (await _finished(ada, came_back_with)).json["error"] == "state_invalid"
    # What Eve knows, the state of her link, is of no use; and Ada's attempt used up the other.
    assert (await _finished(eve, begun_with)).json["error"] == "state_invalid"
    assert (await _finished(eve, came_back_with)).json["error"] == "state_invalid"
    assert (await eve.get(f"/integrations/notion/{space}")).json["status"] == "disconnected"
    exchanges = [one for one in strict.notion.wire.requests if one == "POST /token"]
    assert exchanges == []


async def test_without_confirmation_the_link_alone_would_do(ada: Person, eve: Person) -> None:
    """The control: this is what ``confirm=true`` is for."""
    space = await eve.create_space()
    start = f"/integrations/notion/oauth/mcp/start?space_id={space}"
    link = (await eve.get(start)).json["authorizeUrl"]

    back = await ada.caller.get(link, user=None)
    await ada.caller.get(back.location, user=None)

    assert (await eve.get(f"/integrations/notion/{space}")).json["status"] == "connected"


async def test_who_is_no_owner_any_more_finishes_nothing(ada: Person, eve: Person) -> None:
    space = await ada.create_space()
    await ada.add(space, "eve", "owner")
    _, state = await _begun(eve, space)
    await ada.add(space, "eve", "member")

    refused = await _finished(eve, state)

    assert (refused.status, refused.reason) == (403, "owner_required")
    assert (await ada.get(f"/integrations/notion/{space}")).json["status"] == "disconnected"


@pytest.mark.promise("threats:64")
@pytest.mark.parametrize("now", ["member", None])
@pytest.mark.parametrize("binding", ["", "&browser=true"])
async def test_who_is_no_owner_any_more_connects_nothing_by_coming_back(
    strict: Rig, ada: Person, eve: Person, now: str | None, binding: str, figure: Figure
) -> None:
    space = await ada.create_space()
    await ada.add(space, "eve", "owner")
    link, cookies = await _link(eve, space, binding)
    await _demote(ada, space, "eve", now)

    ended = await _followed(eve, link, cookies)

    assert ended.result == {"status": "error", "error": "owner_required"}
    assert (await ada.get(f"/integrations/notion/{space}")).json["status"] == "disconnected"
    exchanges = strict.notion.wire.requests.count("POST /token")
    assert exchanges == 0
    figure("{} consents of people who own no more: {} exchanges", 1, exchanges)


@pytest.mark.parametrize("binding", ["", "&browser=true"])
async def test_who_is_an_owner_still_connects_by_coming_back(
    ada: Person, eve: Person, binding: str
) -> None:
    """The control: it is the lost role that is refused."""
    space = await ada.create_space()
    await ada.add(space, "eve", "owner")
    link, cookies = await _link(eve, space, binding)

    assert (await _followed(eve, link, cookies)).result["status"] == "success"


@pytest.mark.promise("threats:64")
async def test_the_role_is_read_anew_and_not_remembered(
    strict: Rig, ada: Person, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another replica removes the owner, and its notice has not arrived here yet."""
    space = await ada.create_space()
    await ada.add(space, "eve", "owner")
    link, cookies = await _link(eve, space, "")
    assert (await eve.get(f"/spaces/{space}")).status == 200  # remembered as an owner
    for name in ("forget", "forget_all"):
        monkeypatch.setattr(Members, name, Mock())
    await ada.send("DELETE", f"/spaces/{space}/members/eve")

    assert (await _followed(eve, link, cookies)).result["error"] == "owner_required"
    assert "POST /token" not in strict.notion.wire.requests


@pytest.mark.promise("threats:64")
async def test_where_an_application_asserts_members_it_must_confirm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    settings: dict[str, Any] = proven()
    settings["gateway_applications"] = [signer.settings(asserts_spaces=True)]
    async with a_rig(tmp_path, monkeypatch, **settings) as rig:
        ada = person(rig, signer, "ada")
        owner = {"spaces": {"theirs": "owner"}}
        start = "/integrations/notion/oauth/mcp/start?space_id=theirs"
        for binding in ("", "&browser=true"):
            refused = await _as(ada, owner).get(start + binding)
            assert (refused.status, refused.reason) == (422, "invalid_request")
        cases: list[tuple[dict[str, Any], int]] = [
            ({"spaces": {"theirs": "member"}}, 403),
            ({}, 403),
            (owner, 200),
        ]
        for then, expected in cases:
            begun = await _as(ada, owner).get(f"{start}&confirm=true")
            back = await ada.caller.get(begun.json["authorizeUrl"], user=None)
            ended = await ada.caller.get(back.location, user=None)
            finished = await _as(ada, then).post(FINISH, {"state": ended.result["state"]})
            assert finished.status == expected, finished.body
        assert rig.notion.wire.requests.count("POST /token") == 1


def _as(person: Person, claims: dict[str, Any]) -> Person:
    return replace(person, bearer=person.principal(**claims))


async def _link(person: Person, space: str, binding: str) -> tuple[str, str]:
    """Where Notion is asked, and the cookie that the browser got."""
    start = f"/integrations/notion/oauth/mcp/start?space_id={space}{binding}"
    begun = await person.get(start)
    assert begun.status == 200, begun.body
    return begun.json["authorizeUrl"], begun.headers.get("set-cookie", "").partition(";")[0]


async def _followed(person: Person, link: str, cookies: str) -> Answer:
    back = await person.caller.get(link, user=None)
    headers = {"Cookie": cookies} if cookies else {}
    return await person.caller.get(back.location, user=None, headers=headers)


async def _demote(owner: Person, space: str, user: str, role: str | None) -> None:
    if role is None:
        gone = await owner.send("DELETE", f"/spaces/{space}/members/{user}")
        assert gone.status == 204
    else:
        await owner.add(space, user, role)


async def test_a_confirmation_expires_with_its_consent(strict: Rig, ada: Person) -> None:
    space = await ada.create_space()
    _, state = await _begun(ada, space)
    strict.clock.skip(601)

    assert (await _finished(ada, state)).json["error"] == "state_invalid"


async def test_a_refusal_needs_no_confirmation(ada: Person) -> None:
    space = await ada.create_space()
    start = f"/integrations/notion/oauth/mcp/start?space_id={space}&confirm=true"
    started = await ada.get(start)
    state = query_of(started.json["authorizeUrl"])["state"]

    callback = f"/integrations/notion/mcp/oauth/callback?error=access_denied&state={state}"
    ended = await ada.caller.get(callback, user=None)

    assert ended.result == {"status": "error", "error": "access_denied"}
