"""What a request holds is bounded and read before anybody is asked, and never breaks a route."""

from io import BytesIO

import pytest

from notion_gateway.access.large_body_route import LargeBodyRoute
from tests.access.routes import Operation, operations
from tests.support.identity import Person
from tests.support.raw import connection
from tests.support.rig import Rig

pytestmark = pytest.mark.anyio

LIMIT = 64 * 1024
WITH_BODY = [
    one for one in operations() if one.body is not None and not one.path.startswith("/mcp/")
]


async def sent(who: Person, operation: Operation, body: bytes, space: str) -> tuple[int, str]:
    target, _ = operation.request(space)
    headers = {"Content-Type": "application/json"}
    answer = await who.send(operation.method, target, data=BytesIO(body), headers=headers)
    return answer.status, answer.reason


async def test_a_body_that_cannot_be_read_is_422_on_every_route(ada: Person) -> None:
    space = await ada.create_space()
    assert len(WITH_BODY) >= 4
    for operation in WITH_BODY:
        for body in (b"{", b"\xff\xfe", b'{"name": "\xff"}', b"[" * 30_000, b"", b"null", b"7"):
            assert await sent(ada, operation, body, space) == (422, "invalid_request"), operation


async def test_a_body_over_the_limit_is_413_on_every_route(ada: Person) -> None:
    space = await ada.create_space()
    for operation in WITH_BODY:
        is_large = operation.path.endswith("/{conversation_id}") and operation.method != "DELETE"
        limit = LargeBodyRoute.MAX_BODY_BYTES if is_large else LIMIT
        body = b'{"name": "' + b"x" * limit + b'"}'
        assert await sent(ada, operation, body, space) == (413, "request_too_large"), operation


@pytest.mark.promise("threats:38")
async def test_of_a_large_body_nothing_is_read_before_it_is_known_whose_it_is(
    strict: Rig, ada: Person
) -> None:
    """Its end never comes: with the head alone a stranger is refused, and Ada is waited for."""
    space = await ada.create_space()
    head = (
        f"PUT /spaces/{space}/conversations/c1 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/json\r\nContent-Length: 4000000\r\n"
    )
    for authorization, status in (("", 401), (f"Authorization: Bearer {ada.principal()}\r\n", 422)):
        async with connection(strict.gateway.port) as raw:
            await raw.send(f"{head}{authorization}\r\n".encode())
            if status == 422:
                await raw.send(b"x" * 4_000_000)
            assert (await raw.head())[0] == status


@pytest.mark.promise("threats:38")
async def test_an_endless_body_from_nobody_is_cut_off(strict: Rig) -> None:
    head = "POST /spaces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    async with connection(strict.gateway.port) as raw:
        await raw.send(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(LIMIT // 4096 + 2):
            await raw.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        status, _ = await raw.head()

    assert status == 413


@pytest.mark.parametrize("space", ["%1F", "a%0D%0AX-Evil:%201", "%22", "a%20b", "%F0%9F%98%80"])
async def test_a_path_that_would_make_no_header_gets_a_challenge_without_it(
    strict: Rig, space: str
) -> None:
    refused = await strict.caller.get(f"/mcp/notion/{space}", user=None)

    assert (refused.status, refused.reason) == (401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert "x-evil" not in refused.headers
