"""Clients that prove themselves with their own key, and come with an issuer's assertion."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from notion_gateway.authorization_server.rules.machines import ASSERTION_TYPE
from tests.authorization_server.asserting import Asserting, asserting, why
from tests.authorization_server.client_assertion_mutations import (
    KEY,
    TRIED,
    UNKNOWN,
    mutated,
    reason,
    signed,
)
from tests.support.gateway import Answer
from tests.support.identity_issuer import (
    CLAUDE,
    IdentityIssuer,
    an_identity_issuer,
    claude,
    okta,
)
from tests.support.upstreams import RecordingMcp

pytestmark = pytest.mark.anyio


def client() -> IdentityIssuer:
    """Serves its keys."""
    return IdentityIssuer(KEY, "/client-keys.json", describes=False)


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Asserting]:
    """The client with a document has a key there."""
    async with (
        an_identity_issuer(okta) as first,
        an_identity_issuer(claude) as second,
        an_identity_issuer(client) as keys,
        asserting(
            tmp_path,
            monkeypatch,
            first,
            second,
            upstream=RecordingMcp(),
            of_claude={"client_keys": {CLAUDE: keys.jwks_url}},
        ) as one,
    ):
        answer = await one.logins.rig.caller.connect(one.logins.space)
        assert answer.result["status"] == "success"
        yield one


def claims(here: Asserting, **changes: Any) -> dict[str, Any]:
    now = int(here.logins.rig.clock.timestamp())
    return {
        "iss": CLAUDE,
        "sub": CLAUDE,
        "aud": here.logins.origin,
        "iat": now,
        "exp": now + 60,
        "jti": "jti-of-the-client",
        **changes,
    }


async def send(here: Asserting, assertion: str, proof: str, **form: str) -> Answer:
    shown = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof}
    return await here.send_of_claude(assertion, **{**shown, **form})


async def test_a_client_with_a_key_and_an_assertion_reaches_a_tool(here: Asserting) -> None:
    """Each of the two counts once, and by itself."""
    first, second = (here.claude.signed(here.of_claude(jti=one)) for one in ("1", "2"))
    proof = signed(claims(here))

    answer = await send(here, first, proof)

    assert answer.status == 200, answer.body
    assert (await here.logins.call(answer.json["access_token"])).status == 200
    assert await why(send(here, second, proof)) == ("invalid_client", "assertion_replayed")
    again = signed(claims(here, jti="2"), typ="client-authentication+jwt")
    assert await why(send(here, first, again)) == ("invalid_grant", "id_assertion_replayed")
    named_by_its_proof = signed(claims(here, jti="3"))
    assert (await send(here, second, named_by_its_proof, client_id="")).status == 200


async def test_who_has_a_key_proves_itself_with_it_alone(here: Asserting) -> None:
    good, proof = here.claude.signed(here.of_claude()), signed(claims(here))

    assert await why(here.send_of_claude(good)) == ("invalid_client", "client_assertion_missing")
    assert await why(send(here, good, proof, client_secret="x")) == (
        "invalid_request",
        "client_proves_itself_twice",
    )
    assert await why(send(here, good, proof, client_assertion_type="saml")) == (
        "invalid_request",
        "assertion_type_unknown",
    )
    assert await why(send(here, good, proof, client_id=here.client_id)) == (
        "invalid_client",
        "assertion_issuer",
    )
    assert await why(send(here, good, here.claude.signed(here.of_claude()))) == (
        "invalid_client",
        "assertion_issuer",
    )
    of_okta = signed(claims(here, iss=here.client_id, sub=here.client_id))
    assert await why(send(here, good, of_okta, client_id=here.client_id)) == (
        "invalid_client",
        "client_keys_unknown",
    )
    assert (await send(here, good, proof)).status == 200


async def test_a_key_does_not_stand_in_for_what_is_wrong_with_the_assertion(
    here: Asserting,
) -> None:
    wrong = {
        "id_assertion_audience": {"aud": "https://evil.example"},
        "id_assertion_client": {"client_id": here.client_id},
        "id_assertion_claim": {"organization": "maple"},
        "id_assertion_expired": {"exp": 1},
    }
    for number, (expected, changes) in enumerate(wrong.items()):
        assertion = here.claude.signed(here.of_claude(**changes))
        proof = signed(claims(here, jti=f"{number}"))
        assert await why(send(here, assertion, proof)) == ("invalid_grant", expected)


async def test_every_mutation_of_a_clients_assertion_is_refused_for_its_own_reason(
    here: Asserting,
) -> None:
    """None of them uses up either assertion: both are accepted at the end."""
    names = {
        "ORIGIN": here.logins.origin,
        "RESOURCE": here.logins.resource,
        "CLIENT": CLAUDE,
    }
    wrong: list[str] = []
    for number in range(TRIED):
        good, assertion = claims(here), here.claude.signed(here.of_claude())
        proof = mutated(good, names, here.logins.rig.clock.timestamp(), number)
        try:
            _, told = await why(send(here, assertion, proof))
        except (AssertionError, ValueError) as fault:
            told = f"no refusal ({fault})"
        expected = reason(good, number)
        if told != ("assertion_issuer" if expected == UNKNOWN else expected):
            wrong.append(f"{number}: {told}, not {expected}")

    assert wrong == []
    assert TRIED >= 100
    assert here.logins.rig.sql("select * from client_grants where issuer is not null") == []
    assert (
        await send(here, here.claude.signed(here.of_claude()), signed(claims(here)))
    ).status == 200
