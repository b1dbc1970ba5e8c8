"""What a second use of a refresh token means, at every moment."""

from datetime import UTC, datetime, timedelta

import pytest

from notion_gateway.authorization_server.rules.grants import (
    LoginRefused,
    RefreshToken,
    RefreshVerdict,
    judge_refresh,
    redirect,
    space_of,
)

NOW = datetime(2026, 7, 28, tzinfo=UTC)
FRESH = RefreshToken("hash", "grant", NOW, NOW + timedelta(days=30))


def used(seconds_ago: float, *, rotations: int = 1, is_followed: bool = False) -> RefreshToken:
    at = NOW - timedelta(seconds=seconds_ago)
    return RefreshToken("hash", "grant", at, FRESH.expires_at, at, rotations, is_followed)


@pytest.mark.parametrize(
    ("token", "now", "verdict"),
    [
        (FRESH, NOW, RefreshVerdict.ROTATE),
        (FRESH, FRESH.expires_at, RefreshVerdict.EXPIRED),
        (used(0), NOW, RefreshVerdict.ROTATE),
        (used(10), NOW, RefreshVerdict.ROTATE),
        (used(10.001), NOW, RefreshVerdict.REUSED),
        (used(1, rotations=2), NOW, RefreshVerdict.ROTATE),
        (used(1, rotations=3), NOW, RefreshVerdict.REUSED),
        (used(1, is_followed=True), NOW, RefreshVerdict.REUSED),
        (used(3600 * 24 * 40), NOW, RefreshVerdict.REUSED),
    ],
)
def test_one_use_a_short_retry_and_everything_else_is_theft(
    token: RefreshToken, now: datetime, verdict: RefreshVerdict
) -> None:
    assert judge_refresh(token, now) is verdict


@pytest.mark.parametrize(
    "resource",
    [
        None,
        "",
        "https://gateway.example/mcp/notion",
        "https://gateway.example/mcp/notion/",
        "https://gateway.example/mcp/notion/proxy",
        "https://gateway.example/mcp/notion/a/b",
        "https://gateway.example/mcp/notion/a?b",
        "https://gateway.example/mcp/notion/a#b",
        "https://gateway.example:443/mcp/notion/a",
        "HTTPS://gateway.example/mcp/notion/a",
        "https://gateway.example.evil/mcp/notion/a",
        "http://gateway.example/mcp/notion/a",
    ],
)
def test_a_resource_is_one_spaces_address_to_the_letter(resource: str | None) -> None:
    assert space_of("https://gateway.example/mcp/notion/a", "https://gateway.example") == "a"
    with pytest.raises(LoginRefused) as refused:
        space_of(resource, "https://gateway.example")
    assert refused.value.error == "invalid_target"


def test_a_redirect_keeps_the_clients_own_query() -> None:
    assert redirect("app:/cb?x=1", "https://gateway.example", code="c", state=None) == (
        "app:/cb?x=1&code=c&iss=https%3A%2F%2Fgateway.example"
    )
