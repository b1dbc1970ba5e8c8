"""Between two sign-ins, the OpenID issuer is asked where somebody belongs, when their programs
renew what they have, or they use the gateway's pages; and of whom neither does, once in a while.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, final

import stamina
import structlog

from notion_gateway.access.issuer_refresh_tokens import IssuerRefreshTokens, KeptToken
from notion_gateway.access.jwt import JwtVerifier
from notion_gateway.access.openid_client import IssuersRefusal, IssuersTokens, OpenIdClient
from notion_gateway.access.rules.claims import oidc_principal, oidc_user
from notion_gateway.access.rules.sign_in import require_recent, require_same_person
from notion_gateway.access.signed_in_members import SignedInMembers
from notion_gateway.kernel.background import Detached
from notion_gateway.kernel.clock import Clock
from notion_gateway.kernel.errors import GatewayError, SecretUnreadable, Unauthenticated
from notion_gateway.kernel.secret import Secret
from notion_gateway.kernel.waiting import happens_within

log = structlog.stdlib.get_logger()

ASKED_AGAIN_AFTER: Final = timedelta(minutes=5)
"""However often somebody's programs renew, on however many replicas."""
WAITED_FOR_SECONDS = 4.0
"""By a request, for the issuer: well below the time within which a program's repeat of a request is
no sign of theft (``RETRY_WITHIN``), for the request's twin may be answered meanwhile.
"""
LOOK_EVERY_SECONDS: Final = 3600.0
_AT_ONCE: Final = 100
_STORED_WITHIN_SECONDS: Final = 120.0
"""Well before anybody else's turn (``ASKED_AGAIN_AFTER``)."""
_SENT_WITHIN: Final = timedelta(minutes=1)
"""Of the turn, by the clock: a process that stood still for longer may not send the token, which
another one may have used by then.
"""

_REFUSED: Final = "invalid_grant"


@final
@dataclass(frozen=True)
class IssuerRenewal:
    """One request at a time for each person, on whatever replica: ``IssuerRefreshTokens.take_turn``
    decides which. Where the issuer gave no refresh token, nobody is asked. ``counts_for``: for so
    long its word counts, so that those are asked about by then who renew nothing.
    """

    members: SignedInMembers
    client: OpenIdClient
    verifier: JwtVerifier
    kept: IssuerRefreshTokens
    counts_for: timedelta
    clock: Clock
    detached: Detached = field(repr=False)

    async def close(self) -> None:
        await self.detached.close()

    async def keep(self, subject: str, user_id: str, token: Secret | None) -> None:
        """What a sign-in brought; nothing where there are no rules to ask for. Raises
        StoreUnavailable.
        """
        if token is None or not self.members.rules:
            return
        issuer, now = self.members.issuer.identifier, self.clock.now()
        if await self.kept.keep(issuer, subject, self.client.client_id, token, now):
            log.info("issuer_refresh_token_kept", user_id=user_id, issuer=issuer)

    async def signed_out(self, user_id: str) -> None:
        """Raises StoreUnavailable."""
        issuer = self.members.issuer.identifier
        await self.kept.signed_out(issuer, user_id, self.clock.now())

    async def renew(self, user_id: str) -> str | None:
        """Has the issuer say anew where somebody belongs, if it can be asked and was not just now;
        what it says within ``WAITED_FOR_SECONDS`` has happened then, and what it says later happens
        later. Returns the issuer where it refuses to speak of them before they sign in there again.
        What cannot be asked changes nothing. Raises StoreUnavailable.
        """
        issuer = self.members.issuer.identifier
        if not self.members.rules or issuer in self.members.revoked.listed:
            return None
        kept = await self.kept.of(issuer, user_id)
        if kept is not None and self._is_due(kept):
            await self._ask_in_turn(kept, WAITED_FOR_SECONDS)
            kept = await self.kept.of(issuer, user_id)
        return issuer if kept is not None and kept.is_refused else None

    async def run(self, stop: asyncio.Event) -> None:
        """About whom nobody else has asked: they use a token that they made by hand, or nothing.
        Every replica runs it. One request after the other, and none to an issuer that is away.
        """
        while self.members.rules and not stop.is_set():
            try:
                while await self._ask_some(stop):
                    pass
            except GatewayError as fault:
                log.warning("issuer_renewals_interrupted", reason=fault.reason)
            await happens_within(stop, LOOK_EVERY_SECONDS)
        await stop.wait()

    async def _ask_some(self, stop: asyncio.Event) -> bool:
        """Whether there may be more. Raises StoreUnavailable."""
        issuer, client_id = self.members.issuer.identifier, self.client.client_id
        if issuer in self.members.revoked.listed:
            return False
        before = self.clock.now() - self.counts_for
        found = await self.kept.unasked(issuer, client_id, before, _AT_ONCE)
        for one in found:
            if stop.is_set() or not await self._ask_in_turn(one):
                return False
        return len(found) == _AT_ONCE

    async def _ask_in_turn(self, kept: KeptToken, within_seconds: float | None = None) -> bool:
        """False where the issuer gave no answer by then; it is somebody else's to say, where it is
        asked by somebody else. Whoever leaves does not take along a token that it has just given.
        """
        since = self.clock.now()
        if not await self.kept.take_turn(kept, since):
            return True
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.detached.run(self._ask(kept, since, answered), "ask an issuer")
        done, _ = await asyncio.wait({answered}, timeout=within_seconds)
        return bool(done) and answered.result()

    def _is_due(self, kept: KeptToken) -> bool:
        is_ours = kept.secret_id is not None and kept.client_id == self.client.client_id
        return is_ours and self.clock.now() - kept.asked_at >= ASKED_AGAIN_AFTER

    async def _ask(self, kept: KeptToken, since: datetime, answered: asyncio.Future[bool]) -> None:
        is_answered = False
        about = {"user_id": kept.user_id, "issuer": kept.issuer}
        try:
            told = await self._tokens(kept, since)
            if told is None:
                log.warning("issuer_asked_too_late", **about)
                return
            is_answered = isinstance(told, IssuersTokens) or told.error == _REFUSED
            if isinstance(told, IssuersTokens):
                if not await self._is_kept_on(kept, told.refresh_token):
                    log.info("issuer_answer_outdated", **about)
                    return
                await self._follow(kept, told)
                log.info("issuer_told_anew", **about)
            elif told.error == _REFUSED:
                await self.kept.refused(kept, self.clock.now())
                log.warning("issuer_refuses_renewal", **about)
            else:
                log.warning("issuer_not_asked", status=told.status, error=told.error, **about)
        except GatewayError as fault:
            # A token that does not open says nothing of the issuer: others are asked about.
            is_answered = isinstance(fault, SecretUnreadable)
            log.warning("issuer_not_asked", reason=fault.reason, detail=str(fault), **about)
        finally:
            if not answered.done():
                answered.set_result(is_answered)

    async def _tokens(
        self, kept: KeptToken, since: datetime
    ) -> IssuersTokens | IssuersRefusal | None:
        """None where the turn, which began at ``since``, is too old for the token to be sent."""
        await self.client.issuer.configuration()  # which may take a while, and is then known
        token = await self.kept.open(kept)
        if self.clock.now() - since > _SENT_WITHIN:
            return None
        form = {"grant_type": "refresh_token", "refresh_token": token.reveal()}
        return await self.client.ask(form)

    async def _is_kept_on(self, kept: KeptToken, token: Secret | None) -> bool:
        """A new refresh token is stored before anything else is done with the answer. False where
        the person has left meanwhile, or signed in again, or their link was undone: what was asked
        before counts no more. Raises StoreUnavailable.
        """
        if token is not None:
            return await self._store(kept, token)
        known = await self.kept.of(kept.issuer, kept.user_id)
        return known is not None and known.secret_id == kept.secret_id

    async def _store(self, kept: KeptToken, token: Secret) -> bool:
        """Again and again for a while: the issuer takes the one before no more."""
        try:
            async for attempt in stamina.retry_context(
                on=GatewayError, attempts=None, timeout=_STORED_WITHIN_SECONDS, wait_max=2.0
            ):
                with attempt:
                    return await self.kept.replace(kept, token)
        except GatewayError as fault:
            about = {"user_id": kept.user_id, "issuer": kept.issuer, "reason": fault.reason}
            log.warning("issuer_refresh_token_lost", **about)
            raise
        raise AssertionError  # the last attempt returns or raises

    async def _follow(self, kept: KeptToken, told: IssuersTokens) -> None:
        """As at a sign-in (OpenID Connect Core 1.0 section 12.2). Raises Unauthenticated and others
        where it cannot be taken for the issuer's word about that person.
        """
        issuer, now = kept.issuer, self.clock.now()
        claims: dict[str, object] = {"iss": issuer, "sub": kept.subject}
        if told.id_token is not None:
            claims = {**await self.verifier.verify(told.id_token)}
            require_same_person(claims, kept.subject, self.client.client_id)
            require_recent(claims, now)
        elif told.access_token is None or not await self._has_userinfo():
            raise Unauthenticated("The issuer's answer says nothing about anybody.")
        said = await self.members.told(claims, told.access_token)
        user_id = self._user(said, now, is_signed=told.id_token is not None)
        if user_id != kept.user_id:
            raise Unauthenticated("The issuer names another person than at the sign-in.")
        # Of what neither an ID token nor userinfo says, a sign-in takes it that there is nothing.
        is_asked = told.id_token is not None
        await self.members.follow(said, user_id, is_asked=is_asked, lets_in=False)

    async def _has_userinfo(self) -> bool:
        return (await self.members.issuer.configuration()).userinfo_endpoint is not None

    def _user(self, claims: Mapping[str, object], now: datetime, *, is_signed: bool) -> str:
        user_claim = self.members.user_claim
        if not is_signed:
            return oidc_user(claims, user_claim)
        return oidc_principal(
            claims,
            issuer=self.members.issuer.identifier,
            audience=self.client.client_id,
            user_claim=user_claim,
            now=now,
        ).user_id
