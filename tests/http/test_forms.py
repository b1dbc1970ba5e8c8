"""Forms of pages: 64 KiB, thirty seconds, urlencoded; and nothing reads a body in another way."""

import ast
import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Body
from fastapi.routing import APIRoute

import notion_gateway
from notion_gateway.access.large_body_route import LargeBodyRoute
from notion_gateway.app import api
from notion_gateway.http import body as request_body
from notion_gateway.http.json_route import BoundedBodyRoute
from notion_gateway.http.pages import PageRoute
from tests.access.routes import leaves
from tests.support.figures import Figure
from tests.support.mcp_login import Logins
from tests.support.raw import connection
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.anyio, pytest.mark.promise("threats:67")]

URLENCODED = "application/x-www-form-urlencoded"
MEBIBYTE = 1024 * 1024
TAKEN = "{} bodies too large, too slow or without an end: {} taken"
FORMS = [
    "/sign-in",
    "/sign-out",
    "/oauth/consent",
    "/oauth/device",
    "/connect/team",
    "/connect/team/mine",
]


def page_forms() -> list[str]:
    return [
        route.path
        for route in leaves(api().routes)
        if isinstance(route, PageRoute) and "POST" in (route.methods or ())
    ]


def test_these_are_all_the_forms() -> None:
    assert sorted(page_forms()) == sorted(one.replace("team", "{space}") for one in FORMS)


def head(path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


# --- what a stranger sends ---


@pytest.mark.parametrize("path", FORMS)
async def test_a_large_form_is_413_before_it_has_come(
    logins: Logins, path: str, figure: Figure
) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), connection(logins.rig.gateway.port) as stranger:
        await stranger.send(head(path, f"Content-Type: {URLENCODED}", "Content-Length: 65537"))
        status, _ = await stranger.head()

    assert status == 413
    figure(TAKEN, 1, int(status < 400))


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_without_an_end_is_413(logins: Logins, path: str, figure: Figure) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), connection(logins.rig.gateway.port) as stranger:
        await stranger.send(head(path, f"Content-Type: {URLENCODED}", "Transfer-Encoding: chunked"))
        for _ in range(17):
            await stranger.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        status, _ = await stranger.head()

    assert status == 413
    figure(TAKEN, 1, int(status < 400))


@pytest.mark.parametrize("path", FORMS)
async def test_an_upload_is_refused_unread(logins: Logins, path: str, figure: Figure) -> None:
    multipart = "Content-Type: multipart/form-data; boundary=b"
    async with asyncio.timeout(PATIENCE_SECONDS), connection(logins.rig.gateway.port) as stranger:
        await stranger.send(head(path, multipart, f"Content-Length: {200 * MEBIBYTE}"))
        status, _ = await stranger.head()

    assert status == 422
    figure(TAKEN, 1, int(status < 400))


@pytest.mark.parametrize("path", FORMS)
async def test_a_field_of_two_mebibytes_is_no_failure_of_the_gateways(
    logins: Logins, path: str
) -> None:
    field = b'--b\r\nContent-Disposition: form-data; name="proof"\r\n\r\n' + b"x" * (2 * MEBIBYTE)
    answer = await logins.rig.caller.send(
        "POST",
        path,
        user=None,
        data=io.BytesIO(field + b"\r\n--b--\r\n"),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )

    assert answer.status == 422
    assert b"<h1>" in answer.body


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_that_does_not_come_is_408_and_a_page(
    logins: Logins, monkeypatch: pytest.MonkeyPatch, path: str, figure: Figure
) -> None:
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.3)
    async with asyncio.timeout(PATIENCE_SECONDS), connection(logins.rig.gateway.port) as stranger:
        await stranger.send(head(path, f"Content-Type: {URLENCODED}", "Content-Length: 100"))
        await stranger.send(b"proof=")
        status, lines = await stranger.head()

    assert status == 408
    figure(TAKEN, 1, int(status < 400))
    assert any(line.startswith(b"content-type: text/html") for line in lines)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("body", [b"&" * 60_000, b"a&" * 30_000, b"\xff=\xff&%zz=%00", b"", b"="])
async def test_a_form_of_nonsense_is_refused_in_words(
    logins: Logins, path: str, body: bytes
) -> None:
    for media_type in (URLENCODED, f"{URLENCODED}; charset=nonsense", "text/plain", "a/b/c;;"):
        answer = await logins.rig.caller.send(
            "POST", path, user=None, data=body, headers={"Content-Type": media_type}
        )
        assert answer.status == 422, (media_type, body)
        assert b"<h1>" in answer.body


# --- by structure ---


def test_whatever_fastapi_reads_from_a_body_was_read_with_limits_before() -> None:
    unlimited = [
        route.path
        for route in leaves(api().routes)
        if route.body_field is not None
        and not isinstance(route, (BoundedBodyRoute, LargeBodyRoute, PageRoute))
    ]

    assert unlimited == []


def test_the_check_above_would_notice_one() -> None:
    """The control."""

    async def careless(word: str = Body()) -> None: ...

    assert APIRoute("/careless", careless, methods=["POST"]).body_field is not None


READS = frozenset({"body", "form", "json", "stream", "receive"})
MAY_READ = {
    "http/body.py": "the one reader",
    "http/pages.py": "looks at what was read before",
    "policy/routes.py": "what BoundedBodyRoute has read, as it was written",
    "proxy/exchange.py": "only to learn that the caller has left",
}


def readers(source: str) -> Iterator[str]:
    """What in a module reads from a request: awaited ``request.form()``, ``receive()`` and such."""
    for node in ast.walk(ast.parse(source)):
        read = node.value if isinstance(node, ast.Await) else None
        read = node.iter if isinstance(node, ast.AsyncFor) else read
        if not isinstance(read, ast.Call):
            continue
        name = read.func
        called = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
        if called in READS and not read.args:
            yield called


def test_no_module_reads_a_body_in_another_way() -> None:
    root = Path(notion_gateway.__file__).parent
    found = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if list(readers(file.read_text()))
    }

    assert found == MAY_READ.keys()


@pytest.mark.parametrize(
    "source",
    [
        "async def a(r): await r.form()",
        "async def a(r): x = (await r.body())[1:]",
        "async def a(receive): await receive()",
        "async def a(r):\n async for part in r.stream(): pass",
    ],
)
def test_the_search_finds_every_way_of_reading(source: str) -> None:
    """The control."""
    assert list(readers(source))
