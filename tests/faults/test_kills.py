"""kill -9 anywhere in a refresh: nothing is lost where Notion tolerates one retry."""

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.drill import run
from tests.faults.failpoints import (
    FAILPOINTS,
    LOSES_IN_STRICT_MODE,
    Failpoint,
    without_recording_refusals,
    without_second_try,
)
from tests.faults.places import Kind, settings_on
from tests.support.databases import PostgresServer
from tests.support.figures import Figure

TIMES = 2
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")


@pytest.mark.promise("threats:5", "threats:10")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", FAILPOINTS)
def test_where_one_retry_is_tolerated_no_connection_is_lost(
    point: Failpoint, kind: Kind, tmp_path: Path, postgres: PostgresServer, figure: Figure
) -> None:
    drill = run(point, "lenient", TIMES, tmp_path, **settings_on(kind, postgres))
    assert drill.kept
    assert drill.outcomes == Counter(token=TIMES)
    kills = drill.outcomes.total()
    figure(
        "{} kills where one retry is tolerated: {} connections lost",
        kills,
        kills - drill.outcomes["token"],
    )


@pytest.mark.promise("threats:5", "threats:10")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", FAILPOINTS)
def test_where_no_retry_is_tolerated_only_the_rotated_token_is_lost_and_that_is_said(
    point: Failpoint, kind: Kind, tmp_path: Path, postgres: PostgresServer, figure: Figure
) -> None:
    expected = "reconnect_required" if point in LOSES_IN_STRICT_MODE else "token"
    drill = run(point, "strict", TIMES, tmp_path, **settings_on(kind, postgres))
    assert drill.kept
    assert drill.outcomes == Counter({expected: TIMES})
    figure(
        "{} kills where none is tolerated: {} lent a token, {} asked to reconnect",
        drill.outcomes.total(),
        drill.outcomes["token"],
        drill.outcomes["reconnect_required"],
    )


@pytest.mark.parametrize("point", sorted(LOSES_IN_STRICT_MODE))
def test_without_the_second_try_a_kill_costs_a_connection_that_notion_would_have_kept(
    point: Failpoint, tmp_path: Path
) -> None:
    drill = run(point, "lenient", 1, tmp_path, found_by=[without_second_try])
    assert drill.outcomes == Counter(reconnect_required=1)
    assert not drill.kept


@pytest.mark.parametrize("point", sorted(LOSES_IN_STRICT_MODE))
def test_without_the_record_of_the_refusal_nobody_is_told_to_reconnect(
    point: Failpoint, tmp_path: Path
) -> None:
    drill = run(point, "strict", 1, tmp_path, found_by=[without_recording_refusals])
    assert drill.outcomes == Counter(refresh_unavailable=1)
    assert not drill.kept
