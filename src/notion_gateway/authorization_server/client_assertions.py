"""Programs that prove who they are with a key of their own (``private_key_jwt``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import final

from notion_gateway.access.jwt import JwtVerifier
from notion_gateway.authorization_server.client_directory import ClientDirectory
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.machines import (
    ASSERTION_TYPE,
    judge_assertion,
    once_key,
)
from notion_gateway.authorization_server.rules.refusals import Refused
from notion_gateway.authorization_server.rules.token_times import SKEW
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.authorization_server.signed_tokens import (
    CLIENT_ASSERTION,
    issuer_named,
    verified,
)
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.storage.used_once import UsedOnce


@final
@dataclass(frozen=True)
class ClientAssertions:
    """``own``: this gateway's address, which is the audience of assertions."""

    own: OwnAddress
    once: UsedOnce
    clock: Clock

    async def require(self, assertion: str, client_id: str, verifier: JwtVerifier) -> None:
        """That the client has signed it, for this gateway, and that it was not used before. Raises
        LoginRefused, IdentityUnavailable or StoreUnavailable.
        """
        claims = await verified(assertion, verifier, CLIENT_ASSERTION)
        now = self.clock.now()
        why = judge_assertion(claims, client_id, self.own.url, now)
        if why is not None:
            raise Refused(why)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC) + SKEW
        if not await self.once.use(once_key(client_id, claims["jti"]), expires_at, now):
            raise Refused(Why.ASSERTION_REPLAYED)


@final
@dataclass(frozen=True)
class KeyedClients:
    """Clients that come with an issuer's assertion, and whose keys the operator has named:
    ``verifiers``, by client id. Such a client has no other way to prove itself there.
    """

    verifiers: Mapping[str, JwtVerifier]
    assertions: ClientAssertions
    directory: ClientDirectory

    async def proven(
        self, client_id: str, sent: Mapping[str, str], *, shows_secret: bool
    ) -> McpClient | None:
        """Whom a request is from, by its key; None where there is none in question: the client has
        none, and shows none. ``client_id`` may be empty: the assertion names it as well (RFC 7521
        section 4.2). Raises LoginRefused, IdentityUnavailable or StoreUnavailable.
        """
        assertion = sent.get("client_assertion")
        if assertion is None:
            if client_id in self.verifiers:
                raise Refused(Why.CLIENT_ASSERTION_MISSING)
            return None
        if shows_secret:
            raise Refused(Why.CLIENT_PROVES_ITSELF_TWICE)
        if sent.get("client_assertion_type") != ASSERTION_TYPE:
            raise Refused(Why.ASSERTION_TYPE_UNKNOWN)
        claimed = issuer_named(assertion, CLIENT_ASSERTION)
        if client_id and claimed != client_id:
            raise Refused(Why.ASSERTION_ISSUER)
        verifier = self.verifiers.get(claimed)
        client = await self.directory.redeeming(claimed)
        if verifier is None or client is None:
            raise Refused(Why.CLIENT_KEYS_UNKNOWN)
        await self.assertions.require(assertion, claimed, verifier)
        return client
