"""A month of a few grants, by the rules of both sides."""

from bench.grant_life import DAY, MINUTE, World
from bench.month import lines, live

MONTH = World(0.0, 30.0 * DAY)
GRANTS = range(100)


def test_no_grant_lapses_while_those_that_nobody_uses_are_renewed() -> None:
    month = live(GRANTS, MONTH)
    assert month.lapsed_idle == 0
    assert month.renewals > month.by_calls > 0
    left = live(GRANTS, World(0.0, 30.0 * DAY, renews_idle=False))
    assert left.lapsed_idle == len(GRANTS) * 3 // 10  # all of those that nobody calls


def test_grants_end_after_their_180_days_and_are_consented_to_again() -> None:
    month = live(GRANTS, MONTH)
    assert month.reached_their_end >= month.consents > 0
    assert month.calls_refused >= month.consents


def test_a_kill_after_redeeming_costs_the_grant_where_notion_forgives_no_replay() -> None:
    assert live(GRANTS, MONTH).lost_in_kills == 0
    assert live(GRANTS, World(0.0, 30.0 * DAY, killed=0.2)).lost_in_kills > 0


def test_what_is_shown_adds_up() -> None:
    month = live(GRANTS, MONTH)
    assert sum(month.minutes) == month.renewals
    assert len(month.minutes) == 30 * DAY / MINUTE
    assert f"| renewals | {month.renewals:,} |" in lines(month, len(GRANTS))
