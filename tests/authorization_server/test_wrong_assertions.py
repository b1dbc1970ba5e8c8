"""Every way in which an issuer's assertion lets nobody in."""

import pytest

from tests.authorization_server.asserting import NO_GRANT, Asserting, why
from tests.authorization_server.assertion_mutations import MUTATIONS, wrong_assertions
from tests.support.mcp_login import make_space

pytestmark = pytest.mark.anyio


async def test_every_mutation_of_an_assertion_is_refused_for_its_own_reason(
    here: Asserting,
) -> None:
    """None of them uses up the assertion that it was made of, which is accepted at the end. The one
    that is true of another space lets its person in where the issuer's rules say so.
    """
    tried, wrong, let_in, members = 0, list[str](), list[str](), here.members()
    for tried, (assertion, expected) in enumerate(wrong_assertions(here), 1):
        try:
            _, told = await why(here.send(assertion))
        except (AssertionError, ValueError) as fault:
            told = f"no refusal ({fault})"
        if told != expected:
            wrong.append(f"{tried}: {told}, not {expected}")
        if (now := here.members()) != members:
            let_in.append(told)
            members = now

    assert wrong == []
    assert tried > MUTATIONS.distinct() >= 100
    assert let_in == ["person_not_in_space"]
    assert members == {"ada": "owner", "mona": "member", "mona@birch.example": "member"}
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
