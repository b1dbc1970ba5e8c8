"""Looking at every part in turn, from the name service to one space's grant.

Nothing is changed: no folder, key or table is made, no token is redeemed, and a client is
registered only when asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import final
from urllib.parse import urlsplit

from notion_gateway.integration.client_at_notion import ClientAtNotion
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import GatewayError, UpstreamUnsuitable, VersionConflict
from notion_gateway.kernel.outbound.egress import DIRECT, Egress
from notion_gateway.kernel.outbound.messages import HttpRequest, HttpTransport
from notion_gateway.oauth.metadata import Discovered
from notion_gateway.operations.probes import NetworkProbe
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
    judge_discovered,
    judge_document,
    judge_dynamic,
    judge_grant,
    judge_proxy_addresses,
    judge_readiness,
    judge_secrets,
    judge_way,
)
from notion_gateway.vault.checks import look_at_fit
from notion_gateway.vault.secrets_table import SecretsTable
from notion_gateway.vault.vault import Vault

Check = Callable[[], Awaitable[Finding]]

_PATIENCE_SECONDS = 15.0


async def examine(groups: Sequence[Sequence[Check]]) -> AsyncIterator[Finding]:
    """Findings as they come. In a group each check builds on those before it: after one that
    failed, the rest of its group is left out.
    """
    for checks in groups:
        for check in checks:
            finding = await check()
            yield finding
            if finding.verdict is Verdict.FAILED:
                break


@final
@dataclass
class NotionExamination:
    """``register``: really register a client, which stays unused."""

    mcp_url: str
    allow_private: bool
    network: NetworkProbe
    client_at_notion: ClientAtNotion
    clock: Clock
    egress: Egress = DIRECT
    egress_variable: str = "HTTPS_PROXY"
    register: bool = False
    _notion: Discovered | None = field(init=False, default=None)

    def checks(self) -> Sequence[Check]:
        return self._way, self._dns, self._tls, self._discovery, self._registration, self._time

    @property
    def issuer(self) -> str | None:
        """Once discovery has found it."""
        return self._notion.server.issuer if self._notion else None

    async def _way(self) -> Finding:
        return judge_way(self.egress, self.mcp_url, self.egress_variable)

    async def _dns(self) -> Finding:
        host, port, _ = self._address()
        proxy = self.egress.proxy_for(self.mcp_url)
        try:
            if proxy is not None:
                found = await self.network.addresses(proxy.host, proxy.port)
                return judge_proxy_addresses(proxy, found, host)
            found = await self.network.addresses(host, port)
        except GatewayError as fault:
            if proxy is not None:
                return broken("dns", str(fault), f"Check {self.egress_variable} and DNS.")
            return broken("dns", str(fault), "Check NOTION_MCP_URL, the network and its DNS.")
        return judge_addresses(host, found, allow_private=self.allow_private)

    async def _tls(self) -> Finding:
        host, port, tls = self._address()
        proxy = self.egress.proxy_for(self.mcp_url)
        try:
            ends = await self.network.certificate_ends(host, port, tls=tls, proxy=proxy)
        except GatewayError as fault:
            hint = (
                "Look for a firewall or an intercepting proxy on the way, and at the clock;"
                " HTTPS_PROXY names a proxy, SSL_CERT_FILE a company's own authority."
            )
            return broken("tls", str(fault), hint)
        return judge_certificate(ends, self.clock.now())

    async def _discovery(self) -> Finding:
        try:
            self._notion = await self.client_at_notion.discovery.find()
        except UpstreamUnsuitable as fault:
            hint = "NOTION_MCP_URL must be the MCP endpoint itself, with no other site before it."
            return broken("discovery", str(fault), hint)
        except GatewayError as fault:
            return broken("discovery", str(fault), "Try again; if it stays so, check the network.")
        return judge_discovered(self._notion)

    async def _registration(self) -> Finding:
        client, notion = self.client_at_notion, await self.client_at_notion.discovery.find()
        if client.configured is not None:
            return judge_configured(client.configured, notion.server)
        if client.documents_base is None or not notion.server.reads_client_documents:
            if not self.register or notion.server.registration_endpoint is None:
                return judge_dynamic(notion.server)
            return await self._registered(notion)
        url = (await client.for_consent(notion)).client_id
        try:
            answer = await client.transport.send(HttpRequest("GET", url))
        except GatewayError:
            answer = None
        return judge_document(url, answer)

    async def _registered(self, notion: Discovered) -> Finding:
        try:
            client = await self.client_at_notion.for_consent(notion)
        except GatewayError as fault:
            hint = "Set NOTION_MCP_CLIENT_ID to a client that Notion knows, or try again later."
            return broken("registration", str(fault), hint)
        return fine("registration", f"Registered a client, and left it unused: {client.client_id}")

    async def _time(self) -> Finding:
        try:
            answer = await self.client_at_notion.transport.send(HttpRequest("GET", self.mcp_url))
        except GatewayError as fault:
            return doubtful("clock", str(fault), "Try again; if it stays so, check the network.")
        return judge_clock(answer, self.clock.now())

    def _address(self) -> tuple[str, int, bool]:
        parts = urlsplit(self.mcp_url)
        tls = parts.scheme == "https"
        return parts.hostname or "", parts.port or (443 if tls else 80), tls


@final
@dataclass(frozen=True)
class StoredExamination:
    """``known_keys``: ids, newest first. ``issuer`` is asked late: Notion's, where known."""

    vault: Vault
    secrets: SecretsTable
    known_keys: Sequence[str]
    store: IntegrationStore
    clock: Clock
    issuer: Callable[[], str | None]
    space_id: str

    def checks(self) -> Sequence[Check]:
        return self._secrets, self._grant

    async def _secrets(self) -> Finding:
        try:
            usage = await self.secrets.count_by_key()
            fit = await look_at_fit(self.vault, self.secrets.samples)
            return judge_secrets(self.known_keys, usage, fit)
        except GatewayError as fault:
            return broken("secrets", str(fault), "Look at the database.")

    async def _grant(self) -> Finding:
        try:
            state = await self.store.load(self.space_id)
            if state.grant is not None and state.tokens is not None:
                await self.store.client_and(state, "refresh_token", "access_token")
        except VersionConflict:
            return await self._grant()  # a refresh came between: look again
        except GatewayError as fault:
            hint = f"Bring the key back, or: notion-gateway connect --space {self.space_id}"
            return broken("grant", str(fault), hint)
        return judge_grant(state, self.clock.now(), self.issuer())


def part_check(name: str, look: Callable[[], Awaitable[None]], detail: str, hint: str) -> Check:
    """Checks a part that raises GatewayError when it cannot serve."""

    async def checked() -> Finding:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await look()
        except TimeoutError:
            return broken(name, f"No answer within {_PATIENCE_SECONDS:g} seconds.", hint)
        except GatewayError as fault:
            return broken(name, str(fault), hint)
        return fine(name, detail)

    return checked


def known_result(finding: Finding) -> Check:
    """A check whose result is known from opening the part."""

    async def known() -> Finding:
        return finding

    return known


def gateway_check(url: str, transport: HttpTransport) -> Check:
    """A gateway need not run: that it does not is worth a word, and no fault."""
    return partial(_gateway, url, transport)


async def _gateway(url: str, transport: HttpTransport) -> Finding:
    try:
        answer = await transport.send(HttpRequest("GET", f"{url}/readyz"))
    except GatewayError:
        hint = "Start one: ./just start, or notion-gateway serve. Or name another: --gateway."
        return doubtful("gateway", f"No gateway answers at {url}.", hint)
    return judge_readiness(url, answer)
