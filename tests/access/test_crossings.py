"""Fifty people, fifty spaces, every route: nobody reaches a space that is not theirs."""

import pytest

from notion_gateway.access import membership
from notion_gateway.access.rules.space_events import Role
from tests.access.crowd import cross, everybody
from tests.access.routes import ABOUT_NO_SPACE, PAGES, about_spaces, operations, undocumented
from tests.support.figures import Figure
from tests.support.gateway import PROXY
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.thorough, pytest.mark.usefixtures("both_ways")]

PEOPLE = 50


def people(rig: Rig, signer: Signer, count: int) -> list[Person]:
    return [person(rig, signer, f"u{number}") for number in range(count)]


@pytest.mark.promise("threats:2")
def test_every_route_names_its_space_where_it_is_looked_for_or_is_known_to_have_none() -> None:
    """A new route is covered by being there, or fails here."""
    without = {str(one) for one in operations() if one.space_in is None}

    assert without == ABOUT_NO_SPACE
    assert undocumented() == PAGES
    assert len(about_spaces()) >= 18


@pytest.mark.promise("threats:2")
async def test_fifty_people_reach_none_of_fifty_foreign_spaces_on_any_route(
    strict: Rig, signer: Signer, upstream: RecordingMcp, figure: Figure
) -> None:
    members = await everybody(strict, people(strict, signer, PEOPLE))
    asked = about_spaces()

    findings = await cross(strict, members, asked, every=4)

    assert findings.crossings == []
    assert len(findings.pairs) == PEOPLE * (PEOPLE - 1)
    assert findings.asked.keys() == {str(one) for one in asked}
    assert min(findings.asked.values()) >= PEOPLE * 10
    assert upstream.seen == []
    for one in members:
        (own,) = (await one.person.get("/spaces")).json["spaces"]
        assert own["space_id"] == one.space
    asked_in_all, crossed = findings.asked.total(), len(findings.crossings)
    figure("{:,} requests about foreign spaces, {} of them answered", asked_in_all, crossed)


async def test_without_the_check_of_membership_the_same_requests_cross(
    strict: Rig, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: each route can be crossed, so each was tried in earnest."""
    members = await everybody(strict, people(strict, signer, 4))

    def anybody(*_: object) -> Role:
        return Role.OWNER

    monkeypatch.setattr(membership, "_role", anybody)
    findings = await cross(strict, members, about_spaces(), every=1)

    crossed = {one.partition(": ")[0].split(" ", 1)[1] for one in findings.crossings}
    # The rule looks for an invitation once more; only who was invited in passing gets through.
    assert crossed | {"POST /invitations/{space_id}/accept"} == {str(one) for one in about_spaces()}


@pytest.mark.promise("threats:2")
async def test_routes_without_a_space_show_nothing_of_one_that_a_stranger_names(
    strict: Rig, ada: Person, eve: Person, upstream: RecordingMcp
) -> None:
    space = await ada.create_space("Secret plans")
    await ada.connect(space)
    for headers in ({"X-Space-ID": space}, {}):
        for named in (space, None):
            mine = await eve.get("/spaces", space=named, headers=headers)
            me = await eve.get("/me", space=named, headers=headers)
            assert mine.json == {"spaces": []}
            assert b"Secret" not in me.body
    ended = await eve.post("/integrations/notion/oauth/mcp/finish", {"state": "x" * 43})
    assert ended.json["status"] == "error"
    refused = await eve.send("POST", PROXY, space, json={"jsonrpc": "2.0", "method": "ping"})
    assert (refused.status, refused.reason) == (403, "space_not_accessible")
    assert upstream.seen == []
