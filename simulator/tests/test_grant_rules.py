"""The rules of rotation, against a model of what each token ought to be worth."""

from dataclasses import dataclass, field, replace
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from notion_simulator.oauth.grants import (
    CodeExchange,
    FreshTokens,
    Grant,
    Issued,
    PendingCode,
    Refresh,
    Refused,
    TokenRules,
    exchange_code,
    expire_access_tokens,
    find_access_token,
    refresh,
    revoke_by_token,
    valid_refresh_tokens,
)
from notion_simulator.oauth.pkce import CodeChallenge, challenge_of

HOUR = 3_600.0
DAY = 24 * HOUR
START = 1_790_000_000.0
VERIFIER = "v" * 43
REDIRECT = "https://client.example/cb"


def rules_with(rotation: Literal["lenient", "strict"], grace: float | None = None) -> TokenRules:
    return TokenRules(
        rotation=rotation,
        access_lifetime=8 * HOUR,
        absolute_lifetime=180 * DAY,
        idle_lifetime=30 * DAY,
        previous_grace=grace,
        refresh_answer="rotated",
        refresh_revokes_access=True,
    )


def fresh_grant() -> Grant:
    challenge = CodeChallenge(challenge_of(VERIFIER, "S256"), "S256")
    return Grant(
        id="grant",
        user_id="user",
        client_id="client",
        workspace_id="space",
        scope="",
        resource=None,
        created_at=START,
        last_used_at=START,
        code=PendingCode("code", REDIRECT, challenge, START + 600),
    )


def exchanged(rules: TokenRules) -> Grant:
    outcome = exchange_code(
        fresh_grant(),
        CodeExchange("client", "code", REDIRECT, VERIFIER),
        FreshTokens("access-0", "refresh-0"),
        START,
        rules,
    )
    assert isinstance(outcome, Issued)
    return outcome.grant


def turn(grant: Grant, token: str, number: int, rules: TokenRules, now: float = START) -> Grant:
    fresh = FreshTokens(f"access-{number}", f"refresh-{number}")
    outcome = refresh(grant, Refresh("client", token), fresh, now, rules)
    assert isinstance(outcome, Issued)
    return outcome.grant


@dataclass
class Model:
    """What the two rotations promise, in the plainest words there are."""

    strict: bool
    valid: list[str] = field(default_factory=lambda: ["refresh-0"])
    dead: set[str] = field(default_factory=set[str])
    revoked: bool = False

    def use(self, token: str, successor: str) -> None:
        if token not in self.valid:
            self.revoked = True
            self.valid = []
            return
        kept = [] if self.strict else [token]
        self.dead |= set(self.valid) - set(kept)
        self.valid = [*kept, successor]


class Rotation(RuleBasedStateMachine):
    strict = False

    def __init__(self) -> None:
        super().__init__()
        self.token_rules = rules_with("strict" if self.strict else "lenient")
        self.grant = exchanged(self.token_rules)
        self.model = Model(self.strict)
        self.issued = ["refresh-0"]
        self.access = ["access-0"]

    @rule(data=st.data())
    def a_client_refreshes_with_any_token_ever_issued(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.issued))
        number = len(self.issued)
        fresh = FreshTokens(f"access-{number}", f"refresh-{number}")
        was_revoked = self.model.revoked
        expected = not was_revoked and token in self.model.valid
        outcome = refresh(
            self.grant, Refresh("client", token), fresh, START + number, self.token_rules
        )
        assert isinstance(outcome, Issued) == expected
        if isinstance(outcome, Issued):
            self.grant = outcome.grant
            self.issued.append(fresh.refresh)
            self.access.append(fresh.access)
        else:
            assert (outcome.error, outcome.description) == ("invalid_grant", "OAuth grant revoked")
            self.grant = outcome.grant or self.grant
        if not was_revoked:
            self.model.use(token, fresh.refresh)

    @rule(token=st.text(max_size=5))
    def a_stranger_guesses(self, token: str) -> None:
        outcome = refresh(
            self.grant, Refresh("client", token), FreshTokens("a", "r"), START, self.token_rules
        )
        assert outcome == Refused("invalid_grant", "Invalid refresh token")

    @rule(data=st.data())
    def another_client_replays_and_changes_nothing(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.issued))
        outcome = refresh(
            self.grant, Refresh("other", token), FreshTokens("a", "r"), START, self.token_rules
        )
        assert outcome == Refused("invalid_grant", "Client ID mismatch")

    @precondition(lambda self: len(self.issued) > 2)
    @rule()
    def access_tokens_expire(self) -> None:
        self.grant = expire_access_tokens(self.grant, START)
        assert not [a for a in self.access if find_access_token(self.grant, a, START)]

    @invariant()
    def at_most_two_refresh_tokens_are_valid(self) -> None:
        valid = valid_refresh_tokens(self.grant, START, self.token_rules)
        assert valid == set(self.model.valid)
        assert len(valid) <= (1 if self.strict else 2)

    @invariant()
    def a_revoked_grant_is_worth_nothing(self) -> None:
        assert (self.grant.revoked is not None) == self.model.revoked
        if self.model.revoked:
            assert not [a for a in self.access if find_access_token(self.grant, a, START)]

    @invariant()
    def at_most_one_access_token_is_valid(self) -> None:
        assert len([a for a in self.access if find_access_token(self.grant, a, START)]) <= 1


class StrictRotation(Rotation):
    strict = True


BUDGET = settings(max_examples=60, stateful_step_count=25)
TestLenientRotation = Rotation.TestCase
TestLenientRotation.settings = BUDGET
TestStrictRotation = StrictRotation.TestCase
TestStrictRotation.settings = BUDGET


def test_a_lost_answer_is_survived_by_one_retry_in_lenient_rotation() -> None:
    rules = rules_with("lenient")
    lost = turn(exchanged(rules), "refresh-0", 1, rules)
    again = turn(lost, "refresh-0", 2, rules)
    assert valid_refresh_tokens(again, START, rules) == {"refresh-0", "refresh-2"}


def test_the_first_answers_token_revokes_the_grant_after_a_retry_overtook_it() -> None:
    rules = rules_with("lenient")
    again = turn(turn(exchanged(rules), "refresh-0", 1, rules), "refresh-0", 2, rules)
    outcome = refresh(again, Refresh("client", "refresh-1"), FreshTokens("a", "r"), START, rules)
    assert isinstance(outcome, Refused)
    assert outcome.grant is not None
    assert outcome.grant.revoked == "refresh_token_replayed"


def test_the_previous_token_dies_when_its_grace_is_over() -> None:
    rules = rules_with("lenient", grace=30)
    rotated = turn(exchanged(rules), "refresh-0", 1, rules)
    assert valid_refresh_tokens(rotated, START + 29, rules) == {"refresh-0", "refresh-1"}
    assert valid_refresh_tokens(rotated, START + 30, rules) == {"refresh-1"}


@pytest.mark.parametrize(
    ("idle", "refreshes", "accepted"),
    [(30 * DAY - 1, 1, True), (30 * DAY, 1, False), (29 * DAY, 6, True), (29 * DAY, 7, False)],
)
def test_a_grant_ends_after_thirty_idle_days_or_180_days_in_all(
    idle: float, refreshes: int, *, accepted: bool
) -> None:
    rules = rules_with("strict")
    grant = exchanged(rules)
    for number in range(1, refreshes):
        grant = turn(grant, f"refresh-{number - 1}", number, rules, START + number * idle)
    outcome = refresh(
        grant,
        Refresh("client", f"refresh-{refreshes - 1}"),
        FreshTokens("a", "r"),
        START + refreshes * idle,
        rules,
    )
    assert isinstance(outcome, Issued) == accepted
    if isinstance(outcome, Refused):
        assert outcome.description == "Refresh token has expired"


@pytest.mark.parametrize(("before_the_end", "accepted"), [(61, True), (60, False), (1, False)])
def test_in_a_grants_last_minute_a_refresh_is_refused(
    before_the_end: float, *, accepted: bool
) -> None:
    rules = replace(rules_with("strict"), refused_before_end=60)
    asked = Refresh("client", "refresh-0")
    end = START + 30 * DAY
    outcome = refresh(exchanged(rules), asked, FreshTokens("a", "r"), end - before_the_end, rules)
    assert isinstance(outcome, Issued) == accepted
    if isinstance(outcome, Refused):
        assert (outcome.error, outcome.grant) == ("invalid_grant", None)


def test_a_code_used_twice_ends_the_grant_it_opened() -> None:
    rules = rules_with("lenient")
    grant = exchanged(rules)
    outcome = exchange_code(
        grant,
        CodeExchange("client", "code", REDIRECT, VERIFIER),
        FreshTokens("a", "r"),
        START + 1,
        rules,
    )
    assert isinstance(outcome, Refused)
    assert outcome.description == "Authorization code already used"
    assert outcome.grant is not None
    assert outcome.grant.revoked == "code_replayed"


@pytest.mark.parametrize(
    ("request_", "description"),
    [
        (
            CodeExchange("client", "other", REDIRECT, VERIFIER),
            "Grant not found or authorization code expired",
        ),
        (CodeExchange("thief", "code", REDIRECT, VERIFIER), "Client ID mismatch"),
        (CodeExchange("client", "code", REDIRECT + "/", VERIFIER), "Invalid redirect URI"),
        (CodeExchange("client", "code", REDIRECT, "w" * 43), "Invalid PKCE code_verifier"),
        (CodeExchange("client", "code", REDIRECT, None), "Invalid PKCE code_verifier"),
    ],
)
def test_a_wrong_code_exchange_is_refused_and_leaves_the_code_usable(
    request_: CodeExchange, description: str
) -> None:
    rules = rules_with("lenient")
    outcome = exchange_code(fresh_grant(), request_, FreshTokens("a", "r"), START, rules)
    assert outcome == Refused("invalid_grant", description)


def test_a_code_is_worthless_once_its_minutes_are_over() -> None:
    outcome = exchange_code(
        fresh_grant(),
        CodeExchange("client", "code", REDIRECT, VERIFIER),
        FreshTokens("a", "r"),
        START + 600,
        rules_with("lenient"),
    )
    assert isinstance(outcome, Refused)
    assert outcome.description == "Grant not found or authorization code expired"


def test_revoking_a_refresh_token_ends_the_grant_and_an_access_token_only_itself() -> None:
    grant = exchanged(rules_with("lenient"))
    without_access = revoke_by_token(grant, "client", "access-0")
    assert without_access is not None
    assert without_access.revoked is None
    assert find_access_token(without_access, "access-0", START) is None
    ended = revoke_by_token(grant, "client", "refresh-0")
    assert ended is not None
    assert ended.revoked == "revoked_by_client"


def test_a_client_cannot_revoke_another_clients_grant() -> None:
    assert revoke_by_token(exchanged(rules_with("lenient")), "other", "refresh-0") is None
