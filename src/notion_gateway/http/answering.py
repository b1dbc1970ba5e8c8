"""How requests are answered: in callbacks by a ``DirectServer``, or as ASGI calls."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from notion_gateway.http.asgi_call import asgi_cycle
from notion_gateway.http.closing import close_within
from notion_gateway.http.direct import (
    APP_STATE,
    AnswerWriter,
    DirectServer,
    Served,
)
from notion_gateway.http.request import Request
from notion_gateway.http.request_log import BEGAN


class AnsweringProtocol(HttpToolsProtocol):
    """What the application's ``DirectServer`` takes is answered in callbacks; everything else
    becomes an ASGI call, as uvicorn makes it.
    """

    _is_last: bool = False
    """The connection ends with the first answer whose head is not on its way yet."""
    _closing: asyncio.TimerHandle | None = None
    """Until then what is left to send may be taken."""
    _served: Served | None = None
    _served_request: Request | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._application = cast("Any", self.app)
        self._direct: DirectServer | None = self.app_state.get(APP_STATE)
        self._writer = AnswerWriter(transport, self._answered, self._hand_over)

    def connection_lost(self, exc: Exception | None) -> None:
        served, self._served = self._served, None
        if served is not None:
            served.caller_left()
        self._served_request = None
        self._writer.forget()
        if self._closing is not None:
            self._closing.cancel()
        super().connection_lost(exc)
        self.cycle = cast("Any", None)  # each holds the other

    def close(self) -> None:
        """Whoever does not take what is left is not waited for without end."""
        closing = close_within(self.transport)
        if self._closing is None:
            self._closing = closing
        elif closing is not None:
            closing.cancel()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._served is not None:
            self._served.pause()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._served is not None:
            self._served.resume()

    def _is_answering(self) -> bool:
        return self._served is not None or not getattr(self.cycle, "response_complete", True)

    def _end_with_this_answer(self) -> None:
        if self._served is not None:
            self._writer.closes = True
        else:
            self.cycle.keep_alive = False

    def _serve(self, request: Request) -> None:
        """In callbacks, else by the application: its body is here."""
        self._served_request = request
        self._writer.expect_another()
        # Who has not taken the last answer yet is waited for in a coroutine.
        if self._direct is not None and not self.flow.write_paused:
            self._served = self._direct.serve(request, self._writer)
        if self._served is None:
            self._hand_over({BEGAN: request.began})

    def _hand_over(self, additions: Mapping[str, Any]) -> None:
        request, self._served_request, self._served = self._served_request, None, None
        assert request is not None  # noqa: S101 - one is handed over once
        self._call_app(request, "1.1", keep_alive=not self._writer.closes, additions=additions)
        super().on_body(request.body)
        super().on_message_complete()

    def _answered(self) -> None:
        self.on_response_complete()
        self._served_request = self._served = None
        if self._writer.closes:
            self.close()

    def _call_app(
        self,
        request: Request,
        version: str,
        *,
        keep_alive: bool,
        additions: Mapping[str, Any] | None = None,
    ) -> None:
        self.cycle = asgi_cycle(
            self,
            request,
            version,
            keep_alive=keep_alive and not self._is_last,
            close=self.close,
            additions=additions or {},
        )
        self._start_asgi_task(
            self.cycle, cast("Any", self._without_chunks) if version == "1.0" else self._application
        )

    async def _without_chunks(self, scope: Scope, receive: Receive, send: Send) -> None:
        """HTTP/1.0 has no chunks (RFC 9112 section 6.1): without a length, an answer ends with
        its connection, which uvicorn closes after a request of 1.0 in any case.
        """
        cycle, unframed = self.cycle, False

        async def sent(message: Message) -> None:
            nonlocal unframed
            if message["type"] == "http.response.start":
                unframed = all(name.lower() != b"content-length" for name, _ in message["headers"])
                if unframed:
                    cycle.chunked_encoding = False
            elif unframed:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await self._application(scope, receive, sent)
