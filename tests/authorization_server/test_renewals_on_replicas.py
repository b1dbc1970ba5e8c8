"""Two gateways on one database ask an issuer where somebody belongs, as programs renew."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.issuer_refresh_tokens import IssuerRefreshTokens, KeptToken
from notion_gateway.kernel.secret import Secret
from tests.access.test_whole_removal import StreamsAndSessions, session_of
from tests.authorization_server.test_members_of_issuers import Company, a_company
from tests.faults.places import on
from tests.support.databases import PostgresServer
from tests.support.gateway import calling, serving_gateway
from tests.support.identity import Person, Signer
from tests.support.listener import SECONDS, Listener
from tests.support.mcp_login import Logins, error_of
from tests.support.migrated import new_migrated_database
from tests.support.waiting import until_told

pytestmark = [pytest.mark.anyio, pytest.mark.thorough]

MEMBER: dict[str, Any] = {"groups": ["notion"]}
LATER = 6 * 60


@dataclass(frozen=True, slots=True)
class Two:
    """``elsewhere``: the same logins, at the other gateway."""

    company: Company
    elsewhere: Logins

    @property
    def both(self) -> tuple[Logins, Logins]:
        return self.company.logins, self.elsewhere

    async def renewed_at_once(self, programs: list[dict[str, Any]]) -> list[int]:
        """Of two programs, each at another gateway."""
        self.company.logins.rig.clock.skip(LATER)
        asked = zip(self.both, programs, strict=True)
        answers = await asyncio.gather(*(at.refresh(one["refresh_token"]) for at, one in asked))
        programs[:] = [one.json for one in answers]
        return [one.status for one in answers]


@pytest.fixture
async def two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> AsyncGenerator[Two]:
    settings = on(postgres.url(await new_migrated_database(postgres)))
    async with a_company(tmp_path, monkeypatch, mcp=StreamsAndSessions(), **settings) as company:
        company.issuer.scopes.append("offline_access")
        rig = company.logins.rig
        named: dict[str, Any] = {
            "gateway_oidc_issuer": company.issuer.url,
            "gateway_oidc_client_id": "gateway",
            "gateway_oidc_memberships": [{"space": "birch", "group": "notion"}],
        }
        async with (
            serving_gateway(tmp_path, rig.notion.url, **settings, **named) as there,
            calling(there.url) as caller,
        ):
            yield Two(company, replace(company.logins, rig=replace(rig, caller=caller)))


async def test_of_two_gateways_at_which_somebodys_programs_renew_at_once_one_asks(
    two: Two,
) -> None:
    programs = [await two.company.program("mona", **MEMBER) for _ in range(2)]
    for times in range(1, 6):
        assert await two.renewed_at_once(programs) == [200, 200]
        assert len(two.company.issuer.redeemed) == times


async def test_without_turns_both_ask(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control. Both have the token in hand before either of them sends it."""
    opened, arrived = IssuerRefreshTokens.open, asyncio.Barrier(2)

    async def always(*_: object) -> bool:
        return True

    async def together(self: IssuerRefreshTokens, kept: KeptToken) -> Secret:
        token = await opened(self, kept)
        await arrived.wait()
        return token

    monkeypatch.setattr(IssuerRefreshTokens, "take_turn", always)
    monkeypatch.setattr(IssuerRefreshTokens, "open", together)
    programs = [await two.company.program("mona", **MEMBER) for _ in range(2)]
    await two.renewed_at_once(programs)
    assert len(two.company.issuer.redeemed) == 2


async def connect_own(two: Two) -> None:
    """Mona's own Notion; everybody without one acts by the shared connection."""
    caller = two.company.logins.rig.caller
    mode = {"mode": "personal_else_shared"}
    assert (await caller.send("PUT", "/spaces/birch/grants", json=mode)).status == 200
    start = "/integrations/notion/oauth/mcp/start?space_id=birch&grant=mine"

    async def started() -> bool:
        return (await caller.get(start, user="mona")).status == 200

    await until_told(started)
    asked = (await caller.get(start, user="mona")).json["authorizeUrl"]
    redirect = await caller.get(asked, user=None)
    assert (await caller.get(redirect.location, user=None)).result["status"] == "success"


async def test_who_lost_their_group_has_nothing_left_on_both_two_seconds_after_the_renewal(
    two: Two,
) -> None:
    """Tokens, streams, sessions and their own connection; no page was opened for it."""
    logins = two.company.logins
    tokens = await two.company.program("mona", **MEMBER)
    await connect_own(two)
    made = await logins.rig.caller.send(
        "POST", "/spaces/birch/tokens", user="mona", json={"name": "by hand"}
    )
    bearers = [tokens["access_token"], made.json["token"]]
    people = [
        Person(one.rig.caller, "mona", Signer(), logins.rig.clock.now, bearer)
        for one in two.both
        for bearer in bearers
    ]
    sessions = [{"Mcp-Session-Id": await session_of(one, "birch")} for one in people]
    streams = [await Listener(one, "birch").opened() for one in people]
    grants = logins.rig.notion.grant_states

    async def statuses() -> set[int]:
        calls = zip(people, sessions, strict=True)
        return {(await one.call("birch", headers=within)).status for one, within in calls}

    async def is_gone() -> bool:
        ended = all(one.task.done() for one in streams)
        return ended and grants().count("active") == 1 and await statuses() <= {401, 403}

    assert (grants().count("active"), await statuses()) == (2, {200})
    two.company.issuer.anew = {"groups": ["sales"]}
    logins.rig.clock.skip(LATER)
    assert error_of(await two.elsewhere.refresh(tokens["refresh_token"])) == "invalid_grant"

    await until_told(is_gone, SECONDS)
    assert [one.task.result() for one in streams] == ["cut"] * 4
