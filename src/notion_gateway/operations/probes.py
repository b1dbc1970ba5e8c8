"""Looks at the network and at files from outside, for whoever asks what is wrong."""

import asyncio
import os
import socket
import ssl
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from notion_gateway.kernel.errors import UpstreamTimeout, UpstreamUnreachable


@final
class NetworkProbe:
    """Every method raises UpstreamUnreachable or UpstreamTimeout, with the fault in words."""

    def __init__(self, timeout_seconds: float = 10.0) -> None:
        self._timeout_seconds = timeout_seconds

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """As this machine resolves the name, in its order, each once."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise UpstreamTimeout(f"{host} was not resolved in time.") from None
        except OSError as fault:
            raise UpstreamUnreachable(f"{host} does not resolve ({fault.strerror}).") from None
        return list(dict.fromkeys(str(one[4][0]) for one in found))

    async def certificate_ends(self, host: str, port: int, *, tls: bool) -> datetime | None:
        """Connects, with TLS as the gateway does it: name and chain are checked.

        None without ``tls``.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                writer = await self._connected(host, port, tls=tls)
        except TimeoutError:
            raise UpstreamTimeout(f"{host}:{port} did not answer in time.") from None
        except ssl.SSLCertVerificationError as fault:
            raise UpstreamUnreachable(
                f"The certificate of {host}:{port} is not accepted ({fault.verify_message})."
            ) from None
        except ssl.SSLError as fault:
            raise UpstreamUnreachable(f"{host}:{port} speaks no TLS ({fault.reason}).") from None
        except OSError as fault:
            reason = os.strerror(fault.errno) if fault.errno else type(fault).__name__
            raise UpstreamUnreachable(f"{host}:{port} cannot be reached ({reason}).") from None
        certificate = writer.get_extra_info("peercert")
        writer.transport.abort()
        if certificate is None:
            return None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)

    async def _connected(self, host: str, port: int, *, tls: bool) -> asyncio.StreamWriter:
        """One address after the other: asked for all at once, asyncio hides why each failed."""
        context = ssl.create_default_context() if tls else None
        name = host if tls else None
        refused = OSError()
        for address in await self.addresses(host, port):
            try:
                _, writer = await asyncio.open_connection(
                    address, port, ssl=context, server_hostname=name
                )
            except ssl.SSLError:
                raise
            except OSError as fault:
                refused = fault
            else:
                return writer
        raise refused


def permissions(*paths: Path) -> dict[str, int]:
    """Mode bits by path, of those that exist."""
    return {str(path): stat.S_IMODE(path.stat().st_mode) for path in paths if path.exists()}


def is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)
