"""One connection to Notion's server: one call at a time, and fit for another one only when
nothing is left of the last.
"""

import asyncio
import contextlib
import select
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, cast, final

import httptools

from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.proxy.http1.answer import AnswerBroken, Receiver
from notion_gateway.proxy.rules.known_answer import KnownAnswers
from notion_gateway.proxy.rules.plain_head import PlainHead, plain_head

HEAD_BYTES: Final = 128 * 1024
"""Of an answer, provisional ones before it included: one content-security-policy alone may be
longer than 8 KiB."""
_FRAMING_PER_BYTE: Final = 16
"""Lengths, extensions and trailers of a chunked body may be so many times as long as the body, and
``HEAD_BYTES`` besides."""
WRITTEN_AT_ONCE: Final = 64 * 1024
"""A larger body goes out in pieces, so that it does not hold up other calls."""
_FINAL: Final = int(HTTPStatus.OK)
"""Answers below it are provisional. Python 3.11 takes long to find a member of an enumeration."""
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@final
class Connection(asyncio.Protocol):
    """``free`` is called when another call may use it, ``lost`` when it has ended.

    Whatever comes while no call is under way belongs to nobody, and ends it.
    """

    def __init__(
        self, free: Callable[["Connection"], None], lost: Callable[["Connection"], None]
    ) -> None:
        self._free = free
        self._lost = lost
        self._parts: list[bytes] = []
        """Of a body, as the parser took them out of the last read."""
        self.on_body = self._parts.append  # without a step in Python for each of a burst of events
        self._parser = httptools.HttpResponseParser(self)
        self._answer: Receiver | None = None
        self._headers: RawHeaders = []
        self._plain: PlainHead | None = None
        self._head_bytes = 0
        self._body_bytes = 0
        self._framing_bytes = 0
        self._in_head = True
        self._without_body = False
        self._until_close = False
        self._kept_alive = False
        self._done = False
        self._spoke_on = False
        self._sending: asyncio.Task[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self.idle_since = 0.0
        """On the loop's clock, as its pool notes it."""

    @property
    def is_answering(self) -> bool:
        """The head of an answer has come, and not yet the end of it."""
        return self._answer is not None and not self._in_head and not self._done

    def send(self, head: bytes, body: bytes, answer: Receiver, *, only_head: bool = False) -> None:
        """``answer`` hears what comes back. ``only_head``: it has no body, whatever it says of
        one (HEAD).
        """
        self._answer = answer
        self._headers = []
        self._head_bytes = self._framing_bytes = 0
        self._in_head = True
        self._without_body = only_head
        self._done = False
        if len(body) <= WRITTEN_AT_ONCE:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._sending = asyncio.create_task(self._send_in_pieces(body), name="large body")

    def pause(self) -> None:
        """Nothing is read from the socket until ``resume``."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def seems_alive(self) -> bool | None:
        """False where it has ended. None where something has come that the loop has not read yet:
        the end of it, or what nobody asked for.
        """
        if self._transport.is_closing():
            return False
        return None if self._readable is None or self._readable.poll(0) else True

    def cut(self) -> None:
        """At once: what is still in this process is dropped, what the system has taken may go."""
        if self._sending is not None:
            self._sending.cancel()
        self._transport.abort()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name
        self._readable = _watch(self._transport)
        if transport.get_extra_info("sslcontext") is not None:
            # Pausing has to reach the socket: what TLS has read, and nobody has taken yet, is
            # dropped by uvloop where the other side ends the connection.
            cast("Any", transport).set_read_buffer_limits(high=1, low=0)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:
            self.cut()
            return
        if answer.has_begun or not answer.takes_lines:
            self._read(data, answer)
            return
        known = None if self._without_body else _known_answers.find(data)
        if known is None:
            self._read(data, answer, plain_head(data), is_new=True)
            return
        status, plain = known
        if not plain.has_length:
            self._read(data, answer, plain)
            return
        # The parser stands between two answers, and need not be asked.
        answer.has_begun = True
        answer.head_came(status, [], plain)
        if len(data) > plain.size:
            answer.part_came(data[plain.size :])
        self._end(answer, reusable=True)

    def _read(
        self, data: bytes, answer: Receiver, plain: PlainHead | None = None, *, is_new: bool = False
    ) -> None:
        """By the parser, but for lines that say nothing of where the answer ends. ``is_new``: of a
        kind that is not known.
        """
        had_body = self._body_bytes
        answer.has_begun = True
        self._plain = plain
        try:
            if plain is None:
                self._parser.feed_data(data)
            else:
                self._parser.feed_data(plain.framing)
                if len(data) > plain.size:
                    self._parser.feed_data(memoryview(data)[plain.size :])
        except httptools.HttpParserCallbackError:
            raise  # a fault of this file's: the loop tells it, and ends the connection
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._tell_body()
            if not self._done:
                self._refuse("not an answer in HTTP/1.1")
            self._spoke_on = True
        if self._parts:
            self._tell_body()
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse("the answer's headers are too long")
        else:
            came = self._body_bytes - had_body
            framing = self._framing_bytes + len(data) - (1 + _FRAMING_PER_BYTE) * came
            self._framing_bytes = max(0, framing)
            if self._framing_bytes > HEAD_BYTES and not self._done:
                self._refuse("what frames the answer's body is too long")
        if is_new and plain is not None and not self._spoke_on:
            self._learn(data, plain, self._body_bytes - had_body)
        if self._done:
            self._end(answer, reusable=self._kept_alive)
        elif self._spoke_on:
            self.cut()
        else:
            answer.wake()

    def eof_received(self) -> None:
        if self._answer is not None and self._until_close and not self._in_head:
            self._end(self._answer, reusable=False)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._sending is not None:
            self._sending.cancel()
        self.resume_writing()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.failed(exc or AnswerBroken("the connection ended"))
        self._lost(self)
        self._parser = cast("Any", None)  # each holds the other

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._done:
            self._spoke_on = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head and not self._done:  # else a trailer, or nobody's
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        answer, status = self._answer, self._parser.get_status_code()
        if self._done or answer is None or status < _FINAL:
            return
        self._in_head = False
        named = dict(self._headers)
        coding = named.get(b"transfer-encoding")
        self._until_close = (
            coding is None and b"content-length" not in named and status not in _WITHOUT_BODY
        )
        if coding is not None and coding.rpartition(b",")[2].strip().lower() != b"chunked":
            self._refuse("the answer has a transfer coding that is not known")  # RFC 9112, 6.1
            return
        answer.head_came(status, self._headers, self._plain)
        if self._without_body:
            self._done = self._spoke_on = True  # the parser waits for a body that never comes

    def on_message_complete(self) -> None:
        if self._parts:
            self._tell_body()
        if self._in_head:
            self._headers = []  # it was provisional (RFC 9110 section 15.2)
        else:
            self._done = True
            self._kept_alive = self._parser.should_keep_alive()  # a trailer may have said no

    def _tell_body(self) -> None:
        """What has come of it together, all at once."""
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self._body_bytes += len(body)
        if not body or self._done:
            return
        if self._in_head:
            self._refuse("a provisional answer has a body")
        elif self._answer is not None:
            self._answer.part_came(body)

    def _learn(self, data: bytes, plain: PlainHead, body_bytes: int) -> None:
        """One answer, where the parser has found it from its first byte to its last, or a stream,
        where the parser has found that its head is one.
        """
        is_whole = self._done and self._kept_alive and plain.size + body_bytes == len(data)
        is_known = is_whole if plain.has_length else not self._in_head
        if is_known and not self._without_body:
            _known_answers.learn(self._parser.get_status_code(), data, plain)

    def _refuse(self, why: str) -> None:
        """The connection is cut when what has come is read."""
        self._spoke_on = True
        if self._answer is not None:
            self._answer.failed(AnswerBroken(why))

    def _end(self, answer: Receiver, *, reusable: bool) -> None:
        self._answer = None
        answer.ended()
        is_sent = self._sending is None or self._sending.done()
        self._sending = None if is_sent else self._sending
        if reusable and is_sent and not self._spoke_on:
            self._free(self)
        else:
            self.cut()

    async def _send_in_pieces(self, body: bytes) -> None:
        rest = memoryview(body)
        while rest and not self._transport.is_closing():
            if self._writable is not None:
                await self._writable
                continue
            self._transport.write(rest[:WRITTEN_AT_ONCE])
            rest = rest[WRITTEN_AT_ONCE:]
            await asyncio.sleep(0)


_known_answers: Final = KnownAnswers()


def _watch(transport: asyncio.Transport) -> "select.poll | None":
    """Tells whether there is something to read on a socket; None where systems have no poll."""
    found = transport.get_extra_info("socket")
    if found is None or not hasattr(select, "poll"):
        return None
    watch = select.poll()
    with contextlib.suppress(OSError, ValueError):  # it may have ended already
        watch.register(found.fileno(), select.POLLIN | select.POLLPRI)
    return watch
