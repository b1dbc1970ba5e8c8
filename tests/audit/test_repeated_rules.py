"""Refusals that come again: none is lost, and a loop does not fill the record."""

import math
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.audit.rules.entry import Entry, Kind
from notion_gateway.audit.rules.repeated import LOGIN_WINDOW_SECONDS, WINDOW_SECONDS, Repeated


def refusal(at: float, user: str = "ada") -> Entry:
    return Entry(at=at, user_id=user, reason="too_many_requests", status=429)


def test_a_loop_makes_two_entries_a_minute() -> None:
    repeated = Repeated()
    kept = [one for at in range(600) for one in repeated.came("birch", refusal(at / 10))]
    kept += repeated.ended(WINDOW_SECONDS)
    assert [(entry.at, entry.calls) for _, entry in kept] == [(0.0, 1), (59.9, 599)]
    assert repeated.is_empty


def test_refused_logins_are_two_entries_for_a_reason_whatever_programs_call_themselves() -> None:
    """The control is a call: it counts by program, for its caller has proven who they are."""
    kept: dict[Kind, list[int]] = {}
    for kind in (Kind.LOGIN, Kind.CALL):
        repeated, found = Repeated(most=10_000), list[int]()
        for number in range(1000):
            came = replace(refusal(number / 2), kind=kind, client=f"Editor {number}")
            found += [entry.calls for _, entry in repeated.came("birch", came)]
        found += [entry.calls for _, entry in repeated.ended(LOGIN_WINDOW_SECONDS)]
        kept[kind] = found
    assert kept == {Kind.LOGIN: [1, 999], Kind.CALL: [1] * 1000}


@given(
    st.lists(st.tuples(st.floats(0, 40), st.sampled_from("abcd"), st.sampled_from("xy"))),
    st.integers(1, 5),
)
def test_no_count_is_lost_whatever_comes(coming: list[tuple[float, str, str]], most: int) -> None:
    repeated, at = Repeated(most=most), 0.0
    asked, kept = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for pause, user, space in coming:
        at += pause
        asked[space, user] += 1
        for in_space, entry in repeated.came(space, refusal(at, user)):
            kept[in_space, entry.user_id] += entry.calls
    for in_space, entry in repeated.ended(math.inf):
        kept[in_space, entry.user_id] += entry.calls
    assert kept == asked
    assert repeated.is_empty
