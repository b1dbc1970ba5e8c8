"""Lists that are kept in memory: by whom they are found, how long, and how many."""

import gc
import json
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.kernel.secret import Secret
from notion_gateway.proxy import list_cache
from notion_gateway.proxy.list_cache import AnswerReader, ListCache
from notion_gateway.proxy.list_news import ListNews
from notion_gateway.proxy.rules.answer_form import form_of
from notion_gateway.proxy.rules.lists import LONGEST_LIST_BYTES, ListQuestion
from notion_gateway.proxy.rules.sessions import Caller
from notion_gateway.storage.change_feed import ChangeFeed
from notion_gateway.storage.database import Database
from tests.support.world import SteppedClock

JSON = [(b"content-type", b"application/json")]
SSE = [(b"content-type", b"text/event-stream")]


def answer(scope: str = "public", more: str = "") -> bytes:
    result = {"tools": [more], "ttlMs": 60_000, "cacheScope": scope}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()


def question(key: bytes = b"q", space: str = "team", user: str = "ada") -> ListQuestion:
    return ListQuestion(Caller(space, user, space), key, 1, b"1")


def lent(token_id: str = "token") -> LentToken:
    far = datetime.now(UTC) + timedelta(days=1)
    return LentToken(Secret("canary"), token_id, far, 1, is_current=True)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def news() -> ListNews:
    return ListNews(ChangeFeed(Database("sqlite+aiosqlite://")))


@pytest.fixture
def lists(clock: SteppedClock, news: ListNews) -> ListCache:
    return ListCache(clock, news, otherwise_seconds=0.0, max_bytes=1024 * 1024)


def put(lists: ListCache, one: ListQuestion, token: LentToken, **said: Any) -> None:
    lists.answered(lists.ask(one, token), 200, JSON, answer(**said))


def test_a_public_list_is_found_by_everybody_on_the_grant_and_by_nobody_else(
    lists: ListCache,
) -> None:
    put(lists, question(), lent())
    for user in ("ada", "bob"):
        assert lists.find(question(user=user), lent()) is not None
    for other, token in (
        (question(b"other"), lent()),
        (question(space="other"), lent()),
        (question(), lent("another consent's")),
    ):
        assert lists.find(other, token) is None


def test_a_private_list_is_found_by_its_asker_alone(lists: ListCache) -> None:
    put(lists, question(), lent(), scope="private")
    assert lists.find(question(), lent()) is not None
    assert lists.find(question(user="bob"), lent()) is None


def test_a_list_is_kept_from_when_it_was_asked_for_and_no_longer_than_notion_says(
    lists: ListCache, clock: SteppedClock
) -> None:
    asked = lists.ask(question(), lent())
    clock.step(seconds=10)
    lists.answered(asked, 200, JSON, answer())
    clock.step(seconds=49.9)
    assert lists.find(question(), lent()) is not None
    clock.step(seconds=0.1)
    assert lists.find(question(), lent()) is None
    assert (len(lists), lists.bytes) == (0, 0)


def test_a_clock_that_is_set_back_makes_no_list_last_longer(
    lists: ListCache, clock: SteppedClock
) -> None:
    put(lists, question(), lent())
    clock.step(seconds=-1)
    assert lists.find(question(), lent()) is None


@pytest.mark.parametrize("ended", ["changed", "another token", "not at all"])
def test_what_was_asked_before_a_change_is_not_kept_after_it(lists: ListCache, ended: str) -> None:
    token = lent()
    asked = lists.ask(question(), token)
    if ended == "changed":
        lists.drop("team")
    token.is_current = ended != "another token"
    lists.answered(asked, 200, JSON, answer())
    assert (lists.find(question(), lent()) is not None) is (ended == "not at all")


def test_a_change_drops_all_lists_of_its_space_and_no_other(lists: ListCache) -> None:
    for space in ("team", "other"):
        for key in (b"a", b"b"):
            put(lists, question(key, space), lent())
    lists.drop("team")
    assert lists.find(question(b"a"), lent()) is None
    assert lists.find(question(b"a", "other"), lent()) is not None
    assert len(lists) == 2
    lists.drop_all()
    assert (len(lists), lists.bytes) == (0, 0)


def test_one_space_takes_no_more_than_its_share(
    lists: ListCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_cache, "_MOST_OF_A_SPACE", 4)
    put(lists, question(space="other"), lent())
    for number in range(10):
        put(lists, question(b"%d" % number), lent())
    assert [lists.find(question(b"%d" % one), lent()) is not None for one in range(10)] == [
        *[False] * 6,
        *[True] * 4,
    ]
    assert lists.find(question(space="other"), lent()) is not None


@pytest.mark.parametrize("limit", ["number", "bytes"])
def test_the_least_recently_used_makes_room(
    clock: SteppedClock, news: ListNews, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    size = len(answer()) - 1  # without the id
    lists = ListCache(clock, news, otherwise_seconds=0.0, max_bytes=3 * size)
    if limit == "number":
        monkeypatch.setattr(list_cache, "_MOST", 3)
        lists = ListCache(clock, news, otherwise_seconds=0.0, max_bytes=100 * size)
    for space in ("a", "b", "c"):
        put(lists, question(space=space), lent())
    assert lists.find(question(space="a"), lent()) is not None
    put(lists, question(space="d"), lent())
    kept = [lists.find(question(space=one), lent()) is not None for one in "abcd"]
    assert kept == [True, False, True, True]
    assert (len(lists), lists.bytes) == (3, 3 * size)


def test_what_is_over_makes_room_first(lists: ListCache, clock: SteppedClock) -> None:
    for number in range(10):
        put(lists, question(b"%d" % number), lent())
    clock.step(seconds=61)
    put(lists, question(), lent())
    assert len(lists) == 1


class Walked(OrderedDict[Any, Any]):
    """Counts how often somebody went through all of it."""

    times = 0

    def items(self) -> Any:
        self.times += 1
        return super().items()


def test_many_lists_that_come_together_are_gone_through_once_a_second(
    lists: ListCache, clock: SteppedClock
) -> None:
    kept: Any = lists
    walked = kept._kept = Walked()
    for number in range(50):
        put(lists, question(space=f"space {number}"), lent())
    assert (walked.times, len(lists)) == (1, 50)
    clock.step(seconds=61)
    for number in range(10):
        put(lists, question(b"later", space=f"space {number}"), lent())
    assert (walked.times, len(lists)) == (2, 10)


def test_a_list_that_is_larger_than_all_the_room_is_not_kept(
    clock: SteppedClock, news: ListNews
) -> None:
    lists = ListCache(clock, news, otherwise_seconds=0.0, max_bytes=50)
    put(lists, question(), lent())
    assert len(lists) == 0


def test_a_space_that_nothing_is_kept_or_asked_of_is_not_remembered(lists: ListCache) -> None:
    spaces = lists._spaces  # pyright: ignore[reportPrivateUsage]
    asked = lists.ask(question(), lent())
    assert "team" in spaces
    del asked
    gc.collect()
    assert "team" not in spaces
    put(lists, question(), lent())
    assert "team" in spaces
    lists.drop("team")
    assert "team" not in spaces


# --- an answer on its way -------------------------------------------------------------------


def test_a_huge_answer_is_let_go_while_it_comes(lists: ListCache) -> None:
    asked = lists.ask(question(), lent())
    reader = AnswerReader(lists, "team", asked, 200, JSON, form_of(JSON))
    for _ in range(LONGEST_LIST_BYTES // 1024 + 1):
        reader.part_came(b" " * 1024)
    assert reader._parts == []  # pyright: ignore[reportPrivateUsage]
    reader.part_came(answer())
    reader.ended()
    assert len(lists) == 0


@pytest.mark.parametrize(
    ("headers", "part", "is_dropped"),
    [
        (SSE, b"list_changed", True),
        (SSE, b": ping", False),
        ([*SSE, (b"content-encoding", b"gzip")], b"\x1f\x8b", True),
        (JSON, b"list_changed", False),
        ([*JSON, (b"content-encoding", b"gzip")], b"\x1f\x8b", False),
    ],
)
def test_only_a_stream_of_events_has_news(
    lists: ListCache, headers: Any, part: bytes, is_dropped: bool
) -> None:
    put(lists, question(), lent())
    AnswerReader(lists, "team", None, 200, headers, form_of(headers)).part_came(part)
    assert (len(lists) == 0) is is_dropped


@pytest.mark.parametrize(
    ("coding", "only_listens", "is_told"),
    [(b"identity", False, True), (b"gzip", True, True), (b"gzip", False, False)],
)
def test_what_cannot_be_read_is_told_of_only_where_it_is_all_about_news(
    lists: ListCache, news: ListNews, coding: bytes, only_listens: bool, is_told: bool
) -> None:
    """Compressed answers to calls, each taken for news, would cost a statement a second."""
    headers = [*SSE, (b"content-encoding", coding)]
    form = form_of(headers)
    reader = AnswerReader(lists, "team", None, 200, headers, form, only_listens=only_listens)
    put(lists, question(), lent())
    reader.part_came(b"data: notifications/tools/list_changed\n\n")
    assert len(lists) == 0
    assert ("team" in news._spaces) is is_told  # pyright: ignore[reportPrivateUsage]
