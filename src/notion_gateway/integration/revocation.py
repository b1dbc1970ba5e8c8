"""Telling Notion that a grant is over (RFC 7009). Best effort: it is over here either way."""

from dataclasses import dataclass
from typing import final

import structlog

from notion_gateway.integration.rules.grant_ids import in_log
from notion_gateway.integration.rules.integration import Integration
from notion_gateway.integration.store import IntegrationStore
from notion_gateway.kernel.errors import GatewayError, SecretUnreadable
from notion_gateway.kernel.outbound.messages import HttpTransport
from notion_gateway.kernel.secret import Secret
from notion_gateway.oauth.answers import Issued
from notion_gateway.oauth.discovery import Discovery
from notion_gateway.oauth.requests import OAuthClient, TokenHint, revocation_request

log = structlog.stdlib.get_logger()

_OK = 200


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """What revoking takes, opened before the vault's rows are destroyed."""

    grant_id: str
    issuer: str
    client: OAuthClient
    refresh_token: Secret
    access_token: Secret

    @classmethod
    def of(
        cls,
        grant_id: str,
        issuer: str,
        client: OAuthClient,
        issued: Issued,
        redeemed: Secret | None = None,
    ) -> "HeldGrant":
        """A pair that was never recorded; ``redeemed`` stands in for a token not re-issued."""
        refresh_token = issued.refresh_token or redeemed or issued.access_token
        return cls(grant_id, issuer, client, refresh_token, issued.access_token)

    def tokens(self) -> tuple[tuple[Secret, TokenHint], ...]:
        return (self.refresh_token, "refresh_token"), (self.access_token, "access_token")


@final
class Revoker:
    def __init__(
        self, store: IntegrationStore, discovery: Discovery, transport: HttpTransport
    ) -> None:
        self._store = store
        self._discovery = discovery
        self._transport = transport

    async def hold(self, state: Integration) -> HeldGrant | None:
        """None where there is no living grant, or its secrets do not open any more.

        Raises VersionConflict when ``state`` is out of date.
        """
        if state.grant is None or state.tokens is None:
            return None
        try:
            client, secrets = await self._store.client_and(state, "refresh_token", "access_token")
        except SecretUnreadable:
            return None
        return HeldGrant(
            grant_id=state.grant_id,
            issuer=state.grant.issuer,
            client=client,
            refresh_token=secrets["refresh_token"],
            access_token=secrets["access_token"],
        )

    async def revoke(self, held: HeldGrant) -> bool:
        """True when Notion confirmed both. The refresh token goes first: it ends the grant."""
        try:
            server = await self._discovery.server_of(held.issuer)
            confirmed = server.revocation_endpoint is not None
            for token, hint in held.tokens():
                request = revocation_request(server, held.client, token, hint)
                if request is not None:
                    answer = await self._transport.send(request)
                    confirmed = confirmed and answer.status == _OK
        except GatewayError as fault:
            log.warning("revocation_failed", **in_log(held.grant_id), reason=fault.reason)
            return False
        if not confirmed:
            log.warning("revocation_refused", **in_log(held.grant_id))
        return confirmed
