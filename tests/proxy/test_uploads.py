"""A call's place among the open ones is asked for before its body, and bodies are counted."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from notion_gateway.access.bytes_in_flight import BytesInFlight
from notion_gateway.kernel.errors import TooManyRequests
from tests.support.identity import Person, Signer
from tests.support.raw import Connection, connection
from tests.support.rig import Rig
from tests.support.strict_gateway import person, strict_rig
from tests.support.upstreams import RecordingMcp
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.promise("threats:67"),
    pytest.mark.usefixtures("both_ways"),
]

KIB = 1024


@asynccontextmanager
async def limited(
    folder: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, **limits: int
) -> AsyncGenerator[Rig]:
    async with strict_rig(folder, monkeypatch, signer, RecordingMcp(), **limits) as rig:
        yield rig


async def connected(rig: Rig, signer: Signer, user: str) -> tuple[Person, str]:
    who = person(rig, signer, user)
    space = await who.create_space()
    await who.connect(space)
    return Person(who.caller, user, signer, who.now, await who.token(space)), space


@asynccontextmanager
async def uploads(
    rig: Rig, who: Person, path: str, count: int, *framing: str, first: bytes = b""
) -> AsyncGenerator[list[Connection]]:
    """Calls of one person whose bodies have not come yet, or not all of them."""
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {who.bearer}"]
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(connection(rig.gateway.port)) for _ in range(count)
        ]
        for one in opened:
            await one.send("\r\n".join([*head, *framing]).encode() + b"\r\n\r\n" + first)
        yield opened


async def statuses(calls: list[Connection], answered: int) -> list[int]:
    """Once so many are answered; 0 for one that is still waited for. All that are answered together
    are seen: the refused ones are refused before the others' bodies are read.
    """
    heads = [asyncio.create_task(one.head()) for one in calls]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(head.done() for head in heads) < answered:
            await asyncio.wait(
                [head for head in heads if not head.done()], return_when=asyncio.FIRST_COMPLETED
            )
    await asyncio.sleep(0.2)  # for one too many
    for head in heads:
        if not head.done():
            head.cancel()
    ended = await asyncio.gather(*heads, return_exceptions=True)
    return sorted(0 if isinstance(head, BaseException) else head[0] for head in ended)


async def test_a_call_too_many_is_refused_before_its_body_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with limited(tmp_path, monkeypatch, signer, gateway_open_calls=5) as rig:
        ada, space = await connected(rig, signer, "ada")
        for path in (f"/mcp/notion/{space}", "/mcp/notion/proxy"):
            async with uploads(rig, ada, path, 20, "Content-Length: 100") as calls:
                assert await statuses(calls, 15) == [0] * 5 + [429] * 15
            await until(lambda: not rig.gateway.server.server_state.tasks)
        assert (await ada.call(space)).status == 200


async def test_where_only_the_body_names_the_space_the_person_counts_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with limited(tmp_path, monkeypatch, signer, gateway_open_calls=5) as rig:
        ada, space = await connected(rig, signer, "ada")
        anywhere = Person(ada.caller, "ada", signer, ada.now, ada.principal())
        path = "/mcp/notion/proxy"
        async with uploads(rig, anywhere, path, 20, "Content-Length: 100") as calls:
            assert await statuses(calls, 15) == [0] * 5 + [429] * 15
        await until(lambda: not rig.gateway.server.server_state.tasks)
        body = f'{{"method":"ping","meta":{{"space_id":"{space}"}}}}'
        assert (await anywhere.send("POST", path, data=body)).status == 200


async def test_who_is_no_member_has_no_body_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    async with limited(tmp_path, monkeypatch, signer) as rig:
        _, space = await connected(rig, signer, "ada")
        eve = person(rig, signer, "eve")
        eve = Person(eve.caller, "eve", signer, eve.now, eve.principal())
        path = f"/mcp/notion/{space}"
        async with uploads(rig, eve, path, 3, "Content-Length: 4000000") as calls:
            assert await statuses(calls, 3) == [403] * 3


LIMITS = {"gateway_open_bytes_per_person": 100 * KIB, "gateway_open_bytes": 250 * KIB}
ONE_BODY = {"gateway_max_request_bytes": 50 * KIB}
PIECE = b"c800\r\n" + b"x" * 50 * KIB + b"\r\n"


@pytest.mark.parametrize(
    ("framing", "first"),
    [(f"Content-Length: {50 * KIB}", b""), ("Transfer-Encoding: chunked", PIECE)],
)
async def test_bodies_of_one_person_and_of_all_have_a_size_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer, framing: str, first: bytes
) -> None:
    """A length that is told counts before a byte has come, chunks as they come."""
    async with limited(tmp_path, monkeypatch, signer, **LIMITS, **ONE_BODY) as rig:
        async with AsyncExitStack() as stack:
            ends: list[list[int]] = []
            for user, refused in (("ada", 1), ("bob", 1), ("cleo", 2)):
                who, space = await connected(rig, signer, user)
                path = f"/mcp/notion/{space}"
                calls = await stack.enter_async_context(
                    uploads(rig, who, path, 3, framing, first=first)
                )
                ends.append(await statuses(calls, refused))
            assert ends == [[0, 0, 429], [0, 0, 429], [0, 429, 429]]

        await until(lambda: not rig.gateway.server.server_state.tasks)
        ada, space = await connected(rig, signer, "ada")
        large = await ada.call(space, b"x" * 50 * KIB)
        assert large.status == 200  # what was held has been given back


async def test_with_room_for_all_the_same_uploads_are_all_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signer: Signer
) -> None:
    """The control."""
    async with limited(tmp_path, monkeypatch, signer, **ONE_BODY) as rig:
        ada, space = await connected(rig, signer, "ada")
        path = f"/mcp/notion/{space}"
        async with uploads(rig, ada, path, 9, f"Content-Length: {50 * KIB}") as calls:
            assert await statuses(calls, 0) == [0] * 9


def test_what_is_refused_is_not_counted_and_what_ends_is_given_back() -> None:
    bodies = BytesInFlight(per_person=10, in_all=15)
    ada, bob = bodies.held_by("ada"), bodies.held_by("bob")
    ada.take(10)
    for too_much in (ada, bob):
        with pytest.raises(TooManyRequests):
            too_much.take(6)
    bob.take(5)
    with pytest.raises(TooManyRequests):
        bodies.held_by(None).take(1)

    for one in (ada, bob, bob):
        one.give_back()
    bodies.held_by(None).take(15)
