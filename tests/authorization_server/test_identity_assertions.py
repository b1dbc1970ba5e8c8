"""People who come in by an issuer's word (ID-JAG): who is let in, and every way not to be."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwk
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.authorization_server.asserting import GRANT, Asserting, asserting, why
from tests.authorization_server.assertion_mutations import MUTATIONS, wrong_assertions
from tests.support.identity_issuer import IdentityIssuer, an_identity_issuer, claude, okta
from tests.support.kept_tokens import Kept
from tests.support.mcp_login import bearer, make_space
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import until_told

pytestmark = pytest.mark.anyio

DOMAIN = {"domain": "birch.example"}
NO_GRANT = "invalid_grant"


@pytest.fixture
async def issuers() -> AsyncGenerator[tuple[IdentityIssuer, IdentityIssuer]]:
    async with an_identity_issuer(okta) as first, an_identity_issuer(claude) as second:
        yield first, second


@pytest.fixture
async def here(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> AsyncGenerator[Asserting]:
    """Everybody of the domain belongs to the space; it is connected."""
    async with asserting(
        tmp_path, monkeypatch, *issuers, upstream=RecordingMcp(), rules=[DOMAIN]
    ) as one:
        answer = await one.logins.rig.caller.connect(one.logins.space)
        assert answer.result["status"] == "success"
        yield one


# --- letting in ---------------------------------------------------------------------------


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
    assert here.members()["claude|user_01Hmona"] == "member"


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


# --- one use, keys ------------------------------------------------------------------------


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


# --- who somebody is ----------------------------------------------------------------------


async def test_an_address_links_a_person_once_and_the_subject_decides_from_then_on(
    here: Asserting,
) -> None:
    await here.let_in(jti="first")
    assert "mona@birch.example" in here.members()

    again = await here.say(jti="renamed", email="mona.birch@birch.example")
    another = here.say(jti="another", sub="00u2somebody-else")

    assert again.status == 200
    assert await why(another) == (NO_GRANT, "email_linked_before")
    linked = here.logins.rig.sql("select subject, user_id, email from issuer_people")
    assert linked == [("00u1mona", "mona@birch.example", "mona@birch.example")]


@pytest.mark.parametrize(
    "address",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": 1},
        {"email_verified": "yes"},
        {"email": None},
        {"email": "mona@elsewhere.example"},
        {"email": "mona@birch.example@elsewhere.example"},
        {"email": "mona@sub.birch.example"},
        {"email": ["mona@birch.example"]},
    ],
)
@pytest.mark.promise("threats:69")
async def test_an_address_that_is_not_verified_or_not_allowed_links_nobody(
    here: Asserting, address: dict[str, Any]
) -> None:
    assert await why(here.say(**address)) == (NO_GRANT, "person_not_in_space")

    assert here.members() == {"ada": "owner", "mona": "member"}
    assert here.logins.rig.sql("select user_id from issuer_people") == [("okta|00u1mona",)]


async def test_an_issuer_cannot_name_anothers_people(here: Asserting) -> None:
    """Ada and Mona belong to the space by other means."""
    for name in ("ada", "mona"):
        sent = here.say(sub=name, email=None, jti=name)
        assert await why(sent) == (NO_GRANT, "person_not_in_space")


async def test_subjects_are_user_ids_where_the_settings_say_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    same: dict[str, Any] = {"same_user_ids": True, "email_domains": []}
    async with asserting(tmp_path, monkeypatch, *issuers, of_okta=same) as here:
        assert (await here.say(sub="mona")).status == 200
        assert await why(here.say(sub="zoe", jti="zoe")) == (NO_GRANT, "person_not_in_space")


# --- where somebody belongs ---------------------------------------------------------------


GROUPS = [{"group": "notion-owners", "role": "owner"}, {"group": "notion"}]


async def test_groups_decide_the_role_on_every_exchange_and_who_lost_them_is_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    async with asserting(tmp_path, monkeypatch, *issuers, rules=GROUPS) as here:
        who = "mona@birch.example"
        assert await why(here.say(jti="0", groups=["sales"])) == (NO_GRANT, "person_not_in_space")
        assert who not in here.members()

        await here.let_in(jti="1", groups=["sales", "notion"])
        assert here.members()[who] == "member"
        await here.let_in(jti="2", groups=["notion", "notion-owners"])
        assert here.members()[who] == "owner"
        access = await here.let_in(jti="3", groups=["notion"])
        assert here.members()[who] == "member"
        await here.let_in(jti="4")  # says nothing about groups
        assert here.members()[who] == "member"

        lost = here.say(jti="5", groups=["sales"])
        assert await why(lost) == (NO_GRANT, "person_not_in_space")
        assert who not in here.members()
        assert (await here.logins.call(access)).status in (401, 403)
        assert here.members() == {"ada": "owner", "mona": "member"}


async def test_who_belongs_otherwise_keeps_their_role_whatever_the_groups(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    same: dict[str, Any] = {"same_user_ids": True, "email_domains": []}
    async with asserting(tmp_path, monkeypatch, *issuers, of_okta=same, rules=GROUPS) as here:
        await here.let_in(sub="mona", jti="1", groups=["notion-owners"])
        await here.let_in(sub="ada", jti="2", groups=[])

        assert here.members() == {"ada": "owner", "mona": "member"}


async def test_without_a_rule_nobody_is_made_a_member(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
) -> None:
    async with asserting(tmp_path, monkeypatch, *issuers) as here:
        refused = here.say(groups=["notion"])

        assert await why(refused) == (NO_GRANT, "person_not_in_space")
        assert here.members() == {"ada": "owner", "mona": "member"}


async def test_every_mutation_of_an_assertion_is_refused_for_its_own_reason(
    here: Asserting,
) -> None:
    """None of them uses up the assertion that it was made of, which is accepted at the end."""
    tried, wrong = 0, list[str]()
    for tried, (assertion, expected) in enumerate(wrong_assertions(here), 1):
        try:
            _, told = await why(here.send(assertion))
        except (AssertionError, ValueError) as fault:
            told = f"no refusal ({fault})"
        if told != expected:
            wrong.append(f"{tried}: {told}, not {expected}")

    assert wrong == []
    assert tried > MUTATIONS.distinct() >= 100
    assert here.members() == {"ada": "owner", "mona": "member"}
    assert here.logins.rig.sql("select * from client_grants where issuer is not null") == []
    control = here.okta.signed(here.claims(jti="untouched"))
    assert (await here.send(control)).status == 200


async def test_what_the_client_sends_beside_the_assertion_is_held_against_it(
    here: Asserting,
) -> None:
    good = here.okta.signed(here.claims())
    other = await make_space(here.logins.rig, "Other")
    elsewhere = f"{here.logins.origin}/mcp/notion/{other}"

    assert await why(here.send(good, client_secret="wrong")) == (
        "invalid_client",
        "client_secret_wrong",
    )
    assert await why(here.send(good, client_id="unknown")) == ("invalid_client", "client_unknown")
    for resource in (elsewhere, "https://evil.example"):
        assert await why(here.send(good, resource=resource)) == (
            "invalid_target",
            "id_assertion_resource_differs",
        )
    assert await why(here.send(good, authorization_details="[]")) == (
        NO_GRANT,
        "id_assertion_details",
    )
    assert await why(here.send("")) == ("invalid_request", "id_assertion_missing")
    assert await why(here.send_of_claude(good)) == (
        "unauthorized_client",
        "issuer_not_for_client",
    )
    assert (await here.send(good, resource=here.logins.resource + "/")).status == 200


async def test_an_assertion_for_another_customer_of_the_issuer_is_refused(here: Asserting) -> None:
    for other in ("maple", None, ["birch"], True):
        sent = here.send_of_claude(here.claude.signed(here.of_claude(organization=other)))
        assert await why(sent) == (NO_GRANT, "id_assertion_claim")


async def test_an_assertion_is_no_bearer_token(here: Asserting) -> None:
    assert (await here.logins.call(here.okta.signed(here.claims()))).status == 401


async def test_outside_the_reasons_look_alike(here: Asserting) -> None:
    bodies = {
        (await here.say(**changes)).body
        for changes in ({"aud": "x"}, {"exp": 1}, {"sub": ""}, {"iss": "https://evil.example"})
    }

    assert len(bodies) == 1


async def test_one_persons_client_gets_a_bounded_number_of_tokens(here: Asserting) -> None:
    statuses = [(await here.say(jti=f"many-{number}")).status for number in range(31)]

    assert statuses == [200] * 30 + [429]
    assert (await here.say(jti="another", sub="00u2bob", email="bob@birch.example")).status == 200


# --- the mcp package ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
async def test_an_unmodified_client_with_an_assertion_reaches_a_tool_without_a_page(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    issuers: tuple[IdentityIssuer, IdentityIssuer],
    method: Any,
) -> None:
    """Before the simulated Notion, with its own tools."""
    async with asserting(tmp_path, monkeypatch, *issuers, rules=[DOMAIN]) as here:
        answer = await here.logins.rig.caller.connect(here.logins.space)
        assert answer.result["status"] == "success"
        asked_for: list[tuple[str, str]] = []

        async def assertion(audience: str, resource: str) -> str:
            asked_for.append((audience, resource))
            return here.okta.signed(here.claims(aud=audience, resource=resource))

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
