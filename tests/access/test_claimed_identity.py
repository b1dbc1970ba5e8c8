"""What a request says about its caller beside the proof: it agrees, or nothing happens."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from notion_gateway.access.rules.principal import Principal
from tests.support.figures import Figure
from tests.support.gateway import CALL, PROXY, Answer
from tests.support.identity import Person
from tests.support.rig import Rig
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio

PAIRS = 1000
AT_ONCE = 25
PLACES = ("header", "meta", "params._meta")


@dataclass
class Request:
    """A call that claims things in places of its choice."""

    space_in_path: str | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: dict[str, Any] = field(default_factory=lambda: json.loads(CALL))

    def claim(self, place: str, name: str, value: str) -> None:
        if place == "header":
            self.headers[f"X-{name.title()}-ID"] = value
            return
        holder: dict[str, Any] = self.body
        if place == "params._meta":
            holder = self.body.setdefault("params", {})
        holder.setdefault("meta" if place == "meta" else "_meta", {})[f"{name}_id"] = value

    async def send(self, who: Person, space: str | None) -> Answer:
        path = PROXY if self.space_in_path is None else f"/mcp/notion/{self.space_in_path}"
        headers = {"Content-Type": "application/json", **self.headers}
        data = json.dumps(self.body).encode()
        return await who.send("POST", path, space, data=data, headers=headers)


def disagreeing(chance: random.Random, user: str, space: str, others: Sequence[str]) -> Request:
    """At least one lie, among claims that may be true."""
    request = Request()
    lies = 0
    while not lies:
        request = Request()
        for name, truth in (("user", user), ("space", space)):
            for place in PLACES:
                said = chance.choice(["", "", "true", "lie"])
                if said == "true":
                    request.claim(place, name, truth)
                elif said == "lie":
                    lies += 1
                    request.claim(place, name, another(chance, truth, others))
        if chance.random() < 0.3:
            request.space_in_path = chance.choice([space, *others])
            lies += request.space_in_path != space
    return request


def another(chance: random.Random, truth: str, others: Sequence[str]) -> str:
    """Somebody or something else: real, made up, or nearly the same."""
    return chance.choice(
        [
            *others,
            truth.upper(),
            f"{truth}x",
            f"{truth}.",
            f"{truth}|{truth}",
            truth[:-1],
            str(chance.randrange(10**9)),
        ]
    )


async def outcomes(ada: Person, space: str, others: Sequence[str]) -> list[Answer]:
    chance = random.Random(1)  # noqa: S311
    one = Person(ada.caller, ada.user, ada.signer, ada.now, bearer=ada.principal(space))
    requests = [disagreeing(chance, "ada", space, others) for _ in range(PAIRS)]
    answers: list[Answer] = []
    for start in range(0, PAIRS, AT_ONCE):
        batch = requests[start : start + AT_ONCE]
        answers += await asyncio.gather(*(request.send(one, space) for request in batch))
    return answers


@pytest.mark.promise("threats:1")
async def test_a_thousand_claims_that_disagree_are_403_and_reach_nobody(
    strict: Rig, ada: Person, bob: Person, upstream: RecordingMcp, figure: Figure
) -> None:
    space, second = await ada.create_space(), await ada.create_space()
    foreign = await bob.create_space()
    for one in (space, second):
        await ada.connect(one)
    await bob.connect(foreign)

    answers = await outcomes(ada, space, [second, foreign, "bob", "absent"])

    assert {(one.status, one.reason) for one in answers} == {(403, "principal_mismatch")}
    assert upstream.seen == []
    refused = sum(one.status == 403 for one in answers)
    figure(
        "{:,} claims that disagree: {:,} refused, {} calls at Notion",
        len(answers),
        refused,
        len(upstream.seen),
    )


async def test_the_same_claims_get_through_where_nobody_compares(
    ada: Person, upstream: RecordingMcp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    space, second = await ada.create_space(), await ada.create_space()
    for one in (space, second):
        await ada.connect(one)

    def believing(*_: object, **__: object) -> None:
        pass

    monkeypatch.setattr(Principal, "require_agreement", believing)
    answers = await outcomes(ada, space, [second])

    assert sum(one.status == 200 for one in answers) > PAIRS / 10
    assert len(upstream.seen) > PAIRS / 10


@pytest.mark.promise("threats:1")
async def test_claims_that_agree_may_stand_anywhere(ada: Person, upstream: RecordingMcp) -> None:
    space = await ada.create_space()
    await ada.connect(space)
    request = Request(space_in_path=space)
    for place in PLACES:
        request.claim(place, "user", "ada")
        request.claim(place, "space", space)

    assert (await request.send(ada, space)).status == 200
    assert json.loads(upstream.last.body) == {"jsonrpc": "2.0", "id": 1, "method": "ping"} | (
        {"params": {}}
    )
    assert upstream.last.names.isdisjoint({b"x-user-id", b"x-space-id"})


@pytest.mark.promise("threats:1")
@pytest.mark.parametrize("place", PLACES)
async def test_claims_alone_are_nobody(
    strict: Rig, ada: Person, upstream: RecordingMcp, place: str
) -> None:
    space = await ada.create_space()
    await ada.connect(space)
    request = Request(headers={"X-User-ID": "ada", "X-Space-ID": space})
    request.claim(place, "user", "ada")
    request.claim(place, "space", space)

    refused = await strict.caller.send(
        "POST", PROXY, user=None, headers=request.headers, json=request.body
    )

    assert (refused.status, refused.reason) == (401, "unauthenticated")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert upstream.seen == []
