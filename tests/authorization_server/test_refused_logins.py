"""Logins that are refused are kept, with their reasons, in the audit of the space they are for."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk

from tests.authorization_server.asserting import Asserting, asserting
from tests.authorization_server.device_steps import begun, decide, poll
from tests.authorization_server.machine_steps import ask, made
from tests.authorization_server.workload_steps import allowed, exchange, of_github
from tests.support.gateway import Answer
from tests.support.identity_issuer import an_identity_issuer, claude, okta
from tests.support.mcp_login import logging_in

pytestmark = pytest.mark.anyio

OTHER_KEY = jwk.RSAKey.generate_key(2048, {"kid": "okta-1"})
KEPT = "select space_id, kind, user_id, token, client, status, reason, calls from audit_entries"


async def refuse(*requests: Any) -> None:
    for one in requests:
        answer: Answer = await one
        assert answer.status in (400, 401), answer.body


async def refuse_assertions(here: Asserting) -> None:
    resource, forged = here.logins.resource, here.okta.signed(here.claims(), key=OTHER_KEY)
    await refuse(
        here.say(aud="https://evil.example"),
        here.say(jti="by-mona"),
        here.send(forged, resource=resource),
        here.send(forged),  # names the space, but nobody has signed that
    )


async def refuse_exchanges(here: Asserting) -> str:
    logins, runner = here.logins, here.okta
    workload_id = await allowed(logins, runner)
    evil = runner.signed(of_github(logins, runner, sub="repo:evil/website"), typ="JWT")
    nowhere = f"{logins.origin}/mcp/notion/made-up"
    await refuse(
        exchange(logins, evil), exchange(logins, "guess"), exchange(logins, evil, resource=nowhere)
    )
    return workload_id


async def refuse_device_codes(here: Asserting) -> None:
    logins = here.logins
    code = (codes := await begun(logins))["device_code"]
    await refuse(poll(logins, code), poll(logins, code))  # pending, too soon
    await decide(logins, codes, "deny")
    await refuse(poll(logins, code), poll(logins, "unknown"))
    await refuse(poll(logins, code, client_id=here.client_id, client_secret=here.secret))


async def test_each_is_kept_where_its_space_is_known_and_pending_codes_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        an_identity_issuer(okta) as first,
        an_identity_issuer(claude) as second,
        asserting(tmp_path, monkeypatch, first, second, gateway_audit=True) as here,
    ):
        machine = await made(here.logins)
        await refuse_assertions(here)
        workload_id = await refuse_exchanges(here)
        await refuse_device_codes(here)
        await refuse(ask(here.logins, {**machine, "client_secret": "wrong"}))

    mona, editor = "mona@birch.example", "Birch Editor"
    shell = "notion-gateway, the command line, build-7"
    kept = Counter(here.logins.rig.sql(KEPT))
    assert kept == Counter(
        (here.logins.space, "login", *one, 1)
        for one in [
            ("", "", editor, 400, "id_assertion_audience"),
            (mona, "", editor, 400, "person_not_in_space"),
            ("", "", editor, 400, "id_assertion_signature"),
            ("", workload_id, "ci", 400, "workload_subject"),
            ("", "", "", 400, "workload_token_form"),
            ("ada", "", shell, 400, "device_login_denied"),
            ("", machine["client_id"], "nightly import", 401, "machine_secret_wrong"),
        ]
    )


async def test_a_flood_of_refused_logins_is_two_entries_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From many addresses, by programs of many names."""
    settings: dict[str, Any] = {
        "gateway_trusted_proxies": "127.0.0.1",
        "gateway_new_clients_per_minute": 1000,
    }
    async with logging_in(tmp_path, monkeypatch, gateway_audit=True, **settings) as logins:
        names = [
            (await logins.register(client_name=f"Editor {number}")).json["client_id"]
            for number in range(10)
        ]
        for number in range(100):
            name = names[number % len(names)]
            await refuse(exchange(logins, "guess", f"10.0.0.{number}", client_id=name))

    told = logins.rig.sql("select calls from audit_entries order by number")
    assert told == [(1,), (99,)]
