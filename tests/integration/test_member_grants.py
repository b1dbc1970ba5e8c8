"""Members with a Notion of their own in a space: with whose rights, and in whose name, calls go."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.rules.space import GrantChoice, Space
from notion_gateway.access.rules.space_events import GrantMode
from notion_gateway.integration import serving_grants
from notion_gateway.integration.errors import ServiceTokenNotServed
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.integration.rules.integration import Status
from notion_gateway.integration.rules.serving import serving_grant
from tests.authorization_server.machine_steps import token as token_of_machine
from tests.integration.member_team import Team, page_by
from tests.support.first_messages import HEADERS, INITIALIZE
from tests.support.mcp_login import Logins, logging_in
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio

WRITES = {
    # mode: of Ada, of Bob, of Cleo, of a service token and a machine
    "shared": ("olga", "olga", "olga", "olga"),
    "personal": ("ada", "bob", None, "olga"),
    "personal_else_shared": ("ada", "bob", "olga", "olga"),
}
"""In whose name a page is written, as the simulator has it; None: in nobody's."""


@pytest.mark.parametrize("mode", WRITES)
async def test_whose_name_is_on_the_page(team: Team, mode: str) -> None:
    """Of the front end (by the principal that an application signs), of a client that somebody
    logged in, of a gateway token and, twice, of the same one: what is remembered says the same as
    what was asked. Of a service token and a machine, which act for nobody in particular.
    """
    await team.choose(mode)
    logins = Logins(team.rig, team.space, "")
    logins = replace(logins, client_id=(await logins.register()).json["client_id"])
    for who, expected in zip((team.ada, team.bob, team.cleo), WRITES[mode], strict=False):
        client = team.bearer(who, (await logins.log_in(who.user))["access_token"])
        token = team.bearer(who, await who.token(team.space))
        for caller in (who, client, token, token):
            written = await team.writes(caller)
            if expected is None:
                assert "connect yours" in written
                assert f"{team.rig.gateway.url}/connect/" in written
                assert "/mine" in written
            else:
                assert written == team.name_of(expected)
    service = await team.olga.token(team.space, is_service=True)
    made = await team.olga.post(f"/spaces/{team.space}/machines", {"name": "nightly import"})
    for bearer in (service, await token_of_machine(logins, made.json)):
        written = await team.writes(team.bearer(team.olga, bearer))
        assert written == team.name_of(WRITES[mode][3])


async def test_expired_tokens_of_three_people_are_renewed_once_each_and_stay_theirs(
    team: Team,
) -> None:
    """Each calls four times, and all at once."""
    callers = (team.ada, team.bob, team.olga) * 4
    team.rig.let_token_expire()
    before = team.pages()

    answers = await asyncio.gather(*(page_by(one, team.space, one.user) for one in callers))

    assert {one.status for one in answers} == {200}
    assert len(set(team.rig.notion.wire.refreshes())) == 3
    assert len(team.rig.notion.wire.refreshes()) == 3
    written = Counter[tuple[str, str]]()
    for workspace_id, page_id in team.pages() - before:
        workspace = team.rig.notion.simulator.workspaces[workspace_id]
        page = workspace.pages[page_id]
        assert page.created_by == workspace.person_id
        written[page.title, workspace.name] += 1
    assert written == {(user, team.name_of(user)): 4 for user in ("ada", "bob", "olga")}


async def test_a_logged_in_client_acts_as_its_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Mona in her name where she has her own, and as nobody else where she has none."""
    upstream = RecordingMcp()
    async with logging_in(tmp_path, monkeypatch, upstream) as logins:
        caller, space = logins.rig.caller, logins.space
        await caller.connect(space)
        path = f"/spaces/{space}/grants"
        await caller.send("PUT", path, json={"mode": "personal"})
        token = (await logins.log_in("mona"))["access_token"]
        listed = await logins.call(token, b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}')
        (tool,) = listed.json["result"]["tools"]
        assert tool["name"] == "notion-connect"
        assert "/mine" in tool["description"]
        assert upstream.seen == []

        started = await caller.get(
            "/integrations/notion/oauth/mcp/start",
            params={"space_id": space, "grant": "mine"},
            user="mona",
        )
        consented = await caller.get(started.json["authorizeUrl"], user=None)
        assert (await caller.get(consented.location, user=None)).result["status"] == "success"

        served = await logins.call(token)
        assert served.headers["x-notion-grant"] == "personal"
        status = await caller.get(
            f"/integrations/notion/{space}", params={"grant": "mine"}, user="mona"
        )
        assert status.json["connected_by"] == "mona"


async def test_a_service_token_reaches_nothing_where_no_grant_is_meant_for_it(team: Team) -> None:
    await team.choose("personal", service_tokens_use_shared=False)
    service = team.bearer(team.olga, await team.olga.token(team.space, is_service=True))

    answer = await page_by(service, team.space)

    assert (answer.status, answer.reason) == (403, "service_token_not_served")


async def test_only_an_owner_makes_a_service_token_and_chooses(team: Team) -> None:
    made = await team.ada.post(f"/spaces/{team.space}/tokens", {"name": "x", "is_service": True})
    chosen = await team.ada.send("PUT", f"/spaces/{team.space}/grants", json={"mode": "shared"})

    assert (made.reason, chosen.reason) == ("owner_required", "owner_required")


async def test_the_answer_says_which_grant_served(team: Team) -> None:
    for _ in range(2):
        assert (await team.ada.call(team.space)).headers["x-notion-grant"] == "personal"
        assert (await team.cleo.call(team.space)).headers["x-notion-grant"] == "shared"
    await team.choose("shared")
    for _ in range(2):  # the second one out of memory
        assert (await team.ada.call(team.space)).headers["x-notion-grant"] == "shared"


async def test_nobody_connects_what_would_not_be_used(team: Team) -> None:
    await team.choose("shared")
    path = "/integrations/notion/oauth/mcp/start"
    refused = await team.cleo.get(path, params={"space_id": team.space, "grant": "mine"})
    assert (refused.status, refused.reason) == (409, "own_not_used")


async def test_an_owner_reads_them_a_few_at_a_time(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notion_gateway.integration.grant_routes._AT_A_TIME", 1)
    path, after, found = f"/integrations/notion/{team.space}/grants/members", "", list[str]()

    while after is not None:
        page = (await team.olga.get(path, params={"after": after})).json
        found += [one["user_id"] for one in page["members"]]
        after = page["after"]

    assert found == ["ada", "bob"]


async def test_each_member_sees_and_ends_their_own_and_an_owner_anybodys(team: Team) -> None:
    path = f"/integrations/notion/{team.space}"
    mine: dict[str, Any] = {"params": {"grant": "mine"}}
    assert (await team.ada.get(path, **mine)).json["connected_by"] == "ada"
    assert (await team.ada.get(path)).json["connected_by"] == "olga"
    seen = (await team.ada.get(f"{path}/grants")).json
    assert (seen["serves_you"], seen["acts_as"]) == ("personal", "ada")
    assert (await team.ada.get(f"{path}/grants/members")).reason == "owner_required"
    everybodys = (await team.olga.get(f"{path}/grants/members")).json
    assert [one["user_id"] for one in everybodys["members"]] == ["ada", "bob"]
    assert everybodys["after"] is None

    assert (await team.ada.send("DELETE", path)).reason == "owner_required"
    assert (await team.ada.send("DELETE", f"{path}/grants/bob")).reason == "owner_required"
    ended = await team.ada.send("DELETE", path, **mine)
    assert ended.json["revoked_at_notion"] is True
    ended = await team.olga.send("DELETE", f"{path}/grants/bob")
    assert ended.json["revoked_at_notion"] is True

    nobodys = (await team.olga.get(f"{path}/grants/members")).json
    assert nobodys == {"members": [], "after": None}
    assert await team.writes(team.ada) == team.name_of("olga")
    assert team.rig.notion.grant_states().count("active") == 1


def test_a_grant_that_notion_ended_is_not_replaced_by_the_shared_one() -> None:
    """Calls would go on in another person's name."""
    own = member_grant("space", "ada")
    choice = Space("space", grants=GrantChoice(GrantMode.PERSONAL_ELSE_SHARED))
    ada = Principal("ada", Means.APPLICATION)
    assert serving_grant(choice, ada, Status.RECONNECT_REQUIRED) == own
    assert serving_grant(choice, ada, Status.DISCONNECTED) == "space"


async def test_the_seeds_user_id_selects_the_members_grant_and_must_agree(team: Team) -> None:
    for user, reached in (("ada", True), ("bob", False)):
        body = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/list",
            "meta": {"space_id": team.space, "user_id": user},
        }
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = await team.ada.send(
            "POST", "/mcp/notion/proxy", data=json.dumps(body), headers=headers
        )
        assert (answer.headers.get("x-notion-grant") == "personal") is reached
        assert reached or answer.reason == "principal_mismatch"


async def test_a_session_of_one_grant_is_no_session_of_another(team: Team) -> None:
    path = f"/mcp/notion/{team.space}"
    opened = await team.ada.send("POST", path, data=json.dumps(INITIALIZE), headers=HEADERS)
    session = opened.headers["mcp-session-id"]
    ping = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "ping"})
    kept = HEADERS | {"Mcp-Session-Id": session}
    assert (await team.ada.send("POST", path, data=ping, headers=kept)).status == 200

    await team.choose("shared")

    refused = await team.ada.send("POST", path, data=ping, headers=kept)
    assert (refused.status, refused.reason) == (404, "session_unknown")


async def test_without_the_rule_somebody_writes_in_another_persons_name(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what keeps Ada out of Bob's workspace is the rule, and nothing beside it."""

    def bobs(space: Space, *_: object) -> str:
        return member_grant(space.space_id, "bob")

    monkeypatch.setattr(serving_grants, "serving_grant", bobs)

    assert await team.writes(team.ada) == team.name_of("bob")


def test_the_rule_by_itself() -> None:
    ada = Principal("ada", Means.APPLICATION)
    service = Principal("ada", Means.GATEWAY_TOKEN, is_service=True)
    own = member_grant("space", "ada")
    for mode in GrantMode:
        space = Space("space", grants=GrantChoice(mode))
        assert serving_grant(space, service) == "space"
        expected = {
            GrantMode.SHARED: "space",
            GrantMode.PERSONAL: own,
            GrantMode.PERSONAL_ELSE_SHARED: None,
        }
        assert serving_grant(space, ada) == expected[mode]
        if mode is not GrantMode.SHARED:
            alone = Space("space", grants=GrantChoice(mode, service_tokens_use_shared=False))
            with pytest.raises(ServiceTokenNotServed):
                serving_grant(alone, service)


async def test_each_space_says_which_workspace_opens_for_whom(team: Team) -> None:
    other = await team.ada.create_space("Not connected")
    for who in (team.ada, team.cleo):
        (one,) = (await who.get("/workspaces")).json["workspaces"]
        assert (one["space_id"], one["workspace"]["name"]) == (team.space, "Acme"), other
    assert (await team.ada.send("GET", "/workspaces", other)).json == {"workspaces": []}
