"""Machines that act in a space: made and ended by owners, and what their tokens reach."""

from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.authorization_server.asserting import why
from tests.authorization_server.client_assertion_mutations import (
    JWKS,
    KEY,
)
from tests.authorization_server.machine_steps import ask, made, make, token
from tests.support.kept_tokens import Kept
from tests.support.mcp_login import Logins, bearer, make_space

pytestmark = pytest.mark.anyio

WRITES = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-move-pages"}}'
READS = WRITES.replace(b"notion-move-pages", b"notion-search")


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
