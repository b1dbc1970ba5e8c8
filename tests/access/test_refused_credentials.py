"""Who is wrong too often has to wait; who is right goes on, from the same address too."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access import rate_limiter
from notion_gateway.access.gateway_tokens import new_token
from notion_gateway.access.rules.gateway_tokens import GatewayToken, TokenKind
from notion_gateway.access.slow_lane import SlowLane
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.http.caller_address import caller_address
from notion_gateway.kernel.errors import StoreUnavailable, TooManyRequests
from notion_gateway.settings import networks
from tests.support.gateway import Answer
from tests.support.identity import Person, Signer
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig

pytestmark = pytest.mark.anyio

LIMIT = 5


class Monotonic:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def monotonic(monkeypatch: pytest.MonkeyPatch) -> Monotonic:
    clock = Monotonic()
    made = rate_limiter.RateLimiter.__init__

    def timed(self: rate_limiter.RateLimiter, per_minute: int) -> None:
        made(self, per_minute, monotonic=clock)

    monkeypatch.setattr(rate_limiter.RateLimiter, "__init__", timed)
    return clock


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tokens each look of the slow lane was for; before the gateway opens."""
    looks: list[int] = []
    by_hashes = GatewayTokenStore.by_hashes

    async def counted(self: GatewayTokenStore, hashes: Collection[str]) -> Any:
        looks.append(len(hashes))
        return await by_hashes(self, hashes)

    monkeypatch.setattr(GatewayTokenStore, "by_hashes", counted)
    return looks


@pytest.fixture
async def wary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, monotonic: Monotonic
) -> AsyncGenerator[Rig]:
    async with strict_rig(
        tmp_path,
        monkeypatch,
        signer,
        gateway_failed_logins_per_minute=LIMIT,
        gateway_trusted_proxies="127.0.0.1, 10.0.0.0/8",
    ) as rig:
        yield rig


async def tried(rig: Rig, bearer: str | None = None, **headers: str) -> Answer:
    token = bearer or new_token(TokenKind.PERSONAL).reveal()
    sent = {
        "Authorization": f"Bearer {token}",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return await rig.caller.send("GET", "/me", user=None, headers=sent)


async def test_after_so_many_refused_credentials_the_address_waits_a_minute(
    wary: Rig, monotonic: Monotonic, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    by_hash = GatewayTokenStore.by_hash

    async def counted(self: GatewayTokenStore, sha256: str) -> Any:
        looked_up.append(sha256)
        return await by_hash(self, sha256)

    monkeypatch.setattr(GatewayTokenStore, "by_hash", counted)
    statuses = [(await tried(wary)).status for _ in range(LIMIT + 3)]
    assert statuses == [401] * LIMIT + [429] * 3
    assert len(looked_up) == LIMIT  # the rest is asked about in the slow lane
    refused = await tried(wary, "nonsense")
    assert (refused.status, refused.reason) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "60"

    monotonic.now += 60
    assert (await tried(wary)).status == 401


async def test_who_is_recognised_signs_well_or_has_a_good_token_goes_on_from_the_same_address(
    wary: Rig, signer: Signer
) -> None:
    ada = person(wary, signer, "ada")
    space = await ada.create_space()
    known = Person(ada.caller, "ada", signer, ada.now, await ada.token(space))
    late = Person(ada.caller, "ada", signer, ada.now, await ada.token(space))
    assert (await known.get("/me")).status == 200
    while (await tried(wary)).status != 429:
        pass

    assert (await known.get("/me")).status == 200
    assert (await ada.get("/me")).status == 200  # newly signed, and checked without asking anybody
    assert (await late.get("/me")).status == 200  # looked up, in the slow lane
    assert (await tried(wary)).status == 429


async def test_one_wrong_token_counts_once_and_is_looked_up_once(
    wary: Rig, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client with an old token in its settings tries it again and again."""
    looked_up: list[str] = []
    by_hash = GatewayTokenStore.by_hash

    async def counted(self: GatewayTokenStore, sha256: str) -> Any:
        looked_up.append(sha256)
        return await by_hash(self, sha256)

    monkeypatch.setattr(GatewayTokenStore, "by_hash", counted)
    old = new_token(TokenKind.PERSONAL).reveal()
    ada = person(wary, signer, "ada")
    wrongly_signed = replace(signer, key=Signer().key).sign(signer.claims("ada", ada.now()))
    for wrong in (old, wrongly_signed):
        statuses = [(await tried(wary, wrong)).status for _ in range(10 * LIMIT)]
        assert statuses == [401] * 10 * LIMIT
    assert len(looked_up) == 1

    others = [(await tried(wary)).status for _ in range(LIMIT)]
    assert others == [401] * (LIMIT - 2) + [429] * 2  # different ones count, one by one
    assert (await tried(wary, old)).status == 401  # and who repeats theirs learns what is wrong


async def test_a_flood_of_guesses_costs_a_few_looks_and_leaves_the_good_token_its_place(
    looks: list[int], wary: Rig, signer: Signer
) -> None:
    ada = person(wary, signer, "ada")
    space = await ada.create_space()
    good = await ada.token(space)
    while (await tried(wary)).status != 429:
        pass
    looks.clear()

    guesses = [tried(wary) for _ in range(150)]
    answers = await asyncio.gather(*guesses, tried(wary, good), *(tried(wary) for _ in range(150)))
    statuses = [one.status for one in answers]

    assert statuses == [429] * 150 + [200] + [429] * 150
    assert sum(looks) == 301
    assert len(looks) < 10


async def test_the_slow_lane_is_not_endless_and_a_caller_who_leaves_is_no_hindrance() -> None:
    async def nobody(_: Collection[str]) -> dict[str, GatewayToken]:
        return {}

    lane = SlowLane(nobody, max_waiting=2)
    first, second = (asyncio.create_task(lane.find(one)) for one in "ab")
    await asyncio.sleep(0)
    with pytest.raises(TooManyRequests):
        await lane.find("c")
    first.cancel()

    assert await second is None
    assert await lane.find("d") is None
    await lane.close()


async def test_a_database_that_is_away_is_said_to_all_who_wait() -> None:
    async def away(_: Collection[str]) -> dict[str, GatewayToken]:
        raise StoreUnavailable

    lane = SlowLane(away)
    ends = await asyncio.gather(*(lane.find(one) for one in "abc"), return_exceptions=True)

    assert [type(one) for one in ends] == [StoreUnavailable] * 3
    await lane.close()


async def test_each_address_behind_the_load_balancer_has_its_own_count(wary: Rig) -> None:
    while (await tried(wary, X_Forwarded_For="192.0.2.1")).status != 429:
        pass

    assert (await tried(wary, X_Forwarded_For="192.0.2.2")).status == 401
    invented = "192.0.2.2, 198.51.100.9, 192.0.2.1, 10.1.1.1"
    assert (await tried(wary, X_Forwarded_For=invented)).status == 429


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.1", "192.0.2.1", "203.0.113.1"),  # no proxy of ours
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "6.6.6.6, 192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.1, 10.0.0.7, 10.0.0.8", "192.0.2.1"),
        ("127.0.0.1", "nonsense", "unknown"),
        ("127.0.0.1", "203.0.113.1:4711", "203.0.113.1"),
        ("127.0.0.1", "203.0.113.1:4711, 10.0.0.7:80", "203.0.113.1"),
        ("127.0.0.1", "[2001:db8:1:2::5]:4711", "2001:db8:1:2::/64"),
        ("127.0.0.1", "[2001:db8:1:2::5]", "2001:db8:1:2::/64"),
        ("127.0.0.1", "2001:db8:1:2::5", "2001:db8:1:2::/64"),
        ("127.0.0.1", '"[2001:db8:1:2::5]:80"', "2001:db8:1:2::/64"),
        ("127.0.0.1", "203.0.113.1:http", "unknown"),
        ("127.0.0.1", "10.0.0.1, 10.0.0.2", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_an_address_is_the_nearest_that_is_not_ours(
    peer: str, forwarded: str, expected: str
) -> None:
    trusted = networks("127.0.0.1, 10.0.0.0/8")
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []

    assert caller_address({"client": (peer, 1), "headers": headers}, trusted) == expected


def test_made_up_keys_do_not_fill_the_memory(monotonic: Monotonic) -> None:
    limiter = rate_limiter.RateLimiter(2)
    limiter.max_keys = 3
    assert [limiter.hit("a") for _ in range(3)] == [None, None, 60]
    limiter.hit("b")
    limiter.hit("c")
    made_up = [limiter.hit(f"made up {number}") for number in range(3)]
    assert made_up == [None, None, 60]  # they share a count
    assert limiter.hit("b") is None  # who was known before does not share it
    monotonic.now += 60.5
    assert not limiter.is_spent("a")
    assert [limiter.hit(f"made up {number}") for number in range(3)] == [None, None, None]
