"""A TCP hop between gateways and Notion that stalls: it holds bytes, and delivers them later."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from socket import socket
from typing import Literal, final

from notion_gateway.kernel.clock import steady_seconds

Trap = Literal["hold", "cut", "swallow", "twice"]
"""What happens to a redemption of a refresh token: it is held, and with the last of them everything
else; so it is, and the sender's connection is reset; it never arrives, and nobody is told; it is
delivered twice, one after the other, and the last answer passed on.
"""

_LINGER_SECONDS = 1.0
_GAP_SECONDS = 0.01
_REDEMPTION = b"grant_type=refresh_token"


@final
class StallingPath:
    """``redemptions`` counts those that came by, whatever became of them."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._is_frozen = False
        self._held: list[asyncio.Event] = []
        self._trap: Trap | None = None
        self._times = 0
        self.sprung = asyncio.Event()
        """Every redemption that the trap was set for has come by."""
        self.redemptions = 0
        self.longest_hold_seconds = 0.0

    def set_trap(self, trap: Trap, times: int = 1) -> None:
        """For the next so many redemptions."""
        self._trap, self._times = trap, times
        self.sprung.clear()

    def freeze(self) -> None:
        """From now on whatever arrives is held, on every connection, old and new."""
        self._is_frozen = True

    async def thaw(self) -> None:
        """What was held is delivered, though its sender may have gone: the newest first, which is
        the worst order.
        """
        self._is_frozen, self._times = False, 0
        held, self._held = self._held, []
        for delivery in reversed(held):
            delivery.set()
            await asyncio.sleep(_GAP_SECONDS)

    async def _passes(self, *, held: bool = False) -> None:
        if held or self._is_frozen:
            delivery, since = asyncio.Event(), steady_seconds()
            self._held.append(delivery)
            await delivery.wait()
            self.longest_hold_seconds = max(self.longest_hold_seconds, steady_seconds() - since)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, onward = await asyncio.open_connection("127.0.0.1", self._target_port)
            downward = asyncio.create_task(self._downward(there, writer))
            try:
                await self._upward(reader, writer, onward)
            finally:
                # What is delivered late for somebody who has gone is answered all the same.
                await asyncio.wait((downward,), timeout=_LINGER_SECONDS)
                downward.cancel()
                onward.close()
                writer.close()

    async def _upward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        onward: asyncio.StreamWriter,
    ) -> None:
        seen = bytearray()
        with suppress(ConnectionResetError):
            while data := await reader.read(65536):
                seen += data
                trap = self._spring() if _REDEMPTION in data else None
                if trap == "swallow":
                    await reader.read()
                    return
                if trap == "cut":
                    writer.transport.abort()
                await self._passes(held=trap in ("hold", "cut"))
                if trap == "twice":
                    await self._deliver_alone(bytes(seen[seen.rindex(b"POST ") :]))
                onward.write(data)
                await onward.drain()

    def _spring(self) -> Trap | None:
        self.redemptions += 1
        if self._times == 0:
            return None
        self._times -= 1
        if self._times == 0:
            self.sprung.set()
            if self._trap in ("hold", "cut"):
                self.freeze()
        return self._trap

    async def _deliver_alone(self, request: bytes) -> None:
        """On a connection of its own; the answer is nobody's."""
        there, onward = await asyncio.open_connection("127.0.0.1", self._target_port)
        onward.write(request)
        await there.readuntil(b"\r\n\r\n")
        onward.close()

    async def _downward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._passes()
                if not writer.is_closing():
                    writer.write(data)
            writer.close()


@asynccontextmanager
async def stalling_path(listener: socket, target_port: int) -> AsyncGenerator[StallingPath]:
    """Whoever connects to ``listener`` gets to ``target_port``."""
    path = StallingPath(target_port)
    server = await asyncio.start_server(path.accept, sock=listener)
    try:
        yield path
    finally:
        await path.thaw()
        server.close()
