"""What a person is asked when an MCP client wants to log in, and what they decide."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import final

import structlog

from notion_gateway.access.membership import Members, SpaceAccess
from notion_gateway.access.rules.principal import Means, Principal
from notion_gateway.authorization_server.client_store import ClientStore
from notion_gateway.authorization_server.grant_store import ClientGrantStore
from notion_gateway.authorization_server.rules.clients import McpClient
from notion_gateway.authorization_server.rules.grants import (
    ACCESS_LIFETIME,
    CODE_LIFETIME,
    DECISION_LIFETIME,
    MAX_STATE_CHARACTERS,
    REFRESH_LIFETIME,
    ClientGrant,
    LoginRefused,
    LoginRequest,
    redirect,
    require_challenge,
    space_of,
)
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.randomness import random_identifier, random_token
from notion_gateway.kernel.secret import Secret
from notion_gateway.storage.used_once import UsedOnce

log = structlog.stdlib.get_logger()

_AFTERWARDS = timedelta(seconds=5)


@final
@dataclass(frozen=True)
class ClientApproval:
    """``own``: this gateway's address, under which each space is a resource."""

    own: OwnAddress
    clients: ClientStore
    grants: ClientGrantStore
    members: Members
    once: UsedOnce
    clock: Clock

    def begin(
        self,
        client: McpClient,
        *,
        redirect_uri: str,
        state: str | None,
        code_challenge: str,
        resource: str | None,
    ) -> LoginRequest:
        """What a person is to be asked. Raises LoginRefused; nothing is stored."""
        if state is not None and len(state) > MAX_STATE_CHARACTERS:
            raise LoginRefused("invalid_request", "state is too long")
        return LoginRequest(
            request_id=random_identifier(),
            client_id=client.client_id,
            client_name=client.shown_name,
            redirect_uri=redirect_uri,
            state=state,
            code_challenge=require_challenge(code_challenge),
            space_id=space_of(resource, self.own),
            may_refresh="refresh_token" in client.grant_types,
            expires_at=self.clock.now() + DECISION_LIFETIME,
        )

    def _require_open(self, request: LoginRequest) -> None:
        """Raises InvalidRequest where the person took too long."""
        if self.clock.now() >= request.expires_at:
            raise InvalidRequest("This request has expired. Start again in the program.")

    async def access(self, request: LoginRequest, user_id: str) -> SpaceAccess:
        """Raises InvalidRequest, SpaceNotAccessible (for an absent space as for another's) or
        StoreUnavailable.
        """
        self._require_open(request)
        return await self.members.require(Principal(user_id, Means.SIGN_IN), request.space_id)

    async def deny(self, request: LoginRequest) -> str:
        """Where the browser goes. Raises InvalidRequest where it was decided before."""
        await self._decide_once(request)
        return redirect(
            request.redirect_uri, self.own.url, error="access_denied", state=request.state
        )

    async def allow(
        self, request: LoginRequest, user_id: str, *, read_only: bool, issuer: str | None = None
    ) -> str:
        """Where the browser goes, with a code for the client. ``issuer``: where the person has
        signed in.

        Raises InvalidRequest, SpaceNotAccessible, IssuerRevoked or StoreUnavailable.
        """
        await self.access(request, user_id)
        await self._decide_once(request)
        now, code = self.clock.now(), Secret(random_token())
        grant = ClientGrant(
            client_grant_id=random_identifier(),
            client_id=request.client_id,
            client_name=request.client_name,
            space_id=request.space_id,
            user_id=user_id,
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            read_only=read_only,
            may_refresh=request.may_refresh,
            created_at=now,
            expires_at=now + (REFRESH_LIFETIME if request.may_refresh else ACCESS_LIFETIME),
            code_expires_at=now + CODE_LIFETIME,
            issuer=issuer,
        )
        await self.grants.add(grant, code.fingerprint())
        await self.clients.allowed(request.client_id, now)
        log.info(
            "client_allowed", space_id=grant.space_id, user_id=user_id, client_id=grant.client_id
        )
        return redirect(request.redirect_uri, self.own.url, code=code.reveal(), state=request.state)

    async def _decide_once(self, request: LoginRequest) -> None:
        self._require_open(request)
        key = hashlib.sha256(f"client login\n{request.request_id}".encode()).hexdigest()
        if not await self.once.use(key, request.expires_at + _AFTERWARDS, self.clock.now()):
            raise InvalidRequest("This request was answered before. Start again in the program.")
