"""Refusals that come again: none is lost, and a loop does not fill the record."""

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.audit.rules.entry import Entry
from notion_gateway.audit.rules.repeated import WINDOW_SECONDS, Repeated


def refusal(at: float, user: str = "ada") -> Entry:
    return Entry(at=at, user_id=user, reason="too_many_requests", status=429)


def test_a_loop_makes_two_entries_a_minute() -> None:
    repeated = Repeated()
    kept = [one for at in range(600) for one in repeated.came("birch", refusal(at / 10))]
    kept += repeated.ended(WINDOW_SECONDS)
    assert [(entry.at, entry.calls) for _, entry in kept] == [(0.0, 1), (59.9, 599)]
    assert repeated.is_empty


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
