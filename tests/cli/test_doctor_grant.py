"""doctor on one connection, and on a gateway that should be running."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from notion_gateway.integration.rules.commands import RefuseRefresh, StartRefresh
from notion_gateway.integration.rules.events import Client, Grant, TokenPair
from notion_gateway.integration.rules.integration import Integration, Status
from notion_gateway.kernel.secret import Secret
from notion_gateway.operations.rules import Verdict, judge_grant
from notion_gateway.settings import Settings
from tests.cli.examining import failure, findings
from tests.cli.stored import PROCESS_ID, REFRESH_TOKEN, store

pytestmark = pytest.mark.anyio


async def test_a_connection_that_notion_ended(settings: Settings, notion: str) -> None:
    sha256 = Secret(REFRESH_TOKEN).fingerprint()
    await store(settings, RefuseRefresh(PROCESS_ID, sha256, "invalid_grant"), issuer=notion)

    failed = await failure(settings)

    assert failed.check == "grant"
    assert "invalid_grant" in failed.detail
    assert "notion-gateway connect" in (failed.hint or "")


async def test_a_grant_of_another_notion_than_the_configured_one(settings: Settings) -> None:
    await store(settings, issuer=f"https://{uuid.uuid4().hex}.example")

    failed = await failure(settings)

    assert failed.check == "grant"
    assert "never sent there" in failed.detail


async def test_a_refresh_whose_end_is_not_known(settings: Settings, notion: str) -> None:
    sha256 = Secret(REFRESH_TOKEN).fingerprint()
    await store(settings, StartRefresh(PROCESS_ID, sha256), issuer=notion)

    assert (await findings(settings))["grant"].verdict is Verdict.WARNING


async def test_something_else_where_the_gateway_should_be(settings: Settings, notion: str) -> None:
    found = await findings(settings, gateway=notion)

    assert found["gateway"].verdict is Verdict.FAILED
    assert "no Notion MCP Gateway" in found["gateway"].detail


@pytest.mark.parametrize(("days", "verdict"), [(21, Verdict.OK), (23, Verdict.WARNING)])
async def test_a_grant_that_nobody_has_kept_alive(days: int, verdict: Verdict) -> None:
    issued_at = datetime.now(UTC)
    pair = TokenPair(
        access_token_id="a",
        refresh_token_id="r",
        refresh_token_sha256="s",
        issued_at=issued_at,
        expires_at=issued_at + timedelta(hours=1),
    )
    grant = Grant(
        process_id="p", issuer="i", resource="r", client=Client(client_id="c"), authorized_by="u"
    )
    state = Integration("space", 1, Status.CONNECTED, grant, pair)

    assert judge_grant(state, issued_at + timedelta(days=days), None).verdict is verdict
