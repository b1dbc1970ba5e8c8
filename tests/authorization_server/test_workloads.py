"""Tokens of where a program runs, exchanged for one of a space: who is let in, and who is not."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.access.rules.workloads import fits, require_narrow
from notion_gateway.kernel.errors import InvalidRequest
from tests.authorization_server.asserting import why
from tests.authorization_server.token_mutations import OTHER_KEY
from tests.authorization_server.workload_mutations import MAIN, MUTATIONS
from tests.authorization_server.workload_steps import (
    JWT,
    POD,
    allow,
    allowed,
    exchange,
    of_github,
    of_kubernetes,
)
from tests.support.identity_issuer import IdentityIssuer, an_identity_issuer, okta
from tests.support.mcp_login import Logins, bearer, logging_in, make_space

pytestmark = pytest.mark.anyio

ACCESS = "urn:ietf:params:oauth:token-type:access_token"
WRITES = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notion-move-pages"}}'


@pytest.fixture
async def runner() -> AsyncGenerator[IdentityIssuer]:
    """An issuer of tokens for programs, which describes itself."""
    async with an_identity_issuer(okta) as one:
        yield one


async def test_a_token_of_github_is_exchanged_for_a_short_one_of_the_space(
    connected_logins: Logins, runner: IdentityIssuer
) -> None:
    logins = connected_logins
    workload_id = await allowed(logins, runner, read_only=True)

    answer = await exchange(logins, runner.signed(of_github(logins, runner), typ="JWT"))

    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["issued_token_type"] == ACCESS
    assert answer.json["expires_in"] == 900
    assert "refresh_token" not in answer.json
    access = answer.json["access_token"]
    assert access.startswith("nmgm_")
    assert (await logins.call(access)).status == 200
    assert (await logins.call(access, WRITES)).status == 403
    (listed,) = await logins.tokens_listed()
    assert (listed["kind"], listed["token_id"], listed["name"]) == ("machine", workload_id, "ci")
    logins.rig.clock.skip(901)
    assert (await logins.call(access)).status == 401


async def test_a_token_of_kubernetes_counts_by_keys_that_nobody_outside_can_fetch(
    connected_logins: Logins,
) -> None:
    logins = connected_logins
    cluster, key = "https://kubernetes.default.svc.cluster.local", okta().key
    jwks = {"keys": [key.as_dict(private=False)]}
    answer = await allow(
        logins, issuer=cluster, subject="system:serviceaccount:builds:*", jwks=jwks
    )
    assert answer.status == 201, answer.body
    signer = IdentityIssuer(key, "", describes=False)

    token = signer.signed(of_kubernetes(logins, cluster), typ=None)

    for _ in range(2):  # a pod has one token for an hour
        answer = await exchange(logins, token)
        assert answer.status == 200, answer.body
        assert (await logins.call(answer.json["access_token"])).status == 200
    other = signer.signed(
        of_kubernetes(logins, cluster, sub="system:serviceaccount:web:importer"), typ=None
    )
    assert await why(exchange(logins, other)) == ("invalid_request", "workload_subject")


async def test_a_revoked_workload_and_its_tokens_end_at_once(
    connected_logins: Logins, runner: IdentityIssuer
) -> None:
    logins = connected_logins
    workload_id = await allowed(logins, runner)
    token = runner.signed(of_github(logins, runner), typ="JWT")
    access = (await exchange(logins, token)).json["access_token"]
    assert (await logins.call(access)).status == 200

    path = f"/spaces/{logins.space}/tokens/{workload_id}"
    assert (await logins.rig.caller.send("DELETE", path)).status == 204

    assert (await logins.call(access)).status == 401
    assert await why(exchange(logins, token)) == ("invalid_request", "workload_unknown")
    assert await logins.tokens_listed() == []
    kinds = [
        row[0] for row in logins.rig.sql("select type from events where stream like 'space/%'")
    ]
    assert kinds[-2:] == ["SpaceWorkloadAllowed", "SpaceWorkloadEnded"]


async def test_it_reaches_no_other_space_and_no_other_route(
    connected_logins: Logins, runner: IdentityIssuer
) -> None:
    logins = connected_logins
    await allowed(logins, runner)
    token = runner.signed(of_github(logins, runner), typ="JWT")
    access = (await exchange(logins, token)).json["access_token"]
    other = await make_space(logins.rig, "Other")

    assert (await logins.call(access, space=other)).status == 403
    path = f"/spaces/{logins.space}/tokens"
    answer = await logins.rig.caller.get(path, user=None, headers=bearer(access))
    assert answer.json["reason"] == "token_not_allowed"
    elsewhere = f"{logins.origin}/mcp/notion/{other}"
    assert await why(exchange(logins, token, resource=elsewhere)) == (
        "invalid_request",
        "workload_unknown",
    )


async def test_only_owners_allow_and_see_workloads(logins: Logins, runner: IdentityIssuer) -> None:
    send, tokens = logins.rig.caller.send, f"/spaces/{logins.space}/tokens"
    wish = {"name": "Mona's shell", "can_manage": True}
    mona = bearer((await send("POST", tokens, user="mona", json=wish)).json["token"])
    document = {"name": "ci", "issuer": runner.url, "subject": MAIN}

    path = f"/spaces/{logins.space}/workloads"
    refused = await send("POST", path, user=None, headers=mona, json=document)
    hidden = await send("GET", path, user=None, headers=mona)
    made = await send("POST", path, user="ada", json=document)

    assert (refused.json["reason"], hidden.json["reason"]) == ("owner_required", "owner_required")
    assert (await send("GET", path, user="ada")).json == {"workloads": [made.json]}


@pytest.mark.parametrize(
    "wish",
    [
        {"subject": "**"},
        {"subject": "*"},
        {"subject": "repo:*"},
        {"subject": "repo:**"},
        {"subject": "repo:*/website:ref:refs/heads/main"},
        {"subject": "repo:bir*/website"},
        {"subject": "repo:birch/**:ref"},
        {"subject": "repo:birch/w*site"},
        {"subject": "repo:birch/***"},
        {"subject": ""},
        {"issuer": "http://token.actions.example"},
        {"issuer": "https://169.254.169.254"},
        {"issuer": "https://10.0.0.1"},
        {"issuer": "file:///etc/passwd"},
        {"issuer": "", "jwks": {"keys": [OTHER_KEY.as_dict(private=False)]}},
        {"jwks": {"keys": []}},
        {"jwks_uri": "http://keys.example/jwks"},
        {"tools": []},
        {"expires_in_days": 366},
    ],
)
async def test_a_workload_that_cannot_be_or_is_too_wide_is_refused(
    logins: Logins, wish: dict[str, Any]
) -> None:
    good = {"issuer": "https://token.actions.example", "subject": MAIN}

    assert (await allow(logins, **{**good, **wish})).status == 422


@pytest.mark.parametrize(
    ("pattern", "subject", "is_it"),
    [
        (MAIN, MAIN, True),
        (MAIN, MAIN + "2", False),
        ("repo:birch/website:ref:refs/heads/*", MAIN, True),
        ("repo:birch/website:ref:refs/heads/*", "repo:birch/website:ref:refs/heads/a/b", False),
        ("repo:birch/website:ref:refs/heads/*", "repo:birch/website:ref:refs/heads/", False),
        ("repo:birch/website:ref:refs/heads/release-*", MAIN.replace("main", "release-1"), True),
        ("repo:birch/website:ref:refs/heads/release-*", MAIN.replace("main", "release-"), False),
        ("repo:birch/**", MAIN, True),
        ("repo:birch/**", "repo:birch-evil/website", False),
        ("repo:birch/**", "repo:birch/", False),
        ("repo:birch/*", "repo:birch/website:ref:x", False),
        ("system:serviceaccount:builds:*", POD, True),
        ("system:serviceaccount:builds:*", "system:serviceaccount:builds-evil:importer", False),
        ("system:serviceaccount:builds:*", "system/serviceaccount:builds:importer", False),
    ],
)
def test_a_pattern_is_held_against_a_subject_part_by_part(
    pattern: str, subject: str, is_it: bool
) -> None:
    require_narrow(pattern)

    assert fits(pattern, subject) is is_it


def test_a_pattern_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        require_narrow("repo:birch/" + "a" * 500)


async def test_every_mutation_of_a_workloads_token_is_refused_for_its_own_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runner: IdentityIssuer
) -> None:
    """Each from an address of its own: one may be wrong sixty times a minute."""
    async with logging_in(tmp_path, monkeypatch, gateway_trusted_proxies="127.0.0.1") as logins:
        await refuses_every_mutation(logins, runner)


async def refuses_every_mutation(logins: Logins, runner: IdentityIssuer) -> None:
    await allowed(logins, runner)
    names = {"ORIGIN": logins.origin, "RESOURCE": logins.resource, "ISSUER": runner.url}
    tokens = MUTATIONS.tokens(
        runner, lambda: of_github(logins, runner), names, logins.rig.clock.timestamp
    )
    tried, wrong = 0, list[str]()
    for tried, (token, expected) in enumerate(tokens, 1):
        try:
            _, told = await why(exchange(logins, token, f"10.0.0.{tried}"))
        except (AssertionError, ValueError) as fault:
            told = f"no refusal ({fault})"
        if told != expected:
            wrong.append(f"{tried}: {told}, not {expected}")

    assert wrong == []
    assert tried > MUTATIONS.distinct() >= 100
    assert logins.rig.sql("select * from gateway_tokens where kind = 'machine'") == []
    control = runner.signed(of_github(logins, runner), typ="JWT")
    assert (await exchange(logins, control)).status == 200


@pytest.mark.parametrize(
    ("form", "error", "reason"),
    [
        ({"subject_token": None}, "invalid_request", "workload_token_missing"),
        ({"subject_token_type": None}, "invalid_request", "workload_token_kind"),
        ({"subject_token_type": ACCESS}, "invalid_request", "workload_token_kind"),
        ({"actor_token": "x"}, "invalid_request", "workload_actor"),
        ({"requested_token_type": JWT}, "invalid_request", "workload_wants_another_token"),
        ({"resource": None}, "invalid_target", "workload_resource"),
        ({"resource": "https://evil.example"}, "invalid_target", "workload_resource"),
    ],
)
async def test_a_request_of_another_form_is_refused(
    logins: Logins, runner: IdentityIssuer, form: dict[str, Any], error: str, reason: str
) -> None:
    await allowed(logins, runner)
    token = runner.signed(of_github(logins, runner), typ="JWT")

    assert await why(exchange(logins, token, **form)) == (error, reason)
    assert (await exchange(logins, token, requested_token_type=ACCESS)).status == 200


async def test_an_address_that_guesses_is_told_to_wait(
    logins: Logins, runner: IdentityIssuer
) -> None:
    statuses = [(await exchange(logins, "guess")).status for _ in range(61)]

    assert statuses == [400] * 60 + [429]
