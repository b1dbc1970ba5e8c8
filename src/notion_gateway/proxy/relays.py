"""What calls in callbacks share: what memory knows of them, and the look at those that wait."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Protocol, final

from notion_gateway.access.authentication_cache import Recognised
from notion_gateway.access.call_limits import CallLimits
from notion_gateway.access.membership import RememberedSpace
from notion_gateway.access.rules.principal import Principal
from notion_gateway.http.called import NOBODY, Called
from notion_gateway.integration.access_tokens import LentToken
from notion_gateway.integration.serving_grants import RememberedGrant
from notion_gateway.policy.rules.call_headers import CallHeaders
from notion_gateway.policy.rules.guard import Guard
from notion_gateway.proxy.http1.upstream import Http1Upstream
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.rules.sessions import Caller, Elicitation


class Waiting(Protocol):
    """A call whose answer has not begun. ``sent_at`` by ``perf_counter``."""

    @property
    def sent_at(self) -> float: ...
    def head_is_late(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Guarded:
    """What calls have to pass in a space that has a policy, and what their head says of them."""

    guard: Guard
    headers: CallHeaders


@dataclass(slots=True)
class Known:
    """What a request's head says, and memory knows of it."""

    method: bytes
    path: bytes
    query: bytes
    recognised: Recognised
    principal: Principal
    caller: Caller
    space: RememberedSpace = field(repr=False)
    in_path: str | None
    lent: LentToken = field(repr=False)
    asks: Elicitation
    only_listens: bool
    """It is ended when the server begins to stop, or the space is disconnected."""
    of_question: bytes | None = field(repr=False)
    """What the head adds to a question for a list; None where no list is answered from memory."""
    head: bytes = field(repr=False)
    """As it goes to Notion, but for what differs from call to call."""
    grant_line: bytes
    """Of the answer's head: it says which grant serves."""
    until: float
    """In seconds since 1970."""
    called: Called = NOBODY
    own: RememberedGrant | None = field(default=None, repr=False)
    """What the choice of the grant rests on, besides the space."""
    guarded: Guarded | None = None
    """None where the space has no policy."""
    client: str = ""
    """What the program said that it is when it began its session, where calls are recorded."""
    was_used: bool = True
    """Since the last look at what is no longer needed."""
    in_log: tuple[str, str] = field(init=False)
    """Method and path, for each call's line."""

    def __post_init__(self) -> None:
        self.in_log = self.method.decode(), self.path.decode()


@final
class Relays:
    """What all calls in callbacks need; there is one of it."""

    def __init__(self, proxy: Proxy, limits: CallLimits, upstream: Http1Upstream) -> None:
        self.pool = upstream.pool
        self.limits = limits
        self.sessions = proxy.sessions
        self.watch = proxy.watch
        self.lists = proxy.lists
        self.budgets = proxy.budgets
        self.clock = proxy.calls.access_tokens.clock
        self._waiting: set[Waiting] = set()
        """For the head of an answer. A timer for each call would cost every call something; a
        look at all of them costs none."""
        self._seconds = upstream.headers_timeout_seconds
        self._looks_every = min(1.0, self._seconds / 10)
        self._timer: asyncio.TimerHandle | None = None

    def wait(self, relay: Waiting) -> None:
        self._waiting.add(relay)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._looks_every, self._look)

    def wait_no_longer(self, relay: Waiting) -> None:
        self._waiting.discard(relay)

    def _look(self) -> None:
        loop, longest = asyncio.get_running_loop(), time.perf_counter() - self._seconds
        self._timer = loop.call_later(self._looks_every, self._look) if self._waiting else None
        for relay in [one for one in self._waiting if one.sent_at <= longest]:
            relay.head_is_late()
