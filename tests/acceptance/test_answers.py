"""The page about answers of the token endpoint says what the gateway does."""

from pathlib import Path

import pytest

from tests.acceptance.answers import as_table, every_row, quiet_rig
from tests.cli.processes import ROOT

PAGE = ROOT / "docs" / "token-endpoint-answers.md"

pytestmark = pytest.mark.anyio


@pytest.mark.promise("threats:9", "threats:11", "threats:37")
async def test_the_page_shows_what_the_gateway_does_for_each_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with quiet_rig(tmp_path, monkeypatch) as rig:
        rows = await every_row(rig)

    documented = [one for one in PAGE.read_text().splitlines() if one.startswith("|")]
    assert documented == as_table(rows).splitlines()
    assert len(rows) >= 40
    ended = {row.answer for row in rows if row.status != "connected"}
    assert ended == {
        f"{error} with {status}"
        for error in ("invalid_grant", "invalid_client")
        for status in (400, 401)
    }
    assert {row.sent for row in rows} == {1}
