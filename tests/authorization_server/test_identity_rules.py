"""When an identity assertion begins and ends to count, to the second."""

from datetime import UTC, datetime
from typing import Any

import pytest

from notion_gateway.access.rules.issuers import TrustedIssuer
from notion_gateway.authorization_server.rules.identity_assertions import judge_identity
from notion_gateway.authorization_server.rules.refusals import ERRORS, FOR_NOW
from notion_gateway.authorization_server.rules.why import Why

NOW = datetime(2026, 11, 29, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER = TrustedIssuer("okta", "https://acme.okta.example", frozenset({"client"}))
GOOD: dict[str, Any] = {
    "iss": ISSUER.issuer,
    "aud": "https://gateway.example",
    "client_id": "client",
    "sub": "00u1",
    "iat": AT,
    "exp": AT + 300,
    "jti": "one",
}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"aud": ["https://gateway.example"]}, None),
        ({"iat": AT - 300, "exp": AT - 29}, None),
        ({"iat": AT - 300, "exp": AT - 30}, Why.ID_ASSERTION_EXPIRED),
        ({"iat": AT + 30}, None),
        ({"iat": AT + 31}, Why.ID_ASSERTION_NOT_YET_GOOD),
        ({"nbf": AT + 30}, None),
        ({"nbf": AT + 31}, Why.ID_ASSERTION_NOT_YET_GOOD),
        ({"exp": AT + 600}, None),
        ({"exp": AT + 601}, Why.ID_ASSERTION_LIVES_TOO_LONG),
        ({"jti": "x" * 256}, None),
    ],
)
def test_clocks_may_differ_by_thirty_seconds_and_it_lives_for_ten_minutes(
    changes: dict[str, Any], why: Why | None
) -> None:
    claims = {**GOOD, **changes}

    assert judge_identity(claims, ISSUER, "client", "https://gateway.example", NOW) is why


def test_every_reason_has_oauths_error_for_it() -> None:
    assert set(ERRORS) | FOR_NOW == set(Why)
    assert not FOR_NOW & set(ERRORS)
