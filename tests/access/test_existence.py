"""Somebody who is no member cannot tell a closed space from one that does not exist."""

import json
import time
from statistics import median, quantiles
from typing import Any

import pytest

from notion_gateway.access.membership import Members
from notion_gateway.kernel.errors import SpaceNotAccessible
from tests.access.routes import Operation, about_spaces
from tests.support.figures import Figure
from tests.support.gateway import Answer
from tests.support.identity import Person
from tests.support.rig import Rig
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio

TIMES = 120


async def ask(who: Person, operation: Operation, space: str) -> Answer:
    target, headers = operation.request(space)
    if operation.body is not None:
        headers = {**headers, "Content-Type": "application/json"}
    return await who.send(operation.method, target, data=operation.body, headers=headers)


def shown(answer: Answer) -> tuple[Any, ...]:
    """All of an answer, but for the request's own id."""
    document = answer.json
    holder: dict[str, Any] = document["error"]["data"] if "error" in document else document
    assert holder.pop("request_id") == answer.headers["x-request-id"]
    headers = sorted(
        (n.lower(), v) for n, v in answer.headers.items() if n.lower() != "x-request-id"
    )
    return answer.status, json.dumps(document, sort_keys=True), headers


async def differences(eve: Person, closed: str, absent: str) -> list[str]:
    return [
        str(operation)
        for operation in about_spaces()
        if shown(await ask(eve, operation, closed)) != shown(await ask(eve, operation, absent))
    ]


@pytest.mark.promise("threats:61")
async def test_closed_and_absent_get_the_same_answer_on_every_route(
    strict: Rig, ada: Person, eve: Person, upstream: RecordingMcp, figure: Figure
) -> None:
    closed = await ada.create_space("Secret plans")
    await ada.connect(closed)
    await ada.token(closed)
    absent = f"sp-{'0' * 20}"
    token = Person(
        eve.caller, "eve", eve.signer, eve.now, await eve.token(await eve.create_space())
    )

    for who in (eve, token):
        told = await differences(who, closed, absent)
        assert told == []
        figure("{} routes asked: {} tell them apart", len(about_spaces()), len(told))
    assert len(about_spaces()) >= 18
    assert upstream.seen == []


async def test_an_answer_that_tells_them_apart_is_noticed(
    ada: Person, eve: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    closed = await ada.create_space()

    def telling(require: Any) -> Any:
        async def told(self: Members, principal: Any, space_id: str, *needed: Any) -> Any:
            try:
                return await require(self, principal, space_id, *needed)
            except SpaceNotAccessible:
                if space_id == closed:
                    raise SpaceNotAccessible("You are not a member of this space.") from None
                raise

        return told

    monkeypatch.setattr(Members, "require", telling(Members.require))
    monkeypatch.setattr(Members, "require_invited", telling(Members.require_invited))

    assert len(await differences(eve, closed, "absent")) == len(about_spaces())


@pytest.mark.alone
@pytest.mark.promise("threats:61")
async def test_closed_and_absent_take_the_same_time(ada: Person, eve: Person) -> None:
    """First asks, which need the database, and repeated ones, which do not."""
    closed = [await ada.create_space() for _ in range(TIMES)]
    absent = [f"sp-{number:020}" for number in range(TIMES)]

    for _ in range(2):
        took: dict[str, list[float]] = {"closed": [], "absent": []}
        for pair in zip(closed, absent, strict=True):
            for name, space in zip(took, pair, strict=True):
                began = time.perf_counter()
                assert (await eve.get(f"/spaces/{space}")).status == 403
                took[name].append(time.perf_counter() - began)
        one, other = took.values()
        for this, that in ((one, other), (other, one)):
            lower, _, upper = quantiles(that, n=4)
            assert lower / 2 < median(this) < upper * 2
