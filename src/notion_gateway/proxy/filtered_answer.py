"""Notion's answer as the caller may see it, in a space that has a policy."""

from collections.abc import AsyncGenerator, AsyncIterator
from http import HTTPStatus
from typing import Final, final

import structlog

from notion_gateway.kernel.errors import UpstreamAborted
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.policy.rules.event_stream import LONGEST_EVENT_BYTES, JudgedEvents
from notion_gateway.policy.rules.lists import AnswerUnclear, ListFilter
from notion_gateway.proxy.rules.answer_form import EVENTS, form_of
from notion_gateway.proxy.upstream import UpstreamAnswer

log = structlog.stdlib.get_logger()

UNREADABLE: Final = (
    "This space has a policy, and Notion's answer could not be read, so that it is kept back."
)
_OF_THE_BYTES: Final = frozenset(
    {b"content-length", b"content-digest", b"repr-digest", b"digest", b"content-md5", b"etag"}
)


async def filtered(answer: UpstreamAnswer, lists: ListFilter, *, waits: bool) -> UpstreamAnswer:
    """``waits``: for the first event of a stream, before anybody is told that there is one."""
    form = form_of(answer.headers)
    if form.is_encoded:
        raise AnswerUnclear("it is compressed")
    if answer.status == HTTPStatus.OK and form.media_type == EVENTS:
        parts = _judged(answer, JudgedEvents(lists.of_json))
        first = await anext(parts, b"") if waits else b""
        headers = [one for one in answer.headers if one[0] not in _OF_THE_BYTES]
        return _Filtered(answer, headers, first, parts)
    whole = await _whole(answer)
    kept = _kept(answer.status, whole, lists)
    if kept == whole:
        return _Filtered(answer, answer.headers, whole)
    headers = [one for one in answer.headers if one[0] not in _OF_THE_BYTES]
    return _Filtered(answer, [*headers, (b"content-length", b"%d" % len(kept))], kept)


def _kept(status: int, whole: bytes, lists: ListFilter) -> bytes:
    """Of a fault that is told in other words than JSON, its status alone."""
    if not whole.strip():
        return whole
    try:
        return lists.of_json(whole)
    except AnswerUnclear:
        if status < HTTPStatus.BAD_REQUEST:
            raise
        return b""


async def _whole(answer: UpstreamAnswer) -> bytes:
    found = bytearray()
    async for part in answer.chunks():
        found += part
        if len(found) > LONGEST_EVENT_BYTES:
            raise AnswerUnclear("it is too long")
    return bytes(found)


async def _judged(answer: UpstreamAnswer, events: JudgedEvents) -> AsyncGenerator[bytes]:
    async for part in answer.chunks():
        for event in events.part_came(part):
            yield event
    if rest := events.ended():
        yield rest


@final
class _Filtered:
    """Notion's answer, as the caller may see it."""

    def __init__(
        self,
        answer: UpstreamAnswer,
        headers: RawHeaders,
        first: bytes,
        more: AsyncGenerator[bytes] | None = None,
    ) -> None:
        self._answer = answer
        self._first = first
        self._more = more
        self.status = answer.status
        self.headers = headers
        self.sent_at = answer.sent_at

    async def chunks(self) -> AsyncIterator[bytes]:
        if self._first:
            yield self._first
        if self._more is None:
            return
        try:
            async for part in self._more:
                yield part
        except AnswerUnclear as why:
            log.warning("answer_kept_back", why=str(why), status=self.status)
            raise UpstreamAborted(UNREADABLE) from None

    def close(self) -> None:
        self._answer.close()
