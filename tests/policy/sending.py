"""Sends the corpus' attempts to a gateway, as raw bytes, and reads what comes back."""

import asyncio
import contextlib
import gzip
from dataclasses import dataclass

from tests.policy.ways_round import MODERN, Attempt, message, raw
from tests.support.raw import Connection, connection
from tests.support.rig import Rig

WITH_POLICY, WITHOUT = "team", "open"
"""Spaces of ``guarded``."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    head: bytes
    body: bytes

    def shows(self, *tools: str) -> bool:
        """Whether one of them stands in it, in any form that a reader would unpack."""
        forms = [self.body]
        if self.body.startswith(b"\x1f\x8b"):
            forms.append(gzip.decompress(self.body))
        return any(one.encode() in form for form in forms for one in tools)


async def send(
    rig: Rig, space: str, attempt: Attempt, generation: str, *, session: str | None = None
) -> Reply:
    """By a connection of its own, as raw bytes. It stays open, as clients keep theirs: calls that
    memory can answer go another way there than on one that is to be closed.
    """
    async with connection(rig.gateway.port) as there:
        await there.send(written(space, attempt, generation, session))
        head = await there.reader.readuntil(b"\r\n\r\n")
        if attempt.stays_open and b"text/event-stream" in head.lower():
            body = await _first_event(there)
        else:
            body = await _body(there, head.lower())
    return Reply(int(head.split(b" ")[1]), head, body)


async def _body(there: Connection, head: bytes) -> bytes:
    """As far as it comes: what is kept back is cut off."""
    if b"transfer-encoding: chunked" in head:
        found = b""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while size := int(await there.reader.readuntil(b"\r\n"), 16):
                found += (await there.reader.readexactly(size + 2))[:-2]
        return found
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length: "):
            return await there.reader.readexactly(int(line.partition(b": ")[2]))
    return b""


async def _first_event(there: Connection) -> bytes:
    """Of a stream whose end would be waited for in vain: it is the caller's to make."""
    found = b""
    while b"\n\n" not in found and b"\n\r\n" not in found:
        part = await there.reader.read(65536)
        if not part:
            break
        found += part
    return found


async def beginning(
    rig: Rig, space: str, attempt: Attempt, generation: str, session: str | None
) -> bytes:
    """How an answer begins that stays open: its head, and its first event."""
    async with connection(rig.gateway.port) as there:
        await there.send(written(space, attempt, generation, session))
        return await there.reader.readuntil(b"\n\n")


def written(space: str, attempt: Attempt, generation: str, session: str | None) -> bytes:
    headers: dict[str, str | list[str] | None] = {
        "Host": "127.0.0.1",
        "X-User-ID": "ada",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": generation,
        **({} if session is None else {"Mcp-Session-Id": session}),
        **attempt.headers,
    }
    body, framing = attempt.body, f"Content-Length: {len(attempt.body)}"
    if attempt.is_chunked:
        framing = "Transfer-Encoding: chunked"
        pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"
    lines = [f"{attempt.method} /mcp/notion/{space}{attempt.path} {attempt.version}"]
    for name, value in headers.items():
        values = value if isinstance(value, list) else [value]
        lines += [f"{name}: {one}" for one in values if one is not None]
    return "\r\n".join([*lines, framing, "", ""]).encode() + body


def reached(rig: Rig) -> int:
    """How many requests Notion's MCP server was sent."""
    opened: int = rig.notion.simulator.counters.snapshot()["mcp"]["opened"]
    return opened


async def begin(rig: Rig, space: str, generation: str, *, shows_forms: bool = False) -> str | None:
    """A session, where the generation has them."""
    if generation == MODERN:
        return None
    hello = message(
        generation,
        "initialize",
        protocolVersion=generation,
        capabilities={"elicitation": {}} if shows_forms else {},
        clientInfo={"name": "test", "version": "1"},
    )
    reply = await send(rig, space, Attempt(raw(hello)), generation)
    assert reply.status == 200, reply
    found = [one for one in reply.head.split(b"\r\n") if one.startswith(b"mcp-session-id: ")]
    session = found[0].partition(b": ")[2].decode()
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await send(rig, space, Attempt(raw(ready)), generation, session=session)).status == 202
    return session
