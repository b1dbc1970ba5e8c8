"""What somebody has open ends with their token, and with the grant behind it."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.open_calls import OpenCalls
from tests.support.figures import Figure
from tests.support.identity import AUDIENCE, Person, Signer
from tests.support.issuer import an_issuer
from tests.support.listener import SECONDS, Listener, at
from tests.support.mcp_login import Logins, logging_in
from tests.support.strict_gateway import person, second_replica, strict_rig
from tests.support.upstreams import WatchedMcp, forever
from tests.support.waiting import until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.promise("threats:65"),
    pytest.mark.usefixtures("both_ways"),
]


@pytest.mark.parametrize(
    ("kind", "lives"),
    [
        ("gateway token", timedelta(days=1)),
        ("access token of the issuer", timedelta(minutes=10)),
        # It proves one call, which may take longer than the minute in which it can be sent.
        ("signed principal", timedelta(minutes=16)),
    ],
)
async def test_a_stream_ends_on_every_gateway_when_its_token_expires_and_no_other_does(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
    kind: str,
    lives: timedelta,
    figure: Figure,
) -> None:
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
            begun = rig.clock.now()
            bearer = {
                "gateway token": await ada.token(space, expires_in_days=1),
                "access token of the issuer": issuer.token("ada", begun + lives),
                "signed principal": ada.principal(space),
            }[kind]
            longer = await ada.token(space, expires_in_days=2)
            mine = [
                await Listener(at(one, ada, "ada", bearer), space).opened()
                for one in (rig.caller, elsewhere)
            ]
            other = await Listener(at(rig.caller, ada, "ada", longer), space).opened()

            rig.clock.skip((lives - timedelta(seconds=30)).total_seconds())
            await asyncio.sleep(SECONDS)  # for as long as it may take to notice: nothing ends
            assert not any(one.task.done() for one in mine)
            rig.clock.skip(60)
            began = time.monotonic()
            outcomes = [await one.outcome() for one in mine]

            assert outcomes == ["cut", "cut"]
            words = "{} of {} streams cut, the last {:.1f} s after its token ended"
            took = time.monotonic() - began
            figure(words, outcomes.count("cut"), len(outcomes), took)
            assert not other.task.done()
            await let_go(other)


async def let_go(listener: Listener) -> None:
    listener.task.cancel()
    await asyncio.gather(listener.task, return_exceptions=True)


async def test_a_call_that_waits_when_its_token_expires_is_told_and_not_asked_to_log_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    """After a 401 a client would log in and send the call once more; Notion may have acted."""
    silent = WatchedMcp(holds_headers=True)
    async with strict_rig(tmp_path, monkeypatch, signer, silent) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        token = await ada.token(space, expires_in_days=1)
        call = asyncio.create_task(at(rig.caller, ada, "ada", token).call(space))
        await until(lambda: silent.opened == 1)

        rig.clock.skip(24 * 3600 + 1)

        await until(call.done, SECONDS)
        refused = call.result()
        assert refused.status == 403
        assert "expired" in refused.json["error"]["message"]


async def test_where_nobody_looks_at_the_time_a_stream_outlives_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    """The control."""

    def patient(*_: object) -> None:
        pass

    monkeypatch.setattr(OpenCalls, "end_expired", patient)
    async with strict_rig(tmp_path, monkeypatch, signer, WatchedMcp(forever())) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        token = await ada.token(space, expires_in_days=1)
        listener = await Listener(at(rig.caller, ada, "ada", token), space).opened()
        rig.clock.skip(24 * 3600 + 1)

        with pytest.raises(TimeoutError):
            await listener.outcome()
        await let_go(listener)


# --- the grant behind a token -------------------------------------------------------------


@pytest.fixture
async def streaming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Logins]:
    """A connected space whose streams never end by themselves, and a client that logs in."""
    async with logging_in(tmp_path, monkeypatch, WatchedMcp(forever())) as logins:
        connected = await logins.rig.caller.connect(logins.space)
        assert connected.result["status"] == "success"
        yield logins


def of_client(logins: Logins, access_token: str) -> Person:
    rig = logins.rig
    return Person(rig.caller, "ada", Signer(), rig.clock.now, access_token)


async def end_grant(logins: Logins) -> None:
    (listed,) = await logins.tokens_listed()
    path = f"/spaces/{logins.space}/tokens/{listed['token_id']}"
    assert (await logins.rig.caller.send("DELETE", path)).status == 204


async def test_a_clients_stream_ends_with_its_access_token_though_its_login_goes_on(
    streaming: Logins,
) -> None:
    first = await streaming.log_in()
    old = await Listener(of_client(streaming, first["access_token"]), streaming.space).opened()
    streaming.rig.clock.skip(3000)
    second = (await streaming.refresh(first["refresh_token"])).json
    new = await Listener(of_client(streaming, second["access_token"]), streaming.space).opened()
    streaming.rig.clock.skip(700)

    assert await old.outcome() == "cut"
    assert not new.task.done()
    await let_go(new)


async def test_every_stream_of_a_login_ends_with_it_whatever_became_of_its_tokens_row(
    streaming: Logins,
) -> None:
    """A refresh deletes the rows of older tokens: the grant alone says whether it goes on."""
    first = await streaming.log_in()
    second = (await streaming.refresh(first["refresh_token"])).json
    listeners = [
        await Listener(of_client(streaming, one["access_token"]), streaming.space).opened()
        for one in (first, second)
    ]
    streaming.rig.sql("delete from gateway_tokens")

    # A change of the space: everybody is asked for anew, and the login is still good.
    await streaming.rig.caller.send("DELETE", f"/spaces/{streaming.space}/members/mona")
    await asyncio.sleep(SECONDS)
    assert not any(one.task.done() for one in listeners)

    await end_grant(streaming)

    assert [await one.outcome() for one in listeners] == ["cut", "cut"]


async def test_a_token_that_is_not_in_the_database_any_more_is_as_good_as_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with strict_rig(tmp_path, monkeypatch, signer, WatchedMcp(forever())) as rig:
        ada = person(rig, signer, "ada")
        space = await ada.create_space()
        await ada.connect(space)
        lost, kept = await ada.token(space), await ada.token(space)
        gone, stays = [
            await Listener(at(rig.caller, ada, "ada", one), space).opened() for one in (lost, kept)
        ]
        rig.sql(f"delete from gateway_tokens where hint like '%{lost[-4:]}'")  # noqa: S608

        await ada.add(space, "bob")

        assert await gone.outcome() == "cut"
        assert not stays.task.done()
        await let_go(stays)
