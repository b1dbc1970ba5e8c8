"""A whole life with debug logs on; then every sink is searched for every secret there was."""

import json
import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from notion_gateway.settings import CALLBACK_PATH
from tests.support.asgi import answer, headers_of, read_body, replayed, start, transport_of
from tests.support.canaries import files_in, leaks, said, spellings
from tests.support.clocks import SharedClock
from tests.support.figures import Figure
from tests.support.gateway import Caller, calling, query_of
from tests.support.notion import Notion, serving_notion
from tests.support.processes import gateway_process
from tests.support.upstreams import RecordingMcp

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:18")]

LOGGED = (
    "connected",
    "disconnected",
    "exchange_unclear",
    "token_refreshed",
    "refresh_unclear",
    "authorization_failed",
    "revocation_refused",
    "request_failed",
)
CALLERS_OWN = ("Basic canary-of-the-caller-0123456789", "session=canary-cookie-of-the-caller")


@dataclass
class Life:
    """Everything that can happen to a space, the unpleasant things above all."""

    notion: Notion
    caller: Caller
    database: Path

    async def live(self) -> None:
        await self.consents_that_fail()
        await self.a_refresh()
        await self.a_notion_that_quotes_what_it_was_sent()
        await self.a_notion_that_quotes_the_bearer_token()
        await self.a_grant_that_is_refused()
        await self.damage()
        for space in ("team", "refused", "damaged"):
            await self.caller.status(space)
            await self.caller.events(space)
        await self.caller.disconnect("team")

    async def consents_that_fail(self) -> None:
        self.notion.wire.instead["/token"] = quoting(500)
        back = await self.caller.consent("team")
        for _ in range(2):
            await self.caller.get(back, user=None)
        state = query_of(await self.caller.consent("team"))["state"]
        for query in (
            {"code": "canary-code-of-nobody-0123456789", "state": state},
            {"error": "canary-error-0123456789-0123456789", "state": "x"},
        ):
            await self.caller.get(CALLBACK_PATH, params=query, user=None)
            self.notion.wire.secrets |= set(query.values()) - {state, "x"}
        self.notion.wire.instead.clear()

    async def a_refresh(self) -> None:
        await self.caller.connect("team", browser="true")  # ends in another browser
        assert (await self.caller.connect("team")).result["status"] == "success"
        headers = dict(zip(("Proxy-Authorization", "Cookie"), CALLERS_OWN, strict=True))
        self.notion.expire_access_tokens()
        assert (await self.caller.call("team", headers=headers)).status == 200
        assert len(self.notion.wire.refreshes()) == 1

    async def a_notion_that_quotes_what_it_was_sent(self) -> None:
        for status in (200, 400, 401, 500):
            space = f"quoted-{status}"
            await self.caller.connect(space)
            self.notion.wire.instead["/token"] = quoting(status)
            self.notion.expire_access_tokens()
            assert (await self.caller.call(space)).status != 200
            await self.caller.disconnect(space)
            self.notion.wire.instead.clear()

    async def a_notion_that_quotes_the_bearer_token(self) -> None:
        await self.caller.connect("team")
        moved = b"HTTP/1.1 307 Moved\r\nLocation: /"
        for beginning in (b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 ", b"", moved):
            self.notion.wire.instead["/mcp"] = garbled(beginning)
            assert (await self.caller.call("team")).status == 502
        self.notion.wire.instead["/mcp"] = dying
        with pytest.raises(Exception, match="payload"):
            await self.caller.call("team")
        self.notion.wire.instead.clear()

    async def a_grant_that_is_refused(self) -> None:
        await self.caller.connect("refused")
        self.notion.wire.instead["/token"] = quoting(400, error="invalid_grant")
        self.notion.expire_access_tokens()
        assert (await self.caller.call("refused")).status != 200
        self.notion.wire.instead.clear()
        await self.caller.connect("refused")

    async def damage(self) -> None:
        """Rows that do not open, and an event that cannot be read."""
        await self.caller.connect("damaged")
        with sqlite3.connect(self.database) as database:
            database.execute("UPDATE secrets SET ciphertext = x'00' WHERE space_id = 'damaged'")
            event = '{"type": "NotionIntegrationAuthorized", "at": "canary"}'
            database.execute(
                "UPDATE events SET data = ? WHERE stream LIKE '%/quoted-500'", (event,)
            )
        database.close()
        assert (await self.caller.call("damaged")).status == 500
        assert (await self.caller.call("quoted-500")).status == 500
        assert (await self.caller.get("/integrations/notion/quoted-500")).status == 500


def quoting(status: int, error: str = "server_error") -> Any:
    """A token endpoint that repeats the request it got, as some error pages do."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        sent = await read_body(receive)
        document = {"error": error, "error_description": sent.decode(), "access_token": 1}
        headers = [(b"x-echo", sent), (b"retry-after", sent)]
        body = json.dumps(document).encode()
        await answer(status, body, headers)(scope, replayed(sent, receive), send)

    return app


def garbled(beginning: bytes) -> Any:
    """An answer that is no HTTP and has the bearer token in it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read_body(receive)
        token = headers_of(scope)[b"authorization"]
        transport_of(scope).write(beginning + b"Bad \x00 Header " + token + b"\r\n\r\n")
        transport_of(scope).close()
        await receive()

    return app


async def dying(scope: Scope, receive: Receive, send: Send) -> None:
    await read_body(receive)
    await start(send, 200, [(b"content-length", b"10")])
    transport_of(scope).close()
    await receive()


async def test_no_secret_is_in_any_log_file_row_header_or_body(
    tmp_path: Path, figure: Figure
) -> None:
    data, log = tmp_path / "data", tmp_path / "gateway.log"
    debugging = {
        "GATEWAY_LOG_LEVEL": "debug",
        "NOTION_MCP_TOKEN_AUTH_METHOD": "client_secret_post",
    }
    async with serving_notion(clock=SharedClock(), mcp=RecordingMcp()) as notion:
        async with (
            gateway_process(data, notion.url, log, **debugging) as gateway,
            calling(gateway.url) as caller,
        ):
            await Life(notion, caller, data / "gateway.sqlite3").live()
            sinks = {f"live {name}": content for name, content in files_in(data).items()}
            key = sinks.pop("live encryption.key").decode().partition(":")[2].strip()
            await gateway.stop()
        secrets = {*notion.wire.secrets, *(one.partition("canary")[2] for one in CALLERS_OWN), key}
        sinks |= files_in(data) | {"log": log.read_bytes(), "answers": said(caller.heard)}
        del sinks["encryption.key"]

    assert len(secrets) > 30
    for event in LOGGED:
        assert f'"event": "{event}"'.encode() in sinks["log"], event
    assert b"SQLite format 3" in sinks["gateway.sqlite3"]
    assert "live gateway.sqlite3-wal" in sinks  # emptied, whenever secrets were destroyed
    found = leaks(secrets, sinks)
    assert found == []
    figure(
        "{} secrets searched for in {} files and answers of {:.1f} MB: {} found",
        len(secrets),
        len(sinks),
        sum(map(len, sinks.values())) / 1e6,
        len(found),
    )


async def test_the_search_finds_a_secret_in_each_of_its_spellings() -> None:
    """The control."""
    secret = f"{uuid.uuid4()}:0123456789abcdef:canary0123456789ABCDEFcanary012345"
    for written in spellings(secret):
        found = leaks([secret], {"sink": b"before " + written + b" after"})
        assert found == ["secret 0 in sink"]
    assert leaks([secret], {"sink": b"something else"}) == []
