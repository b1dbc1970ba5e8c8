"""Who is wrong too often has to wait; who is right goes on, from the same address too."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access import rate_limiter
from notion_gateway.access.gateway_tokens import new_token
from notion_gateway.access.rules.gateway_tokens import TokenKind
from notion_gateway.access.token_store import GatewayTokenStore
from notion_gateway.http.caller_address import caller_address
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
    assert len(looked_up) == LIMIT  # no database is asked about the rest
    refused = await tried(wary, "nonsense")
    assert (refused.status, refused.reason) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "60"

    monotonic.now += 60
    assert (await tried(wary)).status == 401


async def test_who_is_recognised_or_signs_well_goes_on_from_the_same_address(
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
    assert (await late.get("/me")).status == 429  # would have to be looked up
    assert (await late.get("/me", headers={"X-Forwarded-For": "192.0.2.7"})).status == 200


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
