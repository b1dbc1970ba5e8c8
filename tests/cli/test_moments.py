"""When something was, as people type it."""

from datetime import UTC, datetime

import pytest

from notion_gateway.cli.moments import moment
from notion_gateway.cli.output import Exit, Fault

NOW = datetime(2026, 11, 28, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("7d", "2026-11-21T12:30:00+00:00"),
        (" 2w ", "2026-11-14T12:30:00+00:00"),
        ("12h", "2026-11-28T00:30:00+00:00"),
        ("90 m", "2026-11-28T11:00:00+00:00"),
        ("2026-11-20", "2026-11-20T00:00:00+00:00"),
        ("2026-11-20T08:00:00Z", "2026-11-20T08:00:00+00:00"),
        ("2026-11-20T08:00:00+02:00", "2026-11-20T08:00:00+02:00"),
    ],
)
def test_how_long_ago_a_day_and_a_moment_are_understood(typed: str, meant: str) -> None:
    assert moment("--since", typed, NOW) == meant


@pytest.mark.parametrize("typed", ["yesterday", "", "7", "-7d", "7y", "2026-13-01", "99999w"])
def test_what_is_no_moment_is_refused_with_what_to_write(typed: str) -> None:
    with pytest.raises(Fault, match="--since is no moment: write how long ago") as refused:
        moment("--since", typed, NOW)
    assert refused.value.code == Exit.USAGE
