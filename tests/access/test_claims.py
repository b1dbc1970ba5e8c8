"""Claims, judged: whatever they hold, they name somebody as meant, or nobody."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.access.rules.claims import (
    CLOCK_SLACK_SECONDS,
    MAX_LIFE_SECONDS,
    application_principal,
    oidc_principal,
    oidc_user,
)
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.access.rules.sign_in import is_told, with_userinfo
from notion_gateway.access.rules.space_events import Role
from notion_gateway.kernel.errors import Unauthenticated
from notion_gateway.kernel.identifiers import is_space_id, is_user_id
from tests.support.figures import Figure
from tests.support.shared import shared_cases

pytestmark = pytest.mark.promise("threats:26")

"""On a busy machine too."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ISSUED = int(NOW.timestamp())
GOOD: Mapping[str, Any] = {
    "iss": "app",
    "aud": "gateway",
    "sub": "ada",
    "iat": ISSUED,
    "exp": ISSUED + 60,
    "jti": "j" * 16,
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
times = st.integers(-200, 200).map(lambda offset: ISSUED + offset) | anything
names = st.sampled_from([*GOOD, "nbf", "space_id", "spaces", "name"])


def judged(claims: Mapping[str, Any], *, asserts_spaces: bool = False) -> Principal | None:
    try:
        return application_principal(
            claims,
            application="app",
            audience="gateway",
            now=NOW,
            asserts_spaces=asserts_spaces,
        )
    except Unauthenticated:
        return None


def test_what_is_good_names_its_person_once() -> None:
    principal = judged({**GOOD, "space_id": "team"})

    assert principal is not None
    assert (principal.user_id, principal.space_id) == ("ada", "team")
    assert (principal.means, principal.may_manage) == (Means.APPLICATION, True)
    other = judged({**GOOD, "jti": "k" * 16})
    assert other is not None
    assert principal.once is not None
    assert principal.once != other.once
    assert principal.once.expires_at > NOW + timedelta(seconds=60)


@given(st.dictionaries(names, anything | times), st.booleans())
def test_whoever_is_named_is_named_by_claims_that_are_right(
    changes: dict[str, Any], asserts: bool
) -> None:
    claims = {**GOOD, **changes}
    principal = judged(claims, asserts_spaces=asserts)
    if principal is None:
        return
    assert claims["iss"] == "app"
    assert claims["aud"] == "gateway" or "gateway" in claims["aud"]
    assert principal.user_id == claims["sub"]
    assert is_user_id(principal.user_id)
    assert claims["exp"] - claims["iat"] <= MAX_LIFE_SECONDS
    assert claims["exp"] > ISSUED - CLOCK_SLACK_SECONDS
    assert claims["iat"] <= ISSUED + CLOCK_SLACK_SECONDS
    assert claims.get("nbf", ISSUED) <= ISSUED + CLOCK_SLACK_SECONDS
    assert 16 <= len(claims["jti"]) <= 128
    assert principal.space_id == claims.get("space_id")
    assert principal.space_id is None or is_space_id(principal.space_id)
    assert asserts or not principal.asserted
    assert all(is_space_id(space) for space in principal.asserted)
    assert set(principal.asserted.values()) <= set(Role)


@given(names.filter(lambda name: name in GOOD))
def test_no_claim_that_is_asked_for_may_be_missing(name: str) -> None:
    assert judged({key: value for key, value in GOOD.items() if key != name}) is None


@given(st.integers(-200, 200), st.integers(-200, 200))
def test_a_life_is_at_most_a_minute_and_now(issued: int, expires: int) -> None:
    found = judged({**GOOD, "iat": ISSUED + issued, "exp": ISSUED + expires})

    within = expires - issued <= 60 and expires > -5 and issued <= 5
    assert (found is not None) is within


def test_the_same_jti_of_two_applications_is_two() -> None:
    def once(application: str) -> str:
        principal = application_principal(
            {**GOOD, "iss": application},
            application=application,
            audience="gateway",
            now=NOW,
            asserts_spaces=False,
        )
        assert principal.once is not None
        return principal.once.key

    assert once("app") != once("another")


@given(st.dictionaries(st.sampled_from(["iss", "aud", "sub", "email", "email_verified"]), anything))
def test_an_issuers_token_names_whom_it_says_and_an_unproven_address_nobody(
    changes: dict[str, Any],
) -> None:
    claims = {**GOOD, "email": "ada@example.com", "email_verified": True, **changes}
    for user_claim in ("sub", "email"):
        try:
            found = oidc_principal(
                claims, issuer="app", audience="gateway", user_claim=user_claim, now=NOW
            )
        except Unauthenticated:
            continue
        assert found.user_id == claims[user_claim]
        assert found.once is None
        assert found.asserted == {}
        assert user_claim == "sub" or claims["email_verified"] in (True, "true")


@pytest.mark.promise("threats:69")
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["why"]) for case in shared_cases("user-claims")]
)
def test_the_front_end_and_the_gateway_take_the_same_people_in(
    case: dict[str, Any], figure: Figure
) -> None:
    """The front end's unit test reads the same table: lib/user-claim.test.ts."""
    found = None
    with suppress(Unauthenticated):
        found = oidc_user(case["claims"], case["user_claim"])
    assert found == case["user"]
    figure(JUDGED, 1, int(found is None), promise="threats:69")


JUDGED = "{} sets of claims, {} of which name nobody: the same in both parts"


@pytest.mark.promise("threats:69")
@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["why"]) for case in shared_cases("userinfo")]
)
def test_the_front_end_and_the_gateway_join_userinfo_in_the_same_way(
    case: dict[str, Any], figure: Figure
) -> None:
    """As above."""
    found = None
    with suppress(Unauthenticated):
        claims = case["claims"]
        if not is_told(claims, case["user_claim"]):
            claims = with_userinfo(claims, case["userinfo"])
        found = oidc_user(claims, case["user_claim"])
    assert found == case["user"]
    figure(JUDGED, 1, int(found is None), promise="threats:69")
