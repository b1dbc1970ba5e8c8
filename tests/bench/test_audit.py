from pathlib import Path

import pytest

from bench.audit import measure, opened, questions
from tests.contracts.conftest import on_sqlite

pytestmark = pytest.mark.anyio


async def test_every_question_is_asked_and_the_chain_is_verified(tmp_path: Path) -> None:
    async with opened(on_sqlite(tmp_path)) as database:
        found = await measure("SQLite", database, 2500)
    assert len(found.answered) == len(questions()) > 0
    assert all(one > 0 for one in [found.filled, found.verified, *found.answered])
