"""Looking at every part in turn, from the name service to one space's grant.

Nothing is changed: no folder, key or table is made, no token is redeemed, and a client is
registered only when asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol, final
from urllib.parse import urlsplit

from notion_gateway.integration.client_at_notion import ClientRegistration
from notion_gateway.integration.store import IntegrationKeeper
from notion_gateway.kernel.errors import GatewayError, UpstreamUnsuitable, VersionConflict
from notion_gateway.kernel.outbound.messages import HttpRequest
from notion_gateway.oauth.metadata import Provider
from notion_gateway.operations.rules import (
    Finding,
    Verdict,
    broken,
    doubtful,
    fine,
    judge_addresses,
    judge_certificate,
    judge_clock,
    judge_configured,
    judge_document,
    judge_dynamic,
    judge_grant,
    judge_provider,
    judge_readiness,
    judge_secrets,
)
from notion_gateway.ports import Clock, OAuthTransport, TokenVault
from notion_gateway.vault.key_fit import StoredSecrets, look_at_fit

Look = Callable[[], Awaitable[Finding]]

_PATIENCE_SECONDS = 15.0


async def examine(legs: Sequence[Sequence[Look]]) -> AsyncIterator[Finding]:
    """Findings as they come. What builds on something broken is left out of its leg."""
    for leg in legs:
        for look in leg:
            finding = await look()
            yield finding
            if finding.verdict is Verdict.FAILED:
                break


class Network(Protocol):
    """Each raises UpstreamUnreachable or UpstreamTimeout."""

    async def addresses(self, host: str, port: int) -> Sequence[str]: ...

    async def certificate_ends(self, host: str, port: int, *, tls: bool) -> datetime | None:
        """None where there is no TLS."""
        ...


@final
@dataclass
class NotionExamination:
    """``register``: really register a client, which stays unused."""

    mcp_url: str
    allow_private: bool
    network: Network
    registration: ClientRegistration
    clock: Clock
    register: bool = False
    _provider: Provider | None = field(init=False, default=None)

    def leg(self) -> Sequence[Look]:
        return self._dns, self._tls, self._discovery, self._registration, self._time

    @property
    def issuer(self) -> str | None:
        """Once discovery has found it."""
        return self._provider.server.issuer if self._provider else None

    async def _dns(self) -> Finding:
        host, port, _ = self._address()
        try:
            found = await self.network.addresses(host, port)
        except GatewayError as fault:
            return broken("dns", str(fault), "Check NOTION_MCP_URL, the network and its DNS.")
        return judge_addresses(host, found, allow_private=self.allow_private)

    async def _tls(self) -> Finding:
        host, port, tls = self._address()
        try:
            ends = await self.network.certificate_ends(host, port, tls=tls)
        except GatewayError as fault:
            hint = "Look for a firewall or an intercepting proxy on the way, and at the clock."
            return broken("tls", str(fault), hint)
        return judge_certificate(ends, self.clock.now())

    async def _discovery(self) -> Finding:
        try:
            self._provider = await self.registration.providers.provider()
        except UpstreamUnsuitable as fault:
            hint = "NOTION_MCP_URL must be the MCP endpoint itself, with no other site before it."
            return broken("discovery", str(fault), hint)
        except GatewayError as fault:
            return broken("discovery", str(fault), "Try again; if it stays so, check the network.")
        return judge_provider(self._provider)

    async def _registration(self) -> Finding:
        registration, provider = self.registration, await self.registration.providers.provider()
        if registration.configured is not None:
            return judge_configured(registration.configured, provider.server)
        if registration.documents_base is None or not provider.server.reads_client_documents:
            if not self.register or provider.server.registration_endpoint is None:
                return judge_dynamic(provider.server)
            return await self._registered(provider)
        url = (await registration.for_consent(provider)).client_id
        try:
            answer = await registration.transport.send(HttpRequest("GET", url))
        except GatewayError:
            answer = None
        return judge_document(url, answer)

    async def _registered(self, provider: Provider) -> Finding:
        try:
            client = await self.registration.for_consent(provider)
        except GatewayError as fault:
            hint = "Set NOTION_MCP_CLIENT_ID to a client that Notion knows, or try again later."
            return broken("registration", str(fault), hint)
        return fine("registration", f"Registered a client, and left it unused: {client.client_id}")

    async def _time(self) -> Finding:
        try:
            answer = await self.registration.transport.send(HttpRequest("GET", self.mcp_url))
        except GatewayError as fault:
            return doubtful("clock", str(fault), "Try again; if it stays so, check the network.")
        return judge_clock(answer, self.clock.now())

    def _address(self) -> tuple[str, int, bool]:
        parts = urlsplit(self.mcp_url)
        tls = parts.scheme == "https"
        return parts.hostname or "", parts.port or (443 if tls else 80), tls


class KeyUsage(StoredSecrets, Protocol):
    async def count(self) -> Mapping[str, int]:
        """How many secrets each key id wraps. Raises StoreUnavailable."""
        ...


@final
@dataclass(frozen=True)
class StoredExamination:
    """``known_keys``: ids, newest first. ``issuer`` is asked late: Notion's, where known."""

    vault: TokenVault
    usage: KeyUsage
    known_keys: Sequence[str]
    keeper: IntegrationKeeper
    clock: Clock
    issuer: Callable[[], str | None]
    space_id: str

    def leg(self) -> Sequence[Look]:
        return self._secrets, self._grant

    async def _secrets(self) -> Finding:
        try:
            usage = await self.usage.count()
            return judge_secrets(self.known_keys, usage, await look_at_fit(self.vault, self.usage))
        except GatewayError as fault:
            return broken("secrets", str(fault), "Look at the database.")

    async def _grant(self) -> Finding:
        try:
            state = await self.keeper.load(self.space_id)
            if state.grant is not None and state.tokens is not None:
                await self.keeper.client(state)
                await self.keeper.refresh_token(state)
                await self.keeper.access_token(state)
        except VersionConflict:
            return await self._grant()  # a refresh came between: look again
        except GatewayError as fault:
            hint = f"Bring the key back, or: notion-gateway connect --space {self.space_id}"
            return broken("grant", str(fault), hint)
        return judge_grant(state, self.clock.now(), self.issuer())


def looking_at(check: str, look: Callable[[], Awaitable[None]], detail: str, hint: str) -> Look:
    """A look at a part that raises GatewayError when it cannot serve."""

    async def looked() -> Finding:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await look()
        except TimeoutError:
            return broken(check, f"No answer within {_PATIENCE_SECONDS:g} seconds.", hint)
        except GatewayError as fault:
            return broken(check, str(fault), hint)
        return fine(check, detail)

    return looked


def already(finding: Finding) -> Look:
    """What opening a part has shown."""

    async def known() -> Finding:
        return finding

    return known


def looking_for_gateway(url: str, transport: OAuthTransport) -> Look:
    """A gateway need not run: that it does not is worth a word, and no fault."""
    return partial(_gateway, url, transport)


async def _gateway(url: str, transport: OAuthTransport) -> Finding:
    try:
        answer = await transport.send(HttpRequest("GET", f"{url}/readyz"))
    except GatewayError:
        hint = "Start one: ./just start, or notion-gateway serve. Or name another: --gateway."
        return doubtful("gateway", f"No gateway answers at {url}.", hint)
    return judge_readiness(url, answer)
