"""Lists that are answered from memory, over real sockets: to whom, until when, and as what."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from notion_gateway.proxy import list_cache
from notion_gateway.proxy.list_cache import ListCache
from notion_gateway.proxy.opening import Proxy
from notion_gateway.proxy.rules.lists import ListQuestion, NewsOfLists
from notion_gateway.storage.change_feed import Notice
from tests.proxy.callbacks import state
from tests.proxy.test_path_costs import Costs
from tests.support.asgi import chunk, read_body, start
from tests.support.gateway import Answer
from tests.support.identity import Signer
from tests.support.raw import ask, connection
from tests.support.rig import Rig, a_rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import JSON_HEADERS, SSE_HEADERS, RecordingMcp
from tests.support.waiting import until

pytestmark = pytest.mark.anyio

MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}
FRESH = {"list_ttl_ms": 60_000, "list_cache_scope": "public"}


def message(method: str, version: str, call_id: object = 1, **params: Any) -> bytes:
    if version == MODERN:
        params["_meta"] = META
    return json.dumps(
        {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
    ).encode()


def heads(method: str, version: str) -> dict[str, str]:
    named = {"Mcp-Method": method} if version == MODERN else {}
    return {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": version,
        **named,
    }


async def listed(
    rig: Rig,
    call_id: object = 1,
    *,
    space: str = "team",
    method: str = "tools/list",
    version: str = MODERN,
    user: str = "ada",
    headers: dict[str, str] | None = None,
    **params: Any,
) -> Answer:
    return await rig.caller.call(
        space,
        message(method, version, call_id, **params),
        headers={**heads(method, version), **(headers or {})},
        user=user,
    )


def nothing(*_: object) -> None:
    """In place of what is guarded by."""


def asked(rig: Rig, method: str = "tools/list") -> int:
    """How often Notion was."""
    methods: dict[str, int] = rig.notion.simulator.counters.snapshot()["mcp"]["methods"]
    return methods.get(method, 0)


def lists_of(rig: Rig) -> ListCache:
    proxy: Proxy = state(rig)["proxy"]
    assert proxy.lists is not None
    return proxy.lists


def hearing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Spaces of which a gateway has heard that something changed. Of its own connecting it hears
    a moment later, and then drops what it has in memory of the space.
    """
    heard, changed = set[str](), Proxy.changed

    def hears(proxy: Proxy, notice: Notice) -> None:
        changed(proxy, notice)
        heard.add(notice.space_id)

    monkeypatch.setattr(Proxy, "changed", hears)
    return heard


@asynccontextmanager
async def before_notion(
    folder: Path, monkeypatch: pytest.MonkeyPatch, notion: dict[str, Any] = FRESH, **gateway: Any
) -> AsyncGenerator[Rig]:
    """Before the whole simulator, without sessions."""
    heard = hearing(monkeypatch)
    async with a_rig(
        folder, monkeypatch, notion={"session_ids": False, **notion}, **gateway
    ) as rig:
        await rig.caller.connect("team")
        await until(lambda: "team" in heard)
        yield rig


# --- before the simulated Notion ------------------------------------------------------------


@pytest.mark.parametrize(("version", "seconds"), [(MODERN, 0.0), ("2025-11-25", 60.0)])
@pytest.mark.parametrize("response_mode", ["sse", "json"])
async def test_a_list_is_answered_from_memory_byte_for_byte_until_its_time_is_over(
    both_ways: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    seconds: float,
    response_mode: str,
) -> None:
    notion = {**FRESH, "response_mode": response_mode}
    async with before_notion(tmp_path, monkeypatch, notion, notion_mcp_list_seconds=seconds) as rig:
        for method in ("tools/list", "resources/list"):
            direct = await listed(rig, 1, method=method, version=version)
            assert direct.status == 200
            with capture_logs() as logs:
                for call_id in (1, 'a"\\n"', 2**53):
                    again = await listed(rig, call_id, method=method, version=version)
                    written = json.dumps(call_id).encode()
                    assert again.body == direct.body.replace(b'"id":1,', b'"id":%b,' % written)
                    assert (
                        json.loads(again.body.removeprefix(b"event: message\r\ndata: "))["id"]
                        == call_id
                    )
                    assert again.headers["content-type"] == direct.headers["content-type"]
                    assert again.headers["x-request-id"] != direct.headers["x-request-id"]
            outcomes = [one["outcome"] for one in logs if one["event"] == "request"]
            assert outcomes.count("answered_from_cache") == 3
            assert asked(rig, method) == 1
            rig.clock.skip(61)
            assert (await listed(rig, method=method, version=version)).body == direct.body
            assert asked(rig, method) == 2


async def test_what_a_coroutine_kept_is_found_in_callbacks_and_the_other_way_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page's calls run in coroutines (``Origin``), and Notion is not told of it."""
    async with before_notion(tmp_path, monkeypatch) as rig:
        page = {"Origin": "http://localhost:3000"}
        warm = await listed(rig, cursor="offset:0")
        assert warm.status == 200
        first = await listed(rig, headers=page)
        assert asked(rig) == 2
        assert (await listed(rig)).body == first.body
        assert (await listed(rig, headers=page, cursor="offset:0")).body == warm.body
        assert asked(rig) == 2


@pytest.mark.parametrize("is_heard", [True, False])
async def test_a_list_that_has_changed_is_asked_for_again(
    both_ways: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_heard: bool
) -> None:
    """Without an ear for the news, which is the control, the old list is answered."""
    if not is_heard:
        monkeypatch.setattr(NewsOfLists, "is_in", nothing)
    async with before_notion(tmp_path, monkeypatch) as rig:
        news = rig.notion.simulator.list_news
        listen = "subscriptions/listen"
        wanted = {"toolsListChanged": True}
        async with rig.caller.http.post(
            f"{rig.caller.url}/mcp/notion/team",
            data=message(listen, MODERN, 9, notifications=wanted),
            headers={**heads(listen, MODERN), "X-User-ID": "ada"},
        ) as stream:
            assert b"acknowledged" in await stream.content.readuntil(b"acknowledged")
            before = await listed(rig)
            rig.notion.change(tool_set="minimum")
            assert (await listed(rig)).body == before.body
            await news.announce()
            await stream.content.readuntil(b"tools/list_changed")
            after = await listed(rig)
        assert (len(after.body) < len(before.body)) is is_heard
        assert asked(rig) == (2 if is_heard else 1)


async def test_nothing_is_kept_of_a_session_or_where_notion_says_no_time(
    both_ways: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with before_notion(
        tmp_path, monkeypatch, {"session_ids": True}, notion_mcp_list_seconds=60.0
    ) as rig:
        version = "2025-11-25"
        begin = message(
            "initialize",
            version,
            protocolVersion=version,
            capabilities={},
            clientInfo={"name": "test", "version": "1"},
        )
        opened = await rig.caller.call("team", begin, headers=heads("initialize", version))
        session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        for _ in range(2):
            answer = await listed(rig, version=version, headers=session)
            assert answer.status == 200
        assert asked(rig) == 2
        for _ in range(2):  # ttlMs is 0, whatever is set here
            assert (await listed(rig)).status == 200
        assert asked(rig) == 4
        assert len(lists_of(rig)) == 0


async def test_a_compressed_list_is_kept_and_answered_as_it_is(
    both_ways: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a client of today asks, and a content delivery network before Notion answers."""
    said = b'{"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}'
    packed = gzip.compress(said)
    notion = RecordingMcp(
        headers=[*JSON_HEADERS, (b"content-encoding", b"gzip")],
        chunks=(packed[:9], packed[9:]),
        length=False,
    )
    heard = hearing(monkeypatch)
    async with a_rig(tmp_path, monkeypatch, mcp=notion, notion_mcp_list_seconds=60.0) as rig:
        await rig.caller.connect("team")
        await until(lambda: "team" in heard)
        codings = {"Accept-Encoding": "gzip, deflate, br, zstd"}
        first = await listed(rig, version="2025-11-25", headers=codings)
        again = await listed(rig, 2, version="2025-11-25", headers=codings)
        assert len([one for one in notion.seen if b"tools/list" in one.body]) == 1

    assert (first.body, first.headers["content-encoding"]) == (packed, "gzip")
    assert again.body == said.replace(b'"id": 1', b'"id": 2')
    assert "content-encoding" not in again.headers


async def test_a_gateway_without_room_for_lists_asks_each_time(
    both_ways: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with before_notion(tmp_path, monkeypatch, notion_mcp_list_bytes=0) as rig:
        for _ in range(2):
            assert (await listed(rig)).status == 200
        assert asked(rig) == 2
        assert state(rig)["proxy"].lists is None


# --- before a Notion that lists who asks ----------------------------------------------------


@dataclass
class Listing:
    """Its one tool is named after the token that it is asked with. ``GET`` is a stream that says
    what ``say`` is given.
    """

    scope: str = "public"
    asked: list[bytes] = field(default_factory=list[bytes])
    open: list[asyncio.Queue[bytes]] = field(default_factory=list[asyncio.Queue[bytes]])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        if scope["method"] == "GET":
            await self._listen(send)
            return
        call = json.loads(body)
        token = dict(scope["headers"])[b"authorization"]
        self.asked.append(token)
        tool = {"name": hashlib.sha256(token).hexdigest()}
        result = {"tools": [tool], "ttlMs": 60_000, "cacheScope": self.scope}
        answer = json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result}).encode()
        length = (b"content-length", b"%d" % len(answer))
        await start(send, 200, [*JSON_HEADERS, length])
        await send({"type": "http.response.body", "body": answer, "more_body": False})

    async def _listen(self, send: Send) -> None:
        said = asyncio.Queue[bytes]()
        self.open.append(said)
        await start(send, 200, SSE_HEADERS)
        async for part in _parts(said):
            await chunk(send, part)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _parts(said: asyncio.Queue[bytes]) -> AsyncIterator[bytes]:
    while part := await said.get():
        yield part


@pytest.fixture
def listing() -> Listing:
    return Listing()


@asynccontextmanager
async def before(
    listing: Listing, folder: Path, monkeypatch: pytest.MonkeyPatch, *others: str
) -> AsyncGenerator[Rig]:
    heard = hearing(monkeypatch)
    async with a_rig(folder, monkeypatch, mcp=listing) as rig:
        for space in ("team", *others):
            await rig.caller.connect(space)
        await until(lambda: heard >= {"team", *others})
        yield rig


def without_the_grant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a question alone finds a list, and nothing drops one."""

    def by_question(one: ListQuestion, *_: object, **__: object) -> tuple[str, str, None, bytes]:
        return "", "", None, one.key

    monkeypatch.setattr(list_cache, "_key", by_question)
    monkeypatch.setattr(ListCache, "drop", nothing)


@pytest.mark.parametrize("is_guarded", [True, False])
async def test_another_spaces_list_is_never_answered(
    both_ways: str,
    listing: Listing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_guarded: bool,
) -> None:
    if not is_guarded:
        without_the_grant(monkeypatch)
    async with before(listing, tmp_path, monkeypatch, "other") as rig:
        answers = [await listed(rig, space=one) for one in ("team", "other", "team", "other")]
    bodies = [one.body for one in answers]
    assert bodies[:2] == bodies[2:]
    assert (bodies[0] != bodies[1]) is is_guarded
    assert len(listing.asked) == (2 if is_guarded else 1)


@pytest.mark.parametrize("is_guarded", [True, False])
@pytest.mark.parametrize("ends", ["consent", "refresh", "disconnect"])
async def test_a_new_consent_a_renewal_and_a_disconnect_begin_without_lists(
    both_ways: str,
    listing: Listing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ends: str,
    is_guarded: bool,
) -> None:
    if not is_guarded:
        without_the_grant(monkeypatch)
    async with before(listing, tmp_path, monkeypatch) as rig:
        first = await listed(rig)
        assert (await listed(rig)).body == first.body
        if ends == "refresh":
            proxy: Proxy = state(rig)["proxy"]
            tokens = proxy.calls.access_tokens
            await tokens.replace("team", await tokens.lend("team"))
        elif ends == "disconnect":
            await rig.caller.disconnect("team")
            refused = await listed(rig)
            assert refused.reason == "not_connected"
            await rig.caller.connect("team")
        else:
            await rig.caller.connect("team")
        second = await listed(rig)
    assert (second.body != first.body) is is_guarded
    assert len(listing.asked) == (2 if is_guarded else 1)


async def test_a_private_list_is_its_askers_and_a_public_one_the_grants(
    both_ways: str, listing: Listing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with before(listing, tmp_path, monkeypatch) as rig:
        for scope, more in (("private", 2), ("public", 1)):
            listing.scope = scope
            lists_of(rig).drop_all()
            so_far = len(listing.asked)
            for user in ("ada", "bob", "ada", "bob"):
                assert (await listed(rig, user=user)).status == 200
            assert len(listing.asked) == so_far + more


async def test_news_on_a_get_stream_that_comes_in_pieces_drops_the_lists(
    both_ways: str, listing: Listing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with before(listing, tmp_path, monkeypatch) as rig:
        url, who = f"{rig.caller.url}/mcp/notion/team", {"X-User-ID": "ada"}
        async with rig.caller.http.get(url, headers=who) as stream:
            await listed(rig)
            for part in (b'data: {"method":"notifications/tools/list_', b'changed"}\n\n'):
                await listed(rig)
                assert len(listing.asked) == 1
                listing.open[0].put_nowait(part)
                assert await stream.content.readexactly(len(part)) == part
            await until(lambda: len(lists_of(rig)) == 0)
            await listed(rig)
            assert len(listing.asked) == 2
            listing.open[0].put_nowait(b"")


async def test_a_list_from_memory_costs_one_write_and_nothing_at_notion(
    listing: Listing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = Costs(monkeypatch)
    async with before(listing, tmp_path, monkeypatch) as rig, connection(rig.gateway.port) as raw:
        for call_id in range(53):
            if call_id == 3:
                costs.begin()
            answer = await ask(raw, body=message("tools/list", MODERN, call_id))
            assert json.loads(answer)["id"] == call_id
        costs.end()

    assert costs.to_notion == []
    assert len(costs.to_callers) == 50
    assert costs.of_calls == []
    assert len(listing.asked) == 1


# --- what every call passes -----------------------------------------------------------------


@pytest.mark.parametrize("both_ways", ["as it comes", "in callbacks"], indirect=True)
async def test_a_list_from_memory_counts_and_is_refused_as_any_call(
    both_ways: str,
    listing: Listing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signer: Signer,
) -> None:
    heard = hearing(monkeypatch)
    async with strict_rig(
        tmp_path, monkeypatch, signer, listing, gateway_calls_per_minute=4
    ) as rig:
        ada, bob = person(rig, signer, "ada"), person(rig, signer, "bob")
        space = await ada.create_space()
        await ada.connect(space)
        await until(lambda: space in heard)
        await ada.add(space, "bob")
        limited = await bob.token(space, read_only=True)
        body, headers = message("tools/list", MODERN), heads("tools/list", MODERN)

        async def by(token: str, **more: str) -> Answer:
            said = {**headers, "Authorization": f"Bearer {token}", **more}
            return await rig.caller.call(space, body, headers=said, user=None)

        assert (await by(limited)).status == 200
        assert (await by(limited)).status == 200
        assert len(listing.asked) == 1
        other_form = {"Content-Type": "application/json; charset=utf-16"}
        assert (await by(limited, **other_form)).status == 403
        assert (await by("ngw_nobody")).status == 401
        statuses = [(await by(limited)).status for _ in range(4)]
        assert statuses[-1] == 429
        rig.clock.skip(61)
        await ada.send("DELETE", f"/spaces/{space}/members/bob")
        assert (await by(limited)).status in (401, 403)
        assert len(listing.asked) == 1
