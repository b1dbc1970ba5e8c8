"""When a connection ends that did nothing wrong: after a pause, or because the server stops."""

import asyncio
from typing import Any, cast

from notion_gateway.http.answering import AnsweringProtocol
from notion_gateway.http.request import Request
from notion_gateway.http.request_limits import RequestLimits
from notion_gateway.http.stopping import ends_when_told, tell_stopping


class EndingProtocol(AnsweringProtocol):
    """As the server stops, each connection ends with an answer that says so; ``draining.py`` says
    when which.
    """

    _in_message: bool = False
    """The parser has begun with a request, and has not come to its end."""
    _request: Request | None = None
    """Its head was recognised; its body is on its way."""
    _idle_since: float = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._limits = RequestLimits(self.loop)
        self._idle_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        super().connection_lost(exc)
        self._request = None

    def on_response_complete(self) -> None:
        """In full, because uvicorn's would start a timer for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self._served is None and self.cycle.more_body:
            self._limits.expect_rest(self.close)
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """One timer for all of a connection's pauses: it looks how long the last one has lasted."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing() or self._is_answering() or self._is_receiving():
            return  # it begins again with the next answer
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                left, self.timeout_keep_alive_handler
            )
        else:
            self.close()

    def shutdown(self) -> None:
        """All at once, for a server that waits for nothing but answers under way."""
        self.end_with_answer()
        if self._request is not None:
            return  # its body is on its way, and its answer ends the connection
        if not self._is_answering():
            self.close()
            return
        self._end_with_this_answer()
        if self.only_listens or self._served is None:
            self.end_listening()

    def end_with_answer(self) -> None:
        """With the first one whose head says so: a client may have sent its next request as soon
        as it had one that does not.
        """
        self._is_last = self._writer.is_last = True
        if self._served is not None:
            self._writer.closes |= not self._writer.started
        elif self._is_answering() and not self.cycle.response_started:
            self.cycle.keep_alive = False

    @property
    def only_listens(self) -> bool:
        """The answer under way is a stream that would not end by itself."""
        if self._served is not None:
            return self._served.only_listens
        return self._is_answering() and ends_when_told(cast("Any", self.cycle.scope))

    def end_listening(self) -> None:
        if self._served is not None:
            self._served.server_stops()
        else:
            scope: Any = self.cycle.scope  # as the application was given it
            tell_stopping(scope)

    def close_if_quiet(self, seconds: float) -> None:
        """Nothing is under way, and nothing has come for so long."""
        is_busy = self._in_message or self._is_answering()
        if not is_busy and self.loop.time() - self._idle_since >= seconds:
            self.close()

    def give_up(self) -> None:
        """The server waits no longer: a call without an answer gets an error in its place. Of
        what the application answers, the server cancels the task.
        """
        if self._served is not None:
            self._served.server_stops()
        elif not self._is_answering():
            self.close()

    def _is_receiving(self) -> bool:
        return self._limits.waits_for_head or self._request is not None
