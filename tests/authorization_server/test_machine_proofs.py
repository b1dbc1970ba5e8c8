"""How a machine proves itself: by a secret or an assertion, and every way not to."""

import asyncio

import pytest

from tests.authorization_server.asserting import why
from tests.authorization_server.client_assertion_mutations import (
    JWKS,
    TRIED,
    UNKNOWN,
    mutated,
    reason,
    signed,
)
from tests.authorization_server.machine_steps import (
    ask,
    claims,
    made,
    prove,
)
from tests.support.mcp_login import Logins

pytestmark = pytest.mark.anyio


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
