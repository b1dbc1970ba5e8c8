"""Two workers renew tokens as two gateways do: once for all of them."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from notion_gateway.vault.keyring import generate_key
from notion_simulator import SimulatorSettings, serving
from tests.faults import rounds
from tests.faults.places import new_database
from tests.faults.rollout import TOKEN_SECONDS, Fleet, Result, at_work
from tests.faults.skipping_clock import SkippingClock
from tests.faults.strict_notion import strict_notion
from tests.support.asgi import Together
from tests.support.clocks import SharedClock
from tests.support.databases import PostgresServer, RedisServer
from tests.support.gateway import calling
from tests.support.notion import serving_notion
from tests.support.processes import gateway_process
from tests.support.upstreams import RecordingMcp

_NOTION = SimulatorSettings(
    rotation="strict",
    auto_consent=True,
    access_token_lifetime_seconds=TOKEN_SECONDS,
    response_mode="json",
    session_ids=False,
)


class TwoWorkers(Fleet):
    def variables(self, keys: Sequence[str]) -> dict[str, str]:
        return super().variables(keys) | {"GATEWAY_WORKERS": "2"}


async def _renewing(fleet: Fleet) -> Result:
    try:
        key = generate_key()
        await fleet.start([key])
        async with at_work(fleet, callers=16):
            await fleet.let_renew()
            await fleet.let_renew()
        fleet.result.refreshes = await fleet.refreshes()
        return fleet.result
    finally:
        await fleet.close()


def test_no_token_is_used_twice_by_two_workers(tmp_path: Path, postgres: PostgresServer) -> None:
    """Strict: a refresh token that comes twice ends the grant, and calls fail from then on."""
    url = postgres.url(asyncio.run(new_database(postgres)))
    clock = SkippingClock(tmp_path / "clock")
    with strict_notion(TOKEN_SECONDS, clock=clock) as notion:
        result = asyncio.run(_renewing(TwoWorkers(tmp_path, notion.url, url, Result(), clock)))

    assert set(result.answers) == {"200"}
    assert result.refreshes >= 8


async def _expiries(
    folder: Path, server: PostgresServer, spaces: int, *, at_once: int = 1, **more: str
) -> Counter[str]:
    """Space by space, a hundred callers with connections of their own find an expired token at
    once. What they get by HTTP status, and what the token endpoint answered to refresh tokens: not
    before ``at_once`` are there.
    """
    variables = {
        "DATABASE_URL": server.url(await new_database(server)),
        "TOKEN_ENCRYPTION_KEYS": generate_key(),
        "GATEWAY_WORKERS": "3",
        "GATEWAY_LOG_LEVEL": "warning",
        **more,
    }
    log, found = folder / "gateway.log", Counter[str]()
    async with (
        serving_notion(clock=SharedClock(), mcp=RecordingMcp(), rotation="strict") as notion,
        gateway_process(folder, notion.url, log, **variables) as gateway,
        calling(gateway.url) as caller,
    ):
        names = [f"space-{number}" for number in range(spaces)]
        for space in names:
            assert (await caller.connect(space)).result["status"] == "success"
        notion.wire.instead["/token"] = Together(notion.wire.simulated, at_once)
        notion.expire_access_tokens()
        for space in names:
            calls = [caller.call(space, rounds.CALL, headers=rounds.HEADERS) for _ in "." * 100]
            found.update([str(answer.status) for answer in await asyncio.gather(*calls)])
        redeemed = notion.simulator.observation()["token_requests"]["refresh_token"]
    return found + Counter(redeemed)


@pytest.mark.thorough
@pytest.mark.promise("threats:3")
def test_three_workers_redeem_an_expired_token_once(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    found = asyncio.run(_expiries(tmp_path, postgres, 4))
    assert found == {"200": 400, "ok": 4}


@pytest.mark.thorough
def test_without_lease_and_versions_they_redeem_it_more_than_once(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    """The versions: of two intents for one version of a stream, one is refused."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'notion_gateway.cli.worker' in sys.orig_argv:\n"
        "    from tests.faults.failpoints import disarm_lease, disarm_versions\n"
        "    disarm_lease()\n"
        "    disarm_versions()\n"
    )
    path = f"{tmp_path}:{Path(__file__).parents[2]}"
    found = asyncio.run(_expiries(tmp_path, postgres, 1, at_once=2, PYTHONPATH=path))
    assert found.keys() - {"200", "ok"}, "a second redemption is refused, and ends the grant"


async def _consents(folder: Path, notion: str, count: int, **variables: str) -> list[str]:
    """How consents end that begin and end over connections of their own, which lead to either
    worker.
    """
    variables = {"GATEWAY_WORKERS": "2", "GATEWAY_LOG_LEVEL": "warning"} | variables
    ends: list[str] = []
    async with gateway_process(folder, notion, folder / "gateway.log", **variables) as gateway:
        for number in range(count):
            async with calling(gateway.url) as first:
                address = await first.consent(f"space-{number}")
            async with calling(gateway.url) as second:
                ends.append((await second.get(address, user=None)).result["status"])
    return ends


@pytest.mark.thorough
@pytest.mark.parametrize("has_redis", [False, True], ids=["database", "redis"])
def test_a_consent_that_one_worker_begins_is_ended_by_another(
    tmp_path: Path, redis: RedisServer, *, has_redis: bool
) -> None:
    variables = {"REDIS_URL": redis.url} if has_redis else {}
    with serving(_NOTION) as notion:
        ends = asyncio.run(_consents(tmp_path, notion.url, 12, **variables))

    assert ends == ["success"] * 12
