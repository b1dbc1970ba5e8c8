"""Fifty people who ask for each other's spaces, over a few kept connections."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.access.routes import Operation
from tests.support.identity import Person
from tests.support.rig import Rig

LANES = 8
_SIGNED_AGAIN_AFTER_SECONDS = 20.0


@dataclass
class Findings:
    """``crossings``: what got anything but the one refusal."""

    asked: Counter[str] = field(default_factory=Counter[str])
    pairs: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    crossings: list[str] = field(default_factory=list[str])


@dataclass
class Member:
    """Owner of one space."""

    person: Person
    space: str
    _bearer: str = ""
    _signed: float = -_SIGNED_AGAIN_AFTER_SECONDS

    @property
    def bearer(self) -> str:
        """A signed principal, used again and again; it lives for a minute, the crowd for longer."""
        if time.monotonic() - self._signed >= _SIGNED_AGAIN_AFTER_SECONDS:
            self._bearer, self._signed = self.person.principal(), time.monotonic()
        return self._bearer


async def everybody(rig: Rig, people: Sequence[Person]) -> list[Member]:
    found: list[Member] = []
    for one in people:
        space = await one.create_space(f"Space of {one.user}")
        found.append(Member(one, space))
    return found


async def cross(
    rig: Rig, members: Sequence[Member], operations: Sequence[Operation], *, every: int
) -> Findings:
    """Everybody asks for everybody else's space, on one route in ``every``: which ones changes
    from pair to pair, so that each person tries each route.
    """
    findings = Findings()
    work = [
        (operation, caller, members[owner].space)
        for place, caller in enumerate(members)
        for owner in range(len(members))
        if owner != place
        for number, operation in enumerate(operations)
        if (place + owner + number) % every == 0
    ]
    await asyncio.gather(
        *(_lane(rig.gateway.port, work[one::LANES], findings) for one in range(LANES))
    )
    return findings


async def _lane(
    port: int, work: Sequence[tuple[Operation, Member, str]], findings: Findings
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for operation, caller, space in work:
            target, headers = operation.request(space)
            head = [
                f"{operation.method} {target} HTTP/1.1",
                f"Host: 127.0.0.1:{port}",
                f"Authorization: Bearer {caller.bearer}",
                *(f"{name}: {value}" for name, value in headers.items()),
            ]
            if operation.body is not None:
                head += ["Content-Type: application/json", f"Content-Length: {len(operation.body)}"]
            writer.write("\r\n".join([*head, "", ""]).encode() + (operation.body or b""))
            status, body = await _answer(reader)
            findings.asked[str(operation)] += 1
            findings.pairs.add((caller.person.user, space))
            if status != 403 or body is None or b'"space_not_accessible"' not in body:
                findings.crossings.append(f"{caller.person.user} {operation}: {status}")
            if body is None:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes | None]:
    """Status and body; None for a stream, which may stay open for good and is not read."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if name.lower() == b"transfer-encoding":
            return status, None
    return status, await reader.readexactly(length)
