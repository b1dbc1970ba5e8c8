"""People who come in by an issuer's word (ID-JAG): who is let in, and every way not to be."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from joserfc import jwk
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.authorization_server.asserting import GRANT, Asserting, asserting, why
from tests.authorization_server.test_machines import Kept
from tests.support.identity_issuer import CLAUDE, IdentityIssuer, an_identity_issuer, claude, okta
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


# --- the mutations ------------------------------------------------------------------------

OTHER_KEY = jwk.RSAKey.generate_key(2048, {"kid": "okta-1"})
AUD, SUB, CLIENT, EXP, IAT, NBF, LONG, JTI = (
    "id_assertion_audience",
    "id_assertion_subject",
    "id_assertion_client",
    "id_assertion_expired",
    "id_assertion_issued_when",
    "id_assertion_not_yet_good",
    "id_assertion_lives_too_long",
    "id_assertion_id",
)
RES, GROUP = "id_assertion_resource", "id_assertion_groups"
FORM, TYPE, EXT, ALG = (
    "id_assertion_form",
    "id_assertion_type",
    "id_assertion_extension",
    "id_assertion_algorithm",
)
KEY, SIGN = "id_assertion_key", "id_assertion_signature"

CLAIMS: list[tuple[dict[str, Any], str]] = [
    *(({"iss": one}, "issuer_unknown") for one in ("https://evil.example", "", "OKTA/", "OKTA:1")),
    *(({"iss": one}, FORM) for one in (None, 7, ["OKTA"], {"url": "OKTA"}, True)),
    ({"iss": "CLAUDE"}, "issuer_not_for_client"),
    *(
        ({"aud": one}, AUD)
        for one in (
            None,
            "",
            "ORIGIN/",
            "ORIGIN/oauth/token",
            "RESOURCE",
            "https://evil.example",
            "ORIGIN.evil.example",
            "HTTP://127.0.0.1",
            [],
            ["ORIGIN", "https://evil.example"],
            ["https://evil.example"],
            ["ORIGIN", "ORIGIN"],
            [["ORIGIN"]],
            7,
            True,
            {"ORIGIN": 1},
        )
    ),
    *(({"sub": one}, SUB) for one in (None, "", " ", "a\nb", " ada", "x" * 256, 7, True, ["ada"])),
    *(
        ({"client_id": one}, CLIENT)
        for one in (None, "", "another", CLAUDE, "CLIENT ", ["CLIENT"], 7, True)
    ),
    *(
        ({"exp": one}, EXP)
        for one in (None, "+-31", "+-3600", 0, -1, "soon", True, [1], 1e300, {"at": 1})
    ),
    *(({"exp": one}, LONG) for one in ("+601", "+3600", "+86400")),
    ({"iat": "+-400"}, LONG),
    *(({"iat": one}, IAT) for one in (None, "now", True, [1], -1, 1e300)),
    *(({"iat": one}, NBF) for one in ("+900", "+90000")),
    *(({"nbf": one}, NBF) for one in ("+900", "+90000", "later", True, [1], -1)),
    *(({"jti": one}, JTI) for one in (None, "", "x" * 257, 7, True, ["a"], {"a": 1})),
    *(
        ({"resource": one}, RES)
        for one in (
            None,
            "",
            "ORIGIN",
            "ORIGIN/mcp/notion/",
            "ORIGIN/mcp/notion/a/b",
            "ORIGIN/mcp/notion/oauth",
            "ORIGIN/spaces/SPACE",
            "RESOURCE?a=b",
            "RESOURCE#a",
            "https://evil.example/mcp/notion/SPACE",
            "https://evil@127.0.0.1/mcp/notion/SPACE",
            [],
            ["RESOURCE", "RESOURCE"],
            ["RESOURCE", "ORIGIN/mcp/notion/other"],
            [["RESOURCE"]],
            7,
            True,
            {"uri": "RESOURCE"},
        )
    ),
    ({"resource": "ORIGIN/mcp/notion/other", "jti": "elsewhere"}, "person_not_in_space"),
    *(({"cnf": one}, "id_assertion_bound_to_key") for one in ({"jkt": "x"}, {}, False)),
    *(({"authorization_details": one}, "id_assertion_details") for one in ([{"type": "x"}], [])),
    *(({"groups": one}, GROUP) for one in ("notion", 7, True, {"notion": 1}, [1], ["a", None])),
    ({"groups": ["g"] * 2001}, GROUP),
    ({"_claim_names": {"groups": "src1"}}, GROUP),
]
HEADS: list[tuple[dict[str, Any], str]] = [
    *(
        ({"typ": one}, TYPE)
        for one in (
            None,
            "JWT",
            "at+jwt",
            "logout+jwt",
            "oauth-id-jag",
            "id-jag+jwt",
            "",
            7,
            ["oauth-id-jag+jwt"],
        )
    ),
    *(({"crit": one}, EXT) for one in (["exp"], ["https://evil.example"], [], "b64", None)),
    *(({"alg": one}, ALG) for one in ("none", "HS256", "RS1", "ES512", "", 7, ["RS256"])),
    ({"alg": None}, FORM),
    *(({"kid": one}, KEY) for one in ("okta-2", "", "../okta-1", "OKTA-1")),
    ({"alg": "PS256"}, SIGN),
    ({"alg": "ES256"}, SIGN),
]


def written(head: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    """A token as it could not be made by a library that keeps to the rules."""
    parts = [encoded(json.dumps(one).encode()) for one in (head, claims)]
    return f"{'.'.join(parts)}.{signature}"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def forged(here: Asserting) -> list[tuple[str, str]]:
    """Whole assertions, each with the reason that it is refused for."""
    good = here.okta.signed(here.claims(jti="forged"))
    head, body, signature = good.split(".")
    shared = {"alg": "HS256", "kid": "okta-1", "typ": "oauth-id-jag+jwt"}
    signing = written(shared, here.claims(), "").removesuffix(".").encode()
    by_public_key = hmac.digest(here.okta.key.as_pem(private=False), signing, "sha256")
    of_claude = here.claude.signed(here.claims(), typ="oauth-id-jag+jwt")
    return [
        (here.okta.signed(here.claims(), key=OTHER_KEY), SIGN),
        (here.okta.signed(here.claims(), key=OTHER_KEY, kid=None), SIGN),
        (of_claude, KEY),
        (here.claude.signed(here.claims(), kid=None), SIGN),
        (f"{signing.decode()}.{encoded(by_public_key)}", ALG),
        (f"{head}.{body}.", SIGN),
        (f"{head}.{body}.{signature[:-8]}AAAAAAAA", SIGN),
        (f"{head}.{body}.{'A' * len(signature)}", SIGN),
        (f"{head}.{here.okta.signed(here.claims(sub='ada')).split('.')[1]}.{signature}", SIGN),
        (f"{head}.{body}", FORM),
        (f"{good}.", FORM),
        (f".{body}.{signature}", FORM),
        (f"{head}..{signature}", FORM),
        ("no token at all", FORM),
        (good.replace(".", "·"), FORM),
        (good[1:], FORM),
    ]


def changed(here: Asserting, value: Any) -> Any:
    """With the names of this run in the place of ORIGIN and so on; ``+31`` is in 31 seconds."""
    if isinstance(value, list):
        return [changed(here, one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {changed(here, name): changed(here, one) for name, one in members}
    if not isinstance(value, str):
        return value
    if value.startswith("+"):
        return int(here.logins.rig.clock.timestamp()) + int(value[1:])
    names = {
        "ORIGIN": here.logins.origin,
        "RESOURCE": here.logins.resource,
        "SPACE": here.logins.space,
        "CLIENT": here.client_id,
        "OKTA": here.okta.url,
        "CLAUDE": here.claude.url,
    }
    for name, one in names.items():
        value = value.replace(name, one)
    return value


async def test_every_mutation_of_an_assertion_is_refused_for_its_own_reason(
    here: Asserting,
) -> None:
    """None of them uses up the assertion that it was made of, which is accepted at the end."""
    expected = [reason for _, reason in CLAIMS + HEADS]
    expected += [reason for _, reason in forged(here)]
    tried = len(CLAIMS) + len(HEADS) + len(forged(here))
    wrong: list[str] = []
    for number in range(tried):
        assertion = mutated(here, number)  # made just now: none expires while others are tried
        try:
            _, told = await why(here.send(assertion))
        except (AssertionError, ValueError) as fault:
            told = f"no refusal ({fault})"
        if told != expected[number]:
            wrong.append(f"{number}: {told}, not {expected[number]}")

    assert wrong == []
    assert tried >= 100
    assert here.members() == {"ada": "owner", "mona": "member"}
    assert here.logins.rig.sql("select * from client_grants where issuer is not null") == []
    control = here.okta.signed(here.claims(jti="untouched"))
    assert (await here.send(control)).status == 200


def mutated(here: Asserting, number: int) -> str:
    good = here.claims(jti="untouched")
    if number < len(CLAIMS):
        changes, _ = CLAIMS[number]
        given = {**good, **{name: changed(here, one) for name, one in changes.items()}}
        return here.okta.signed({name: one for name, one in given.items() if one is not None})
    if number < len(CLAIMS) + len(HEADS):
        changes, _ = HEADS[number - len(CLAIMS)]
        base = {"alg": "RS256", "kid": "okta-1", "typ": "oauth-id-jag+jwt"}
        head = {n: one for n, one in {**base, **changes}.items() if one is not None or n == "crit"}
        return written(head, good, here.okta.signed(good).rpartition(".")[2])
    return forged(here)[number - len(CLAIMS) - len(HEADS)][0]


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
