"""What came out of a backup is renewed late, and only where Notion says that it can be.

``tests/faults/test_restores.py`` does it with real processes.
"""

import json
from datetime import timedelta

import pytest

from notion_gateway.integration.rules.renewal_timing import is_restored, refresh_after
from notion_gateway.kernel.errors import UpstreamUnreachable
from notion_gateway.kernel.outbound.messages import HttpAnswer
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import judge_introspection
from notion_gateway.oauth.metadata import ServerMetadata, judge_authorization_server
from notion_gateway.oauth.requests import OAuthClient, introspection_request
from tests.support.samples import NOW, pair

_SERVER = ServerMetadata("https://n.example", "https://n.example/a", "https://n.example/t")


def answer(status: int, document: object) -> HttpAnswer:
    return HttpAnswer(status, {}, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("status", "document", "is_good"),
    [
        (200, {"active": True}, True),
        (200, {"active": False}, False),
        (200, {"active": "false"}, None),
        (200, {}, None),
        (200, ["active"], None),
        (401, {"error": "invalid_client"}, None),
        (403, {"active": False}, None),
        (404, {}, None),
    ],
)
def test_only_a_clear_no_says_that_a_token_is_used_up(
    status: int, document: object, is_good: bool | None
) -> None:
    assert judge_introspection(answer(status, document)) is is_good


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
def test_whoever_is_busy_is_asked_again(status: int) -> None:
    with pytest.raises(UpstreamUnreachable):
        judge_introspection(answer(status, {"active": False}))


def test_a_server_without_the_endpoint_is_not_asked() -> None:
    assert introspection_request(_SERVER, OAuthClient("c"), Secret("canary-refresh")) is None


@pytest.mark.parametrize(
    ("named", "known"),
    [
        ("https://n.example/introspect", "https://n.example/introspect"),
        ("https://evil.example/introspect", None),
        ("not an address", None),
        (7, None),
        (None, None),
    ],
)
def test_tokens_are_asked_about_on_notions_own_origin_only(
    named: object, known: str | None
) -> None:
    document = {
        "issuer": "https://n.example",
        "authorization_endpoint": "https://n.example/authorize",
        "token_endpoint": "https://n.example/token",
        "code_challenge_methods_supported": ["S256"],
        "introspection_endpoint": named,
    }
    mcp = "https://n.example/mcp"
    server = judge_authorization_server(answer(200, document), "https://n.example", mcp)
    assert server.introspection_endpoint == known


def test_a_restored_access_token_is_used_to_its_end() -> None:
    before, later = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    restored = pair(issued_at=NOW)
    assert refresh_after(restored, 60.0, later) == restored.expires_at
    for restored_at in (None, before, NOW):
        assert not is_restored(restored, restored_at)
        assert refresh_after(restored, 60.0, restored_at) < restored.expires_at
