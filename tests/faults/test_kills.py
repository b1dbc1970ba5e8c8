"""kill -9 anywhere in a refresh: nothing is lost where Notion tolerates one retry."""

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.drill import run
from tests.faults.failpoints import FAILPOINTS, LOSES_IN_STRICT_MODE, Failpoint
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
    assert drill.outcomes == Counter({expected: TIMES})
    figure(
        "{} kills where none is tolerated: {} lent a token, {} asked to reconnect",
        drill.outcomes.total(),
        drill.outcomes["token"],
        drill.outcomes["reconnect_required"],
    )
