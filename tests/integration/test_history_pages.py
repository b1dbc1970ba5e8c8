"""The history of a connection, page by page."""

import pytest

from tests.support.rig import Rig

pytestmark = pytest.mark.anyio

EVENTS = "/integrations/notion/team/events"


async def test_without_parameters_the_newest_events_come_and_a_way_to_those_before(
    connected: Rig,
) -> None:
    for _ in range(4):
        await connected.caller.connect("team")
    whole = (await connected.caller.send("GET", EVENTS)).json
    assert (whole["before"], whole["next"]) == (None, None)
    versions = [one["version"] for one in whole["events"]]
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) > 4

    path: str | None = f"{EVENTS}?limit=2"
    pages: list[list[int]] = []
    while path is not None:
        page = (await connected.caller.send("GET", path)).json
        pages.insert(0, [one["version"] for one in page["events"]])
        assert (page["next"] is None) == (page["before"] is None) == (pages[0][0] == 1)
        path = page["next"]
    assert len(pages[-1]) == 2
    assert [version for page in pages for version in page] == versions


async def test_a_page_has_a_bound(connected: Rig) -> None:
    for query in ("limit=0", "limit=1001", "limit=x", "before=0", f"before={2**31}"):
        answer = await connected.caller.send("GET", f"{EVENTS}?{query}")
        assert (answer.status, answer.reason) == (422, "invalid_request"), query


async def test_a_space_without_a_history_has_one_empty_page(rig: Rig) -> None:
    answer = await rig.caller.send("GET", EVENTS)
    assert answer.json == {"events": [], "before": None, "next": None}


async def test_the_history_says_how_many_events_are_missing_before_one(connected: Rig) -> None:
    for _ in range(5):
        await connected.caller.connect("team")
    gone = "stream = 'notion-integration/team' AND version IN (2, 3, 5)"
    connected.sql(f"DELETE FROM events WHERE {gone}")  # noqa: S608 - as maintenance does
    assert await connected.caller.status("team")

    for limit in (1, 2, 100):
        path: str | None = f"{EVENTS}?limit={limit}"
        found: list[tuple[int, int | None]] = []
        while path is not None:
            page = (await connected.caller.send("GET", path)).json
            found[:0] = [(one["version"], one["removed_before"]) for one in page["events"]]
            path = page["next"]
        assert found == [(1, None), (4, 2), (6, 1)]
    await connected.caller.connect("team")
    assert [one["version"] for one in await connected.caller.events("team")] == [1, 4, 6, 7]
