"""What people of the OpenID issuer have opened ends when an operator revokes it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.operations.operator import open_operator
from notion_gateway.settings import Settings
from tests.support.identity import AUDIENCE, Person, Signer
from tests.support.issuer import an_issuer
from tests.support.listener import SECONDS, Listener, at
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import WatchedMcp, forever
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio


@pytest.mark.promise("threats:65")
async def test_streams_that_a_revoked_issuers_people_opened_are_cut_on_every_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    """With the issuer's own token, and signed in by it at the application."""
    async with an_issuer() as issuer:
        options: dict[str, Any] = {
            "gateway_oidc_issuer": issuer.url,
            "gateway_oidc_audience": AUDIENCE,
        }
        async with (
            strict_rig(tmp_path, monkeypatch, signer, WatchedMcp(forever()), **options) as rig,
            second_replica(rig, signer, **options) as elsewhere,
        ):
            ada = person(rig, signer, "ada")
            space = await ada.create_space()
            await ada.connect(space)
            until_later = rig.clock.now().replace(year=2100)
            token = issuer.token("ada", until_later)
            signed_in = ada.principal(space, sign_in_issuer=issuer.url)
            theirs = [
                await Listener(at(caller, ada, "ada", bearer), space).opened()
                for caller in (rig.caller, elsewhere)
                for bearer in (token, signed_in)
            ]
            other = await Listener(at(rig.caller, ada, "ada"), space).opened()

            given = Settings(gateway_data_dir=tmp_path, **options)
            async with open_operator(given) as operator:
                await operator.issuers.revoke(issuer.url, "operator")

            assert [await one.outcome() for one in theirs] == ["cut"] * 4
            assert not other.task.done()
            for caller in (rig.caller, elsewhere):
                for bearer in (token, signed_in):
                    theirs_now = at(caller, ada, "ada", bearer)

                    async def is_refused(who: Person = theirs_now) -> bool:
                        return (await who.call(space)).status == 401

                    await until_told(is_refused, SECONDS)
            other.task.cancel()
            await asyncio.gather(other.task, return_exceptions=True)
