"""One who floods is told to wait, and nobody else notices."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest

from tests.support.figures import Figure
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp, WatchedMcp
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

LIMIT = 100
FLOOD = 600
AT_ONCE = 30
CALLS = 40


async def connected(rig: Rig, signer: Signer, *users: str) -> list[tuple[Person, str]]:
    found: list[tuple[Person, str]] = []
    for user in users:
        who = person(rig, signer, user)
        space = await who.create_space()
        await who.connect(space)
        bearer = who.principal(space)
        found.append((Person(who.caller, user, signer, who.now, bearer), space))
    return found


async def flood(noisy: Person, space: str) -> Counter[int]:
    statuses: Counter[int] = Counter()

    async def lane() -> None:
        for _ in range(FLOOD // AT_ONCE):
            statuses[(await noisy.call(space)).status] += 1

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return statuses


async def latencies(quiet: Person, space: str) -> Sequence[float]:
    took: list[float] = []
    for _ in range(CALLS):
        began = time.perf_counter()
        assert (await quiet.call(space)).status == 200
        took.append(time.perf_counter() - began)
    return took


@pytest.mark.alone
@pytest.mark.promise("threats:53")
async def test_a_flood_is_limited_and_the_others_go_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    upstream: RecordingMcp,
    figure: Figure,
) -> None:
    async with strict_rig(
        tmp_path, monkeypatch, signer, upstream, gateway_calls_per_minute=LIMIT
    ) as rig:
        (noisy, theirs), (quiet, ours) = await connected(rig, signer, "noisy", "quiet")
        alone = await latencies(quiet, ours)
        statuses, among = await asyncio.gather(flood(noisy, theirs), latencies(quiet, ours))

        assert statuses == Counter({200: LIMIT, 429: FLOOD - LIMIT})
        assert median(among) < 20 * median(alone) + 0.1
        figure(
            "of {} calls {} let through; another's took {:.0f} ms meanwhile, {:.0f} ms before",
            statuses.total(),
            statuses[200],
            median(among) * 1000,
            median(alone) * 1000,
        )
        refused = await noisy.call(theirs)
        assert refused.reason == "too_many_requests"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        seconds = refused.json["error"]["data"]["retry_after_seconds"]
        assert seconds == int(refused.headers["retry-after"])


async def test_without_a_limit_the_same_flood_gets_through(strict: Rig, signer: Signer) -> None:
    """The control."""
    ((noisy, theirs),) = await connected(strict, signer, "noisy")

    assert await flood(noisy, theirs) == Counter({200: FLOOD})


@pytest.mark.promise("threats:53")
async def test_a_budget_is_one_persons_in_one_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    async with strict_rig(
        tmp_path, monkeypatch, signer, upstream, gateway_calls_per_minute=20
    ) as rig:
        (noisy, theirs), (other, second) = await connected(rig, signer, "noisy", "other")
        owner = person(rig, signer, "noisy")
        await owner.add(theirs, "other")
        while (await noisy.call(theirs)).status == 200:
            pass

        assert (await person(rig, signer, "other").call(theirs)).status == 200
        assert (await other.call(second)).status == 200
        token = await owner.token(theirs)
        script = Person(noisy.caller, "noisy", signer, noisy.now, token)
        assert (await script.call(theirs)).status == 429  # another token is not another person


@pytest.mark.promise("threats:53")
async def test_looking_and_changing_count_too_and_so_does_trying_foreign_spaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, upstream: RecordingMcp
) -> None:
    limits = {"gateway_calls_per_minute": 50, "gateway_failed_logins_per_minute": 20}
    async with strict_rig(tmp_path, monkeypatch, signer, upstream, **limits) as rig:
        eve, ada = person(rig, signer, "eve"), person(rig, signer, "ada")
        space = await ada.create_space()
        assert {(await eve.call("sp-0")).status for _ in range(30)} == {
            403
        }  # one mistake, repeated
        statuses = [(await eve.call(f"sp-{number}")).status for number in range(30)]
        assert statuses == [403] * 20 + [429] * 10
        assert (await eve.call(space)).status == 429

        statuses = [(await ada.get("/spaces")).status for _ in range(60)]
        assert statuses == [200] * 49 + [429] * 11
        assert (await eve.get("/me")).status == 200


@pytest.mark.promise("threats:53")
async def test_open_streams_of_one_person_leave_room_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    silent = WatchedMcp(holds_headers=True)
    async with strict_rig(tmp_path, monkeypatch, signer, silent, gateway_open_calls=5) as rig:
        (noisy, theirs), (quiet, ours) = await connected(rig, signer, "noisy", "quiet")
        streams = [asyncio.create_task(noisy.call(theirs)) for _ in range(5)]
        await until(lambda: silent.opened == 5)

        refused = await noisy.call(theirs)
        assert (refused.status, refused.reason) == (429, "too_many_requests")
        other = asyncio.create_task(quiet.call(ours))
        await until(lambda: silent.opened == 6)

        for task in (*streams, other):
            task.cancel()
        await asyncio.gather(*streams, other, return_exceptions=True)
        await until(lambda: not rig.gateway.open_connections)

        async def until_there_is_room() -> None:
            # A caller is seen to have left a moment after its socket has gone.
            while (await noisy.call(theirs)).status == 429:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

        again = asyncio.create_task(until_there_is_room())
        await until(lambda: silent.opened == 7)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)
