"""The trace that a request belongs to, where traces are on (W3C Trace Context).

The path of a request carries ids, and nothing else. What makes spans of them, later, is a feature
of its own (``operations/traces``); nothing here imports its library.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Protocol, final

from notion_gateway.kernel.errors import GatewayError
from notion_gateway.kernel.outbound.messages import RawHeaders

MAX_LINKS: Final = 128
"""Of one span, as OpenTelemetry limits them."""
_PARENT: Final = b"traceparent"
_STATE: Final = b"tracestate"


@final
class Trace:
    """Ids of one request's spans. ``span_id`` is the request's own, ``parent_id`` its caller's, 0
    where nobody named one; ``sent_id`` is the call's to Notion. ``state``: the caller's
    ``tracestate``, in valid form.
    """

    __slots__ = ("is_sampled", "parent_id", "sent_at", "sent_id", "span_id", "state", "trace_id")

    def __init__(self, span_id: int, sent_id: int) -> None:
        self.span_id = span_id
        self.sent_id = sent_id
        self.trace_id = 0
        self.parent_id = 0
        self.state = ""
        self.is_sampled = False
        self.sent_at = 0.0
        """When the call first went on to Notion, in seconds since 1970."""

    @property
    def name(self) -> str:
        """As logs and headers spell its id."""
        return f"{self.trace_id:032x}"

    def sent(self) -> None:
        """The call goes on to Notion; of two tries, the first counts."""
        self.sent_at = self.sent_at or time.time()

    def headers(self) -> RawHeaders:
        """What tells Notion that its part belongs to this trace, below the call to it."""
        parent = b"00-%032x-%016x-%02x" % (self.trace_id, self.sent_id, self.is_sampled)
        if not self.state:
            return [(_PARENT, parent)]
        return [(_PARENT, parent), (_STATE, self.state.encode())]

    def among(self, headers: RawHeaders) -> RawHeaders:
        """The same headers, with these in the place of what the caller said."""
        return [one for one in headers if one[0] not in (_PARENT, _STATE)] + self.headers()


@final
@dataclass(slots=True)
class Operation:
    """Something that the gateway does and that is no request, from ``began`` to ``ended``, in
    seconds since 1970. ``error``: what went wrong, one of few words; empty where nothing did.
    """

    name: str
    attributes: dict[str, str]
    parent: Trace | None = None
    links: Sequence[Trace] = ()
    error: str = ""
    began: float = field(default_factory=time.time)
    ended: float = 0.0


Said = Mapping[str, str]
"""``traceparent`` and ``tracestate`` as a caller says them, whatever they are worth."""


class Tracing(Protocol):
    """None of its methods takes time or raises anything."""

    def begin(self, said: Said | None, or_else: Callable[[], Said | None] | None = None) -> Trace:
        """Below the caller's span where ``said`` is valid, or what ``or_else`` finds; else at the
        beginning of a trace.
        """
        ...

    def adopt(self, trace: Trace, said: Said | None) -> None:
        """The same for a trace that has begun, and not below anybody's span."""
        ...

    def note(self, operation: Operation) -> None:
        """One that has ended."""
        ...


current_trace: Final[ContextVar[Trace | None]] = ContextVar("current_trace", default=None)
"""Of the request that is served, where a coroutine serves it."""


def said_by(headers: Iterable[tuple[bytes, bytes]]) -> Said | None:
    """None without ``traceparent``, or with more than one. Several ``tracestate`` are one list."""
    parents: list[str] = []
    states: list[str] = []
    for name, value in headers:
        if name == _PARENT:
            parents.append(value.decode("latin-1"))
        elif name == _STATE:
            states.append(value.decode("latin-1"))
    if len(parents) != 1:
        return None
    return {"traceparent": parents[0], "tracestate": ",".join(states)}


@contextmanager
def operation(
    tracing: Tracing | None,
    name: str,
    attributes: Mapping[str, str] | None = None,
    *,
    of_request: bool = True,
) -> Generator[Operation]:
    """Notes what the block does, below the request that is served, if one is, or else in a trace of
    its own. Who is in it may say more of it, or that it went wrong without an exception.
    """
    parent = current_trace.get() if of_request else None
    found = Operation(name, dict(attributes or {}), parent)
    try:
        yield found
    except BaseException as fault:
        is_known = isinstance(fault, GatewayError)
        found.error = found.error or (fault.reason if is_known else type(fault).__name__)
        raise
    finally:
        if tracing is not None:
            found.ended = time.time()
            tracing.note(found)
