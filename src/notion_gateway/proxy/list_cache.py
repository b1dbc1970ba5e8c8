"""Lists that Notion has answered, in memory: a space's, under the token that asked for them."""

import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, final

from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.list_news import ListNews
from notion_gateway.proxy.rules.answer_form import EVENTS, AnswerForm
from notion_gateway.proxy.rules.lists import (
    LONGEST_LIST_BYTES,
    TOOLS,
    KeptList,
    ListQuestion,
    NewsOfLists,
    kept_list,
)

ANSWERED_FROM_CACHE: Final = "answered_from_cache"
"""How such a call ended, in the log."""
_MOST: Final = 4096
_MOST_OF_A_SPACE: Final = 64
"""Callers choose headers and parameters, so that a space could take the room of all others."""
_LOOKED_EVERY_SECONDS: Final = 1.0
"""For what is old, as lists are stored: the look goes through all of them."""

_Key = tuple[str, str, str | None, bytes]
"""Space, Notion's access token by its id, the user where the list is private, question."""


class _Space:
    """Lasts while a list of the space is in memory, or asked for. ``changes``: how often its lists
    have been dropped.
    """

    __slots__ = ("__weakref__", "changes", "keys")

    def __init__(self) -> None:
        self.keys: dict[_Key, None] = {}
        self.changes = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    kept: KeptList
    space: _Space
    since: float
    until: float


@final
@dataclass(frozen=True, slots=True)
class AskedList:
    """A question that has gone to Notion. What it answers is kept unless the space's lists have
    changed since, or the token is another by then.
    """

    question: ListQuestion
    lent: LentToken = field(repr=False)
    space: _Space = field(repr=False)
    changes: int
    since: float


@final
class ListCache:
    """``otherwise_seconds``: how long a list is kept where Notion does not say so itself; 0 for
    not at all. The least recently used make room.

    Each process has its own, and hears of changes that another one has heard of (``ListNews``).
    A list is found with the very token that it was asked with, so that
    no other grant's ever is: a renewal or a new consent begins with none. Bounded by ``max_bytes``
    and by number, each space by number too. ``tools_listed`` is told the grant of each list of
    tools that Notion has answered, kept or not.
    """

    def __init__(
        self,
        clock: Clock,
        news: ListNews,
        *,
        otherwise_seconds: float,
        max_bytes: int,
        tools_listed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self.news = news
        self._otherwise_seconds = otherwise_seconds
        self._max_bytes = max_bytes
        self._tools_listed = tools_listed
        self._kept: OrderedDict[_Key, _Entry] = OrderedDict()
        self._spaces: weakref.WeakValueDictionary[str, _Space] = weakref.WeakValueDictionary()
        self._looked_at = 0.0
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, question: ListQuestion, lent: LentToken) -> KeptList | None:
        """What may be answered to it now, to this caller."""
        now = self._clock.timestamp()
        for is_private in (True, False):
            key = _key(question, lent, is_private=is_private)
            entry = self._kept.get(key)
            if entry is None:
                continue
            if entry.since <= now < entry.until:
                self._kept.move_to_end(key)
                return entry.kept
            self._remove(key)
        return None

    def ask(self, question: ListQuestion, lent: LentToken) -> AskedList:
        """Before the question goes to Notion with that token."""
        space_id = question.caller.space_id
        space = self._spaces.get(space_id)
        if space is None:
            space = self._spaces[space_id] = _Space()
        return AskedList(question, lent, space, space.changes, self._clock.timestamp())

    def answered(self, asked: AskedList, status: int, headers: RawHeaders, body: bytes) -> None:
        """Notion's answer, whole; ``headers`` as they go on to the caller."""
        question, space = asked.question, asked.space
        if question.method == TOOLS and status == HTTPStatus.OK:
            self._tools_listed(question.caller.grant_id)
        if not asked.lent.is_current or asked.changes != space.changes:
            return
        kept = kept_list(question, status, headers, body, self._otherwise_seconds)
        if kept is None or kept.size > self._max_bytes:
            return
        key = _key(question, asked.lent, is_private=kept.is_private)
        self._remove(key)
        self._forget_old()
        while len(space.keys) >= _MOST_OF_A_SPACE:
            self._remove(next(iter(space.keys)))
        while len(self._kept) >= _MOST or self.bytes + kept.size > self._max_bytes:
            self._remove(next(iter(self._kept)))
        self._kept[key] = _Entry(kept, space, asked.since, asked.since + kept.seconds)
        space.keys[key] = None
        self.bytes += kept.size

    def drop(self, space_id: str) -> None:
        """Its lists have changed, or its tokens; what is asked for at this moment is not kept."""
        space = self._spaces.get(space_id)
        if space is not None:
            space.changes += 1
            for key in list(space.keys):
                self._remove(key)

    def drop_all(self) -> None:
        """After a time in which changes may have been missed."""
        for space_id in list(self._spaces):
            self.drop(space_id)

    def _forget_old(self) -> None:
        now = self._clock.timestamp()
        if 0 <= now - self._looked_at < _LOOKED_EVERY_SECONDS:
            return
        self._looked_at = now
        for key in [key for key, one in self._kept.items() if now >= one.until]:
            self._remove(key)

    def _remove(self, key: _Key) -> None:
        entry = self._kept.pop(key, None)
        if entry is not None:
            del entry.space.keys[key]
            self.bytes -= entry.kept.size


def _key(question: ListQuestion, lent: LentToken, *, is_private: bool) -> _Key:
    caller = question.caller
    return caller.space_id, lent.token_id, caller.user_id if is_private else None, question.key


@final
class AnswerReader:
    """Reads an answer on its way to the caller: a list that was asked for, to keep it; a stream of
    events, for the news that lists have changed. ``headers`` as they go on to the caller; of use
    where a list was asked for.

    Such news drops the space's lists here and is told to the other processes, which may have some.
    Of a compressed stream nothing can be read: whatever comes drops them here, and is told only
    where the stream ``only_listens``, or else calls would empty the memory of all processes.
    """

    __slots__ = (
        "_asked",
        "_headers",
        "_held",
        "_is_told",
        "_lists",
        "_news",
        "_parts",
        "_space_id",
        "_status",
    )

    def __init__(
        self,
        lists: ListCache,
        space_id: str,
        asked: AskedList | None,
        status: int,
        headers: RawHeaders,
        form: AnswerForm,
        *,
        only_listens: bool = False,
    ) -> None:
        self._lists = lists
        self._space_id = space_id
        self._asked = asked
        self._status, self._headers = status, headers
        self._parts: list[bytes] = []
        self._held = 0
        self._news: NewsOfLists | None = None
        self._is_told = False
        if form.media_type == EVENTS:
            is_readable = not form.is_encoded
            self._news = NewsOfLists(is_readable=is_readable)
            self._is_told = is_readable or only_listens

    @property
    def is_needed(self) -> bool:
        return self._asked is not None or self._news is not None

    def part_came(self, part: bytes) -> None:
        if self._news is not None and self._news.is_in(part):
            self._lists.drop(self._space_id)
            if self._is_told:
                self._lists.news.came(self._space_id)
        if self._asked is not None:
            self._held += len(part)
            self._parts.append(part)
            if self._held > LONGEST_LIST_BYTES:
                self._asked, self._parts = None, []

    def ended(self) -> None:
        """It is whole."""
        asked, self._asked = self._asked, None
        if asked is not None:
            self._lists.answered(asked, self._status, self._headers, b"".join(self._parts))
