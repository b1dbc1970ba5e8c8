"""kill -9 anywhere in a refresh: nothing is lost where Notion tolerates one retry."""

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.drill import run
from tests.faults.failpoints import FAILPOINTS, LOSES_IN_STRICT_MODE, Failpoint
from tests.faults.places import Kind, settings_on
from tests.support.databases import PostgresServer

TIMES = 2
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")


@pytest.mark.promise("threats:5", "threats:10")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", FAILPOINTS)
def test_where_one_retry_is_tolerated_no_connection_is_lost(
    point: Failpoint, kind: Kind, tmp_path: Path, postgres: PostgresServer
) -> None:
    drill = run(point, "lenient", TIMES, tmp_path, **settings_on(kind, postgres))
    assert drill.outcomes == Counter(token=TIMES)


@pytest.mark.promise("threats:5", "threats:10")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("point", FAILPOINTS)
def test_where_no_retry_is_tolerated_only_the_rotated_token_is_lost_and_that_is_said(
    point: Failpoint, kind: Kind, tmp_path: Path, postgres: PostgresServer
) -> None:
    expected = "reconnect_required" if point in LOSES_IN_STRICT_MODE else "token"
    drill = run(point, "strict", TIMES, tmp_path, **settings_on(kind, postgres))
    assert drill.outcomes == Counter({expected: TIMES})
