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
from notion_gateway.kernel.outbound.egress import EgressProxy
from notion_gateway.kernel.outbound.session import trusted_certificates


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

    async def certificate_ends(
        self, host: str, port: int, *, tls: bool, proxy: EgressProxy | None = None
    ) -> datetime | None:
        """Connects, with TLS as the gateway does it: name and chain are checked. Through
        ``proxy``, where there is one.

        None without ``tls``.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                if proxy is not None:
                    writer = await self._tunnelled(host, port, proxy)
                else:
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

    async def _tunnelled(self, host: str, port: int, proxy: EgressProxy) -> asyncio.StreamWriter:
        """CONNECT, and TLS with ``host`` inside (RFC 9110 section 9.3.6)."""
        behind_tls = trusted_certificates() if proxy.url.startswith("https:") else None
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port, ssl=behind_tls)
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = b""
        status = head.partition(b"\r\n")[0].partition(b" ")[2].decode("latin-1")
        if not status.startswith("200"):
            writer.transport.abort()
            raise UpstreamUnreachable(
                f"The proxy {proxy.url} does not connect to {authority}"
                f" ({status or 'no HTTP answer'})."
            )
        await writer.start_tls(trusted_certificates(), server_hostname=host)
        return writer

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
