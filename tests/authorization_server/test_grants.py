"""What a second use of a refresh token means, at every moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notion_gateway.access.rules.gateway_tokens import is_refresh_token, is_well_formed
from notion_gateway.authorization_server.rules.grants import (
    LoginRefused,
    RefreshToken,
    RefreshVerdict,
    judge_refresh,
    redirect,
    space_of,
    successor,
)
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.secret import Secret

NOW = datetime(2026, 7, 28, tzinfo=UTC)
FRESH = RefreshToken("hash", "grant", NOW, NOW + timedelta(days=30))


def used(seconds_ago: float, **changes: bool) -> RefreshToken:
    return replace(FRESH, used_at=NOW - timedelta(seconds=seconds_ago), **changes)


@pytest.mark.parametrize(
    ("token", "now", "verdict"),
    [
        (FRESH, NOW, RefreshVerdict.ROTATE),
        (FRESH, FRESH.expires_at, RefreshVerdict.EXPIRED),
        (used(0), NOW, RefreshVerdict.REPEAT),
        (used(10), NOW, RefreshVerdict.REPEAT),
        (used(10.001), NOW, RefreshVerdict.REUSED),
        (used(1, is_followed=True), NOW, RefreshVerdict.REUSED),
        (used(1, is_forked=True), NOW, RefreshVerdict.REUSED),
        (replace(FRESH, is_forked=True), NOW, RefreshVerdict.REUSED),
        (used(3600 * 24 * 40), NOW, RefreshVerdict.REUSED),
    ],
)
def test_one_use_a_short_retry_and_everything_else_is_theft(
    token: RefreshToken, now: datetime, verdict: RefreshVerdict
) -> None:
    assert judge_refresh(token, now) is verdict


def test_what_follows_a_refresh_token_is_one_token_of_each_kind_for_each_key() -> None:
    old, other = Secret("nmgr_" + "a" * 49), Secret("nmgr_" + "b" * 49)
    made = [
        successor(one, prefix, key).reveal()
        for one in (old, other)
        for prefix in ("nmgr_", "nmga_")
        for key in (b"k" * 32, b"l" * 32)
    ]

    assert len({token[5:] for token in made}) == len(made)
    assert successor(old, "nmgr_", b"k" * 32).reveal() == made[0]
    assert is_refresh_token(made[0])
    assert is_well_formed(made[2])


OWN = OwnAddress("https://gateway.example", ["mcp.example"])


@pytest.mark.parametrize(
    "resource",
    [
        "https://gateway.example/mcp/notion/a@b",
        "https://gateway.example/mcp/notion/a@b/",
        "https://gateway.example/mcp/notion/a%40b",
        "https://gateway.example/mcp/notion/%61%40b/",
        "https://gateway.example:443/mcp/notion/a@b",
        "HTTPS://Gateway.Example/mcp/notion/a@b",
        "https://mcp.example/mcp/notion/a@b",
    ],
)
def test_a_resource_is_one_spaces_address_in_any_spelling(resource: str) -> None:
    assert space_of(resource, OWN) == "a@b"


@pytest.mark.parametrize(
    "resource",
    [
        None,
        "",
        "https://gateway.example/mcp/notion",
        "https://gateway.example/mcp/notion/",
        "https://gateway.example/mcp/notion/proxy",
        "https://gateway.example/mcp/notion/proxy/",
        "https://gateway.example/mcp/notion/a/b",
        "https://gateway.example/mcp/notion/a%2Fb",
        "https://gateway.example/mcp/notion/a%252F",
        "https://gateway.example/mcp/notion/a//",
        "https://gateway.example//mcp/notion/a",
        "https://gateway.example/mcp/notion/../notion/a",
        "https://gateway.example/MCP/notion/a",
        "https://gateway.example/mcp/notion/a?b",
        "https://gateway.example/mcp/notion/a?",
        "https://gateway.example/mcp/notion/a#b",
        "https://gateway.example/mcp/notion/a#",
        "https://gateway.example:8443/mcp/notion/a",
        "https://me@gateway.example/mcp/notion/a",
        "https://gateway.example.evil/mcp/notion/a",
        "https://evil.example/mcp/notion/a",
        "https://127.0.0.1/mcp/notion/a",
        "http://127.0.0.1:8000/mcp/notion/a",
        "http://gateway.example/mcp/notion/a",
        "https://gateway.example:port/mcp/notion/a",
    ],
)
def test_a_resource_that_is_no_spaces_address_is_refused(resource: str | None) -> None:
    with pytest.raises(LoginRefused) as refused:
        space_of(resource, OWN)
    assert refused.value.error == "invalid_target"


def test_a_redirect_keeps_the_clients_own_query() -> None:
    assert redirect("app:/cb?x=1", "https://gateway.example", code="c", state=None) == (
        "app:/cb?x=1&code=c&iss=https%3A%2F%2Fgateway.example"
    )
