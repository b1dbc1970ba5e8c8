"""What is learned from refusals, who comes next, and who waits in vain: without waiting for it."""

import math

import pytest

from notion_gateway.budget.rules.pace import Pace, Sharer
from notion_gateway.budget.rules.refusal import Refusal
from notion_gateway.budget.rules.space_budget import Bounds, SpaceBudget
from notion_gateway.budget.rules.turns import Place

ADA, BOB = Sharer("ada"), Sharer("bob")
AGENT = Sharer("ada", "token")
MINUTE = 60.0


def granted(budget: SpaceBudget, now: float, count: int, sharer: Sharer = ADA) -> None:
    for _ in range(count):
        budget.granted(sent(budget, now, sharer))


def sent(budget: SpaceBudget, now: float, sharer: Sharer = ADA) -> Place:
    place, _ = budget.ask(now, sharer)
    assert place is not None
    assert list(budget.going(now)) == [place]
    return place


def refused_at(now: float, wait: float = 0.0) -> SpaceBudget:
    budget = SpaceBudget(Bounds(30.0, 100), now)
    budget.refused_there(now, Refusal(wait), None)
    return budget


def with_limit(limit: int) -> SpaceBudget:
    """Learned at a time of 100 seconds; nothing of it was used since."""
    budget = refused_at(0.0)
    granted(budget, 40.0, limit)
    budget.refused_there(100.0, Refusal(0.0), sent(budget, 100.0))
    (again,) = budget.going(100.0 + MINUTE)
    budget.ended(again, counts=False)
    assert budget.seen(100.0, is_paced=True).limit == limit
    return budget


def test_a_number_is_believed_only_after_a_whole_window_was_counted() -> None:
    budget = refused_at(0.0)
    granted(budget, 1.0, 5)
    budget.refused_there(59.0, Refusal(0.0), sent(budget, 59.0))
    assert budget.seen(59.0, is_paced=True).limit is None
    place = next(budget.going(60.0))
    budget.refused_there(60.5, Refusal(0.0), place)
    assert budget.seen(60.5, is_paced=True).limit == 5


def test_without_a_limit_calls_go_as_fast_as_notion_grants_them() -> None:
    budget = refused_at(0.0)
    first, _ = budget.ask(0.0, ADA)
    second, _ = budget.ask(0.0, ADA)
    assert list(budget.going(0.0)) == [first]
    assert budget.next_at(0.0) == math.inf
    assert first is not None
    budget.granted(first)
    assert list(budget.going(0.1)) == [second]


def test_nothing_goes_before_notion_said_it_might() -> None:
    budget = refused_at(0.0, wait=20.0)
    place, _ = budget.ask(1.0, ADA)
    assert not list(budget.going(19.9))
    assert budget.next_at(1.0) == 20.0
    assert list(budget.going(20.0)) == [place]


def test_a_known_limit_is_spread_over_its_window() -> None:
    budget = with_limit(60)
    for _ in range(60):
        budget.ask(200.0, ADA)
    at_once = len(list(budget.going(200.0)))
    assert at_once == 6
    assert budget.next_at(200.0) == pytest.approx(201.0)
    assert len(list(budget.going(201.0))) == 1


def test_no_more_goes_in_a_window_than_notion_granted_in_one() -> None:
    budget, gone, now = with_limit(60), list[float](), 200.0
    while now < 500.0:
        budget.ask(now, ADA)
        for place in budget.going(now):
            budget.granted(place)
            gone.append(now)
        now += 0.25
    # Until something more is tried, after five windows without a refusal.
    assert all(
        sum(start <= one < start + MINUTE for one in gone) <= 60 for start in range(200, 340)
    )
    assert len(gone) > 290


def test_more_is_tried_once_notion_has_not_refused_for_long() -> None:
    budget, now = with_limit(60), 200.0
    while now < 800.0:
        budget.ask(now, ADA)
        for place in budget.going(now):
            budget.granted(place)
        now += 0.25
    assert (budget.seen(now, is_paced=True).limit or 0) > 65


def test_an_overload_holds_calls_back_and_says_nothing_of_a_limit() -> None:
    budget = with_limit(60)
    place = sent(budget, 200.0)
    budget.refused_there(200.0, Refusal(10.0, "service_overload"), place)
    assert budget.seen(200.0, is_paced=True).limit == 60
    assert budget.next_at(200.0) == 210.0


def test_a_longer_wait_shows_a_longer_window() -> None:
    budget = with_limit(60)
    budget.refused_there(200.0, Refusal(300.0), sent(budget, 200.0))
    seen = budget.seen(200.0, is_paced=True)
    assert (seen.window_seconds, seen.limit) == (300.0, None)
    other = with_limit(60)
    other.refused_there(200.0, Refusal(3600.0), sent(other, 200.0))
    seen = other.seen(200.0, is_paced=True)
    assert (seen.window_seconds, seen.held_until) == (60.0, 3800.0)


def test_where_notion_says_no_wait_the_pauses_grow() -> None:
    pace, waits, now = Pace(0.0, MINUTE), list[float](), 0.0
    for _ in range(8):
        pace.refused(now, Refusal(), pace.send(now, ADA))
        waits.append(pace.held_until - now)
        now = pace.held_until
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_it_is_over_once_less_than_half_was_used_for_a_window() -> None:
    budget = with_limit(60)
    assert not budget.is_over(159.0)
    assert budget.is_over(161.0)
    granted(budget, 200.0, 6)
    place = sent(budget, 201.0)
    assert not budget.is_over(300.0), "one is under way"
    budget.granted(place)
    assert budget.is_over(300.0)


def test_a_loop_gets_what_others_leave() -> None:
    budget = refused_at(0.0)
    first = sent(budget, 0.0, ADA)
    loop = [budget.ask(0.0, ADA)[0] for _ in range(5)]
    (person, _) = budget.ask(0.0, BOB)
    budget.granted(first)
    assert next(budget.going(1.0)) is person
    assert next(budget.going(1.0)) is loop[0]


def test_a_persons_own_chat_comes_before_their_agents_loop_and_tokens_give_no_more_turns() -> None:
    budget = refused_at(0.0)
    first = sent(budget, 0.0, AGENT)
    agent, _ = budget.ask(0.0, AGENT)
    chat, _ = budget.ask(0.0, ADA)
    other, _ = budget.ask(0.0, BOB)
    another_token, _ = budget.ask(0.0, Sharer("ada", "another"))
    budget.granted(first)
    order: list[Place | None] = []
    for _ in range(4):
        place = next(budget.going(1.0))
        budget.granted(place)
        order.append(place)
    assert order == [other, chat, another_token, agent]


def test_a_refused_call_comes_before_its_callers_others() -> None:
    budget = refused_at(0.0)
    first = sent(budget, 0.0)
    budget.ask(0.0, ADA)
    assert budget.refused_there(0.0, Refusal(5.0), first)
    assert next(budget.going(5.0)) is first


def test_a_refused_call_is_not_sent_again_where_that_would_be_too_late() -> None:
    budget = refused_at(0.0)
    assert not budget.refused_there(1.0, Refusal(30.0), sent(budget, 0.0))
    assert budget.ask(0.5, ADA) == (None, None)
    assert budget.seconds_to_wait(0.5) == 31


def test_a_full_queue_makes_room_for_who_has_fewer_waiting() -> None:
    budget = SpaceBudget(Bounds(30.0, 4), 0.0)
    budget.refused_there(0.0, Refusal(10.0), None)
    loop = [budget.ask(0.0, ADA)[0] for _ in range(4)]
    assert budget.ask(0.0, ADA) == (None, None)
    bob, given_up = budget.ask(0.0, BOB)
    assert bob is not None
    assert given_up is loop[-1]
    assert budget.ask(0.0, ADA) == (None, None)
    assert budget.seen(0.0, is_paced=True).refused == 3


def test_the_limit_is_remembered_for_the_next_time() -> None:
    budget = with_limit(60)
    budget.begin_again(1000.0)
    budget.refused_there(1000.0, Refusal(0.0), None)
    assert budget.seen(1000.0, is_paced=True).limit == 60
