"""Which headers travel to Notion and back.

Everything travels but what is named here: an allowlist would break the header checks of protocol
generations to come. What is named is named by family, because proxies and clouds go on adding
members. ``docs/http-api.md`` has the same as a table.
"""

import re
from collections.abc import Callable, Iterable
from typing import final

from notion_gateway.kernel.compressed import CODINGS
from notion_gateway.kernel.outbound.messages import RawHeaders

HOP_BY_HOP = frozenset(  # RFC 9110 section 7.6.1
    b"connection keep-alive te trailer transfer-encoding upgrade".split()
)
NOT_UPSTREAM = HOP_BY_HOP | frozenset(
    # Host, length and bearer token are the upstream client's to write; Notion refuses a
    # foreign Origin; the rest speaks about the caller, which is none of Notion's business.
    b"host content-length expect authorization cookie cookie2 origin referer from notion-version"
    b" via forwarded cdn-loop x-scheme x-rewrite-url x-arr-ssl x-arr-clientcert".split()
)
FAMILIES_NOT_UPSTREAM = (
    # Of proxies, and of gateways that log people in before they let them through.
    *(b"proxy-", b"x-forwarded-", b"x-original-", b"x-real-", b"x-client-", b"x-ssl-"),
    *(b"ssl-client-", b"client-cert", b"x-auth-", b"x-authenticated-", b"x-authentik-"),
    *(b"x-remote-", b"remote-", b"x-webauth-", b"x-pomerium-", b"x-envoy-", b"x-consumer-"),
    *(b"x-credential-", b"x-user-", b"x-space-", b"oidc-", b"x-oidc-", b"tailscale-"),
    # Of clouds and content delivery networks.
    *(b"x-amzn-", b"x-amz-", b"cloudfront-", b"cf-", b"x-goog-", b"x-appengine-"),
    *(b"x-apigateway-", b"x-serverless-", b"x-ms-", b"x-azure-", b"x-vercel-", b"x-nf-"),
    *(b"fly-", b"fastly-", b"x-akamai-", b"akamai-"),
    b"sec-",  # browsers tell by these what kind of page calls
)
"""Names that begin so."""
WORDS_NOT_UPSTREAM = frozenset(
    b"auth authentication authorization assertion jwt token apikey secret password passwd"
    b" credential credentials cookie session user username userid userinfo email groups roles"
    b" principal identity ip cert certificate".split()
)
"""Names with one of these words, between hyphens or underscores: the same families' members of
tomorrow, and families that nobody here has heard of.
"""
UPSTREAM_ALL_THE_SAME = (b"mcp-", b"user-agent", b"last-event-id")
"""Names that begin so go, whatever words stand in them: MCP adds headers under its own name."""

NOT_DOWNSTREAM = HOP_BY_HOP | frozenset(
    # Challenges are between Notion and the gateway: they would send the client to authorize at
    # Notion itself. The others speak for Notion's own origin, or to a proxy before the gateway.
    b"www-authenticate authentication-info strict-transport-security alt-svc clear-site-data"
    b" expect-ct nel report-to reporting-endpoints origin-agent-cluster origin-trial accept-ch"
    b" critical-ch service-worker-allowed timing-allow-origin x-sendfile x-accel-redirect"
    b" x-accel-expires x-accel-limit-rate x-accel-charset cdn-cache-control"
    b" cloudflare-cdn-cache-control".split()
)
FAMILIES_NOT_DOWNSTREAM = (
    *(b"set-", b"proxy-", b"access-control-", b"public-key-pins", b"sec-", b"secure-session-"),
    *(b"surrogate-", b"x-reproxy-", b"x-lighttpd-"),
)
"""Names that begin so."""

_OF_TRACING = frozenset(
    b"x-request-id traceparent tracestate baggage sentry-trace b3 uber-trace-id newrelic"
    b" x-correlation-id request-id x-trace-id x-span-id x-request-start elastic-apm-traceparent"
    # What clouds and content delivery networks number requests by.
    b" x-amzn-trace-id x-amz-cf-id x-cloud-trace-context cf-ray fly-request-id x-vercel-id"
    b" x-azure-ref x-arr-log-id x-nf-request-id".split()
)
_FAMILIES_OF_TRACING = (b"x-b3-", b"x-datadog-", b"ot-tracer-")
_OF_ONE_CALL = frozenset({b"last-event-id", b"idempotency-key"})
_FAMILIES_OF_ONE_CALL = (b"mcp-param-",)  # arguments of the call, repeated (2026-07-28)

_RENAMED = {b"x-request-id": b"x-notion-request-id"}
"""The gateway's own id of a request has the usual name; Notion's support asks for theirs."""
_WORD_ENDS = re.compile(rb"[-_]")
_KEPT_DECISIONS = 512
CODING = b"accept-encoding"
_READABLE = (CODING, b"identity")
_READ_IN_PASSING = CODINGS | {b"identity"}
_IN_PIECES = frozenset({b"range", b"if-range"})
_KEPT_NAME_BYTES = 64


def goes_upstream(name: bytes) -> bool:
    """Whether a header of this name, in lower case, goes on to Notion."""
    if name in NOT_UPSTREAM:
        return False
    if name.startswith(UPSTREAM_ALL_THE_SAME):
        return True
    hyphened = name.replace(b"_", b"-")  # some servers take one for the other
    if hyphened in NOT_UPSTREAM or hyphened.startswith(FAMILIES_NOT_UPSTREAM):
        return False
    return WORDS_NOT_UPSTREAM.isdisjoint(_WORD_ENDS.split(name))


def goes_downstream(name: bytes) -> bool:
    """Whether a header of this name, in lower case, goes on to the caller."""
    return name not in NOT_DOWNSTREAM and not name.startswith(FAMILIES_NOT_DOWNSTREAM)


def is_of_tracing(name: bytes) -> bool:
    """Whether a header of this name, in lower case, differs from call to call, and says nothing
    that an answer may depend on.
    """
    return name in _OF_TRACING or name.startswith(_FAMILIES_OF_TRACING)


def is_of_one_call(name: bytes) -> bool:
    """Whether a header of this name, in lower case, differs from call to call, whatever it says."""
    return name in _OF_ONE_CALL or name.startswith(_FAMILIES_OF_ONE_CALL) or is_of_tracing(name)


def travels_downstream_as(name: bytes) -> bytes | None:
    """The name that a header of this name, in lower case, goes on to the caller under."""
    return _RENAMED.get(name, name) if goes_downstream(name) else None


@final
class _Names:
    """As what each name travels on, decided once, so that a call looks its headers up and judges
    none. Bounded, because callers choose names.
    """

    def __init__(self, travels_as: Callable[[bytes], bytes | None]) -> None:
        self._travels_as = travels_as
        self.known: dict[bytes, bytes | None] = {}
        """By a name as it came: the name as it goes on; None for one that stays."""

    def kept(self, headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        known = self.known
        found: RawHeaders = []
        named: set[bytes] = set()
        for name, value in headers:
            try:
                name_there = known[name]
            except KeyError:
                name_there = self._decide(name)
            if name_there is not None:
                found.append((name_there, value))
            elif name.lower() == b"connection":
                # It names more hop-by-hop headers, RFC 9110 section 7.6.1.
                named.update(item.strip().lower() for item in value.split(b","))
        if named:
            return [one for one in found if one[0] not in named]
        return found

    def _decide(self, name: bytes) -> bytes | None:
        name_there = self._travels_as(name.lower())
        if len(name) <= _KEPT_NAME_BYTES:
            if len(self.known) >= _KEPT_DECISIONS:
                self.known.clear()
            self.known[name] = name_there
        return name_there


UPSTREAM_NAMES = _Names(lambda name: name if goes_upstream(name) else None)
_DOWNSTREAM_NAMES = _Names(travels_downstream_as)


def asked_as_it_is(headers: RawHeaders) -> RawHeaders:
    """For an answer that is to be read: whole, and not compressed."""
    kept = [_READABLE if one[0] == CODING else one for one in headers if one[0] not in _IN_PIECES]
    return kept if _READABLE in kept else [*kept, _READABLE]


def asked_readably(headers: RawHeaders) -> RawHeaders:
    """For an answer that is looked into while it passes: in no coding that nobody here can read
    (``kernel/compressed.py``), of those that the caller takes.
    """
    return [(CODING, _without_unread(one[1])) if one[0] == CODING else one for one in headers]


def _without_unread(codings: bytes) -> bytes:
    """Of an ``Accept-Encoding`` (RFC 9110 section 12.5.3)."""
    every = {one.strip(): one.partition(b";")[0].strip().lower() for one in codings.split(b",")}
    if _READ_IN_PASSING.issuperset(every.values()):
        return codings
    read = [one for one, coding in every.items() if coding in _READ_IN_PASSING]
    # "identity;q=0" left by itself would have Notion refuse the call.
    return b"identity" if all(every[one] == b"identity" for one in read) else b", ".join(read)


def headers_upstream(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The caller's headers as they go on to Notion, names in lower case."""
    return UPSTREAM_NAMES.kept(headers)


def headers_downstream(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """Notion's headers as they go on to the caller, names in lower case."""
    return _DOWNSTREAM_NAMES.kept(headers)
