"""Programs that prove who they are by a token of where they run: GitHub Actions, Kubernetes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, final
from urllib.parse import urlsplit

import structlog

from notion_gateway.access.gateway_tokens import TokenWish, require_sensible
from notion_gateway.access.issuer_keys import IssuerKeys
from notion_gateway.access.jwt import (
    OIDC_ALGORITHMS,
    FixedKeys,
    JwtVerifier,
    read_key_set,
)
from notion_gateway.access.rate_limiter import RateLimiter
from notion_gateway.access.rules.workloads import WORKLOAD_PREFIX, Workload, require_narrow
from notion_gateway.access.workloads import Workloads
from notion_gateway.authorization_server.client_tokens import IssuedTokens
from notion_gateway.authorization_server.machine_tokens import token_for
from notion_gateway.authorization_server.machines import MachineKeys, is_public, require_usable
from notion_gateway.authorization_server.rules.refusals import (
    About,
    AskedTooOften,
    Refused,
    refused_about,
)
from notion_gateway.authorization_server.rules.why import Why
from notion_gateway.authorization_server.rules.workloads import (
    TOKEN_LIFETIME,
    judge_workload,
    space_of_exchange,
)
from notion_gateway.authorization_server.signed_tokens import WORKLOAD_TOKEN, issuer_named, verified
from notion_gateway.kernel.addresses import is_loopback_name
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import InvalidRequest
from notion_gateway.kernel.own_address import OwnAddress
from notion_gateway.kernel.randomness import random_identifier

log = structlog.stdlib.get_logger()

_WAIT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class WorkloadIdentity:
    """Which tokens an owner lets in: see ``Workload``. Without ``audience``, this gateway."""

    issuer: str
    subject: str
    audience: str | None = None
    keys: MachineKeys = field(default_factory=MachineKeys)


@final
@dataclass(frozen=True)
class WorkloadExchange:
    """``own``: this gateway's address. ``keys`` reaches public addresses only, and this machine.
    ``refused`` counts by address, ``asked`` tokens by workload.
    """

    own: OwnAddress
    workloads: Workloads
    keys: IssuerKeys
    refused: RateLimiter
    asked: RateLimiter
    clock: Clock

    def wanted(self, by: str, wish: TokenWish, identity: WorkloadIdentity) -> Workload:
        """What an owner wants to allow, once it makes sense. Raises InvalidRequest."""
        require_sensible(wish)
        if not identity.issuer.strip():
            raise InvalidRequest("issuer is missing: send the iss of the tokens.")
        require_narrow(identity.subject)
        require_usable(identity.keys)
        if identity.keys.jwks is None and not self._can_be_asked(identity.issuer):
            raise InvalidRequest(
                "The issuer must be a public https address, or send its keys (jwks) as well."
            )
        now = self.clock.now()
        return Workload(
            workload_id=f"{WORKLOAD_PREFIX}{random_identifier()}",
            name=" ".join(wish.name.split()),
            issuer=identity.issuer,
            audience=identity.audience or self.own.url,
            subject=identity.subject,
            allowed_at=now,
            allowed_by=by,
            expires_at=now + timedelta(days=wish.expires_in_days),
            jwks=identity.keys.jwks,
            jwks_url=identity.keys.jwks_uri,
            read_only=wish.read_only,
            tools=wish.tools,
        )

    def _can_be_asked(self, issuer: str) -> bool:
        """Http on this machine is for a gateway that is on it itself: for development."""
        if is_public(issuer):
            return True
        try:
            parts, own = urlsplit(issuer), urlsplit(self.own.url)
        except ValueError:
            return False
        here = is_loopback_name(own.hostname or "") and is_loopback_name(parts.hostname or "")
        return here and parts.scheme in ("http", "https")

    async def token(self, sent: Mapping[str, str], address: str) -> IssuedTokens:
        """For a request to the token endpoint. Raises LoginRefused, TooManyRequests,
        IdentityUnavailable or StoreUnavailable.
        """
        space_id = space_of_exchange(sent, self.own)
        if self.refused.is_spent(address):
            raise AskedTooOften(
                Why.WORKLOAD_REFUSALS_TOO_MANY,
                "Too many refused tokens from this address. Wait a minute, then try again.",
                retry_after_seconds=_WAIT_SECONDS,
            )
        try:
            workload = await self._proven(space_id, sent["subject_token"])
        except Refused:
            self.refused.hit(address)
            raise
        with refused_about(_about(space_id, workload)):
            wait = self.asked.hit(workload.workload_id)
            if wait is not None:
                raise AskedTooOften(
                    Why.WORKLOAD_TOKENS_TOO_MANY,
                    "This workload asks for too many tokens: one lasts for a quarter of an hour.",
                    retry_after_seconds=wait,
                )
            return await self._issued(space_id, workload)

    async def _proven(self, space_id: str, token: str) -> Workload:
        issuer, now = issuer_named(token, WORKLOAD_TOKEN), self.clock.now()
        space = await self.workloads.spaces.load(space_id)
        found = [
            one for one in space.workloads.values() if one.issuer == issuer and now < one.expires_at
        ]
        if not found:
            raise Refused(Why.WORKLOAD_UNKNOWN)
        return await self._the_one(space_id, found, token)

    async def _the_one(self, space_id: str, found: Sequence[Workload], token: str) -> Workload:
        """Of several of one issuer, the first that the token fits; else why the last one does not
        fit. Each set of keys is tried once.
        """
        tried: dict[str, Mapping[str, Any] | Why] = {}
        one, why = found[-1], Why.WORKLOAD_UNKNOWN
        for one in found:
            keys = json.dumps([one.jwks_url, one.jwks])
            if keys not in tried:
                with refused_about(_about(space_id, one)):
                    tried[keys] = await self._claims(one, token)
            claims = tried[keys]
            judged = (
                claims if isinstance(claims, Why) else judge_workload(claims, one, self.clock.now())
            )
            if judged is None:
                return one
            why = judged
        with refused_about(_about(space_id, one)):
            raise Refused(why)

    async def _claims(self, workload: Workload, token: str) -> Mapping[str, Any] | Why:
        if workload.jwks is not None:
            source = FixedKeys(read_key_set(workload.jwks))
        else:
            source = self.keys.of(workload.issuer, workload.jwks_url)
        try:
            return await verified(token, JwtVerifier(source, OIDC_ALGORITHMS), WORKLOAD_TOKEN)
        except Refused as fault:
            return fault.why

    async def _issued(self, space_id: str, workload: Workload) -> IssuedTokens:
        token = token_for(
            workload, workload.workload_id, space_id, TOKEN_LIFETIME, self.clock.now()
        )
        if not await self.workloads.issue(token.record):
            raise Refused(Why.WORKLOAD_ENDED)
        log.info("workload_token_issued", space_id=space_id, workload_id=workload.workload_id)
        return token.issued


def _about(space_id: str, workload: Workload) -> About:
    return About(space_id, token=workload.workload_id, client=workload.name)
