"""Members with a Notion of their own in a space: with whose rights, and in whose name, calls go."""

import json
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.cache_trust import CacheTrust
from notion_gateway.access.opening import Access
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.rules.space import GrantChoice, Space
from notion_gateway.access.rules.space_events import GrantMode
from notion_gateway.integration import serving_grants
from notion_gateway.integration.left_members import LeftMembers
from notion_gateway.integration.rules.grant_ids import member_grant
from notion_gateway.integration.rules.integration import Status
from notion_gateway.integration.rules.serving import serving_grant
from notion_gateway.kernel.errors import ServiceTokenNotServed
from notion_gateway.storage.change_feed import Notice
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.mcp_login import logging_in
from tests.support.rig import Rig
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until, until_told

pytestmark = pytest.mark.anyio

SECONDS = 2.0


@pytest.fixture
def signer() -> Signer:
    return Signer()


@dataclass(frozen=True, slots=True)
class Team:
    """Olga owns the space and gave it its shared grant; Ada and Bob are to have their own, Cleo
    has none. Each consents to another workspace at Notion, where another person writes.
    """

    rig: Rig
    olga: Person
    ada: Person
    bob: Person
    cleo: Person
    space: str

    async def choose(self, mode: str, **more: Any) -> None:
        body = {"mode": mode, **more}
        path = f"/spaces/{self.space}/grants"
        chosen = await self.olga.send("PUT", path, json=body)
        assert chosen.status == 200, chosen.body

    async def connect(self, who: Person, *, mine: bool = True) -> None:
        workspaces = self.rig.notion.simulator.workspaces
        place = {"olga": 0, "ada": 1, "bob": 2}[who.user]
        workspace = list(workspaces.values())[place]
        self.rig.notion.change(auto_consent_workspace=workspace.id)
        await who.connect(self.space, mine=mine)

    def name_of(self, user: str) -> str:
        """In whose workspace, which is in whose name, somebody who consented writes."""
        place = {"olga": 0, "ada": 1, "bob": 2}[user]
        return list(self.rig.notion.simulator.workspaces.values())[place].name

    async def writes(self, who: Person) -> str:
        """In which workspace a page appears, by whom the simulator says it was made; or why not."""
        before = self._pages()
        answer = await page_by(who, self.space)
        new = self._pages() - before
        if not new:
            return reason_of(answer)
        ((workspace_id, page_id),) = new
        workspace = self.rig.notion.simulator.workspaces[workspace_id]
        assert workspace.pages[page_id].created_by == workspace.person_id
        return workspace.name

    def _pages(self) -> set[tuple[str, str]]:
        return {
            (workspace.id, page)
            for workspace in self.rig.notion.simulator.workspaces.values()
            for page in workspace.pages
        }

    def bearer(self, who: Person, bearer: str) -> Person:
        return Person(who.caller, who.user, who.signer, who.now, bearer)


async def page_by(who: Person, space: str) -> Answer:
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "notion-create-pages",
            "arguments": {"pages": [{"properties": {"title": "Whose is it?"}}]},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    headers = {"Mcp-Method": "tools/call", "Mcp-Name": "notion-create-pages"}
    return await who.call(space, json.dumps(body), headers=headers)


def reason_of(answer: Answer) -> str:
    """Of an MCP client's answer too, which is an ordinary one whose text says what to do."""
    document = answer.json
    if "error" in document:
        return document["error"]["data"]["reason"]
    return document["result"]["content"][0]["text"]


@pytest.fixture
async def team(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> AsyncGenerator[Team]:
    async with strict_rig(tmp_path, monkeypatch, signer) as rig:
        olga, ada, bob, cleo = [
            person(rig, signer, user) for user in ("olga", "ada", "bob", "cleo")
        ]
        space = await olga.create_space()
        for user in ("ada", "bob", "cleo"):
            await olga.add(space, user)
        found = Team(rig, olga, ada, bob, cleo, space)
        await found.connect(olga, mine=False)
        await found.choose("personal_else_shared")
        for who in (ada, bob):
            await found.connect(who)
        yield found


WRITES = {
    # mode: of Ada, of Bob, of Cleo, of a service token
    "shared": ("olga", "olga", "olga", "olga"),
    "personal": ("ada", "bob", None, "olga"),
    "personal_else_shared": ("ada", "bob", "olga", "olga"),
}


@pytest.mark.parametrize("mode", WRITES)
async def test_whose_name_is_on_the_page(team: Team, mode: str) -> None:
    """By an application's principal, by a gateway token, and twice: what is remembered says the
    same as what was asked.
    """
    await team.choose(mode)
    people = (team.ada, team.bob, team.cleo)
    service = team.bearer(team.olga, await team.olga.token(team.space, is_service=True))
    for who, expected in zip(people, WRITES[mode], strict=False):
        token = team.bearer(who, await who.token(team.space))
        for caller in (who, token, token):
            written = await team.writes(caller)
            if expected is None:
                assert "connect yours" in written
                assert f"{team.rig.gateway.url}/connect/" in written
                assert "/mine" in written
            else:
                assert written == team.name_of(expected)
    assert await team.writes(service) == team.name_of(WRITES[mode][3])


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


async def test_the_answer_says_which_grant_served_where_there_may_be_two(team: Team) -> None:
    for _ in range(2):
        assert (await team.ada.call(team.space)).headers["x-notion-grant"] == "personal"
        assert (await team.cleo.call(team.space)).headers["x-notion-grant"] == "shared"
    await team.choose("shared")
    assert "x-notion-grant" not in (await team.ada.call(team.space)).headers


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
    initialize = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    path = f"/mcp/notion/{team.space}"
    opened = await team.ada.send("POST", path, data=json.dumps(initialize), headers=headers)
    session = opened.headers["mcp-session-id"]
    ping = json.dumps({"jsonrpc": "2.0", "id": 2, "method": "ping"})
    kept = headers | {"Mcp-Session-Id": session}
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


# --- who leaves ---------------------------------------------------------------------------


async def lost_within(is_lost: Callable[[], bool]) -> float:
    began = time.monotonic()
    await until(is_lost)
    return time.monotonic() - began


async def is_refused(who: Person, space: str) -> bool:
    answer = await who.call(space)
    return answer.status == 403 and answer.reason == "space_not_accessible"


@pytest.mark.parametrize("by", ["olga", "ada"])
async def test_who_is_removed_or_leaves_loses_their_grant_here_and_at_notion(
    team: Team, signer: Signer, by: str
) -> None:
    async with second_replica(team.rig, signer) as elsewhere:
        there = person(team.rig, signer, "ada", elsewhere)
        for who in (team.ada, there):
            assert (await who.call(team.space)).headers["x-notion-grant"] == "personal"
        who = team.olga if by == "olga" else team.ada
        removed = await who.send("DELETE", f"/spaces/{team.space}/members/ada")
        assert removed.status == 204

        took = await lost_within(lambda: team.rig.notion.grant_states().count("active") == 2)

        assert took < 3 * SECONDS
        await until(lambda: team.rig.sql("SELECT user_id FROM member_grants") == [("bob",)])
        own = member_grant(team.space, "ada")
        assert team.rig.sql(f"SELECT * FROM secrets WHERE space_id = '{own}'") == []  # noqa: S608
        for one in (team.ada, there):
            # A gateway hears of it within two seconds.
            await until_told(partial(is_refused, one, team.space), 3 * SECONDS)
        assert await team.writes(team.bob) == team.name_of("bob")
        # Who comes back begins anew, once the gateway has heard that the other one ended theirs.
        await team.olga.add(team.space, "ada")
        while (written := await team.writes(team.ada)) != team.name_of("olga"):
            assert "connect yours" in written


async def test_a_gateway_that_starts_ends_what_a_killed_one_left_behind(
    team: Team, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody of the running gateway looks, as if it had been killed after the removal."""

    async def nothing(*_: object) -> None:
        pass

    with monkeypatch.context() as patch:
        patch.setattr(LeftMembers, "_look", nothing)
        await team.olga.send("DELETE", f"/spaces/{team.space}/members/ada")
        assert team.rig.notion.grant_states().count("active") == 3
        # The control: where nobody looks, it lives on.
        assert ("ada",) in team.rig.sql("SELECT user_id FROM member_grants")
    async with second_replica(team.rig, signer):
        await until(lambda: team.rig.notion.grant_states().count("active") == 2)


async def test_another_choice_reaches_every_replica_within_two_seconds(
    team: Team, signer: Signer
) -> None:
    async with second_replica(team.rig, signer) as elsewhere:
        there = person(team.rig, signer, "ada", elsewhere)
        assert (await there.call(team.space)).headers["x-notion-grant"] == "personal"
        await team.choose("shared")
        began = time.monotonic()
        while "x-notion-grant" in (await there.call(team.space)).headers:
            assert time.monotonic() - began < 3 * SECONDS


async def test_where_nobody_hears_of_it_the_other_replica_goes_on(
    team: Team, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is the notices that tell."""
    async with second_replica(team.rig, signer) as elsewhere:
        there = person(team.rig, signer, "ada", elsewhere)

        def deaf(_self: Access, _notice: Notice) -> None:
            pass

        monkeypatch.setattr(Access, "changed", deaf)

        def trusting(_self: CacheTrust) -> bool:
            return True

        monkeypatch.setattr(CacheTrust, "holds", trusting)
        assert (await there.call(team.space)).headers["x-notion-grant"] == "personal"
        await team.choose("shared")
        for _ in range(5):
            assert (await there.call(team.space)).headers["x-notion-grant"] == "personal"


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
