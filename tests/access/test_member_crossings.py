"""Members of one space, with a Notion of their own or without: nobody calls with another's."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from notion_gateway.access.rules.principal import Principal
from notion_gateway.access.rules.space import Space
from notion_gateway.integration import serving_grants
from notion_gateway.integration.rules.grant_ids import member_grant
from tests.support.gateway import PROXY, Answer
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person
from tests.support.upstreams import JSON_HEADERS, RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

PEOPLE = 50
WAYS = 4
SESSION = b"notion-session"


@dataclass
class Crowd:
    """``grants``: by its id at Notion, whose each is; the shared one is the owner's. ``served``: by
    whose grant each person's calls go. ``sessions``: of each person's own.
    """

    rig: Rig
    space: str
    members: list[Person] = field(default_factory=list[Person])
    grants: dict[str, str] = field(default_factory=dict[str, str])
    served: dict[str, str] = field(default_factory=dict[str, str])
    sessions: dict[str, str] = field(default_factory=dict[str, str])
    refused: Counter[str] = field(default_factory=Counter[str])
    let_through: list[str] = field(default_factory=list[str])

    def wrong(self, upstream: RecordingMcp) -> list[str]:
        """Calls that reached Notion with another grant than serves their caller."""
        found: list[str] = []
        for one in upstream.seen:
            caller = json.loads(one.body)["id"]
            bearer = dict(one.headers)[b"authorization"].decode()
            grant = bearer.split(":")[1]
            if self.grants.get(grant) != self.served[caller]:
                found.append(f"{caller} by {self.grants.get(grant)}")
        return found


async def a_crowd(rig: Rig, signer: Signer, count: int, mode: str = "personal") -> Crowd:
    """``personal``: each has a Notion of their own; ``personal_else_shared``: every other one."""
    owner = person(rig, signer, "owner")
    space = await owner.create_space()
    chosen = await owner.send("PUT", f"/spaces/{space}/grants", json={"mode": mode})
    assert chosen.status == 200
    crowd = Crowd(rig, space)
    if mode != "personal":
        await connected(crowd, owner, mine=False)
    for number in range(count):
        user = f"u{number}"
        await owner.add(space, user)
        one = person(rig, signer, user)
        has_own = mode == "personal" or (mode == "personal_else_shared" and number % 2 == 0)
        if has_own:
            await connected(crowd, one, mine=True)
        crowd.served[user] = user if has_own else "owner"
        token = await one.token(space, can_manage=True)  # may whatever its person may
        crowd.members.append(Person(one.caller, user, signer, one.now, token))
    return crowd


async def connected(crowd: Crowd, who: Person, *, mine: bool) -> None:
    oauth = crowd.rig.notion.simulator.oauth
    before = set(oauth.grants)
    await who.connect(crowd.space, mine=mine)
    (new,) = set(oauth.grants) - before
    crowd.grants[new] = who.user


async def called(one: Person, space: str, path: str | None = None, **more: str) -> Answer:
    """``more``: headers; ``meta`` is the seed's ``meta.user_id``."""
    meta = more.pop("meta", None)
    body = {"jsonrpc": "2.0", "id": one.user, "method": "ping"}
    if meta is not None:
        body["meta"] = {"space_id": space, "user_id": meta}  # pyright: ignore[reportArgumentType]
    headers = {"Content-Type": "application/json", **more}
    target = path or f"/mcp/notion/{space}"
    return await one.send("POST", target, data=json.dumps(body), headers=headers)


async def cross(crowd: Crowd, *, every: int = 1, lanes: int = 8) -> None:
    """Everybody, in everybody else's name, in one way of ``every``: which ones changes from pair to
    pair, so that each person tries each way.
    """
    work = [
        (one, other, [way for way in range(WAYS) if (place + at + way) % every == 0])
        for place, one in enumerate(crowd.members)
        for at, other in enumerate(crowd.members)
        if one is not other
    ]
    await asyncio.gather(*(_lane(crowd, work[lane::lanes]) for lane in range(lanes)))


async def tried(crowd: Crowd, one: Person, other: Person, way: int) -> Answer:
    """By the seed's meta, by header, with the other's session, and to the end of the other's
    connection.
    """
    space = crowd.space
    match way:
        case 0:
            return await called(one, space, PROXY, meta=other.user)
        case 1:
            return await called(one, space, **{"X-User-ID": other.user})
        case 2:
            return await called(one, space, **{"Mcp-Session-Id": crowd.sessions[other.user]})
        case _:
            return await one.send("DELETE", f"/integrations/notion/{space}/grants/{other.user}")


async def _lane(crowd: Crowd, work: Sequence[tuple[Person, Person, Sequence[int]]]) -> None:
    for one, other, ways in work:
        for number in ways:
            answer = await tried(crowd, one, other, number)
            if answer.status < 300:
                crowd.let_through.append(f"{one.user} as {other.user}: {number}")
            else:
                crowd.refused[f"{number} {answer.reason}"] += 1
        own = await called(one, crowd.space, **{"Mcp-Session-Id": crowd.sessions[one.user]})
        kind = "personal" if crowd.served[one.user] == one.user else "shared"
        if own.status != 200 or own.headers["x-notion-grant"] != kind:
            crowd.let_through.append(f"{one.user} as themselves: {own.status}")


async def with_sessions(crowd: Crowd, upstream: RecordingMcp) -> None:
    upstream.headers = [*JSON_HEADERS, (b"mcp-session-id", SESSION)]
    for one in crowd.members:
        crowd.sessions[one.user] = (await called(one, crowd.space)).headers["mcp-session-id"]
    upstream.headers = JSON_HEADERS


@pytest.mark.promise("threats:2")
@pytest.mark.parametrize(
    ("mode", "every"), [("personal", 1), ("personal_else_shared", WAYS), ("shared", WAYS)]
)
async def test_members_never_call_with_each_others_grants(
    strict: Rig, signer: Signer, upstream: RecordingMcp, mode: str, every: int
) -> None:
    crowd = await a_crowd(strict, signer, PEOPLE, mode)
    await with_sessions(crowd, upstream)

    await cross(crowd, every=every)

    pairs = PEOPLE * (PEOPLE - 1)
    assert crowd.let_through == []
    assert crowd.refused.keys() == {
        "0 principal_mismatch",
        "1 principal_mismatch",
        "2 session_unknown",
        "3 owner_required",
    }
    assert sum(crowd.refused.values()) == pairs * WAYS // every
    assert min(crowd.refused.values()) >= PEOPLE * 10
    assert crowd.wrong(upstream) == []
    assert len(upstream.seen) == PEOPLE + pairs
    assert strict.notion.grant_states() == ["active"] * len(crowd.grants)


async def test_with_the_rule_switched_off_the_same_calls_cross(
    strict: Rig, signer: Signer, upstream: RecordingMcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: everybody is served with the first one's grant."""
    crowd = await a_crowd(strict, signer, 4)

    def firsts(space: Space, _principal: Principal, _own: object = None) -> str:
        return member_grant(space.space_id, "u0")

    monkeypatch.setattr(serving_grants, "serving_grant", firsts)
    for one in crowd.members:
        await called(one, crowd.space)

    assert crowd.wrong(upstream) == [f"u{number} by u0" for number in (1, 2, 3)]

    # The last of the tries is one that ends a connection, where an owner sends it.
    await person(strict, signer, "owner").add(crowd.space, "u1", "owner")
    path = f"/integrations/notion/{crowd.space}/grants/u2"
    assert (await crowd.members[3].send("DELETE", path)).reason == "owner_required"
    assert (await crowd.members[1].send("DELETE", path)).status == 200
    assert sorted(strict.notion.grant_states()) == ["active"] * 3 + ["revoked"]
