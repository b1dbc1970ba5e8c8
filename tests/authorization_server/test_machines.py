"""Programs that nobody logs in: made by an owner, proven by a secret or a key, ended at once."""

import asyncio
import base64
from typing import Any

import httpx2
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from notion_gateway.authorization_server.rules.machines import ASSERTION_TYPE
from tests.authorization_server.client_assertion_mutations import (
    JWKS,
    KEY,
    TRIED,
    UNKNOWN,
    mutated,
    reason,
    signed,
)
from tests.support.gateway import Answer
from tests.support.kept_tokens import Kept
from tests.support.mcp_login import Logins, bearer, make_space

pytestmark = pytest.mark.anyio

GRANT = "client_credentials"
WRITES = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-move-pages"}}'
READS = WRITES.replace(b"notion-move-pages", b"notion-search")


async def make(logins: Logins, user: str = "ada", **wish: Any) -> Answer:
    path = f"/spaces/{logins.space}/machines"
    document = {"name": "nightly import", **wish}
    return await logins.rig.caller.send("POST", path, user=user, json=document)


async def made(logins: Logins, **wish: Any) -> dict[str, Any]:
    answer = await make(logins, **wish)
    assert answer.status == 201, answer.body
    machine: dict[str, Any] = answer.json
    return machine


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"}


async def ask(logins: Logins, machine: dict[str, Any], **form: str) -> Answer:
    """For a token, with the machine's secret."""
    shown = basic(machine["client_id"], machine["client_secret"])
    return await logins.token({"grant_type": GRANT, **form}, **shown)


async def token(logins: Logins, machine: dict[str, Any]) -> str:
    answer = await ask(logins, machine)
    assert answer.status == 200, answer.body
    access: str = answer.json["access_token"]
    return access


def claims(logins: Logins, machine: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """None leaves a claim out."""
    now = int(logins.rig.clock.timestamp())
    good = {
        "iss": machine["client_id"],
        "sub": machine["client_id"],
        "aud": logins.origin,
        "iat": now,
        "exp": now + 60,
        "jti": "jti-of-one-assertion",
        **changes,
    }
    return {name: value for name, value in good.items() if value is not None}


async def prove(logins: Logins, assertion: str, **form: str) -> Answer:
    sent = {
        "grant_type": GRANT,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **form,
    }
    return await logins.token(sent)


async def why(refused: Any) -> tuple[str, str]:
    """OAuth's error, and why, as the log has it."""
    with structlog.testing.capture_logs() as lines:
        answer: Answer = await refused
    assert answer.status in (400, 401), answer.body
    (reason,) = [line["why"] for line in lines if line["event"] == "login_refused"]
    return answer.json["error"], reason


# --- making, listing, ending --------------------------------------------------------------


async def test_a_machine_calls_its_space_in_nobodys_name(connected_logins: Logins) -> None:
    logins = connected_logins
    machine = await made(logins)

    answer = await ask(logins, machine, resource=logins.resource)

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["access_token"].startswith("nmgm_")
    assert answer.json["expires_in"] == 3600
    assert "refresh_token" not in answer.json
    assert (await logins.call(answer.json["access_token"])).status == 200
    (listed,) = await logins.tokens_listed()
    assert listed["kind"] == "machine"
    assert listed["token_id"] == machine["client_id"]
    assert listed["name"] == "nightly import"
    assert listed["last_used_at"] is not None


async def test_its_secret_is_shown_once_and_stored_as_a_hash(logins: Logins) -> None:
    machine = await made(logins)
    access = await token(logins, machine)

    assert machine["client_secret"].startswith("nmgs_")
    tables = "machine_clients", "gateway_tokens"
    stored = str([logins.rig.sql(f"select * from {table}") for table in tables])  # noqa: S608
    assert machine["client_id"] in stored
    for secret in (machine["client_secret"], access):
        assert secret not in stored
    assert machine["client_secret"] not in str(await logins.tokens_listed())


async def test_only_owners_make_and_end_machines(logins: Logins) -> None:
    send, tokens = logins.rig.caller.send, f"/spaces/{logins.space}/tokens"
    wish = {"name": "Mona's shell", "can_manage": True}
    mona = bearer((await send("POST", tokens, user="mona", json=wish)).json["token"])
    machine = await made(logins)

    path = f"/spaces/{logins.space}/machines"
    refused = await send("POST", path, user=None, headers=mona, json={"name": "mine"})
    assert refused.json["reason"] == "owner_required"
    await send("DELETE", f"{tokens}/{machine['client_id']}", user=None, headers=mona)

    assert (await ask(logins, machine)).status == 200
    seen = (await logins.rig.caller.get(tokens, user=None, headers=mona)).json["tokens"]
    assert [one["kind"] for one in seen] == ["personal"]


async def test_a_revoked_machine_and_its_tokens_end_at_once(connected_logins: Logins) -> None:
    logins = connected_logins
    machine = await made(logins)
    access = await token(logins, machine)
    assert (await logins.call(access)).status == 200
    path = f"/spaces/{logins.space}/tokens/{machine['client_id']}"

    assert (await logins.rig.caller.send("DELETE", path)).status == 204

    assert (await logins.call(access)).status == 401
    assert await why(ask(logins, machine)) == ("invalid_client", "machine_revoked")
    assert await logins.tokens_listed() == []


async def test_a_machine_stays_when_its_maker_leaves(connected_logins: Logins) -> None:
    logins = connected_logins
    owner = f"/spaces/{logins.space}/members/mona"
    assert (await logins.rig.caller.send("PUT", owner, json={"role": "owner"})).status < 300
    answer = await make(logins, "mona")
    assert (await logins.rig.caller.send("DELETE", owner)).status == 204

    assert (await logins.call(await token(logins, answer.json))).status == 200


async def test_a_machine_and_its_tokens_expire_together(connected_logins: Logins) -> None:
    logins = connected_logins
    machine = await made(logins, expires_in_days=1)
    logins.rig.clock.skip(86_400 - 600)
    answer = await ask(logins, machine)
    assert 0 < answer.json["expires_in"] <= 600
    logins.rig.clock.skip(601)

    assert (await logins.call(answer.json["access_token"])).status == 401
    assert await why(ask(logins, machine)) == ("invalid_client", "machine_expired")


@pytest.mark.parametrize(
    ("wish", "reads", "writes"),
    [
        ({}, 200, 200),
        ({"read_only": True}, 200, 403),
        ({"tools": ["notion-search"]}, 200, 403),
        ({"tools": ["notion-fetch"]}, 403, 403),
    ],
)
async def test_a_machine_calls_what_its_owner_has_chosen(
    connected_logins: Logins, wish: dict[str, Any], reads: int, writes: int
) -> None:
    access = await token(connected_logins, await made(connected_logins, **wish))

    assert (await connected_logins.call(access, READS)).status == reads
    assert (await connected_logins.call(access, WRITES)).status == writes


async def test_a_machine_reaches_no_other_space_and_no_other_route(
    connected_logins: Logins,
) -> None:
    logins = connected_logins
    machine = await made(logins)
    access = await token(logins, machine)
    other = await make_space(logins.rig, "Other")

    assert (await logins.call(access, space=other)).status == 403
    for path in (f"/integrations/notion/{logins.space}", f"/spaces/{logins.space}/tokens"):
        answer = await logins.rig.caller.get(path, user=None, headers=bearer(access))
        assert answer.json["reason"] == "token_not_allowed"
    elsewhere = f"{logins.origin}/mcp/notion/{other}"
    assert await why(ask(logins, machine, resource=elsewhere)) == (
        "invalid_target",
        "machine_of_another_space",
    )


@pytest.mark.parametrize(
    "wish",
    [
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [KEY.as_dict(private=True)]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
        {"jwks": JWKS, "jwks_uri": "https://keys.example/jwks"},
        {"jwks_uri": "http://keys.example/jwks"},
        {"jwks_uri": "https://127.0.0.1/jwks"},
        {"jwks_uri": "https://169.254.169.254/jwks"},
        {"tools": []},
        {"expires_in_days": 366},
    ],
)
async def test_a_machine_that_cannot_be_is_refused(logins: Logins, wish: dict[str, Any]) -> None:
    answer = await make(logins, **wish)

    assert answer.status == 422
    assert await logins.tokens_listed() == []


# --- proofs -------------------------------------------------------------------------------


async def test_a_wrong_secret_and_a_wrong_name_look_the_same_outside(logins: Logins) -> None:
    machine = await made(logins)
    keyed = await made(logins, jwks=JWKS)
    wrong = {**machine, "client_secret": "nmgs_wrong"}
    unknown = {**machine, "client_id": "machine-unknown"}

    assert await why(ask(logins, wrong)) == ("invalid_client", "machine_secret_wrong")
    assert await why(ask(logins, unknown)) == ("invalid_client", "machine_unknown")
    assert await why(ask(logins, {**keyed, "client_secret": "x"})) == (
        "invalid_client",
        "machine_proves_itself_otherwise",
    )
    bodies = {(await ask(logins, one)).body for one in (wrong, unknown)}
    assert len(bodies) == 1


async def test_an_assertion_proves_a_machine_once(connected_logins: Logins) -> None:
    logins = connected_logins
    machine = await made(logins, jwks=JWKS)
    assert machine["client_secret"] is None
    assertion = signed(claims(logins, machine))

    answer = await prove(logins, assertion)

    assert answer.status == 200, answer.body
    assert (await logins.call(answer.json["access_token"])).status == 200
    assert await why(prove(logins, assertion)) == ("invalid_client", "assertion_replayed")


async def test_of_many_uses_of_one_assertion_at_once_one_counts(logins: Logins) -> None:
    machine = await made(logins, jwks=JWKS)
    assertion = signed(claims(logins, machine))

    answers = await asyncio.gather(*(prove(logins, assertion) for _ in range(20)))

    assert sorted(one.status for one in answers) == [200] + [401] * 19


async def test_every_mutation_of_an_assertion_is_refused_for_its_own_reason(
    logins: Logins,
) -> None:
    """None of them uses up the assertion that it was made of, which is accepted at the end."""
    machine = await made(logins, jwks=JWKS)
    names = {
        "ORIGIN": logins.origin,
        "RESOURCE": logins.resource,
        "CLIENT": machine["client_id"],
    }
    wrong: list[str] = []
    for number in range(TRIED):
        good = claims(logins, machine)
        sent = prove(logins, mutated(good, names, logins.rig.clock.timestamp(), number))
        try:
            _, told = await why(sent)
        except (AssertionError, ValueError) as fault:
            told = f"no refusal ({fault})"
        expected = reason(good, number)
        if told != ("machine_unknown" if expected == UNKNOWN else expected):
            wrong.append(f"{number}: {told}, not {expected}")

    assert wrong == []
    assert TRIED >= 100
    assert (await prove(logins, signed(claims(logins, machine)))).status == 200


async def test_keys_that_cannot_be_fetched_are_a_passing_fault(logins: Logins) -> None:
    machine = await made(logins, jwks_uri="https://keys.invalid/jwks")

    answer = await prove(logins, signed(claims(logins, machine)))

    assert answer.status == 503
    assert answer.json["error"] == "temporarily_unavailable"


async def test_a_proof_of_another_form_is_refused(logins: Logins) -> None:
    machine, secret = await made(logins, jwks=JWKS), await made(logins)
    assertion = signed(claims(logins, machine))

    assert await why(prove(logins, assertion, client_id=secret["client_id"])) == (
        "invalid_client",
        "assertion_issuer",
    )
    assert await why(prove(logins, assertion, client_secret="x")) == (
        "invalid_request",
        "machine_proves_itself_twice",
    )
    assert await why(prove(logins, assertion, client_assertion_type="saml")) == (
        "invalid_request",
        "assertion_type_unknown",
    )
    theirs = signed(claims(logins, secret))
    assert await why(prove(logins, theirs)) == (
        "invalid_client",
        "machine_proves_itself_otherwise",
    )


# --- the mcp package ----------------------------------------------------------------------


async def listed_tools(logins: Logins, auth: httpx2.Auth) -> int:
    async with httpx2.AsyncClient(auth=auth, trust_env=False) as http:
        transport = streamable_http_client(logins.resource, http_client=http)
        async with Client(transport) as client:
            return len((await client.list_tools()).tools)


async def test_the_mcp_packages_provider_logs_in_with_a_secret(logins: Logins) -> None:
    machine, kept = await made(logins), Kept()
    provider = ClientCredentialsOAuthProvider(
        logins.resource,
        kept,
        machine["client_id"],
        machine["client_secret"],
        issuer=logins.origin,
    )

    assert await listed_tools(logins, provider) > 0
    assert kept.tokens is not None
    assert kept.tokens.access_token.startswith("nmgm_")


async def test_the_mcp_packages_provider_logs_in_with_a_key(logins: Logins) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key = jwk.ECKey.import_key(private)
    machine = await made(logins, jwks={"keys": [key.as_dict(private=False)]})
    parameters = SignedJWTParameters(
        issuer=machine["client_id"],
        subject=machine["client_id"],
        signing_key=key.as_pem(private=True).decode(),
        signing_algorithm="ES256",
    )
    provider = PrivateKeyJWTOAuthProvider(
        logins.resource,
        Kept(),
        machine["client_id"],
        parameters.create_assertion_provider(),
        issuer=logins.origin,
    )

    assert await listed_tools(logins, provider) > 0
