"""Calls whose every answer is in memory: served in callbacks, from one socket to the other.

Who calls, whether they belong to the space, whose session it is, and the space's token are asked
of the same code that ``endpoint.py`` asks, and what it says is remembered for the next call with
the same head. It holds for as long as what each of them has in memory is current, which the entries
themselves tell, and until its time is over. How much somebody may call is asked each time.

Where one does not know without I/O, or refuses, the call becomes a coroutine there, which asks
everything anew and makes up the answer.
"""

import hashlib
from datetime import timedelta
from typing import Final, final

from notion_gateway.access.caller import known_principal
from notion_gateway.access.opening import Access
from notion_gateway.http.allowed_callers import AllowedCallers
from notion_gateway.http.direct import AnswerWriter
from notion_gateway.http.request import Request, is_plain, is_short
from notion_gateway.http.request_log import request_id
from notion_gateway.http.whole_request import WholeRequest
from notion_gateway.kernel.outbound.messages import RawHeaders
from notion_gateway.kernel.trace import said_by
from notion_gateway.policy.rules.call_headers import read_headers, with_arguments
from notion_gateway.policy.rules.plain_call import plainly_allowed
from notion_gateway.proxy.called_by import called_by
from notion_gateway.proxy.http1.upstream import Http1Upstream, head_end
from notion_gateway.proxy.known_heads import KnownHeads
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.recorded_relay import RecordedRelay
from notion_gateway.proxy.relay import Relay
from notion_gateway.proxy.relays import Guarded, Known, Relays
from notion_gateway.proxy.rules.grant_header import grant_line, logged_of
from notion_gateway.proxy.rules.headers import (
    asked_readably,
    headers_upstream,
    is_of_one_call,
    is_of_tracing,
)
from notion_gateway.proxy.rules.lists import head_of_question, list_question
from notion_gateway.proxy.rules.mcp_without_notion import LISTEN, connect_call
from notion_gateway.proxy.rules.not_connected import elicitation_from_now, without_our_answer
from notion_gateway.proxy.rules.seed_meta import may_hold_seed_meta
from notion_gateway.proxy.rules.sessions import HEADER, Caller
from notion_gateway.proxy.rules.space_of_call import agreeing_meta, named_space
from notion_gateway.proxy.rules.trace_meta import said_in

_PREFIX: Final = b"/mcp/notion/"
_FOR_APPLICATIONS: Final = b"proxy"
_METHODS: Final = {b"POST": "POST", b"GET": "GET"}
_RESUMES: Final = b"last-event-id"
_SESSION_PROVEN_FOR: Final = timedelta(seconds=2)


def served_from_memory(
    access: Access, proxy: Proxy, allowed: AllowedCallers, max_request_bytes: int
) -> "FromMemory | None":
    """None where calls go through an egress proxy, by a client that has no callbacks."""
    if proxy.http1 is None:
        return None
    return FromMemory(access, proxy, proxy.http1, allowed, max_request_bytes)


@final
class FromMemory:
    """A ``DirectServer`` for ``POST`` and ``GET`` of the MCP endpoints."""

    def __init__(
        self,
        access: Access,
        proxy: Proxy,
        upstream: Http1Upstream,
        allowed: AllowedCallers,
        max_request_bytes: int,
    ) -> None:
        self._access = access
        self._authentication = access.authentication
        self._trust = access.trust
        self._clock = access.authentication.clock
        self._members = access.members
        self._tokens = proxy.calls.access_tokens
        self._sessions = proxy.sessions
        self._audit = proxy.audit
        self._contents = proxy.contents
        self._policies = proxy.policies
        self._serving = proxy.serving
        self._budgets = proxy.budgets
        self._relays = Relays(proxy, access.limits, upstream)
        self._relay = Relay if proxy.audit is None else RecordedRelay
        self._allowed = allowed
        self._upstream = upstream
        self._tracing = proxy.tracing
        self._max_request_bytes = max_request_bytes
        self._heads = KnownHeads(self._holds)

    def accepts(self, request: Request) -> bool:
        if not request.path.startswith(_PREFIX) or request.method not in _METHODS:
            return False
        said, length, differing = [request.method, request.path, request.query], b"0", None
        for name, value in request.headers:
            if name == b"content-length":
                length = value
            elif is_of_one_call(name):
                differing = differing or {}
                if name in differing:
                    return False
                differing[name] = value
            else:
                said += (name, value)
        if not is_short(length) or int(length) > self._max_request_bytes:
            return False
        # No path and no header holds the end of a line. The bearer itself is not kept.
        key = hashlib.sha256(b"\n".join(said)).digest()
        known = self._recall(key)
        if known is None:
            known = self._look_up(request)
            if known is None:
                return False
            by_bytes = request.key if differing is None else None
            self._heads.remember(by_bytes or key, known)
        request.known = (known, differing)
        return True

    def recalled(self, whole: WholeRequest) -> Request | None:
        if len(whole.body) > self._max_request_bytes:
            return None
        known = self._recall(whole.key)
        if known is None:
            return None
        request = Request(known.method, known.path, known.query, None, whole.head)
        request.body = whole.body
        request.known = (known, None)
        return request

    def _recall(self, key: bytes) -> Known | None:
        known = self._heads.recall(key)
        if known is not None and known.principal.token_id is not None:
            self._authentication.used(known.principal, known.called.client)
        return known

    def _holds(self, known: Known) -> bool:
        return (
            known.lent.is_current
            and known.space.is_current
            and known.recognised.is_current
            and self._clock.timestamp() < known.until
            and self._trust.holds()
            and (known.own is None or known.own.is_current)
        )

    def _look_up(self, request: Request) -> Known | None:
        place = request.path[len(_PREFIX) :].removesuffix(b"/")
        if not place or not place.isascii() or b"/" in place or b"%" in place:
            return None
        try:
            return self._known(request, None if place == _FOR_APPLICATIONS else place.decode())
        except Exception:  # noqa: BLE001 - the coroutine meets it again, and answers
            return None

    def _known(self, request: Request, in_path: str | None) -> Known | None:
        headers = request.headers
        named = dict(headers)
        # A page's request passes the checks for pages, in a coroutine. So does one whose header
        # ``Connection`` names another that differs from call to call (RFC 9110 section 7.6.1).
        hops = {one.strip().lower() for one in named.get(b"connection", b"").split(b",")}
        if b"origin" in named or any(is_of_one_call(hop) for hop in hops):
            return None
        if not self._allowed.answers_to(named[b"host"]):
            return None
        caller_known = known_principal(self._access, headers)
        if caller_known is None or not is_plain(headers):
            return None
        principal, recognised = caller_known
        space_id = named_space(principal, in_path)
        space = None if space_id is None else self._members.remembered(principal, space_id)
        if space_id is None or space is None:
            return None
        only_listens = request.method == b"GET" or named.get(b"mcp-method") == LISTEN
        guard = None
        if not self._policies.is_open(space_id):
            guard = self._policies.guard_in_memory(principal, space_id)
            if guard is None or only_listens:
                return None  # what a stream carries has to be read
        if self._contents is not None and not self._contents.are_off(space_id):
            return None
        choice = self._serving.remembered(principal, space.space)
        if choice is None:
            return None
        grant_id = choice.grant_id
        lent = self._tokens.cached(grant_id)
        if lent is None:
            return None
        if self._budgets is not None and not self._budgets.is_open(lent.process_id):
            return None
        caller, method = Caller(space_id, principal.user_id, grant_id), _METHODS[request.method]
        called = called_by(principal, space_id, headers, logged_of(space.space, grant_id))
        self._authentication.used(principal, called.client)
        same = [one for one in headers_upstream(headers) if not is_of_one_call(one[0])]
        if self._budgets is not None:
            same = asked_readably(same)
        sent, session = self._sessions.incoming(same, caller)
        if session.is_ours:
            return None
        until = min(recognised.good_until, lent.use_until)
        if HEADER in named:
            # Its proof is looked at again soon: the key behind it may be withdrawn.
            until = min(until, self._clock.now() + _SESSION_PROVEN_FOR)
        return Known(
            request.method,
            request.path,
            request.query,
            recognised,
            principal,
            caller,
            space,
            in_path,
            lent,
            session.asks,
            of_question=self._of_question(request, same),
            only_listens=only_listens,
            head=self._upstream.head_start(method, request.query, sent, lent.access_token),
            until=until.timestamp(),
            called=called,
            own=choice.own,
            guarded=None if guard is None else Guarded(guard, read_headers(sent)),
            grant_line=grant_line(grant_id),
            client=session.client,
        )

    def _of_question(self, request: Request, headers: RawHeaders) -> bytes | None:
        if self._relays.lists is None or request.method != b"POST":
            return None
        return head_of_question(headers, request.query)

    def serve(self, request: Request, writer: AnswerWriter) -> Relay | None:
        try:
            return self._served(request, writer)
        except Exception:  # noqa: BLE001 - the coroutine meets it again, and answers
            return None

    def _served(self, request: Request, writer: AnswerWriter) -> Relay | None:
        known: Known
        differing: dict[bytes, bytes] | None
        known, differing = request.known
        body = request.body
        if request.has_waited and not self._holds(known):
            return None
        if (request.method == b"POST") is not bool(body):
            return None
        if self._audit is not None and not self._audit.may_go_on:
            return None
        if not self._goes_on_as_it_is(body, known):
            return None
        called, rule = known.called, ""
        if known.principal.limits is not None:
            tool = known.principal.limits.require(body, request.headers)
            called = called if tool is None else called.with_tool(tool)
        if known.guarded is not None:
            if differing and _RESUMES in differing:
                return None  # so has what a stream that is resumed carries
            said = with_arguments(known.guarded.headers, list((differing or {}).items()))
            judged = plainly_allowed(known.guarded.guard, body, said)
            if judged is None:
                return None
            called, rule = called.with_tool(judged.tool), judged.decision.rule
        head, of_question, given_id, trace = known.head, known.of_question, None, None
        if differing:
            given_id = differing.get(b"x-request-id")
            if not all(is_of_tracing(name) for name in differing):
                of_question = None  # an answer may depend on them
        if self._tracing is not None:
            named = list((differing or {}).items())
            trace = self._tracing.begin(said_by(named), lambda: said_in(body))
            differing = dict(trace.among(named))
        if differing:
            head += b"".join([b"%b: %b\r\n" % one for one in headers_upstream(differing.items())])
        question = list_question(body, of_question, known.caller)
        own_id = request_id(given_id)
        relay = self._relay(self._relays, request, own_id, writer, known, called, question, trace)
        relay.rule = rule
        relay.begin(head + head_end(_METHODS[request.method], body))
        return relay

    def _goes_on_as_it_is(self, body: bytes, known: Known) -> bool:
        """It does not begin a session, and says nothing to the gateway itself."""
        if may_hold_seed_meta(body):
            meta = agreeing_meta(known.principal, known.in_path, body)
            if meta.body is not body:
                return False
        if known.in_path is not None and (
            connect_call(body) is not None or without_our_answer(body).body is not body
        ):
            return False
        return elicitation_from_now(body) is None
