"""What a gateway token looks like: known by its prefix, told from look-alikes by its checksum."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.access.gateway_tokens import new_token
from notion_gateway.access.rules.gateway_tokens import (
    PREFIXES,
    GatewayToken,
    TokenKind,
    hint_of,
    is_gateway_token,
    is_well_formed,
)
from notion_gateway.access.rules.tool_limits import ToolLimits
from notion_gateway.kernel.secret import Secret

"""On a busy machine too."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ISSUED = [new_token(kind).reveal() for kind in TokenKind for _ in range(20)]
kinds = st.sampled_from(list(TokenKind))
numbers = st.integers(0, len(ISSUED) - 1)


def a_token(**changes: object) -> GatewayToken:
    values: dict[str, object] = {
        "token_id": "t",
        "sha256": "0" * 64,
        "kind": TokenKind.PERSONAL,
        "space_id": "s",
        "user_id": "ada",
        "name": "test",
        "hint": "nmgp_…",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=1),
        **changes,
    }
    return GatewayToken(**values)  # pyright: ignore[reportArgumentType]


@given(kinds)
def test_a_new_token_is_well_formed_and_known_by_its_prefix(kind: TokenKind) -> None:
    token = new_token(kind).reveal()

    assert re.fullmatch(PREFIXES[kind] + "[0-9A-Za-z]{49}", token)
    assert is_gateway_token(token)
    assert is_well_formed(token)


def test_a_thousand_new_tokens_are_different() -> None:
    assert len({new_token(TokenKind.PERSONAL).reveal() for _ in range(1000)}) == 1000


@given(numbers, st.integers(0, 53), st.characters())
def test_with_one_character_flipped_it_was_never_issued(
    number: int, place: int, other: str
) -> None:
    token = ISSUED[number]
    flipped = token[:place] + other + token[place + 1 :]

    assert len(token) == 54
    assert is_well_formed(flipped) is (flipped == token)


@given(numbers, st.integers(5, 52))
def test_neither_is_what_is_cut_lengthened_or_swapped(number: int, place: int) -> None:
    token = ISSUED[number]
    swapped = token[:place] + token[place + 1] + token[place] + token[place + 2 :]

    for forged in (token[:-1], token + "0", token[:place] + token[place + 1 :], f" {token}", ""):
        assert not is_well_formed(forged)
    assert is_well_formed(swapped) is (swapped == token)


@given(st.text(max_size=70))
def test_anything_may_be_asked_about(text: str) -> None:
    assert not is_well_formed(text)
    assert not is_well_formed(f"nmgp_{text}")


def test_a_prefix_does_not_pass_for_the_other() -> None:
    token = new_token(TokenKind.PERSONAL).reveal()

    assert not is_well_formed(PREFIXES[TokenKind.CLIENT] + token[5:])


def test_a_hint_shows_the_ends_and_does_not_help_to_guess() -> None:
    token = new_token(TokenKind.PERSONAL)
    hint, text = hint_of(token), token.reveal()

    assert hint == f"{text[:9]}…{text[-4:]}"
    assert len(text) - (len(hint) - 1) > 40


def test_a_token_is_not_shown_by_accident() -> None:
    token = new_token(TokenKind.PERSONAL)

    assert token.reveal() not in f"{token} {token!r}"
    assert Secret(token.reveal()).fingerprint() == token.fingerprint()


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"revoked_at": NOW}, False),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW - timedelta(seconds=1)}, False),
    ],
)
def test_a_token_is_good_until_it_expires_or_is_revoked(
    changes: dict[str, object], good: bool
) -> None:
    assert a_token(**changes).is_good(NOW) is good


def test_a_token_acts_for_its_person_in_its_space_within_its_limits() -> None:
    principal = a_token().principal()
    assert (principal.user_id, principal.space_id, principal.may_manage) == ("ada", "s", False)
    assert (principal.limits, principal.once) == (None, None)

    assert a_token(read_only=True).principal().limits == ToolLimits(read_only=True)
    tools = frozenset({"notion-search"})
    assert a_token(tools=tools).principal().limits == ToolLimits(tools=tools)
    assert a_token(can_manage=True).principal().may_manage
