"""People who come in by an issuer's word (ID-JAG): what lets them in, and how often."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwk
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.authorization_server.asserting import DOMAIN, GRANT, NO_GRANT, Asserting, asserting, why
from tests.support.identity_issuer import IdentityIssuer
from tests.support.kept_tokens import Kept
from tests.support.mcp_login import bearer, make_space
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio


async def test_an_assertion_lets_a_person_in_for_ten_minutes_without_a_page(
    here: Asserting,
) -> None:
    answer = await here.say()

    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["expires_in"] == 600
    assert "refresh_token" not in answer.json
    access = answer.json["access_token"]
    assert access.startswith("nmga_")
    assert (await here.logins.call(access)).status == 200
    here.logins.rig.clock.skip(601)
    assert (await here.logins.call(access)).status == 401


async def test_a_person_has_one_login_for_a_client_however_often_they_come(
    here: Asserting,
) -> None:
    for number in range(3):
        await here.let_in(jti=f"one-{number}")

    (listed,) = await here.logins.tokens_listed()
    assert (listed["kind"], listed["user_id"]) == ("client", "mona@birch.example")
    assert len(here.logins.rig.sql("select * from client_grants where issuer is not null")) == 1


async def test_an_assertion_shaped_like_claudes_lets_in_a_client_that_has_no_secret(
    here: Asserting,
) -> None:
    assertion = here.claude.signed(here.of_claude())

    answer = await here.send_of_claude(assertion, resource=here.logins.resource)

    assert answer.status == 200, answer.body
    assert (await here.logins.call(answer.json["access_token"])).status == 200
    assert here.members()["claude||user_01Hmona"] == "member"


async def test_its_token_opens_its_own_space_and_no_other_route(here: Asserting) -> None:
    access = await here.let_in()
    other = await make_space(here.logins.rig, "Other")

    assert (await here.logins.call(access, space=other)).status == 403
    path = f"/spaces/{here.logins.space}/tokens"
    answer = await here.logins.rig.caller.get(path, user=None, headers=bearer(access))
    assert answer.json["reason"] == "token_not_allowed"


async def test_the_metadata_names_the_profile_where_an_issuer_is_believed(
    here: Asserting,
) -> None:
    told = await here.logins.rig.caller.get("/.well-known/oauth-authorization-server", user=None)

    assert told.json["authorization_grant_profiles_supported"] == [
        "urn:ietf:params:oauth:grant-profile:id-jag"
    ]
    assert GRANT in told.json["grant_types_supported"]


async def test_without_an_issuer_nothing_of_it_is_offered(logins: Any) -> None:
    told = await logins.rig.caller.get("/.well-known/oauth-authorization-server", user=None)
    refused = await logins.token({"grant_type": GRANT, "assertion": "x"})

    assert "authorization_grant_profiles_supported" not in told.json
    assert GRANT not in told.json["grant_types_supported"]
    assert refused.json["error"] == "unsupported_grant_type"


async def test_of_many_uses_of_one_assertion_at_once_one_counts(here: Asserting) -> None:
    assertion = here.okta.signed(here.claims())

    answers = await asyncio.gather(*(here.send(assertion) for _ in range(20)))

    assert sorted(one.status for one in answers) == [200] + [400] * 19


async def test_an_assertion_counts_once_and_is_forgotten_when_it_has_expired(
    here: Asserting,
) -> None:
    assertion = here.okta.signed(here.claims())
    assert (await here.send(assertion)).status == 200

    assert await why(here.send(assertion)) == (NO_GRANT, "id_assertion_replayed")
    here.logins.rig.clock.skip(331)
    assert await why(here.send(assertion)) == (NO_GRANT, "id_assertion_expired")
    await here.let_in(jti="the-next-one")
    assert len(here.logins.rig.sql("select * from used_once")) == 1


async def test_a_new_key_of_the_issuer_is_found_and_keys_are_not_asked_for_each_time(
    here: Asserting,
) -> None:
    for number in range(5):
        await here.let_in(jti=f"before-{number}")
    assert here.okta.asked.count(here.okta.keys_path) == 1
    here.okta.keys.append(jwk.RSAKey.generate_key(2048, {"kid": "okta-2"}))

    async def is_found() -> bool:
        """Keys are asked for again after ten seconds at the earliest."""
        return (await here.say(jti="with-the-new-key")).status == 200

    await until_told(is_found)
    assert here.okta.asked.count(here.okta.keys_path) == 2


async def test_an_issuer_that_cannot_be_asked_is_a_passing_fault(here: Asserting) -> None:
    here.okta.is_down = True

    answer = await here.say()

    assert answer.status == 503
    assert answer.json["error"] == "temporarily_unavailable"


@pytest.mark.parametrize("issuer", ["okta", "claude"])
@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
async def test_an_unmodified_client_with_an_assertion_reaches_a_tool_without_a_page(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
    method: Any,
    issuer: str,
) -> None:
    """Before the simulated Notion, with its own tools. The package takes a client with a secret
    only, so here Claude's issuer speaks for that one.
    """
    made = asserting(
        tmp_path, monkeypatch, *issuers, rules=[DOMAIN], claude_speaks_for_both=issuer == "claude"
    )
    async with made as here:
        answer = await here.logins.rig.caller.connect(here.logins.space)
        assert answer.result["status"] == "success"
        asked_for: list[tuple[str, str]] = []

        async def assertion(audience: str, resource: str) -> str:
            asked_for.append((audience, resource))
            if issuer == "okta":
                return here.okta.signed(here.claims(aud=audience, resource=resource))
            said = here.of_claude(client_id=here.client_id, aud=audience, resource=[resource])
            return here.claude.signed(said)

        provider = IdentityAssertionOAuthProvider(
            here.logins.resource,
            Kept(),
            here.client_id,
            here.secret,
            here.logins.origin,
            assertion,
            token_endpoint_auth_method=method,
        )
        async with httpx2.AsyncClient(auth=provider, trust_env=False) as http:
            transport = streamable_http_client(here.logins.resource, http_client=http)
            async with Client(transport) as client:
                called = await client.call_tool("notion-search", {"query": "roadmap"})

        assert not called.is_error
        assert asked_for == [(here.logins.origin, here.logins.resource)]
        (let_in,) = here.logins.rig.sql("select issuer from client_grants where issuer is not null")
        assert let_in == (getattr(here, issuer).url,)
