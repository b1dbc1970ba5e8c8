import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.integration.rules.renewal_timing import backoff_seconds, refresh_after
from notion_gateway.proxy.rules import headers as rules
from notion_gateway.proxy.rules.headers import (
    asked_readably,
    headers_downstream,
    headers_upstream,
)
from tests.cli.processes import ROOT
from tests.support.figures import Figure
from tests.support.samples import NOW, pair


@given(st.integers(1, 24 * 3600), st.floats(0, 3600), st.text("abcdef0123456789", min_size=8))
def test_a_token_is_renewed_before_it_expires_but_not_as_soon_as_it_comes(
    lifetime: int, margin: float, name: str
) -> None:
    tokens = pair(name, lifetime=timedelta(seconds=lifetime))
    at = refresh_after(tokens, margin)
    assert at <= tokens.expires_at
    assert at >= tokens.issued_at + timedelta(seconds=lifetime * 0.79)


def test_a_long_lived_token_is_renewed_about_a_minute_before_its_end() -> None:
    early = pair("x").expires_at - refresh_after(pair("x"), 60)
    assert timedelta(seconds=60) <= early <= timedelta(seconds=72)


def test_tokens_issued_together_are_not_renewed_together() -> None:
    times = {refresh_after(pair(chr(33 + n) * 4), 60) for n in range(80)}
    assert len(times) > 60


def test_back_off_grows_to_half_a_minute_and_heeds_retry_after() -> None:
    assert [backoff_seconds(n, None) for n in range(1, 8)] == [1, 2, 5, 10, 30, 30, 30]
    assert backoff_seconds(1, 120) == 120


def test_everything_travels_upstream_but_what_is_about_the_connection_or_the_caller() -> None:
    kept = [
        (b"accept", b"application/json, text/event-stream"),
        (b"mcp-param-filter", b"one"),
        (b"mcp-param-filter", b"two"),
        (b"traceparent", b"00-1-2-01"),
        (b"x-new-in-2029", b"yes"),
    ]
    dropped = [
        (b"authorization", b"Bearer caller"),
        (b"cookie", b"a=b"),
        (b"origin", b"https://app.example"),
        (b"host", b"gateway"),
        (b"content-length", b"3"),
        (b"connection", b"keep-alive, X-Hop"),
        (b"x-hop", b"1"),
        (b"transfer-encoding", b"chunked"),
        (b"x-user-id", b"ann"),
        (b"x-space-id", b"demo"),
        (b"notion-version", b"2022-06-28"),
    ]
    assert headers_upstream([*dropped, *kept]) == kept


def test_everything_travels_downstream_but_cookies_challenges_and_the_origins_own() -> None:
    kept = [(b"content-type", b"text/event-stream"), (b"mcp-session-id", b"s"), (b"allow", b"GET")]
    dropped = [
        (b"Set-Cookie", b"a=b"),
        (b"WWW-Authenticate", b"Bearer"),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"Connection", b"close"),
        (b"Alt-Svc", b"h3"),
    ]
    assert headers_downstream([*dropped, *kept]) == kept


def test_times_are_kept_in_utc() -> None:
    assert refresh_after(pair(), 60).utcoffset() == timedelta(0) == NOW.utcoffset()


def test_notions_request_id_does_not_pass_for_the_gateways() -> None:
    assert headers_downstream([(b"X-Request-Id", b"n")]) == [(b"x-notion-request-id", b"n")]


ADDED_ON_THE_WAY = [
    "x-forwarded-access-token",
    "x-forwarded-client-cert",
    "x-forwarded-user",
    "x-forwarded-for",
    "x-auth-request-user",
    "x-auth-request-access-token",
    "x-auth-request-email",
    "x-amzn-oidc-data",
    "x-amzn-oidc-accesstoken",
    "x-amzn-oidc-identity",
    "x-amzn-trace-id",
    "x-amz-cf-id",
    "cf-access-jwt-assertion",
    "cf-access-client-secret",
    "cf-connecting-ip",
    "cf-ray",
    "cf-ipcountry",
    "x-goog-iap-jwt-assertion",
    "x-goog-authenticated-user-email",
    "x-goog-api-key",
    "x-serverless-authorization",
    "x-apigateway-api-userinfo",
    "x-appengine-user-ip",
    "x-ms-token-aad-access-token",
    "x-ms-client-principal",
    "x-ms-client-principal-name",
    "via",
    "forwarded",
    "x-real-ip",
    "true-client-ip",
    "client-ip",
    "x-cluster-client-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "x-vercel-oidc-token",
    "x-original-url",
    "x-envoy-external-address",
    "remote-user",
    "remote-groups",
    "x-remote-user",
    "x-webauth-user",
    "x-authentik-jwt",
    "x-pomerium-claim-email",
    "x-consumer-username",
    "tailscale-user-login",
    "ssl-client-cert",
    "client-cert",
    "client-cert-chain",
    "x-api-token",
    "x-csrf-token",
    "proxy-authorization",
    "proxy-status",
    "cookie",
    "x-new-cloud-2029-jwt",
    "x-of-nobody-access-token",
    "x_forwarded_access_token",
    "x_auth_request_user",
    "sec-fetch-site",
    "from",
]
OF_MCP = [
    "accept",
    "accept-encoding",
    "accept-language",
    "content-type",
    "content-encoding",
    "user-agent",
    "mcp-session-id",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "mcp-param-region",
    "mcp-param-user-token",
    "mcp-auth-hint-of-2029",
    "last-event-id",
    "traceparent",
    "tracestate",
    "baggage",
    "x-request-id",
    "x-of-tomorrow",
    "cache-control",
]


@pytest.mark.promise("threats:71")
@pytest.mark.parametrize("name", ADDED_ON_THE_WAY)
def test_what_proxies_and_clouds_add_about_the_caller_stays_here(name: str, figure: Figure) -> None:
    travelling = headers_upstream([(name.encode(), b"v")])
    assert travelling == []
    figure("{} headers about the caller: {} travel on", 1, len(travelling))


@pytest.mark.promise("threats:71")
def test_without_families_and_words_their_members_would_travel_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "FAMILIES_NOT_UPSTREAM", ())
    monkeypatch.setattr(rules, "WORDS_NOT_UPSTREAM", frozenset[bytes]())

    travelling = [name for name in ADDED_ON_THE_WAY if rules.goes_upstream(name.encode())]
    assert {"x-amzn-oidc-data", "cf-ray", "x-of-nobody-access-token"} <= set(travelling)


@pytest.mark.parametrize("name", OF_MCP)
def test_what_a_generation_of_mcp_says_or_may_add_goes_on(name: str) -> None:
    assert headers_upstream([(name.encode(), b"v")]) == [(name.encode(), b"v")]


@pytest.mark.parametrize(
    "name",
    [
        *("set-cookie2", "set-login", "access-control-allow-private-network", "nel", "report-to"),
        *("x-accel-redirect", "x-sendfile", "surrogate-control", "proxy-authenticate"),
        *("authentication-info", "origin-agent-cluster", "service-worker-allowed"),
    ],
)
def test_what_notion_says_to_browsers_and_proxies_about_an_origin_stays_here(name: str) -> None:
    assert headers_downstream([(name.encode(), b"v")]) == []


def test_the_proxys_own_buffering_is_notions_to_switch_off() -> None:
    assert headers_downstream([(b"X-Accel-Buffering", b"no")]) == [(b"x-accel-buffering", b"no")]


def test_the_pages_table_of_headers_is_what_the_code_does() -> None:
    text = (ROOT / "docs" / "http-api.md").read_text()
    table = text.partition("#### Headers, by name")[2].partition("\n#")[0]
    said: dict[str, set[str]] = {}
    for line in table.splitlines():
        if line.startswith("| to "):
            way, what, names = [cell.strip() for cell in line.strip("|").split("|")][:3]
            said.setdefault(f"{way}, {what}", set()).update(re.findall(r"`([^`]+)`", names))

    def told(*names: bytes) -> set[str]:
        return {name.decode() for name in names}

    def families(*names: bytes) -> set[str]:
        return {f"{name.decode()}*" for name in names}

    assert said == {
        "to Notion, stays": told(*rules.NOT_UPSTREAM) | families(*rules.FAMILIES_NOT_UPSTREAM),
        "to Notion, stays by a word": told(*rules.WORDS_NOT_UPSTREAM),
        "to Notion, goes": families(*rules.UPSTREAM_ALL_THE_SAME),
        "to the caller, stays": told(*rules.NOT_DOWNSTREAM)
        | families(*rules.FAMILIES_NOT_DOWNSTREAM),
    }


def test_decisions_that_callers_can_add_are_bounded() -> None:
    for number in range(5000):
        headers_upstream([(b"x-made-up-%d" % number, b"v"), (b"x" * 500 + b"%d" % number, b"v")])

    assert len(rules.UPSTREAM_NAMES.known) <= 512
    assert all(len(name) <= 64 for name in rules.UPSTREAM_NAMES.known)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (b"gzip, deflate", b"gzip, deflate"),
        (b"GZIP;q=0.5,identity", b"GZIP;q=0.5,identity"),
        (b"gzip, deflate, br, zstd", b"gzip, deflate"),
        (b"br;q=1.0, gzip;q=0.8, *;q=0.1", b"gzip;q=0.8"),
        (b"br", b"identity"),
        (b"*", b"identity"),
        (b"br, identity;q=0", b"identity"),
        (b"made-up, x-gzip", b"x-gzip"),
    ],
)
def test_where_answers_are_looked_into_notion_is_asked_for_no_coding_that_cannot_be_read(
    given: bytes, asked: bytes
) -> None:
    rest = [(b"accept", b"application/json"), (b"x-coding", b"br")]
    assert asked_readably([*rest, (b"accept-encoding", given)]) == [
        *rest,
        (b"accept-encoding", asked),
    ]
    assert asked_readably(rest) == rest
