from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from notion_gateway.integration.rules.renewal_timing import backoff_seconds, refresh_after
from notion_gateway.proxy.rules.headers import headers_downstream, headers_upstream
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
