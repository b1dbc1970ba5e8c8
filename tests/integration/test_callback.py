"""GET /integrations/notion/mcp/oauth/callback: every end is a 303 with a status."""

from collections.abc import AsyncGenerator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from notion_gateway.integration.connect import ConnectNotion
from notion_gateway.integration.rules.consent import ConnectError
from notion_gateway.settings import CALLBACK_PATH
from tests.support.asgi import answer
from tests.support.gateway import RETURN_BASE, Answer
from tests.support.privacy import require_private
from tests.support.rig import Rig, a_rig
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

TOKENS = b'{"access_token":"a-token","token_type":"Bearer","expires_in":3600}'


@pytest.fixture
async def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Rig]:
    """A Notion that names the workspace's id only, as the real one does."""
    async with a_rig(tmp_path, monkeypatch, notion={"names_workspace": False}) as rig:
        yield rig


def require_end(end: Answer, path: str) -> None:
    """What holds for every end of a consent, good or bad."""
    assert end.status == 303
    assert end.location.startswith(f"{RETURN_BASE}{path}")
    require_private(end.headers)
    assert "code=" not in end.location


@pytest.mark.promise("seed:callback", "threats:58")
async def test_a_consent_ends_on_the_return_site_with_space_grant_and_workspace(rig: Rig) -> None:
    end = await rig.caller.connect("team", return_path="/projects?tab=notion")

    require_end(end, "/projects?tab=notion&status=success")
    status = await rig.caller.status("team")
    assert end.result == {
        "tab": "notion",
        "status": "success",
        "spaceId": "team",
        "processId": status["process_id"],
        "workspaceId": status["workspace"]["id"],
        "mcp": "connected",
    }


async def test_a_product_may_have_a_page_of_the_name_that_the_gateways_own_has(rig: Rig) -> None:
    end = await rig.caller.connect("team", return_path="/connected")

    require_end(end, "/connected?status=success")


@pytest.mark.promise("seed:first-consent", "seed:consent-again")
async def test_the_first_consent_authorizes_and_the_next_one_refreshes(rig: Rig) -> None:
    first = await rig.caller.connect("team")
    again = await rig.caller.connect("team")

    assert await rig.caller.event_types("team") == ["Authorized", "TokenRefreshed"]
    assert first.result["processId"] != again.result["processId"]
    assert (await rig.caller.status("team"))["process_id"] == again.result["processId"]


@pytest.mark.promise("seed:consent-again")
async def test_consent_again_revokes_the_grant_it_takes_the_place_of(connected: Rig) -> None:
    await connected.caller.connect("team")

    await until(lambda: connected.notion.grant_states() == ["revoked", "active"])
    assert (await connected.caller.call("team")).status == 200


@pytest.mark.promise("seed:first-consent")
async def test_consent_after_a_disconnect_authorizes_anew(connected: Rig) -> None:
    await connected.caller.disconnect("team")
    await connected.caller.connect("team")

    types = await connected.caller.event_types("team")
    assert types == ["Authorized", "Disconnected", "Authorized"]


async def test_a_workspace_that_the_token_answer_does_not_name_is_asked_for_afterwards(
    asking: Rig,
) -> None:
    end = await asking.caller.connect("team")
    assert end.result["status"] == "success"

    await until(lambda: len(asking.sql("SELECT 1 FROM events")) == 2)
    assert await asking.caller.event_types("team") == ["Authorized", "WorkspaceIdentified"]
    workspace = (await asking.caller.status("team"))["workspace"]
    assert workspace["id"] == end.result["workspaceId"]
    assert workspace["name"]


async def test_a_workspace_lookup_that_fails_costs_nobody_the_connection(asking: Rig) -> None:
    asking.notion.wire.instead["/mcp"] = answer(500)

    end = await asking.caller.connect("team")

    assert end.result["status"] == "success"
    await until(lambda: asking.notion.wire.requests.count("POST /mcp") > 0)
    assert (await asking.caller.status("team"))["status"] == "connected"


@pytest.mark.promise("threats:21")
async def test_the_browser_that_started_finishes(rig: Rig) -> None:
    started = await rig.caller.start("team", browser="true")
    ((name, cookie),) = SimpleCookie(started.headers["set-cookie"]).items()
    redirect = await rig.caller.get(started.json["authorizeUrl"], user=None)
    end = await rig.caller.get(
        redirect.location, user=None, headers={"Cookie": f"{name}={cookie.value}; other=1"}
    )

    require_end(end, "/integrations/notion/callback")
    assert end.result["status"] == "success"
    assert "set-cookie" not in end.headers  # for its ten minutes, so that it may come again


async def test_a_person_who_says_no_is_told_that_nothing_was_connected(rig: Rig) -> None:
    state = (await rig.caller.start("team", return_path="/back")).json["state"]
    query = {"error": "access_denied", "error_description": "<script>", "state": state}
    end = await rig.caller.get(CALLBACK_PATH, params=query, user=None)

    require_end(end, "/back")
    assert end.result == {"status": "error", "error": "access_denied"}
    assert rig.notion.wire.exchanges() == 0


@pytest.mark.promise("threats:58")
@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"error": "server_error"}, "authorization_failed"),
        ({"error": "<b>", "code": "x"}, "authorization_failed"),
        ({}, "code_missing"),
        ({"code": ""}, "code_missing"),
        ({"code": "made-up"}, "code_refused"),
    ],
)
async def test_a_consent_that_fails_says_why_in_a_word_of_the_closed_list(
    rig: Rig, query: dict[str, str], error: str
) -> None:
    state = (await rig.caller.start("team", return_path="/back")).json["state"]
    end = await rig.caller.get(CALLBACK_PATH, params={**query, "state": state}, user=None)

    require_end(end, "/back")
    assert end.result == {"status": "error", "error": error}
    assert error in set(ConnectError)
    assert (await rig.caller.status("team"))["status"] == "disconnected"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b'{"error":"invalid_grant"}', "code_refused"),
        (401, b'{"error":"invalid_client"}', "code_refused"),
        (500, b"", "notion_unavailable"),
        (302, b"", "notion_unavailable"),
        (200, b"<html>", "notion_unavailable"),
        (200, TOKENS, "no_refresh_token"),
    ],
)
async def test_an_exchange_that_fails_says_why_in_a_word_of_the_closed_list(
    rig: Rig, status: int, body: bytes, error: str
) -> None:
    back = await rig.caller.consent("team", return_path="/back")
    rig.notion.wire.instead["/token"] = answer(status, body)
    end = await rig.caller.get(back, user=None)

    require_end(end, "/back")
    assert end.result == {"status": "error", "error": error}
    assert rig.notion.wire.exchanges() == 1
    assert (await rig.caller.status("team"))["has_mcp_token"] is False


async def test_a_callback_from_nowhere_ends_on_the_plain_page(rig: Rig) -> None:
    for query in ({}, {"state": "unknown", "code": "x"}, {"state": "\0\n"}):
        end = await rig.caller.get(CALLBACK_PATH, params=query, user=None)

        require_end(end, "/integrations/notion/callback")
        assert end.result == {"status": "error", "error": "state_invalid"}


async def test_a_doubled_parameter_counts_as_none(rig: Rig) -> None:
    back = await rig.caller.consent("team")
    end = await rig.caller.get(f"{back}&code=another", user=None)

    assert end.result["error"] == "code_missing"
    assert rig.notion.wire.exchanges() == 0


async def test_a_crash_in_the_exchange_still_sends_the_person_back(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError

    back = await rig.caller.consent("team", return_path="/back")
    monkeypatch.setattr(ConnectNotion, "_exchange", crash)
    end = await rig.caller.get(back, user=None)

    require_end(end, "/back")
    assert end.result == {"status": "error", "error": "internal"}


async def test_the_landing_page_shows_fixed_texts_only(rig: Rig) -> None:
    page = await rig.caller.get(
        "/integrations/notion/callback",
        params={"status": "error", "error": "<script>alert(1)</script>"},
        user=None,
    )

    assert page.status == 200
    assert b"<script>" not in page.body
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.promise("threats:21")
async def test_a_consent_that_a_server_started_can_be_finished_by_whoever_has_the_link(
    rig: Rig,
) -> None:
    """The limit of what can be seen until the gateway knows its users; SECURITY.md says so."""
    back = await rig.caller.consent("team")
    anybody = await rig.caller.get(back, user=None)
    assert anybody.result["status"] == "success"
    other_user = await rig.caller.get(await rig.caller.consent("team"), user="bob")
    assert other_user.result["error"] == "state_invalid"
