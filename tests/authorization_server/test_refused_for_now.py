"""What is refused for now only: its own reason in log and audit, and when to come again outside."""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog

from notion_gateway.authorization_server import device_store, opening
from tests.authorization_server.asserting import Asserting, asserting
from tests.authorization_server.client_assertion_mutations import signed
from tests.authorization_server.device_steps import DEVICE, begin
from tests.authorization_server.machine_steps import ask, claims, made, prove
from tests.authorization_server.workload_steps import allowed, exchange, of_github
from tests.support.browser import browsing
from tests.support.gateway import Answer
from tests.support.identity_issuer import an_identity_issuer, claude, okta
from tests.support.ports import free_port

pytestmark = pytest.mark.anyio

ONE_A_MINUTE = (
    "_GUESSES_PER_MINUTE",
    "_MACHINE_TOKENS_PER_MINUTE",
    "_REFUSED_WORKLOADS_PER_MINUTE",
    "_ASSERTED_TOKENS_PER_MINUTE",
)
KEPT = "select space_id, user_id, token, status, reason from audit_entries order by number"


@dataclass(frozen=True, slots=True)
class Refusing:
    """A gateway that lets everybody ask once a minute. ``logged``: error, reason and space of what
    was refused for now.
    """

    here: Asserting
    logged: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])

    async def for_now(self, request: Awaitable[Answer], status: int = 429) -> None:
        with structlog.testing.capture_logs() as lines:
            answer = await request
        said = (answer.status, answer.json["error"])
        assert said == (status, "temporarily_unavailable"), answer.body
        assert int(answer.headers["retry-after"]) > 0
        self.heard(lines)

    def heard(self, lines: Any) -> None:
        found = [line for line in lines if line["event"] == "login_refused"]
        self.logged.extend((one["error"], one["why"], one.get("space_id", "")) for one in found)

    def whys(self) -> list[tuple[str, str]]:
        """With the space that each is about, where it is known."""
        assert {error for error, _, _ in self.logged} == {"temporarily_unavailable"}
        return [(why, space and "in the space") for _, why, space in self.logged]

    def kept(self) -> list[tuple[Any, ...]]:
        """In the audit, once the gateway has stopped."""
        return self.here.logins.rig.sql(KEPT)


@asynccontextmanager
async def refusing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> AsyncGenerator[Refusing]:
    for name in ONE_A_MINUTE:
        monkeypatch.setattr(opening, name, 1)
    rules = [{"domain": "birch.example"}]
    async with (
        an_identity_issuer(okta) as first,
        an_identity_issuer(claude) as second,
        asserting(
            data_dir, monkeypatch, first, second, rules=rules, gateway_audit=True, **settings
        ) as here,
    ):
        yield Refusing(here)


async def test_whoever_asks_too_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with refusing(tmp_path, monkeypatch) as refused:
        here, logins, runner = refused.here, refused.here.logins, refused.here.okta
        machine, workload = await made(logins), await allowed(logins, runner)

        def of_workload() -> str:
            return runner.signed(of_github(logins, runner), typ="JWT")

        assert (await ask(logins, machine)).status == 200
        await refused.for_now(ask(logins, machine))
        assert (await exchange(logins, of_workload())).status == 200
        await refused.for_now(exchange(logins, of_workload()))
        assert (await here.say(jti="one")).status == 200
        await refused.for_now(here.say(jti="two"))
        assert (await exchange(logins, "guess")).status == 400
        await refused.for_now(exchange(logins, "guess"))

    assert refused.whys() == [
        ("machine_tokens_too_many", "in the space"),
        ("workload_tokens_too_many", "in the space"),
        ("asserted_tokens_too_many", "in the space"),
        ("workload_refusals_too_many", ""),
    ]
    space, mona = logins.space, "mona@birch.example"
    assert refused.kept() == [
        (space, "", machine["client_id"], 429, "machine_tokens_too_many"),
        (space, "", workload, 429, "workload_tokens_too_many"),
        (space, mona, "", 429, "asserted_tokens_too_many"),
        (space, "", "", 400, "workload_token_form"),
        (space, "", "", 429, "workload_refusals_too_many"),
    ]


async def test_codes_that_are_begun_or_guessed_too_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with refusing(tmp_path, monkeypatch, gateway_new_clients_per_minute=2) as refused:
        logins = refused.here.logins
        assert (await begin(logins)).status == 200
        with monkeypatch.context() as full:
            full.setattr(device_store, "MAX_OPEN", 1)
            await refused.for_now(begin(logins))
        await refused.for_now(begin(logins))
        async with browsing(logins.origin) as browser:
            await browser.sign_in("mona")
            address = f"{logins.origin}{DEVICE}?user_code=BBBB-BBBB"
            assert (await browser.open(address)).status == 400
            with structlog.testing.capture_logs() as lines:
                assert (await browser.open(address)).status == 429
            refused.heard(lines)

    assert refused.whys() == [
        ("device_logins_all_waiting", ""),
        ("device_logins_too_many", ""),
        ("user_code_too_many_guesses", ""),
    ]


async def test_keys_that_cannot_be_fetched_just_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/keys"
    async with refusing(tmp_path, monkeypatch, of_okta={"jwks_url": nowhere}) as refused:
        here, logins = refused.here, refused.here.logins
        machine = await made(logins, jwks_uri="https://keys.invalid/set")
        proof = signed(claims(logins, machine))
        subject = "repo:birch/website:ref:refs/heads/*"
        runner = {"issuer": "https://runner.invalid", "subject": subject}
        workload = await allowed(logins, here.okta, **runner)
        of_runner = of_github(logins, here.okta, iss=runner["issuer"])

        await refused.for_now(here.say(), 503)
        await refused.for_now(prove(logins, proof), 503)
        await refused.for_now(exchange(logins, here.okta.signed(of_runner, typ="JWT")), 503)

    assert refused.whys() == [
        ("id_assertion_keys_unavailable", ""),
        ("assertion_keys_unavailable", "in the space"),
        ("workload_token_keys_unavailable", "in the space"),
    ]
    assert refused.kept() == [
        (logins.space, "", machine["client_id"], 503, "assertion_keys_unavailable"),
        (logins.space, "", workload, 503, "workload_token_keys_unavailable"),
    ]
